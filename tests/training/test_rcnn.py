"""The recipes of the three R-CNNs run, learn, go on where they stopped, and write what is shipped."""

import json
from dataclasses import replace
from importlib import import_module

import pytest
import torch
from safetensors.torch import load_file

from insidecnn.detection.faster_rcnn import faster_rcnn
from insidecnn.training import faster_rcnn as faster
from insidecnn.training import keypoint_rcnn as keypoint
from insidecnn.training import mask_rcnn as mask
from insidecnn.training import rcnn
from insidecnn.world.scenes import scene

TINY = replace(faster.QUICK, steps=4, every=2, looked_at=2, pool=12)


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """A folder of a few drawn scenes, for all runs."""
    return tmp_path_factory.mktemp("scenes")


def run(folder, pool):
    torch.manual_seed(1)
    model = faster_rcnn()
    return model, rcnn.train(model, TINY, folder, pool, faster.score, faster.targets)


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, pool, monkeypatch):
    whole, told = run(tmp_path / "whole", pool)
    assert [point["step"] for point in told["curve"]] == [2, 4]
    targets, calls = faster.targets, []

    def interrupted(labels):
        calls.append(1)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return targets(labels)

    monkeypatch.setattr(faster, "targets", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", pool)
    monkeypatch.setattr(faster, "targets", targets)
    parts, again = run(tmp_path / "parts", pool)
    assert again["curve"] == told["curve"]
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True))


def test_learns_with_the_means_that_the_trunk_has(tmp_path, pool):
    torch.manual_seed(1)
    before = faster_rcnn()
    after, _ = run(tmp_path, pool)
    changed = {}
    for (name, a), b in zip(before.state_dict().items(), after.state_dict().values(), strict=True):
        changed[name] = not torch.equal(a, b)
    still = {name for name in changed if "running" in name or "num_batches" in name}
    assert not any(changed[name] for name in still)
    assert all(changed[name] for name in changed.keys() - still)


def test_convolutions_are_quick_only_while_they_learn():
    model = faster_rcnn()
    rcnn.in_bfloat16(model)
    picture = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    plain = faster_rcnn()
    plain.load_state_dict(model.state_dict())
    model.eval(), plain.eval()
    with torch.no_grad():
        assert torch.equal(model.backbone(picture)["fine"], plain.backbone(picture)["fine"])
        rcnn.learning(model)
        quick = model.backbone(picture)["fine"]
    assert quick.dtype == torch.float32 and not torch.equal(quick, plain.backbone(picture)["fine"])


def test_scores_of_the_truth_are_perfect():
    scenes = [scene(seed) for seed in range(20)]
    found = []
    for each in scenes:
        target = each.target()
        scores = torch.linspace(1, 0.5, len(target["labels"]))
        found.append(target | {"scores": scores, "masks": target["masks"][:, None].float()})
    assert faster.score(found, scenes) == {"mAP50": 1, "mAP75": 1}
    assert set(mask.score(found, scenes).values()) == {1}
    people = [keypoint.only_people(f) | {"scores": f["scores"][f["labels"] == keypoint.PERSON]} for f in found]
    assert keypoint.score(people, scenes) == {"PCK@0.1": 1, "AP50": 1}


@pytest.mark.parametrize("recipe", [faster, mask, keypoint], ids=["faster_rcnn", "mask_rcnn", "keypoint_rcnn"])
def test_the_command_writes_what_is_shipped(recipe, tmp_path, pool, monkeypatch, capsys):
    name = recipe.__name__.rsplit(".", 1)[1]
    quick = replace(recipe.QUICK, steps=2, every=2)
    monkeypatch.setattr(recipe, "QUICK", quick)
    monkeypatch.setattr("sys.argv", [name, "--quick", "--folder", str(tmp_path), "--scenes", str(pool)])
    threads = torch.get_num_threads()
    try:
        recipe.main()
    finally:
        torch.set_num_threads(threads)
    assert "Wrote" in capsys.readouterr().out
    made, card = load_file(tmp_path / f"{name}.safetensors"), json.loads((tmp_path / f"{name}.json").read_text())
    task = {"faster_rcnn": "detection", "mask_rcnn": "instances", "keypoint_rcnn": "joints"}[name]
    network, shipped = import_module(f"insidecnn.{task}.{name}").shipped()
    assert made.keys() == network.state_dict().keys()
    assert all(value.dtype in (torch.float16, torch.int64) for value in made.values())
    assert set(card) == set(shipped) and rcnn.Recipe(**shipped["recipe"]) == recipe.RECIPE, "of another recipe"
