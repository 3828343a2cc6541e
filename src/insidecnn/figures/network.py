"""A network drawn to scale from its ledger: every box is a feature map that really is that large."""

import html
from dataclasses import dataclass
from math import log2

from insidecnn.arithmetic import Row, pair

COLOURS = {"input": "3", "Conv2d": "1", "MaxPool2d": "2", "AvgPool2d": "2", "Linear": "4"}
SHORT = {"Conv2d": "conv", "Linear": "fc", "MaxPool2d": "pool", "AvgPool2d": "pool", "Flatten": "flatten"}
HEIGHT = 190  # of the input image, in the drawing's pixels
SLANT = (0.34, -0.22)  # where one pixel into the depth goes on the paper
GAP = 30


@dataclass(frozen=True)
class Drawing:
    """An SVG and its words; wide drawings scroll by themselves."""

    svg: str
    alt: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        body = f'<div class="drawing" tabindex="0" role="group" aria-label="{html.escape(self.alt)}">{self.svg}</div>'
        return {"text/html": body, "text/plain": f"<drawing: {self.alt}>"}


@dataclass(frozen=True)
class Box:
    """What is drawn of one layer: its short name, its class, its output shape, a line on how it works."""

    title: str
    kind: str
    shape: tuple[int, ...]
    how: str
    name: str


def boxes(rows: list[Row], network, shape: tuple[int, int, int]) -> list[Box]:
    """The layers that change the data's shape or mix it; those that work on each number alone are left out."""
    counts: dict[str, int] = {}
    drawn = [Box("input", "input", shape, "", "")]
    layers = dict(network.named_modules())
    for row in rows:
        kind = "AvgPool2d" if "Pool" in row.kind and row.kind != "MaxPool2d" else row.kind
        if kind not in SHORT:
            continue
        word = SHORT[kind]
        counts[word] = counts.get(word, 0) + 1
        title = word if kind == "Flatten" or "Adaptive" in row.kind else f"{word}{counts[word]}"
        if "Adaptive" in row.kind:
            title, counts[word] = "avgpool", counts[word] - 1
        layer, how = layers[row.name], ""
        if hasattr(layer, "kernel_size"):
            (height, width), (down, right) = pair(layer.kernel_size), pair(layer.stride)
            how = f"{height}×{width}" + (f", stride {down}" if max(down, right) > 1 else "")
        drawn.append(Box(title, kind, row.shape, how, row.name))
    return drawn


def faces(x: float, base: float, wide: float, high: float, deep: float) -> list[str]:
    """The three visible faces of a block: polygon points of front, top and side."""
    dx, dy = deep * SLANT[0], deep * SLANT[1]
    top = base - high
    return [
        f"{x:.1f},{base:.1f} {x:.1f},{top:.1f} {x + wide:.1f},{top:.1f} {x + wide:.1f},{base:.1f}",
        f"{x:.1f},{top:.1f} {x + dx:.1f},{top + dy:.1f} {x + wide + dx:.1f},{top + dy:.1f} {x + wide:.1f},{top:.1f}",
        f"{x + wide:.1f},{base:.1f} {x + wide + dx:.1f},{base + dy:.1f} {x + wide + dx:.1f},{top + dy:.1f} {x + wide:.1f},{top:.1f}",
    ]


def size(box: Box, scale: float) -> tuple[float, float, float]:
    """Width (channels, on a log scale), height and depth (pixels, to scale) of a block on the paper."""
    if len(box.shape) == 1:  # a vector: as long as it has numbers, on a log scale
        return 10, 12 * log2(box.shape[0] + 1), 10
    channels, height, width = box.shape
    return 3 + 4 * log2(channels + 1), max(2, height * scale), max(2, width * scale)


def draw(rows: list[Row], network, shape: tuple[int, int, int], links: dict[str, str] | None = None) -> Drawing:
    """Draw a network, left to right, one block a layer.

    Heights and depths are to scale (pixels of the feature maps); thickness grows with the logarithm
    of the number of channels; a vector is a bar.

    Args:
        rows: ``arithmetic.ledger(network, shape)``.
        shape: (C, H, W) of the input.
        links: from a layer's name to where its block leads.
    """
    scale = HEIGHT / max(shape[1:])
    drawn = boxes(rows, network, shape)
    sizes = [size(box, scale) for box in drawn]
    base = max(high - deep * SLANT[1] for _, high, deep in sizes) + 34
    x, parts = 12.0, []
    for box, (wide, high, deep) in zip(drawn, sizes, strict=True):
        label = "×".join(str(n) for n in box.shape)
        words = f"{box.title}{f' ({box.name})' if box.name else ''}: {label}{f', {box.how}' if box.how else ''}"
        needs = max(wide + deep * SLANT[0], 7.0 * max(len(label), len(box.title), len(box.how) * 0.9))
        shapes = "".join(f'<polygon points="{points}"/>' for points in faces(x, base, wide, high, deep))
        low = base + 18
        text = (
            f'<text x="{x:.1f}" y="{low:.1f}" class="title">{html.escape(box.title)}</text>'
            f'<text x="{x:.1f}" y="{low + 15:.1f}">{label}</text>'
            f'<text x="{x:.1f}" y="{low + 30:.1f}" class="how">{html.escape(box.how)}</text>'
        )
        block = (
            f'<g class="block kind-{COLOURS.get(box.kind, "0")}"><title>{html.escape(words)}</title>{shapes}{text}</g>'
        )
        href = (links or {}).get(box.name)
        parts.append(f'<a href="{html.escape(href)}">{block}</a>' if href else block)
        x += needs + GAP * 0.6
    shapes_in_words = ", ".join(f"{box.title} {'×'.join(map(str, box.shape))}" for box in drawn)
    alt = f"The network from left to right, drawn to scale: {shapes_in_words}."
    width, height = x + 6, base + 58
    svg = (
        f'<svg class="network" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'aria-hidden="{"false" if links else "true"}">{"".join(parts)}</svg>'
    )
    return Drawing(svg, alt)
