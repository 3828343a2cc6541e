"""Higher order tracking accuracy: found, and kept as one, in equal parts."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from insidecnn.metrics.tracking import Frame, frames, numbered

ALPHAS = tuple(k / 20 for k in range(1, 20))  #: smallest IoU of a pair: 0.05, 0.1 … 0.95


@dataclass(frozen=True, eq=False)
class Hota:
    """What is counted over all frames, for every alpha in ``ALPHAS``."""

    pairs: np.ndarray  #: (19,) boxes that are paired with an object
    associated: np.ndarray  #: (19,) sum over these pairs of how well their object and track go together, 0 to 1
    found: int  #: boxes
    objects: int  #: boxes that there are in truth

    @property
    def by_alpha(self) -> tuple[np.ndarray, np.ndarray]:
        """Detection accuracy (found and real, of found or real) and association accuracy (a mean): (19,) each."""
        return self.pairs / (self.found + self.objects - self.pairs), self.associated / np.maximum(1, self.pairs)

    @property
    def deta(self) -> float:
        """Detection accuracy DetA, from 0 to 1: the mean over the alphas."""
        return float(self.by_alpha[0].mean())

    @property
    def assa(self) -> float:
        """Association accuracy AssA, from 0 to 1: the mean over the alphas."""
        return float(self.by_alpha[1].mean())

    @property
    def value(self) -> float:
        """HOTA, from 0 to 1: the mean over the alphas of the square root of both accuracies' product."""
        detection, association = self.by_alpha
        return float(np.sqrt(detection * association).mean())


def hota(found: list[Frame], truth: list[Frame]) -> Hota:
    """Higher order tracking accuracy: are the objects found, and do those that are found keep their tracks?

    In each frame, boxes are paired with objects so that the sum of overlap times likeness of the two tracks
    over the whole clip is largest. For each alpha, a pair counts if it overlaps by alpha. Each pair is worth
    the share of the frames in which both its object and its track are paired with each other, of those in
    which either is there.

    Args:
        found: identities and boxes, frame by frame, as for :func:`insidecnn.metrics.mota`.
        truth: the same.

    Raises:
        ValueError: as :func:`insidecnn.metrics.mota`.

    Source: Luiten et al. 2021, section 5; where they leave it open, as TrackEval does.

    Example:
        >>> import torch
        >>> box = torch.tensor([[0, 0, 10, 10]])
        >>> truth = [(torch.tensor([1]), box)] * 4  # one object that stays where it is
        >>> found = [(torch.tensor([name]), box) for name in (7, 7, 7, 8)]
        >>> score = hota(found, truth)
        >>> score.deta, score.assa  # three pairs are worth 3/4, one 1/4
        (1.0, 0.625)
        >>> round(score.value, 4)
        0.7906
    """
    clip, objects, tracks = numbered(frames(found, truth))
    there, seen = np.zeros((objects, 1)), np.zeros((1, tracks))  # frames of each object, of each track
    alike = np.zeros((objects, tracks))
    for real, names, iou in clip:
        there[real] += 1
        seen[:, names] += 1
        union = iou.sum(0, keepdims=True) + iou.sum(1, keepdims=True) - iou
        alike[np.ix_(real, names)] += iou / np.maximum(union, np.finfo(float).eps)
    alike /= there + seen - alike
    together = np.zeros((len(ALPHAS), objects, tracks))  # frames in which the two are paired
    for real, names, iou in clip:
        rows, columns = linear_sum_assignment(alike[np.ix_(real, names)] * iou, maximize=True)
        near = iou[rows, columns] >= np.array(ALPHAS)[:, None]  # (19, pairs)
        together[:, real[rows], names[columns]] += near
    worth = together / (there + seen - together)
    return Hota(together.sum((1, 2)), (together * worth).sum((1, 2)), int(seen.sum()), int(there.sum()))
