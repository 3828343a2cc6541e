"""Measures of segmentation: how much two masks, or two maps of labels, have in common."""

import torch

from insidecnn.checks import tensors
from insidecnn.metrics.classification import confusion


def mask_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union of each mask of a with each of b: (A, H, W), (B, H, W) → (A, B) float32.

    Masks are bool, or hold 0 and 1 alone. Two empty masks have an IoU of 0.

    Raises:
        ValueError: masks that are not three-dimensional, of different sizes, or hold other numbers.

    Example:
        >>> mask_iou(torch.tensor([[[1, 1, 0]]]), torch.tensor([[[0, 1, 0]], [[0, 1, 1]]])).tolist()
        [[0.5, 0.3333...]]
    """
    tensors(a=(a, "A H W"), b=(b, "B H W"))
    for name, masks in (("a", a), ("b", b)):
        if not ((masks == 0) | (masks == 1)).all():
            raise ValueError(f"{name} holds other numbers than 0 and 1; compare probabilities with a threshold first.")
    a, b = a.flatten(1).double(), b.flatten(1).double()
    both = a @ b.T
    return (both / (a.sum(1)[:, None] + b.sum(1) - both).clamp_min(1)).float()


def class_iou(found: torch.Tensor, truth: torch.Tensor, classes: int) -> torch.Tensor:
    """IoU of each class of two label maps of one shape; nan where neither has the class: (classes,) float32.

    Args:
        found, truth, classes: as for :func:`insidecnn.metrics.confusion`.

    Raises:
        ValueError: as :func:`insidecnn.metrics.confusion` does.

    Example:
        >>> class_iou(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 0, 1]), classes=3).tolist()
        [0.6666..., 0.5, nan]
    """
    table = confusion(found, truth, classes).double()
    both = table.diagonal()
    return (both / (table.sum(0) + table.sum(1) - both)).float()


def mean_iou(found: torch.Tensor, truth: torch.Tensor, classes: int) -> float:
    """Mean of the IoU of the classes that are found or there: the usual measure of semantic segmentation, 0 to 1.

    Give the maps of all images at once, (N, H, W): a class counts once, however many images it is in.

    Args:
        found, truth, classes: as for :func:`insidecnn.metrics.confusion`.

    Raises:
        ValueError: as :func:`insidecnn.metrics.confusion` does.

    Source: Long, Shelhamer & Darrell 2015, section 5.

    Example:
        >>> round(mean_iou(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 0, 1]), classes=3), 4)  # of 2/3 and 1/2
        0.5833
    """
    return float(class_iou(found, truth, classes).nanmean())
