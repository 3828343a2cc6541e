"""The history of CNNs: papers, years, and torchvision's metadata."""

import re

import pytest

from insidecnn import counting, history
from tests.conftest import BOOK


def test_every_family_has_its_paper_in_the_references():
    keys = re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text(encoding="utf-8"), flags=re.M)
    assert len(keys) == len(set(keys))
    assert {f.key for f in history.FAMILIES} <= set(keys)
    years = [f.year for f in history.FAMILIES]
    assert years == sorted(years) and (years[0], years[-1]) == (1980, 2022)


def test_checkpoints_are_torchvisions():
    from torchvision import models

    found = history.checkpoints()
    assert len({(c.builder, c.weights) for c in found}) == len(found) > 50
    assert {c.family for c in found} == {f.model for f in history.FAMILIES if f.builders}
    for c in found:
        meta = models.get_model_weights(c.builder)[c.weights].meta
        assert (c.parameters, c.top1) == (meta["num_params"], meta["_metrics"]["ImageNet-1K"]["acc@1"])
        assert 50 < c.top1 < c.top5 < 100 and c.megabytes > 0 and c.recipe
    for name in ("squeezenet1_1", "mobilenet_v2", "resnet18"):  # metadata against a network that is really built
        network = models.get_model(name, weights=None)
        known = history.best_of(found, name)[0]
        assert counting.parameters(network) == known.parameters
        assert counting.macs(network, (3, 224, 224)) / 1e9 == pytest.approx(known.gmacs, abs=0.003)
    old, new = history.twins(found)["resnet50"]
    assert new.top1 - old.top1 > 4.5 and new.parameters == old.parameters
    with pytest.raises(ValueError, match="no checkpoint of 'lenet'"):
        history.best_of(found, "lenet")
