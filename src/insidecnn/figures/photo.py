"""Photographs, alone, side by side, with boxes, and pieces cut out of them."""

import cv2
import numpy as np
import torch

from insidecnn.figures.picture import Picture, encode
from insidecnn.preprocess import MEAN, STD

BOX = (255, 196, 0)


def photo(pixels: np.ndarray, alt: str, boxes=(), width: int = 480) -> Picture:
    """A photograph (H, W, 3) uint8 at most ``width`` pixels wide, with boxes (top, left, bottom, right)."""
    pixels = np.ascontiguousarray(pixels)
    thick = max(1, round(max(pixels.shape) / 200))
    if boxes:
        pixels = pixels.copy()
    for top, left, bottom, right in boxes:
        cv2.rectangle(pixels, (left, top), (right - 1, bottom - 1), BOX, thick)
    if pixels.shape[1] > width:
        height = round(pixels.shape[0] * width / pixels.shape[1])
        pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return encode(pixels, alt, style="photo")


def side_by_side(photos: list[np.ndarray], alt: str, height: int = 220) -> Picture:
    """Photographs (H, W, 3) uint8 of any sizes in one row, all ``height`` pixels high."""
    scaled = [
        cv2.resize(
            np.ascontiguousarray(p), (round(p.shape[1] * height / p.shape[0]), height), interpolation=cv2.INTER_AREA
        )
        for p in photos
    ]
    gap = np.full((height, 6, 3), 255, np.uint8)
    row = [piece for p in scaled for piece in (p, gap)][:-1]
    return encode(np.concatenate(row, 1), alt, style="photo")


def pixels_of(x: torch.Tensor) -> np.ndarray:
    """A normalised tensor (1, 3, H, W) or (3, H, W) back as a photograph (H, W, 3) uint8."""
    x = x.detach()[0] if x.dim() == 4 else x.detach()
    shares = x * torch.tensor(STD).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)
    return (shares.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()


def cut(pixels: np.ndarray, box: tuple[int, int, int, int], fill: int = 128) -> np.ndarray:
    """The piece of a photograph inside (top, left, bottom, right); grey where it reaches outside."""
    top, left, bottom, right = box
    piece = np.full((bottom - top, right - left, 3), fill, np.uint8)
    height, width = pixels.shape[:2]
    y, x = slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))
    piece[y.start - top : y.stop - top, x.start - left : x.stop - left] = pixels[y, x]
    return piece


def patches(pieces: list[np.ndarray], alt: str, columns: int = 9, size: int = 72) -> Picture:
    """Small pieces of photographs, scaled to ``size`` pixels, in rows of ``columns``."""
    tiles = [
        cv2.resize(p, (size, size), interpolation=cv2.INTER_AREA if len(p) > size else cv2.INTER_CUBIC) for p in pieces
    ]
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (size + 4) - 4, min(columns, len(tiles)) * (size + 4) - 4, 3), 255, np.uint8)
    for i, tile in enumerate(tiles):
        y, x = i // columns * (size + 4), i % columns * (size + 4)
        sheet[y : y + size, x : x + size] = tile
    return encode(sheet, alt, style="photo")
