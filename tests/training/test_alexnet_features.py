"""The recipe of the features: it runs, resumes, and folds without a difference."""

import pytest
import torch
import torchvision

from insidecnn.training import alexnet_features
from insidecnn.training.alexnet_features import PretextNet, Recipe, first_filters, fold, train
from insidecnn.training.filters import concentration, noise_limit


@pytest.fixture
def fast(monkeypatch):
    """What takes long and is not looked at: k-means, and scores on many crops."""
    monkeypatch.setattr(alexnet_features, "SCORED", {"train": 30, "test": 30})
    monkeypatch.setattr(
        alexnet_features, "first_filters", lambda generator: torch.randn(64, 3, 11, 11, generator=generator)
    )


TINY = Recipe(steps=4, pairs=4, size=64, late_size=64, averaging=0.5)


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, monkeypatch, fast):
    whole, _ = train(TINY, tmp_path / "whole", every=2)

    step = alexnet_features.losses

    def interrupted(*args):
        if (tmp_path / "parts" / "checkpoint.pt").exists():
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(alexnet_features, "losses", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, tmp_path / "parts", every=2)
    monkeypatch.setattr(alexnet_features, "losses", step)
    resumed, curve = train(TINY, tmp_path / "parts", every=2)
    assert [point["step"] for point in curve] == [2, 4]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_refuses_a_checkpoint_of_another_recipe(tmp_path, fast):
    train(TINY, tmp_path, every=4)
    with pytest.raises(ValueError, match="another recipe"):
        train(Recipe(steps=8, pairs=4, size=64, late_size=64), tmp_path)


def test_folding_changes_no_answer():
    torch.manual_seed(0)
    net = PretextNet(17).train()
    x = torch.randn(8, 3, 96, 96)
    net(x)  # moves the running means away from 0 and 1
    net.eval()
    tensors = {name: value.float() for name, value in fold(net).items()}
    plain = torchvision.models.AlexNet().features.eval()
    plain.load_state_dict({k.removeprefix("features."): v for k, v in tensors.items() if "features" in k})
    with torch.no_grad():
        pooled = plain(x).mean((2, 3))
        for head, wanted in zip(("photo", "turn"), net(x)[:2], strict=True):
            given = torch.nn.functional.linear(pooled, tensors[f"{head}.weight"], tensors[f"{head}.bias"])
            assert torch.allclose(given, wanted, atol=0.02)  # 16-bit rounding


def test_the_first_filters_are_patterns():
    filters = first_filters(torch.Generator().manual_seed(2012), patches=3000, rounds=6)
    assert (concentration(filters) > noise_limit()).sum() >= 48  # k-means alone gives them
