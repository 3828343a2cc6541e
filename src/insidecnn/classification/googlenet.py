"""GoogLeNet (Szegedy et al. 2014), small: Inception modules, branches side by side."""

import torch
from torch import nn

from insidecnn.classification.layers import he, head


class Inception(nn.Module):
    """Four branches side by side, joined along the channels; 1×1 convolutions make them cheap."""

    def __init__(self, n_in: int, one: int, reduce3: int, three: int, reduce5: int, five: int, pool: int):
        super().__init__()

        def conv(a: int, b: int, size: int) -> nn.Sequential:
            return nn.Sequential(nn.Conv2d(a, b, size, padding=size // 2), nn.ReLU())

        self.one = conv(n_in, one, 1)
        self.three = nn.Sequential(conv(n_in, reduce3, 1), conv(reduce3, three, 3))
        self.five = nn.Sequential(conv(n_in, reduce5, 1), conv(reduce5, five, 5))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(n_in, pool, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


def inception_like() -> nn.Module:
    """A convolution, two Inception modules, global average pooling."""
    return he(nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(2),  # (N, 16, 8, 8)
        Inception(16, 16, 16, 24, 8, 12, 8),  # (N, 60, 8, 8)
        nn.MaxPool2d(2),
        Inception(60, 24, 24, 48, 8, 16, 16),  # (N, 104, 4, 4)
        head(104),
    ))  # fmt: skip
