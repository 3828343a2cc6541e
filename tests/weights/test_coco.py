"""torchvision's large detectors: loaded where the environment asks for them, from files whose hash is right."""

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torchvision.models import get_model

from insidecnn.checkpoint import WeightsError
from insidecnn.detection import coco

BUILDER = "fasterrcnn_mobilenet_v3_large_320_fpn"


def test_fetches_nothing_unasked():
    assert coco.load(BUILDER) is None


def test_loads_what_is_in_torchs_cache(tmp_path, monkeypatch):
    torch.manual_seed(0)
    state = get_model(BUILDER, weights=None, weights_backbone=None).state_dict()
    torch.save(state, tmp_path / "file")
    digest = hashlib.sha256((tmp_path / "file").read_bytes()).hexdigest()
    name = f"detector-{digest[:8]}.pth"
    cache = tmp_path / "torch" / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    (tmp_path / "file").rename(cache / name)
    entry = SimpleNamespace(url=f"https://localhost/{name}", meta={"categories": ["__background__", "person"]})
    monkeypatch.setattr(coco, "get_model_weights", lambda builder: SimpleNamespace(DEFAULT=entry))
    monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
    detector = coco.load(BUILDER, progress=False)
    assert not detector.model.training and detector.categories[1] == "person"
    assert all(torch.equal(value, detector.model.state_dict()[name]) for name, value in state.items())
    found = detector(np.zeros((64, 96, 3), np.uint8), least=0.0)
    assert set(found) == {"boxes", "labels", "scores"} and len(found["boxes"]) == len(found["scores"])


def test_says_what_could_not_be_fetched(monkeypatch):
    entry = SimpleNamespace(url="http://127.0.0.1:9/detector-01234567.pth", meta={})
    monkeypatch.setattr(coco, "get_model_weights", lambda builder: SimpleNamespace(DEFAULT=entry))
    monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
    with pytest.raises(WeightsError, match=r"127\.0\.0\.1:9.*unset INSIDECNN_WEIGHTS"):
        coco.load(BUILDER, progress=False)


def test_every_large_detector_of_the_book_is_there():
    for builder in ("fasterrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn", "keypointrcnn_resnet50_fpn"):
        assert "person" in coco.get_model_weights(builder).DEFAULT.meta["categories"]
