"""A time line to scale."""

import re

import pytest

from insidecnn.figures import timeline


def test_time_line_is_to_scale():
    events = [timeline.Event(year, f"net {year}", "words") for year in (1980, 2000, 2020)]
    drawing = timeline.timeline(events)
    dots = [float(y) for y in re.findall(r'<circle cx="\d+" cy="([\d.]+)"', drawing.svg)]
    assert dots[1] - dots[0] == pytest.approx(dots[2] - dots[1], abs=0.2)
    assert "2000 net 2000, words" in drawing.alt
    with pytest.raises(ValueError, match="two different years"):
        timeline.timeline(events[:1])
