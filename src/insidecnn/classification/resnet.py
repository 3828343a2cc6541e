"""ResNet (He et al. 2015), small: each block's input is added to its output."""

import torch
from torch import nn

from insidecnn.classification.layers import conv_bn, head


class Residual(nn.Module):
    """Two 3×3 convolutions, and the input added to what they give."""

    def __init__(self, n_in: int, n_out: int, stride: int = 1):
        super().__init__()
        self.body = nn.Sequential(conv_bn(n_in, n_out, 3, stride), conv_bn(n_out, n_out, 3, act=None))
        same = n_in == n_out and stride == 1
        self.skip = nn.Identity() if same else conv_bn(n_in, n_out, 1, stride, act=None)

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


def resnet_like() -> nn.Module:
    """A convolution, three residual blocks, global average pooling."""
    return nn.Sequential(
        conv_bn(1, 12, 3, 2), Residual(12, 12), Residual(12, 24, 2), Residual(24, 36, 2), head(36)
    )  # fmt: skip
