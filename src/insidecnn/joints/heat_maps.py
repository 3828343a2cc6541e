"""Heat maps: one map a joint, bright where it is. What a network for joints learns to draw."""

import torch
import torch.nn.functional as F

LEAST = 0.1  #: value of a joint's peak; chosen on validation scenes


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


def confidence_maps(people: torch.Tensor, cells: int, stride: int, blur: float) -> torch.Tensor:
    """One map for each joint of all people on a picture: the largest of their dots, so that two stay apart.

    Args:
        people: (n, K, 3), x and y in pixels, and COCO's v; a joint with v = 0 is not drawn, a hidden one is.
        cells, stride, blur: as in :func:`heat_maps`.

    Returns:
        (K, cells, cells), from 0 to 1.

    Source: Cao et al. 2017, section 2.2.
    """
    dots = heat_maps(people[..., :2] - 0.5, cells, stride, blur)  # 0.5: the middle of pixel 0
    dots = dots * (people[..., 2] > 0)[..., None, None]  # (n, K, cells, cells)
    return dots.amax(0) if len(people) else dots.sum(0)


def peaks(maps: torch.Tensor, stride: int, least: float = LEAST) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The local maxima of each map: non-maximum suppression among the 3 × 3 cells around each.

    Between cells the place follows from the logarithms of three neighbours in a row: those of a bell lie on a
    parabola, whose top is known.

    Args:
        maps: (K, H, W).
        stride: pixels from one cell to the next.
        least: what a maximum must have to be one.

    Returns:
        for each map the places (n, 2), x and y in pixels, and values (n,), the highest first.
    """
    around = F.max_pool2d(maps[None], 3, stride=1, padding=1)[0]
    low = F.pad(maps, (1, 1, 1, 1), value=-torch.inf)
    before = torch.maximum(F.max_pool2d(low, (1, 3), stride=1)[:, :-2], low[:, 1:-1, :-2])  # above and to the left
    tops = (maps == around) & (maps > before) & (maps >= least)  # of equal neighbours the first
    logs = F.pad(maps.clamp_min(1e-4).log()[None], (1, 1, 1, 1), mode="replicate")[0]  # (K, H + 2, W + 2)
    found = []
    for map_, top, log in zip(maps, tops, logs, strict=True):
        y, x = top.nonzero().T
        values, order = map_[y, x].sort(descending=True)
        y, x = y[order], x[order]
        middle = log[y + 1, x + 1]
        places = []
        for left, right, cell in ((log[y + 1, x], log[y + 1, x + 2], x), (log[y, x + 1], log[y + 2, x + 1], y)):
            bend = (2 * middle - left - right).clamp_min(1e-4)  # ≥ 0 at a maximum
            places.append((cell + 0.5 + ((right - left) / (2 * bend)).clamp(-0.5, 0.5)) * stride)
        found.append((torch.stack(places, 1), values))
    return found
