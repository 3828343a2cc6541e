"""Clips: an object stays the same one, moves smoothly, hides and comes back; one frame can be drawn alone."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from insidecnn.world import clips

CLIP = clips.clip(3, frames=40)


def test_a_frame_alone_is_the_frame_of_the_clip():
    script = clips.script(3, frames=40)
    for t in (0, 17):
        frame = script.frame(t)
        assert np.array_equal(frame.image, CLIP.images[t])
        assert torch.equal(frame.whole_boxes, CLIP.boxes[t]) and torch.equal(frame.labels, CLIP.labels)


def test_boxes_move_by_a_few_pixels():
    middle = (CLIP.boxes[..., :2] + CLIP.boxes[..., 2:]) / 2  # (T, n, 2)
    whole = (CLIP.boxes[..., 0] > 0) & (CLIP.boxes[..., 2] < clips.SHAPE[1])
    both = whole[1:] & whole[:-1]
    step = (middle[1:] - middle[:-1]).norm(dim=2)[both]
    assert len(step) > 50 and step.max() < 8 and step.mean() > 0.5


def test_visibility_says_what_is_hidden():
    assert CLIP.visibility.shape == (40, 7) and CLIP.visibility.min() >= 0 and CLIP.visibility.max() <= 1
    assert (CLIP.visibility < 0.3).any() and (CLIP.visibility > 0.95).any()
    for t in (0, 20):
        names, boxes = CLIP.seen(t, least=0.5)
        assert (CLIP.labels[names] == 4).all() and (CLIP.visibility[t, names] >= 0.5).all()
        assert torch.equal(boxes, CLIP.boxes[t, names])
    outside = (CLIP.boxes == 0).all(2)
    assert (CLIP.visibility[outside] == 0).all()


def test_people_leave_and_come_back():
    gone = 0
    for seed in range(12):
        script = clips.script(seed, frames=80, people=4, things=0, posts=0)
        for actor in script.actors:
            inside = (np.array(actor.x) > -0.3 * actor.side) & (np.array(actor.x) < clips.SHAPE[1] + 0.3 * actor.side)
            changes = np.flatnonzero(np.diff(inside.astype(int)))
            gone += any(not inside[a + 1] and inside[b + 1] for a, b in pairwise(changes))
    assert gone >= 3


def test_posts_hide_everybody():
    with_post, without = (clips.script(5, frames=30, people=5, things=0, posts=n) for n in (1, 0))
    hidden = [with_post.frame(t).masks.sum() < without.frame(t).masks.sum() for t in range(0, 30, 5)]
    assert any(hidden)


@pytest.mark.parametrize(
    "arguments, complaint",
    [({"frames": 0}, "frames"), ({"people": 0, "things": 0}, "people and things"), ({"split": "exam"}, "exam")],
)
def test_says_what_is_wrong(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        clips.clip(0, **arguments)
