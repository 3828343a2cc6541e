"""The trunk of our detectors: 128 maps at an eighth of the picture's size, in which each cell sees a whole person."""

from torch import nn

CHANNELS = 128  #: of its output
STRIDE = 8


def conv(inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """A 3 × 3 convolution that keeps the size, or halves it with stride 2; batch norm, ReLU."""
    layer = nn.Conv2d(inputs, outputs, 3, stride, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Trunk(nn.Sequential):
    """From pictures (N, 3, H, W) in [0, 1] to maps (N, 128, H/8, W/8); H and W are multiples of 8."""

    out_channels = CHANNELS  # torchvision's detectors ask for it

    def __init__(self):
        super().__init__(
            conv(3, 24, stride=2),  # (N, 24, H/2, W/2)
            conv(24, 48, stride=2),  # (N, 48, H/4, W/4)
            conv(48, 48),
            conv(48, 96, stride=2),  # (N, 96, H/8, W/8)
            conv(96, 96),
            conv(96, 128, dilation=2),
            conv(128, 128, dilation=4),  # a cell's window on the picture: 135 pixels
        )
