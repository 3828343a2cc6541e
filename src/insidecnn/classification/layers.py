"""What several classifiers are built from: convolution with batch norm, the head, and the first weights."""

from torch import nn


def conv_bn(n_in: int, n_out: int, size: int = 3, stride: int = 1, groups: int = 1, act: type | None = nn.ReLU):
    """Convolution, batch norm, activation; the size is kept but for the stride."""
    layers = [nn.Conv2d(n_in, n_out, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(n_out)]
    return nn.Sequential(*layers, *([act()] if act else []))


def head(channels: int) -> nn.Sequential:
    """Global average pooling and one dense layer: (N, C, H, W) → (N, 10)."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def he(network: nn.Module) -> nn.Module:
    """Start the weights so that ReLUs keep the size of the signal (He et al. 2015): for nets without norm layers."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return network
