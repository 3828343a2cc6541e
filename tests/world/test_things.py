"""Pictures of things: the same every time, as they are labelled, and on backgrounds that no two splits share."""

from random import Random

import cv2
import numpy as np
import pytest

from insidecnn import photos
from insidecnn.world import backgrounds, classes, colours, kinds, patterns, things
from insidecnn.world.draw import Look, Place, coverage, draw

FLAT = Look(
    kinds.Shape([(np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float), True)]),
    "plain", ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), 0.5, (0.0, 0.0), (0.0, 0.0), (0.0, 0.0, 0.0),
)  # fmt: skip


def test_the_same_arguments_give_the_same_picture():
    first, again, other = (things.thing(514, seed, 96) for seed in (3, 3, 4))
    assert first.image.dtype == np.uint8 and first.image.shape == (96, 96, 3)
    assert (first.image == again.image).all() and (first.image != other.image).any()
    assert first.name == "orange dotted cup"
    assert (things.thing(515, 3, 96).image != first.image).any()


def test_pixels_are_those_that_training_saw():
    """A change of one level at an edge is no harm; another drawing would make the card's scores another network's."""
    numbers = range(5, 1000, 111)
    plain = [things.thing(number, 1, 64, "plain").image.mean() for number in numbers]
    before_photographs = [things.thing(number, 1, 64, "test").image.std() for number in numbers]
    assert plain == pytest.approx(MEANS, abs=0.1)
    assert before_photographs == pytest.approx(DEVIATIONS, abs=0.1)


MEANS = [160.23, 97.58, 57.21, 110.94, 119.07, 87.37, 59.25, 143.47, 124.29]
DEVIATIONS = [35.96, 38.62, 44.36, 42.32, 44.73, 22.09, 20.39, 24.23, 18.3]


@pytest.mark.parametrize("kind", range(10))
def test_labels_are_what_is_drawn(kind):
    for seed in range(12):
        picture = things.thing(kind * 100 + 40, seed, 128)
        rows, columns = np.flatnonzero(picture.mask.any(1)), np.flatnonzero(picture.mask.any(0))
        assert picture.box == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        left, top, right, bottom = picture.whole_box
        assert left <= picture.box[0] + 1 and top <= picture.box[1] + 1
        assert right >= picture.box[2] - 1 and bottom >= picture.box[3] - 1
        assert 128 / 6.5 < max(right - left, bottom - top) < 128 * 1.3  # turned, its box is larger than its square
        assert set(picture.joints) == (set(kinds.JOINTS) if kind == 9 else set())
        for x, y in picture.joints.values():
            assert left - 1 <= x <= right + 1 and top - 1 <= y <= bottom + 1


def test_joints_lie_on_the_person():
    for seed in range(20):
        picture = things.thing(900, seed, 224)
        for name, (x, y) in picture.joints.items():
            if 1 <= x < 223 and 1 <= y < 223:
                around = picture.mask[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2]
                assert around.any(), (seed, name)


@pytest.mark.parametrize("colour", range(10))
def test_a_plain_thing_has_the_colour_of_its_name(colour):
    low, high = colours.RANGES[classes.COLOUR_NAMES[colour]][0]
    for seed in range(5):
        picture = things.thing(colour * 10, seed, 96, "plain", (0.5, 0.8))  # a plain ball
        pixel = np.median(picture.image[picture.mask], axis=0).astype(np.uint8)[None, None]
        hue, saturation, _ = cv2.cvtColor(np.float32(pixel) / 255, cv2.COLOR_RGB2HSV)[0, 0]
        if classes.COLOUR_NAMES[colour] == "grey":
            assert saturation < 0.15
        else:
            from_middle = abs((hue - (low + high) / 2 + 180) % 360 - 180)
            assert from_middle < (high - low) / 2 + 8
            assert saturation > 0.2


PROFILES = {  # how the second tone changes along a row, and down a column
    "plain": (False, False),
    "banded": (False, True),
    "striped": (True, False),
    "slanted": (True, True),
    "halved": (True, False),
}


@pytest.mark.parametrize("name", PROFILES)
def test_stripes_run_as_their_name_says(name):
    v, u = np.mgrid[0:3:60j, 0:3:60j]
    share = patterns.second_tone(name, u - 1.5, v - 1.5, 20)
    share = np.broadcast_to(share, u.shape)
    along, down = np.ptp(share, axis=1).max() > 0.9, np.ptp(share, axis=0).max() > 0.9
    assert (along, down) == PROFILES[name]


@pytest.mark.parametrize("name", patterns.FORMULAS)
def test_a_pattern_shows_both_tones_and_repeats(name):
    random = np.random.default_rng(0)
    u, v = random.uniform(-3, 3, (2, 4000))
    share = np.broadcast_to(patterns.second_tone(name, u, v, 30), u.shape)
    if name == "plain":
        assert not share.any()
        return
    assert 0.15 < share.mean() < 0.65
    if name not in ("ringed", "halved", "slanted", "zigzag", "checked"):
        moved = patterns.second_tone(name, u + 1, v - 2, 30)
        assert np.allclose(np.broadcast_to(moved, u.shape), share, atol=1e-6)


def test_patterns_tell_apart_what_others_take_for_one():
    """Points whose tone is known: the middle of a dot, of a ring's second band, of a lattice's bar, of a square."""
    at = lambda name, u, v: float(patterns.second_tone(name, np.array(u), np.array(v), 100))  # noqa: E731
    assert (at("dotted", 0.5, 0.5), at("dotted", 0.0, 0.0), at("dotted", 0.5, 0.9)) == (1, 0, 0)
    assert (at("ringed", 0.5, 0), at("ringed", 0, -0.5), at("ringed", 0, 0), at("ringed", 0.6, 0.8)) == (1, 1, 0, 0)
    assert (at("latticed", 0, 0.5), at("latticed", 0.5, 0), at("latticed", 0.5, 0.5)) == (1, 1, 0)
    fifth = 1 / 1.6  # half a square of the checks
    assert at("checked", 0.5 / 0.8, 0.5 / 0.8) == 1 and at("checked", 0.5 / 0.8 + fifth, 0.5 / 0.8) == 0
    assert at("checked", 0.5 / 0.8 + fifth, 0.5 / 0.8 + fifth) == 1
    assert at("halved", 0.4, -3) == 1 and at("halved", -0.4, 3) == 0
    assert at("zigzag", 0.5 / 0.7, 0.5) == 1 and at("zigzag", 0.0, 0.5) == 0  # the wave has moved by most of a half


def test_an_edge_is_covered_by_its_share():
    covered = coverage(FLAT.shape, Place(10, 10, 8.5), (0, 0, 20, 20))
    assert covered[10, 10] == 1 and covered[10, 4] == 0
    assert covered[10, 5] == pytest.approx(0.25, abs=0.13)  # the left side is at 5.75
    assert covered.sum() == pytest.approx(8.75**2, abs=2)  # OpenCV fills the samples under the edge, too


def test_what_is_drawn_is_where_it_is_placed():
    picture = np.ones((60, 80, 3), np.float32)
    covered = draw(picture, FLAT, Place(50, 20, 20))
    assert (covered[11:29, 41:59] == 1).all() and covered.sum() == pytest.approx(400, abs=12)
    assert picture[20, 50] == pytest.approx([1, 0, 0]) and picture[50, 20] == pytest.approx([1, 1, 1])
    turned = draw(np.ones((60, 80, 3), np.float32), FLAT, Place(50, 20, 20, 45))
    assert turned[20, 50 + 12] == 1 and turned[11, 41] == 0  # a corner points to the right


def test_a_thing_turns_clockwise_and_is_mirrored():
    nose = kinds.Shape([(np.array([(-1, -0.2), (1, -0.2), (1, 0.2), (-1, 0.2)], float), True),
                        (np.array([(0.6, -1), (1, -1), (1, 0), (0.6, 0)], float), True)])  # fmt: skip
    at = lambda turn, mirrored, x, y: coverage(nose, Place(50, 50, 60, turn, mirrored), (0, 0, 100, 100))[y, x]  # noqa: E731
    assert at(0, False, 74, 30) == 1 and at(0, True, 74, 30) == 0 and at(0, True, 26, 30) == 1
    assert at(90, False, 70, 74) == 1 and at(90, False, 30, 74) == 0  # what pointed up on the right, points right below


def test_the_shadow_darkens_only_the_background():
    shaded = Look(FLAT.shape, "plain", FLAT.tones, 0.5, (0, 0), (0, 0), (0.3, 0.3, 0.5))
    picture = np.ones((60, 60, 3), np.float32)
    draw(picture, shaded, Place(30, 30, 20))
    assert picture[30, 30] == pytest.approx([1, 0, 0])
    assert picture[41, 41].max() < 0.9 and picture[18, 18].min() > 0.99  # below and to the right


def test_nothing_outside_the_picture_is_no_error():
    picture = np.ones((20, 20, 3), np.float32)
    assert not draw(picture, FLAT, Place(-100, 5, 8)).any() and (picture == 1).all()


def test_no_two_splits_share_a_photograph():
    names = [name for split in backgrounds.SPLITS.values() for name in split]
    assert sorted(names) == sorted(photos.SAMPLES)
    assert len(backgrounds.TEST) == 5


def test_a_test_background_is_of_the_strip_that_no_training_sees():
    from insidecnn.training.crops import parts, tensor

    for name in backgrounds.TEST:
        strip = parts(tensor(name))["test"][0].permute(1, 2, 0).numpy()
        scale = min(1, 640 / max(tensor(name).shape[1:]))
        shown = backgrounds.photograph(name)
        assert abs(shown.shape[1] - strip.shape[1] * scale) <= 1
        again = cv2.resize(strip, shown.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(again.astype(float) - shown).mean() < 3, name


def test_crops_of_a_split_are_of_its_photographs(monkeypatch):
    asked = set()
    monkeypatch.setattr(backgrounds, "photograph", lambda name: asked.add(name) or np.zeros((100, 120, 3), np.uint8))
    for seed in range(200):
        assert backgrounds.crop("validation", 32, Random(seed)).shape == (32, 32, 3)
    assert asked == set(backgrounds.VALIDATION)
    with pytest.raises(ValueError, match="train, validation, test or plain"):
        backgrounds.crop("tests", 32, Random(0))


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_shape_fits_its_square_and_varies(kind):
    made = [kinds.shape(kind, Random(seed).uniform) for seed in range(6)]
    for shape in made:
        corners = np.concatenate([outline for outline, filled in shape.parts if filled])
        assert np.abs(corners).max() == pytest.approx(1)
        assert (corners.min(0) + corners.max(0)) / 2 == pytest.approx([0, 0])
    first = made[0].parts[0][0]
    assert any(other.parts[0][0].shape != first.shape or (other.parts[0][0] != first).any() for other in made[1:])


def test_things_are_pasted_together():
    first, second = (things.thing(number, number, 64, "test", (0.2, 0.4)) for number in (514, 160))
    both = things.together([first, second])
    assert (both[second.mask] == second.image[second.mask]).all()
    assert (both[~second.mask] == first.image[~second.mask]).all()
