"""Points that say who they are: by pointer, by touch or by the tab key, without JavaScript."""

import html
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, floor, log10

from insidecnn.figures.network import Drawing

WIDTH, HEIGHT = 430, 400
LEFT, RIGHT, HEAD, FOOT = 40, 14, 74, 46  # margins around the points
COLOURS = ("var(--chart-1, #0b63b5)", "var(--chart-2, #b34700)", "var(--chart-3, #00785a)", "var(--chart-4, #8e3a8e)")
MARKS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.8-3.8h7.6v7.6h-7.6z",
    "M0-5L4.8 3.6h-9.6z",
    "M0-5.2L5.2 0L0 5.2L-5.2 0z",
)
STYLE = (
    ".says{opacity:0;pointer-events:none}"
    ".point:hover .says,.point:focus .says{opacity:1}"
    ".point text{paint-order:stroke;stroke:var(--pst-color-background,#fff);stroke-width:3px}"
    ".points:hover .point:focus:not(:hover) .says{opacity:0}"
    ".point:focus{outline:none}.point .ring{fill:transparent;stroke:none}"
    ".point:hover .ring,.point:focus .ring{stroke:currentColor;stroke-width:2}"
    ".skip-points{position:absolute;left:-99em}.skip-points:focus{position:static}"
)


@dataclass(frozen=True)
class Point:
    """One point: where it is, what it says when asked, and a short name if that is always to be seen."""

    x: float
    y: float
    says: str
    name: str = ""


def ticks(low: float, high: float) -> list[float]:
    """1 and 3 of each decade inside a range: 0.3, 1, 3, 10."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    return [m * 10.0**e for e in decades for m in (1, 3) if low <= m * 10.0**e <= high]


def places(points: list[tuple[float, float, str]]) -> dict[int, tuple[float, float, str]]:
    """Where each name stands, as (dx, dy, anchor) by the number of its point: beside it, and clear of the rest.

    For one name after the other, of six places the one that hits the fewest names, points and edges.
    """
    sides = ((8, -5, "start"), (8, 13, "start"), (-8, -5, "end"), (-8, 13, "end"), (0, -9, "middle"), (0, 18, "middle"))
    taken: list[tuple[float, float, float, float]] = [(x - 4, y - 4, x + 4, y + 4) for x, y, _ in points]
    found = {}
    for number, (x, y, name) in enumerate(points):
        if not name:
            continue
        long, best = 6.2 * len(name), None
        for side in sides:
            start = x + side[0] - {"start": 0, "end": long, "middle": long / 2}[side[2]]
            area = (start, y + side[1] - 9, start + long, y + side[1] + 2)
            hits = sum(
                area[0] < right and left < area[2] and area[1] < low and top < area[3]
                for left, top, right, low in taken
            )
            hits += 5 * (area[0] < LEFT or area[2] > WIDTH)
            if best is None or hits < best[0]:
                best = (hits, side, area)
        found[number] = best[1]
        taken.append(best[2])
    return found


def scatter(groups: dict[str, list[list[Point]]], xlabel: str, ylabel: str, what: str) -> Drawing:
    """Points over a logarithmic horizontal axis, up to four groups, each with its colour and its shape.

    Args:
        groups: name → lines; a line is a list of points, joined in their order.
        xlabel, ylabel: with the unit.
        what: what the chart shows, for those who do not see it; the points say the rest themselves.

    Raises:
        ValueError: no points, more than four groups, or an x that is not positive.
    """
    points = [point for lines in groups.values() for line in lines for point in line]
    if not points or len(groups) > len(COLOURS):
        raise ValueError(f"A scatter chart wants points in one to {len(COLOURS)} groups; it got {len(groups)} groups.")
    if min(point.x for point in points) <= 0:
        raise ValueError("The horizontal axis is logarithmic: every x must be larger than 0.")
    low, high = min(p.x for p in points) / 1.25, max(p.x for p in points) * 1.25
    bottom, top = 5 * floor(min(p.y for p in points) / 5), 5 * ceil(max(p.y for p in points) / 5)

    def px(x: float) -> float:
        return LEFT + log10(x / low) / log10(high / low) * (WIDTH - LEFT - RIGHT)

    def py(y: float) -> float:
        return HEAD + (top - y) / (top - bottom or 1) * (HEIGHT - HEAD - FOOT)

    grid = 'stroke="var(--pst-color-border, #bbb)" stroke-width="0.6"'
    parts = []
    for y in range(bottom, top + 1, 5):
        parts.append(f'<path d="M{LEFT} {py(y):.1f}H{WIDTH - RIGHT}" {grid}/>')
        parts.append(f'<text x="{LEFT - 6}" y="{py(y) + 4:.1f}" text-anchor="end">{y}</text>')
    for x in ticks(low, high):
        parts.append(f'<path d="M{px(x):.1f} {HEAD}V{HEIGHT - FOOT}" {grid}/>')
        parts.append(f'<text x="{px(x):.1f}" y="{HEIGHT - FOOT + 16}" text-anchor="middle">{x:g}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{html.escape(xlabel)}</text>')
    parts.append(f'<text x="4" y="{HEAD - 12}">{html.escape(ylabel)}</text>')
    for i, name in enumerate(groups):
        x, y = 12 + 205 * (i % 2), 12 + 17 * (i // 2)
        parts.append(f'<path d="{MARKS[i]}" transform="translate({x} {y})" style="fill:{COLOURS[i]}"/>')
        parts.append(f'<text x="{x + 10}" y="{y + 4}">{html.escape(name)}</text>')
    drawn = []
    sides = places([(px(p.x), py(p.y), p.name) for p in points])
    for i, lines in enumerate(groups.values()):
        for line in lines:
            path = "L".join(f"{px(p.x):.1f} {py(p.y):.1f}" for p in line)
            parts.append(f'<path d="M{path}" fill="none" style="stroke:{COLOURS[i]}" stroke-opacity="0.5"/>')
            for p in line:
                says, x, y = html.escape(p.says), px(p.x), py(p.y)
                dx, dy, anchor = sides.get(len(drawn), (0, 0, ""))
                name = (
                    f'<text x="{dx}" y="{dy}" text-anchor="{anchor}" font-size="11">{html.escape(p.name)}</text>'
                    * bool(p.name)
                )
                drawn.append(
                    f'<g class="point" tabindex="0" role="img" aria-label="{says}"><title>{says}</title>'
                    f'<text class="says" x="4" y="{HEAD - 28}" font-weight="700">{says}</text>'
                    f'<g transform="translate({x:.1f} {y:.1f})"><circle class="ring" r="9"/>'
                    f'<path class="mark" d="{MARKS[i]}" style="fill:{COLOURS[i]}"/>{name}</g></g>'
                )
    end = "after-" + sha256(what.encode()).hexdigest()[:8]
    svg = (
        f'<a class="skip-points" href="#{end}">Skip the {len(drawn)} points of this chart</a>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12" style="width:100%;max-width:40rem">'
        f'<style>{STYLE}</style>{"".join(parts)}<g class="points">{"".join(drawn)}</g></svg><span id="{end}"></span>'
    )
    return Drawing(svg, what)
