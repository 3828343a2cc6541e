"""VGG (Simonyan & Zisserman 2014), small: only 3×3 convolutions, two before each pooling."""

from torch import nn

from insidecnn.classification.layers import he


def vgg_like() -> nn.Module:
    """Only 3×3 convolutions, two before each pooling."""

    def pair(n_in: int, n_out: int) -> list[nn.Module]:
        return [nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU(),
                nn.Conv2d(n_out, n_out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]  # fmt: skip

    return he(nn.Sequential(
        *pair(1, 8), *pair(8, 16), *pair(16, 32),  # (N, 32, 4, 4)
        nn.Flatten(), nn.Linear(512, 40), nn.ReLU(), nn.Linear(40, 10),
    ))  # fmt: skip
