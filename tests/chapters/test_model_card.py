"""The model card's claims, measured again on a sample with the shipped file."""

import json
from importlib.resources import files

import pytest
import torch

from insidecnn import photos, weights
from insidecnn.training import card
from insidecnn.training.alexnet_features import scores
from insidecnn.training.crops import Crops, parts, tensor
from insidecnn.training.filters import concentration, noise_limit
from insidecnn.training.thing_scores import drawn_set, thing_scores

PARAMETERS = files("insidecnn.parameters")
CARD = json.loads((PARAMETERS / "alexnet.json").read_text())


@pytest.fixture(scope="module")
def own():
    return weights.embedded()


@pytest.fixture(scope="module")
def named(own):
    """Other test things than the card's."""
    images, numbers = drawn_set("test", 200, CARD["tested"]["size"], 900_000)
    with torch.no_grad():
        logits = torch.cat([own.model(card.normalize(batch)) for batch in images.split(50)])
    return logits, numbers


def test_photographs_and_directions_are_known_on_unseen_strips(own):
    measured = scores(card.pretext(own), Crops("test", 128), 750, seed=3)
    assert measured["photo"] >= 0.9 and measured["turn"] >= 0.45
    unseen = scores(card.pretext(own), card.OnlyOf(Crops("test", 128), card.TEST + card.VALIDATION), 500, seed=3)
    for name, value in measured.items():
        assert CARD["scores"][name] == pytest.approx(value, abs=0.05), name  # other random crops
        assert CARD["scores"][f"{name}_unseen"] == pytest.approx(unseen[name], abs=0.06), name


def test_only_some_photographs_are_drawn():
    images, photo = card.OnlyOf(Crops("test", 96), ("flower", "text")).draw(40, torch.Generator().manual_seed(0))
    names = list(photos.SAMPLES)
    assert len(images) == len(photo) == 40 and {names[k] for k in photo.tolist()} == {"flower", "text"}


def test_things_are_named_on_unseen_photographs(named):
    logits, numbers = named
    cube = logits.view(-1, 10, 10, 10)
    attributes = [cube.mean((2, 3)), cube.mean((1, 3)), cube.mean((1, 2))]
    found = thing_scores(lambda x: attributes, torch.zeros(1, 3, 8, 8), numbers)
    for name, value in found.items():
        assert CARD["scores"][name] == pytest.approx(value, abs=0.08), name  # three standard errors of 200
    assert found["top1"] >= 0.75
    best = logits.topk(5).indices == numbers[:, None]
    assert best[:, 0].float().mean().item() == pytest.approx(found["top1"], abs=1e-6)


def test_calibration_counts_every_picture(named):
    logits, numbers = named
    bins = card.calibration(lambda x: logits[: len(x)], torch.zeros(100, 3, 8, 8), numbers[:100])
    said, right = logits[:100].softmax(1).max(1)
    assert sum(b["count"] for b in bins) == 100
    assert sum(b["count"] * b["said"] for b in bins) == pytest.approx(said.sum().item(), abs=1e-3)
    assert sum(b["count"] * b["right"] for b in bins) == pytest.approx((right == numbers[:100]).sum().item(), abs=1e-3)
    assert all(b["bin"] / 10 <= b["said"] <= (b["bin"] + 1) / 10 for b in bins + CARD["calibration"])
    assert sum(b["count"] for b in CARD["calibration"]) == CARD["tested"]["things"]


def test_silent_channels_are_counted(own):
    assert card.silent(own.model) == CARD["silent"]
    bias = own.model.features[0].bias
    before = bias.clone()
    with torch.no_grad():
        bias[:3] = -1e6
        try:
            assert card.silent(own.model)["conv1"] == CARD["silent"]["conv1"] + 3
        finally:
            bias.copy_(before)


def test_maps_of_what_mattered_are_scored(own):
    found = card.means(card.attributions(own.model, 3))
    assert list(found) == list(CARD["attribution"])
    for name, scored in found.items():
        assert scored["pointing"]["count"] == 3 and all(0 <= s["mean"] <= 1 for s in scored.values()), name
    assert found["Grad-CAM"]["deletion"]["mean"] < found["random numbers"]["deletion"]["mean"]
    mean = card.means({"a": {"b": [1.0, 2.0, 3.0]}})["a"]["b"]
    assert mean == {"mean": 2, "error": pytest.approx(3**-0.5), "count": 3}


def test_filters_are_patterns(own):
    shares = concentration(own.model.features[0].weight)
    assert int((shares > noise_limit()).sum()) == CARD["patterned_filters"] >= 48


def test_strips_share_no_pixel_with_training():
    image = tensor("chelsea")
    cut = parts(image)
    left, right = cut["train"]
    assert left.shape[2] + cut["test"][0].shape[2] + right.shape[2] == image.shape[2]
    assert (cut["test"][0] == image[:, :, left.shape[2] : image.shape[2] - right.shape[2]]).all()


def test_shipped_files_are_small():
    sizes = {
        file.name: file.stat().st_size for file in PARAMETERS.iterdir() if file.name.startswith(("alexnet", "film"))
    }
    assert sum(sizes.values()) < 9e6
    assert len(photos.SAMPLES) >= 16
