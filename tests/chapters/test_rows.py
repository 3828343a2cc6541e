"""One table: each row of the deck, its home in the book, and what must be true there when it runs."""

import numpy as np
import pytest
import torch

from tests.conftest import BOOK, code_cells

# Filter 1 and Filter 2 slid over the deck's 6×6 image, and the maps pooled, as computed by hand
MAP1 = [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
MAP2 = [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]


def shape(tensor) -> tuple:
    return tuple(tensor.shape)


ROWS = {
    "R1 regression, the squared error, mini-batches": (
        "regression-and-classification",
        lambda c: (
            c["ours"] == pytest.approx((1**2 + 75**2 + 9**2) / 3)
            and c["a"].item() == pytest.approx(c["exact_a"], rel=1e-3)
            and c["batch_shapes"] == ((500, 7), (500, 1))
            and c["seven_new"] < c["line_new"] / 3
            and c["wrong_loss"] == 2.5
        ),
    ),
    "R2 classification, cross entropy, what the target looks like": (
        "regression-and-classification",
        lambda c: (
            c["values"] == pytest.approx([c["full_sum"].mean()] * 6)
            and np.isnan(c["naive"]).any()
            and c["stable"] == pytest.approx(1000)
            and c["fine"] == ["class numbers", "one-hot, as floats"]
            and c["accuracy"] > 0.94
        ),
    ),
    "R3 why not an MLP: parameters of a dense first layer": (
        "why-not-an-mlp",
        lambda c: (c["dense"], c["local"], c["shared"]) == (29_142_414_400, 70_470_400, 23_296),
    ),
    "R4 three observations, each shown on a photograph": (
        "why-not-an-mlp",
        lambda c: (
            c["alike"][0] > 0.9
            and c["alike"][-1] < 0.3
            and c["found"][1].score > c["found"][2].score + 0.1
            and c["by_size"][1] > 0.85 > 0.7 > c["by_size"][2]
            and c["lost"]["CNN"].mean() > 0.01 > abs(c["lost"]["MLP"].mean())
        ),
    ),
    "R5 the whole CNN drawn from the model": (
        "alexnet",
        lambda c: all(
            word in c["network"].draw(c["rows"], c["whole"], (3, 224, 224)).alt
            for word in ("conv1 64×55×55", "pool1 64×27×27", "conv5 256×13×13", "flatten 9216", "fc3 1000")
        ),
    ),
    "R6 the listings, and where they differ": (
        "alexnet",
        lambda c: (
            {name: rows[-1].shape for name, rows in c["ends"].items()}
            == {
                "torchvision": (256, 6, 6),
                "slides, first listing": (512, 1, 1),
                "slides, '1st convolution'": (256, 5, 5),
                "slides, 'max pooling'": (512, 6, 6),
                "slides, after conv2": (256, 5, 5),
                "slides, after conv3": (256, 6, 6),
            }
            and c["ends"]["slides, after conv3"][0].shape == (64, 57, 57)
        ),
    ),
    "R7 trained weights and their source": (
        "alexnet",
        lambda c: c["loaded"].sha256[:12] in c["loaded"].provenance and c["imagenet"].meta["num_params"] == 61_100_840,
    ),
    "R8 seven tasks and their systems": (
        "tasks",
        lambda c: (
            ", ".join(c["every"])
            == "AlexNet, VGG16, ResNet, U-Net, YOLO, Faster R-CNN, Mask R-CNN, OpenPose, Keypoint R-CNN, "
            "SORT, DeepSORT, JDE, ByteTrack, SlowFast"
            and len(c["MAP"]) == 7
            and c["segmented"] == {"out": (1, 21, 96, 128)}
            and c["instances"]["masks"] == (3, 1, 96, 128)
            and c["jointed"]["keypoints"] == (3, 17, 3)
            and shape(c["acted"]) == (1, 400)
            and c["accuracy"] > 0.9
            and c["mean_iou"] > 0.75
            and c["m_ap"] > 0.85
            and min(c["mask_ap"].values()) > 0.5
            and c["pck"][0.2] > 0.8
            and (c["results"][0].switches, c["results"][3].switches) == (3, 0)
            and c["by_feature"]["frame difference"] > 0.95
        ),
    ),
    "R9 the families, from LeNet to ConvNeXt": (
        "families",
        lambda c: (
            (c["trainable"], c["connections"]) == (60_000, 340_908)
            and c["lenet_score"] >= 0.975
            and c["new"].top1 - c["old"].top1 > 4.5
            and c["new"].parameters == c["old"].parameters
            and len(c["checkpoints"]) > 50
            and len(c["answers"]) == 8
        ),
    ),
    "R10 read an image file, BGR and RGB": (
        "image-to-tensor",
        lambda c: np.array_equal(c["image"][..., ::-1], c["rgb"]) and np.array_equal(c["rgb"], c["by_pillow"]),
    ),
    "R11 pre-processing": (
        "image-to-tensor",
        lambda c: shape(c["tensor"]) == (3, 224, 224) and c["half"].min() >= -1 and c["half"].max() <= 1,
    ),
    "R12 the batch dimension": ("image-to-tensor", lambda c: shape(c["imageTensor"]) == (1, 3, 224, 224)),
    "R13 the first convolution": (
        "first-layer",
        lambda c: repr(c["conv1"]) == "Conv2d(3, 64, kernel_size=(11, 11), stride=(4, 4), padding=(2, 2))",
    ),
    "R14 filter and convolution": (
        "convolution",
        lambda c: c["maps"][0].tolist() == [MAP1, MAP2] and c["map1"].tolist() == MAP1,
    ),
    "R15 one pattern everywhere; as deep as the input": (
        "convolution",
        lambda c: (c["map1"] == c["map1"].max()).sum() == 2 and shape(c["conv1"].weight) == (64, 3, 11, 11),
    ),
    "R16 a partially connected layer with shared weights": (
        "convolution",
        lambda c: (c["matrix"].size, np.count_nonzero(c["matrix"]), c["distinct"]) == (576, 144, 9),
    ),
    "R17 the filters of conv1": (
        "first-layer",
        lambda c: c["weight1"].shape == (64, 3, 11, 11) and c["patterned"] >= 48,
    ),
    "R18 feature maps": ("first-layer", lambda c: shape(c["conv1_out"]) == (1, 64, 55, 55)),
    "R19 width and height, rounded down": ("convolution", lambda c: (c["exact"], c["conv1_size"]) == (55.25, 55)),
    "R20 max pooling": (
        "pooling",
        lambda c: (
            c["pooled"][0].tolist() == [[[3, 0], [3, 1]], [[-1, 1], [0, 3]]]
            and shape(c["small"]["max pooling"][:1]) == (1, 64, 27, 27)
        ),
    ),
    "R21 second convolution and pooling": (
        "deeper-layers",
        lambda c: (
            (shape(c["conv1_out1"]), shape(c["conv2_out"]), shape(c["conv2_out1"]), shape(c["conv2"].weight))
            == ((1, 64, 27, 27), (1, 192, 27, 27), (1, 192, 13, 13), (192, 64, 5, 5))
        ),
    ),
    "R22 third convolution and on": (
        "deeper-layers",
        lambda c: (
            shape(c["conv3_out"]) == (1, 384, 13, 13)
            and shape(c["conv4_out"]) == (1, 256, 13, 13)
            and isinstance(c["after"][1], torch.nn.Conv2d)
        ),
    ),
    "R23 flatten": (
        "classifier",
        lambda c: shape(c["out1"]) == shape(c["out2"]) == (1, 256, 6, 6) and shape(c["flat"]) == (1, 9216),
    ),
    "R24 the classifier": (
        "classifier",
        lambda c: (
            shape(c["probabilities"]) == (1000,)
            and abs(c["probabilities"].sum().item() - 1) < 1e-4
            and c["spread"] > 0
            and c["none"] == 0
        ),
    ),
    "R25 practice: draw AlexNet": (
        "practice",
        lambda c: (
            c["exercise"].fields == 64
            and c["exercise"].check(c["answers"]) == []
            and len(c["off"]) == 20
            and c["fronts"] == [224, 55, 27, 13, 6]
        ),
    ),
}

# R26: every link and citation of the deck is among the references
SOURCES = (
    "https://youtu.be/FrKWiRv254g",
    "https://pytorch.org/vision/stable/index.html",
    "http://www.image-net.org/",
    "https://machinelearningmastery.com/applications-of-deep-learning-for-computer-vision/",
    "https://kharshit.github.io/blog/2019/08/23/quick-intro-to-instance-segmentation",
    "https://github.com/microsoft/computervision-recipes",
    "https://www.researchgate.net/figure/AlexNet-architecture-used-as-the-baseline-model-for-the-analysis-of-results-on-the_fig5_339756908",
    "{cite:t}`lecun1998`",
)

PAGES = sorted(path.stem for path in BOOK.glob("*.md") if code_cells(path.stem))


@pytest.mark.parametrize("page", PAGES)
def test_chapter_runs_top_to_bottom(chapter, page):
    assert chapter(page)


@pytest.mark.parametrize("row", ROWS)
def test_row(chapter, row):
    page, holds = ROWS[row]
    assert holds(chapter(page)), f"{row} ({page}.md)"


def test_sources_of_the_deck_are_referenced():
    references = (BOOK / "references.md").read_text(encoding="utf-8")
    assert [source for source in SOURCES if source not in references] == []


def test_every_row_of_the_deck_has_a_home():
    numbers = [int(row.split()[0][1:]) for row in ROWS] + [26]
    assert numbers == sorted(set(numbers)) == list(range(1, 27))
