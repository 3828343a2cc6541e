"""Small arrays as tables of numbers, in the page's colours."""

import html
from math import ceil
from textwrap import wrap

import numpy as np

from insidecnn.figures.narrow import PAGE, TwoForms
from insidecnn.figures.network import Drawing

CELL = 26
LETTER = 7  # of a name, on average
LARGE = 11  # of a sign between arrays
READ = 11.1 / 13  # letters of 13 pixels may shrink so far


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


def least(width: float, body: str) -> float:
    """How wide a drawing is whose smallest letters have 11 pixels."""
    return width * (1 if ' class="small"' in body else READ)


def sized(width: float, height: float, body: str) -> str:
    """Numbers in a frame that a narrow page may shrink until they would be too small to read."""
    svg = f'<svg class="grids fits" style="min-width:{least(width, body):.0f}px" viewBox="0 0 {width:g} {height:g}" '
    return f'{svg}width="{width:g}" height="{height:g}" aria-hidden="true">{body}</svg>'


def drawing(width: float, height: float, body: str, alt: str, narrow: str = "") -> Drawing:
    """Numbers with their words, and with a second form for narrow pages where they need one."""
    svg = sized(width, height, body)
    return TwoForms(svg, alt, narrow) if narrow else Drawing(svg, alt)


def grids(arrays: dict[str, np.ndarray], joints: list[str] | None = None) -> Drawing:
    """Arrays (rows, columns) side by side under their names, with signs such as × and = between them.

    On a narrow page they stand in several rows, and one that is wider than the page has smaller cells.
    """
    alt = " ".join(f"{name}: {in_words(array)}." for name, array in arrays.items())
    width, height, body = in_row(arrays, joints or [])
    if least(width, body) <= PAGE:
        return drawing(width, height, body, alt)
    rows, wide, high, bodies = [{}], 0, 0, []
    for name, array in arrays.items():
        w, _, b = in_row(rows[-1] | {name: array}, joints or [])
        if rows[-1] and least(w, b) + (20 if joints else 0) > PAGE:
            rows.append({})
        rows[-1][name] = array
    each = ceil(len(arrays) / len(rows))  # as many in each row, where they fit
    names = list(arrays)
    even = [{name: arrays[name] for name in names[k : k + each]} for k in range(0, len(names), each)]
    if all(least(*in_row(row, joints or [])[::2]) + (20 if joints else 0) <= PAGE for row in even):
        rows = even
    signs = iter(joints or [])
    laid = [in_row(row, [sign for sign, _ in zip(signs, row, strict=False)], tight=True) for row in rows]
    wide = max(w for w, _, _ in laid)
    for w, h, b in laid:
        bodies.append(f'<g transform="translate({(wide - w) / 2:g} {high:g})">{b}</g>')
        high += h + 8
    return drawing(width, height, body, alt, sized(wide, high, "".join(bodies)))


def in_row(arrays: dict[str, np.ndarray], joints: list[str], tight: bool = False) -> tuple[float, float, str]:
    """Width, height and marks of arrays in one row, with the signs that follow them; ``tight`` as a phone has room."""
    x, parts = 2.0, []
    size = min(CELL, (PAGE / READ - 4) // max(array.shape[1] for array in arrays.values())) if tight else CELL
    tallest = max(len(array) for array in arrays.values()) * size
    names = [wrap(name, PAGE // LETTER) if tight else [name] for name in arrays]
    head = 6 + 16 * max(map(len, names))
    for i, (name, array) in enumerate(zip(names, arrays.values(), strict=True)):
        top = head + (tallest - len(array) * size) / 2
        wide = max(array.shape[1] * size, LETTER * max(map(len, name)))
        parts += [
            f'<text x="{x + wide / 2:g}" y="{top - 8 - 16 * n:g}" class="name">{html.escape(line)}</text>'
            for n, line in enumerate(reversed(name))
        ]
        parts.append(cells(array, x + (wide - array.shape[1] * size) / 2, top, size))
        x += wide + 34
        if i < len(joints):
            parts.append(f'<text x="{x - 17:g}" y="{head + tallest / 2 + 5:g}" class="joint">{joints[i]}</text>')
    last = (
        max(9, LARGE * len(joints[-1]) / 2 + 1) - 17 if len(joints) >= len(arrays) else -32
    )  # a sign that ends the row
    return x + last, head + tallest + 4, "".join(parts)


def windows(image: np.ndarray, kernel: np.ndarray, sums: np.ndarray) -> Drawing:
    """Every window of an image (H, W) at stride 1, framed, with the sum that it gives; laid out as in the map."""
    alt = f"Every window of the image, framed in a copy of it, with its sum below: {in_words(sums)}."
    size, gap = 13, 20
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
    few = max(6, PAGE // array.shape[1])  # on a narrow page the pattern alone
    narrow = sized(array.shape[1] * few + 4, array.shape[0] * few + 4, cells(array, 2, 2, few, text=False))
    return drawing(array.shape[1] * size + 4, array.shape[0] * size + 4, "".join(parts), alt, narrow)
