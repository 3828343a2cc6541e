"""The U is drawn from the network: a bar for each stack of maps, at its level, with its shape; arrows only for what is handed over."""

import re

import pytest
import torch

from insidecnn.figures.unet import HIGH, draw, shapes
from insidecnn.segmentation.unet import UNet


def net(**settings) -> UNet:
    torch.manual_seed(0)
    return UNet(width=4, levels=3, **settings)


def test_shapes_are_those_of_the_layers():
    assert shapes(net(), 32) == {
        "down": [(4, 32, 32), (8, 16, 16), (16, 8, 8)],
        "upconv": [(8, 16, 16), (4, 32, 32)],
        "up": [(8, 16, 16), (4, 32, 32)],
        "last": [(5, 32, 32)],
    }


def test_bars_have_their_height_and_stand_at_their_level():
    bars = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"[^>]*><title>(.*?)</title>',
        draw(net(), 32).svg,
    )
    assert [title.split(": ")[-1] for *_, title in bars] == [
        "3×32×32", "4×32×32", "8×16×16", "16×8×8", "8×16×16", "4×32×32", "5×32×32"
    ]  # fmt: skip
    x, y, width, height = (list(map(float, column)) for column in list(zip(*bars, strict=True))[:4])
    assert x[0] < x[3] < x[-1] and height[1] == HIGH and height[2] == HIGH / 2 == height[4]
    assert y[1] == y[5] < y[2] == y[4] < y[3] and width[3] > width[2] > width[1]


@pytest.mark.parametrize("skips", [True, False])
def test_what_is_handed_over_is_dashed(skips):
    drawing = draw(net(skips=skips), 32)
    dashed = re.findall(r"<line [^>]*stroke-dasharray[^>]*/><text [^>]*>([^<]*)</text>", drawing.svg)
    assert sorted(dashed) == (["4 maps", "8 maps"] if skips else [])
    assert ("nothing is handed over" in drawing.alt) is not skips and "16×8×8" in drawing.alt
