"""One small member of each family: the family's block, at a size that trains in seconds.

All take (N, 1, 32, 32) and give ten scores (N, 10); all have 20 to 60 thousand parameters. They show
a block at work. They are no small copies of the networks that made the blocks famous.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from importlib import resources

import torch
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


def alexnet_like() -> nn.Module:
    """Large filters first, a few convolutions, and most parameters in the dense layers."""
    return he(nn.Sequential(
        nn.Conv2d(1, 12, 7, stride=2, padding=3), nn.ReLU(), nn.MaxPool2d(3, 2),  # (N, 12, 7, 7)
        nn.Conv2d(12, 24, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),  # (N, 24, 3, 3)
        nn.Conv2d(24, 32, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(32 * 9, 72), nn.ReLU(), nn.Dropout(0.5), nn.Linear(72, 10),
    ))  # fmt: skip


def vgg_like() -> nn.Module:
    """Only 3×3 convolutions, two before each pooling."""

    def pair(n_in: int, n_out: int) -> list[nn.Module]:
        return [nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU(),
                nn.Conv2d(n_out, n_out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]  # fmt: skip

    return he(nn.Sequential(
        *pair(1, 8), *pair(8, 16), *pair(16, 32),  # (N, 32, 4, 4)
        nn.Flatten(), nn.Linear(512, 40), nn.ReLU(), nn.Linear(40, 10),
    ))  # fmt: skip


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
    return he(nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(2),  # (N, 16, 8, 8)
        Inception(16, 16, 16, 24, 8, 12, 8),  # (N, 60, 8, 8)
        nn.MaxPool2d(2),
        Inception(60, 24, 24, 48, 8, 16, 16),  # (N, 104, 4, 4)
        head(104),
    ))  # fmt: skip


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
    return nn.Sequential(
        conv_bn(1, 12, 3, 2), Residual(12, 12), Residual(12, 24, 2), Residual(24, 36, 2), head(36)
    )  # fmt: skip


class DenseLayer(nn.Module):
    """Batch norm, ReLU, 3×3 convolution; its few new maps are put beside all earlier ones."""

    def __init__(self, n_in: int, growth: int):
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm2d(n_in), nn.ReLU(), nn.Conv2d(n_in, growth, 3, padding=1, bias=False))

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


def densenet_like(growth: int = 12) -> nn.Module:
    layers, channels = [nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.MaxPool2d(2)], 16
    for block in range(2):
        for _ in range(4):
            layers.append(DenseLayer(channels, growth))
            channels += growth
        if block == 0:  # transition: half the channels, half the size
            layers += [conv_bn(channels, channels // 2, 1), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU(), head(channels))


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
    return he(nn.Sequential(
        nn.Conv2d(1, 24, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 24, 8, 8)
        Fire(24, 8, 24), Fire(48, 12, 32), nn.MaxPool2d(2),
        Fire(64, 16, 48), Fire(96, 16, 64),  # (N, 128, 4, 4)
        nn.Conv2d(128, 10, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    ))  # fmt: skip


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
    return nn.Sequential(
        conv_bn(1, 16, 3, 2, act=nn.ReLU6),  # (N, 16, 16, 16)
        InvertedResidual(16, 16), InvertedResidual(16, 24, 2), InvertedResidual(24, 24),
        InvertedResidual(24, 40, 2), InvertedResidual(40, 40),
        conv_bn(40, 96, 1, act=nn.ReLU6), head(96),
    )  # fmt: skip


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
    return nn.Sequential(
        nn.Conv2d(1, 24, 4, stride=4), ChannelNorm(24), ConvNeXt(24), ConvNeXt(24),  # (N, 24, 8, 8)
        ChannelNorm(24), nn.Conv2d(24, 40, 2, stride=2), ConvNeXt(40), ConvNeXt(40),  # (N, 40, 4, 4)
        nn.AdaptiveAvgPool2d(1), ChannelNorm(40), nn.Flatten(), nn.Linear(40, 10),
    )  # fmt: skip


MEMBERS: dict[str, Callable[[], nn.Module]] = OrderedDict(
    {
        "AlexNet-like": alexnet_like,
        "VGG-like": vgg_like,
        "Inception-like": inception_like,
        "ResNet-like": resnet_like,
        "DenseNet-like": densenet_like,
        "SqueezeNet-like": squeezenet_like,
        "MobileNetV2-like": mobilenet_like,
        "ConvNeXt-like": convnext_like,
    }
)


def parameters(network: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def macs(network: nn.Module, shape: tuple[int, ...] = (1, 32, 32)) -> int:
    """Multiply-accumulates of all convolutions and dense layers for one image, counted while it passes.

    For networks with branches, where :func:`insidecnn.arithmetic.ledger` does not reach.

    Args:
        shape: of one image, (C, H, W).
    """
    total = 0

    def count(layer, _, out):
        nonlocal total
        each = layer.weight[0].numel()  # a convolution's kernel, or a dense layer's row: the sum of one output
        total += out.numel() * each

    counted = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    hooks = [layer.register_forward_hook(count) for layer in counted]
    training = network.training
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, *shape))
    finally:
        for hook in hooks:
            hook.remove()
        network.train(training)
    return total


@cache
def shipped() -> dict[str, torch.Tensor]:
    """The trained weights of all members, as ``member/parameter``; float16 in the file, float32 here."""
    from safetensors.torch import load

    data = (resources.files("insidecnn.parameters") / "families.safetensors").read_bytes()
    return {name: t.float() if t.is_floating_point() else t for name, t in load(data).items()}


def trained(name: str) -> nn.Module:
    """A member with its shipped weights, ready to answer.

    Raises:
        ValueError: a name that is not in ``MEMBERS``.
    """
    if name not in MEMBERS:
        raise ValueError(f"There is no member {name!r}; take one of {', '.join(MEMBERS)}.")
    network = MEMBERS[name]()
    state = {key.split("/", 1)[1]: tensor for key, tensor in shipped().items() if key.startswith(f"{name}/")}
    network.load_state_dict(state)
    return network.eval()
