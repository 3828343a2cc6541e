"""Arrows of a vector field: where they are, which way they point, and what is refused."""

import numpy as np
import pytest
import torch

from insidecnn.figures.vectors import arrows

GREY = np.full((32, 32, 3), 100, np.uint8)


def test_an_arrow_is_drawn_in_its_cell_and_nowhere_else():
    field = torch.zeros(2, 8, 8)
    field[0, 2, 5] = 1
    paper = arrows(GREY, field, enlarge=4)
    assert paper.shape == (128, 128, 3)
    rows, columns = np.nonzero((paper != 45).any(2))
    assert rows.min() >= 32 - 2 and rows.max() < 48 + 2 and columns.min() >= 80 - 2 and columns.max() < 96 + 2


def test_the_colour_is_the_directions():
    def colour(x, y):
        field = torch.zeros(2, 1, 1)
        field[:, 0, 0] = torch.tensor([x, y])
        paper = arrows(GREY, field)
        return paper[(paper != 45).any(2)].astype(int).sum(0).argmax()

    assert [colour(1.0, 0.0), colour(-0.5, 0.87), colour(-0.5, -0.87)] == [0, 1, 2]


def test_short_vectors_are_left_out():
    assert (arrows(GREY, torch.full((2, 4, 4), 0.05)) == 45).all()


def test_bad_input_is_told():
    with pytest.raises(ValueError, match="field"):
        arrows(GREY, torch.zeros(3, 4, 4))
    with pytest.raises(ValueError, match="pixels"):
        arrows(GREY / 255, torch.zeros(2, 4, 4))
