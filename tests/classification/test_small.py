"""The small networks: their sizes, and the scores that are shipped with them."""

import json
from importlib import resources

import pytest
import torch

from insidecnn import counting, digits
from insidecnn.classification import small
from insidecnn.training import classification


@pytest.mark.parametrize("name", small.SMALL)
def test_member_has_its_size_and_its_shipped_score(name):
    card = json.loads((resources.files("insidecnn.parameters") / "classification.json").read_text(encoding="utf-8"))
    record, network = card["members"][name], small.trained(name)
    assert network(torch.zeros(3, 1, 32, 32)).shape == (3, 10)
    assert 20_000 <= counting.parameters(network) == record["parameters"] <= 60_000
    assert counting.macs(network) == record["macs"]
    test = digits.part("test")
    assert abs(classification.right(network, test) - record["test_right"][0]) <= 1
    assert record["seconds"] < 60 and len(record["test_right"]) == len(card["recipe"]["seeds"])


def test_unknown_member():
    with pytest.raises(ValueError, match="no small network 'LSTM'"):
        small.trained("LSTM")
