"""Charts and drawings read back: what stands where on the paper, in the units of their own axes."""

import re
from dataclasses import dataclass
from math import log10
from xml.etree import ElementTree

LINK = "{http://www.w3.org/1999/xlink}href"


@dataclass
class Read:
    """A chart as somebody sees it."""

    series: dict[str, list[tuple[float, float]]]  #: name → points, in the axes' units
    xlabel: str
    ylabel: str
    numbers: dict[str, str]  #: what is written beside the points, by name
    usual: bool = True  #: larger numbers lie to the right and higher up


def parsed(svg: str):
    root = ElementTree.fromstring(f"<all>{svg}</all>" if "xmlns:xlink" in svg else f'<all xmlns:xlink="l">{svg}</all>')
    for node in root.iter():
        node.tag = node.tag.split("}")[-1]
    return root


def style(node) -> str:
    """The colour of the page that a mark has: ``--chart-2``."""
    found = re.search(r"--chart-\d", node.get("style", ""))
    return found[0] if found else ""


def places(path: str) -> list[tuple[float, float]]:
    """The corners of a path of straight lines with absolute coordinates."""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]\s*(-?[\d.]+)[ ,](-?[\d.]+)", path)]


def written(node) -> str:
    return "".join(node.itertext()).strip()


def value(label: str) -> float:
    return float(label.replace("−", "-").replace(",", ""))


def scale(ticks: list[tuple[float, float]], log: bool):
    """From a place on the paper to a number, by the ticks (place, number) of an axis."""
    (a, low), (b, high) = ticks[0], ticks[-1]
    if log:
        return lambda at: 10 ** (log10(low) + (at - a) / (b - a) * log10(high / low))
    return lambda at: low + (at - a) / (b - a) * (high - low)


def named(node, kind: str) -> list:
    return [child for child in node if child.get("class", "").startswith(kind)]


def axis(node, direction: str, log: bool = False):
    """The scale of one of matplotlib's axes, its ticks (place, label) and its name."""
    ticks = []
    for tick in named(node, f"{direction}tick"):
        texts = [written(part) for part in tick.iter("text")]
        parts = [written(part) for part in tick.iter("tspan")]
        if texts:
            mark = next(tick.iter("use"))
            ticks.append((float(mark.get(direction)), f"1e{parts[-1]}" if len(parts) > 1 else texts[0]))
    name = "".join(written(text) for group in named(node, "text") for text in group.iter("text"))
    numbers = [(at, value(label)) for at, label in ticks if re.fullmatch(r"[−\d.,e]+", label)]
    return (scale(numbers, log) if len(numbers) > 1 else None), ticks, name


def chart(svg: str, log: bool = False) -> Read:
    """A chart of matplotlib's: lines and dots under the names of the legend, or bars under the names at their left."""
    axes = next(node for node in parsed(svg).iter("g") if node.get("class") == "axes")
    x, _, xlabel = axis(named(axes, "matplotlib.axis")[0], "x", log)
    y, yticks, ylabel = axis(named(axes, "matplotlib.axis")[1], "y")
    legend = {}
    for box in named(axes, "legend"):
        marks = [style(path) for group in named(box, "line2d") for path in group.iter("path")]
        legend = dict(zip(marks, (written(text) for text in box.iter("text")), strict=True))
    series, numbers = {}, {}
    for group in named(axes, "line2d"):
        dots = [(float(use.get("x")), float(use.get("y"))) for use in group.iter("use")]
        for path in [] if dots else group.iter("path"):
            series[legend[style(path)]] = [(x(a), y(b)) for a, b in places(path.get("d"))]
        if dots:
            series["dots"] = [(x(a), y(b)) for a, b in dots]
    bars = [corners for group in named(axes, "patch") for path in group.iter("path") if style(path)
            for corners in [places(path.get("d"))]]  # fmt: skip
    for corners in bars:
        top, bottom = min(c[1] for c in corners), max(c[1] for c in corners)
        (name,) = [label for at, label in yticks if top < at < bottom]
        series[name] = [(x(max(c[0] for c in corners)), (top + bottom) / 2)]
        (numbers[name],) = [
            written(text) for group in named(axes, "text") for text in group.iter("text")
            if top < float(text.get("y")) - 3 < bottom
        ]  # fmt: skip
    usual = all(part is None or (part(100) > part(0)) == rises for part, rises in ((x, True), (y, False)))
    return Read(series, xlabel, ylabel, numbers, usual)


def scatter(svg: str) -> Read:
    """The book's own scatter chart: points under the name that the legend gives to their colour and shape."""
    drawing = next(parsed(svg).iter("svg"))
    texts = [text for text in drawing if text.tag == "text"]
    ticks = {
        anchor: [(float(t.get(at)), value(written(t))) for t in texts
                 if t.get("text-anchor") == anchor and re.fullmatch(r"[\d.]+", written(t))]
        for anchor, at in (("middle", "x"), ("end", "y"))
    }  # fmt: skip
    x = scale(ticks["middle"], log=True)
    y = scale([(at - 4, number) for at, number in ticks["end"]], log=False)
    words = [text for text in texts if not re.fullmatch(r"[\d.]+", written(text))]
    xlabel, ylabel, *groups = [written(text) for text in words]
    marks = [(style(path), path.get("d")) for path in drawing if path.tag == "path" and path.get("transform")]
    legend = dict(zip(marks, groups, strict=True))
    series = {name: [] for name in groups}
    numbers = {}
    for point in (node for node in drawing.iter("g") if node.get("class") == "point"):
        inner = point.find("g")
        a, b = (float(part) for part in re.findall(r"-?[\d.]+", inner.get("transform")))
        mark = next(path for path in inner.iter("path"))
        series[legend[style(mark), mark.get("d")]].append((x(a), y(b)))
        numbers[point.find("title").text] = "".join(written(text) for text in inner.iter("text"))
    return Read(series, xlabel, ylabel, numbers, x(100) > x(0) and y(100) < y(0))


def cells(svg: str, size: float) -> dict[tuple[int, int], str]:
    """The numbers of a drawing of cells by (row, column) of the cell in which they stand, from its upper left cell."""
    root = parsed(svg)
    boxes = [(float(r.get("x")), float(r.get("y"))) for r in root.iter("rect") if r.get("class") != "frame"]
    left, top = min(x for x, _ in boxes), min(y for _, y in boxes)
    texts = [t for t in root.iter("text") if t.get("class") in (None, "small")]
    return {
        (int((float(t.get("y")) - 4 - top) // size), int((float(t.get("x")) - left) // size)): written(t) for t in texts
    }
