"""Every kind of chart: names beside their own values, each axis with its own label, written numbers equal to drawn ones."""

import re

import pytest

from insidecnn.figures import accuracy, chart, scatter, timeline
from insidecnn.history import Checkpoint
from tests.figures import reading

PARTS = {"many": 30.0, "few": 10.0, "some": 20.0}
X, Y = [1.0, 2.0, 4.0, 5.0], {"rising": [3.0, 5.0, 6.0, 9.0], "falling": [8.0, 7.0, 2.0, 1.0]}
AB = {name: list(zip(X, values, strict=True)) for name, values in Y.items()}
LINE = {"fit": ([1.0, 5.0], [2.0, 6.0]), "other fit": ([2.0, 4.0], [9.0, 3.0])}
GROUPS = {
    "old": [[(2.0, 61.0), (30.0, 72.0)]],
    "new": [[(5.0, 83.0)], [(300.0, 76.0), (700.0, 79.0)]],
    "newest": [[(50.0, 68.0)]],
}


def said(x: float, y: float) -> str:
    return f"{x:g} M, {y:g} %"


def scattered():
    groups = {
        name: [[scatter.Point(x, y, said(x, y), f"n{x:g}") for x, y in line] for line in lines]
        for name, lines in GROUPS.items()
    }
    return scatter.scatter(groups, "weights, M", "right, %", "points").svg


def checkpoint(family: str, builder: str, million: float, gmacs: float, top1: float) -> Checkpoint:
    return Checkpoint(family, builder, "V1", round(million * 1e6), gmacs, 1.0, top1, 99.0, "", 224)


CHECKPOINTS = (
    checkpoint("AlexNet", "alexnet", 61.0, 0.7, 56.5),
    checkpoint("ResNet", "resnet50", 25.6, 4.1, 80.9),
    checkpoint("ResNet", "resnet18", 11.7, 1.8, 69.8),
    checkpoint("MobileNetV2", "mobilenet_v2", 3.5, 0.3, 72.2),
)
AGAINST = {
    axis: {
        "AlexNet, VGG, GoogLeNet": [(c[0], 56.5)],
        "Inception-v3, ResNet, DenseNet": [(c[1], 69.8), (c[2], 80.9)],
        "SqueezeNet, MobileNet": [(c[3], 72.2)],
        "EfficientNet, RegNet, ConvNeXt": [],
    }
    for axis, c in {"parameters": (61.0, 11.7, 25.6, 3.5), "macs": (0.7, 1.8, 4.1, 0.3)}.items()
}

CHARTS = {  # what is drawn, read back; what must be found
    "lines": (
        lambda: reading.chart(chart.lines(X, Y, "two lines", "step, thousands", "loss, nats").svg),
        AB, "step, thousands", "loss, nats",
    ),
    "points": (
        lambda: reading.chart(chart.points(X, Y["falling"], LINE, "dots", "age, years", "grade, %").svg),
        {"dots": AB["falling"]} | {name: list(zip(*xy, strict=True)) for name, xy in LINE.items()},
        "age, years", "grade, %",
    ),
    "scatter": (
        lambda: reading.scatter(scattered()),
        {name: [point for line in lines for point in line] for name, lines in GROUPS.items()}, "weights, M", "right, %",
    ),
    "accuracy against parameters": (
        lambda: reading.scatter(accuracy.against(CHECKPOINTS, "parameters", "points").svg),
        AGAINST["parameters"], "million parameters (logarithmic)", "top-1 accuracy, %",
    ),
    "accuracy against macs": (
        lambda: reading.scatter(accuracy.against(CHECKPOINTS, "macs", "points").svg),
        AGAINST["macs"], "thousand million multiply-accumulates (logarithmic)", "top-1 accuracy, %",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHARTS)
def test_each_name_has_its_points_and_each_axis_its_label(name):
    draw, series, xlabel, ylabel = CHARTS[name]
    read = draw()
    assert list(read.series) == list(series) or set(read.series) == set(series) == set(LINE) | {"dots"}
    for key, points in series.items():
        assert [value for point in read.series[key] for value in point] == pytest.approx(
            [value for point in points for value in point], rel=0.01
        ), key
    assert (read.xlabel, read.ylabel, read.usual) == (xlabel, ylabel, True)


@pytest.mark.parametrize("log", [False, True])
def test_bars_stand_under_each_other_in_their_order_with_their_numbers(log):
    values = {"many": 30_000.0, "few": 12.0, "some": 2_000.0} if log else PARTS
    drawn = chart.bars(list(values), list(values.values()), "bars", "weights, MB", "{:,.1f} MB", log=log)
    read = reading.chart(drawn.svg, log)
    lengths = {name: points[0][0] for name, points in read.series.items()}
    assert lengths == pytest.approx(values, rel=0.01)
    assert sorted(values, key=lambda name: read.series[name][0][1]) == list(values), "the first on top"
    assert read.numbers == {name: f"{value:,.1f} MB" for name, value in values.items()}
    assert read.xlabel == "weights, MB" and not read.ylabel and read.usual


def test_a_limit_of_the_vertical_axis_is_kept():
    svg = chart.lines(X, {"a": [1, 2, 3, 4]}, "a line", "x", "y", ylim=(0, 8)).svg
    drawn = [value for point in reading.chart(svg).series["a"] for value in point]
    assert drawn == pytest.approx([value for point in zip(X, (1, 2, 3, 4), strict=True) for value in point], rel=1e-3)
    labels = [text for text in re.findall(r">(\d)</text>", svg) if text in "08"]
    assert labels == ["0", "8"]


def test_a_chart_is_exact_to_a_tenth_of_a_pixel_and_shares_no_name_with_another():
    drawn = [chart.lines(X, Y, f"{name} lines", "x", "y") for name in ("two", "the same two")]
    names = [set(re.findall(r'\bid="([^"]*)"', form)) for each in drawn for form in (each.svg, each.narrow)]
    assert all(names) and len(set.union(*names)) == sum(map(len, names))
    assert max(len(digits) for digits in re.findall(r"\d\.(\d+)", drawn[0].svg)) == 1


def test_charts_name_no_font_of_the_machine_that_drew_them():
    drawn = chart.lines(X, Y, "two lines", "x", "y").svg
    assert "sans-serif" in drawn and "DejaVu" not in drawn


def test_points_of_a_scatter_chart_carry_their_own_words_and_lines_join_their_own_points():
    read = reading.scatter(scattered())
    points = [point for lines in GROUPS.values() for line in lines for point in line]
    assert read.numbers == {said(x, y): f"n{x:g}" for x, y in points}
    root = reading.parsed(scattered())
    marks = [
        tuple(float(v) for v in re.findall(r"[\d.]+", node.find("g").get("transform")))
        for node in root.iter("g") if node.get("class") == "point"
    ]  # fmt: skip
    joined = [reading.places(path.get("d")) for path in root.iter("path") if path.get("stroke-opacity") == "0.5"]
    assert joined == [[marks[0], marks[1]], [marks[2]], [marks[3], marks[4]], [marks[5]]]


def test_each_group_is_named_beside_its_own_mark_and_at_its_own_place():
    drawing = next(reading.parsed(scattered()).iter("svg"))
    marks = [path.get("transform") for path in drawing if path.tag == "path" and path.get("transform")]
    at = [tuple(float(v) for v in re.findall(r"[\d.]+", mark)) for mark in marks]
    names = {text.text: (float(text.get("x")), float(text.get("y"))) for text in drawing if text.text in GROUPS}
    assert len(set(at)) == len(GROUPS)
    for (x, y), name in zip(at, GROUPS, strict=True):
        assert names[name][0] - x == pytest.approx(10, abs=4) and names[name][1] - y == pytest.approx(4, abs=3)


def test_names_of_points_keep_clear_of_each_other_and_of_the_edge():
    close = [(100.0, 100.0, "first"), (104.0, 103.0, "second"), (497.0, 200.0, "at the edge"), (9, 9, "")]
    found = scatter.places(close, (30, 20, 500, 400))
    areas = []
    for number, (dx, dy, anchor) in found.items():
        x, y, name = close[number]
        long = 6.2 * len(name)
        left = x + dx - {"start": 0, "end": long, "middle": long / 2}[anchor]
        areas.append((left, y + dy - 9, left + long, y + dy + 2))
    assert sorted(found) == [0, 1, 2] and areas[2][2] <= 500
    for i, a in enumerate(areas):
        assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in areas[i + 1 :])


def test_events_hang_at_their_own_year():
    events = {
        1998: ("LeNet-5", "digits"),
        2012: ("AlexNet", "photographs"),
        2015: ("VGG", "3×3"),
        1989: ("LeNet", "zip"),
    }
    drawing = timeline.timeline([timeline.Event(year, *words) for year, words in events.items()])
    root = reading.parsed(drawing.svg)
    ticks = [
        (float(text.get("y")) - 4, int(text.text)) for text in root.iter("text") if text.get("text-anchor") == "end"
    ]
    year_at = reading.scale(ticks, log=False)
    assert [year for _, year in ticks] == [1990, 2000, 2010]
    leaders = [reading.places(path.get("d")) for path in root.iter("path") if path.get("stroke-width") == "0.8"]
    dots = [float(dot.get("cy")) for dot in root.iter("circle")]
    texts = {
        float(text.get("y")): "".join(text.itertext()) for text in root.iter("text") if not text.get("text-anchor")
    }
    for dot, ((_, start), (_, end)), year in zip(dots, leaders, sorted(events), strict=True):
        assert dot == pytest.approx(start, abs=0.1) and year_at(dot) == pytest.approx(year, abs=0.05)
        name, words = events[year]
        assert texts[end + 4] == f"{name} {year}" and texts[end + 4 + timeline.LINE] == words


def test_dots_stand_in_rows_under_their_names_with_a_mark_at_the_mean():
    svg = chart.dots({"first": [1.0, 2.0, 6.0], "second": [4.0, 5.0]}, "dots of two groups", "errors, %").svg
    root = reading.parsed(svg)
    texts = ["".join(node.itertext()).strip() for node in root.iter("text")]
    assert [t for t in texts if t in ("first", "second")] == ["first", "second"] and "errors, %" in texts
    at = {"chart-1": [], "chart-2": []}
    for group in root.iter("g"):
        for name in at:
            if name in group.get("style", ""):
                at[name] += [(float(use.get("x")), float(use.get("y"))) for use in group.iter("use")]
    heights = sorted({y for _, y in at["chart-1"]})
    rows = [[x for x, y in at["chart-1"] if y == height] for height in heights]
    means = [x for x, _ in sorted(at["chart-2"], key=lambda place: place[1])]
    assert [len(row) for row in rows] == [3, 2] and len(means) == 2
    unit = (rows[0][2] - rows[0][0]) / 5
    assert [x - rows[0][0] for x in rows[0] + rows[1] + means] == pytest.approx(
        [(value - 1) * unit for value in (1, 2, 6, 4, 5, 3, 4.5)], abs=0.15
    )


def places_of(svg: str, mark: str) -> list[float]:
    """Where the right ends of a chart's bars, or its dots, are."""
    root = reading.parsed(svg)
    if mark == "dots":
        return [float(use.get("x")) for use in root.iter("use") if "--chart-1" in (use.get("style") or "")]
    bars = [path for path in root.iter("path") if reading.style(path) == "--chart-1"]
    return [max(x for x, _ in reading.places(path.get("d"))) for path in bars]


LONG_NAMES = {"a name that is long": 4.0, "another long name": 1.0, "short": 2.0}


@pytest.mark.parametrize(
    ("drawn", "mark"),
    [
        (
            chart.bars(list(LONG_NAMES), list(LONG_NAMES.values()), "bars", "a label of so many words that it breaks"),
            "bars",
        ),
        (chart.bars(["a", "b", "c"], [4.0, 1.0, 2.0], "bars", "share"), "bars"),
        (chart.dots({name: [value, 3.0] for name, value in LONG_NAMES.items()}, "dots", "share"), "dots"),
    ],
)
def test_the_narrow_form_shows_the_same_as_wide_as_a_phone(drawn, mark):
    def shares(svg):
        ends = places_of(svg, mark)
        return [(end - min(ends)) / (max(ends) - min(ends)) for end in ends]

    assert shares(drawn.narrow) == pytest.approx(shares(drawn.svg), abs=0.01)
    width, height = (float(re.search(rf'{side}="([\d.]+)pt"', drawn.narrow)[1]) for side in ("width", "height"))
    assert width * 4 / 3 <= 328 and height > 40
    written = [reading.written(text) for text in reading.parsed(drawn.narrow).iter("text")]
    for name in LONG_NAMES if "a name" in drawn.narrow else []:
        assert name in written


def test_names_above_their_rows_stand_over_their_own_bars():
    root = reading.parsed(chart.bars(list(LONG_NAMES), list(LONG_NAMES.values()), "bars", "share").narrow)
    bars = [reading.places(path.get("d")) for path in root.iter("path") if reading.style(path) == "--chart-1"]
    tops = [min(y for _, y in bar) for bar in bars]
    for name, top in zip(LONG_NAMES, tops, strict=True):
        (text,) = [text for text in root.iter("text") if reading.written(text) == name]
        assert 0 <= top - float(text.get("y")) < 6
