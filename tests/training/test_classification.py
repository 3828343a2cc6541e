"""The recipe of the small classifiers learns, and repeats."""

import torch

from insidecnn import digits
from insidecnn.classification import small
from insidecnn.training import classification


def test_training_learns_and_repeats():
    few = digits.Part(digits.part("train").images[:128], digits.part("train").labels[:128])
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        network = small.SMALL["ResNet-like"]()
        classification.train_small(network, few, classification.Recipe(epochs=16, batch=32), seed=3)
        states.append(network.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in states), strict=True))
    assert classification.right(network, few) > 64
