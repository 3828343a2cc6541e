"""The digests that the browser is compared with."""

import numpy as np
import pytest
import torch

from insidecnn import weights
from insidecnn.lab import samples
from insidecnn.lab.proof import proof, rounded


@pytest.mark.slow  # the lab's chapter prints the same differences, and is compared with its record
def test_all_samples_are_torch_s_to_5e_5():
    digests, differences = proof(weights.embedded())
    assert list(digests) == list(samples.NAMES) and differences.shape == (len(samples.NAMES), 18)
    assert differences[:, :17].max() < 5e-5 and differences.max() < 1e-4
    assert len({digest for each in digests.values() for digest in each}) >= 17 * len(samples.NAMES)


def test_the_embedded_weights_lose_nothing_in_float16():
    features = weights.embedded().model.features
    for before, after in zip(features.parameters(), rounded(features).parameters(), strict=True):
        assert torch.equal(before, after)


def test_other_weights_are_rounded_to_the_nearest_float16():
    features = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 5), torch.nn.ReLU())
    for before, after in zip(features.parameters(), rounded(features).parameters(), strict=True):
        nearest = before.detach().numpy().astype(np.float16).astype(np.float32)
        assert np.array_equal(after.detach().numpy(), nearest) and not torch.equal(before, after)
