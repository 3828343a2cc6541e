"""The film of conv1: its recipe runs and goes on where it stopped; the shipped one begins as noise and ends as patterns."""

import json

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from insidecnn.training import film
from insidecnn.training.film import Recipe, frame_steps, shipped, train
from insidecnn.training.filters import concentration, noise_limit

TINY = Recipe(steps=4, things=6, photos=3, pool=12, unseen=6, frames=3, every=2)


def test_frames_are_dense_at_the_beginning():
    steps = frame_steps(Recipe())
    assert steps[0] == 0 and steps[-1] == Recipe().steps and len(steps) == Recipe().frames
    assert steps == sorted(set(steps)) and steps[len(steps) // 2] < Recipe().steps / 4


def test_filters_survive_as_bytes():
    weight = torch.randn(5, 3, 4, 4, generator=torch.Generator().manual_seed(0)) * torch.logspace(-3, 2, 5).view(
        5, 1, 1, 1
    )
    whole, scales = film.as_bytes(weight)
    assert whole.dtype == torch.int8 and whole.abs().amax((1, 2, 3)).tolist() == [127] * 5
    assert ((whole * scales.view(5, 1, 1, 1) - weight).abs().amax((1, 2, 3)) <= scales / 2 * 1.001).all()
    assert film.as_bytes(torch.zeros(1, 3, 2, 2))[0].abs().max() == 0


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, monkeypatch):
    whole, card = train(TINY, tmp_path / "whole")
    assert card["frames"] == frame_steps(TINY) and card["curve"]["step"] == [2, 4]
    assert whole["frames"].shape == (3, 64, 3, 11, 11) and not torch.equal(whole["frames"][0], whole["frames"][-1])
    torch.manual_seed(TINY.seed)
    assert torch.equal(whole["frames"][0], film.as_bytes(film.FilmNet().features[0].weight.detach())[0])

    monkeypatch.setattr(film, "KEPT_EVERY", 1)
    step, steps = film.losses, []

    def interrupted(*args):
        steps.append(1)
        if len(steps) > 3:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(film, "losses", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, tmp_path / "parts")
    monkeypatch.setattr(film, "losses", step)
    parts, again = train(TINY, tmp_path / "parts")
    assert again["curve"] == card["curve"]
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_each_question_is_asked_of_its_own_pictures(tmp_path):
    """Without things there is nothing to learn of kinds; a loss of photographs has no gradient from things."""
    torch.manual_seed(0)
    net, generator = film.FilmNet(), torch.Generator().manual_seed(0)
    pool, crops = film.Pool(tmp_path, 64, 12, workers=0), film.Crops("train", 64)
    found = film.losses(net, pool, crops, TINY, generator)
    assert len(found) == 5 and all(loss.isfinite() for loss in found)
    pool.labels[:, :3] = film.NONE
    assert [loss.item() for loss in film.losses(net, pool, crops, TINY, generator)][:3] == [0, 0, 0]


def test_the_unseen_loss_is_of_evaluation_and_leaves_the_mode():
    net = film.FilmNet().train()
    nn.init.zeros_(net.head.weight)
    nn.init.zeros_(net.head.bias)
    images, labels = torch.rand(4, 3, 64, 64), torch.randint(10, (4, 3))
    mean = net.features[1].running_mean.clone()
    assert film.unseen_loss(net, images, labels) == pytest.approx(3 * torch.tensor(10.0).log().item())
    assert net.training and torch.equal(net.features[1].running_mean, mean)


def test_the_shipped_film_begins_as_noise_and_ends_as_patterns():
    frames, card = shipped()
    recipe = card["recipe"]
    assert frames.shape == (recipe["frames"], 64, 3, 11, 11) and card["frames"] == frame_steps(Recipe(**recipe))
    assert Recipe(**recipe) == Recipe(), "the film is of another recipe"
    torch.manual_seed(recipe["seed"])
    assert (frames[0] - film.FilmNet().features[0].weight.detach()).abs().max() < 1e-3  # torchvision's random start
    patterned = [int((concentration(frame) > noise_limit()).sum()) for frame in frames]
    assert patterned[0] == 0 and patterned[-1] >= 60
    curve = card["curve"]
    assert curve["loss"][-1] < curve["loss"][0] / 2 and curve["unseen"][-1] < curve["unseen"][0] / 2
    assert len(curve["step"]) == len(curve["loss"]) == len(curve["unseen"])


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(film, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["film", "--quick", "--folder", str(tmp_path)])
    film.main()
    assert "Wrote" in capsys.readouterr().out
    made, card = load_file(tmp_path / "film.safetensors"), json.loads((tmp_path / "film.json").read_text())
    assert made["frames"].dtype == torch.int8 and made["scales"].shape == (3, 64)
    assert set(card) == set(shipped()[1])
