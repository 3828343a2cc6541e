"""COCO's average precision: at ten thresholds and 101 recalls, for boxes, masks and keypoints."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from insidecnn.checks import number, told
from insidecnn.metrics.detection import BY, average_precision, box_iou, check_images
from insidecnn.metrics.keypoints import oks
from insidecnn.metrics.segmentation import mask_iou

THRESHOLDS = tuple(k / 20 for k in range(10, 20))  #: 0.5, 0.55 … 0.95
RECALLS = 101  #: at 0, 0.01 … 1


@dataclass(frozen=True)
class CocoAp:
    """Average precision of every class at every threshold."""

    thresholds: tuple[float, ...]
    table: dict[int, tuple[float, ...]]  #: label → average precision at each threshold

    @property
    def value(self) -> float:
        """The mean over classes and thresholds, which COCO calls AP and others mAP[.5:.95]."""
        return float(np.mean(list(self.table.values())))

    @property
    def by_class(self) -> dict[int, float]:
        """The mean over the thresholds of every class."""
        return {label: float(np.mean(row)) for label, row in self.table.items()}

    def at(self, threshold: float) -> float:
        """The mean over the classes at one threshold: mAP50 is ``at(0.5)``.

        Raises:
            ValueError: a threshold at which nothing was measured.
        """
        if threshold not in self.thresholds:
            measured = ", ".join(map(str, self.thresholds))
            raise ValueError(f"The threshold is {told(threshold)}; measured were {measured}.")
        place = self.thresholds.index(threshold)
        return float(np.mean([row[place] for row in self.table.values()]))


def coco_ap(
    found: list[dict],
    truth: list[dict],
    by: str = "boxes",
    thresholds: tuple[float, ...] = THRESHOLDS,
    areas: tuple[float, float] = (0, math.inf),
    sigmas: torch.Tensor | None = None,
) -> CocoAp:
    """Average precision of every class that there is in truth, as COCO measures it.

    In the order of its score, each detection takes the object that it overlaps most *of those that are
    still free*, if that is by the threshold at least. (VOC lets it name the best one, free or not:
    :func:`insidecnn.metrics.hits`.) The average precision is the mean of the falling curve at 101 recalls.
    COCO looks at the best 100 detections (20 people) of a picture; here all count.

    Args:
        found: one dictionary per image, as torchvision's detectors give them: ``boxes`` (D, 4) or ``masks``
            (D, H, W) bool or ``keypoints`` (D, K, 3), and ``labels`` (D,), ``scores`` (D,).
        truth: the same without ``scores``; with keypoints ``masks`` too, whose pixels say how large people are.
        by: ``"boxes"``, ``"masks"`` or ``"keypoints"``: whether IoU or OKS says how much two overlap.
        thresholds: smallest overlaps, each from 0 to 1.
        areas: only objects from the first to the second area count, in square pixels: of their box, of their
            mask, with keypoints of their mask too. Detections of other objects, and wrong ones of another size
            (with keypoints of the box around them), are left out. COCO's small, medium and large end at 32² and 96².
        sigmas: for keypoints, as for :func:`insidecnn.metrics.oks`.

    Raises:
        ValueError: another number of images, another word for ``by``, images whose entries are not as many as
            each other, no thresholds, areas in the wrong order, no sigmas for keypoints, or no object that
            counts. A person without a joint that counts does not count.

    Source: COCO's detection evaluation, sections 2 and 3, and keypoint evaluation, section 2
    (cocodataset.org/#detection-eval); where they leave it open, as pycocotools does.

    Example:
        >>> boxes, labels = torch.tensor([[0, 0, 10, 10], [20, 0, 30, 10]]), torch.tensor([1, 2])
        >>> truth = [{"boxes": boxes, "labels": labels}]
        >>> near = boxes + torch.tensor([[0, 0, 0, 0], [0, 0, 0, 4]])  # IoU 1 and 10/14
        >>> ap = coco_ap([{"boxes": near, "labels": labels, "scores": torch.tensor([0.9, 0.8])}], truth)
        >>> ap.value, ap.at(0.5), ap.at(0.75), ap.by_class
        (0.75, 1.0, 0.5, {1: 1.0, 2: 0.5})
    """
    kinds = BY | {"keypoints": "D K 3"}
    if not isinstance(by, str) or by not in kinds:
        raise ValueError(f"by is {told(by)}; it must be 'boxes', 'masks' or 'keypoints'.")
    if by == "keypoints" and sigmas is None:
        raise ValueError("There are no sigmas; keypoints are compared with those of joint_sigmas.")
    check_images(found, "found", {by: kinds[by], "labels": "D", "scores": "D"})
    check_images(truth, "truth", {by: kinds[by], "labels": "D"} | ({"masks": "D H W"} if by == "keypoints" else {}))
    if len(found) != len(truth):
        raise ValueError(f"Detections for {len(found)} images and truth for {len(truth)}; give one of each per image.")
    thresholds = tuple(number("A threshold", value, 0, 1) for value in thresholds)
    if not thresholds:
        raise ValueError("There are no thresholds; give at least one.")
    if len(areas) != 2 or not 0 <= areas[0] <= areas[1]:
        raise ValueError(f"areas is {told(areas)}; give two numbers of square pixels, the smaller one first.")
    table = {}
    for label in sorted({int(value) for image in truth for value in image["labels"]}):
        images = [judged(g, t, label, by, thresholds, areas, sigmas) for g, t in zip(found, truth, strict=True)]
        scores, right, left_out = (torch.cat(parts) for parts in list(zip(*images, strict=True))[:3])
        if objects := sum(image[3] for image in images):
            table[label] = tuple(
                average_precision(scores[~out], r[~out], objects, RECALLS)
                for r, out in zip(right.T, left_out.T, strict=True)
            )
    if not table:
        raise ValueError("There is no object that counts in any image; average precision is a share of them.")
    return CocoAp(thresholds, table)


def judged(
    guess: dict,
    image: dict,
    label: int,
    by: str,
    thresholds: tuple[float, ...],
    areas: tuple[float, float],
    sigmas: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int]:
    """One image's detections of one class: scores (D,), right (D, thresholds), left out; and how many objects count."""
    mine, real = guess["labels"] == label, image["labels"] == label
    order = guess["scores"][mine].argsort(descending=True, stable=True)
    a, b = guess[by][mine][order].detach(), image[by][real]
    if by == "boxes":
        overlap, sizes, counts = box_iou(a.double(), b.double()), area(b), True
    elif by == "masks":
        overlap, sizes, counts = mask_iou(a, b), pixels(b), True
    else:
        sizes, counts = pixels(image["masks"][real]), (b[..., 2] > 0).any(1)
        overlap = oks(a[..., :2], b, sizes, sigmas)
        a = torch.cat([a[..., :2].amin(1), a[..., :2].amax(1)], 1)  # the boxes around them
    counts = within(sizes, areas) & counts
    fits = within(pixels(a) if by == "masks" else area(a), areas)
    takes = np.stack([matched(overlap.numpy(), threshold, counts.numpy()) for threshold in thresholds], 1)
    takes = torch.from_numpy(takes)  # (D, thresholds)
    padded = torch.cat([counts, torch.zeros(1, dtype=torch.bool)])  # the last for −1: who takes nothing is not right
    right = padded[takes]
    left_out = torch.where(takes >= 0, ~right, ~fits[:, None])
    return guess["scores"][mine][order], right, left_out, int(counts.sum())


def matched(overlap: np.ndarray, threshold: float, counts: np.ndarray) -> np.ndarray:
    """Which object each detection takes, best detection first: (D, T) overlaps, (T,) bool → (D,), −1 for none."""
    free = np.ones(len(counts), dtype=bool)
    takes = np.full(len(overlap), -1)
    for d, row in enumerate(overlap):
        near = free & (row >= threshold)
        if (near & counts).any():  # objects that do not count are taken where there is no other
            near &= counts
        if near.any():
            takes[d] = np.flatnonzero(near & (row == row[near].max()))[-1]  # of equals the last, as pycocotools
            free[takes[d]] = False
    return takes


def area(boxes: torch.Tensor) -> torch.Tensor:
    """Square pixels of boxes: (n,) float64."""
    return (boxes[:, 2:].double() - boxes[:, :2].double()).prod(1)


def pixels(masks: torch.Tensor) -> torch.Tensor:
    """How many pixels masks have: (n,) float64."""
    return masks.flatten(1).double().sum(1)


def within(sizes: torch.Tensor, areas: tuple[float, float]) -> torch.Tensor:
    """Which sizes lie from the first of two areas to the second: (n,) bool."""
    return (sizes >= areas[0]) & (sizes <= areas[1])
