"""The recipe of U-Net: it runs, goes on where it stopped, and its pictures bend together with their labels."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from insidecnn.segmentation.unet import UNet, compared, shipped
from insidecnn.training import unet
from insidecnn.training.unet import SEEDS, SHORT, WARM_UP, Recipe, deform, rate, train

TINY = Recipe(steps=2, again=(2,), batch=2, small=3, width=2, levels=2, pool=6, every=2)
FEW = {"validation": 2, "test": 2}


def test_the_learning_rate_rises_stays_and_falls():
    recipe = Recipe(steps=2000, again=())
    rates = [rate(recipe, step) for step in range(recipe.steps)]
    assert rates[0] == recipe.rate / WARM_UP and rates[WARM_UP] == rates[1399] == recipe.rate
    assert rates[1700] == pytest.approx(recipe.rate / 2) and 0 < rates[-1] < recipe.rate / 500
    again = [rate(replace(recipe, again=(1000, 400)), step) for step in range(3400)]
    assert again[:2000] == rates and again[2000] == recipe.rate / WARM_UP and again[2500] == recipe.rate / 2
    assert max(again[2000:]) > 0.7 * recipe.rate and 0 < again[-1] < recipe.rate / 300


def test_pictures_and_labels_bend_together():
    """Each pixel says in its colour which object it is of, so both can be compared after bending."""
    generator = torch.Generator().manual_seed(1)
    owners = torch.arange(64).div(8, rounding_mode="floor").expand(6, 64, 64)
    images = (owners.float() / 8)[:, None].expand(6, 3, 64, 64)
    bent, of_nearest = deform(images, owners, 4.0, generator)
    assert ((bent[:, 0] * 8 - of_nearest).abs() < 0.51).float().mean() > 0.99
    moved = [not torch.equal(a, b) for a, b in zip(of_nearest, owners, strict=True)]
    assert any(moved) and not all(moved), "every second one on average"
    straight = moved.index(False)
    assert torch.allclose(bent[straight], images[straight], atol=1e-4)


def test_how_far_pictures_bend():
    generator = torch.Generator().manual_seed(1)
    columns = torch.arange(65.0).expand(200, 3, 1, 65).expand(200, 3, 65, 65)
    bent, _ = deform(columns, torch.zeros(200, 65, 65, dtype=torch.int64), 2.0, generator)
    middle = bent[:, 0, 32, 32] - 32  # a place of the coarse grid
    middle = middle[middle.abs() > 1e-3]
    assert 60 < len(middle) < 140 and middle.std().item() == pytest.approx(2, rel=0.3)


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, monkeypatch):
    pool = tmp_path / "pool"
    whole, card = train(TINY, tmp_path / "whole", pool, FEW)
    assert card["curve"]["step"] == [2, 4] and card["recipe"]["again"] == (2,)
    step, steps = unet.loss, []

    def interrupted(*args):
        steps.append(1)
        if len(steps) > 3:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(unet, "loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, tmp_path / "parts", pool, FEW)
    monkeypatch.setattr(unet, "loss", step)
    parts, again = train(TINY, tmp_path / "parts", pool, FEW)
    assert again["curve"] == card["curve"] and len(steps) == 4
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    with pytest.raises(ValueError, match="another recipe"):
        train(replace(TINY, rate=1e-3), tmp_path / "parts", pool, FEW)


def test_the_loss_falls(tmp_path):
    pool, generator = unet.ScenePool(tmp_path, 6).fill(), torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    net = UNet(5, 4, 3)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        losses.append(unet.loss(net, pool, TINY, generator, step=0))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert sum(losses[-4:]) < 0.8 * sum(losses[:4])


@pytest.mark.parametrize(("options", "name"), [([], "unet"), (["--comparison"], "unet_comparison")])
def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys, options, name):
    monkeypatch.setattr(unet, "QUICK", TINY)
    monkeypatch.setattr(
        "sys.argv", ["unet", "--quick", "--folder", str(tmp_path / "out"), "--pool", str(tmp_path), *options]
    )
    unet.main()
    assert "Wrote" in capsys.readouterr().out
    made = load_file(tmp_path / "out" / f"{name}.safetensors")
    card = json.loads((tmp_path / "out" / f"{name}.json").read_text())
    of_book = compared()[1] if options else shipped()[1]
    assert set(card) <= set(of_book)
    if options:
        assert {key.split("/")[0] for key in made} == {"with", "without"} == set(card)
        assert [each["recipe"]["seed"] for each in card["without"]] == list(SEEDS)
    assert all(each.dtype in (torch.float16, torch.int64) for each in made.values())


def test_the_cards_are_of_these_recipes():
    def made(card):
        return Recipe(**{k: tuple(v) if isinstance(v, list) else v for k, v in card["recipe"].items()})

    assert made(shipped()[1]) == Recipe(), "the network is of another recipe"
    for name, cards in compared()[1].items():
        for seed, card in zip(SEEDS, cards, strict=True):
            assert made(card) == replace(SHORT, seed=seed, skips=name == "with")
