"""Drawings: each thing stands under its own name, in its own size, at its own place."""

import re
from itertools import pairwise

import numpy as np
import pytest
from torch import nn

from insidecnn import arithmetic
from insidecnn.figures import block_diagram, claims, grids, network
from insidecnn.figures.row import row
from insidecnn.figures.table import Table, cell, written
from insidecnn.figures.table import kind as kind_of_column
from tests.figures import reading

NET = nn.Sequential(
    nn.Conv2d(3, 8, (3, 5), stride=(2, 1), padding=(1, 2)), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 20, 3, dilation=(1, 2)), nn.ReLU(),
    nn.AvgPool2d(3, 2), nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(), nn.Linear(120, 50), nn.ReLU(), nn.Linear(50, 10),
)  # fmt: skip
SHAPE = (3, 40, 60)
STAGES = {  # title: output, how it works, the layer's name
    "input": (SHAPE, "", ""),
    "conv1": ((8, 20, 60), "3×5, stride 2×1, padding 1×2", "0"),
    "pool1": ((8, 10, 30), "2×2, stride 2", "2"),
    "conv2": ((20, 8, 26), "3×3, dilation 1×2", "3"),
    "pool2": ((20, 3, 12), "3×3, stride 2", "5"),
    "avgpool": ((20, 2, 3), "", "6"),
    "flatten": ((120,), "", "7"),
    "fc3": ((50,), "", "8"),
    "fc4": ((10,), "", "10"),
}


def sides(block) -> tuple[float, float, float]:
    """Width and height of a block's front, and the length of the slanted edge that goes back."""
    front, _, side = (
        [tuple(map(float, p.split(","))) for p in face.get("points").split()] for face in block.iter("polygon")
    )
    wide, high = (max(p[i] for p in front) - min(p[i] for p in front) for i in (0, 1))
    return wide, high, np.hypot(side[1][0] - side[0][0], side[1][1] - side[0][1])


def test_every_layer_of_a_network_stands_in_its_own_size_over_its_own_words():
    rows = arithmetic.ledger(NET, SHAPE)
    drawing = network.draw(rows, NET, SHAPE, links={"3": "#second", "8": "#dense"})
    layers = list(reading.parsed(drawing.svg.replace("<wbr>", "")).iter("li"))
    pixel = 100 / 60
    for layer, (title, (shape, how, _)) in zip(layers, STAGES.items(), strict=True):
        label = "×".join(map(str, shape))
        words = layer.find("span")
        assert "".join(words.itertext()).replace("\N{NO-BREAK SPACE}", " ") == " ".join(
            filter(None, (title, label, how))
        )
        if len(shape) == 3:
            wanted = (shape[2] * pixel, shape[1] * pixel, max(1.5, shape[0] * pixel / 4))
            assert sides(layer) == pytest.approx(wanted, abs=0.2)
        else:
            assert f"--long: {100 / 16 * shape[0] / 120:.3f}rem" in layer.find("svg").get("style")
        assert f"{title} {label}" in drawing.alt
    links = {
        layer.find("span/b/a").get("href"): layer.find("span/b/a").text
        for layer in layers
        if layer.find("span/b/a") is not None
    }
    assert links == {"#second": "conv2", "#dense": "fc3"}
    kinds = [layer.get("class").split("-")[1] for layer in layers]
    assert kinds == [network.COLOURS.get(k, "0") for k in
                     ("input", "Conv2d", "MaxPool2d", "Conv2d", "AvgPool2d", "AvgPool2d", "Flatten", "Linear", "Linear")]  # fmt: skip


def test_the_scale_below_a_network_is_the_one_it_is_drawn_at():
    drawing = network.draw(arithmetic.ledger(NET, SHAPE), NET, SHAPE)
    (scale,) = reading.parsed(drawing.svg.replace("<wbr>", "")).iter("p")
    said = {}
    for each in scale.iter("span"):
        number, what = reading.written(each).split(maxsplit=1)
        line = each.find("svg/line")
        if line is None:
            drawn = float(re.search(r"--long: ([\d.]+)rem", each.find("svg").get("style"))[1]) * 16
        else:
            drawn = np.hypot(*(float(line.get(f"{axis}2")) - float(line.get(f"{axis}1")) for axis in "xy"))
        said[what] = drawn / reading.value(number)
    assert said == {
        "pixels": pytest.approx(100 / 60, rel=0.02), "channels": pytest.approx(100 / 60 / 4, rel=0.02),
        "numbers of a vector": pytest.approx(100 / 120, rel=0.02),
    }  # fmt: skip


def test_a_block_of_very_many_channels_is_not_drawn_longer_than_the_paper():
    net = nn.Conv2d(1, 4000, 1)
    drawing = network.draw(arithmetic.ledger(nn.Sequential(net), (1, 8, 8)), nn.Sequential(net), (1, 8, 8))
    (_, layer) = reading.parsed(drawing.svg.replace("<wbr>", "")).iter("li")
    assert sides(layer) == pytest.approx((100, 100, 64), abs=0.2)
    assert "1,000 channels" in drawing.svg and "of a vector" not in drawing.svg


def boxes(svg: str) -> list[tuple[str, float, float]]:
    """The boxes of a block diagram: their words, and where their middles are."""
    root = reading.parsed(svg)
    nodes = list(root.iter())
    found = []
    for rect, text in pairwise(nodes):
        if rect.tag == "rect":
            x, y, wide = (float(rect.get(name)) for name in ("x", "y", "width"))
            assert float(text.get("x")) == pytest.approx(x + wide / 2, abs=0.1) and y < float(text.get("y")) < y + 24
            found.append((text.text, x + wide / 2, y))
    return found


def test_a_block_is_read_from_top_to_bottom_and_its_ways_from_left_to_right():
    block = ["conv 1×1", block_diagram.beside("+", ["conv 3×3", "ReLU"], ["pool", "fc"], []), "after"]
    drawing = block_diagram.draw({"a name": block})
    found = {text: (x, y) for text, x, y in boxes(drawing.svg)}
    assert list(found) == ["conv 1×1", "conv 3×3", "ReLU", "pool", "fc", "after"]
    for above, below in (("conv 1×1", "conv 3×3"), ("conv 3×3", "ReLU"), ("pool", "fc"), ("fc", "after")):
        assert found[above][1] + block_diagram.BOX < found[below][1], (above, below)
    assert found["conv 3×3"][0] == found["ReLU"][0] < found["pool"][0] == found["fc"][0]
    root = reading.parsed(drawing.svg)
    (joint,) = [node for node in root.iter("circle") if node.get("class") == "joint"]
    assert found["ReLU"][1] < float(joint.get("cy")) < found["after"][1]
    assert [text.text for text in root.iter("text") if text.get("font-size") == "18"] == ["+"]
    assert next(root.iter("text")).text == "a name"
    fills = {
        after.text: rect.get("style")
        for rect, after in pairwise(root.iter()) if rect.tag == "rect"
    }  # fmt: skip
    assert "chart-1" in fills["conv 3×3"] and "chart-3" in fills["pool"] and "chart-4" in fills["fc"]
    assert "chart" not in fills["ReLU"]
    assert (
        "conv 1×1, then side by side (conv 3×3, then ReLU | pool, then fc | the input itself) joined by +, then after"
        in drawing.alt
    )


def test_ways_of_a_block_do_not_overlap_and_its_arrows_end_at_boxes():
    block = [block_diagram.beside("concat", ["conv 1×1, 64"], ["pool 3×3", "conv 1×1"], ["fc"])]
    drawing = block_diagram.draw({"x": block})
    found = boxes(drawing.svg)
    assert [text for text, _, _ in found] == ["conv 1×1, 64", "pool 3×3", "conv 1×1", "fc", "concat"]
    spans = [(x - block_diagram.item_size(t)[0] / 2, x + block_diagram.item_size(t)[0] / 2) for t, x, y in found[:2]]
    assert spans[0][1] < spans[1][0]
    tips = re.findall(r'<path d="M([\d.]+) ([\d.]+)h7l-3.5 6z" class="tip"/>', drawing.svg)
    ends = [(float(x) + 3.5, float(y) + 6) for x, y in tips]
    for text, x, y in found:
        assert any(abs(x - a) < 0.2 and abs(y - b) < 0.2 for a, b in ends), f"an arrow ends at {text}"
    width, height = (float(v) for v in re.search(r'viewBox="0 0 (\d+) (\d+)"', drawing.svg).groups())
    assert block_diagram.size(block)[0] <= width and max(y for _, _, y in found) + 24 < height


ARRAY = np.array([[1, -2, 0.5], [0, 4, -0.25]])


def test_a_grid_shows_each_number_in_its_row_and_column():
    svg = grids.grids({"a": ARRAY}).svg
    found = reading.cells(svg, grids.CELL)
    assert found == {(i, j): grids.number(ARRAY[i, j]) for i in range(2) for j in range(3)}
    shades = [node.get("class") for node in reading.parsed(svg).iter("rect")]
    assert shades == ["plus-1", "minus-2", "plus-1", "zero", "plus-3", "minus-1"]


def test_grids_stand_in_order_under_their_names_with_signs_between():
    svg = grids.grids({"a": np.ones((3, 2)), "b": 2 * np.ones((1, 4)), "c": ARRAY}, joints=["×", "="]).svg
    texts = [
        (t.get("class"), "".join(t.itertext()), float(t.get("x")), float(t.get("y")))
        for t in reading.parsed(svg).iter("text")
    ]
    names = {text: x for kind, text, x, _ in texts if kind == "name"}
    signs = {text: x for kind, text, x, _ in texts if kind == "joint"}
    assert names["a"] < signs["×"] < names["b"] < signs["="] < names["c"]
    for name, numbers in {"a": ["1"], "b": ["2"], "c": ["1", "0.5", "4"]}.items():
        for kind, text, x, y in texts:
            if kind in (None, "small") and abs(x - names[name]) < 2 * grids.CELL:
                assert text in numbers or (name == "c" and text in ("−2", "0", "−0.25"))
                assert y > next(t[3] for t in texts if t[1] == name), "names stand above"


def test_each_window_is_framed_where_it_is_with_its_own_sum():
    image, kernel = np.arange(20.0).reshape(4, 5), np.ones((2, 3))
    sums = np.array([[image[i : i + 2, j : j + 3].sum() for j in range(3)] for i in range(3)])
    drawing = grids.windows(image, kernel, sums)
    root = reading.parsed(drawing.svg)
    rects, copies = list(root.iter("rect")), []
    for node in rects:
        if node.get("class") == "frame":
            copies.append(node)
    texts = [t for t in root.iter("text")]
    size, frames = 13, iter(copies)
    for number, ((i, j), value) in enumerate(np.ndenumerate(sums)):
        first, frame = rects[number * 21], next(frames)
        x, y = float(first.get("x")), float(first.get("y"))
        assert (float(frame.get("x")) - x, float(frame.get("y")) - y) == (j * size, i * size)
        assert (float(frame.get("width")), float(frame.get("height"))) == (3 * size, 2 * size)
        text = texts[number]
        assert "".join(text.itertext()) == grids.number(value) and ("best" in text.get("class")) == (
            value == sums.max()
        )
        assert float(text.get("y")) > y + 4 * size and x < float(text.get("x")) < x + 5 * size
    assert grids.in_words(sums) in drawing.alt


def test_a_matrix_leaves_zeros_empty():
    array = np.array([[1, 2, 0, 0, 0], [0, 1, 2, 0, 0], [0, 0, 1, 2, 3]])
    drawing = grids.matrix(array)
    found = {place: int(text) for place, text in reading.cells(drawing.svg, 17).items()}
    assert found == {(int(i), int(j)): int(array[i, j]) for i, j in zip(*np.nonzero(array), strict=True)}
    assert "3 rows and 5 columns, with 2 to 3 numbers a row that are not zero, 3 different ones" in drawing.alt


@pytest.mark.parametrize("size, kernel, stride, padding", [(12, 5, 2, 1), (13, 3, 4, 0), (7, 3, 3, 2)])
def test_the_windows_of_a_row_stand_at_their_pixels(size, kernel, stride, padding):
    svg = row(size, kernel, stride, padding, width=20 * (size + 2 * padding)).svg
    rects = {}
    for node in reading.parsed(svg).iter("rect"):
        rects.setdefault(node.get("class"), []).append(node)
    at = [(float(n.get("x")) - 1) / 20 for n in rects["window"]]
    count = arithmetic.output_size(size, kernel, stride, padding)
    assert at == pytest.approx([i * stride for i in range(count)])
    assert {round((float(n.get("width")) + 1) / 20, 3) for n in rects["window"]} == {kernel}
    (image,) = rects["image"]
    assert ((float(image.get("x")) - 1) / 20, float(image.get("width")) / 20) == (padding, size)
    read = {p for i in range(count) for p in range(i * stride, i * stride + kernel)}
    missed = set(range(size + 2 * padding)) - read
    drawn = [(round((float(n.get("x")) - 1) / 20), round(float(n.get("width")) / 20)) for n in rects.get("unread", [])]
    assert {p for start, wide in drawn for p in range(start, start + wide)} == missed
    lanes = {}
    for n in rects["window"]:
        lanes.setdefault(n.get("y"), []).append((float(n.get("x")), float(n.get("x")) + float(n.get("width"))))
    assert all(a[1] < b[0] for lane in lanes.values() for a, b in pairwise(lane))


def test_the_columns_of_a_table_stand_under_their_own_heads():
    table = Table(
        ["layer", "parameters", "share, %", "shape", "bias"], [("conv1", 23296, -0.12345, (64, 55, 55), True)]
    )
    bundle = table._repr_mimebundle_()
    root = reading.parsed(bundle["text/html"])
    heads = [node.text for node in root.iter("th")]
    cells = [(node.get("class"), node.text) for node in root.iter("td")]
    assert [node.get("class") for node in root.iter("th")] == [kind for kind, _ in cells]
    assert dict(zip(heads, cells, strict=True)) == {
        "layer": ("text", "conv1"), "parameters": ("number", "23,296"), "share, %": ("number", "−0.123"),
        "shape": ("shape", "64 × 55 × 55"), "bias": ("text", "yes"),
    }  # fmt: skip
    assert bundle["text/plain"].splitlines() == ["\t".join(heads), "conv1\t23,296\t-0.123\t64 × 55 × 55\tyes"]
    assert "Table: layer, parameters, share, %, shape, bias" in bundle["text/html"]
    assert written(False) == "no" and cell("<b>", "text") == '<td class="text">&lt;b&gt;</td>'


@pytest.mark.parametrize(("column", "expected"), [
    (["0.59", "0.72"], "number"), (["12%", "–", ""], "number"), (["0.55 ± 0.04", "≈ 0"], "number"),
    (["62% (61% to 64%)", "-5%"], "number"), (["16 of 16", 3], "number"), ([1.5, "not tried"], "text"),
    (["353–357"], "number"), (["3.11.7"], "text"), (["2, 2, 2"], "text"), (["224 × 224"], "text"), (["–"], "text"),
    (["8 bits"], "text"), ([True, 1], "text"), ([(64, 55), "–"], "shape"),
])  # fmt: skip
def test_columns_of_numbers_are_known_by_all_their_cells(column, expected):
    assert kind_of_column(column) == expected


def test_a_claim_shows_what_the_deck_says_and_what_runs_under_these_words():
    topic = claims.Claims("Sizes")
    topic.check("Padding", 29, 27, "it is 0", "deeper-layers.html#max", form="27 × {}")
    topic.check("Stride", 2, 2, form="by {}")
    html = topic._repr_mimebundle_()["text/html"].replace('<link rel="stylesheet" href="../_static/claims.css">', "")
    root = reading.parsed(html)
    pairs = dict(zip((n.text for n in root.iter("dt")), ("".join(n.itertext()) for n in root.iter("dd")), strict=True))
    assert pairs == {"The deck": "27 × 29", "What runs": "27 × 27", "Why": "it is 0 Read on: deeper layers"}
    assert ["".join(n.itertext()) for n in root.iter("td")] == ["Stride", "by 2"]
    assert topic._repr_mimebundle_()["text/plain"] == "slip: Padding: 27 × 29 | 27 × 27\nright: 1"
