"""What excites a channel: the pieces of photographs that its strongest cells saw."""

import numpy as np
import torch
from torch import nn

from insidecnn import alexnet
from insidecnn.figures.photo import cut, pixels_of


def strongest(maps: torch.Tensor, channel: int) -> tuple[int, int, int]:
    """The cell with the largest value of one channel.

    Args:
        maps: (N, C, H, W).

    Returns:
        (image, row, column).
    """
    return tuple(int(i) for i in np.unravel_index(int(maps[:, channel].argmax()), maps[:, channel].shape))


def seen(model: nn.Module, stage: str, x: torch.Tensor, cell: tuple[int, int]) -> np.ndarray:
    """The piece of one image (1, 3, H, W) that a cell of a stage saw: its receptive field, grey outside.

    Returns:
        (field, field, 3) uint8.
    """
    box = alexnet.receptive_field(model, stage, cell, tuple(x.shape[2:]))
    return cut(pixels_of(x), box)


def likeness(filters: torch.Tensor, windows: torch.Tensor) -> torch.Tensor:
    """How much each filter looks like a window of the image: the correlation of their numbers.

    Args:
        filters, windows: (n, C, k, k), row by row.

    Returns:
        (n,) between −1 and 1.
    """
    a, b = (t.detach().flatten(1) - t.detach().flatten(1).mean(1, keepdim=True) for t in (filters, windows))
    return torch.nn.functional.cosine_similarity(a, b)


def top_patches(model: nn.Module, stage: str, x: torch.Tensor, channels: list[int], count: int = 9) -> list[np.ndarray]:
    """For each channel, the pieces that its strongest cell saw in each of the ``count`` best images.

    Args:
        x: images (N, 3, H, W), N at least ``count``.

    Returns:
        ``len(channels) · count`` pieces (field, field, 3) uint8: one channel after the other, the
        strongest first.
    """
    maps = next(s.output for s in alexnet.stages(model, x) if s.name == stage)  # (N, C, h, w)
    pieces = []
    for channel in channels:
        best = maps[:, channel].amax((1, 2)).argsort(descending=True)[:count]
        for n in best.tolist():
            _, row, column = strongest(maps[n : n + 1], channel)
            pieces.append(seen(model, stage, x[n : n + 1], (row, column)))
    return pieces
