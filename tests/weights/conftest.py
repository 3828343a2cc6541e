"""Small files that hold AlexNet, and settings that no reader's environment reaches."""

import hashlib
from types import SimpleNamespace

import pytest
import torch
import torchvision

from insidecnn import downloads, weights


def save(path, make=torchvision.models.alexnet, change=lambda state: state, **options):
    """A state dict of full shapes in a few kilobytes: each tensor is one number, repeated."""
    with torch.device("meta"):
        shapes = {key: tensor.shape for key, tensor in make().state_dict().items()}
    state = {key: torch.full((1,), i / 8).expand(shapes[key]) for i, key in enumerate(shapes)}
    torch.save(change(state), path, **options)
    return path


def check_parameters(found):
    """Every tensor is in its place and can be trained on; the model runs."""
    assert not found.model.training
    for i, tensor in enumerate(found.model.state_dict().values()):
        assert tensor.dtype == torch.float32
        assert tensor.is_contiguous()
        assert (tensor == i / 8).all()
    assert found.model(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)
    assert found.trained_classifier
    assert found.heads == {}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A whole AlexNet file."""
    return save(tmp_path_factory.mktemp("weights") / "mine.pth").read_bytes()


@pytest.fixture
def named(tmp_path, whole):
    """The same with its hash in its name."""
    path = tmp_path / f"alexnet-{hashlib.sha256(whole).hexdigest()[:8]}.pth"
    path.write_bytes(whole)
    return path


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    """No setting of the reader's, an empty cache, no proxy, no pauses."""
    for name in ("INSIDECNN_ALEXNET", "INSIDECNN_WEIGHTS"):
        monkeypatch.setenv(name, "")
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads.urllib.request, "_opener", None)  # it remembers the proxies of its first use
    monkeypatch.setattr(downloads, "PAUSE", 0)


@pytest.fixture
def official(whole, monkeypatch):
    """The little file counts as torchvision's."""

    class Official(SimpleNamespace):
        def __str__(self):
            return "AlexNet_Weights.IMAGENET1K_V1"

    url = f"https://localhost/alexnet-owt-{hashlib.sha256(whole).hexdigest()[:8]}.pth"
    entry = Official(url=url, meta=weights.imagenet().meta)
    monkeypatch.setattr(weights, "imagenet", lambda: entry)
