"""How good is an answer? The measures of detection, segmentation, keypoints and tracking.

Boxes are (left, top, right, bottom) in pixels, right and bottom being the first pixels outside.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment


def box_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union of each box of a with each of b: (A, 4), (B, 4) → (A, B) from 0 to 1.

    Two boxes without area have an IoU of 0 (torchvision gives nan).

    Raises:
        ValueError: not (n, 4), or a right edge left of the left one.
    """
    for boxes in (a, b):
        if boxes.dim() != 2 or boxes.shape[1] != 4:
            raise ValueError(f"Boxes have the shape {tuple(boxes.shape)}; give (n, 4): left, top, right, bottom.")
        if (boxes[:, 2:] < boxes[:, :2]).any():
            raise ValueError("A box has its right edge left of its left one, or is upside down; order its corners.")
    a, b = a.double(), b.double()
    sides = torch.minimum(a[:, None, 2:], b[None, :, 2:]) - torch.maximum(a[:, None, :2], b[None, :, :2])
    both = sides.clamp_min(0).prod(2)  # (A, B)
    union = (a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1) - both
    return (both / union.clamp_min(torch.finfo(torch.float64).tiny)).float()


def mask_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union of each mask of a with each of b: (A, H, W), (B, H, W) bool → (A, B).

    Two empty masks have an IoU of 0.

    Raises:
        ValueError: masks that are not three-dimensional, or of different sizes.
    """
    if a.dim() != 3 or b.dim() != 3 or a.shape[1:] != b.shape[1:]:
        raise ValueError(f"Masks have the shapes {tuple(a.shape)} and {tuple(b.shape)}; give (A, H, W) and (B, H, W).")
    a, b = a.flatten(1).bool().double(), b.flatten(1).bool().double()
    both = a @ b.T
    return (both / (a.sum(1)[:, None] + b.sum(1) - both).clamp_min(1)).float()


def class_iou(found: torch.Tensor, truth: torch.Tensor, classes: int) -> torch.Tensor:
    """IoU of each class of two label maps of one shape; nan where neither has the class: (classes,).

    Their mean without the nans is the *mean IoU* of semantic segmentation (Long, Shelhamer & Darrell 2015).

    Raises:
        ValueError: different shapes, or a label outside 0 … classes − 1.
    """
    if found.shape != truth.shape:
        raise ValueError(
            f"Label maps have the shapes {tuple(found.shape)} and {tuple(truth.shape)}; they must be equal."
        )
    if min(found.min(), truth.min()) < 0 or max(found.max(), truth.max()) >= classes:
        raise ValueError(f"A label is outside 0 … {classes - 1}; say how many classes there are, background included.")
    table = confusion(found, truth, classes).double()
    both = table.diagonal()
    return (both / (table.sum(0) + table.sum(1) - both)).float()


def confusion(found: torch.Tensor, truth: torch.Tensor, classes: int) -> torch.Tensor:
    """How often each true class (row) was called each class (column): (classes, classes) int64."""
    return torch.bincount(truth.flatten() * classes + found.flatten(), minlength=classes**2).view(classes, classes)


def nms(boxes: torch.Tensor, scores: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Non-maximum suppression: keep the best box, drop all that overlap it by more than the threshold, repeat.

    Args:
        boxes: (n, 4).
        scores: (n,).
        threshold: IoU from 0 to 1.

    Returns:
        the numbers of the kept boxes, best first: (k,) int64.

    Raises:
        ValueError: as many scores as boxes are wanted, and a threshold from 0 to 1.
    """
    if scores.shape != boxes.shape[:1]:
        raise ValueError(
            f"There are {len(boxes)} boxes and scores of shape {tuple(scores.shape)}; give one score a box."
        )
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold is {threshold}; an IoU lies between 0 and 1.")
    overlap = box_iou(boxes, boxes)
    left = scores.argsort(descending=True, stable=True)
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[overlap[best, left] <= threshold]
    return torch.tensor(kept, dtype=torch.int64)


def hits(iou: torch.Tensor, scores: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Which detections of one image and class are right: (D, T) overlaps, (D,) scores → (D,) bool.

    In the order of their scores, each detection names the object that it overlaps most. It is right
    if it overlaps it by the threshold at least and no better detection has named it before.

    Source: Everingham et al. 2010, section 4.2: a second detection of one object is wrong.
    """
    right = torch.zeros(len(iou), dtype=torch.bool)
    taken = set()
    if iou.shape[1]:
        for d in scores.argsort(descending=True, stable=True).tolist():
            value, best = iou[d].max(0)
            right[d] = bool(value >= threshold) and int(best) not in taken
            if right[d]:
                taken.add(int(best))
    return right


def precision_recall(scores: torch.Tensor, right: torch.Tensor, objects: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Precision and recall after the best detection, the best two, and so on: two tensors (D,).

    Raises:
        ValueError: no object at all, or more right detections than objects.
    """
    if objects < 1 or int(right.sum()) > objects:
        raise ValueError(f"{int(right.sum())} right detections of {objects} objects: there must be 1 or more objects.")
    found = right[scores.argsort(descending=True, stable=True)].double().cumsum(0)
    return found / torch.arange(1, len(found) + 1), found / objects


def average_precision(scores: torch.Tensor, right: torch.Tensor, objects: int) -> float:
    """Area under the curve of precision over recall, from 0 to 1.

    The curve is made to fall: at each recall counts the best precision there or further right.

    Args:
        scores: (D,) of all detections of one class, over all images.
        right: (D,) bool, from :func:`hits`.
        objects: how many there are in truth.

    Raises:
        ValueError: no object at all, or more right detections than objects.

    Source: Everingham et al. 2010, section 4.2, with every recall in place of eleven.
    """
    precision, recall = precision_recall(scores, right, objects)
    if not len(precision):
        return 0.0
    falling = precision.flip(0).cummax(0).values.flip(0)
    steps = torch.diff(recall, prepend=torch.zeros(1, dtype=recall.dtype))
    return float((falling * steps).sum())


def ap_by_class(found: list[dict], truth: list[dict], threshold: float = 0.5, by: str = "boxes") -> dict[int, float]:
    """Average precision of every class that there is in truth; the mean of the values is the mAP.

    Args:
        found: one dictionary an image, as torchvision's detectors give them: ``boxes`` (D, 4) or
            ``masks`` (D, H, W) bool, ``labels`` (D,), ``scores`` (D,).
        truth: the same without ``scores``.
        threshold: how much a detection must overlap an object.
        by: ``"boxes"`` or ``"masks"``.

    Raises:
        ValueError: another number of images, or another word for ``by``.
    """
    if len(found) != len(truth):
        raise ValueError(f"Detections for {len(found)} images and truth for {len(truth)}; give one of each an image.")
    if by not in ("boxes", "masks"):
        raise ValueError(f"by is {by!r}; it must be 'boxes' or 'masks'.")
    overlap = box_iou if by == "boxes" else mask_iou
    result = {}
    for label in sorted({int(value) for image in truth for value in image["labels"]}):
        scores, right, objects = [], [], 0
        for guess, image in zip(found, truth, strict=True):
            mine, real = guess["labels"] == label, image["labels"] == label
            iou = overlap(guess[by][mine], image[by][real])
            scores.append(guess["scores"][mine])
            right.append(hits(iou, guess["scores"][mine], threshold))
            objects += int(real.sum())
        result[label] = average_precision(torch.cat(scores), torch.cat(right), objects)
    return result


def pck(found: torch.Tensor, truth: torch.Tensor, boxes: torch.Tensor, alpha: float = 0.2) -> float:
    """Share of the keypoints found within alpha times the longer side of the person's box.

    Args:
        found: (n, K, 2), x and y.
        truth: (n, K, 3), x, y and visible; keypoints with 0 there do not count.
        boxes: (n, 4).

    Raises:
        ValueError: shapes that do not belong together, alpha not above 0, or no keypoint that counts.

    Source: Yang & Ramanan 2013, section 5: "probability of a correct keypoint".
    """
    if (
        found.shape[:2] != truth.shape[:2]
        or len(boxes) != len(truth)
        or found.shape[2:] != (2,)
        or truth.shape[2:] != (3,)
    ):
        raise ValueError(
            f"found is {tuple(found.shape)}, truth {tuple(truth.shape)}; give (n, K, 2), (n, K, 3) and (n, 4)."
        )
    if alpha <= 0:
        raise ValueError(f"alpha is {alpha}; it must be above 0.")
    counts = truth[..., 2] > 0
    if not counts.any():
        raise ValueError("No keypoint counts; at least one must have 1 or 2 as its third number.")
    away = (found - truth[..., :2]).norm(dim=2)  # (n, K) pixels
    limit = alpha * (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True)
    return float((away <= limit)[counts].float().mean())


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


Frame = tuple[torch.Tensor, torch.Tensor]  # identities (m,), boxes (m, 4)


def mota(found: list[Frame], truth: list[Frame], threshold: float = 0.5) -> Mota:
    """Multiple object tracking accuracy: misses, false positives and identity switches over a clip.

    In each frame, pairs of the frame before that still overlap by the threshold stay together. The
    rest is paired so that the sum of the overlaps is largest. An object whose identity differs from
    the last one under which it was found counts as a switch.

    Args:
        found: identities and boxes, frame by frame.
        truth: the same.
        threshold: smallest IoU of a pair.

    Raises:
        ValueError: another number of frames, an identity twice in a frame, or no object in any frame.

    Source: Bernardin & Stiefelhagen 2008, sections 2.1.2 and 2.1.3, with overlap in place of distance.
    """
    if len(found) != len(truth):
        raise ValueError(f"Tracks of {len(found)} frames and truth of {len(truth)}; give one of each a frame.")
    before: dict[int, int] = {}  # pairs of the frame before: object → identity
    last: dict[int, int] = {}  # the last identity of each object
    misses = false_positives = switches = objects = 0
    for (names, boxes), (real, places) in zip(found, truth, strict=True):
        names, real = [int(n) for n in names], [int(n) for n in real]
        if len(set(names)) < len(names) or len(set(real)) < len(real):
            raise ValueError("An identity stands twice in one frame; each may stand there once.")
        iou = box_iou(places, boxes).numpy()  # (objects, identities)
        stay = [(real.index(o), names.index(n)) for o, n in before.items() if o in real and n in names]
        pairs = [(i, j) for i, j in stay if iou[i, j] >= threshold]
        free = [i for i in range(len(real)) if i not in {i for i, _ in pairs}]
        spare = [j for j in range(len(names)) if j not in {j for _, j in pairs}]
        if free and spare:
            rest = iou[np.ix_(free, spare)]
            rows, columns = linear_sum_assignment(np.where(rest >= threshold, rest, 0), maximize=True)
            pairs += [(free[r], spare[c]) for r, c in zip(rows, columns, strict=True) if rest[r, c] >= threshold]
        before = {real[i]: names[j] for i, j in pairs}
        switches += sum(last.get(o, n) != n for o, n in before.items())
        last |= before
        misses += len(real) - len(pairs)
        false_positives += len(names) - len(pairs)
        objects += len(real)
    if not objects:
        raise ValueError("There is no object in any frame; the accuracy is a share of them.")
    return Mota(misses, false_positives, switches, objects)
