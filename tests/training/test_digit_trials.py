"""Trials on the 8×8 digits: the same seed, the same score; no digit both trains and tests."""

import pytest
import torch
from torch import nn

from insidecnn.digits import small
from insidecnn.training import digit_trials


def make():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def test_no_digit_both_trains_and_tests():
    rows, others = digit_trials.split(3, 300)
    assert len(rows) == 300 and torch.cat([rows, others]).sort().values.equal(torch.arange(1797))
    assert not rows.equal(digit_trials.split(4, 300)[0])
    with pytest.raises(ValueError, match="some must train"):
        digit_trials.split(0, 1797)


def test_a_trial_repeats_and_learns():
    images = small().images
    scores = [digit_trials.trial(make, images, seed) for seed in (0, 0, 1)]
    assert scores[0] == scores[1] != scores[2] and min(scores) > 0.7
    untrained = digit_trials.trial(make, images, 0, steps=1, learning_rate=0.0)
    assert untrained < 0.3


def test_accuracy_is_the_share_of_right_answers():
    labels = small().labels

    class Tell(nn.Module):
        def forward(self, x):
            return nn.functional.one_hot(x.long(), 10)

    answers = labels.clone()
    answers[:5] = (labels[:5] + 1) % 10
    assert digit_trials.accuracy(Tell(), answers, torch.arange(20)) == 0.75
