"""A U-Net as the U of its paper's figure 1: every bar is a stack of maps that the network really made."""

import html
from math import log2

import torch

from insidecnn.figures.network import Drawing
from insidecnn.segmentation.unet import UNet

HIGH = 96  # of the input, in the drawing's pixels
FLOOR = 14  # the least height of a bar
WIDE, DOWN = 380, 26  # of the drawing, and between the bars of two rows
LEFT, RIGHT = 108, 272  # the middle of the bars of the way down, and of the way up
GREY, BLUE, GREEN = "var(--pst-color-border, #999)", "var(--chart-1, #0b63b5)", "var(--chart-3, #00785a)"


def shapes(net: UNet, size: int) -> dict[str, list[tuple[int, int, int]]]:
    """What the modules give for one picture of a size: ``down``, ``upconv`` and ``up``, (C, H, W) each, and ``last``."""
    found: dict[str, list] = {"down": [], "upconv": [], "up": [], "last": []}
    note = lambda name: lambda module, x, y: found[name].append(tuple(y.shape[1:]))  # noqa: E731
    groups = {"down": net.down, "upconv": net.upconv, "up": net.up, "last": [net.last]}
    hooks = [module.register_forward_hook(note(name)) for name, group in groups.items() for module in group]
    with torch.no_grad():
        net(torch.zeros(1, 3, size, size))
    for hook in hooks:
        hook.remove()
    return found


def draw(net: UNet, size: int) -> Drawing:
    """The levels of a U-Net from above to below, its way down on the left and its way up on the right; it fits a phone.

    A bar's height is to scale (pixels of the maps, but for the lowest), its thickness grows with the logarithm of the
    number of channels. Without skip connections the arrows from left to right are missing.

    Args:
        size: height and width of the picture.
    """
    found = shapes(net, size)
    levels = len(found["down"])
    highs = [HIGH, *(max(FLOOR, HIGH * shape[1] / size) for shape in found["down"])]
    tops = [8 + sum(highs[:row]) + DOWN * row for row in range(levels + 1)]  # of picture and scores, then of the levels
    parts, words = [], []

    def bar(middle: float, row: int, shape: tuple[int, ...], colour: str, word: str) -> tuple[float, float]:
        """Left and right edge of a bar; its shape stands outside of the U."""
        thick = 4 + 3 * log2(shape[0] + 1)
        x, y = middle - thick / 2, tops[row]
        label = "×".join(map(str, shape))
        at, anchor = (x - 8, "end") if middle < WIDE / 2 else (x + thick + 8, "start")
        if middle == WIDE / 2:
            at, anchor = middle, "middle"
        below = y + highs[row] + 16 if anchor == "middle" else y + highs[row] / 2 + 4
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{thick:.1f}" height="{highs[row]:.1f}" style="fill:{colour}">'
            f"<title>{word}: {label}</title></rect>"
            f'<text x="{at:.1f}" y="{below:.1f}" text-anchor="{anchor}">{label}</text>'
        )
        words.append(f"{word} {label}")
        return x, x + thick

    def arrow(x0: float, y0: float, x1: float, y1: float, text: str = "", dashed: bool = False) -> None:
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        parts.append(
            f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" marker-end="url(#unet-tip)"{dashes}/>'
        )
        if text:
            middle = (x0 + x1) / 2
            parts.append(f'<text x="{middle:.1f}" y="{y0 - 6:.1f}" text-anchor="middle">{html.escape(text)}</text>')

    bar(LEFT, 0, (3, size, size), GREY, "picture")
    ends = []
    for level, shape in enumerate(found["down"]):
        bottom = level == levels - 1
        left, right = bar(WIDE / 2 if bottom else LEFT, level + 1, shape, BLUE, f"way down, level {level + 1}:")
        if bottom:
            side = tops[levels] + highs[levels] / 2
            parts.append(f'<path d="M{LEFT} {tops[level] + highs[level] + 3:.1f}V{side:.1f}" class="way"/>')
            arrow(LEFT, side, left - 3, side)
        else:
            arrow(LEFT, tops[level] + highs[level] + 3, LEFT, tops[level + 1] - 3)
        ends.append(right)
    for step, shape in enumerate(found["up"]):
        level = levels - 2 - step
        left, _ = bar(RIGHT, level + 1, shape, GREEN, f"way up, level {level + 1}:")
        if step:
            arrow(RIGHT, tops[level + 2] - 3, RIGHT, tops[level + 1] + highs[level + 1] + 3)
        else:
            side = tops[levels] + highs[levels] / 2
            parts.append(f'<path d="M{ends[-1] + 3:.1f} {side:.1f}H{RIGHT}" class="way"/>')
            arrow(RIGHT, side, RIGHT, tops[level + 1] + highs[level + 1] + 3)
        if net.skips:
            across = tops[level + 1] + highs[level + 1] / 2
            arrow(ends[level] + 3, across, left - 3, across, f"{found['down'][level][0]} maps", dashed=True)
    bar(RIGHT, 0, found["last"][0], GREY, "scores")
    arrow(RIGHT, tops[1] - 3, RIGHT, tops[0] + highs[0] + 3)
    for at, word in ((LEFT, "picture"), (RIGHT, "scores")):
        far = -14 if at < WIDE / 2 else 14
        anchor = "end" if far < 0 else "start"
        parts.append(
            f'<text x="{at + far:.1f}" y="{tops[0] + highs[0] / 2 - 14:.1f}" text-anchor="{anchor}" font-weight="700">{word}</text>'
        )
    height = tops[-1] + highs[-1] + 24
    handed = "dashed arrows hand the maps of each level over" if net.skips else "nothing is handed over"
    alt = f"A U of bars, {'; '.join(words)}; from left to right {handed}."
    tip = '<marker id="unet-tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
    style = (
        ".unet-drawing rect{fill-opacity:.45;stroke:currentColor;stroke-width:.8}.unet-drawing marker path{fill:currentColor}"
        ".unet-drawing :is(line,.way){fill:none;stroke:currentColor;stroke-width:1.2}"
    )
    svg = (
        f'<style>{style}</style><svg class="unet-drawing" viewBox="0 0 {WIDE} {height:.0f}" '
        f'style="width:100%;max-width:{1.25 * WIDE:.0f}px" font-size="13" aria-hidden="true">'
        f'<defs>{tip}<path d="M0 0L6 3L0 6z"/></marker></defs>{"".join(parts)}</svg>'
    )
    return Drawing(svg, alt)
