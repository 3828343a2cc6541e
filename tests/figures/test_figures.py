"""Pictures: right size, right words, and the bytes that they promise."""

import io
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from insidecnn import alexnet, arithmetic
from insidecnn.figures import chart, grids, network, photo, tiles
from insidecnn.figures.row import row
from insidecnn.figures.table import Table


def decoded(picture) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(picture.data)).convert("RGBA"))


def test_feature_maps_are_one_pixel_a_number():
    maps = torch.zeros(1, 40, 5, 7)
    maps[0, :, 2, 3] = 1
    picture = tiles.feature_maps(maps, "a stage", first=10, columns=4)
    pixels = decoded(picture)
    assert (picture.width, picture.height) == (4 * 8 - 1, 3 * 6 - 1) == pixels.shape[1::-1]
    assert tuple(pixels[2, 3]) == tuple(tiles.PALETTE[254]) and tuple(pixels[0, 0]) == tuple(tiles.PALETTE[127])
    assert pixels[5, 0, 3] == 0, "the gap is transparent"
    assert "first 10 of 40 feature maps of a stage, 5 by 7" in picture.alt


def test_zero_is_dark_between_negative_and_positive_numbers():
    picture = tiles.feature_maps(torch.tensor([[[[-2.0, 0.0, 1.0]]]]), "x", columns=1)
    assert [tuple(p) for p in decoded(picture)[0]] == [tuple(tiles.PALETTE[i]) for i in (0, 127, 190)]


def test_maps_have_a_scale_each_or_one_together():
    maps = torch.tensor([[[0.0, 2.0]], [[-4.0, 4.0]]])

    def of(picture):
        colours = tiles.PALETTE[:255].tolist()
        return [colours.index(pixel) for row in decoded(picture).tolist() for pixel in row if pixel[3]]

    assert of(tiles.feature_maps(maps, "x", columns=1)) == [127, 254, 0, 254]
    assert of(tiles.feature_maps(maps, "x", columns=1, together=True)) == [127, 190, 0, 254]
    assert "each scaled by its own largest number" in tiles.feature_maps(maps, "x").alt
    assert "all scaled by their largest number" in tiles.feature_maps(maps, "x", together=True).alt


def test_pictures_carry_their_words_for_page_and_notebook():
    picture = photo.photo(np.zeros((4, 6, 3), np.uint8), 'a "black" rectangle')
    data, words = picture._repr_mimebundle_()
    assert words["image/webp"]["alt"] == 'a "black" rectangle'
    assert 'alt="a &quot;black&quot; rectangle"' in data["text/html"]


def test_cut_fills_what_is_outside():
    piece = photo.cut(np.full((4, 4, 3), 9, np.uint8), (2, -1, 6, 3))
    assert piece.shape == (4, 4, 3) and piece[0, 0, 0] == 128 and piece[1, 0, 0] == 9 and piece[1, 3, 0] == 128


NETWORKS = {
    "alexnet": (lambda tv: alexnet.sequential(tv.alexnet()), (3, 224, 224), "fc8 1000"),
    "vgg16": (lambda tv: alexnet.sequential(tv.vgg16()), (3, 224, 224), "conv13 512×14×14"),
    "lenet": (
        lambda tv: nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Flatten(), nn.Linear(1600, 10)
        ),
        (1, 32, 32),
        "conv2 16×10×10",
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_known_networks_are_drawn_whole(name):
    import torchvision.models as tv

    build, shape, words = NETWORKS[name]
    with torch.device("meta"):  # shapes without numbers
        net = build(tv)
    rows = arithmetic.ledger(net, shape)
    drawing = network.draw(rows, net, shape, links={rows[0].name: "#first"})
    assert words in drawing.alt and 'href="#first"' in drawing.svg
    assert drawing.svg.count("<li ") == len(network.boxes(rows, net, shape))


def test_charts_use_the_pages_colours_only():
    drawn = chart.lines([0, 1], {"a": [0, 1], "b": [1, 0]}, "two lines", "x", "y").svg
    assert "currentColor" in drawn and "--chart-2" in drawn and 'aria-label="two lines"' in drawn
    assert not any(marker in drawn for marker in chart.COLOURS)


def test_grids_say_their_numbers():
    assert grids.grids({"image": np.array([[1.0, -2.0], [0.5, -0.0]])}).alt == "image: 1 −2; 0.5 0."


def test_grids_leave_room_for_long_names():
    """A name wider than its array, centred over it, stays inside the drawing."""
    name = "a name that is long"
    svg = grids.grids({name: np.ones((1, 1)), "b": np.ones((1, 2))}).svg
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    middles = [float(x) for x in re.findall(r'<text x="([\d.]+)" y="[\d.]+" class="name"', svg)]
    assert middles[0] >= 6.5 * len(name) / 2
    assert middles[1] - middles[0] >= 6.5 * len(name) / 2 and middles[1] <= width - 26


def test_tables_escape_and_group():
    html = Table(["<a>", "n"], [("b&c", 61_100_840)])._repr_mimebundle_()["text/html"]
    assert "&lt;a&gt;" in html and "b&amp;c" in html and "61,100,840" in html


@pytest.mark.parametrize(
    ("settings", "windows", "runs"), [((224, 11, 4, 2), 55, 1), ((6, 3, 1, 0), 4, 0), ((12, 2, 5, 2), 3, 3)]
)
def test_a_row_has_a_bar_for_every_window_and_crosses_out_what_is_in_none(settings, windows, runs):
    drawing = row(*settings)
    assert drawing.svg.count('class="window"') == windows == arithmetic.output_size(*settings)
    assert drawing.svg.count("<path") == runs
    assert f"{windows} windows of {settings[1]} pixels" in drawing.alt


def test_importing_the_charts_leaves_the_backend_alone():
    """A downloaded notebook imports them, and its own ``plt.show`` must still show something."""
    code = (
        "import matplotlib\nbefore = matplotlib.rcParams._get('backend')\nimport sys\n"
        "from insidecnn.figures import chart\nchart.bars(['a'], [1], 'one bar', 'x')\n"
        "assert matplotlib.rcParams._get('backend') == before\nassert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
