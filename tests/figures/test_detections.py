"""Detections on pictures: the boxes that are wanted, in the colours of their classes; cells at their places."""

import numpy as np
import torch

from insidecnn.figures import annotate, detections

GREY = np.full((32, 48, 3), 90, np.uint8)


def test_only_boxes_with_the_score_are_drawn_in_the_colour_of_their_class():
    found = {
        "boxes": torch.tensor([[4.0, 4, 20, 28], [24, 4, 44, 28]]),
        "labels": torch.tensor([1, 4]),
        "scores": torch.tensor([0.9, 0.2]),
    }
    drawn = detections.draw(GREY, found, names=False, enlarge=1)
    assert tuple(drawn[15, 4]) == annotate.colour(1) and (drawn[:, 23:] == 90).all()
    drawn = detections.draw(GREY, found, least=0.1, names=False, enlarge=1)
    assert tuple(drawn[15, 24]) == annotate.colour(4)
    truth = {name: found[name] for name in ("boxes", "labels")}
    assert (detections.draw(GREY, truth, enlarge=1) != GREY).any()


def test_marked_cells_lie_at_their_rows_and_columns():
    drawn = detections.grid(GREY, [(1, 4)], stride=8, enlarge=2)
    assert drawn.shape == (64, 96, 3)
    yellow = drawn[..., 0].astype(int) - drawn[..., 2] > 60
    rows, columns = np.nonzero(yellow)
    assert 16 <= rows.min() <= 17 and rows.max() == 31 and 64 <= columns.min() <= 65 and columns.max() == 79


def test_a_map_is_brightest_over_its_largest_cell():
    cells = torch.zeros(4, 6)
    cells[2, 5] = 1
    drawn = detections.over(GREY, cells)
    bright = drawn[..., 0].astype(int) + drawn[..., 1]
    assert bright[16:24, 40:48].min() > bright[:16].max() + 100
