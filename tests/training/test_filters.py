"""A filter of noise is told from a pattern."""

import torch

from insidecnn.training import filters


def test_noise_is_noise_and_a_grating_is_not():
    generator = torch.Generator().manual_seed(5)
    noise = torch.randn(500, 3, 11, 11, generator=generator)
    assert (filters.concentration(noise) > filters.noise_limit()).float().mean() < 0.01
    wave = torch.sin(torch.arange(11.0) * 0.9).expand(1, 3, 11, 11)
    assert filters.concentration(wave).item() > 0.5
