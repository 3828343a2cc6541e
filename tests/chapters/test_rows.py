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
        "deeper-layers",
        lambda c: (
            c["pooled"][0].tolist() == [[[3, 0], [3, 1]], [[-1, 1], [0, 3]]]
            and shape(c["conv1_out1"]) == (1, 64, 27, 27)
        ),
    ),
    "R21 second convolution and pooling": (
        "deeper-layers",
        lambda c: (
            (shape(c["conv2_out"]), shape(c["conv2_out1"]), shape(c["conv2"].weight))
            == ((1, 192, 27, 27), (1, 192, 13, 13), (192, 64, 5, 5))
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
}

PAGES = sorted(path.stem for path in BOOK.glob("*.md") if code_cells(path.stem))


@pytest.mark.parametrize("page", PAGES)
def test_chapter_runs_top_to_bottom(chapter, page):
    assert chapter(page)


@pytest.mark.parametrize("row", ROWS)
def test_row(chapter, row):
    page, holds = ROWS[row]
    assert holds(chapter(page)), f"{row} ({page}.md)"


def test_rows_are_named_once_and_in_order():
    numbers = [int(row.split()[0][1:]) for row in ROWS]
    assert numbers == sorted(set(numbers))
    assert set(range(1, 27)) - set(numbers) == {1, 2, 3, 4, 8, 9, 25, 26}, "rows that have no home yet"
