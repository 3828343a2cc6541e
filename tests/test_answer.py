"""The best classes in words, against NumPy."""

import doctest

import numpy as np
import pytest
import torch

from insidecnn import answer
from insidecnn.world.classes import attributes


def test_the_example_holds():
    assert doctest.testmod(answer, optionflags=doctest.ELLIPSIS).failed == 0


def test_the_best_come_first_with_their_probabilities():
    logits = torch.randn(1, 40, generator=torch.Generator().manual_seed(0))
    names = [f"name {k}" for k in range(40)]
    shares = np.exp(logits[0].double().numpy())
    shares /= shares.sum()
    order = np.argsort(-shares)[:5]
    found = answer.best(logits, names)
    assert list(found) == [names[k] for k in order]
    assert list(found.values()) == pytest.approx(shares[order], abs=1e-6)
    assert answer.best(logits[0], names) == found
    assert list(answer.best(logits, None, count=2)) == [f"output {k}" for k in order[:2]]
    assert len(answer.best(logits, names, count=100)) == 40


@pytest.mark.parametrize(("shape", "names"), [((2, 4), None), ((4,), ["a"]), ((1, 4), ["a"] * 5), ((1, 2, 4), None)])
def test_what_is_not_one_answer_is_refused(shape, names):
    with pytest.raises(ValueError, match="wanted are the K logits of one picture"):
        answer.best(torch.zeros(shape), names)


def test_attributes_are_told_apart_in_sums_of_three():
    parts = torch.randn(3, 4, 10, generator=torch.Generator().manual_seed(1))
    numbers = [attributes(number) for number in range(1000)]
    logits = torch.stack([parts[0][:, k] + parts[1][:, c] + parts[2][:, p] for k, c, p in numbers], 1)
    found = answer.by_attribute(logits)
    assert list(found) == ["kind", "colour", "pattern"]
    for given, wanted in zip(found.values(), parts, strict=True):
        assert torch.allclose(given.softmax(1), wanted.softmax(1), atol=1e-6)
