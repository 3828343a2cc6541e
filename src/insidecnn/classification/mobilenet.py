"""MobileNetV2 (Sandler et al. 2018), small: inverted residuals with depthwise convolutions."""

from torch import nn

from insidecnn.classification.layers import conv_bn, head


class InvertedResidual(nn.Module):
    """Widen by 1×1, filter each channel alone by 3×3, narrow by 1×1 without activation; add the input."""

    def __init__(self, n_in: int, n_out: int, stride: int = 1, expand: int = 4):
        super().__init__()
        wide = n_in * expand
        self.body = nn.Sequential(
            conv_bn(n_in, wide, 1, act=nn.ReLU6),
            conv_bn(wide, wide, 3, stride, groups=wide, act=nn.ReLU6),
            conv_bn(wide, n_out, 1, act=None),
        )
        self.add = n_in == n_out and stride == 1

    def forward(self, x):
        return x + self.body(x) if self.add else self.body(x)


def mobilenet_like() -> nn.Module:
    """A convolution, five inverted residuals, global average pooling."""
    return nn.Sequential(
        conv_bn(1, 16, 3, 2, act=nn.ReLU6),  # (N, 16, 16, 16)
        InvertedResidual(16, 16), InvertedResidual(16, 24, 2), InvertedResidual(24, 24),
        InvertedResidual(24, 40, 2), InvertedResidual(40, 40),
        conv_bn(40, 96, 1, act=nn.ReLU6), head(96),
    )  # fmt: skip
