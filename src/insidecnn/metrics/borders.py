"""Where a segmentation is wrong: near the borders of classes, or far from them.

Counting errors in bands around borders is of Kohli, Ladický & Torr 2009 ("trimap").
"""

import cv2
import numpy as np
import torch

from insidecnn.checks import tensors

BANDS = ((1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, None))  #: pixels, both ends included


def border_distance(classes: torch.Tensor) -> torch.Tensor:
    """How far each pixel is from the nearest of another class: (N, H, W) float32, in pixels from centre to centre.

    A pixel at a border has 1; where a picture has one class alone, all are infinite.

    Args:
        classes: (N, H, W) int64.
    """
    tensors(classes=(classes, "N H W"))
    found = np.full(classes.shape, np.inf, np.float32)
    for distances, each in zip(found, classes.numpy(), strict=True):
        kinds = np.unique(each)
        for kind in kinds if len(kinds) > 1 else ():
            here = each == kind
            to_others = cv2.distanceTransform(here.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            distances[here] = to_others[here]
    return torch.from_numpy(found)


def wrong_by_distance(found: torch.Tensor, truth: torch.Tensor) -> list[float]:
    """The share of pixels with the wrong class in each of :data:`BANDS` around the borders of the truth.

    Args:
        found, truth: (N, H, W) int64.

    Example:
        >>> truth = torch.tensor([[[0, 0, 0, 1, 1, 1]]])
        >>> wrong_by_distance(torch.tensor([[[0, 0, 1, 1, 1, 1]]]), truth)[:2]  # one of two pixels at the border
        [0.5, 0.0]
    """
    tensors(found=(found, "N H W"), truth=(truth, "N H W"))
    distance, wrong = border_distance(truth).round(), (found != truth).float()
    within = [(distance >= low) & (distance <= (high or torch.inf)) for low, high in BANDS]
    return [wrong[band].mean().item() for band in within]
