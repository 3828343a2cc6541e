"""SqueezeNet (Iandola et al. 2016), small: fire modules, few channels between layers."""

import torch
from torch import nn

from insidecnn.classification.layers import he


class Fire(nn.Module):
    """Squeeze to few channels by 1×1, then expand by 1×1 and 3×3 side by side."""

    def __init__(self, n_in: int, squeeze: int, expand: int):
        super().__init__()
        self.squeeze = nn.Conv2d(n_in, squeeze, 1)
        self.expand1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.relu(torch.cat([self.expand1(x), self.expand3(x)], 1))


def squeezenet_like() -> nn.Module:
    """A convolution and four fire modules; a 1×1 convolution in the place of dense layers."""
    return he(nn.Sequential(
        nn.Conv2d(1, 24, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 24, 8, 8)
        Fire(24, 8, 24), Fire(48, 12, 32), nn.MaxPool2d(2),
        Fire(64, 16, 48), Fire(96, 16, 64),  # (N, 128, 4, 4)
        nn.Conv2d(128, 10, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    ))  # fmt: skip
