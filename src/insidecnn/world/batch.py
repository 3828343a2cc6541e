"""Things as the input of a network."""

from collections.abc import Iterable

import torch

from insidecnn.preprocess import normalize, to_tensor
from insidecnn.world.things import SIDES, thing


def batch(
    numbers: Iterable[int], seed: int = 0, size: int = 224, split: str = "test", sides: tuple[float, float] = SIDES
) -> torch.Tensor:
    """A picture of a thing for each class number, normalised: (N, 3, size, size).

    Args:
        numbers: of the classes; the k-th picture has the seed ``seed + k``.
        size, split, sides: as for :func:`insidecnn.world.things.thing`.
    """
    pictures = [thing(number, seed + k, size, split, sides) for k, number in enumerate(numbers)]
    return normalize(torch.stack([to_tensor(picture.image) for picture in pictures]))
