"""The history of CNNs: papers, years, and torchvision's metadata."""

import re

import pytest
import torch

from insidecnn import counting, history
from tests.conftest import BOOK


def test_every_family_has_its_paper_in_the_references():
    keys = re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text(encoding="utf-8"), flags=re.M)
    assert len(keys) == len(set(keys))
    assert {f.key for f in history.FAMILIES} <= set(keys)
    years = [f.year for f in history.FAMILIES]
    assert years == sorted(years) and (years[0], years[-1]) == (1980, 2022)


# builder, weights: top-1 and top-5 accuracy in per cent, as torchvision's documentation prints them
MEASURED = {
    ("alexnet", "IMAGENET1K_V1"): (56.522, 79.066),
    ("vgg16", "IMAGENET1K_V1"): (71.592, 90.382),
    ("googlenet", "IMAGENET1K_V1"): (69.778, 89.530),
    ("inception_v3", "IMAGENET1K_V1"): (77.294, 93.450),
    ("resnet18", "IMAGENET1K_V1"): (69.758, 89.078),
    ("resnet50", "IMAGENET1K_V1"): (76.130, 92.862),
    ("resnet50", "IMAGENET1K_V2"): (80.858, 95.434),
    ("squeezenet1_0", "IMAGENET1K_V1"): (58.092, 80.420),
    ("densenet121", "IMAGENET1K_V1"): (74.434, 91.972),
    ("mobilenet_v2", "IMAGENET1K_V1"): (71.878, 90.286),
    ("efficientnet_b0", "IMAGENET1K_V1"): (77.692, 93.532),
    ("regnet_y_400mf", "IMAGENET1K_V1"): (74.046, 91.716),
    ("convnext_tiny", "IMAGENET1K_V1"): (82.520, 96.146),
}


def test_checkpoints_are_as_documented():
    found = history.checkpoints()
    assert len({(c.builder, c.weights) for c in found}) == len(found) > 50
    assert {c.family for c in found} == {f.model for f in history.FAMILIES if f.builders}
    known = {(c.builder, c.weights): (c.top1, c.top5) for c in found}
    assert {key: known.get(key) for key in MEASURED} == MEASURED
    for c in found:
        assert 50 < c.top1 < c.top5 < 100 and c.recipe
        if c.builder != "googlenet":  # its file holds the auxiliary classifiers too
            assert c.megabytes * 2**20 == pytest.approx(4 * c.parameters, rel=0.02), c.builder
    old, new = history.twins(found)["resnet50"]
    assert new.top1 - old.top1 > 4.5 and new.parameters == old.parameters
    with pytest.raises(ValueError, match="no checkpoint of 'lenet'"):
        history.best_of(found, "lenet")


def test_parameters_and_work_are_those_of_the_networks():
    """The metadata against networks that are really built, on the device that holds no numbers."""
    from torchvision import models

    found = {c.builder: c for c in history.checkpoints()}
    with torch.device("meta"):
        for name in ("squeezenet1_1", "mobilenet_v2", "resnet18", "resnet50", "vgg16", "densenet121", "convnext_tiny"):
            network = models.get_model(name, weights=None)
            assert counting.parameters(network) == found[name].parameters
    for name in ("squeezenet1_1", "mobilenet_v2", "resnet18"):
        macs = counting.macs(models.get_model(name, weights=None), (3, 224, 224))
        assert macs / 1e9 == pytest.approx(found[name].gmacs, abs=0.003)
