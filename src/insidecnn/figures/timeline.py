"""A time line to scale, from top to bottom: as narrow as a phone, with room for two lines of text at each event."""

import html
from dataclasses import dataclass
from textwrap import wrap

from insidecnn.figures.network import Drawing

WIDTH, TOP = 330, 22
NAME, LINE, LETTERS = 21, 16, 40  # heights of an event's name and of a line of its words, and how long that may be
AXIS, LABEL = 42, 70  # where the axis and the texts stand


@dataclass(frozen=True)
class Event:
    """A year, a name, and a few words (at most about eighty letters)."""

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
    lines = [wrap(event.words, LETTERS) for event in events]
    tops = [TOP + sum(NAME + LINE * len(each) for each in lines[:i]) for i in range(len(events) + 1)]
    first, last = events[0].year, events[-1].year

    def at(year: float) -> float:
        return TOP + (year - first) / (last - first) * (tops[-2] - TOP)

    muted = "var(--pst-color-text-muted, #666)"
    parts = [f'<path d="M{AXIS} {at(first):.0f}V{at(last):.0f}" stroke="currentColor" stroke-width="2"/>']
    for year in range(-(-first // every) * every, last + 1, every):
        parts.append(f'<path d="M{AXIS - 5} {at(year):.1f}h5" stroke="currentColor"/>')
        parts.append(f'<text x="{AXIS - 9}" y="{at(year) + 4:.1f}" text-anchor="end">{year}</text>')
    for event, words, y in zip(events, lines, tops, strict=False):
        dot = at(event.year)
        parts.append(
            f'<path d="M{AXIS} {dot:.1f}L{LABEL - 6} {y:.1f}" fill="none" stroke="{muted}" stroke-width="0.8"/>'
            f'<circle cx="{AXIS}" cy="{dot:.1f}" r="4" style="fill:var(--chart-1, #0b63b5)"/>'
            f'<text x="{LABEL}" y="{y + 4:.1f}"><tspan font-weight="700">{html.escape(event.name)}</tspan> {event.year}</text>'
        )
        parts += [
            f'<text x="{LABEL}" y="{y + 4 + LINE * n:.1f}" style="fill:{muted}">{html.escape(line)}</text>'
            for n, line in enumerate(words, 1)
        ]
    listed = "; ".join(f"{event.year} {event.name}, {event.words}" for event in events)
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {tops[-1]}" font-size="13" style="width:100%;max-width:{1.05 * WIDTH:.0f}px" '
        f'aria-hidden="true">{"".join(parts)}</svg>'
    )
    return Drawing(svg, f"A time line to scale from {first} to {last}: {listed}.")
