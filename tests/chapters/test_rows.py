"""One table: each row of the deck, its home in the book, and what the page must show there."""

import re

import pytest

from booksite import execute
from tests.chapters import executed
from tests.conftest import BOOK, ROOT

# Filter 1 and Filter 2 slid over the deck's 6×6 image, and the maps pooled, as computed by hand
MAP1 = "3 −1 −3 −1; −3 1 0 −3; −3 −3 0 1; 3 −2 −2 −1"
MAP2 = "−1 −1 −1 −1; −1 −1 −2 1; −1 −1 −2 1; −1 0 −4 3"


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").strip(" %"))


def after(page, words: str, count: int = 1):
    """The number that is printed behind some words, or the first ``count`` of them."""
    assert page.printed.count(words) == 1, f"{page.printed.count(words)} times: {words}"
    line = page.printed.split(words)[1].split("\n")[0]
    found = [number(text) for text in re.findall(r"[-−]?\d[\d,]*\.?\d*(?:e[-+]\d+)?", line)]
    return found[0] if count == 1 else found[:count]


def prints(page, *lines: str) -> bool:
    """Whether these stand among the printed lines, in this order."""
    rest = iter(page.printed.split("\n"))
    return all(line in rest for line in lines)


def glued(page, *names: str) -> list[float]:
    return [number(page.glued[name]) for name in names]


def shown(page, *words: str) -> bool:
    """Whether one figure says all of these."""
    return any(all(word in said for word in words) for said in page.words)


def whole(text: str) -> list[int]:
    """The whole numbers in a text."""
    return [int(found.replace("−", "-")) for found in re.findall(r"[-−]?\d+", text)]


def printed_map(page) -> list[int]:
    """The first array that a page prints."""
    return whole(re.search(r"(?s)\[\[.*?\]\]", page.printed)[0])


def six_means(page) -> bool:
    """Two pictures' costs by hand, and their mean by hand and by five functions."""
    costs, mean = re.search(r"\[([\d. ]+)\] mean ([\d.]+)", page.printed).groups()
    means = [float(value) for value in page.glued["six-means"].split(", ")]
    first, second = map(float, costs.split())
    return float(mean) == pytest.approx((first + second) / 2, abs=1e-4) and means == pytest.approx(
        [float(mean)] * 6, abs=6e-5
    )


def accepted(page) -> list[str]:
    """The targets that nn.CrossEntropyLoss takes: what it prints below them is a number."""
    return re.findall(r"(?m)^([\w ,-]+): \([\d, ]+\), torch\.\w+\n    [\d.]+$", page.printed)


def shares(page, words: str) -> list[float]:
    """The percentages in the alt text that begins so."""
    (said,) = [said for said in page.words if said.startswith(words)]
    return [float(share) / 100 for share in re.findall(r"(\d+)%", said)]


def lost(page) -> dict[str, float]:
    """What each network loses by shuffled pixels, in points."""
    return {name.split()[0]: number(gone.split(" ±")[0]) for name, _, _, gone, _ in page.table("(parameters)")}


def recipes(page) -> list[list[str]]:
    """Weights, parameters and top-1 accuracy of ResNet-50."""
    return [[row[1], row[2], row[5]] for row in page.table("Model", "Weights") if row[0] == "resnet50"]


ROWS = {
    "R1 regression, the squared error, mini-batches": (
        "regression-and-classification",
        lambda p: (
            after(p, "[1.0, -75.0, -9.0] ->") == pytest.approx((1**2 + 75**2 + 9**2) / 3)
            and after(p, "after 60 steps: a =", 2) == pytest.approx(after(p, "by formula:     a =", 2), rel=1e-3)
            and prints(p, "torch.Size([500, 7]) torch.Size([500, 1])", "loss 2.5 where it should be 0")
            and after(p, "linear ", 2)[1] < after(p, "linear ") / 3
        ),
    ),
    "R2 classification, cross entropy, what the target looks like": (
        "regression-and-classification",
        lambda p: (
            six_means(p)
            and "naive:  [[nan nan  0.]]" in p.printed
            and after(p, "cross entropy: ") == pytest.approx(1000)
            and accepted(p) == ["class numbers", "one-hot, as floats"]
            and after(p, "right on ") > 94
        ),
    ),
    "R3 why not an MLP: parameters of a dense first layer": (
        "why-not-an-mlp",
        lambda p: [number(row[2]) for row in p.table("first layer")] == [29_142_414_400, 70_470_400, 23_296],
    ),
    "R4 three observations, each shown on a photograph": (
        "why-not-an-mlp",
        lambda p: (
            glued(p, "near") > [0.9]
            and glued(p, "far") < [0.3]
            and glued(p, "other-eye")[0] > glued(p, "no-eye")[0] + 0.1
            and shares(p, "New digits read right")[1] > 0.85 > 0.7 > shares(p, "New digits read right")[2]
            and lost(p)["CNN"] > 1 > abs(lost(p)["MLP"])
        ),
    ),
    "R5 the whole CNN drawn from the model": (
        "alexnet",
        lambda p: shown(
            p, "conv1 64×55×55", "pool1 64×27×27", "conv5 256×13×13", "flatten 9216", "fc8 1000", "to scale"
        ),
    ),
    "R6 the listings, and where they differ": (
        "alexnet",
        lambda p: (
            {name: (first, end) for name, _, first, end in p.table("listing")}
            == {
                "torchvision": ("64 × 55 × 55", "256 × 6 × 6"),
                "slides, first listing": ("64 × 54 × 54", "512 × 1 × 1"),
                "slides, '1st convolution'": ("64 × 55 × 55", "256 × 5 × 5"),
                "slides, 'max pooling'": ("64 × 55 × 55", "512 × 6 × 6"),
                "slides, after conv2": ("64 × 54 × 54", "256 × 5 × 5"),
                "slides, after conv3": ("64 × 57 × 57", "256 × 6 × 6"),
            }
        ),
    ),
    "R7 trained weights and their source": (
        "alexnet",
        lambda p: (
            execute.weights(ROOT)["sha256"][:12] in p.glued["provenance"] and "\n61100840 parameters," in p.printed
        ),
    ),
    "R8 seven tasks and their systems": (
        "tasks",
        lambda p: (
            ", ".join(row[0] for row in p.table("system", "score"))
            == "LeNet-5, AlexNet, VGG16, ResNet, U-Net, YOLO, Faster R-CNN, Mask R-CNN, OpenPose, Keypoint R-CNN, "
            "SORT, DeepSORT, JDE, ByteTrack, SlowFast"
            and min(number(row[1]) for row in p.table("system", "score")) > 0.3
            and len(p.table("task", "comes out")) == 7
            and len({row[1] for row in p.table("system", "parameters of the trunk")}) == 1
            and glued(p, "accuracy") > [95]
        ),
    ),
    "R9 the families, from LeNet to ConvNeXt": (
        "families",
        lambda p: (
            "60,000 parameters, 340,908 connections" in p.printed
            and after(p, "held out: ") >= 97.5
            and number(recipes(p)[1][2]) - number(recipes(p)[0][2]) > 4.5
            and recipes(p)[0][1] == recipes(p)[1][1]
            and len(p.table("Model", "Weights")) > 50
            and len(p.table("Member")) == 8
        ),
    ),
    "R10 read an image file, BGR and RGB": (
        "image-to-tensor",
        lambda p: (p.glued["reversed-bgr"], p.glued["pillow-reads"]) == ("True", "True"),
    ),
    "R11 pre-processing": (
        "image-to-tensor",
        lambda p: (
            prints(p, "torch.Size([3, 224, 224])")
            and after(p, "Normalize(0.5, 0.5): from") >= -1
            and after(p, "Normalize(0.5, 0.5): from", 2)[1] <= 1
        ),
    ),
    "R12 the batch dimension": ("image-to-tensor", lambda p: prints(p, "torch.Size([1, 3, 224, 224])")),
    "R13 the first convolution": (
        "first-layer",
        lambda p: prints(p, "Conv2d(3, 64, kernel_size=(11, 11), stride=(4, 4), padding=(2, 2))"),
    ),
    "R14 filter and convolution": (
        "convolution",
        lambda p: printed_map(p) == whole(MAP1) and f"map of filter 1: {MAP1}. map of filter 2: {MAP2}." in p.words,
    ),
    "R15 one pattern everywhere; as deep as the input": (
        "convolution",
        lambda p: printed_map(p).count(max(printed_map(p))) == 2 and prints(p, "(64, 3, 11, 11)"),
    ),
    "R16 a partially connected layer with shared weights": (
        "convolution",
        lambda p: prints(p, "576 entries, 144 not zero, 9 different values"),
    ),
    "R17 the filters of conv1": (
        "first-layer",
        lambda p: prints(p, "(64, 3, 11, 11)") and number(re.search(r"(\d+) of 64 are patterns", p.printed)[1]) >= 48,
    ),
    "R18 feature maps": ("first-layer", lambda p: prints(p, "torch.Size([1, 64, 55, 55])")),
    "R19 width and height, rounded down": ("convolution-settings", lambda p: prints(p, "55.25 -> 55")),
    "R20 max pooling": (
        "pooling",
        lambda p: (
            shown(p, f"{MAP1}. pooled: 3 0; 3 1.", f"{MAP2}. pooled : −1 1; 0 3.")
            and p.glued["pooled-shape"] == "(17, 64, 27, 27)"
        ),
    ),
    "R21 second convolution and pooling": (
        "deeper-layers",
        lambda p: prints(
            p,
            "torch.Size([1, 64, 27, 27])",
            "Conv2d(64, 192, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))",
            "(192, 64, 5, 5)",
            "torch.Size([1, 192, 27, 27])",
            "torch.Size([1, 192, 13, 13])",
        ),
    ),
    "R22 third convolution and on": (
        "deeper-layers",
        lambda p: prints(
            p,
            "torch.Size([1, 384, 13, 13])",
            "  (7): ReLU(inplace=True)",
            "  (8): Conv2d(384, 256, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))",
            "torch.Size([1, 256, 13, 13])",
        ),
    ),
    "R23 flatten": (
        "classifier",
        lambda p: prints(p, *["torch.Size([1, 256, 6, 6])"] * 2, "torch.Size([1, 9216])"),
    ),
    "R24 the classifier": (
        "classifier",
        lambda p: (
            p.glued["classes"] == "1000"
            and abs(after(p, "sum of the probabilities:") - 1) < 1e-4
            and after(p, "spread of a logit over 20 runs:") > 0
            and p.glued["steady"] == "0.0"
        ),
    ),
    "R25 practice: draw AlexNet": (
        "practice",
        lambda p: (
            (p.glued["fields"], p.glued["remarks"], p.glued["fronts"]) == ("64", "0", "224 → 55 → 27 → 13 → 6")
            and prints(p, "20 numbers are off; the first and the last:")
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

PAGES = executed.pages()


@pytest.mark.parametrize("page", PAGES)
def test_chapter_runs_top_to_bottom(page):
    assert any(cell.shows for cell in executed.outputs(page).cells)


@pytest.mark.parametrize("row", ROWS)
def test_row(row):
    page, holds = ROWS[row]
    assert holds(executed.outputs(page)), f"{row} ({page}.md)"


def test_sources_of_the_deck_are_referenced():
    references = (BOOK / "references.md").read_text(encoding="utf-8")
    assert [source for source in SOURCES if source not in references] == []


def test_every_row_of_the_deck_has_a_home():
    numbers = [int(row.split()[0][1:]) for row in ROWS] + [26]
    assert numbers == sorted(set(numbers)) == list(range(1, 27))
