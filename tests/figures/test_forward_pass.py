"""The front page's figure: which maps it shows, and where they lie on the photograph."""

import re

import pytest
import torch

from insidecnn import alexnet, weights
from insidecnn.figures import forward_pass


@pytest.fixture(scope="module")
def model():
    return weights.embedded().model


@pytest.mark.parametrize(
    ("name", "cells", "left", "right"),
    [("features.0", 55, 1.5, 221.5), ("features.3", 27, 3.5, 219.5), ("features.10", 13, 7.5, 215.5)],
)
def test_a_cell_lies_around_the_middle_of_what_it_sees(model, name, cells, left, right):
    at, wide = forward_pass.place(model, name, cells, 224)
    assert (at * 224, (at + wide) * 224) == (pytest.approx(left), pytest.approx(right))


def test_the_strongest_maps_are_shown(model):
    x = torch.linspace(-2, 2, 3 * 224 * 224).view(1, 3, 224, 224).sin()
    stages = alexnet.stages(model, x)
    pixels = torch.zeros(224, 224, 3, dtype=torch.uint8).numpy()
    drawn = forward_pass.draw(model, stages, pixels, "A <scene>.", {"a & b": 0.5}, {"conv1": "first-layer.html"})
    maps = stages[1].output[0].square().mean((1, 2)).topk(forward_pass.MAPS).indices.tolist()
    assert [int(n) for n in re.findall(r"conv1, channel (\d+) of 64", drawn.svg)] == maps
    assert drawn.svg.count("<img ") == 1 + 5 * forward_pass.MAPS and drawn.svg.count("<a ") == 1
    assert "A &lt;scene&gt;." in drawn.svg and "a &amp; b" in drawn.svg and "a & b 50.0%" in drawn.alt
