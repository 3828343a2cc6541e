"""Heat maps: one map a joint, bright where it is. What a network for joints learns to draw."""

import torch


def heat_maps(joints: torch.Tensor, cells: int = 16, stride: int = 4, blur: float = 4.0) -> torch.Tensor:
    """A bell-shaped dot at each joint, 1 in its middle.

    Args:
        joints: (n, K, 2) or more numbers each, the first two x and y in pixels.
        cells: along each side of the maps.
        stride: pixels from one cell to the next; a cell stands for the middle of its pixels.
        blur: the bell's standard deviation, in pixels.

    Returns:
        (n, K, cells, cells), from 0 to 1.
    """
    middles = torch.arange(cells) * stride + (stride - 1) / 2
    dx = middles[None, None, None, :] - joints[..., 0, None, None]
    dy = middles[None, None, :, None] - joints[..., 1, None, None]
    return torch.exp(-(dx**2 + dy**2) / (2 * blur**2))


def brightest(maps: torch.Tensor) -> torch.Tensor:
    """The place of the largest value of each map (n, K, H, W): (n, K, 2), x and y in cells."""
    width = maps.shape[3]
    cell = maps.flatten(2).argmax(2)
    return torch.stack([cell % width, cell // width], 2).float()
