"""What stands there without JavaScript is the first state of the widget: number by number, for every widget.

The static part is made afresh by the package, from the data that the built page holds, so that a fault in either is seen.
"""

import json
import re
from math import log10

import cv2
import numpy as np
import pytest
from torch import nn

from insidecnn import alexnet, weights, widgets
from insidecnn.detection.yolo import shipped as shipped_yolo
from insidecnn.figures import grids
from insidecnn.training.film import shipped
from insidecnn.widgets import clip
from tests.site.conftest import SITE
from tests.site.widgets import reading, test_softmax

READ = """(root) => ({
  text: root.textContent.replace(/\\s+/g, " ").trim(),
  rows: [...root.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent)),
  words: [...root.querySelectorAll("p")].map((each) => each.textContent),
  grids: [...root.querySelectorAll("svg.grids")].map((svg) => [...svg.children].map((each) => [
    each.localName, each.getAttribute("class") ?? "", each.textContent, ...["x", "y"].map((at) => each.getAttribute(at))])),
  charts: [...root.querySelectorAll("svg.chart")].map((svg) => ({
    label: svg.getAttribute("aria-label"),
    texts: [...svg.querySelectorAll("text")].map((each) => each.textContent.trim()),
    bars: [...svg.querySelectorAll("path")].filter((each) => getComputedStyle(each).fill !== "none"
      && (each.getAttribute("style") ?? "").includes("chart-1")).map((each) => each.getAttribute("d")),
  })),
  boxes: [...root.querySelectorAll("svg.pixel-row rect")].map((each) =>
    [each.getAttribute("class"), ...["x", "width"].map((at) => Number(each.getAttribute(at)))]),
  image: root.querySelector("img")?.src ?? null,
  images: [...root.querySelectorAll("img")].map((each) => each.src),
})"""


def tables(svg):
    """The arrays of a figure: name → rows of (number, colour), read from where the squares stand."""
    found, name, square = {}, None, None
    for kind, look, text, x, y in svg:
        if look == "name":
            name = found.setdefault(text, {})
        elif kind == "rect":
            square = (float(y), float(x), look)
        elif look != "joint":
            name.setdefault(square[0], []).append((square[1], text, square[2]))
    return {each: [[cell[1:] for cell in sorted(rows[y])] for y in sorted(rows)] for each, rows in found.items()}


def lengths(chart):
    """The lengths of a chart's bars."""
    xs = [[float(x) for x in re.findall(r"[ML] ([-\d.]+) ", path)] for path in chart["bars"]]
    return [max(each) - min(each) for each in xs]


def live_table(cells):
    """A live table's (number, colour), whatever else marks its cells."""
    colour = re.compile(r"zero|empty|plus-\d|minus-\d")
    return [[(text, colour.search(kind)[0]) for text, kind in row] for row in cells]


def check_convolution(static, element, data):
    states = [{"name": name, "filter": rows, "step": 143} for name, rows in data["filters"].items()]
    for svg, state, found in zip(static["grids"], states, reading.in_states(element, states), strict=True):
        arrays = {name: live_table(rows) for name, rows in found["arrays"].items() if name != "products"}
        arrays[state["name"]] = arrays.pop("filter")
        assert tables(svg) == arrays


def check_pooling(static, element, data):
    states = [{"mode": "max", "step": 99}, {"mode": "avg"}]
    for svg, state, found in zip(static["grids"], states, reading.in_states(element, states), strict=True):
        drawn = tables(svg)
        assert drawn.pop("map") == live_table(found["arrays"]["map"])
        (pooled,) = drawn.values()
        exact = found["result"]["pooled"]  # the figure shows two digits
        assert [[text for text, _ in row] for row in pooled] == [[grids.number(v) for v in row] for row in exact]
        assert list(drawn) == ["max" if state["mode"] == "max" else "average"]
    k, s = data["kernel_size"], data["stride"]
    assert static["words"][-1].startswith(f"Windows of {k} × {k}, {s} apart:")


def check_output_size(static, element, data):
    found = reading.shown(element, {"went": ".went"})
    layers = found["result"]
    first = layers[0]
    size, k, s, p = first["size"], *(first[name] for name in ("kernel_size", "stride", "padding"))
    sum_ = f"⌊({size} + 2·{p} − {k}) / {s}⌋ + 1 = {first['out']}"
    assert static["words"][-1] == f"{sum_}; padded pixels left over after the last window: {first['left']}."
    names = ("name", "kernel_size", "stride", "padding", "size", "out", "left")
    assert static["rows"] == ([] if len(layers) == 1 else [[str(each[n]) for n in names] for each in layers])
    ((start, length),) = [each[1:] for each in static["boxes"] if each[0] == "image"]
    unit = length / size
    drawn = [((x - 1) / unit, (width + 1) / unit) for kind, x, width in static["boxes"] if kind == "window"]
    assert (start - 1) / unit == pytest.approx(p)
    assert drawn == [pytest.approx((i * s, k), abs=0.05) for i in range(first["out"])]
    crossed = [(x, width) for kind, x, width in static["boxes"] if kind == "unread"]
    assert sum(width for _, width in crossed) / unit == pytest.approx(
        first["left"] + max(0, s - k) * (first["out"] - 1)
    )


def check_mlp_or_convolution(static, element, data):
    states = list(data["layers"].values())
    found = reading.in_states(element, states)
    counts = [[int(count) for count in each["result"]["parameters"]] for each in found]
    wanted = [[name, *(f"{n:,}" for n in each)] for name, each in zip(data["layers"], counts, strict=True)]
    assert static["rows"] == wanted
    kinds = ("dense", "locally connected", "convolution")
    listed = ", ".join(f"{kind} {count:,}" for kind, count in zip(kinds, counts[0], strict=True))
    (chart,) = static["charts"]
    assert f"Parameters of {next(iter(data['layers']))}: {listed}." in chart["label"]
    numbers = [text for text in chart["texts"] if re.fullmatch(r"\d[\d,]*", text) and text not in ("10", "1")]
    assert numbers == [f"{count:,}" for count in counts[0]] and [t for t in chart["texts"] if t in kinds] == list(kinds)
    steps = np.diff(lengths(chart)) / np.diff([log10(count) for count in counts[0]])
    assert len(steps) == 2 and steps[0] == pytest.approx(steps[1], rel=0.01)  # a logarithmic axis


def check_receptive_field(static, element, data):
    size, layers = data["size"], data["layers"]
    states = [{"layer": each["name"], "row": 0, "column": 0} for each in layers]
    boxes = [found["result"][0] for found in reading.in_states(element, states)]
    ones = [state | {"column": 1} for state in states]
    jumps = [found["result"][0][0] - box[0] for found, box in zip(reading.in_states(element, ones), boxes, strict=True)]
    rows = [
        [each["name"], str(b[2] - b[0]), str(j), str(b[0]).replace("-", "−")]
        for each, b, j in zip(layers, boxes, jumps, strict=True)
    ]
    assert static["rows"] == rows
    (_, small, _, _), (name, large, _, _) = rows[0], rows[-1]
    assert (
        f"The middle cell of conv1 sees {small} × {small} pixels, that of {name} {large} × {large};"
        in static["words"][-1]
    )
    assert data["about"] == static["words"][0]

    # the picture is the photograph (JPEG: nearly) with a frame around what the middle cell of each convolution sees
    middles = [{"layer": each["name"], **dict.fromkeys(("row", "column"), each["size"] // 2)} for each in layers]
    photo, picture = (
        cv2.cvtColor(reading.pixels(url), cv2.COLOR_RGB2GRAY).astype(int) for url in (data["photo"], static["image"])
    )
    difference, frames = np.abs(picture - photo), np.zeros((size, size), bool)
    for state, found in zip(middles, reading.in_states(element, middles), strict=True):
        top, left, bottom, right = found["result"][0]
        if "conv" in state["layer"]:
            for side in (
                np.s_[top, left:right],
                np.s_[bottom - 1, left:right],
                np.s_[top:bottom, left],
                np.s_[top:bottom, right - 1],
            ):
                frames[side] = True
                assert difference[side].mean() > 20
    assert np.quantile(difference[~frames], 0.999) < 20


def check_softmax(static, element, data):
    states = [
        {"logits": [row], "target": target, "added": 0, "temperature": 1}
        for row, target in zip(data["logits"], data["target"], strict=True)
    ]
    rows = []
    everything = reading.in_states(element, states, test_softmax.TEXTS)
    for i, (state, found) in enumerate(zip(states, everything, strict=True)):
        result, target = found["result"], state["target"]
        share = f"the probability {result['p'][target]:.3f}: the loss is {result['loss']:.3f}."
        assert static["words"][i] == f"Picture {i + 1} is of class {data['names'][target]}, which gets {share}"
        numbers = zip(state["logits"][0], result["p"], result["slope"], strict=True)
        rows += [
            [name, *(f"{n:.3g}".replace("-", "−") for n in each)]
            for name, each in zip(data["names"], numbers, strict=True)
        ]
        chart, shares = static["charts"][i], [f"{p:.3f}" for p in result["p"]]
        words = ", ".join(f"{name} {p}" for name, p in zip(data["names"], shares, strict=True))
        assert chart["label"] == f"Picture {i + 1}, probabilities: {words}."
        assert [text for text in chart["texts"] if re.fullmatch(r"\d\.\d{3}", text)] == shares
        drawn = np.array(lengths(chart))
        np.testing.assert_allclose(drawn / drawn.sum(), result["p"], atol=0.005)
    assert static["rows"] == rows
    assert f"would cost {static['words'][-1].split('would pay ')[1]}" in everything[0]["said"]


def check_film(static, element, data):
    steps, curve = data["steps"], data["curve"]
    chosen = [round(k * (len(steps) - 1) / 3) for k in range(4)]
    found = reading.in_states(element, [{"frame": k} for k in (chosen[1], chosen[-1])])
    assert static["words"][-1] == " ".join(each["said"] for each in found)
    stills = [np.split(reading.pixels(data["sprite"]), len(steps))[k] for k in chosen]
    assert len(static["images"]) == 4
    assert all(np.array_equal(reading.pixels(url), still) for url, still in zip(static["images"], stills, strict=True))
    (chart,) = static["charts"]
    assert static["words"][-1] in chart["label"] and len(curve["step"]) == len(curve["loss"])


def check_clip(static, element, data):
    count = data["frames"]
    chosen = [round(k * (count - 1) / 3) for k in range(4)]
    found = reading.in_states(element, [{"frame": k} for k in chosen])
    assert [each["said"] for each in found] == [f"Frame {k + 1} of {count}." for k in chosen]
    assert static["words"][-1] == f"A clip of {count} frames. {data['alt']}"
    frames = np.split(reading.pixels(data["sprite"]), count)
    assert len(static["images"]) == 4
    for url, k in zip(static["images"], chosen, strict=True):
        wrong = [np.abs(reading.pixels(url).astype(int) - frame).mean() for frame in frames]
        assert int(np.argmin(wrong)) == k  # two JPEGs of one picture, of different quality


def check_detector(static, element, data):
    """What the picture for readers without scripts shows is what the network finds in the browser."""
    element.scroll_into_view_if_needed()
    element.locator("ol li").first.wait_for()
    here = [text.rsplit(" ", 1) for text in element.locator("ol li").all_inner_texts()]
    there = [text.rsplit(" ", 1) for text in static["words"][-1].split(": ")[-1].rstrip(".").split(", ")]
    assert [kind for kind, _ in here] == [kind for kind, _ in there]
    assert all(abs(float(a) - float(b)) < 0.015 for (_, a), (_, b) in zip(here, there, strict=True))


def check_ledger(static, element, data):
    """Typed into the ledger, the numbers of the folded table are right, all of them."""
    entries = [[row[0], *(cell.replace(",", "") for cell in row[1:] if cell != "–")] for row in static["rows"]]
    assert [name for name, *_ in entries] == [row["name"] for row in data["rows"]]
    typed = ";".join(",".join(numbers) for _, *numbers in entries)
    assert element.evaluate("(e, typed) => e.set({ typed })", typed)
    asked = sum(len(row["answers"]) for row in data["rows"])
    assert element.locator(".score").inner_text() == f"{asked} of {asked} right"


def film_of(data):
    return widgets.film(shipped()[0], data["steps"], data["curve"])


def clip_of(data):
    frames = np.stack(np.split(reading.pixels(data["sprite"]), data["frames"]))
    return clip.player(frames, data["alt"], data["fps"], data["enlarge"], data["title"])


def network():
    return alexnet.sequential(weights.embedded().model)


def features():
    return next(layer for layer in network() if isinstance(layer, nn.Sequential))


def size_of(data):
    """The network that the page shows, told by its data."""
    layers = []
    for each in data["layers"]:
        settings = [each[name] for name in ("kernel_size", "stride", "padding")]
        kind = getattr(nn, each["kind"])
        layers.append(kind(*each["channels"], *settings) if kind is nn.Conv2d else kind(*settings))
    return nn.Sequential(*layers)


WIDGETS = {  # element → its page, the same widget made afresh from the page's data, and the comparison
    "convolution": (
        "convolution",
        lambda d: widgets.convolution(np.array(d["image"]), {n: np.array(f) for n, f in d["filters"].items()}),
        check_convolution,
    ),
    "pooling": (
        "pooling",
        lambda d: widgets.pooling(np.array(d["map"], np.float32), d["kernel_size"], d["stride"]),
        check_pooling,
    ),
    "output-size": (
        "convolution-settings",
        lambda d: widgets.output_size(size_of(d), d["size"], d["layers"][0]["channels"][0]),
        check_output_size,
    ),
    "mlp-or-convolution": (
        "why-not-an-mlp",
        lambda d: widgets.mlp_or_convolution({name: convolution_of(layer) for name, layer in d["layers"].items()}),
        check_mlp_or_convolution,
    ),
    "receptive-field": (
        "alexnet",
        lambda d: widgets.receptive_field(weights.embedded().model),
        check_receptive_field,
    ),
    "softmax": (
        "regression-and-classification",
        lambda d: widgets.softmax(np.array(d["logits"]), np.array(d["target"])),
        check_softmax,
    ),
    "film": ("training", film_of, check_film),
    "clip": ("tracking", clip_of, check_clip),
    "detector": ("detection", lambda d: widgets.detector(shipped_yolo()[0]), check_detector),
    "ledger": ("practice", lambda d: widgets.Exercise(network(), tuple(d["shape"])), check_ledger),
}


def convolution_of(layer):
    names = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
    made = nn.Conv2d(*(layer[name] for name in names), bias=bool(layer["bias"]), device="meta")
    return made, (layer["height"], layer["width"])


@pytest.mark.parametrize("name", WIDGETS)
def test_the_static_part_is_the_first_state(visit, plain_page, origin, name):
    chapter, make, check = WIDGETS[name]
    plain_page.goto(f"{origin}/book/{chapter}.html")
    built = plain_page.locator(f"cnn-{name} .static").all()
    parts = [(json.loads(each.evaluate("e => e.previousSibling.textContent")), each.evaluate(READ)) for each in built]
    page = visit(f"book/{chapter}.html")
    elements = page.locator(f"cnn-{name}.live").all()
    assert len(elements) == len(parts) >= 1
    for (data, static), element in zip(parts, elements, strict=True):
        if name == "softmax":
            assert reading.shown(element)["fields"]["picture"] == "1"  # the first picture is there at the start
        check(static, element, data)
        markup = make(data)._repr_mimebundle_()["text/html"]
        plain_page.set_content(f"<body>{re.sub('<link[^>]*>|<script defer[^>]*></script>', '', markup)}")
        check(plain_page.locator(".static").evaluate(READ), element, data)


def test_no_widget_is_left_out():
    found = {
        name for path in SITE.glob("book/*.html") for name in re.findall(r"<cnn-([a-z-]+)", path.read_text("utf-8"))
    }
    assert found - {"lab"} == set(WIDGETS)  # the lab's static part is a table of its stages
