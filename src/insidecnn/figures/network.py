"""A network drawn to scale: every block is as high and as wide as its maps and as deep as they are many."""

import html
from collections import Counter
from dataclasses import dataclass
from math import floor, log10

from insidecnn.arithmetic import Row, same_padding, windows

COLOURS = {"input": "3", "Conv2d": "1", "MaxPool2d": "2", "AvgPool2d": "2", "Linear": "4"}
SHORT = {"Conv2d": "conv", "Linear": "fc", "MaxPool2d": "pool", "AvgPool2d": "pool", "Flatten": "flatten"}
LONGEST = 100  # of the input's longer side, and of the longest bar, in the drawing's pixels: 16 are a rem
CHANNEL = 1 / 4  # how deep a channel is drawn, in sides of the map's pixels
DEEPEST = 64  # of a block: where channels are so many, each is drawn thinner
SLANT = (0.86, -0.51)  # where one step into the depth goes on the paper
LEAST = 1.5  # what is thinner could not be seen
EDGE = 1  # of paper around a block, for its outline


@dataclass(frozen=True)
class Drawing:
    """An SVG or HTML and its words; wide drawings scroll by themselves."""

    svg: str
    alt: str

    @property
    def html(self) -> str:
        """The drawing in its frame."""
        return f'<div class="drawing" tabindex="0" role="group" aria-label="{html.escape(self.alt)}">{self.svg}</div>'

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": f"<drawing: {self.alt}>"}


@dataclass(frozen=True)
class Box:
    """What is drawn of one layer: its short name, its class, its output shape, a line on how it works, its dotted name.

    ``front`` is the address of a picture for the block's front, ``beside`` HTML that stands with the block and its words.
    """

    title: str
    kind: str
    shape: tuple[int, ...]
    how: str
    name: str
    front: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Scale:
    """How long one pixel of a map, one channel and one number of a vector are, in the drawing's pixels."""

    pixel: float
    channel: float
    number: float


def boxes(rows: list[Row], network, shape: tuple[int, int, int]) -> list[Box]:
    """The layers that change the data's shape or mix it; those that work on each number alone are left out.

    Layers with weights are counted through, as is usual for AlexNet: conv1 to conv5, then fc6 to fc8.
    """
    counts = Counter()
    drawn = [Box("input", "input", shape, "", "")]
    layers = dict(network.named_modules())
    for row in rows:
        kind = "AvgPool2d" if "Pool" in row.kind and row.kind != "MaxPool2d" else row.kind
        if kind not in SHORT:
            continue
        title = "avgpool" if "Adaptive" in row.kind else SHORT[kind]
        if title in ("conv", "fc", "pool"):
            counted = "pool" if title == "pool" else "with weights"
            counts[counted] += 1
            title += str(counts[counted])
        drawn.append(Box(title, kind, row.shape, settings(layers[row.name]), row.name))
    return drawn


def settings(layer) -> str:
    """A layer's window, and of its other settings those that are not the usual: ``11×11, stride 4, padding 2``."""
    if not hasattr(layer, "kernel_size"):
        return ""
    kernel, *others = zip(*windows(layer, same_padding(layer)), strict=True)  # (vertical, horizontal) each
    said = ["×".join(map(str, kernel))]
    for word, usual, (down, right) in zip(("stride", "padding", "dilation"), (1, 0, 1), others, strict=True):
        if (down, right) != (usual, usual):
            said.append(f"{word}\N{NO-BREAK SPACE}{down}" + f"×{right}" * (right != down))
    return ", ".join(said)


def scale(drawn: list[Box]) -> Scale:
    """The scale at which the input is ``LONGEST``, no block deeper than ``DEEPEST``, and the longest bar ``LONGEST``."""
    maps = [box.shape for box in drawn if len(box.shape) == 3]
    pixel = LONGEST / max(max(height, width) for _, height, width in maps)
    numbers = max((box.shape[0] for box in drawn if len(box.shape) == 1), default=LONGEST)
    return Scale(pixel, min(CHANNEL * pixel, DEEPEST / max(shape[0] for shape in maps)), LONGEST / numbers)


def draw(rows: list[Row], network, shape: tuple[int, int, int], links: dict[str, str] | None = None) -> Drawing:
    """Draw a network, one block a layer: in lines from left to right, on a phone in rows from top to bottom.

    Everything is to scale, and the scale stands below: height and width of the maps at one scale, the number of
    channels at another, the bars of vectors at a third. What would be thinner than ``LEAST`` is drawn as thin as that.

    Args:
        rows: ``arithmetic.ledger(network, shape)``.
        shape: (C, H, W) of the input.
        links: from a layer's name to where its block leads.
    """
    drawn = boxes(rows, network, shape)
    shapes = ", ".join(f"{box.title} {'×'.join(map(str, box.shape))}" for box in drawn)
    return Drawing(listed(drawn, links or {}), f"The network from the input to its last layer, to scale: {shapes}.")


def listed(drawn: list[Box], links: dict[str, str], heads: tuple[str, str] | None = None, last: str = "") -> str:
    """The layers as a list with their words, and the scale below.

    Args:
        heads: blocks and bars are two lists, and this stands above them.
        last: HTML of one more item.
    """
    measure = scale(drawn)
    items = {box: item(box, measure, links.get(box.name)) for box in drawn}
    wide, high = (max([LONGEST, *(size(box, measure)[k] for box in drawn if len(box.shape) == 3)]) for k in (0, 1))
    if heads:
        blocks = "".join(each for box, each in items.items() if len(box.shape) == 3)
        bars = "".join(each for box, each in items.items() if len(box.shape) == 1) + last
        part = '<div class="part"><p class="head">{}</p><ol>{}</ol></div>'
        line = f'<div class="line">{part.format(heads[0], blocks)}{part.format(heads[1], bars)}</div>'
    else:
        line = f'<ol class="line">{"".join(items.values())}{last}</ol>'
    return (
        f'<div class="network{" filled" * bool(heads)}" style="--widest: {rem(wide)}; --highest: {rem(high)}">{line}'
        f"{legend(drawn, measure)}</div>"
    )


def item(box: Box, measure: Scale, href: str | None) -> str:
    """A layer as a list item: its block or bar, its words, and what stands beside them."""
    drawn = bar(box.shape[0] * measure.number) if len(box.shape) == 1 else block(box, measure)
    title = html.escape(box.title)
    name = f'<a href="{html.escape(href)}">{title}</a>' if href else title
    shape = "×".join(map(str, box.shape)).replace("×", "×<wbr>", 1)
    how = f" <i>{html.escape(box.how)}</i>" if box.how else ""
    return (
        f'<li class="layer kind-{COLOURS.get(box.kind, "0")}">{drawn}'
        f'<span class="words"><b>{name}</b> <span>{shape}</span>{how}</span>{box.beside}</li>'
    )


def size(box: Box, measure: Scale) -> tuple[float, float, float]:
    """Width and height of a block on the paper, and its depth along the slanted edge."""
    channels, height, width = box.shape
    deep = max(LEAST, channels * measure.channel)
    wide, high = max(LEAST, width * measure.pixel), max(LEAST, height * measure.pixel)
    return wide + deep * SLANT[0] + 2 * EDGE, high - deep * SLANT[1] + 2 * EDGE, deep


def block(box: Box, measure: Scale) -> str:
    """A block: front (the maps' height and width), top and side (as deep as there are channels)."""
    wide, high, deep = size(box, measure)
    dx, dy = deep * SLANT[0], -deep * SLANT[1]
    left, right, top, base = EDGE, wide - EDGE - dx, EDGE + dy, high - EDGE
    faces = (
        [(left, base), (left, top), (right, top), (right, base)],
        [(left, top), (left + dx, top - dy), (right + dx, top - dy), (right, top)],
        [(right, base), (right + dx, base - dy), (right + dx, top - dy), (right, top)],
    )
    shapes = [f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in face)}"/>' for face in faces]
    if box.front:
        shapes.append(
            f'<image href="{box.front}" x="{left}" y="{top:.1f}" width="{right - left:.1f}" height="{base - top:.1f}" '
            'preserveAspectRatio="none"/>'
        )
    return (
        f'<svg class="block" viewBox="0 0 {wide:.1f} {high:.1f}" style="width: {rem(wide)}" aria-hidden="true">'
        f"{''.join(shapes)}</svg>"
    )


def bar(long: float) -> str:
    """A vector: it stands in a line, and lies in a row."""
    return (
        f'<svg class="bar" viewBox="0 0 1 1" preserveAspectRatio="none" style="--long: {rem(max(LEAST, long))}" '
        'aria-hidden="true"><rect width="1" height="1"/></svg>'
    )


def legend(drawn: list[Box], measure: Scale) -> str:
    """The scale: a round number of pixels, of channels and of a vector's numbers, and how long each is drawn."""
    pixels, channels, numbers = (round_below(30 / each) for each in (measure.pixel, measure.channel, measure.number))
    said = [
        f"{ruler(pixels * measure.pixel, (1, 0))} {pixels:,} pixel{'s' * (pixels > 1)}",
        f"{ruler(channels * measure.channel, SLANT)} {channels:,} channel{'s' * (channels > 1)}",
    ]
    if any(len(box.shape) == 1 for box in drawn):
        said.append(f"{bar(numbers * measure.number)} {numbers:,} number{'s' * (numbers > 1)} of a vector")
    return f'<p class="scale">Scale: {" ".join(f"<span>{each}</span>" for each in said)}</p>'


def ruler(long: float, way: tuple[float, float]) -> str:
    """A line of a length in a direction, to the right or up, with a stroke at each end."""
    dx, dy, x, y = long * way[0], long * way[1], 4, 4 - long * way[1]
    across, down = -3 * way[1], 3 * way[0]
    ends = "".join(
        f"M{at[0] - across:.1f} {at[1] - down:.1f}l{2 * across:.1f} {2 * down:.1f}" for at in ((x, y), (x + dx, y + dy))
    )
    return (
        f'<svg class="ruler" viewBox="0 0 {dx + 8:.1f} {8 - dy:.1f}" style="width: {rem(dx + 8)}" aria-hidden="true">'
        f'<line x1="{x}" y1="{y:.1f}" x2="{x + dx:.1f}" y2="{y + dy:.1f}"/><path d="{ends}"/></svg>'
    )


def round_below(most: float) -> int:
    """The largest of 1, 2, 5, 10, 20, … that is not above ``most``; 1 at least."""
    ten = 10 ** floor(log10(max(1, most)))
    return max(n * ten for n in (1, 2, 5) if n * ten <= max(1, most))


def rem(pixels: float) -> str:
    return f"{pixels / 16:.3f}rem"
