"""The trials of AlexNet's ingredients: each condition is what it says, and the shipped results are theirs."""

import json
from dataclasses import asdict
from importlib.resources import files

import pytest
import torch
from torch import nn

from insidecnn.preprocess import normalize
from insidecnn.training import ingredients
from insidecnn.training.ingredients import CONDITIONS, PLAIN, Setting, best_rate, network, steps_until, things, train

CARD = json.loads((files("insidecnn.parameters") / "ingredients.json").read_text())


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(ingredients, "PARTS", {"train": 60, "validation": 20, "test": 30})
    monkeypatch.setattr(ingredients, "LOOKED_AT", 20)
    things.cache_clear()
    yield
    things.cache_clear()


def test_each_condition_differs_in_what_its_name_says():
    whole = asdict(CONDITIONS["all"])
    differs = {name: {k for k, v in asdict(s).items() if v != whole[k]} for name, s in CONDITIONS.items()}
    assert differs == {
        "all": set(), "tanh": {"activation"}, "no overlap": {"overlap"}, "no dropout": {"dropout"},
        "no augmentation": {"augment"}, "neither of both": {"dropout", "augment"}, "no momentum": {"momentum"},
        "no decay": {"decay"}, "plain": {"dropout", "augment", "decay"},
        "plain tanh": {"activation", "dropout", "augment", "decay"},
    }  # fmt: skip
    kinds = {name: [type(layer) for layer in network(setting)] for name, setting in CONDITIONS.items()}
    assert kinds["tanh"].count(nn.Tanh) == kinds["all"].count(nn.ReLU) == 4 and nn.ReLU not in kinds["plain tanh"]
    windows = {n: [m.kernel_size for m in network(s) if isinstance(m, nn.MaxPool2d)] for n, s in CONDITIONS.items()}
    assert windows["all"] == [3, 3] and windows["no overlap"] == [2, 2]
    assert [m.p for m in network() if isinstance(m, nn.Dropout)] == [0.5]
    assert network()(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    with pytest.raises(ValueError, match="choose one of relu, tanh"):
        network(Setting(activation="sigmoid"))


def test_parts_have_all_kinds_and_no_picture_in_common():
    found = {part: things(part) for part in ingredients.PARTS}
    assert {part: len(x) for part, (x, _) in found.items()} == ingredients.PARTS
    assert all(kinds.bincount().tolist() == [len(x) // 10] * 10 for x, kinds in found.values())
    assert found["train"][0].shape == (60, 3, 40, 40) and found["train"][0].dtype == torch.uint8
    assert not any((each == found["train"][0]).flatten(1).all(1).any() for each in found["test"][0])
    assert torch.equal(things("train", 20)[0], found["train"][0][:20])
    with pytest.raises(ValueError, match="choose one of train, validation, test"):
        things("holdout")


def test_augmentation_gives_windows_of_the_picture_mirrored_and_shifted_in_colour():
    images = torch.arange(40 * 40).remainder(251).view(1, 1, 40, 40).repeat(60, 3, 1, 1).to(torch.uint8)
    still = ingredients.augmented(images, torch.zeros(3, 3), torch.Generator().manual_seed(0))
    windows = {
        (top, left, flip): normalize((w.flip(2) if flip else w)[None].float() / 255)
        for top in range(9)
        for left in range(9)
        for flip in (False, True)
        for w in [images[0, :, top : top + 32, left : left + 32]]
    }
    found = [next(k for k, w in windows.items() if torch.allclose(w[0], each, atol=1e-5)) for each in still]
    assert {flip for *_, flip in found} == {False, True}
    assert min(top for top, *_ in found) == 0 and max(left for _, left, _ in found) == 8

    grey = torch.full((400, 3, 40, 40), 128, dtype=torch.uint8)
    axes = torch.tensor([[0.0, 0, 0], [0, 0, 0], [0.4, 0.4, 0.4]])
    moved = ingredients.augmented(grey, axes, torch.Generator().manual_seed(0))
    shift = moved - normalize(torch.full((1, 3, 32, 32), 128 / 255))
    assert shift.flatten(2).std(2).max() < 1e-5  # the same for every pixel
    raw = shift[:, 0, 0, 0] * 0.229
    assert raw.std().item() == pytest.approx(0.04, rel=0.15) and abs(raw.mean()) < 0.01
    assert torch.equal(ingredients.middle(images)[0], normalize(images[:1, :, 4:36, 4:36].float() / 255)[0])


def test_colour_axes_are_the_principal_directions():
    generator = torch.Generator().manual_seed(0)
    light = torch.randn(20, 1, 40, 40, generator=generator) * 30
    images = (128 + light * torch.tensor([1.0, 1.0, 0.0]).view(1, 3, 1, 1)).clamp(0, 255).to(torch.uint8)
    axes = ingredients.colour_axes(images)
    assert axes[-1].abs().tolist() == pytest.approx([30 / 255, 30 / 255, 0], rel=0.05, abs=1e-3)
    assert axes[:2].norm() < 0.01


def test_training_learns_repeats_and_measures_in_eval_mode():
    net, curve = train(PLAIN, 0.05, 120, seed=1, every=40)
    again, same = train(PLAIN, 0.05, 120, seed=1, every=40)
    assert curve == same and not net.training and curve["step"] == [0, 40, 80, 120] and curve["loss"][0] is None
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), again.state_dict().values(), strict=True))
    assert curve["train_loss"][-1] < curve["train_loss"][0] - 0.3
    x, labels = things("train", 20)
    assert ingredients.measured(net, ingredients.middle(x), labels) == (curve["train"][-1], curve["train_loss"][-1])
    further, _ = train(PLAIN, 0.0, 1, start=net.state_dict())
    assert torch.equal(further[0].weight, net[0].weight)


def test_only_augmentation_changes_the_pictures(monkeypatch):
    class Asked(Exception):
        pass

    def refuse(*args):
        raise Asked

    monkeypatch.setattr(ingredients, "augmented", refuse)
    train(PLAIN, 0.01, 2)
    with pytest.raises(Asked):
        train(Setting(), 0.01, 2)


def test_measured_without_dropout_and_the_mode_is_left():
    x, labels = ingredients.middle(things("train", 20)[0]), things("train", 20)[1]
    net = network().eval()
    wanted = ingredients.measured(net, x, labels)
    assert ingredients.measured(net.train(), x, labels) == wanted and net.training


def test_the_rate_is_a_tenth_at_the_end(monkeypatch):
    seen = []
    step = torch.optim.SGD.step
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: (seen.append(self.param_groups[0]["lr"]), step(self)))
    train(Setting(), 0.01, 10, every=10)
    assert seen == pytest.approx([0.01] * 8 + [0.001] * 2)


def test_the_best_rate_is_of_validation_or_of_speed():
    def tried(validation, errors):
        return {"errors": {"validation": validation}, "curve": {"step": [0, 10, 20], "train": errors}}

    trials = {0.1: tried(0.3, [0.9, 0.5, 0.2]), 0.2: tried(0.4, [0.9, 0.25, 0.2]), 0.4: tried(0.5, [0.9, 0.8, 0.7])}
    assert best_rate(trials, fastest=False) == 0.1 and best_rate(trials, fastest=True) == 0.2
    assert [steps_until(each["curve"]) for each in trials.values()] == [20, 10, None]


def test_trials_are_kept_and_done_once(tmp_path, monkeypatch):
    some = {name: CONDITIONS[name] for name in ("all", "no momentum", "plain")}
    found = ingredients.card(tmp_path, 4, some)
    assert list(found["conditions"]) == list(some)
    assert list(found["conditions"]["no momentum"]["rates"]) == ["0.1", "0.2", "0.4"]
    monkeypatch.setattr(ingredients, "trial", None)  # no other training is asked for
    assert ingredients.card(tmp_path, 4, some) == found
    assert {key for each in CARD["conditions"].values() for key in each} == set(found["conditions"]["all"])


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ingredients, "SEEDS", (1,))
    monkeypatch.setattr("sys.argv", ["ingredients", "--quick", "--folder", str(tmp_path)])
    ingredients.main()
    assert "Wrote" in capsys.readouterr().out and (tmp_path / "ingredients.json").exists()
    assert (tmp_path / "ingredients.safetensors").stat().st_size < 200_000


def test_the_shipped_results_are_of_this_recipe():
    assert list(CARD["conditions"]) == list(CONDITIONS)
    assert CARD["recipe"]["parameters"] == sum(p.numel() for p in network().parameters())
    for name, each in CARD["conditions"].items():
        assert each["setting"] == asdict(CONDITIONS[name])
        assert all(len(each[part]) == len(each["errors"]["test"]) == 3 for part in ("train", "unseen"))
        assert f"{each['rate']:g}" in each["rates"]
        if "plain" not in name:
            assert each["rates"][f"{each['rate']:g}"] == min(each["rates"].values())


def test_the_shipped_weights_are_those_of_the_first_seed(monkeypatch):
    monkeypatch.setitem(ingredients.PARTS, "test", 400)
    net = network().eval()
    net.load_state_dict(ingredients.shipped())
    x, kinds = things("test", 400)
    wrong, _ = ingredients.measured(net, ingredients.middle(x), kinds)
    assert wrong == pytest.approx(CARD["conditions"]["all"]["errors"]["test"][0], abs=0.075)
