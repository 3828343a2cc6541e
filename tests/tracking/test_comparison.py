"""The made detector, and trackers compared with it."""

import numpy as np
import pytest
import torch

from insidecnn import metrics
from insidecnn.tracking.bytetrack import ByteTrack
from insidecnn.tracking.comparison import Sequence, compare, summary
from insidecnn.tracking.made_detector import Errors, detect
from insidecnn.tracking.sort import Sort
from insidecnn.world.clips import clip
from insidecnn.world.scenes import CLASSES

CLIP = clip(5, frames=16, people=6)
NONE = Errors(place=0, score=0, missed=0, least=0.01, false=0)


def test_without_errors_it_finds_the_people():
    for t, (boxes, scores) in enumerate(detect(CLIP, errors=NONE)):
        people = (CLIP.labels == CLASSES.index("person")) & (CLIP.visibility[t] >= 0.01)
        assert torch.equal(boxes, CLIP.boxes[t, people])
        assert scores.numpy() == pytest.approx((CLIP.visibility[t, people].numpy() - 0.05).clip(0.05, 0.99), abs=1e-5)


def test_the_same_seed_makes_the_same_errors():
    first, again, other = (detect(CLIP, seed) for seed in (1, 1, 2))
    assert all(torch.equal(a[0], b[0]) and torch.equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0][1], other[0][1])


def test_each_error_does_what_it_says():
    exact = detect(CLIP, errors=NONE)
    count = sum(len(boxes) for boxes, _ in exact)
    moved = detect(CLIP, errors=Errors(0.05, 0, 0, 0.01, 0))
    heights = torch.cat([(b[:, 3] - b[:, 1])[:, None] for b, _ in exact])
    off = (torch.cat([b for b, _ in moved]) - torch.cat([b for b, _ in exact])) / heights
    assert off.std() == pytest.approx(0.05, rel=0.15)
    fewer = detect(CLIP, errors=Errors(0, 0, 0.5, 0.01, 0))
    assert 0.3 * count < sum(len(boxes) for boxes, _ in fewer) < 0.7 * count
    more = detect(CLIP, errors=Errors(0, 0, 0, 0.01, 1))
    assert 4 < sum(len(boxes) for boxes, _ in more) - count < 32
    hidden = detect(CLIP, errors=Errors(0, 0, 0, 0.6, 0))
    assert sum(len(boxes) for boxes, _ in hidden) == int((CLIP.visibility[:, CLIP.labels == 4] >= 0.6).sum())


def test_impossible_errors_are_refused():
    with pytest.raises(ValueError, match="missed"):
        detect(CLIP, errors=Errors(missed=1.5))


def test_clips_are_scored_each_and_together():
    sequences = [Sequence(detect(CLIP, seed), [CLIP.seen(t) for t in range(len(CLIP.images))]) for seed in (0, 1)]
    scores = compare({"SORT": Sort(), "ByteTrack": ByteTrack()}, sequences)
    assert list(scores) == ["SORT", "ByteTrack"] and all(len(each) == 2 for each in scores.values())
    both = scores["SORT"]
    found = summary(both)
    assert found["mota"]["together"] == pytest.approx(metrics.pooled(both).mota, abs=1e-4)
    assert found["idf1"]["spread"] == pytest.approx(np.std([each.idf1 for each in both]), abs=1e-4)
    assert found["switches"]["together"] == sum(each.switches for each in both)
    assert summary(scores["ByteTrack"])["mota"]["together"] > found["mota"]["together"]
