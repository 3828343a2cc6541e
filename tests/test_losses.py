"""The book's losses against torch's: equal where both answer, and a sentence where the book refuses."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from insidecnn import losses

finite = st.floats(-1e4, 1e4, allow_subnormal=False)
shapes = st.tuples(st.integers(1, 6), st.integers(1, 7))
batches = shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=finite))


@given(batches, st.integers(0, 2**32 - 1))
def test_mse_is_torchs(prediction, seed):
    target = np.random.default_rng(seed).normal(0, 100, prediction.shape)
    ours = losses.mse(prediction, target)
    assert ours == pytest.approx(F.mse_loss(torch.tensor(prediction), torch.tensor(target)).item())


@given(batches)
def test_softmax_and_its_logarithm_are_torchs(logits):
    x = torch.tensor(logits)
    assert np.allclose(losses.softmax(logits), x.softmax(-1).numpy(), atol=1e-15)
    assert np.allclose(losses.log_softmax(logits), x.log_softmax(-1).numpy(), rtol=1e-12, atol=1e-12)
    assert np.allclose(losses.softmax(logits).sum(-1), 1)


@given(batches, st.integers(0, 2**32 - 1))
def test_cross_entropy_is_torchs(logits, seed):
    rng = np.random.default_rng(seed)
    batch, classes = logits.shape
    indices = rng.integers(0, classes, batch)
    mixed = rng.dirichlet(np.ones(classes), batch)
    one_hot = np.eye(classes)[indices]
    for target in (indices, indices.astype(np.uint8), mixed, one_hot):
        theirs = torch.tensor(target) if target.dtype != np.uint8 else torch.tensor(indices)
        expected = F.cross_entropy(torch.tensor(logits), theirs).item()
        assert losses.cross_entropy(logits, target) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert losses.cross_entropy(logits, one_hot) == pytest.approx(losses.cross_entropy(logits, indices))


def test_mse_of_half_precision_does_not_overflow():
    assert losses.mse(np.array([300], np.float16), np.array([-300], np.float16)) == 360_000


HUGE = {
    "float64": np.array([[1000.0, 0.0, -1000.0]]),
    "float32": np.array([[100.0, 0.0, -1e30]], np.float32),
    "float16": np.array([[12.0, 0.0, -60000.0]], np.float16),
}


@pytest.mark.parametrize("kind", HUGE)
def test_large_logits_neither_overflow_nor_become_infinite(kind):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        logits = HUGE[kind]
        assert losses.softmax(logits).tolist() == [[pytest.approx(1, abs=1e-4), pytest.approx(0, abs=1e-4), 0]]
        assert losses.cross_entropy(logits, np.array([1])) == pytest.approx(float(logits[0, 0]), rel=1e-3)
        assert losses.softmax(logits).dtype == kind


REFUSED = {
    "mse (N, 1) against (N,)": (lambda: losses.mse(np.zeros((5, 1)), np.zeros(5)), "reshape one"),
    "mse of nothing": (lambda: losses.mse(np.zeros(0), np.zeros(0)), "at least one number"),
    "mse of photographs": (
        lambda: losses.mse(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8)),
        "uint8; give fl",
    ),
    "softmax of whole numbers": (lambda: losses.softmax(np.array([1, 200], np.uint8)), "uint8; give floats"),
    "softmax of no class": (lambda: losses.softmax(np.zeros((3, 0))), "at least 1"),
    "whole logits": (lambda: losses.cross_entropy(np.zeros((1, 2), int), np.array([0])), "int64; give floats"),
    "logits of one axis": (lambda: losses.cross_entropy(np.zeros(3), np.array([1])), "two axes"),
    "logits without classes": (lambda: losses.cross_entropy(np.zeros((2, 0)), np.array([0, 0])), "at least 1"),
    "a column of classes": (lambda: losses.cross_entropy(np.zeros((5, 3)), np.zeros((5, 1), int)), "integers of shape"),
    "classes as floats": (lambda: losses.cross_entropy(np.zeros((5, 3)), np.zeros(5)), "float64 of shape"),
    "one-hot integers": (lambda: losses.cross_entropy(np.zeros((3, 3)), np.eye(3, dtype=int)), "floating-point"),
    "a class too many": (lambda: losses.cross_entropy(np.zeros((2, 3)), np.array([0, 3])), "0 to 2"),
    "a class below 0": (lambda: losses.cross_entropy(np.zeros((2, 3)), np.array([-1, 1])), "0 to 2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_a_sentence(case):
    call, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        call()
