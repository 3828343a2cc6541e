"""Template matching against the correlation written out."""

import numpy as np
import pytest

from insidecnn import photos
from insidecnn.matching import best_places


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def correlation(window: np.ndarray, patch: np.ndarray) -> float:
    a, b = (p.astype(float) - p.mean((0, 1), dtype=float) for p in (window, patch))
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def test_scores_are_the_correlations_and_the_best_one_comes_first(rng):
    pixels = rng.integers(0, 256, (14, 17, 3), np.uint8)
    patch = pixels[4:9, 6:10]
    places = best_places(pixels, patch, 5)
    assert places[0].box == (6, 4, 10, 9)
    assert [p.score for p in places] == sorted((p.score for p in places), reverse=True)
    for score, (left, top, right, bottom) in places:
        assert score == pytest.approx(correlation(pixels[top:bottom, left:right], patch), abs=1e-4)
    every = [correlation(pixels[t : t + 5, c : c + 4], patch) for t in range(10) for c in range(14)]
    assert places[0].score == pytest.approx(max(every), abs=1e-4)


def test_brightness_and_contrast_do_not_matter(rng):
    pixels = np.full((30, 30, 3), 200, np.uint8)
    patch = rng.integers(0, 100, (6, 6, 3), np.uint8)
    pixels[2:8, 20:26] = patch // 2 + 80
    assert best_places(pixels, patch, 1)[0].box == (20, 2, 26, 8)


@pytest.mark.parametrize("height, width", [(4, 4), (5, 3), (3, 6)])
def test_windows_of_one_colour_score_nothing(rng, height, width):
    pixels = np.zeros((20, 20, 3), np.uint8)
    pixels[:, :10] = (255, 0, 0)
    patch = rng.integers(0, 256, (height, width, 3), np.uint8)
    for score, (left, top, right, bottom) in best_places(pixels, patch, 30):
        if not left < 10 < right:
            assert score == 0, (top, left)
        else:
            assert score == pytest.approx(correlation(pixels[top:bottom, left:right], patch), abs=1e-4)


def test_places_do_not_overlap_and_end_when_none_is_left(rng):
    pixels = rng.integers(0, 256, (9, 9, 3), np.uint8)
    places = best_places(pixels, pixels[:4, :4], 50)
    covered = np.zeros((9, 9), int)
    for _, (left, top, right, bottom) in places:
        covered[top:bottom, left:right] += 1
    assert covered.max() == 1 and 1 <= len(places) <= 4


def test_a_cats_eye_finds_the_other():
    cat = photos.read(photos.path("chelsea"))
    own, other = best_places(cat, cat[115:155, 300:340], 2)
    assert own.box == (300, 115, 340, 155)
    assert own.score == pytest.approx(1, abs=1e-5)  # float32, by way of a Fourier transform
    left, top, right, bottom = other.box
    assert top < 118 < bottom and left < 180 < right


REFUSED = {
    "larger than the photograph": ((5, 9), "larger|smaller patch"),
    "all of one colour": ((2, 2), "one colour"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_a_sentence(rng, case):
    shape, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        best_places(rng.integers(0, 256, (8, 8, 3), np.uint8), np.full((*shape, 3), 7, np.uint8), 1)
