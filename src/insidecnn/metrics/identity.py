"""Identity F1: for how long each object has the one track that is best for it."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from insidecnn.checks import number
from insidecnn.metrics.tracking import Frame, frames, numbered


@dataclass(frozen=True)
class Idf1:
    """Boxes over all frames: those found under the right identity, all found, all there."""

    right: int
    found: int
    objects: int

    @property
    def value(self) -> float:
        """``2 · right / (found + objects)``, from 0 to 1: the harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.objects)


def idf1(found: list[Frame], truth: list[Frame], threshold: float = 0.5) -> Idf1:
    """Identity F1: which share of the boxes has the right identity, if each object may have one for the whole clip.

    Objects and identities are paired once for all frames, so that as many boxes as can be are right: a box
    that overlaps its object by the threshold, under the identity that is paired with this object.

    Args:
        found: identities and boxes, frame by frame, as for :func:`insidecnn.metrics.mota`.
        truth: the same.
        threshold: smallest IoU of a right box.

    Raises:
        ValueError: as :func:`insidecnn.metrics.mota`.

    Source: Ristani et al. 2016, section 3.

    Example:
        >>> import torch
        >>> box = torch.tensor([[0, 0, 10, 10]])
        >>> truth = [(torch.tensor([1]), box)] * 4  # one object that stays where it is
        >>> found = [(torch.tensor([name]), box) for name in (7, 7, 7, 8)]
        >>> idf1(found, truth)
        Idf1(right=3, found=4, objects=4)
        >>> idf1(found, truth).value
        0.75
    """
    threshold = number("threshold", threshold, 0, 1)
    clip, objects, tracks = numbered(frames(found, truth))
    together = np.zeros((objects, tracks), dtype=int)  # in how many frames they overlap enough
    for real, names, iou in clip:
        together[np.ix_(real, names)] += iou >= threshold
    right = together[linear_sum_assignment(together, maximize=True)].sum()
    return Idf1(int(right), sum(len(names) for _, names, _ in clip), sum(len(real) for real, _, _ in clip))
