"""scikit-learn's handwritten digits, 8×8 as they are or 32×32, split once for all networks.

They are 1,797 images of 8×8 pixels with values from 0 to 16, the test part of the UCI collection
"Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak 1998). They are not MNIST.
"""

from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F

BACKGROUND, RANGE = 0.1, 1.275  # below zero; from there to full ink
PARTS = {"train": 1197, "validation": 240, "test": 360}
SPLIT_SEED = 1998


@dataclass(frozen=True)
class Part:
    """Images (N, 1, H, W) float32 and labels (N,) int64."""

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)


@cache
def small() -> Part:
    """All 1,797 digits in the order of the file: images (1797, 1, 8, 8), background 0 and full ink 1."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return Part(torch.tensor(data.images, dtype=torch.float32)[:, None] / 16, torch.tensor(data.target))


@cache
def whole() -> Part:
    """All 1,797 digits in the order of the file, enlarged to 32×32 bilinearly: background −0.1, full ink 1.175.

    The size and the range are those of LeCun et al. 1998.
    """
    large = F.interpolate(small().images, size=(32, 32), mode="bilinear", align_corners=False)
    return Part(large * RANGE - BACKGROUND, small().labels)


def between_0_and_1(images: torch.Tensor) -> torch.Tensor:
    """Images in the range of :func:`whole` with background 0 and full ink 1, as photographs have them."""
    return (images + BACKGROUND) / RANGE


@cache
def part(name: str) -> Part:
    """One part of the fixed split: ``train`` (1,197 digits), ``validation`` (240) or ``test`` (360).

    The order is shuffled with a fixed seed, so the parts share writers.

    Raises:
        ValueError: a name that is none of the three.
    """
    if name not in PARTS:
        raise ValueError(f"There is no part {name!r}; take one of {', '.join(PARTS)}.")
    digits = whole()
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(SPLIT_SEED))
    chosen = dict(zip(PARTS, order.split(list(PARTS.values())), strict=True))[name]
    return Part(digits.images[chosen], digits.labels[chosen])
