"""The simplest tracker: boxes of one frame are paired with those of the last one by how much they overlap."""

from collections.abc import Sequence

import torch
from scipy.optimize import linear_sum_assignment

from insidecnn import metrics


def link(
    frames: Sequence[torch.Tensor], least: float = 0.3, memory: int = 0
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Identities for the boxes of each frame; a box that has no partner gets a new number.

    Args:
        frames: boxes (n, 4) of each frame: left, top, right, bottom.
        least: IoU from which on two boxes can be the same object.
        memory: for how many frames an unseen object keeps its last box and its number.

    Returns:
        identities (n,) int64 and boxes (n, 4), for each frame.
    """
    known, answer, fresh = {}, [], 0  # identity → (last box, frames since then)
    for boxes in frames:
        names = [None] * len(boxes)
        if known and len(boxes):
            old = list(known)
            iou = metrics.box_iou(torch.stack([known[i][0] for i in old]), boxes)
            for a, b in zip(*linear_sum_assignment(iou, maximize=True), strict=True):
                if iou[a, b] >= least:
                    names[b] = old[a]
        for b in range(len(boxes)):
            if names[b] is None:
                names[b], fresh = fresh, fresh + 1
        waiting = {i: (box, age + 1) for i, (box, age) in known.items() if i not in names and age < memory}
        known = waiting | {i: (box, 0) for i, box in zip(names, boxes, strict=True)}
        answer.append((torch.tensor(names, dtype=torch.int64), boxes))
    return answer
