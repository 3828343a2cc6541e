"""Measures of detection: which boxes and masks are right, and how many of the objects are found.

Boxes are (left, top, right, bottom) in pixels, right and bottom being the first pixels outside.
"""

import torch

from insidecnn.checks import number, tensors, told, whole
from insidecnn.metrics.segmentation import mask_iou


def box_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union of each box of a with each of b: (A, 4), (B, 4) → (A, B) float32 from 0 to 1.

    Two boxes without area have an IoU of 0 (torchvision gives nan).

    Raises:
        ValueError: not (n, 4), not finite, or a right edge left of the left one.
    """
    tensors(a=(a, "A 4"), b=(b, "B 4"))
    ordered(a), ordered(b)
    a, b = a.double(), b.double()
    sides = torch.minimum(a[:, None, 2:], b[None, :, 2:]) - torch.maximum(a[:, None, :2], b[None, :, :2])
    both = sides.clamp_min(0).prod(2)  # (A, B)
    union = (a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1) - both
    return (both / union.clamp_min(torch.finfo(torch.float64).tiny)).float()


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
    """
    tensors(scores=(scores, "D"), right=(right, "D"))
    if right.dtype != torch.bool:
        raise ValueError(f"right is {told(right)}; give a torch tensor of bool: which detections are right.")
    objects = whole("objects", objects, least=1)
    if int(right.sum()) > objects:
        raise ValueError(f"{int(right.sum())} detections of {objects} objects are right; each object counts once.")
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
        ValueError: as many scores as marks are wanted, no NaN among them, at least one object, and no more
            right detections than objects.

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
        found: one dictionary per image, as torchvision's detectors give them: ``boxes`` (D, 4) or
            ``masks`` (D, H, W) bool, ``labels`` (D,), ``scores`` (D,).
        truth: the same without ``scores``.
        threshold: how much a detection must overlap an object.
        by: ``"boxes"`` or ``"masks"``.

    Raises:
        ValueError: another number of images, another word for ``by``, or an image whose boxes, labels and
            scores are not as many as each other.
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
