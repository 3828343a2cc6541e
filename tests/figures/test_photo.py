"""Photographs with boxes and pieces cut out: left, top, right, bottom, where they are said to be."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from insidecnn import preprocess
from insidecnn.figures import photo


def decoded(picture) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(picture.data))).astype(int)


def near(pixel, colour) -> bool:
    return np.abs(pixel - np.array(colour)).max() < 40  # WebP


def test_a_box_is_drawn_at_left_top_right_bottom():
    pixels = decoded(photo.photo(np.zeros((80, 120, 3), np.uint8), "black", boxes=[(40, 8, 104, 24)]))
    yellow = (pixels[..., 0] > 120) & (pixels[..., 2] < pixels[..., 0] - 50)
    rows, columns = np.flatnonzero(yellow.any(1)), np.flatnonzero(yellow.any(0))
    assert (columns[0], rows[0], columns[-1], rows[-1]) == pytest.approx((40, 8, 103, 23), abs=1)


def test_a_cut_takes_columns_from_left_and_rows_from_top():
    pixels = np.arange(10 * 20, dtype=np.uint8).reshape(10, 20, 1).repeat(3, 2)
    assert np.array_equal(photo.cut(pixels, (12, 3, 17, 5)), pixels[3:5, 12:17])


def test_pixels_of_undoes_the_normalisation():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    x = preprocess.normalize(preprocess.to_tensor(Image.fromarray(pixels)))
    assert np.array_equal(photo.pixels_of(x), pixels) and np.array_equal(photo.pixels_of(x[None]), pixels)
    assert photo.pixels_of(torch.full((3, 2, 2), 99.0)).max() == 255, "what no photograph has is clipped"


def plain(height: int, width: int, colour) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


RED, GREEN, BLUE, PAPER = (220, 0, 0), (0, 180, 0), (0, 0, 220), (20, 24, 30)


def test_a_contact_sheet_lays_its_pictures_row_by_row():
    sheet = photo.contact_sheet(
        [plain(9, 9, RED), plain(30, 30, GREEN), plain(60, 60, BLUE)], "three squares", columns=2, width=40
    )
    pixels = decoded(sheet)
    assert pixels.shape[:2] == (2 * 40 + photo.GAP, 2 * 40 + photo.GAP) == (sheet.height, sheet.width)
    assert near(pixels[20, 20], RED) and near(pixels[20, 66], GREEN) and near(pixels[66, 20], BLUE)
    assert near(pixels[66, 66], PAPER) and sheet.alt == "three squares"


def test_in_one_row_all_are_as_high_and_as_wide_as_they_were():
    pixels = decoded(photo.contact_sheet([plain(20, 40, RED), plain(40, 20, GREEN)], "two", height=40))
    assert pixels.shape[:2] == (40, 80 + photo.GAP + 20)
    assert near(pixels[20, 70], RED) and near(pixels[20, 95], GREEN) and near(pixels[20, 82], PAPER)


def test_titles_stand_above_their_pictures():
    named = photo.contact_sheet({"a name": plain(40, 60, RED), "b": plain(40, 60, GREEN)}, "two", columns=2, width=60)
    assert named.alt == "two From left to right: a name; b."
    pixels = decoded(named)
    assert pixels.shape[:2] == (40 + photo.HEAD, 120 + photo.GAP)
    assert pixels[: photo.HEAD - 4, :60].min() < 100 < pixels[photo.HEAD + 4 :, 66:, 1].min()


@pytest.mark.parametrize(
    "pictures, settings, words",
    [([], {}, "at least one"), ([plain(4, 4, RED)], {"columns": 0}, "columns is 0")],
)
def test_refused_in_a_sentence(pictures, settings, words):
    with pytest.raises(ValueError, match=words):
        photo.contact_sheet(pictures, "none", **settings)
