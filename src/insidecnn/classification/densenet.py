"""DenseNet (Huang et al. 2016), small: each layer sees the maps of all layers before it."""

import torch
from torch import nn

from insidecnn.classification.layers import conv_bn, head


class DenseLayer(nn.Module):
    """Batch norm, ReLU, 3×3 convolution; its few new maps are put beside all earlier ones."""

    def __init__(self, n_in: int, growth: int):
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm2d(n_in), nn.ReLU(), nn.Conv2d(n_in, growth, 3, padding=1, bias=False))

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


def densenet_like(growth: int = 12) -> nn.Module:
    """Two blocks of four layers, a transition between them, global average pooling."""
    layers, channels = [nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.MaxPool2d(2)], 16
    for block in range(2):
        for _ in range(4):
            layers.append(DenseLayer(channels, growth))
            channels += growth
        if block == 0:  # transition: half the channels, half the size
            layers += [conv_bn(channels, channels // 2, 1), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU(), head(channels))
