"""The measures against torchvision, against plain loops, and against cases worked by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision import ops

from insidecnn import metrics

whole = st.integers(0, 12)
box = st.tuples(whole, whole, whole, whole).map(
    lambda v: [min(v[0], v[1]), min(v[2], v[3]), max(v[0], v[1]) + 1, max(v[2], v[3]) + 1]
)
boxes = st.lists(box, min_size=1, max_size=9).map(lambda b: torch.tensor(b, dtype=torch.float32))


@given(boxes, boxes)
def test_box_iou_is_torchvisions(a, b):
    assert torch.allclose(metrics.box_iou(a, b), ops.box_iou(a, b), atol=1e-6)


@given(boxes, boxes)
def test_mask_iou_of_filled_boxes_is_their_box_iou(a, b):
    def filled(boxes):
        masks = torch.zeros(len(boxes), 14, 14, dtype=torch.bool)
        for mask, (left, top, right, bottom) in zip(masks, boxes.int().tolist(), strict=True):
            mask[top:bottom, left:right] = True
        return masks

    assert torch.allclose(metrics.mask_iou(filled(a), filled(b)), metrics.box_iou(a, b), atol=1e-6)


@given(boxes, st.floats(0, 1), st.randoms(use_true_random=False))
def test_nms_is_torchvisions(some, threshold, random):
    order = list(range(len(some)))
    random.shuffle(order)
    scores = torch.tensor(order, dtype=torch.float32) / len(order)  # no two alike
    iou = ops.box_iou(some, some)
    if (iou - threshold).abs().min() > 1e-6:  # at the threshold itself rounding decides
        assert metrics.nms(some, scores, threshold).tolist() == ops.nms(some, scores, threshold).tolist()


def test_an_empty_box_and_an_empty_mask_overlap_nothing():
    nothing = torch.tensor([[3.0, 3, 3, 3]])
    assert metrics.box_iou(nothing, nothing).item() == 0
    assert metrics.mask_iou(torch.zeros(1, 4, 4), torch.zeros(2, 4, 4)).tolist() == [[0, 0]]
    assert metrics.box_iou(torch.zeros(0, 4), nothing).shape == (0, 1)


def test_class_iou_by_hand():
    truth = torch.tensor([[0, 0, 1], [0, 1, 1]])
    found = torch.tensor([[0, 1, 1], [0, 1, 0]])
    assert metrics.confusion(found, truth, 2).tolist() == [[2, 1], [1, 2]]
    assert metrics.class_iou(found, truth, 3)[:2].tolist() == [0.5, 0.5]  # two right of four in the union
    assert metrics.class_iou(found, truth, 3)[2].isnan()
    assert metrics.mean_iou(found, truth, 3) == 0.5  # of the two that there are


AP = {  # right or wrong from the best detection down, objects, area by hand
    "all right": ("11", 2, 1.0),
    "nothing found": ("00", 2, 0.0),
    "no detections": ("", 3, 0.0),
    "one of two": ("1", 2, 0.5),
    "a false one first": ("01", 1, 0.5),
    "right, wrong, right": ("101", 2, 0.5 * 1 + 0.5 * 2 / 3),
    "precision is made to fall": ("011", 2, 2 / 3),
}


@pytest.mark.parametrize("case", AP)
def test_average_precision_by_hand(case):
    marks, objects, area = AP[case]
    right = torch.tensor([mark == "1" for mark in marks], dtype=torch.bool)
    assert metrics.average_precision(torch.linspace(1, 0, len(marks)), right, objects) == pytest.approx(area)


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.integers(0, 5))
def test_average_precision_is_the_mean_of_the_best_precisions(marks, missed):
    """The area, summed in another way: object by object in place of detection by detection."""
    objects = max(1, sum(marks) + missed)
    found = [sum(marks[: i + 1]) for i in range(len(marks))]
    best = [
        max((n / (i + 1) for i, n in enumerate(found) if n >= object_number), default=0)
        for object_number in range(1, objects + 1)
    ]
    scores = torch.linspace(1, 0, len(marks))
    assert metrics.average_precision(scores, torch.tensor(marks), objects) == pytest.approx(sum(best) / objects)


def test_only_the_first_detection_of_an_object_is_right():
    iou = torch.tensor([[0.9, 0.0], [0.95, 0.0], [0.6, 0.7], [0.4, 0.3]])
    assert metrics.hits(iou, torch.tensor([0.9, 0.8, 0.7, 0.6])).tolist() == [True, False, True, False]
    assert metrics.hits(iou, torch.tensor([0.8, 0.9, 0.7, 0.6])).tolist() == [False, True, True, False]
    assert metrics.hits(torch.zeros(2, 0), torch.tensor([1.0, 0.5])).tolist() == [False, False]


def test_ap_by_class_pools_the_images():
    a, b = torch.tensor([[0.0, 0, 10, 10]]), torch.tensor([[20.0, 20, 30, 30]])
    one, two = torch.tensor([1]), torch.tensor([2])
    truth = [{"boxes": a, "labels": one}, {"boxes": torch.cat([a, b]), "labels": torch.cat([one, two])}]
    found = [
        {"boxes": b, "labels": one, "scores": torch.tensor([0.9])},  # wrong place, and most certain
        {"boxes": torch.cat([a, b]), "labels": torch.cat([one, two]), "scores": torch.tensor([0.8, 0.7])},
    ]
    assert metrics.ap_by_class(found, truth) == {1: pytest.approx(0.25), 2: pytest.approx(1)}


def test_pck_by_hand():
    truth = torch.tensor([[[0.0, 0, 2], [10, 0, 1], [50, 50, 0]]])
    found = torch.tensor([[[3.0, 4], [10, 9], [0, 0]]])  # 5 and 9 pixels away; the third does not count
    size = torch.tensor([[0.0, 0, 20, 40]])
    assert [metrics.pck(found, truth, size, alpha) for alpha in (0.1, 0.2, 0.25)] == [0, 0.5, 1]


def frame(**places):
    """Identities and boxes of 10×10 pixels: ``frame(a=0, b=20)`` by their left edges."""
    return (
        torch.tensor([ord(name) for name in places], dtype=torch.int64),
        torch.tensor([[x, 0.0, x + 10, 10] for x in places.values()]).view(-1, 4),
    )


TRACKS = {  # truth, found, (misses, false positives, switches)
    "perfect": ([frame(a=0), frame(a=5)], [frame(x=0), frame(x=5)], (0, 0, 0)),
    "a miss and a ghost": ([frame(a=0), frame(a=5)], [frame(), frame(x=5, y=50)], (1, 1, 0)),
    "a switch": ([frame(a=0), frame(a=5)], [frame(x=0), frame(y=5)], (0, 0, 1)),
    "a switch after a gap": ([frame(a=0)] * 3, [frame(x=0), frame(), frame(y=0)], (1, 0, 1)),
    "back after a gap": ([frame(a=0)] * 3, [frame(x=0), frame(), frame(x=0)], (1, 0, 0)),
    "two change places": (
        [frame(a=0, b=20), frame(a=0, b=20)],
        [frame(x=0, y=20), frame(y=0, x=20)],
        (0, 0, 2),
    ),
    "an old pair stays, though a new one is nearer": ([frame(a=0)] * 2, [frame(x=0), frame(x=3, y=0)], (0, 1, 0)),
    "a pair goes on after a gap": (  # so py-motmetrics 1.4.0, too
        [frame(a=10), frame(a=10), frame(a=7, b=8)],
        [frame(x=10), frame(x=1), frame(x=9, y=5)],
        (1, 1, 0),
    ),
    "three pairs rather than two better ones": ([frame(a=0, b=3, c=6)], [frame(x=3, y=6, z=9)], (0, 0, 0)),
    "too far": ([frame(a=0)], [frame(x=6)], (1, 1, 0)),
    "pairs for the largest sum": ([frame(a=0, b=3)], [frame(x=2, y=-2)], (0, 0, 0)),
}


@pytest.mark.parametrize("case", TRACKS)
def test_mota_by_hand(case):
    truth, found, errors = TRACKS[case]
    result = metrics.mota(found, truth)
    assert (result.misses, result.false_positives, result.switches) == errors
    assert result.value == pytest.approx(1 - sum(errors) / result.objects)


def test_a_pair_may_overlap_by_the_threshold_exactly():
    first, then = frame(a=0), frame(x=6, y=0)  # a and x: 4 of 16 pixels
    for truth, found, errors in (([first], [frame(x=6)], (0, 0, 0)), ([first] * 2, [frame(x=0), then], (0, 1, 0))):
        result = metrics.mota(found, truth, 0.25)
        assert (result.misses, result.false_positives, result.switches) == errors


def test_mota_may_be_negative():
    assert metrics.mota([frame(x=50, y=70)], [frame(a=0)]).value == -2


REFUSED = {
    "boxes are not (n, 4)": lambda: metrics.box_iou(torch.zeros(4), torch.zeros(1, 4)),
    "a box is upside down": lambda: metrics.box_iou(torch.tensor([[0.0, 5, 1, 1]]), torch.zeros(1, 4)),
    "masks of two sizes": lambda: metrics.mask_iou(torch.zeros(1, 3, 3), torch.zeros(1, 3, 4)),
    "maps of two sizes": lambda: metrics.class_iou(torch.zeros(2, 2).long(), torch.zeros(2).long(), 2),
    "a label too large": lambda: metrics.class_iou(torch.tensor([2]), torch.tensor([1]), 2),
    "scores are missing": lambda: metrics.nms(torch.zeros(2, 4), torch.zeros(1)),
    "a threshold of 2": lambda: metrics.nms(torch.zeros(1, 4), torch.zeros(1), 2),
    "no object": lambda: metrics.average_precision(torch.ones(1), torch.tensor([False]), 0),
    "more right than objects": lambda: metrics.average_precision(torch.ones(2), torch.tensor([True, True]), 1),
    "images are missing": lambda: metrics.ap_by_class([], [{}]),
    "by what": lambda: metrics.ap_by_class([], [], by="names"),
    "keypoints without visibility": lambda: metrics.pck(torch.zeros(1, 7, 2), torch.zeros(1, 7, 2), torch.zeros(1, 4)),
    "alpha of 0": lambda: metrics.pck(torch.zeros(1, 7, 2), torch.ones(1, 7, 3), torch.zeros(1, 4), 0),
    "no keypoint counts": lambda: metrics.pck(torch.zeros(1, 7, 2), torch.zeros(1, 7, 3), torch.zeros(1, 4)),
    "frames are missing": lambda: metrics.mota([], [frame(a=0)]),
    "no object in any frame": lambda: metrics.mota([frame(x=0)], [frame()]),
    "an identity twice": lambda: metrics.mota([(torch.tensor([1, 1]), torch.zeros(2, 4))], [frame(a=0)]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_a_sentence(case):
    with pytest.raises(ValueError, match=r"^[A-Z0-9a-z].{20,}\.$"):
        REFUSED[case]()
