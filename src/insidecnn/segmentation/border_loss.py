"""U-Net's loss: cross-entropy in which the pixels between two objects count more.

Ronneberger, Fischer & Brox 2015, section 3, equations 1 and 2.
"""

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from insidecnn.checks import number, tensors

W0 = 10.0  #: the paper's
SIGMA = 5.0  #: the paper's, in pixels of pictures of 512 × 512


def border_weights(owners: torch.Tensor, w0: float = W0, sigma: float = SIGMA) -> torch.Tensor:
    """The second term of equation 2, w0 · exp(−(d1 + d2)² / 2σ²): (N, H, W) float32.

    d1 and d2 are a pixel's distances to the nearest and the second nearest object of its picture, in pixels from
    centre to centre; on an object d1 is 0. Where there are fewer than two objects the term is 0.

    Args:
        owners: (N, H, W) int64, at each pixel the number of its object from 1, or 0.
        w0: the weight where two objects touch.
        sigma: of the bell curve, in pixels, above 0.

    Raises:
        ValueError: ``owners`` has other dimensions, ``w0`` is negative or ``sigma`` is not above 0.
    """
    tensors(owners=(owners, "N H W"))
    w0, sigma = number("w0", w0, 0, np.inf), number("sigma", sigma, 0, np.inf, open_below=True)
    found = np.zeros(owners.shape, np.float32)
    for weights, owner in zip(found, owners.numpy(), strict=True):
        objects = [owner == k for k in np.unique(owner) if k > 0]
        if len(objects) < 2:
            continue
        distances = [
            cv2.distanceTransform((~each).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for each in objects
        ]
        d1, d2 = np.partition(np.stack(distances), 1, axis=0)[:2]  # (H, W) each
        weights[:] = w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))
    return torch.from_numpy(found)


def weighted_loss(logits: torch.Tensor, classes: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Equation 1: the cross-entropy of each pixel times its weight; here their weighted mean, a number.

    Args:
        logits: (N, C, H, W).
        classes: (N, H, W) int64 from 0 to C − 1.
        weights: (N, H, W), not negative.
    """
    each = F.cross_entropy(logits, classes, reduction="none")  # (N, H, W)
    return (each * weights).sum() / weights.sum()
