"""ResNet (He et al. 2015): each block's input is added to its output. The paper's ResNet-20, and a small member."""

import torch
from torch import nn

from insidecnn.classification.layers import conv_bn, head
from insidecnn.parameters import read_state


class Residual(nn.Module):
    """Two 3×3 convolutions, and the input added to what they give."""

    def __init__(self, n_in: int, n_out: int, stride: int = 1):
        super().__init__()
        self.body = nn.Sequential(conv_bn(n_in, n_out, 3, stride), conv_bn(n_out, n_out, 3, act=None))
        same = n_in == n_out and stride == 1
        self.skip = nn.Identity() if same else conv_bn(n_in, n_out, 1, stride, act=None)

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


class ResNet(nn.Sequential):
    """The paper's network for pictures of 32 × 32 pixels (section 4.2): 6 ``n`` + 2 layers with weights.

    A convolution, three groups of ``n`` blocks with 16, 32 and 64 channels, global average pooling, one dense layer.
    (N, 1, 32, 32) → logits (N, 10). Where the size changes, the input goes through a 1 × 1 convolution
    (the paper's option B; its networks of this size leave the new channels zero).

    Raises:
        ValueError: ``n`` is less than 1.
    """

    def __init__(self, n: int = 3):
        if n < 1:
            raise ValueError(f"n is {n}; each group needs at least 1 block.")
        blocks = [Residual(16, 16) for _ in range(n)]
        for channels in (32, 64):
            blocks += [Residual(channels // 2, channels, 2), *(Residual(channels, channels) for _ in range(n - 1))]
        super().__init__(conv_bn(1, 16), *blocks, head(64))


def trained() -> ResNet:
    """ResNet-20 with the shipped weights, in eval mode; :mod:`insidecnn.training.resnet` made them."""
    network = ResNet()
    network.load_state_dict(read_state("resnet.safetensors"))
    return network.eval()


def resnet_like() -> nn.Module:
    """Small: a convolution, three residual blocks, global average pooling."""
    return nn.Sequential(
        conv_bn(1, 12, 3, 2), Residual(12, 12), Residual(12, 24, 2), Residual(24, 36, 2), head(36)
    )  # fmt: skip
