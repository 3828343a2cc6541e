"""Made clips of actions: the motion is the one in the name, each is its partner played backwards, and a period hides it."""

from random import Random

import numpy as np
import pytest

from insidecnn.world import actions, backgrounds
from insidecnn.world.actions import CLASSES, FRAMES, KINDS, MOTIONS, PERIOD, SIZE, STILL, Held, clip, filmed, path


def rounds(motion, seed=0, frames=PERIOD + 1):
    """The places of a few frames without their drift, so that a round ends where it began."""
    places = path(motion, 30, Random(seed), FRAMES)
    drift = (places[PERIOD] - places[0]) / PERIOD
    return (places - np.arange(FRAMES)[:, None] * drift)[:frames]


def swept(places):
    """The area that a closed way goes round, positive if clockwise on the screen, where y runs down."""
    x, y = places.T
    return (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2


def ups_and_downs(places):
    """In how many frames of a round a thing goes clearly up, and in how many down."""
    steps = np.diff(places[:, 1])
    return int((steps < -0.3).sum()), int((steps > 0.3).sum())


@pytest.mark.parametrize("seed", range(5))
def test_each_motion_is_the_one_in_its_name(seed):
    assert swept(rounds("circles clockwise", seed)) > 20 and swept(rounds("circles counter-clockwise", seed)) < -20
    for motion in ("goes up fast, down slowly", "goes down fast, up slowly"):
        places = rounds(motion, seed)
        assert np.ptp(places[:, 0]) < 1e-3 and np.ptp(places[:, 1]) > 3
    up, down = ups_and_downs(rounds("goes up fast, down slowly", seed))
    assert up <= 3 and down >= 5
    up, down = ups_and_downs(rounds("goes down fast, up slowly", seed))
    assert up >= 5 and down <= 3


def test_played_backwards_each_motion_is_its_partner():
    for seed in range(5):
        assert swept(rounds("circles clockwise", seed)[::-1]) < -20
        up, down = ups_and_downs(rounds("goes up fast, down slowly", seed)[::-1])
        assert up >= 5 and down <= 3  # as what goes down fast and up slowly


@pytest.mark.parametrize("motion", MOTIONS)
def test_every_eighth_frame_has_the_thing_at_one_place_but_for_the_drift(motion):
    places = path(motion, 30, Random(1))
    after = places[PERIOD:] - places[:-PERIOD]
    assert np.ptp(after, axis=0).max() < 1e-3 and np.abs(after).max() <= actions.DRIFT * SIZE * PERIOD / FRAMES + 1e-3
    other = path(motion, 30, Random(1), period=10)
    assert np.ptp(other[PERIOD:] - other[:-PERIOD], axis=0).max() > 1


def test_a_still_thing_only_drifts():
    steps = np.diff(path(STILL, 30, Random(3)), axis=0)
    assert np.ptp(steps, axis=0).max() < 1e-4
    assert clip("cup", STILL, 0, frames=2).number == -1


def test_the_thing_is_drawn_at_its_places():
    sheet = np.zeros((2 * SIZE, 2 * SIZE, 4), np.uint8)
    sheet[SIZE - 4 : SIZE + 4, SIZE - 4 : SIZE + 4] = 255
    places = np.float32([[20, 30], [40.5, 12.25]])
    images = filmed(np.zeros((SIZE, SIZE, 3), np.float32), Held(sheet, 8), places, Random(0)).astype(float).mean(3)
    images *= images > 60  # without the noise
    centres = np.arange(SIZE) + 0.5
    for image, (x, y) in zip(images, places, strict=True):
        assert (image.sum(0) @ centres / image.sum(), image.sum(1) @ centres / image.sum()) == pytest.approx(
            (x, y), abs=0.1
        )


@pytest.mark.parametrize("kind", KINDS)
def test_an_arm_from_below_holds_the_thing(kind):
    for seed in range(4):
        thing = actions.held(kind, Random(seed))
        opacity = thing.sheet[..., 3]
        assert thing.sheet.shape == (2 * SIZE, 2 * SIZE, 4) and (thing.sheet[..., :3] <= opacity[..., None]).all()
        low, high = actions.SIDES
        assert low * SIZE <= thing.side <= high * SIZE
        half = round(0.65 * thing.side)  # it is turned a little
        beyond = opacity.copy()
        beyond[SIZE - half : SIZE + half, SIZE - half : SIZE + half] = 0
        assert not beyond[:SIZE].any() and beyond.any()
        inside = opacity[SIZE - half : SIZE + half, SIZE - half : SIZE + half] > 128
        assert 0.1 < inside.mean() < 0.7


def test_the_same_arguments_give_the_same_clip():
    first, again, other = (clip("boat", "circles clockwise", seed, frames=3) for seed in (4, 4, 5))
    assert first.images.shape == (3, SIZE, SIZE, 3) and first.images.dtype == np.uint8
    assert np.array_equal(first.images, again.images) and not np.array_equal(first.images, other.images)
    assert first.name == CLASSES[first.number] == "a boat circles clockwise"
    tensor = first.tensor()
    assert tensor.shape == (3, 3, SIZE, SIZE) and tensor[2, 1, 5, 7].item() * 255 == pytest.approx(
        first.images[1, 5, 7, 2]
    )


def test_every_class_has_its_number():
    numbers = [clip(kind, motion, 0, frames=1).number for kind in KINDS for motion in MOTIONS]
    assert numbers == list(range(len(CLASSES))) and len(set(CLASSES)) == len(CLASSES) == 32


def test_no_split_sees_the_photographs_of_another(monkeypatch):
    asked = set()
    monkeypatch.setattr(backgrounds, "photograph", lambda name: asked.add(name) or np.zeros((100, 120, 3), np.uint8))
    for split in ("train", "validation", "test"):
        asked.clear()
        for seed in range(30):
            clip("ball", "circles clockwise", seed, split, frames=1)
        assert asked == set(backgrounds.SPLITS[split])


def test_noise_has_its_size_and_no_mean():
    spreads = []
    for seed in range(30):
        noise = actions.noise(Random(seed), (2, 20, 20, 3))
        assert noise.shape == (2, 20, 20, 3) and abs(noise.mean()) < 4 * noise.std() / noise.size**0.5 + 1e-6
        assert noise.std() == pytest.approx(np.abs(noise).max() / 3**0.5, rel=0.08)  # even between its limits
        spreads.append(noise.std())
    assert 5 < max(spreads) <= 255 / 25 * 1.08 and min(spreads) < 2


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"kind": "dog"}, "no kind 'dog'; choose one of ball"),
        ({"motion": "jumps"}, "no motion 'jumps'; choose one of circles clockwise"),
        ({"frames": 0}, "frames is 0; it must be at least 1"),
        ({"period": 0}, "period is 0; it must be a number above 0"),
        ({"split": "exam"}, "no split 'exam'"),
    ],
)
def test_impossible_clips_are_refused_in_a_sentence(settings, words):
    with pytest.raises(ValueError, match=words):
        clip(**{"kind": "ball", "motion": "circles clockwise", "seed": 0} | settings)
