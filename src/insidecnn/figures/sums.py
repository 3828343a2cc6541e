"""A sum of the network, taken apart (:mod:`insidecnn.explain`), as a table and as pictures."""

import numpy as np

from insidecnn.explain import Sum
from insidecnn.figures.photo import pixels_of
from insidecnn.figures.picture import Picture, encode
from insidecnn.figures.table import Table
from insidecnn.figures.tiles import arrange, as_colours

LAYERS = {
    "features.0": "conv1", "features.3": "conv2", "features.6": "conv3", "features.8": "conv4", "features.10": "conv5",
    "classifier.1": "fc6", "classifier.4": "fc7", "classifier.6": "fc8",
}  # fmt: skip


def called(place: tuple[int, ...]) -> str:
    """A place in words: ``unit 7``, or ``map 3 at (2, 5)``, its row and its column."""
    return f"unit {place[0]}" if len(place) == 1 else "map {} at ({}, {})".format(*place)


def table(parts: Sum, count: int = 4, shape: tuple[int, int, int] | None = None) -> Table:
    """The largest terms of a sum, all others as one line, the bias, and what they come to.

    Args:
        shape: (C, H, W) that the inputs had before they were flattened, to say where each of them was.
    """
    terms = parts.largest(count)
    at = lambda place: called(np.unravel_index(place[0], shape) if shape else place)  # noqa: E731
    rest, total = parts.rest(terms), parts.total
    line = lambda what, given, weight, value: (what, given, weight, f"{value:+.3f}", f"{value / total:.1%}")  # noqa: E731
    others = parts.products.numel() - len(terms)
    return Table(
        ["from", "number", "weight", "product", "share"],
        [
            *[line(at(t.place), f"{t.given:.3f}", f"{t.weight:+.4f}", t.product) for t in terms],
            line(f"the other {others:,} products", "", "", rest),
            line("bias", "", "", parts.bias),
            line(f"together: {LAYERS[parts.name]}, {called(parts.place)}", "", "", total),
        ],
    )


def enough(parts: Sum, share: float = 0.5) -> int:
    """How many of the largest terms make up a share of the number."""
    reached = parts.products.flatten().sort(descending=True).values.cumsum(0) >= share * parts.total
    return int(reached.int().argmax()) + 1 if bool(reached.any()) else parts.products.numel()


def window(parts: Sum) -> Picture:
    """A cell of the first convolution: the pixels of its window, its weights, and their products, side by side.

    Pixels as they are; weights and products (in red, green and blue) stretched around grey, which is zero.
    """
    pixels = pixels_of(parts.given)  # (11, 11, 3)
    weights, products = (as_colours(numbers[None])[0] for numbers in (parts.weight, parts.products))
    clear = [np.dstack([tile, np.full(tile.shape[:2], 255, np.uint8)]) for tile in (pixels, weights, products)]
    side = pixels.shape[0]
    alt = (
        f"Three squares of {side} by {side} coloured cells, each: the pixels that the cell sees, the weights of its filter, "
        f"grey where they are zero, and their products, grey where they are zero."
    )
    return encode(arrange(clear, 3, 0, gap=2), alt)
