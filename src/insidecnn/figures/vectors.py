"""Vector fields as arrows on a picture."""

import cv2
import numpy as np
import torch

from insidecnn.checks import tensors, told
from insidecnn.figures.photo import scaled

LEAST = 0.15  #: shorter vectors are not drawn


def arrows(pixels: np.ndarray, field: torch.Tensor, enlarge: int = 4) -> np.ndarray:
    """A darkened copy of a picture with an arrow in each cell of a field.

    An arrow of length 1 is as long as a cell. Its colour is its direction's: around the circle of hues, red
    to the right, green to the lower left, blue to the upper left.

    Args:
        pixels: (H, W, 3) uint8.
        field: (2, h, w), the parts of each vector to the right and down.
        enlarge: draw it so many times as large.

    Returns:
        (H·enlarge, W·enlarge, 3) uint8.

    Raises:
        ValueError: no picture, or another shape of the field.
    """
    tensors(field=(field, "2 h w"))
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise ValueError(f"pixels is {told(pixels)}; give a picture of shape (height, width, 3) and dtype uint8.")
    paper = (scaled(pixels, enlarge * pixels.shape[1]) * 0.45).astype(np.uint8)
    step_y, step_x = paper.shape[0] / field.shape[1], paper.shape[1] / field.shape[2]
    for row, column in (field.norm(dim=0) > LEAST).nonzero().tolist():
        x, y = field[:, row, column].tolist()
        middle = np.array([(column + 0.5) * step_x, (row + 0.5) * step_y])
        half = np.array([x * step_x, y * step_y]) / 2
        hue = round(np.degrees(np.arctan2(y, x)) % 360 / 2) % 180
        colour = cv2.cvtColor(np.uint8([[[hue, 150, 255]]]), cv2.COLOR_HSV2RGB)[0, 0].tolist()
        ends = [tuple(np.round(end).astype(int).tolist()) for end in (middle - half, middle + half)]
        cv2.arrowedLine(paper, *ends, colour, max(1, enlarge // 3), cv2.LINE_AA, tipLength=0.45)
    return paper
