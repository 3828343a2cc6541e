"""The thousand classes: a number's three digits are its kind, its colour and its pattern; 514 is an orange dotted cup."""

from insidecnn.checks import whole
from insidecnn.world.colours import RANGES
from insidecnn.world.kinds import KINDS
from insidecnn.world.patterns import FORMULAS

KIND_NAMES, COLOUR_NAMES, PATTERN_NAMES = tuple(KINDS), tuple(RANGES), tuple(FORMULAS)
CATEGORIES = tuple(f"{c} {p} {k}" for k in KIND_NAMES for c in COLOUR_NAMES for p in PATTERN_NAMES)


def attributes(number: int) -> tuple[int, int, int]:
    """The kind, the colour and the pattern of a class, each from 0 to 9: 514 gives (5, 1, 4).

    Raises:
        ValueError: no class from 0 to 999.
    """
    number = whole("number", number, least=0)
    if number >= len(CATEGORIES):
        raise ValueError(f"number is {number}; classes have the numbers 0 to {len(CATEGORIES) - 1}.")
    return number // 100, number // 10 % 10, number % 10
