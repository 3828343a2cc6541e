"""The recipe: it runs, resumes, and folds without a difference."""

import json
from functools import partial

import pytest
import torch
from safetensors.torch import load_file

from insidecnn.training import alexnet_features, probe
from insidecnn.training.alexnet_features import PretextNet, Recipe, first_filters, fold, shipped, train


@pytest.fixture
def fast(monkeypatch):
    """What takes long and is not looked at: k-means, and scores on many crops."""
    monkeypatch.setattr(alexnet_features, "SCORED", {"train": 30, "test": 30})
    monkeypatch.setattr(
        alexnet_features, "first_filters", lambda generator: torch.randn(64, 3, 11, 11, generator=generator)
    )


TINY = Recipe(steps=4, pairs=4, size=64, late_size=64, averaging=0.5)


@pytest.fixture
def small(monkeypatch):
    """Each part of a run in its smallest form; k-means is the real one, on fewer patches."""
    scores = alexnet_features.scores
    monkeypatch.setattr(alexnet_features, "SCORED", {"train": 20, "test": 20})
    monkeypatch.setattr(alexnet_features, "QUICK", Recipe(steps=2, pairs=4, size=64, late_size=64, averaging=0.5))
    monkeypatch.setattr(alexnet_features, "first_filters", partial(first_filters, patches=3000, rounds=6))
    monkeypatch.setattr(
        alexnet_features, "scores", lambda answer, crops, count, seed=0: scores(answer, crops, min(count, 50), seed)
    )
    monkeypatch.setattr(probe, "enlarged_digits", partial(probe.enlarged_digits, 60, 3))
    monkeypatch.setattr(probe, "shapes", partial(probe.shapes, 60, 30))


def check_quick_run(folder, monkeypatch, said):
    monkeypatch.setattr("sys.argv", ["alexnet", "--quick", "--folder", str(folder)])
    alexnet_features.main()
    tensors = load_file(folder / "alexnet.safetensors")
    card = json.loads((folder / "alexnet.json").read_text())
    assert tensors["features.0.weight"].shape == (64, 3, 11, 11)
    assert all(tensor.dtype == torch.float16 and tensor.isfinite().all() for tensor in tensors.values())
    assert card["curve"][-1]["step"] == alexnet_features.QUICK.steps
    assert card["patterned_filters"] >= 48  # k-means alone gives patterns
    assert set(card["probe"]) == {"digits", "shapes"}
    assert "Wrote" in said.readouterr().out
    return card


def test_a_run_writes_weights_and_card(tmp_path, monkeypatch, capsys, small):
    card = check_quick_run(tmp_path, monkeypatch, capsys)
    for task in card["probe"].values():
        assert list(task) == ["trained", "untrained", "by hand"] and list(task["by hand"]) == ["pixels", "HOG"]
        assert list(task["trained"]) == list(task["untrained"]) == list(probe.STAGES)
        assert all(0 <= share <= 1 for kind in task.values() for share in kind.values())


@pytest.mark.slow
def test_quick_recipe_writes_weights_and_card(tmp_path, monkeypatch, capsys):
    check_quick_run(tmp_path, monkeypatch, capsys)


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
