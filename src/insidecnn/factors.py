"""The classifier as it is shipped, in thin factors, and the dense matrices that they multiply out to.

A matrix of rank r is a product U V of a tall and a flat one. fc6 has 4096 × 9216 weights; its factors of
rank 64 have 4096 · 64 + 64 · 9216, a forty-fourth of that. Of fc8, each row is the sum of three vectors: that of
the class's kind, its colour and its pattern.
"""

import torch

from insidecnn.world.classes import CATEGORIES


def dense(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The classifier's state dict, as torchvision names it.

    Args:
        tensors: ``fc6.u`` (4096, r), ``fc6.v`` (r, 9216), ``fc7.u`` (4096, r), ``fc7.v``
            (r, 4096), ``fc8.kind``, ``.colour`` and ``.pattern`` (10, 4096), and a bias for each.

    Returns:
        ``classifier.1.weight`` (4096, 9216), ``classifier.4.weight`` (4096, 4096), ``classifier.6.weight``
        (1000, 4096), whose row 514 is ``kind[5] + colour[1] + pattern[4]``, and their biases.
    """
    return {
        "classifier.1.weight": tensors["fc6.u"] @ tensors["fc6.v"],
        "classifier.1.bias": tensors["fc6.bias"],
        "classifier.4.weight": tensors["fc7.u"] @ tensors["fc7.v"],
        "classifier.4.bias": tensors["fc7.bias"],
        "classifier.6.weight": of_classes(tensors["fc8.kind"], tensors["fc8.colour"], tensors["fc8.pattern"]),
        "classifier.6.bias": of_classes(
            tensors["fc8.kind.bias"], tensors["fc8.colour.bias"], tensors["fc8.pattern.bias"]
        ),
    }


def of_classes(kind: torch.Tensor, colour: torch.Tensor, pattern: torch.Tensor) -> torch.Tensor:
    """The sums of three attributes' rows (10, …), for all classes in their order: (1000, …)."""
    sums = kind[:, None, None] + colour[None, :, None] + pattern[None, None]
    return sums.reshape(len(CATEGORIES), *kind.shape[1:])
