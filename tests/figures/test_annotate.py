"""Answers drawn on a photograph, where they are."""

import numpy as np
import pytest
import torch

from insidecnn.figures import annotate


def test_answers_are_drawn_where_they_are():
    pixels, box = np.zeros((40, 60, 3), np.uint8), torch.tensor([[10.0, 5, 30, 25]])
    mask = torch.zeros(1, 40, 60, dtype=torch.bool)
    mask[0, 30:38, 40:50] = True
    paper = annotate.draw(pixels, boxes=box, masks=mask, colours=[2], enlarge=3)
    assert paper.shape == (120, 180, 3) and not pixels.any(), "the photograph itself stays as it was"
    assert tuple(paper[15, 45]) == annotate.colour(2) and not paper[45, 60].any(), "a line around, nothing inside"
    assert paper[100, 135].any() and not paper[5, 5].any()
    joints = torch.tensor([[[10.0, 10, 2], [20, 10, 0]]])
    dots = annotate.draw(pixels, keypoints=joints, bones=((0, 1),))
    assert tuple(dots[10, 10]) == annotate.colour(0) and not dots[10, 15:].any(), "a joint that is not there"
    line = annotate.draw(pixels, tracks={1: torch.tensor([[5.0, 20], [50, 20]])})
    assert tuple(line[20, 30]) == annotate.colour(1)


def test_names_must_be_as_many_as_the_objects():
    with pytest.raises(ValueError, match="2 objects and 1 names; give one of each"):
        annotate.draw(np.zeros((40, 60, 3), np.uint8), boxes=torch.zeros(2, 4), names=["one"])
