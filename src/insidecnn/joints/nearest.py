"""People from joints without fields: each joint goes to the nearest one that it may hang on. A baseline."""

import torch

from insidecnn.joints.heat_maps import LEAST, peaks
from insidecnn.joints.part_affinity import Person, grouped


def nearest_people(maps: torch.Tensor, bones: tuple[tuple[int, int], ...], stride: int) -> list[Person]:
    """As :func:`insidecnn.joints.part_affinity.group`, with the nearness of two joints as the score of a limb.

    Args:
        maps: (K, H, W).
        bones: a tree.
        stride: pixels from one cell to the next.
    """
    found = peaks(maps, stride, LEAST)
    scores = [-torch.cdist(found[start][0], found[end][0]) for start, end in bones]
    return grouped(found, scores, bones, least=-float(stride * max(maps.shape)))
