"""Statements and their verdicts: computed by comparing, and shown with what they need."""

import pytest

from insidecnn.figures.claims import Claims, Places


@pytest.fixture
def claims():
    topic = Claims("Sizes")
    topic.check("Sizes", 27, 27, form="27 × {}")
    topic.check("Sizes", "29 < 30", 27, "the padding is 0", "pooling.html#max")
    topic.check("Sizes", 27, 27, "holds for this size only", note=True)
    return topic


def test_verdicts_follow_from_the_values(claims):
    assert [claim.verdict for claim in claims.claims] == ["right", "slip", "note"]
    assert [claims.count(verdict) for verdict in ("right", "slip", "note")] == [1, 1, 1]


@pytest.mark.parametrize("runs, note", [(28, False), (27, True)])
def test_a_slip_and_a_note_say_why(runs, note):
    with pytest.raises(ValueError, match="say why"):
        Claims("Sizes").check("Sizes", 27, runs, note=note)


def test_blocks_show_slips_first_and_fold_what_is_right(claims):
    markup = claims._repr_mimebundle_()["text/html"]
    assert markup.index("the padding is 0") < markup.index("this size only") < markup.index("Checked and right: 1")
    assert "29 &lt; 30" in markup and '<a href="pooling.html#max">Read on: pooling</a>' in markup
    assert markup.count('class="claim ') == 2


def test_places_link_every_slide():
    markup = Places([("Flatten & on", [("a.html#b", "A"), ("c.html", "C")])])._repr_mimebundle_()["text/html"]
    assert '<td>Flatten &amp; on</td><td><a href="a.html#b">A</a>, <a href="c.html">C</a></td>' in markup
