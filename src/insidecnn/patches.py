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


def colour_share(filters: torch.Tensor) -> torch.Tensor:
    """How much of each filter is colour: the energy of its channels' differences from their mean, as a share.

    Args:
        filters: (n, C, k, k).

    Returns:
        (n,) from 0, all channels alike, to 1, channels that cancel out.
    """
    filters = filters.detach()
    difference = filters - filters.mean(1, keepdim=True)
    return difference.square().sum((1, 2, 3)) / filters.square().sum((1, 2, 3)).clamp_min(1e-12)


def distinct(filters: torch.Tensor, order: list[int], count: int, limit: float = 0.6) -> list[int]:
    """The first ``count`` filters of ``order`` of which no two are alike, wherever the pattern lies in the window.

    Two are alike where their cross-correlation, at the shift that suits it best and as a share of
    their lengths, reaches ``limit``.

    Args:
        filters: (n, C, k, k).
    """
    filters = torch.nn.functional.normalize(filters.detach().flatten(1)).view_as(filters)
    size = 2 * filters.shape[-1]
    spectra = torch.fft.rfft2(filters, s=(size, size))  # padded, so that a shift does not wrap around
    chosen: list[int] = []
    for i in order:
        across = torch.fft.irfft2((spectra[i] * spectra[chosen].conj()).sum(1), s=(size, size))  # (chosen, size, size)
        if not chosen or across.max() < limit:
            chosen.append(int(i))
        if len(chosen) == count:
            break
    return chosen


def best_windows(conv: nn.Conv2d, x: torch.Tensor, count: int = 9) -> torch.Tensor:
    """What the strongest cells of a convolution's channels saw: in each of the ``count`` best images one window.

    Args:
        conv: a layer on images, such as ``model.features[0]``.
        x: images (N, C, H, W), N at least ``count``.

    Returns:
        (C_out, count, C, k, k), zeros where a window reaches into the padding; the strongest first.
    """
    with torch.no_grad():
        maps = conv(x)  # (N, C_out, h, w)
    (kernel, _), (stride, _), (padding, _) = conv.kernel_size, conv.stride, conv.padding
    padded = torch.nn.functional.pad(x, (padding,) * 4)
    values, cells = maps.flatten(2).max(2)  # (N, C_out)
    images = values.argsort(0, descending=True)[:count].T  # (C_out, count)
    found = []
    for channel, row in enumerate(images.tolist()):
        for n in row:
            top, left = (stride * i for i in divmod(int(cells[n, channel]), maps.shape[3]))
            found.append(padded[n, :, top : top + kernel, left : left + kernel])
    return torch.stack(found).unflatten(0, images.shape)


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
