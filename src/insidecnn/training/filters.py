"""Is a filter a pattern or noise? Its spectrum tells."""

from functools import cache

import torch


def concentration(weight: torch.Tensor) -> torch.Tensor:
    """The share of each filter's energy that lies around its strongest spatial frequency.

    A bar, an edge or a blob has its energy near one frequency (and the opposite one, since filters are
    real numbers); noise spreads it over all. Around means that frequency and its eight neighbours in
    the discrete Fourier transform, padded to twice the filter's size.

    Args:
        weight: (C_out, C_in, k, k).

    Returns:
        (C_out,) between 0 and 1.
    """
    weight = weight.detach().float()
    size = 2 * weight.shape[-1]
    energy = torch.fft.fft2(weight, s=(size, size)).abs().square().sum(1)  # (C_out, size, size)
    peak = energy.flatten(1).argmax(1)
    row, column = peak // size, peak % size
    near = torch.zeros_like(energy, dtype=torch.bool)
    kernels = torch.arange(len(weight))
    for sign in (1, -1):
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                near[kernels, (sign * row + dy) % size, (sign * column + dx) % size] = True
    return (energy * near).sum((1, 2)) / energy.sum((1, 2))


@cache
def noise_limit(channels: int = 3, size: int = 11, trials: int = 10_000) -> float:
    """The concentration below which 99.9 % of filters of independent random numbers lie."""
    generator = torch.Generator().manual_seed(0)
    return concentration(torch.randn(trials, channels, size, size, generator=generator)).quantile(0.999).item()
