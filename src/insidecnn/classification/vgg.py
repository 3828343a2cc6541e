"""VGG (Simonyan & Zisserman 2014): only 3×3 convolutions. VGG16 with all its layers, and a small member of the family."""

from torch import nn

from insidecnn.classification.layers import he
from insidecnn.parameters import read_state

CHANNELS = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)  # configuration D; a pooling ends each group
DENSE = 4096


class VGG16(nn.Module):
    """Configuration D of the paper's table 1, 13 convolutions and 3 dense layers, for pictures of 32 × 32 pixels.

    (N, 1, 32, 32) → logits (N, 10). Five poolings leave one pixel, where the paper's 224 leave 7 × 7.

    Args:
        thinner: by how much the channels, and the units of the dense layers, are divided; 1 is the paper's.
        classes: outputs.

    Raises:
        ValueError: ``thinner`` is no divisor of 64.
    """

    def __init__(self, thinner: int = 8, classes: int = 10):
        super().__init__()
        if thinner < 1 or 64 % thinner:
            raise ValueError(f"thinner is {thinner}; it must divide 64, the channels of the first layers.")
        layers, n_in = [], 1
        for group in CHANNELS:
            for channels in group:
                layers += [nn.Conv2d(n_in, channels // thinner, 3, padding=1), nn.ReLU()]
                n_in = channels // thinner
            layers.append(nn.MaxPool2d(2))
        units = DENSE // thinner
        self.features = nn.Sequential(*layers)  # (N, 512 / thinner, 1, 1)
        self.classifier = nn.Sequential(
            nn.Linear(n_in, units), nn.ReLU(), nn.Dropout(),
            nn.Linear(units, units), nn.ReLU(), nn.Dropout(),
            nn.Linear(units, classes),
        )  # fmt: skip
        he(self)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def trained() -> VGG16:
    """With the shipped weights, in eval mode; :mod:`insidecnn.training.vgg16` made them."""
    network = VGG16()
    network.load_state_dict(read_state("vgg16.safetensors"))
    return network.eval()


def vgg_like() -> nn.Module:
    """Small: two 3×3 convolutions before each of three poolings."""

    def pair(n_in: int, n_out: int) -> list[nn.Module]:
        return [nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU(),
                nn.Conv2d(n_out, n_out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]  # fmt: skip

    return he(nn.Sequential(
        *pair(1, 8), *pair(8, 16), *pair(16, 32),  # (N, 32, 4, 4)
        nn.Flatten(), nn.Linear(512, 40), nn.ReLU(), nn.Linear(40, 10),
    ))  # fmt: skip
