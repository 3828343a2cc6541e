"""ConvNeXt (Liu et al. 2022), small: depthwise 7×7 convolutions, layer norm, GELU."""

import torch
from torch import nn


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of each pixel: (N, C, H, W) → the same."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class ConvNeXt(nn.Module):
    """7×7 on each channel alone, one norm, widen four times by 1×1, GELU, narrow by 1×1; scaled and added."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels),
            ChannelNorm(channels),
            nn.Conv2d(channels, 4 * channels, 1), nn.GELU(), nn.Conv2d(4 * channels, channels, 1),
        )  # fmt: skip
        self.scale = nn.Parameter(torch.full((channels, 1, 1), 0.1))

    def forward(self, x):
        return x + self.scale * self.body(x)


def convnext_like() -> nn.Module:
    """Patches of 4×4 pixels, two stages of two blocks, global average pooling."""
    return nn.Sequential(
        nn.Conv2d(1, 24, 4, stride=4), ChannelNorm(24), ConvNeXt(24), ConvNeXt(24),  # (N, 24, 8, 8)
        ChannelNorm(24), nn.Conv2d(24, 40, 2, stride=2), ConvNeXt(40), ConvNeXt(40),  # (N, 40, 4, 4)
        nn.AdaptiveAvgPool2d(1), ChannelNorm(40), nn.Flatten(), nn.Linear(40, 10),
    )  # fmt: skip
