"""Measures of keypoints: how near they are to where they belong."""

import torch

from insidecnn.checks import number, tensors
from insidecnn.metrics.detection import ordered


def pck(found: torch.Tensor, truth: torch.Tensor, boxes: torch.Tensor, alpha: float = 0.2) -> float:
    """Share of the keypoints found within alpha times the longer side of the person's box.

    Args:
        found: (n, K, 2), x and y.
        truth: (n, K, 3), x, y and visible; keypoints with 0 there do not count.
        boxes: (n, 4).
        alpha: above 0; a keypoint at exactly that distance is found.

    Raises:
        ValueError: shapes that do not belong together, a box that is upside down, alpha not above 0, or
            no keypoint that counts.

    Source: Yang & Ramanan 2013, section 5: "probability of a correct keypoint".
    """
    tensors(found=(found, "n K 2"), truth=(truth, "n K 3"), boxes=(boxes, "n 4"))
    ordered(boxes)
    alpha = number("alpha", alpha, 0, float("inf"), open_below=True)
    found, truth, boxes = found.double(), truth.double(), boxes.double()
    counts = truth[..., 2] > 0
    if not counts.any():
        raise ValueError("No keypoint counts; at least one must have 1 or 2 as its third number.")
    away = (found - truth[..., :2]).norm(dim=2)  # (n, K) pixels
    limit = alpha * (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True)
    return float((away <= limit)[counts].double().mean())
