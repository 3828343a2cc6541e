"""The measures against libraries that nobody here wrote, on random cases where thresholds are hit exactly.

Corners and masks are whole numbers and few, so that overlaps of exactly 1/4, 1/2 and 3/4, and equal scores,
come up often; these fractions are exact in every floating-point format.
"""

import warnings

import numpy as np
import pytest
import torch
from pycocotools import mask as coco_masks
from sklearn.metrics import accuracy_score, confusion_matrix, jaccard_score, precision_score, recall_score
from torchvision import ops

from insidecnn import metrics
from tests.metrics.judges import pycocotools, rle, xywh

with warnings.catch_warnings():  # it asks pandas for what pandas will drop
    warnings.simplefilter("ignore")
    import motmetrics

SEEDS = range(60)
EXACT = (0.25, 0.5, 0.75)


def some_boxes(rng, count, side=8):
    corners = rng.integers(0, side - 1, (count, 2))
    return torch.tensor(np.hstack([corners, corners + rng.integers(1, side // 2 + 1, (count, 2))])).double()


@pytest.mark.parametrize("seed", SEEDS)
def test_overlaps_are_pycocotools(seed):
    rng = np.random.default_rng(seed)
    a, b = some_boxes(rng, 5), some_boxes(rng, 7)
    wanted = coco_masks.iou(xywh(a), xywh(b), [0] * len(b))
    np.testing.assert_allclose(metrics.box_iou(a, b), wanted, rtol=1e-6)
    a, b = (torch.tensor(rng.random((n, 6, 5)) < 0.4) for n in (3, 4))
    wanted = coco_masks.iou(rle(a), rle(b), [0] * len(b))
    np.testing.assert_allclose(metrics.mask_iou(a, b), wanted, rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_suppression_is_torchvisions(seed):
    rng = np.random.default_rng(seed)
    boxes, scores = some_boxes(rng, 12), torch.tensor(rng.integers(0, 6, 12) / 8)
    for threshold in EXACT:
        assert metrics.nms(boxes, scores, threshold).tolist() == ops.nms(boxes, scores, threshold).tolist()


@pytest.mark.parametrize("kind", [torch.uint8, torch.int8, torch.int64])
@pytest.mark.parametrize("seed", range(10))
def test_tables_of_labels_are_scikit_learns(seed, kind):
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 40))  # from 16 on, uint8 cannot number the cells of the table
    truth, found = rng.integers(0, classes, (2, 9, 11))
    found = np.where(rng.random(found.shape) < 0.5, truth, found)
    table = metrics.confusion(torch.tensor(found).to(kind), torch.tensor(truth).to(kind), classes)
    every = list(range(classes))
    assert table.tolist() == confusion_matrix(truth.ravel(), found.ravel(), labels=every).tolist()
    iou = metrics.class_iou(torch.tensor(found).to(kind), torch.tensor(truth).to(kind), classes)
    there = sorted({*truth.ravel(), *found.ravel()})
    wanted = jaccard_score(truth.ravel(), found.ravel(), labels=there, average=None)
    np.testing.assert_allclose(iou[there], wanted, rtol=1e-6)
    assert iou.isnan().sum() == classes - len(there)
    assert metrics.mean_iou(torch.tensor(found).to(kind), torch.tensor(truth).to(kind), classes) == pytest.approx(
        wanted.mean(), abs=1e-6
    )
    share = metrics.accuracy(torch.tensor(found).to(kind), torch.tensor(truth).to(kind))
    assert share == pytest.approx(accuracy_score(truth.ravel(), found.ravel()))


@pytest.mark.parametrize("seed", SEEDS)
def test_precision_and_recall_are_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    right = rng.random(15) < 0.6
    scores = rng.permutation(15) / 16  # in no order
    missed = int(rng.integers(0, 4))
    precision, recall = metrics.precision_recall(
        torch.tensor(scores), torch.tensor(right), max(1, right.sum() + missed)
    )
    for kept in range(1, 16):
        guess = np.concatenate([scores >= np.sort(scores)[-kept], np.zeros(missed, bool)])
        truth = np.concatenate([right, np.ones(missed, bool)])
        assert precision[kept - 1] == pytest.approx(precision_score(truth, guess))
        assert recall[kept - 1] == pytest.approx(recall_score(truth, guess, zero_division=0))


SLOTS = np.array([(x, y) for x in (0, 10, 20) for y in (0, 10, 20)])  # apart: nothing overlaps two objects


def some_images(rng):
    """Objects, and detections of which many overlap one by exactly 1/2 or 3/4, or find it twice."""
    found, truth = [], []
    for _ in range(4):
        places = SLOTS[rng.permutation(9)[: rng.integers(0, 6)]]
        boxes = torch.tensor(np.hstack([places, places + 4])).double().view(-1, 4)
        labels = torch.tensor(rng.integers(1, 3, len(boxes)))
        truth.append({"boxes": boxes, "labels": labels})
        again = torch.tensor(rng.integers(0, max(1, len(boxes)), 2 * len(boxes)), dtype=torch.int64)
        guess = boxes[again].clone()
        guess[:, 2] -= torch.tensor(rng.integers(0, 3, len(guess)))  # IoU 1, 3/4 or 1/2
        wrong = torch.tensor(rng.random(len(guess)) < 0.2)
        found.append(
            {
                "boxes": guess,
                "labels": torch.where(wrong, 3 - labels[again], labels[again]),
                "scores": torch.tensor(rng.integers(1, 9, len(guess)) / 8),
            }
        )
    return found, truth


def masks_of(images):
    grid = torch.arange(26)
    for image in images:
        left, top, right, bottom = (side[:, None, None] for side in image["boxes"].unbind(1))
        inside = (grid >= left) & (grid < right) & (grid[:, None] >= top) & (grid[:, None] < bottom)
        yield {**image, "masks": inside}


@pytest.mark.parametrize("by", ["boxes", "masks"])
@pytest.mark.parametrize("seed", range(25))
def test_average_precision_is_pycocotools(seed, by):
    found, truth = (list(masks_of(images)) for images in some_images(np.random.default_rng(seed)))
    for threshold in (0.5, 0.75):
        wanted = {k: v[0] for k, v in pycocotools(found, truth, by, [threshold], at_every_recall=True).items()}
        assert metrics.ap_by_class(found, truth, threshold, by) == pytest.approx(wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_pck_is_a_count_by_hand(seed):
    rng = np.random.default_rng(seed)
    truth, boxes = rng.integers(0, 9, (3, 5, 2)), some_boxes(rng, 3)
    found = truth + rng.integers(-4, 5, truth.shape)
    seen = rng.integers(0, 3, (3, 5))
    seen[0, 0] = 1
    for alpha in (0.5, 1.0):
        judged = [
            np.hypot(*(found[n, k] - truth[n, k])) <= alpha * max(boxes[n, 2] - boxes[n, 0], boxes[n, 3] - boxes[n, 1])
            for n in range(3)
            for k in range(5)
            if seen[n, k]
        ]
        both = torch.tensor(np.concatenate([truth, seen[..., None]], axis=2))
        assert metrics.pck(torch.tensor(found), both, boxes, alpha) == pytest.approx(np.mean(judged))


def some_clip(rng, crowd, exact):
    """Objects that walk and are missed now and then, and tracks that follow, change and are invented."""
    size = (3, 5) if exact else tuple(rng.uniform(8, 12, 2))
    step = (lambda n: rng.integers(-1, 2, (n, 2)) * (1, 3)) if exact else (lambda n: rng.normal(0, 3, (n, 2)))
    objects = rng.integers(0, crowd, (5, 2)).astype(float)
    names = rng.permutation(20)[:5]
    found, truth = [], []
    for _ in range(6):
        objects = objects + step(5)
        there, seen = rng.random(5) < 0.8, rng.random(5) < 0.7
        if rng.random() < 0.3:
            names = rng.permutation(names)
        near = objects + step(5)
        clip = ((names, near, seen, found), (np.arange(5), objects, there, truth))
        for who, places, chosen, frames in clip:
            order = rng.permutation(np.flatnonzero(chosen))
            boxes = torch.tensor(np.hstack([places, places + size])[order]).view(-1, 4)
            frames.append((torch.tensor(who[order]), boxes))
    truth[0] = (torch.arange(1), torch.tensor([[0.0, 0, 4, 4]]))  # never no object at all
    return found, truth


def by_motmetrics(found, truth, threshold):
    judge = motmetrics.MOTAccumulator(auto_id=True)
    for (names, boxes), (real, places) in zip(found, truth, strict=True):
        iou = metrics.box_iou(places, boxes).double().numpy()
        judge.update(real.numpy(), names.numpy(), np.where(iou >= threshold, 1 - iou, np.nan))
    kinds = judge.mot_events.Type.value_counts()
    return tuple(int(kinds.get(kind, 0)) for kind in ("MISS", "FP", "SWITCH"))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("crowd", [6, 25])
@pytest.mark.parametrize("seed", range(15))
def test_tracking_errors_are_motmetrics(seed, crowd, exact):
    found, truth = some_clip(np.random.default_rng(seed), crowd, exact)
    for threshold in (0.25, 0.5):
        ours = metrics.mota(found, truth, threshold)
        wanted = by_motmetrics(found, truth, threshold)
        counted = (ours.misses, ours.false_positives, ours.switches)
        # among pairings of one sum of overlaps, which whole-numbered boxes have, each may choose its own
        assert counted[: 2 if exact else 3] == wanted[: 2 if exact else 3]
        assert ours.objects == sum(len(names) for names, _ in truth)
