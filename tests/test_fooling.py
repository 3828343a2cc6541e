"""Small changes that change the answer: on a network in which one knows what they must be."""

import pytest
import torch
from torch import nn

from insidecnn import fooling
from insidecnn.preprocess import STD


class Bright(nn.Module):
    """Class 1 where the mean of the (normalised) red is above a threshold, else class 0."""

    def __init__(self, threshold):
        super().__init__()
        self.threshold = threshold

    def forward(self, x):
        over = 50 * (x[:, 0].mean((1, 2)) - self.threshold)
        return torch.stack([-over, over], 1)


@pytest.fixture
def grey():
    return torch.full((1, 3, 64, 64), 0.485)  # zero after normalising, in red


def test_a_step_goes_where_the_loss_rises(grey):
    changed = fooling.fgsm(Bright(0.1), grey, label=0, size=4 / 255)
    assert torch.allclose(changed[:, 0] - grey[:, 0], torch.tensor(4 / 255)) and torch.equal(
        changed[:, 1:], grey[:, 1:]
    )
    back = fooling.fgsm(Bright(0.1), grey, label=1, size=4 / 255)
    assert torch.allclose(back[:, 0] - grey[:, 0], torch.tensor(-4 / 255))
    assert fooling.fgsm(Bright(0.1), torch.ones(1, 3, 8, 8), 0, 0.5).max() == 1


def test_the_smallest_step_is_found_for_each_picture(grey):
    """The mean of red must rise by what is missing to the threshold, in units of its standard deviation."""
    missing = torch.tensor([0.2, 0.05, 2.0])
    pixels = grey.repeat(3, 1, 1, 1) - (missing - 0.2).view(3, 1, 1, 1).clamp_max(1) * STD[0]
    found = fooling.smallest(Bright(0.2), pixels)
    assert torch.isinf(found).tolist() == [False, False, True]
    over = found[:2] - missing[:2] * STD[0]
    assert (over >= -1e-6).all() and (over <= 32 / 255 / 2**8 + 1e-6).all()


def test_several_steps_stay_within_their_size(grey):
    size = 6 / 255
    changed = fooling.towards(Bright(0.1), grey, target=1, size=size)
    assert torch.allclose(changed[:, 0] - grey[:, 0], torch.tensor(size), atol=1e-6)
    assert (changed - grey).abs().max() <= size + 1e-6


def test_the_picture_itself_stays(grey):
    before = grey.clone()
    fooling.fgsm(Bright(0.1), grey, 0, 0.1)
    fooling.smallest(Bright(0.1), grey)
    assert torch.equal(before, grey) and not grey.requires_grad
