"""A detector that is made up: the true boxes of a clip with errors of a chosen size, so that trackers alone are compared."""

from dataclasses import dataclass

import numpy as np
import torch

from insidecnn.checks import number
from insidecnn.world.clips import Clip
from insidecnn.world.scenes import CLASSES


@dataclass(frozen=True)
class Errors:
    """What a detector does wrong; all are from 0 to 1."""

    place: float = 0.03  #: standard deviation of each edge, as a share of the box's height
    score: float = 0.1  #: standard deviation of a score, whose mean is the share of the person that is seen
    missed: float = 0.03  #: share of the people that it does not find at all
    least: float = 0.15  #: share of a person that must be seen
    false: float = 0.2  #: mean number of boxes where nobody is, in each frame


def detect(clip: Clip, seed: int = 0, errors: Errors = Errors()) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The boxes (n, 4) of the people in each frame of a clip, and their scores (n,), with errors.

    A person who is half hidden gets a score of about a half, as from a detector that was trained.

    Raises:
        ValueError: an error that is not from 0 to 1.
    """
    for name, value in vars(errors).items():
        number(name, value, 0, 1)
    rng = np.random.default_rng(seed)
    height, width = clip.images.shape[1:3]
    people = (clip.labels == CLASSES.index("person")).numpy()
    found = []
    for boxes, seen in zip(clip.boxes.numpy(), clip.visibility.numpy(), strict=True):
        there = people & (seen >= errors.least) & (rng.random(len(seen)) >= errors.missed)
        boxes, scores = boxes[there], seen[there] + rng.normal(0, errors.score, there.sum())
        boxes = boxes + rng.normal(0, errors.place, boxes.shape) * (boxes[:, 3:] - boxes[:, 1:2])
        nobody = rng.poisson(errors.false)
        corner = rng.uniform(0, [width - 30, height - 70], (nobody, 2))
        boxes = np.concatenate([boxes, np.concatenate([corner, corner + np.array([30, 70])], 1)])
        scores = np.concatenate([scores - 0.05, rng.uniform(0.1, 0.7, nobody)]).clip(0.05, 0.99)
        large = (boxes[:, 2:] - boxes[:, :2] >= 2).all(1)
        found.append((torch.from_numpy(boxes[large]).float(), torch.from_numpy(scores[large]).float()))
    return found
