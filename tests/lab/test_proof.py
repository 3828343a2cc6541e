"""The digests that the browser is compared with."""

import pytest
import torch

from insidecnn import weights
from insidecnn.lab import samples
from insidecnn.lab.proof import proof, rounded


@pytest.mark.parametrize("names", [samples.NAMES[:1], pytest.param(samples.NAMES, marks=pytest.mark.slow)])
def test_samples_are_torch_s_to_5e_5(monkeypatch, names):
    monkeypatch.setattr(samples, "NAMES", names)
    features = weights.embedded().model.features
    digests, differences = proof(features)
    assert list(digests) == list(samples.NAMES) and differences.shape == (len(samples.NAMES), 13)
    assert differences.max() < 5e-5
    assert len({digest for each in digests.values() for digest in each}) >= 12 * len(samples.NAMES)


def test_the_embedded_weights_lose_nothing_in_float16():
    features = weights.embedded().model.features
    for before, after in zip(features.parameters(), rounded(features).parameters(), strict=True):
        assert torch.equal(before, after)
