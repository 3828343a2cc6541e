"""The trials of transfer: fair splits, features that move or stay, and scores that count."""

import numpy as np
import pytest
import torch

from insidecnn import weights
from insidecnn.training import transfer_trials as trials


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(trials, "SIZES", (2, 6))
    monkeypatch.setattr(trials, "TESTED", 2)
    trials.task.cache_clear()
    yield
    trials.task.cache_clear()


@pytest.mark.parametrize("name", ["kinds", "digits"])
def test_training_and_test_pictures_are_different_ones(name):
    x, labels, test, truth = trials.task(name)
    assert x.shape == (60, 3, 64, 64) and np.bincount(labels).tolist() == [6] * 10 and len(set(truth)) == 10
    assert not any((each == x).flatten(1).all(1).any() for each in test)
    with pytest.raises(ValueError, match="choose kinds or digits"):
        trials.task("cats")


def test_a_seed_chooses_as_many_of_each_class():
    labels = np.repeat(range(10), 6)
    one, other = trials.few(labels, 2, 0), trials.few(labels, 2, 1)
    assert np.bincount(labels[one]).tolist() == [2] * 10 and len(set(one)) == 20 and set(one) != set(other)
    assert trials.few(labels, 2, 0).tolist() == one.tolist()


def test_a_head_on_frozen_features_beats_chance():
    assert trials.frozen("kinds", 6, 0) > 0.3


def test_training_starts_from_the_features_or_from_chance():
    own = weights.embedded().model.features
    start, scratch = trials.network(True), trials.network(False)
    assert torch.equal(start[0][0].weight, own[0].weight) and start[0][0].weight is not own[0].weight
    assert not torch.equal(scratch[0][0].weight, own[0].weight)
    assert start(torch.rand(2, 3, 64, 64)).shape == (2, 10)
    for begin in (True, False):
        assert 0 <= trials.trained("kinds", 2, 0, start=begin, steps=2) <= 1
