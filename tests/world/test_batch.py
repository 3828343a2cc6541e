"""A batch holds the pictures of its numbers, in their order."""

import torch

from insidecnn.preprocess import denormalize
from insidecnn.world.batch import batch
from insidecnn.world.things import thing


def test_a_batch_is_its_pictures():
    found = batch([514, 20], seed=3, size=64, sides=(0.5, 0.6))
    assert found.shape == (2, 3, 64, 64)
    for k, number in enumerate((514, 20)):
        image = thing(number, 3 + k, 64, "test", (0.5, 0.6)).image
        shown = (denormalize(found[k]) * 255).round().byte().permute(1, 2, 0).numpy()
        assert (shown == image).all()
    assert torch.equal(batch([20], seed=4, size=64, sides=(0.5, 0.6))[0], found[1])
