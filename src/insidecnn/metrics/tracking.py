"""Measures of tracking: who stayed who, from the first frame of a clip to the last."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from insidecnn.checks import number, tensors, told
from insidecnn.metrics.detection import box_iou


@dataclass(frozen=True)
class Mota:
    """The three kinds of error of a tracker, and the sum over all frames of the objects that are there."""

    misses: int
    false_positives: int
    switches: int
    objects: int

    @property
    def value(self) -> float:
        """``1 − (misses + false positives + switches) / objects``: 1 at best, and it may fall below 0."""
        return 1 - (self.misses + self.false_positives + self.switches) / self.objects


Frame = tuple[torch.Tensor, torch.Tensor]  # identities (m,) of whole numbers, boxes (m, 4)


def mota(found: list[Frame], truth: list[Frame], threshold: float = 0.5) -> Mota:
    """Multiple object tracking accuracy: misses, false positives and identity switches over a clip.

    In each frame, an object stays with the identity under which it was found last, in whichever frame
    that was, if the two overlap by the threshold. The rest is paired so that there are as many pairs as
    can be, and among those the sum of the overlaps is largest. An object whose identity differs from
    the last one under which it was found counts as a switch.

    Args:
        found: identities and boxes, frame by frame.
        truth: the same.
        threshold: smallest IoU of a pair.

    Raises:
        ValueError: another number of frames, an identity without a box or twice in a frame, or no object
            in any frame.

    Source: Bernardin & Stiefelhagen 2008, sections 2.1.2 and 2.1.3, with overlap in place of distance;
    where they leave it open, as py-motmetrics does.

    Example:
        >>> box = torch.tensor([[0, 0, 10, 10]])
        >>> truth = [(torch.tensor([1]), box)] * 4  # one object that stays where it is
        >>> found = [(torch.tensor([name]), box) for name in (7, 7, 8)] + [(torch.tensor([8]), box + 50)]
        >>> mota(found, truth)
        Mota(misses=1, false_positives=1, switches=1, objects=4)
        >>> mota(found, truth).value
        0.25
    """
    threshold = number("threshold", threshold, 0, 1)
    last: dict[int, int] = {}  # object → the identity under which it was found last
    misses = false_positives = switches = objects = 0
    for real, names, iou in frames(found, truth):
        pairs = matched(real, names, iou, last, threshold)
        switches += sum(last.get(o, n) != n for o, n in pairs.items())
        last |= pairs
        misses += len(real) - len(pairs)
        false_positives += len(names) - len(pairs)
        objects += len(real)
    return Mota(misses, false_positives, switches, objects)


def frames(found: list[Frame], truth: list[Frame]) -> list[tuple[list[int], list[int], np.ndarray]]:
    """Frame by frame: who is there, under which identities something was found, and the IoU (objects, identities).

    Raises:
        ValueError: as :func:`mota`.
    """
    for name, clip in (("found", found), ("truth", truth)):
        if not isinstance(clip, list | tuple):
            raise ValueError(f"{name} is {told(clip)}; give a list of frames, each of identities and boxes.")
    if len(found) != len(truth):
        raise ValueError(f"Tracks of {len(found)} frames and truth of {len(truth)}; give one of each per frame.")
    result = []
    for guess, right in zip(found, truth, strict=True):
        (names, boxes), (real, places) = opened(guess, "found"), opened(right, "truth")
        result.append((real, names, box_iou(places.double(), boxes.double()).detach().numpy()))
    if not any(real for real, _, _ in result):
        raise ValueError("There is no object in any frame; the measures of tracking are shares of them.")
    return result


def numbered(clip: list[tuple[list[int], list[int], np.ndarray]]) -> tuple[list[tuple], int, int]:
    """What :func:`frames` gives with objects and tracks numbered from 0, and how many there are of each."""
    who = {name: i for i, name in enumerate(sorted({name for real, _, _ in clip for name in real}))}
    tracks = {name: i for i, name in enumerate(sorted({name for _, names, _ in clip for name in names}))}
    counted = [
        (np.array([who[n] for n in real], dtype=int), np.array([tracks[n] for n in names], dtype=int), iou)
        for real, names, iou in clip
    ]
    return counted, len(who), len(tracks)


def opened(frame: Frame, name: str) -> tuple[list[int], torch.Tensor]:
    """The identities and boxes of one frame."""
    if not isinstance(frame, tuple | list) or len(frame) != 2:
        raise ValueError(f"A frame of {name} is {told(frame)}; give a pair: identities (m,) and boxes (m, 4).")
    identities, boxes = frame
    tensors(identities=(identities, "m"), boxes=(boxes, "m 4"))
    if identities.is_floating_point() and (identities % 1 != 0).any():
        raise ValueError(f"An identity in {name} is no whole number; number the tracks.")
    names = [int(n) for n in identities]
    if len(set(names)) < len(names):
        raise ValueError(f"An identity stands twice in one frame of {name}; each may stand there once.")
    return names, boxes


def matched(
    real: list[int], names: list[int], iou: np.ndarray, last: dict[int, int], threshold: float
) -> dict[int, int]:
    """Which object goes with which identity in one frame."""
    pairs = {}
    for i, o in enumerate(real):
        if (n := last.get(o)) in names and n not in pairs.values() and iou[i, names.index(n)] >= threshold:
            pairs[o] = n
    free = [i for i, o in enumerate(real) if o not in pairs]
    spare = [j for j, n in enumerate(names) if n not in pairs.values()]
    rest = iou[np.ix_(free, spare)]
    near = rest >= threshold
    # one more pair weighs more than any gain in overlap
    rows, columns = linear_sum_assignment(np.where(near, rest + len(real), 0), maximize=True)
    return pairs | {real[free[r]]: names[spare[c]] for r, c in zip(rows, columns, strict=True) if near[r, c]}
