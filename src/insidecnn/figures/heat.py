"""A map of what matters, laid over its picture."""

import cv2
import numpy as np
import torch

from insidecnn.figures.tiles import PALETTE, levels


def over(pixels: np.ndarray, attribution: torch.Tensor, mask: np.ndarray | None = None) -> np.ndarray:
    """The picture in grey, coloured by a map: dark at zero and below, yellow at its largest value.

    Args:
        pixels: (H, W, 3) uint8.
        attribution: (H, W); what is above its 99.5 % quantile is drawn as the largest, so that one pixel does not
            darken all others.
        mask: (H, W) bool; its edge is drawn in white.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ValueError: the map has another size than the picture.
    """
    if tuple(attribution.shape) != pixels.shape[:2]:
        raise ValueError(
            f"The map has shape {tuple(attribution.shape)}, the picture {pixels.shape[:2]}; give one size."
        )
    numbers = attribution.detach().float().clamp_min(0)
    most = numbers.flatten().quantile(0.995).clamp_min(1e-12)
    colours = PALETTE[levels(numbers.clamp_max(most), most), :3]  # (H, W, 3)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None]
    mixed = (0.7 * colours + 0.3 * grey).round().astype(np.uint8)
    if mask is not None:
        edge = mask & (cv2.erode(mask.astype(np.uint8), np.ones((3, 3))) == 0)
        mixed[edge] = 255
    return mixed
