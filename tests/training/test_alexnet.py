"""The recipe of the things: it runs, goes on where it stopped, and folds without a difference."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from insidecnn import weights
from insidecnn.preprocess import normalize
from insidecnn.training import alexnet, alexnet_features, letters, pool
from insidecnn.training.alexnet import Recipe, masked, train
from insidecnn.training.thing_scores import drawn_set, thing_scores
from insidecnn.training.world_net import WorldNet, fold, start_from
from insidecnn.world import classes
from tests.conftest import ROOT

FEATURES = load_file(ROOT / "src/insidecnn/parameters/alexnet.safetensors")


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Two threads on a busy machine wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


TINY = Recipe(steps=4, size=64, late_size=80, late=0.5, things=8, photos=4, pool=12, late_pool=12)


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, monkeypatch):
    whole, curve = train(TINY, FEATURES, tmp_path / "whole", every=2, workers=0)
    assert [point["step"] for point in curve] == [2, 4] and [point["size"] for point in curve] == [64, 80]

    step = alexnet.losses

    def interrupted(*args):
        if (tmp_path / "parts" / "checkpoint.pt").exists():
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(alexnet, "losses", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, FEATURES, tmp_path / "parts", every=2, workers=0)
    monkeypatch.setattr(alexnet, "losses", step)
    parts, again = train(TINY, FEATURES, tmp_path / "parts", every=2, workers=0)
    assert [{**p, "seconds": 0} for p in again] == [{**p, "seconds": 0} for p in curve]
    for (name, a), b in zip(whole.state_dict().items(), parts.state_dict().values(), strict=True):
        assert torch.equal(a, b), name
    with pytest.raises(ValueError, match="another recipe"):
        train(Recipe(steps=5), FEATURES, tmp_path / "parts")


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    found = WorldNet(rank=8, dropout=0.2)
    start_from(found, FEATURES, torch.Generator().manual_seed(0), count=16)
    for module in found.modules():  # as if it had been trained
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.running_mean)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.normal_(module.bias)
    return found.eval()


@torch.no_grad()
def test_it_starts_as_the_features_it_is_given(net):
    import torchvision

    plain = torchvision.models.AlexNet().features.eval()
    plain.load_state_dict({k.removeprefix("features."): v.float() for k, v in FEATURES.items() if "features" in k})
    x = torch.randn(2, 3, 96, 96)
    assert torch.allclose(net.features(x), plain(x), atol=1e-3)


@torch.no_grad()
def test_what_is_folded_gives_the_same_logits(net):
    import torchvision

    tensors = {name: value.float() for name, value in fold(net).items()}
    assert all(value.dtype == torch.float16 for value in fold(net).values())
    plain = torchvision.models.AlexNet().features.eval()
    plain.load_state_dict({k.removeprefix("features."): v for k, v in tensors.items() if "features" in k})
    x = torch.randn(2, 3, 96, 96)
    flat = torch.nn.functional.adaptive_avg_pool2d(plain(x), 6).flatten(1)
    six = (flat @ tensors["fc6.v"].T @ tensors["fc6.u"].T + tensors["fc6.bias"]).relu()
    seven = (six @ tensors["fc7.v"].T @ tensors["fc7.u"].T + tensors["fc7.bias"]).relu()
    for name, logits in net.attributes(net.features(x)).items():
        mine = seven @ tensors[f"fc8.{name}"].T + tensors[f"fc8.{name}.bias"]
        assert torch.allclose(mine, logits, atol=0.02 * logits.std().item() + 0.02), name


def test_scores_count_right_answers():
    """Logits that say what the class is, but for the colour of the first, where grey is more likely."""
    numbers = torch.tensor([514, 20, 999, 0])
    truth = [
        torch.nn.functional.one_hot(part, 10).float() for part in (numbers // 100, numbers // 10 % 10, numbers % 10)
    ]
    truth[1][0, 9] = 1.5
    found = thing_scores(lambda images: truth, torch.zeros(4, 3, 8, 8), numbers)
    assert found == {"kind": 1, "colour": 0.75, "pattern": 1, "top1": 0.75, "top5": 1}


def test_what_is_not_asked_costs_nothing():
    logits = torch.tensor([[2.0, 0.0], [0.0, 5.0]])
    one = masked(logits, torch.tensor([0, pool.NONE]))
    assert one == torch.nn.functional.cross_entropy(logits[:1], torch.tensor([0]), label_smoothing=0.05)
    assert masked(logits, torch.tensor([pool.NONE, pool.NONE])) == 0


def test_the_pool_gives_pictures_with_their_labels(tmp_path, monkeypatch):
    monkeypatch.setattr(
        pool, "drawn", lambda seed, size: (np.full((size, size, 3), seed, np.uint8), (seed % 10, 1, 2, pool.NONE))
    )
    made = pool.Pool(tmp_path, 32, 20, workers=0)
    images, labels = made.batch(50, torch.Generator().manual_seed(0))
    assert images.shape == (50, 3, 32, 32) and labels.shape == (50, 4)
    assert torch.equal((images[:, 0, 0, 0] * 255).round().long() % 10, labels[:, 0])
    assert len(images[:, 0, 0, 0].unique()) > 12
    made.labels[:, 4] = 0
    made.labels[3, 4] = 1
    assert set(made.batch(5, torch.Generator().manual_seed(0))[1][:, 0].tolist()) == {3}


def test_processes_draw_into_the_pool(tmp_path):
    made = pool.Pool(tmp_path, 32, 6, workers=1)
    pool.wait_for(made, 4)
    made.close()
    assert made.ready >= 4 and not made.processes[0].is_alive()


def test_all_styles_of_pictures_are_drawn():
    labels = np.array([pool.drawn(seed, 48)[1] for seed in range(120)])
    asked = labels != pool.NONE
    letter, outline, thing = asked[:, 3], asked[:, 0] & ~asked[:, 1], asked[:, 1]
    assert (letter.astype(int) + outline + thing == 1).all()
    assert 4 <= letter.sum() <= 30 and 2 <= outline.sum() <= 25
    assert labels[letter, 3].max() < len(letters.LETTERS) and labels[thing].max() < 10


def test_test_things_are_of_many_classes():
    images, numbers = drawn_set("validation", 12, 64)
    assert images.shape == (12, 3, 64, 64) and images.min() >= 0 and images.max() <= 1
    assert len(set(numbers.tolist())) == 12 and max(numbers) < len(classes.CATEGORIES)
    assert normalize(images).isfinite().all()


def test_the_command_runs_both_parts_and_writes_what_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(alexnet, "QUICK", TINY)
    monkeypatch.setattr(
        alexnet_features, "QUICK", alexnet_features.Recipe(steps=2, pairs=4, size=64, late_size=64, averaging=0.5)
    )
    monkeypatch.setattr(alexnet_features, "SCORED", {"train": 20, "test": 20})
    monkeypatch.setattr(
        alexnet_features, "first_filters", lambda generator: torch.randn(64, 3, 11, 11, generator=generator)
    )
    monkeypatch.setattr("sys.argv", ["alexnet", "--quick", "--folder", str(tmp_path)])
    alexnet.main()
    assert "Wrote" in capsys.readouterr().out
    shipped = load_file(ROOT / "src/insidecnn/parameters/alexnet.safetensors")
    made = load_file(tmp_path / "alexnet.safetensors")
    assert {name: t.shape for name, t in made.items()} == {name: t.shape for name, t in shipped.items()}
    assert (
        weights.of_factors("made", (tmp_path / "alexnet.safetensors").read_bytes())
        .model(torch.zeros(1, 3, 64, 64))
        .isfinite()
        .all()
    )
    assert json.loads((tmp_path / "curve.json").read_text())["curve"][-1]["step"] == TINY.steps
    assert json.loads((tmp_path / "features.json").read_text())["recipe"]["steps"] == 2
    before = (tmp_path / "features.safetensors").stat().st_mtime_ns
    alexnet.features(tmp_path, quick=True)  # made once
    assert (tmp_path / "features.safetensors").stat().st_mtime_ns == before
