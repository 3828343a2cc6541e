"""Detections on their pictures: boxes with classes and scores, the grid of cells, maps laid over a picture."""

import cv2
import numpy as np
import torch

from insidecnn.figures import annotate
from insidecnn.figures.photo import scaled
from insidecnn.figures.tiles import PALETTE, levels
from insidecnn.world.scenes import CLASSES

RESPONSIBLE = (255, 196, 0)  #: the colour of marked cells


def draw(pixels: np.ndarray, found: dict, least: float = 0.3, names: bool = True, enlarge: int = 2) -> np.ndarray:
    """Detections, or the truth, on a picture, each class in its colour.

    Args:
        pixels: (H, W, 3) uint8.
        found: ``boxes`` (n, 4), ``labels`` (n,) and ``scores`` (n,), as torchvision's detectors give them;
            the truth has no scores.
        least: score of the boxes that are drawn.
        names: whether each box is named.
        enlarge: so many times as large.
    """
    scores = found.get("scores", torch.ones(len(found["labels"])))
    shown = scores >= least
    labels = found["labels"][shown].tolist()
    words = [f" {score:.2f}" if "scores" in found else "" for score in scores[shown].tolist()]
    texts = [f"{CLASSES[label]}{word}" for label, word in zip(labels, words, strict=True)] if names else None
    return annotate.draw(pixels, boxes=found["boxes"][shown], names=texts, colours=labels, enlarge=enlarge)


def grid(pixels: np.ndarray, cells, stride: int = 8, enlarge: int = 3) -> np.ndarray:
    """A picture under a grid of cells, some of them marked.

    Args:
        pixels: (H, W, 3) uint8.
        cells: (n, 2) rows and columns of the marked ones.
        stride: pixels from cell to cell.
    """
    paper = scaled(pixels, enlarge * pixels.shape[1])
    step = stride * enlarge
    for row, column in np.asarray(cells).tolist():
        part = paper[row * step : (row + 1) * step, column * step : (column + 1) * step]
        part[:] = (0.35 * part + 0.65 * np.array(RESPONSIBLE)).astype(np.uint8)
    paper[::step] = paper[::step] // 2 + 110
    paper[:, ::step] = paper[:, ::step] // 2 + 110
    return paper


def over(pixels: np.ndarray, cells: torch.Tensor) -> np.ndarray:
    """A map of probabilities (h, w), laid over its picture (H, W, 3) in grey: dark at 0, yellow at 1."""
    height, width = pixels.shape[0] // cells.shape[0], pixels.shape[1] // cells.shape[1]
    places = levels(cells.clamp(0, 1), 1).repeat(height, 0).repeat(width, 1)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None]
    return (0.7 * PALETTE[places, :3] + 0.3 * grey).round().astype(np.uint8)
