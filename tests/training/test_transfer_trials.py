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


def test_training_learns_the_task_and_leaves_the_shipped_features_alone():
    before = weights.embedded().model.features[0].weight.clone()
    assert trials.trained("digits", 6, 0, start=True, steps=1) < 0.4
    assert trials.trained("digits", 6, 0, start=True, steps=40) > 0.5
    assert torch.equal(weights.embedded().model.features[0].weight, before)


def test_a_head_may_sit_on_an_earlier_layer():
    x, labels, test, truth = trials.task("digits")
    maps = trials.transfer.described(weights.embedded().model, x, depth=8)
    assert maps.shape == (60, 2 * 384)
    assert trials.frozen("digits", 6, 0, depth=8) == trials.transfer.head().fit(
        maps[trials.few(labels, 6, 0)], labels[trials.few(labels, 6, 0)]
    ).score(trials.transfer.described(weights.embedded().model, test, depth=8), truth)
