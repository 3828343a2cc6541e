"""A map over a picture: yellow where it is large, and nowhere else."""

import numpy as np
import pytest
import torch

from insidecnn.figures import heat
from insidecnn.figures.tiles import PALETTE


def test_the_largest_values_are_the_brightest():
    pixels, found = np.full((40, 60, 3), 100, np.uint8), torch.zeros(40, 60)
    found[10:20, 30:50], found[25:35, 5:15] = 4.0, 2.0
    found[0] = -3
    shown = heat.over(pixels, found)
    expected = lambda share: (0.7 * PALETTE[127 + round(share * 127), :3] + 30).round()  # noqa: E731
    assert shown[15, 40] == pytest.approx(expected(1), abs=1) and shown[30, 10] == pytest.approx(expected(0.5), abs=1)
    assert shown[0, 5] == pytest.approx(expected(0), abs=1) and shown[38, 58] == pytest.approx(expected(0), abs=1)


def test_one_pixel_does_not_darken_the_rest():
    found = torch.ones(100, 100)
    found[3, 3] = 1000
    shown = heat.over(np.zeros((100, 100, 3), np.uint8), found)
    assert (shown[50, 50] == shown[3, 3]).all()


def test_the_edge_of_the_mask_is_white():
    mask = np.zeros((40, 60), bool)
    mask[10:20, 10:30] = True
    shown = heat.over(np.zeros((40, 60, 3), np.uint8), torch.zeros(40, 60), mask)
    white = (shown == 255).all(2)
    assert white[10, 10:30].all() and white[19, 10:30].all() and white[10:20, 29].all()
    assert not white[11:19, 11:29].any() and white.sum() == 2 * 20 + 2 * 8


def test_another_size_is_refused():
    with pytest.raises(ValueError, match="give one size"):
        heat.over(np.zeros((4, 4, 3), np.uint8), torch.zeros(4, 5))
