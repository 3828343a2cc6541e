"""Measures of classification: how many are right, and which class was taken for which."""

import torch

from insidecnn.checks import told, whole


def accuracy(found: torch.Tensor, truth: torch.Tensor) -> float:
    """Share of the labels that are right, from 0 to 1.

    Args:
        found: labels, of any shape and any whole-number type.
        truth: the same, of the same shape.

    Raises:
        ValueError: no whole numbers, different shapes, or no labels.

    Example:
        >>> accuracy(torch.tensor([2, 0, 1, 1]), torch.tensor([2, 0, 0, 1]))
        0.75
    """
    check_labels(found, truth)
    return float((found == truth).double().mean())


def confusion(found: torch.Tensor, truth: torch.Tensor, classes: int) -> torch.Tensor:
    """How often each true class (row) was called each class (column): (classes, classes) int64.

    Args:
        found: labels from 0 to classes − 1, of any shape and any whole-number type.
        truth: the same, of the same shape.
        classes: how many there are, background included.

    Raises:
        ValueError: no whole numbers, different shapes, no labels, or one outside 0 … classes − 1.

    Example:
        >>> confusion(torch.tensor([1, 0, 1]), torch.tensor([1, 1, 0]), classes=2).tolist()
        [[0, 1], [1, 1]]
    """
    classes = whole("classes", classes, least=1)
    check_labels(found, truth)
    found, truth = found.flatten().long(), truth.flatten().long()  # in uint8 the products below wrap around
    if min(found.min(), truth.min()) < 0 or max(found.max(), truth.max()) >= classes:
        raise ValueError(f"A label is outside 0 … {classes - 1}; say how many classes there are, background included.")
    return torch.bincount(truth * classes + found, minlength=classes**2).view(classes, classes)


def check_labels(found: torch.Tensor, truth: torch.Tensor) -> None:
    """Refuse what is not as many labels as there are in truth."""
    for name, labels in (("found", found), ("truth", truth)):
        if not isinstance(labels, torch.Tensor) or labels.is_floating_point() or labels.is_complex():
            raise ValueError(f"{name} is {told(labels)}; give a torch tensor of labels, which are whole numbers.")
    if found.shape != truth.shape or not found.numel():
        raise ValueError(
            f"Labels have the shapes {tuple(found.shape)} and {tuple(truth.shape)}; they must be equal, and not empty."
        )
