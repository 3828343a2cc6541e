"""AlexNet's way at the size of a digit: large filters first, most parameters in the dense layers.

The real one is :mod:`insidecnn.alexnet`.
"""

from torch import nn

from insidecnn.classification.layers import he


def alexnet_like() -> nn.Module:
    """Large filters first, a few convolutions, and most parameters in the dense layers."""
    return he(nn.Sequential(
        nn.Conv2d(1, 12, 7, stride=2, padding=3), nn.ReLU(), nn.MaxPool2d(3, 2),  # (N, 12, 7, 7)
        nn.Conv2d(12, 24, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),  # (N, 24, 3, 3)
        nn.Conv2d(24, 32, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(32 * 9, 72), nn.ReLU(), nn.Dropout(0.5), nn.Linear(72, 10),
    ))  # fmt: skip
