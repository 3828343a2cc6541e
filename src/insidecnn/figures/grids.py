"""Small arrays as tables of numbers, in the page's colours."""

import html

import numpy as np

from insidecnn.figures.network import Drawing

CELL = 26
LETTER = 8  # of a name, on average


def number(value: float) -> str:
    """As a person writes it: no decimals where there are none, and a real minus sign."""
    text = f"{value + 0.0:.0f}" if float(value).is_integer() else f"{value:.2g}"
    return text.replace("-", "−")


def in_words(array: np.ndarray) -> str:
    """A small array row by row, for those who hear the page: ``1 0 0; 0 1 0``."""
    return "; ".join(" ".join(number(value) for value in row) for row in array)


def shade(value: float, largest: float) -> str:
    """The class of a cell: positive, negative or zero, in three strengths."""
    if value == 0 or largest == 0:
        return "zero"
    strength = min(3, max(1, int(3 * abs(value) / largest + 0.5)))  # halves up, as in the page's scripts
    return f"{'plus' if value > 0 else 'minus'}-{strength}"


def cells(array: np.ndarray, x: float, y: float, size: float = CELL, text: bool = True, largest=None) -> str:
    """The squares of an array (rows, columns), its corner at (x, y)."""
    largest = np.abs(array).max() if largest is None else largest
    parts = []
    for (row, column), value in np.ndenumerate(array):
        left, top = x + column * size, y + row * size
        parts.append(
            f'<rect x="{left:g}" y="{top:g}" width="{size:g}" height="{size:g}" class="{shade(value, largest)}"/>'
        )
        if text:
            long = ' class="small"' if len(number(value)) > 3 else ""
            parts.append(f'<text x="{left + size / 2:g}" y="{top + size / 2 + 4:g}"{long}>{number(value)}</text>')
    return "".join(parts)


def drawing(width: float, height: float, body: str, alt: str) -> Drawing:
    kind = "grids fits" if width <= 480 else "grids"  # a phone may shrink it that much, and it stays readable
    svg = f'<svg class="{kind}" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" aria-hidden="true">'
    return Drawing(f"{svg}{body}</svg>", alt)


def grids(arrays: dict[str, np.ndarray], joints: list[str] | None = None) -> Drawing:
    """Arrays (rows, columns) side by side under their names, with signs such as × and = between them."""
    alt = " ".join(f"{name}: {in_words(array)}." for name, array in arrays.items())
    x, parts = 2.0, []
    tallest = max(len(array) for array in arrays.values()) * CELL
    for i, (name, array) in enumerate(arrays.items()):
        top = 22 + (tallest - len(array) * CELL) / 2
        wide = max(array.shape[1] * CELL, LETTER * len(name))
        parts.append(f'<text x="{x + wide / 2:g}" y="{top - 8:g}" class="name">{html.escape(name)}</text>')
        parts.append(cells(array, x + (wide - array.shape[1] * CELL) / 2, top))
        x += wide + 34
        if joints and i < len(joints):
            parts.append(f'<text x="{x - 17:g}" y="{22 + tallest / 2 + 5:g}" class="joint">{joints[i]}</text>')
    return drawing(x - 32, tallest + 26, "".join(parts), alt)


def windows(image: np.ndarray, kernel: np.ndarray, sums: np.ndarray) -> Drawing:
    """Every window of an image (H, W) at stride 1, framed, with the sum that it gives; laid out as in the map."""
    alt = f"Every window of the image, framed in a copy of it, with its sum below: {in_words(sums)}."
    size, gap = 13, 22
    step_x, step_y = image.shape[1] * size + gap, image.shape[0] * size + gap + 12
    parts = []
    for (row, column), value in np.ndenumerate(sums):
        x, y = 4 + column * step_x, 4 + row * step_y
        parts.append(cells(image, x, y, size, text=False))
        frame = f'x="{x + column * size:g}" y="{y + row * size:g}" width="{kernel.shape[1] * size}" height="{kernel.shape[0] * size}"'
        parts.append(f'<rect {frame} class="frame"/>')
        best = " best" if value == sums.max() else ""
        parts.append(
            f'<text x="{x + image.shape[1] * size / 2:g}" y="{y + image.shape[0] * size + 16:g}" class="sum{best}">{number(value)}</text>'
        )
    return drawing(sums.shape[1] * step_x - gap + 8, sums.shape[0] * step_y, "".join(parts), alt)


def matrix(array: np.ndarray, size: int = 17) -> Drawing:
    """A wide matrix of small numbers, zeros left empty."""
    filled = np.count_nonzero(array, axis=1)
    alt = (
        f"A matrix of {array.shape[0]} rows and {array.shape[1]} columns, with {filled.min()} to {filled.max()} numbers "
        f"a row that are not zero, {len(np.unique(array[array != 0]))} different ones in all; they move to the right from row to row."
    )
    parts = [cells(array, 2, 2, size, text=False)]
    for (row, column), value in np.ndenumerate(array):
        if value:
            parts.append(
                f'<text x="{2 + (column + 0.5) * size:g}" y="{2 + (row + 0.5) * size + 4:g}" class="small">{number(value)}</text>'
            )
    return drawing(array.shape[1] * size + 4, array.shape[0] * size + 4, "".join(parts), alt)
