"""Photographs, with boxes, pieces cut out of them, and contact sheets of several."""

from dataclasses import replace

import cv2
import numpy as np
import torch

from insidecnn.arithmetic import Box
from insidecnn.figures.narrow import PAGE
from insidecnn.figures.picture import Picture, encode
from insidecnn.figures.tiles import arrange
from insidecnn.preprocess import denormalize

BOX = (255, 196, 0)
GAP, HEAD = 6, 24  # pixels between the pictures of a contact sheet, and for a title
DENSE, QUALITY = 2, 40  # pixels of a narrow sheet for each of the page's: so many hide what their file leaves out
DARK, LIGHT = (
    (20, 24, 30),
    (242, 245, 249),
)  # paper and ink of a sheet: it stands well on a light page and on a dark one


def photo(pixels: np.ndarray, alt: str, boxes=(), width: int = 480) -> Picture:
    """A photograph (H, W, 3) uint8 at most ``width`` pixels wide, with boxes (left, top, right, bottom)."""
    pixels = np.ascontiguousarray(pixels)
    thick = max(1, round(max(pixels.shape) / 200))
    if boxes:
        pixels = pixels.copy()
    for left, top, right, bottom in boxes:
        cv2.rectangle(pixels, (left, top), (right - 1, bottom - 1), BOX, thick)
    return encode(scaled(pixels, min(width, pixels.shape[1])), alt, style="photo")


def pixels_of(x: torch.Tensor) -> np.ndarray:
    """A normalised tensor (1, 3, H, W) or (3, H, W) back as a photograph (H, W, 3) uint8."""
    x = x.detach()[0] if x.dim() == 4 else x.detach()
    return (denormalize(x).clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()


def cut(pixels: np.ndarray, box: Box, fill: int = 128) -> np.ndarray:
    """The piece of a photograph inside (left, top, right, bottom); grey where it reaches outside."""
    left, top, right, bottom = box
    piece = np.full((bottom - top, right - left, 3), fill, np.uint8)
    height, width = pixels.shape[:2]
    y, x = slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))
    piece[y.start - top : y.stop - top, x.start - left : x.stop - left] = pixels[y, x]
    return piece


def contact_sheet(
    pictures: list[np.ndarray] | dict[str, np.ndarray],
    alt: str,
    columns: int | None = None,
    width: int | None = None,
    height: int = 220,
) -> Picture:
    """Photographs or pieces of them (H, W, 3) uint8 in rows, on dark paper, with their names above them if they have any.

    Args:
        pictures: a list, or name → picture; the names are added to ``alt``.
        columns: in each row; all in one row without it.
        width: of each picture in pixels; its height follows.
        height: of each picture, where no width is given; its width follows.

    Raises:
        ValueError: no picture, or no column.
    """
    names, arrays = (list(pictures), list(pictures.values())) if isinstance(pictures, dict) else ([], list(pictures))
    if not arrays:
        raise ValueError("A contact sheet needs at least one picture.")
    if columns is not None and columns < 1:
        raise ValueError(f"columns is {columns}; it must be at least 1.")
    cells = [scaled(array, width or round(array.shape[1] * height / array.shape[0])) for array in arrays]
    if names:
        cells = [titled(cell, name) for cell, name in zip(cells, names, strict=True)]
        rows = columns is not None and columns < len(names)
        alt = f"{alt} {'Row by row' if rows else 'From left to right'}: {'; '.join(names)}."
    sheet = encode(
        arrange(cells, across := min(columns or len(cells), len(cells)), DARK, GAP),
        alt,
        style="photo titled" if names else "photo",
    )
    return replace(sheet, narrow=narrow(dict(zip(names, arrays, strict=True)), across)) if names else sheet


def order(count: int, columns: int, upright: bool) -> tuple[list[int], int]:
    """In which order pictures stand on a narrow page, and in how many columns; what stood together stays together.

    Two rows become two columns, each picture beside the one that was below it. Three whole rows of three stay. All
    others stand in two columns, and up to three that are wider than high below each other.
    """
    rows = -(-count // columns)
    if rows == 2 < columns and count == 2 * columns:
        return [i for column in range(columns) for i in (column, columns + column)], 2
    if rows == 1 and count <= 3 and not upright:
        return list(range(count)), 1
    return list(range(count)), 3 if columns == 3 and rows > 2 and count == 3 * rows else min(2, count)


def narrow(pictures: dict[str, np.ndarray], columns: int) -> Picture:
    """A contact sheet for a narrow page: the same pictures in fewer columns, with titles that can be read there."""
    arrays = list(pictures.values())
    numbers, across = order(len(arrays), columns, upright=arrays[0].shape[1] < 1.35 * arrays[0].shape[0])
    wide = (DENSE * PAGE - GAP * (across - 1)) // across
    titles = [lines(name, wide) for name in pictures]
    most = max(len(title) for title in titles)
    cells = [
        np.concatenate([head(titles[i] + [""] * (most - len(titles[i])), wide), scaled(arrays[i], wide)])
        for i in numbers
    ]
    return encode(arrange(cells, across, DARK, GAP), "", style="photo titled", quality=QUALITY)


def lines(title: str, wide: int) -> list[str]:
    """A title in lines that a picture ``wide`` pixels wide has room for."""
    found = [""]
    for word in title.split():
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and cv2.getTextSize(longer, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 2)[0][0] > wide - 8:
            found.append(word)
        else:
            found[-1] = longer
    return found


def head(title: list[str], wide: int) -> np.ndarray:
    """Lines of a title on dark paper, at the size of a narrow sheet."""
    paper = np.full((30 * len(title) + 10, wide, 3), DARK, np.uint8)
    for n, line in enumerate(title):
        cv2.putText(paper, line, (4, 28 + 30 * n), cv2.FONT_HERSHEY_SIMPLEX, 0.8, LIGHT, 2, cv2.LINE_AA)
    return paper


def scaled(pixels: np.ndarray, width: int) -> np.ndarray:
    """A picture (H, W, 3) of another width, in the same proportions."""
    height = round(pixels.shape[0] * width / pixels.shape[1])
    way = cv2.INTER_AREA if width <= pixels.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=way)


def titled(pixels: np.ndarray, title: str) -> np.ndarray:
    """A picture (H, W, 3) with a line of text above it."""
    head = np.full((HEAD, pixels.shape[1], 3), DARK, np.uint8)
    cv2.putText(head, title, (2, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.47, LIGHT, 1, cv2.LINE_AA)
    return np.concatenate([head, pixels])
