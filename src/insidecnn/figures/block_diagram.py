"""Building blocks as boxes and arrows, drawn from a short list.

A block is a list, read from top to bottom. A string is a box; :func:`beside` splits the way in two
or more and joins it again; an empty way is the input itself, passed on unchanged::

    residual = ["conv 3×3", "ReLU", "conv 3×3"]
    draw({"residual block": [beside("+", residual, []), "ReLU"]})
"""

import html
from dataclasses import dataclass

from insidecnn.figures.network import Drawing

BOX, GAP, LETTER = 24, 16, 7.0  # height of a box, of an arrow, width of a letter
FILLS = {
    "conv": "var(--chart-1, #0b63b5)", "depthwise": "var(--chart-1, #0b63b5)",
    "pool": "var(--chart-3, #00785a)", "average": "var(--chart-3, #00785a)", "subsample": "var(--chart-3, #00785a)",
    "fc": "var(--chart-4, #8e3a8e)", "RBF": "var(--chart-4, #8e3a8e)",
}  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """Ways side by side that part from one point and are joined again."""

    join: str
    ways: tuple[list, ...]


Block = list  # of str and Beside


def beside(join: str, *ways: Block) -> Beside:
    """``beside("+", [...], [])``: two ways, added at the end; the second is the input itself.

    Raises:
        ValueError: fewer than two ways.
    """
    if len(ways) < 2:
        raise ValueError(f"Side by side means two ways or more; beside() got {len(ways)}.")
    return Beside(join, tuple(ways))


def in_words(block: Block) -> str:
    """A block for those who hear the page."""
    if not block:
        return "the input itself"
    return ", then ".join(
        f"side by side ({' | '.join(in_words(way) for way in item.ways)}) joined by {item.join}"
        if isinstance(item, Beside)
        else item
        for item in block
    )


def size(block: Block) -> tuple[float, float]:
    """Width and height of a block on the paper, without the arrows into and out of it."""
    sizes = [item_size(item) for item in block] or [(18.0, 0.0)]
    return max(w for w, _ in sizes), sum(h for _, h in sizes) + GAP * (len(sizes) - 1)


def item_size(item: str | Beside) -> tuple[float, float]:
    if isinstance(item, str):
        return LETTER * len(item) + 14, BOX
    sizes = [size(way) for way in item.ways]
    return sum(w for w, _ in sizes) + 14 * (len(sizes) - 1), max(h for _, h in sizes) + 2 * GAP + 12 + BOX


def arrow(x: float, y0: float, y1: float) -> str:
    """From (x, y0) down to (x, y1), with a head."""
    return f'<path d="M{x:.1f} {y0:.1f}V{y1 - 3:.1f}" class="way"/><path d="M{x - 3.5:.1f} {y1 - 6:.1f}h7l-3.5 6z" class="tip"/>'


def box(x: float, y: float, text: str) -> str:
    wide = LETTER * len(text) + 14
    fill = FILLS.get(text.split()[0], "var(--pst-color-border, #999)")
    return (
        f'<rect x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{BOX}" rx="4" style="fill:{fill}"/>'
        f'<text x="{x:.1f}" y="{y + 16.5:.1f}">{html.escape(text)}</text>'
    )


def column(block: Block, x: float, y: float) -> str:
    """A block around the vertical line x, from y down."""
    parts = []
    for i, item in enumerate(block):
        if i:
            parts.append(arrow(x, y, y + GAP))
            y += GAP
        parts.append(box(x, y, item) if isinstance(item, str) else fork(item, x, y))
        y += item_size(item)[1]
    return "".join(parts)


def fork(item: Beside, x: float, y: float) -> str:
    """Ways side by side around x, from y down, and their joint."""
    wide, high = item_size(item)
    joint = y + high - BOX
    meet = joint - 12
    parts, left = [], x - wide / 2
    for way in item.ways:
        w, h = size(way)
        middle = left + w / 2
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{middle:.1f}" class="way"/>')
        if way:
            parts += [arrow(middle, y, y + GAP), column(way, middle, y + GAP)]
        parts.append(f'<path d="M{middle:.1f} {y + (GAP + h if way else 0):.1f}V{meet:.1f}H{x:.1f}" class="way"/>')
        left += w + 14
    sign = {"+": "+", "×": "×"}.get(item.join)
    parts.append(arrow(x, meet, joint))
    if sign:
        parts.append(
            f'<circle cx="{x:.1f}" cy="{joint + BOX / 2:.1f}" r="{BOX / 2}" class="joint"/>'
            f'<text x="{x:.1f}" y="{joint + 18:.1f}" font-size="18">{sign}</text>'
        )
    else:
        parts.append(box(x, joint, item.join))
    return "".join(parts)


STYLE = (
    ".block-drawing rect{fill-opacity:.22;stroke:currentColor;stroke-width:.8}"
    ".block-drawing .way{fill:none;stroke:currentColor;stroke-width:1.2}.block-drawing .tip{fill:currentColor}"
    ".block-drawing .joint{fill:none;stroke:currentColor;stroke-width:1.2}.block-drawing text{text-anchor:middle}"
)


def draw(blocks: dict[str, Block]) -> Drawing:
    """Blocks under their names, side by side where there is room; the data flows from top to bottom."""
    figures, words = [], []
    for name, block in blocks.items():
        wide, high = size(block)
        width, height = max(wide, LETTER * len(name)) + 8, high + 2 * GAP + 26
        body = arrow(width / 2, 24, 24 + GAP) + column(block, width / 2, 24 + GAP)
        body += arrow(width / 2, 24 + GAP + high, 24 + 2 * GAP + high)
        figures.append(
            f'<svg class="block-drawing" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
            f'font-size="13" style="min-width:{11.1 / 13 * width:.0f}px;max-width:100%" aria-hidden="true"><text x="{width / 2:.1f}" y="14" font-weight="700">'
            f"{html.escape(name)}</text>{body}</svg>"
        )
        words.append(f"{name}: {in_words(block)}.")
    row = f'<div style="display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start">{"".join(figures)}</div>'
    return Drawing(f"<style>{STYLE}</style>{row}", f"Boxes and arrows from top to bottom. {' '.join(words)}")
