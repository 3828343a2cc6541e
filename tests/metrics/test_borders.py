"""Distances to borders, pixel by pixel, and errors counted in bands around them."""

import numpy as np
import pytest
import torch

from insidecnn.metrics.borders import BANDS, border_distance, wrong_by_distance


def test_distances_are_those_to_the_nearest_other_pixel():
    classes = torch.randint(3, (2, 5, 6), generator=torch.Generator().manual_seed(0)).repeat_interleave(3, 2)
    found = border_distance(classes)
    for picture, distances in zip(classes.numpy(), found, strict=True):
        for y, x in np.ndindex(*picture.shape):
            nearest = np.hypot(*(np.argwhere(picture != picture[y, x]) - (y, x)).T).min()
            assert distances[y, x].item() == pytest.approx(nearest, abs=1e-4)


def test_one_class_alone_has_no_border():
    assert border_distance(torch.ones(1, 4, 4, dtype=torch.int64)).isinf().all()


def test_errors_are_counted_in_their_band():
    truth = torch.zeros(1, 64, 64, dtype=torch.int64)
    truth[..., 32:] = 1
    found = truth.clone()
    found[..., 31] = 1  # half of the pixels at the border
    found[:, :16, 0] = 2  # and 16 far from it
    shares = wrong_by_distance(found, truth)
    assert len(shares) == len(BANDS) and shares[0] == 0.5 and shares[1:-1] == [0] * 4
    assert shares[-1] == pytest.approx(16 / (2 * 16 * 64))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="truth"):
        wrong_by_distance(torch.zeros(1, 4, 4, dtype=torch.int64), torch.zeros(1, 4, 5, dtype=torch.int64))
    with pytest.raises(ValueError, match="classes"):
        border_distance(torch.zeros(4, 4, dtype=torch.int64))
