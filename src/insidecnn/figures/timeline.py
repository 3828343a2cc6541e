"""A time line to scale, from top to bottom: as narrow as a phone, with room for a line of text."""

import html
from dataclasses import dataclass

from insidecnn.figures.network import Drawing

WIDTH, STEP, TOP = 420, 36, 22
AXIS, LABEL = 46, 92  # where the axis and the texts stand


@dataclass(frozen=True)
class Event:
    """A year, a name, and a few words (at most about fifty letters)."""

    year: int
    name: str
    words: str


def timeline(events: list[Event], every: int = 10) -> Drawing:
    """Events from the earliest to the latest; dots are to scale, texts are spread so that each can be read.

    Raises:
        ValueError: fewer than two different years.
    """
    events = sorted(events, key=lambda event: event.year)
    if not events or events[0].year == events[-1].year:
        raise ValueError("A time line needs events of at least two different years.")
    height = TOP + STEP * len(events)
    first, last = events[0].year, events[-1].year

    def at(year: float) -> float:
        return TOP + (year - first) / (last - first) * (height - TOP - STEP)

    muted = "var(--pst-color-text-muted, #666)"
    parts = [f'<path d="M{AXIS} {at(first):.0f}V{at(last):.0f}" stroke="currentColor" stroke-width="2"/>']
    for year in range(-(-first // every) * every, last + 1, every):
        parts.append(f'<path d="M{AXIS - 5} {at(year):.1f}h5" stroke="currentColor"/>')
        parts.append(f'<text x="{AXIS - 9}" y="{at(year) + 4:.1f}" text-anchor="end" font-size="12">{year}</text>')
    for i, event in enumerate(events):
        y, dot = TOP + STEP * i, at(event.year)
        parts.append(
            f'<path d="M{AXIS} {dot:.1f}L{LABEL - 6} {y:.1f}" fill="none" stroke="{muted}" stroke-width="0.8"/>'
            f'<circle cx="{AXIS}" cy="{dot:.1f}" r="4" style="fill:var(--chart-1, #0b63b5)"/>'
            f'<text x="{LABEL}" y="{y + 4:.1f}" font-size="14"><tspan font-weight="700">{html.escape(event.name)}</tspan> '
            f"{event.year}</text>"
            f'<text x="{LABEL}" y="{y + 19:.1f}" font-size="12" style="fill:{muted}">{html.escape(event.words)}</text>'
        )
    listed = "; ".join(f"{event.year} {event.name}, {event.words}" for event in events)
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" style="width:100%;max-width:34rem" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )
    return Drawing(svg, f"A time line to scale from {first} to {last}: {listed}.")
