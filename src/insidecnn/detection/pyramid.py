"""The trunk with a feature pyramid: maps at a quarter and at an eighth of the picture's size, which both see far.

Source: Lin, Dollár et al. 2017, "Feature Pyramid Networks for Object Detection", section 3. torchvision's class.
"""

import torch
from torch import nn
from torchvision.ops import FeaturePyramidNetwork

from insidecnn.detection.trunk import CHANNELS, Trunk

FINE = 48  #: channels of the trunk at a quarter of the size
LEVELS = ("fine", "coarse")  #: at a quarter and at an eighth
STRIDES = (4, 8)  #: pixels from one cell to the next


class Pyramid(nn.Module):
    """Pictures (N, 3, H, W) in [0, 1] → ``fine`` (N, 64, H/4, W/4) and ``coarse`` (N, 64, H/8, W/8)."""

    out_channels = 64  # torchvision's detectors ask for it

    def __init__(self, trunk: Trunk | None = None):
        super().__init__()
        self.trunk = trunk or Trunk()
        self.fpn = FeaturePyramidNetwork([FINE, CHANNELS], self.out_channels)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        outputs = [x := layer(x) for layer in self.trunk]
        maps = outputs[2], outputs[-1]  # (N, 48, H/4, W/4), (N, 128, H/8, W/8)
        return self.fpn(dict(zip(LEVELS, maps, strict=True)))
