"""The network that learns: AlexNet with batch norm, thin dense layers, and a head for each question; and how it is folded.

Batch norm (Ioffe & Szegedy 2015) is folded into the layer before it at the end, so that torchvision's plain
AlexNet holds the result.
"""

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.preprocess import normalize
from insidecnn.training import alexnet_features
from insidecnn.training.alexnet_features import PretextNet
from insidecnn.training.crops import Crops
from insidecnn.training.letters import LETTERS

ATTRIBUTES = ("kind", "colour", "pattern")


class ThinLinear(nn.Module):
    """A linear layer whose matrix is U V: V (rank, inputs), U (outputs, rank); batch norm follows."""

    def __init__(self, inputs: int, outputs: int, rank: int):
        super().__init__()
        self.v = nn.Linear(inputs, rank, bias=False)
        self.u = nn.Linear(rank, outputs)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x):
        return self.norm(self.u(self.v(x)))


class WorldNet(nn.Module):
    """AlexNet's ``features`` with batch norm, a classifier of thin layers, and heads for what else is asked.

    Input (N, 3, S, S) with S >= 63.
    """

    def __init__(self, rank: int, dropout: float):
        super().__init__()
        self.features = PretextNet(17).features
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.dropout = nn.Dropout(dropout)
        self.fc6, self.fc7 = ThinLinear(9216, 4096, rank), ThinLinear(4096, 4096, rank)
        self.fc8 = nn.ModuleDict({name: nn.Linear(4096, 10) for name in ATTRIBUTES})
        self.photo, self.turn, self.letter = nn.Linear(256, 17), nn.Linear(256, 4), nn.Linear(1024, len(LETTERS))

    def attributes(self, maps: torch.Tensor) -> dict[str, torch.Tensor]:
        """Logits (N, 10) of each attribute, from the last maps (N, 256, H, W)."""
        x = self.avgpool(maps).flatten(1)  # (N, 9216)
        x = self.fc6(self.dropout(x)).relu()
        x = self.fc7(self.dropout(x)).relu()
        return {name: layer(x) for name, layer in self.fc8.items()}

    def pretext(self, maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (N, 17) of the photographs and (N, 4) of the quarter turns."""
        pooled = self.dropout(maps.mean((2, 3)))
        return self.photo(pooled), self.turn(pooled)

    def letters(self, maps: torch.Tensor) -> torch.Tensor:
        return self.letter(self.dropout(F.adaptive_avg_pool2d(maps, 2).flatten(1)))


@torch.no_grad()
def start_from(net: WorldNet, tensors: dict[str, torch.Tensor], generator: torch.Generator, count: int = 256) -> None:
    """Put folded features into the network: batch norm after each convolution begins as the identity."""
    crops = Crops("train", 128)
    images, _ = crops.draw(count, generator)
    x, place = normalize(images), -1
    for layer in net.features:
        place += not isinstance(layer, nn.BatchNorm2d)
        if isinstance(layer, nn.Conv2d):
            layer.weight.copy_(tensors[f"features.{place}.weight"])
            layer.bias.copy_(tensors[f"features.{place}.bias"])
        if isinstance(layer, nn.BatchNorm2d):
            variance, mean = torch.var_mean(x, (0, 2, 3))
            variance = variance.clamp_min(1e-4)  # of a silent channel
            layer.running_mean.copy_(mean)
            layer.running_var.copy_(variance)
            layer.weight.copy_((variance + layer.eps).sqrt())
            layer.bias.copy_(mean)
            continue  # the identity
        x = layer(x.clone())
    for head in ("photo", "turn"):
        for name in ("weight", "bias"):
            getattr(getattr(net, head), name).copy_(tensors[f"{head}.{name}"])


def fold(net: WorldNet) -> dict[str, torch.Tensor]:
    """Batch norm folded into the layer before it: what is shipped, in fp16.

    ``features.*`` as torchvision names them, and the heads of photographs and turns; ``fc6.v`` (rank, 9216),
    ``fc6.u`` (4096, rank), ``fc6.bias``, ``fc7.*`` likewise; ``fc8.kind``, ``.colour``, ``.pattern``
    (10, 4096) with biases (10,).
    """
    tensors = {}
    for name in ("fc6", "fc7"):
        layer = getattr(net, name)
        scale = layer.norm.weight / (layer.norm.running_var + layer.norm.eps).sqrt()
        tensors[f"{name}.v"] = layer.v.weight
        tensors[f"{name}.u"] = layer.u.weight * scale[:, None]
        tensors[f"{name}.bias"] = (layer.u.bias - layer.norm.running_mean) * scale + layer.norm.bias
    for name, layer in net.fc8.items():
        tensors[f"fc8.{name}"], tensors[f"fc8.{name}.bias"] = layer.weight, layer.bias
    halves = {name: value.detach().cpu().half().contiguous() for name, value in tensors.items()}
    return alexnet_features.fold(net) | halves
