"""The recipe: it runs, resumes, and folds without a difference."""

import json

import pytest
import torch
from safetensors.torch import load_file

from insidecnn import photos
from insidecnn.training import alexnet_features
from insidecnn.training.alexnet_features import PretextNet, Recipe, fold, shipped, train


@pytest.fixture
def fast(monkeypatch):
    """What takes long and is not looked at: k-means, scores on many crops, and all but three photographs."""
    monkeypatch.setattr(photos, "SAMPLES", dict(list(photos.SAMPLES.items())[:3]))
    monkeypatch.setattr(alexnet_features, "SCORED", {"train": 30, "test": 30})
    monkeypatch.setattr(
        alexnet_features, "first_filters", lambda generator: torch.randn(64, 3, 11, 11, generator=generator)
    )


TINY = Recipe(steps=4, pairs=4, size=64, late_size=64, averaging=0.5)


def run_main(folder, monkeypatch) -> tuple[dict, dict]:
    """The tensors and the card that the command writes."""
    monkeypatch.setattr("sys.argv", ["alexnet", "--quick", "--folder", str(folder)])
    alexnet_features.main()
    tensors = load_file(folder / "alexnet.safetensors")
    card = json.loads((folder / "alexnet.json").read_text())
    assert tensors["features.0.weight"].shape == (64, 3, 11, 11)
    assert all(tensor.dtype == torch.float16 and tensor.isfinite().all() for tensor in tensors.values())
    assert card["curve"][-1]["step"] == alexnet_features.QUICK.steps
    return tensors, card


@pytest.mark.slow  # a minute: k-means, 60 steps, probes of every layer
def test_quick_recipe_writes_weights_and_card(tmp_path, monkeypatch, capsys):
    _, card = run_main(tmp_path, monkeypatch)
    assert card["patterned_filters"] >= 48  # k-means alone gives patterns
    assert set(card["probe"]) == {"digits", "shapes"}
    assert "Wrote" in capsys.readouterr().out


def test_the_command_writes_what_was_trained_and_scored(tmp_path, monkeypatch, capsys, fast):
    monkeypatch.setattr(alexnet_features, "QUICK", TINY)
    few = alexnet_features.scores
    monkeypatch.setattr(alexnet_features, "scores", lambda answer, crops, count, seed=0: few(answer, crops, 30, seed))
    monkeypatch.setattr(alexnet_features, "noise_limit", lambda: 0.2)
    monkeypatch.setattr(alexnet_features, "probe", lambda features: {"digits": {"trained": {"conv1": 0.5}}})
    _, card = run_main(tmp_path, monkeypatch)
    assert card["probe"] == {"digits": {"trained": {"conv1": 0.5}}} and [p["step"] for p in card["curve"]] == [4]
    assert "Wrote" in capsys.readouterr().out


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
    _, answer = shipped(fold(net))
    with torch.no_grad():
        for given, wanted in zip(answer(x), net(x)[:2], strict=True):
            assert torch.allclose(given, wanted, atol=0.02)  # 16-bit rounding
