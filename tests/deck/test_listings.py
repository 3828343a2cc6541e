"""The deck's listings: built as printed, and told apart from the real network by what is wrong in them."""

import pytest
from torchvision.models import alexnet

from insidecnn import arithmetic
from insidecnn.deck import listings
from insidecnn.figures.claims import Claims


@pytest.fixture(scope="module")
def features():
    return alexnet().features


def test_the_right_lines_are_those_that_print_gives(features):
    assert listings.LISTINGS["Practice – Draw AlexNet"] == listings.printed(features)
    built = listings.build(listings.LISTINGS["Flatten"])
    assert listings.printed(built) == listings.printed(features) and built[0].weight.is_meta


@pytest.mark.parametrize("slide", listings.LISTINGS)
def test_a_slip_names_the_first_shape_that_is_wrong(features, slide):
    topic = Claims("one")
    listings.compare(topic, features, slide, listings.LISTINGS[slide])
    (claim,) = topic.claims
    ours, theirs = (
        arithmetic.ledger(net, listings.IMAGE) for net in (features, listings.build(listings.LISTINGS[slide]))
    )
    wrong = [n for n in range(13) if ours[n].shape != theirs[n].shape]
    assert (claim.verdict == "slip") == bool(wrong)
    if wrong:
        assert f"({wrong[0]}) gives {list(theirs[wrong[0]].shape)} where" in claim.why
        assert f"{list(theirs[-1].shape)}." in claim.why
