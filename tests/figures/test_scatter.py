"""Points that say who they are."""

import re

import pytest

from insidecnn.figures import scatter


def test_points_say_who_they_are():
    points = [scatter.Point(10, 50, "a: 10 & 50", "a"), scatter.Point(1000, 80, "b")]
    drawing = scatter.scatter({"both": [points]}, "x", "y", "two points in a line")
    assert drawing.svg.count('tabindex="0" role="img"') == 2 and "<title>a: 10 &amp; 50</title>" in drawing.svg
    x = [float(v) for v in re.findall(r'<g transform="translate\(([\d.]+) ', drawing.svg)]
    assert scatter.LEFT < x[0] < x[1] < scatter.WIDE[0]
    assert scatter.ticks(0.2, 20) == pytest.approx([0.3, 1, 3, 10])
    for groups, words in (({}, "0 groups"), ({"a": [[scatter.Point(0, 1, "zero")]]}, "logarithmic")):
        with pytest.raises(ValueError, match=words):
            scatter.scatter(groups, "x", "y", "nothing")
