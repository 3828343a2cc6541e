"""The recipe of YOLO: it learns, goes on where it stopped, and writes what is shipped."""

import json

import pytest
import torch
from safetensors.torch import load_file

from insidecnn.detection.yolo import Yolo, shipped
from insidecnn.training import yolo
from insidecnn.training.detector_scores import counted
from insidecnn.training.scene_pool import ScenePool
from insidecnn.training.yolo import Recipe, rate, train
from insidecnn.world.scenes import scene

TINY = Recipe(steps=4, cycles=2, batch=3, pool=8, every=2, unseen=2, scenes=3)


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, monkeypatch):
    whole, card = train(TINY, tmp_path / "whole", tmp_path / "scenes")
    assert card["curve"]["step"] == [2, 4] and card["scores"]["scenes"] == 3
    step, steps = yolo.parts_of, []

    def interrupted(*args):
        steps.append(1)
        if len(steps) > 3:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(yolo, "parts_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, tmp_path / "parts", tmp_path / "scenes")
    monkeypatch.setattr(yolo, "parts_of", step)
    parts, again = train(TINY, tmp_path / "parts", tmp_path / "scenes")
    assert again["curve"] == card["curve"]
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_learns_four_scenes_by_heart(tmp_path):
    torch.manual_seed(0)
    net, pool, generator = Yolo(), ScenePool(tmp_path, 4).fill(), torch.Generator().manual_seed(0)
    recipe = Recipe(batch=4)
    optimizer = torch.optim.AdamW(net.parameters(), 3e-3)
    losses = []
    for _ in range(40):
        found = sum(yolo.parts_of(net, pool, recipe, generator).values())
        optimizer.zero_grad()
        found.backward()
        optimizer.step()
        losses.append(found.item())
    assert sum(losses[-5:]) < 0.85 * sum(losses[:5])


def test_the_rate_rises_and_falls():
    rates = [rate(Recipe(steps=100, cycles=1), step) for step in range(100)]
    assert [rate(Recipe(steps=200, cycles=2), step) for step in range(200)] == rates + rates
    assert rates.index(max(rates)) in (9, 10) and max(rates) == pytest.approx(Recipe().rate)
    assert rates[0] < rates[5] and rates[-1] < 0.01 * max(rates)


def test_what_does_not_count_is_neither_right_nor_wrong():
    each = scene(3, objects=(3, 6))
    found = {"boxes": each.boxes, "labels": each.labels, "scores": torch.ones(len(each.labels))}
    first = torch.arange(len(each.labels)) == 0
    kept, truth = counted([found], [each], lambda _: first)
    assert torch.equal(kept[0]["boxes"], each.boxes[:1]) and torch.equal(truth[0]["boxes"], each.boxes[:1])
    nowhere = found | {"boxes": torch.tensor([[0.0, 0, 1, 1]]).expand(len(each.labels), 4)}
    assert len(counted([nowhere], [each], lambda _: first)[0][0]["boxes"]) == len(each.labels)  # false positives stay


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(yolo, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["yolo", "--quick", "--folder", str(tmp_path)])
    yolo.main()
    assert "Wrote" in capsys.readouterr().out
    made, card = load_file(tmp_path / "yolo.safetensors"), json.loads((tmp_path / "yolo.json").read_text())
    assert all(each.dtype == torch.float16 for each in made.values())
    assert set(card) == set(shipped()[1])


def test_what_is_shipped_is_of_this_recipe():
    assert Recipe(**shipped()[1]["recipe"]) == Recipe()
