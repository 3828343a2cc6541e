"""Measures of detection: which boxes and masks are right, and how many of the objects are found.

Boxes are (left, top, right, bottom) in pixels, right and bottom being the first pixels outside.
"""

import numpy as np
import torch

from insidecnn.checks import number, tensors, told, whole
from insidecnn.metrics.segmentation import mask_iou


def box_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union of each box of a with each of b: (A, 4), (B, 4) → (A, B) from 0 to 1.

    It is float64 if one of the two is, else float32. Two boxes without area have an IoU of 0 (torchvision gives nan).

    Raises:
        ValueError: not (n, 4), not finite, or a right edge left of the left one.

    Example:
        >>> box_iou(torch.tensor([[0, 0, 4, 2]]), torch.tensor([[0, 0, 2, 2], [2, 0, 6, 2]])).tolist()
        [[0.5, 0.3333...]]
    """
    tensors(a=(a, "A 4"), b=(b, "B 4"))
    ordered(a), ordered(b)
    kind = torch.float64 if torch.float64 in (a.dtype, b.dtype) else torch.float32
    a, b = a.double(), b.double()
    sides = torch.minimum(a[:, None, 2:], b[None, :, 2:]) - torch.maximum(a[:, None, :2], b[None, :, :2])
    both = sides.clamp_min(0).prod(2)  # (A, B)
    union = (a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1) - both
    return (both / union.clamp_min(torch.finfo(torch.float64).tiny)).to(kind)


def ordered(boxes: torch.Tensor) -> None:
    """Refuse boxes whose corners are exchanged."""
    if (boxes[:, 2:] < boxes[:, :2]).any():
        raise ValueError("A box has its right edge left of its left one, or is upside down; order its corners.")


def nms(boxes: torch.Tensor, scores: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Non-maximum suppression: keep the best box, drop all that overlap it by more than the threshold, repeat.

    Args:
        boxes: (n, 4).
        scores: (n,).
        threshold: IoU from 0 to 1.

    Returns:
        the numbers of the kept boxes, best first: (k,) int64.

    Raises:
        ValueError: another number of scores than of boxes, NaN, or a threshold outside 0 … 1.

    Example:
        >>> boxes = torch.tensor([[0, 0, 4, 4], [0, 0, 4, 3], [8, 0, 12, 4]])  # the first two: IoU 0.75
        >>> nms(boxes, torch.tensor([0.8, 0.9, 0.7])).tolist()
        [1, 2]
    """
    tensors(boxes=(boxes, "n 4"), scores=(scores, "n"))
    threshold = number("threshold", threshold, 0, 1)
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

    Raises:
        ValueError: another number of scores than of rows, NaN, or a threshold outside 0 … 1.

    Source: Everingham et al. 2010, section 4.2: a second detection of one object is wrong.

    Example:
        >>> iou = torch.tensor([[0.9, 0.0], [0.7, 0.6], [0.0, 0.4]])  # three detections, two objects
        >>> hits(iou, torch.tensor([0.9, 0.8, 0.7])).tolist()
        [True, False, False]
    """
    tensors(iou=(iou, "D T"), scores=(scores, "D"))
    threshold = number("threshold", threshold, 0, 1)
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
        ValueError: as :func:`average_precision`.

    Example:
        >>> precision, recall = precision_recall(torch.tensor([0.9, 0.8]), torch.tensor([True, False]), objects=2)
        >>> precision.tolist(), recall.tolist()
        ([1.0, 0.5], [0.5, 0.5])
    """
    tensors(scores=(scores, "D"), right=(right, "D"))
    if right.dtype != torch.bool:
        raise ValueError(f"right is {told(right)}; give a torch tensor of bool: which detections are right.")
    objects = whole("objects", objects, least=1)
    if int(right.sum()) > objects:
        raise ValueError(f"{int(right.sum())} detections of {objects} objects are right; each object counts once.")
    found = right[scores.argsort(descending=True, stable=True)].double().cumsum(0)
    return found / torch.arange(1, len(found) + 1), found / objects


def average_precision(scores: torch.Tensor, right: torch.Tensor, objects: int, points: int | None = None) -> float:
    """Area under the curve of precision over recall, from 0 to 1; or the curve's mean at some recalls.

    The curve is made to fall: at each recall counts the best precision there or further right; beyond
    the last recall that is reached, 0.

    Args:
        scores: (D,) of all detections of one class, over all images.
        right: (D,) bool, from :func:`hits`.
        objects: how many there are in truth.
        points: None for the area, as VOC's since 2010. Or the mean of the curve at so many recalls, evenly
            from 0 to 1: 11 as VOC's before, 101 as COCO's.

    Raises:
        ValueError: as many scores as marks are wanted, no NaN among them, at least one object, no more
            right detections than objects, and two points at least.

    Source: Everingham et al. 2010, section 4.2 (11 points); Everingham et al. 2015 (area); COCO's detection
    evaluation, section 3, ``recThrs`` (101 points).

    Example:
        >>> scores, right = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([True, False, True])
        >>> round(average_precision(scores, right, objects=2), 4)  # half of 1 and half of 2/3
        0.8333
        >>> round(average_precision(scores, right, objects=2, points=11), 4)  # 6 recalls at 1, 5 at 2/3
        0.8485
    """
    precision, recall = precision_recall(scores, right, objects)
    if not len(precision):
        return 0.0
    falling = precision.flip(0).cummax(0).values.flip(0)
    steps = torch.diff(recall, prepend=torch.zeros(1, dtype=recall.dtype))
    if points is None:
        return float((falling * steps).sum())
    asked = np.linspace(0, 1, whole("points", points, least=2))
    places = np.searchsorted(recall.numpy(), asked)  # the first detection that reaches each recall
    return float(np.append(falling, 0)[places].mean())


def ap_by_class(found: list[dict], truth: list[dict], threshold: float = 0.5, by: str = "boxes") -> dict[int, float]:
    """Average precision of every class that there is in truth; the mean of the values is the mAP.

    Args:
        found: one dictionary per image, as torchvision's detectors give them: ``boxes`` (D, 4) or
            ``masks`` (D, H, W) bool, ``labels`` (D,), ``scores`` (D,).
        truth: the same without ``scores``.
        threshold: how much a detection must overlap an object.
        by: ``"boxes"`` or ``"masks"``.

    Raises:
        ValueError: another number of images, another word for ``by``, or an image whose boxes, labels and
            scores are not as many as each other.

    Example:
        >>> box, label = torch.tensor([[0, 0, 9, 9]]), torch.tensor([1])
        >>> truth = [{"boxes": box, "labels": label}, {"boxes": box, "labels": label}]
        >>> found = [
        ...     {"boxes": box, "labels": label, "scores": torch.tensor([0.9])},
        ...     {"boxes": box + 9, "labels": label, "scores": torch.tensor([0.8])},
        ... ]
        >>> ap_by_class(found, truth)
        {1: 0.5}
    """
    if not isinstance(by, str) or by not in BY:
        raise ValueError(f"by is {told(by)}; it must be 'boxes' or 'masks'.")
    check_images(found, "found", {by: BY[by], "labels": "D", "scores": "D"})
    check_images(truth, "truth", {by: BY[by], "labels": "D"})
    if len(found) != len(truth):
        raise ValueError(f"Detections for {len(found)} images and truth for {len(truth)}; give one of each per image.")
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


BY = {"boxes": "D 4", "masks": "D H W"}  # what can be compared, and its axes


def check_images(images: list[dict], name: str, axes: dict[str, str]) -> None:
    """Refuse images that do not hold tensors of these axes."""
    if not isinstance(images, list | tuple):
        raise ValueError(f"{name} is {told(images)}; give a list of dictionaries, one per image.")
    for i, image in enumerate(images):
        if not isinstance(image, dict) or not axes.keys() <= image.keys():
            raise ValueError(f"{name}[{i}] is {told(image)}; give a dictionary with {', '.join(axes)}.")
        tensors(**{key: (image[key], letters) for key, letters in axes.items()})
        if image["labels"].is_floating_point():
            raise ValueError(f"The labels of {name}[{i}] are {image['labels'].dtype}; give whole numbers.")
