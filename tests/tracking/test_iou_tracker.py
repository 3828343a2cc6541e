"""Numbers stay with their objects while these overlap from frame to frame."""

import torch

from insidecnn.tracking.iou_tracker import link


def frames(*lefts):
    return [torch.tensor([[left, 5.0, left + 20, 15.0] for left in each]).reshape(-1, 4) for each in lefts]


def names(found):
    return [identities.tolist() for identities, _ in found]


def test_a_number_stays_with_its_object_whatever_the_order_of_the_boxes():
    given = frames([0, 100], [104, 4], [8, 108])
    found = link(given)
    assert names(found) == [[0, 1], [1, 0], [0, 1]]
    assert all(boxes is wanted for (_, boxes), wanted in zip(found, given, strict=True))


def test_an_unseen_object_is_forgotten_without_memory():
    given = frames([0, 100], [100], [], [0, 100])
    assert names(link(given)) == [[0, 1], [1], [], [2, 3]]
    assert names(link(given, memory=1)) == [[0, 1], [1], [], [2, 1]]
    assert names(link(given, memory=2)) == [[0, 1], [1], [], [0, 1]]


def test_too_little_overlap_is_another_object():
    assert names(link(frames([0], [10]), least=0.3)) == [[0], [0]], "IoU 1/3"
    assert names(link(frames([0], [10]), least=0.34)) == [[0], [1]]


def test_the_sum_of_the_overlaps_decides():
    """Object 0 alone would take the box at 6; together 0 → 1 is left for it and 10 → 6 is better for both."""
    assert names(link(frames([0, 10], [6, 1]))) == [[0, 1], [1, 0]]
