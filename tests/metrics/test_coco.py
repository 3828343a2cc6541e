"""COCO's average precision and object keypoint similarity against pycocotools, and against cases worked by hand.

Places are whole numbers and few, so that overlaps of exactly a threshold and equal scores come up often.
"""

import math

import numpy as np
import pytest
import torch
from pycocotools.cocoeval import COCOeval, Params

from insidecnn import metrics
from insidecnn.metrics.keypoints import SIGMAS
from insidecnn.world.kinds import JOINTS
from insidecnn.world.scenes import scene
from tests.metrics.judges import pycocotools

SIDE = 26


def a_crowd(rng, crowd):
    """Objects of two classes that overlap each other, and detections near them, several of each, and nowhere."""
    found, truth = [], []
    for _ in range(5):
        count = int(rng.integers(0, crowd))
        corners = rng.integers(0, 16, (count, 2))
        boxes = np.hstack([corners, corners + rng.integers(2, 10, (count, 2))])
        labels = rng.integers(1, 3, count)
        truth.append({"boxes": torch.tensor(boxes).double(), "labels": torch.tensor(labels)})
        again = rng.integers(0, max(1, count), 2 * count)
        near = boxes[again] + rng.integers(-1, 2, (2 * count, 4)) * (rng.random((2 * count, 1)) < 0.7)
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        lost = rng.integers(0, 16, (2, 2))
        guess = np.vstack([near, np.hstack([lost, lost + 6])])
        names = np.concatenate([labels[again], rng.integers(1, 4, 2)])  # a third class, which no object has
        scores = rng.integers(1, 9, len(guess)) / 8
        found.append(
            {"boxes": torch.tensor(guess).double(), "labels": torch.tensor(names), "scores": torch.tensor(scores)}
        )
    truth[0] = {"boxes": torch.tensor([[0, 0, 4, 4.0]]).double(), "labels": torch.tensor([1])}  # never no object at all
    return found, truth


def with_masks(images, rng):
    """The boxes as masks, with holes."""
    grid = torch.arange(SIDE)
    for image in images:
        left, top, right, bottom = (side[:, None, None] for side in image["boxes"].unbind(1))
        inside = (grid >= left) & (grid < right) & (grid[:, None] >= top) & (grid[:, None] < bottom)
        holes = torch.tensor(rng.random(inside.shape) < 0.1)
        yield {**image, "masks": inside & ~holes | (inside & (inside.sum((1, 2), keepdim=True) < 4))}


def with_people(found, truth, rng):
    """People of fourteen joints around the boxes; detections have those of the object of their place, moved."""
    for guess, image in zip(found, truth, strict=True):
        people = []
        for left, top, right, bottom in image["boxes"].tolist():
            places = rng.uniform((left, top), (right, bottom), (14, 2))
            seen = rng.integers(0, 3, 14)
            seen[rng.integers(14)] = 2
            people.append(np.hstack([places, seen[:, None]]))
        image["keypoints"] = torch.tensor(np.array(people).reshape(-1, 14, 3))
        count, real = len(guess["scores"]), len(people)
        chosen = rng.integers(0, real, count) if real else np.zeros(0, int)
        moved = image["keypoints"][chosen].clone() if real else torch.zeros(count, 14, 3, dtype=torch.float64)
        moved[..., :2] += torch.tensor(rng.normal(0, rng.uniform(0, 2, (len(moved), 1, 1)), (len(moved), 14, 2)))
        guess["keypoints"] = moved
    return found, truth


def same(ours, theirs):
    assert set(ours.table) == set(theirs)
    for label, row in ours.table.items():
        assert row == pytest.approx(theirs[label], abs=1e-6)
        assert ours.by_class[label] == pytest.approx(theirs[label].mean(), abs=1e-6)
    assert ours.value == pytest.approx(np.mean(list(theirs.values())), abs=1e-6)
    for i, threshold in enumerate(ours.thresholds):
        assert ours.at(threshold) == pytest.approx(np.mean([row[i] for row in theirs.values()]), abs=1e-6)


@pytest.mark.parametrize("by", ["boxes", "masks", "keypoints"])
@pytest.mark.parametrize("seed", range(35))
def test_average_precision_is_pycocotools(seed, by):
    rng = np.random.default_rng(seed)
    found, truth = a_crowd(rng, 3 if seed % 3 == 0 else 9)
    found, truth = list(with_masks(found, rng)), list(with_masks(truth, rng))
    sigmas = None
    if by == "keypoints":
        found, truth = with_people(found, truth, rng)
        sigmas = metrics.joint_sigmas(JOINTS)
    same(metrics.coco_ap(found, truth, by, sigmas=sigmas), pycocotools(found, truth, by, sigmas=sigmas))


@pytest.mark.parametrize("by", ["boxes", "masks", "keypoints"])
@pytest.mark.parametrize("areas", [(0, 20), (20, 40), (16, math.inf)])
@pytest.mark.parametrize("seed", range(6))
def test_average_precision_by_size_is_pycocotools(seed, areas, by):
    rng = np.random.default_rng(seed)
    found, truth = a_crowd(rng, 9)
    truth[0] = {"boxes": torch.tensor([[0, 0, 4, 4], [0, 0, 5, 5.0]]).double(), "labels": torch.tensor([1, 2])}
    found, truth = list(with_masks(found, rng)), list(with_masks(truth, rng))
    sigmas = None
    if by == "keypoints":
        found, truth = with_people(found, truth, rng)
        sigmas = metrics.joint_sigmas(JOINTS)
    wanted = pycocotools(found, truth, by, areas=areas, sigmas=sigmas)
    if not wanted:
        with pytest.raises(ValueError, match="no object that counts"):
            metrics.coco_ap(found, truth, by, areas=areas, sigmas=sigmas)
    else:
        same(metrics.coco_ap(found, truth, by, areas=areas, sigmas=sigmas), wanted)


@pytest.mark.parametrize("seed", range(15))
def test_keypoint_similarity_is_pycocotools(seed):
    rng = np.random.default_rng(seed)
    found, truth = with_people(*a_crowd(rng, 6), rng)
    truth = list(with_masks(truth, rng))
    for guess, image in zip(found, truth, strict=True):
        guess["labels"], image["labels"] = (
            torch.ones(len(guess["keypoints"])).long(),
            torch.ones(len(image["labels"])).long(),
        )
        areas, sigmas = image["masks"].sum((1, 2)), metrics.joint_sigmas(JOINTS)
        ours = metrics.oks(guess["keypoints"][..., :2], image["keypoints"], areas, sigmas).numpy()
        judge = COCOeval(iouType="keypoints")
        judge.params.kpt_oks_sigmas = sigmas.numpy()
        judge._dts[0, 1] = [{"keypoints": p.flatten().tolist(), "score": 1} for p in guess["keypoints"]]
        judge._gts[0, 1] = [
            {"keypoints": p.flatten().tolist(), "area": float(a), "bbox": [0, 0, 0, 0]}
            for p, a in zip(image["keypoints"], areas, strict=True)
        ]
        np.testing.assert_allclose(ours, np.reshape(judge.computeOks(0, 1), ours.shape), atol=1e-9)


def test_our_sigmas_are_those_of_cocos_joints():
    coco = [
        "nose",
        "eye",
        "eye",
        "ear",
        "ear",
        "shoulder",
        "shoulder",
        "elbow",
        "elbow",
        "wrist",
        "wrist",
        "hip",
        "hip",
        "knee",
        "knee",
        "ankle",
        "ankle",
    ]
    theirs = dict(zip(coco, Params("keypoints").kpt_oks_sigmas, strict=True))
    named = {"head": "nose", "neck": "shoulder", "hand": "wrist", "foot": "ankle"}
    assert {joint: pytest.approx(theirs[named.get(joint, joint)]) for joint in SIGMAS} == SIGMAS
    assert len(metrics.joint_sigmas(JOINTS)) == 14


@pytest.mark.parametrize("points", [11, 101])
@pytest.mark.parametrize("seed", range(20))
def test_precision_at_some_recalls_is_the_best_from_there_on(seed, points):
    rng = np.random.default_rng(seed)
    right = torch.tensor(rng.random(12) < 0.6)
    objects = max(1, int(right.sum()) + int(rng.integers(0, 4)))
    scores = torch.linspace(1, 0, 12)
    precision, recall = metrics.precision_recall(scores, right, objects)
    best = [
        max((p for p, r in zip(precision.tolist(), recall.tolist(), strict=True) if r >= asked), default=0)
        for asked in np.linspace(0, 1, points)
    ]
    assert metrics.average_precision(scores, right, objects, points) == pytest.approx(np.mean(best))


def test_a_detection_takes_the_best_object_that_is_free():
    """VOC calls the second detection wrong, since its best object is taken; COCO gives it the other one."""
    boxes, labels = torch.tensor([[0, 0, 10, 10], [0, 0, 10, 12.0]]), torch.tensor([1, 1])
    truth = [{"boxes": boxes, "labels": labels}]
    found = [{"boxes": boxes[[0, 0]], "labels": labels, "scores": torch.tensor([0.9, 0.8])}]
    assert metrics.ap_by_class(found, truth) == {1: 0.5}
    assert metrics.coco_ap(found, truth).at(0.5) == 1


def test_of_two_equal_overlaps_the_last_object_is_taken():
    """The first detection overlaps both objects by 2/3; the second is only good for the object on the left."""
    objects, labels = torch.tensor([[0, 0, 10, 10], [4, 0, 14, 10.0]]), torch.tensor([1, 1])
    boxes = torch.tensor([[2, 0, 12, 10], [0, 0, 10, 10.0]])
    found = [{"boxes": boxes, "labels": labels, "scores": torch.tensor([0.9, 0.8])}]
    for order, value in (([0, 1], 1), ([1, 0], 51 / 101)):
        truth = [{"boxes": objects[order], "labels": labels}]
        ours = metrics.coco_ap(found, truth, thresholds=(0.5,))
        assert ours.value == pytest.approx(value)
        same(ours, pycocotools(found, truth, "boxes", (0.5,)))


def test_a_person_without_a_joint_that_counts_does_not_count():
    person, mask = torch.rand(1, 14, 3) * 8, torch.ones(1, 9, 9)
    person[..., 2], nobody = 2, person * torch.tensor([1, 1, 0])
    label, sigmas = torch.tensor([1]), metrics.joint_sigmas(JOINTS)
    found = [{"keypoints": person, "labels": label, "scores": torch.tensor([0.9])}] * 2
    truth = [{"keypoints": p, "labels": label, "masks": mask} for p in (person, nobody)]
    assert metrics.coco_ap(found[:1], truth[:1], "keypoints", sigmas=sigmas).value == 1
    assert metrics.coco_ap(found, truth, "keypoints", sigmas=sigmas).value == 1, (
        "the first of two equal scores is right"
    )
    with pytest.raises(ValueError, match="no object that counts"):
        metrics.coco_ap(found[1:], truth[1:], "keypoints", sigmas=sigmas)


def test_scenes_have_what_it_wants():
    truth = [scene(seed).target() for seed in range(6)]
    sure = [image | {"scores": torch.ones(len(image["labels"]))} for image in truth]
    for by in ("boxes", "masks", "keypoints"):
        assert metrics.coco_ap(sure, truth, by, sigmas=metrics.joint_sigmas(JOINTS)).value == 1


BOX = {"boxes": torch.tensor([[0, 0, 4, 4.0]]), "labels": torch.tensor([1])}
FOUND = BOX | {"scores": torch.tensor([0.9])}
PERSON = {"keypoints": torch.ones(1, 14, 3), "labels": torch.tensor([1]), "masks": torch.ones(1, 4, 4)}
REFUSED = {
    "by what": lambda: metrics.coco_ap([FOUND], [BOX], "names"),
    "images are missing": lambda: metrics.coco_ap([], [BOX]),
    "no scores": lambda: metrics.coco_ap([BOX], [BOX]),
    "no object": lambda: metrics.coco_ap([], []),
    "no threshold": lambda: metrics.coco_ap([FOUND], [BOX], thresholds=()),
    "a threshold of 50": lambda: metrics.coco_ap([FOUND], [BOX], thresholds=(50,)),
    "areas exchanged": lambda: metrics.coco_ap([FOUND], [BOX], areas=(9, 4)),
    "no sigmas": lambda: metrics.coco_ap([PERSON | {"scores": torch.ones(1)}], [PERSON], "keypoints"),
    "not measured": lambda: metrics.coco_ap([FOUND], [BOX]).at(0.51),
    "one point": lambda: metrics.average_precision(torch.ones(1), torch.tensor([True]), 1, 1),
    "no such joint": lambda: metrics.joint_sigmas(["left tail"]),
    "no area": lambda: metrics.oks(torch.ones(1, 2, 2), torch.ones(1, 2, 3), torch.zeros(1), torch.ones(2)),
    "a sigma of 0": lambda: metrics.oks(torch.ones(1, 2, 2), torch.ones(1, 2, 3), torch.ones(1), torch.zeros(2)),
    "sigmas are missing": lambda: metrics.oks(torch.ones(1, 2, 2), torch.ones(1, 2, 3), torch.ones(1), torch.ones(3)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_a_sentence(case):
    with pytest.raises(ValueError, match=r"^[A-Z0-9a-z].{20,}\.$"):
        REFUSED[case]()
