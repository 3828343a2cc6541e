"""Points that say who they are: by pointer, by touch or by the tab key, without JavaScript."""

import html
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, floor, hypot, log10

from insidecnn.figures.narrow import TwoForms

WIDE, NARROW = (500, 440), (340, 400)  # width and height of the two forms
LEFT, RIGHT, FOOT = 32, 14, 46  # margins around the points
LINE = 18  # of the legend
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
    ".point .far{stroke:currentColor;stroke-width:.6;opacity:.6}"
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


def around() -> list[tuple[float, float, str]]:
    """Places for a name about its point, the nearest first: (dx, dy, anchor)."""
    found = []
    for far in range(8, 64, 6):
        found += [(far, 4, "start"), (-far, 4, "end")]
        for high in (-far, far + 6):
            found += [(far * 0.8, high, "start"), (-far * 0.8, high, "end"), (0, high, "middle")]
    return found


def places(
    points: list[tuple[float, float, str]], area: tuple[float, float, float, float]
) -> dict[int, tuple[float, float, str]]:
    """Where each name stands, as (dx, dy, anchor) by the number of its point: near it, and clear of the rest.

    For one name after the other, of many places the nearest of those that hit the fewest names, points and edges.

    Args:
        area: left, top, right and bottom of the paper for names.
    """
    sides = around()
    taken: list[tuple[float, float, float, float]] = [(x - 6, y - 6, x + 6, y + 6) for x, y, _ in points]
    found = {}
    for number, (x, y, name) in enumerate(points):
        if not name:
            continue
        long, best = 7.0 * len(name), None
        for side in sides:
            start = x + side[0] - {"start": 0, "end": long, "middle": long / 2}[side[2]]
            own = (start, y + side[1] - 10, start + long, y + side[1] + 3)
            hits = sum(
                own[0] < right and left < own[2] and own[1] < low and top < own[3] for left, top, right, low in taken
            )
            hits += 5 * (own[0] < area[0] or own[2] > area[2] or own[1] < area[1] or own[3] > area[3])
            if best is None or hits < best[0]:
                best = (hits, side, own)
        found[number] = best[1]
        taken.append(best[2])
    return found


def scatter(groups: dict[str, list[list[Point]]], xlabel: str, ylabel: str, what: str) -> TwoForms:
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
    forms = []
    for (width, height), columns in ((WIDE, 2), (NARROW, 1)):
        end = "after-" + sha256(f"{what}{width}".encode()).hexdigest()[:8]
        skip = f'<a class="skip-points" href="#{end}">Skip the {len(points)} points of this chart</a>'
        drawn = paper(groups, xlabel, ylabel, width, height, columns)
        forms.append(f'{skip}{drawn}<span id="{end}"></span>')
    return TwoForms(forms[0], what, forms[1])


def paper(groups: dict[str, list[list[Point]]], xlabel: str, ylabel: str, width: int, height: int, columns: int) -> str:
    """One form of the chart as SVG, its legend in so many columns."""
    points = [point for lines in groups.values() for line in lines for point in line]
    two = columns == 1 and any(": " in point.says for point in points)  # lines for what a point says
    head = 38 + LINE * (-(-len(groups) // columns) + two)
    low, high = min(p.x for p in points) / 1.25, max(p.x for p in points) * 1.25
    bottom, top = 5 * floor(min(p.y for p in points) / 5), 5 * ceil(max(p.y for p in points) / 5)

    def px(x: float) -> float:
        return LEFT + log10(x / low) / log10(high / low) * (width - LEFT - RIGHT)

    def py(y: float) -> float:
        return head + (top - y) / (top - bottom or 1) * (height - head - FOOT)

    grid = 'stroke="var(--pst-color-border, #bbb)" stroke-width="0.6"'
    parts = []
    for y in range(bottom, top + 1, 5):
        parts.append(f'<path d="M{LEFT} {py(y):.1f}H{width - RIGHT}" {grid}/>')
        parts.append(f'<text x="{LEFT - 6}" y="{py(y) + 4:.1f}" text-anchor="end">{y}</text>')
    for x in ticks(low, high):
        parts.append(f'<path d="M{px(x):.1f} {head}V{height - FOOT}" {grid}/>')
        parts.append(f'<text x="{px(x):.1f}" y="{height - FOOT + 16}" text-anchor="middle">{x:g}</text>')
    parts.append(f'<text x="{width - RIGHT}" y="{height - 8}" text-anchor="end">{html.escape(xlabel)}</text>')
    parts.append(f'<text x="4" y="{head - 12}">{html.escape(ylabel)}</text>')
    for i, name in enumerate(groups):
        x, y = 12 + 240 * (i % columns), 12 + LINE * (i // columns)
        parts.append(f'<path d="{MARKS[i]}" transform="translate({x} {y})" style="fill:{COLOURS[i]}"/>')
        parts.append(f'<text x="{x + 10}" y="{y + 4}">{html.escape(name)}</text>')
    drawn = []
    sides = places([(px(p.x), py(p.y), p.name) for p in points], (LEFT, head - 22, width, height - FOOT))
    for i, lines in enumerate(groups.values()):
        for line in lines:
            path = "L".join(f"{px(p.x):.1f} {py(p.y):.1f}" for p in line)
            parts.append(f'<path d="M{path}" fill="none" style="stroke:{COLOURS[i]}" stroke-opacity="0.5"/>')
            for p in line:
                says, x, y = html.escape(p.says), px(p.x), py(p.y)
                told = "".join(
                    f'<text class="says" x="4" y="{head - 28 - LINE * n}" font-weight="700">{line}</text>'
                    for n, line in enumerate(reversed(says.split(": ", 1) if two else [says]))
                )
                dx, dy, anchor = sides.get(len(drawn), (0, 0, ""))
                far = f'<path d="M0 0L{0.85 * dx:.1f} {0.85 * (dy - 4):.1f}" class="far"/>' * (hypot(dx, dy - 4) > 15)
                name = f'{far}<text x="{dx:g}" y="{dy:g}" text-anchor="{anchor}">{html.escape(p.name)}</text>' * bool(
                    p.name
                )
                drawn.append(
                    f'<g class="point" tabindex="0" role="img" aria-label="{says}"><title>{says}</title>{told}'
                    f'<g transform="translate({x:.1f} {y:.1f})"><circle class="ring" r="9"/>'
                    f'<path class="mark" d="{MARKS[i]}" style="fill:{COLOURS[i]}"/>{name}</g></g>'
                )
    style = f"width:100%;min-width:{0.86 * width:.0f}px;max-width:{1.1 * width:.0f}px"
    return (
        f'<svg viewBox="0 0 {width} {height}" font-size="13" style="{style}">'
        f'<style>{STYLE}</style>{"".join(parts)}<g class="points">{"".join(drawn)}</g></svg>'
    )
