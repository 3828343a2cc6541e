"""The model card's claims, measured again on the shipped file."""

import json
from importlib.resources import files

import pytest

from insidecnn import photos, weights
from insidecnn.training.alexnet_features import scores
from insidecnn.training.crops import Crops, parts, tensor
from insidecnn.training.filters import concentration, noise_limit

CARD = json.loads((files("insidecnn.parameters") / "alexnet.json").read_text())


@pytest.fixture(scope="module")
def measured():
    own = weights.embedded()

    def answer(images):
        pooled = own.model.features(images).mean((2, 3))
        return own.heads["photo"](pooled), own.heads["turn"](pooled)

    return scores(answer, Crops("test", CARD["recipe"]["late_size"]), 750, seed=3)


def test_knows_photographs_and_directions_on_unseen_strips(measured):
    assert len(photos.SAMPLES) >= 16
    assert measured["photo"] >= 0.80
    assert measured["turn"] >= 0.45


def test_card_tells_what_is_measured(measured):
    for name, value in measured.items():
        assert CARD["scores"][name] == pytest.approx(value, abs=0.04), name  # other random crops


def test_filters_are_patterns():
    shares = concentration(weights.embedded().model.features[0].weight)
    assert int((shares > noise_limit()).sum()) == CARD["patterned_filters"] >= 48


def test_strips_share_no_pixel_with_training():
    image = tensor("chelsea")
    cut = parts(image)
    left, right = cut["train"]
    assert left.shape[2] + cut["test"][0].shape[2] + right.shape[2] == image.shape[2]
    assert (cut["test"][0] == image[:, :, left.shape[2] : image.shape[2] - right.shape[2]]).all()


def test_shipped_file_is_small():
    assert (files("insidecnn.parameters") / "alexnet.safetensors").stat().st_size < 5.2e6
