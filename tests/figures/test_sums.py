"""A sum as a table and as pictures: what is written adds up, and each pixel is where it was."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from insidecnn.explain import Sum
from insidecnn.figures import sums
from insidecnn.preprocess import normalize

GIVEN = torch.tensor([1.0, 2.0, 0.0, 4.0, -1.0])
WEIGHT = torch.tensor([0.5, -1.0, 9.0, 1.0, 0.25])
PARTS = Sum("classifier.4", (7,), 0.75, GIVEN, WEIGHT)  # 0.5 − 2 + 0 + 4 − 0.25 + 0.75 = 3


def test_the_lines_add_up_to_the_number():
    rows = sums.table(PARTS, count=2).rows
    assert [row[0] for row in rows] == ["unit 3", "unit 0", "the other 3 products", "bias", "together: fc7, unit 7"]
    values = [float(row[3]) for row in rows]
    assert values == [4, 0.5, -2.25, 0.75, 3] and sum(values[:-1]) == values[-1]
    assert rows[0][1:3] == ("4.000", "+1.0000") and [row[4] for row in rows][:2] == ["133.3%", "16.7%"]


def test_inputs_that_were_flattened_have_their_place_back():
    parts = Sum("classifier.1", (7,), 0.0, torch.eye(18)[14], torch.ones(18))
    assert sums.table(parts, 1, shape=(2, 3, 3)).rows[0][0] == "map 1 at (1, 2)"


@pytest.mark.parametrize(("share", "count"), [(0.5, 1), (1.4, 2), (9.0, 5)])
def test_so_many_terms_make_up_a_share(share, count):
    assert sums.enough(PARTS, share) == count


def test_places_in_words():
    assert sums.called((7,)) == "unit 7" and sums.called((3, 2, 5)) == "map 3 at (2, 5)"


def test_a_window_shows_pixels_weights_and_products():
    pixels = torch.rand(3, 11, 11, generator=torch.Generator().manual_seed(0))
    given, weight = normalize(pixels), torch.zeros(3, 11, 11)
    weight[0, 2, 3], weight[2, 5, 1] = 2.0, -1.0
    picture = sums.window(Sum("features.0", (0, 0, 0), 0.0, given, weight))
    shown = np.array(Image.open(io.BytesIO(picture.data)).convert("RGBA"))
    assert shown.shape == (11, 3 * 11 + 2 * 2, 4) and not shown[:, 11:13, 3].any()
    tiles = [shown[:, at : at + 11, :3].astype(int) for at in (0, 13, 26)]
    assert np.abs(tiles[0] - (pixels * 255).permute(1, 2, 0).numpy()).max() <= 1
    assert tuple(tiles[1][2, 3]) == (255, 128, 128) and tuple(tiles[1][5, 1]) == (128, 128, 64)
    nothing = (tiles[2] == 128).all(2)
    assert not nothing[2, 3] and not nothing[5, 1] and nothing.sum() == 119
