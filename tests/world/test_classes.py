"""The thousand names and their numbers."""

import pytest

from insidecnn.world import classes


def test_a_number_is_three_digits():
    assert classes.attributes(514) == (5, 1, 4)
    assert classes.CATEGORIES[514] == "orange dotted cup"
    for number, name in enumerate(classes.CATEGORIES):
        kind, colour, pattern = classes.attributes(number)
        assert name.split() == [
            classes.COLOUR_NAMES[colour],
            classes.PATTERN_NAMES[pattern],
            classes.KIND_NAMES[kind],
        ]
    assert len(set(classes.CATEGORIES)) == 1000


@pytest.mark.parametrize("number", [-1, 1000, 2.5, "514"])
def test_no_class(number):
    with pytest.raises(ValueError, match="number"):
        classes.attributes(number)
