"""The border weights against the paper's equation computed pixel by pixel, and the loss against torch's."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from insidecnn.segmentation.border_loss import border_weights, weighted_loss
from insidecnn.training.unet import unseen_scenes


def slowly(owner: np.ndarray, w0: float, sigma: float) -> np.ndarray:
    """Equation 2's second term, from the distances to every pixel of every object."""
    weights = np.zeros(owner.shape)
    numbers = sorted(set(owner[owner > 0].tolist()))
    for y, x in np.ndindex(*owner.shape):
        nearest = sorted(np.hypot(*(np.argwhere(owner == k) - (y, x)).T).min() for k in numbers)
        if len(nearest) > 1:
            weights[y, x] = w0 * np.exp(-((nearest[0] + nearest[1]) ** 2) / (2 * sigma**2))
    return weights


@pytest.mark.parametrize(("w0", "sigma"), [(10, 5), (4, 1.25)])
def test_weights_are_those_of_the_equation(w0, sigma):
    random = np.random.default_rng(0)
    owners = np.zeros((3, 20, 24), int)  # the last one is empty
    for k in range(1, 4):
        y, x = random.integers(0, 14, 2)
        owners[0, y : y + 5, x : x + 6] = k
    owners[1, 3:9, 3:9] = 7  # one object alone
    found = border_weights(torch.from_numpy(owners), w0, sigma)
    for weights, owner in zip(found, owners, strict=True):
        np.testing.assert_allclose(weights, slowly(owner, w0, sigma), atol=1e-4)
    assert found[0].max() > 0 and not found[1:].any()


def test_weights_are_largest_between_two_objects():
    owners = torch.zeros(1, 9, 21, dtype=torch.int64)
    owners[0, 3:6, 2:8], owners[0, 3:6, 12:18] = 1, 2
    weights = border_weights(owners)[0]
    middle = weights[4, 8:12]
    assert torch.allclose(middle, middle[:1]) and (weights <= middle.max()).all()  # d1 + d2 is the same in the gap
    assert weights[4, 3] < weights[4, 6] < middle[0]


def test_weights_of_a_scene_are_at_its_touching_objects():
    each = next(s for s in unseen_scenes("validation", 20) if len(s.labels) > 3)
    owners = (each.masks * torch.arange(1, len(each.labels) + 1)[:, None, None]).sum(0)
    np.testing.assert_allclose(border_weights(owners[None, 40:60, 40:60])[0], slowly(owners[40:60, 40:60].numpy(), 10, 5), atol=1e-4)  # fmt: skip


@pytest.mark.parametrize(
    ("owners", "settings", "words"),
    [
        (torch.zeros(4, 4, dtype=torch.int64), {}, "owners"),
        (torch.zeros(1, 4, 4, dtype=torch.int64), {"w0": -1}, "w0"),
        (torch.zeros(1, 4, 4, dtype=torch.int64), {"sigma": 0}, "sigma"),
    ],
)
def test_other_arguments_are_refused(owners, settings, words):
    with pytest.raises(ValueError, match=words):
        border_weights(owners, **settings)


def test_the_loss_is_a_weighted_mean():
    logits, classes = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    assert weighted_loss(logits, classes, torch.ones(2, 4, 5)).item() == pytest.approx(
        F.cross_entropy(logits, classes).item(), rel=1e-5
    )
    weights = torch.zeros(2, 4, 5)
    weights[1, 2, 3] = 8
    one = -logits.log_softmax(1)[1, classes[1, 2, 3], 2, 3]
    assert weighted_loss(logits, classes, weights).item() == pytest.approx(one.item(), rel=1e-5)
