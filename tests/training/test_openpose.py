"""OpenPose's recipe: what is to be drawn, the loss of every stage, resuming; and the weights that are shipped."""

import json

import pytest
import torch
from safetensors.torch import load_file

from insidecnn.joints.openpose import Drawn, OpenPose, shipped
from insidecnn.training import openpose
from insidecnn.training.openpose import PERSON, Recipe, score, staged_loss, targets, train, unseen_scenes
from insidecnn.training.scene_pool import ScenePool

TINY = Recipe(steps=4, batch=2, mixed=2, pool=8, size=64, every=2, validation=2, test=2)


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    return ScenePool(tmp_path_factory.mktemp("pool"), TINY.pool, TINY.size).fill()


def test_only_people_are_to_be_drawn(pool):
    batch = pool.batch(8, torch.Generator().manual_seed(0))
    fields, maps = targets(batch, TINY)
    assert fields.shape == (8, 13, 2, 16, 16) and maps.shape == (8, 14, 16, 16)
    for labels, joints, map_ in zip(batch.labels, batch.keypoints, maps, strict=True):
        there = (
            (joints[labels == PERSON][..., 2] > 0).any(0) if (labels == PERSON).any() else torch.zeros(14, dtype=bool)
        )
        assert torch.equal(map_.amax((1, 2)) > 0.7, there)


def test_every_stage_has_its_loss():
    fields, maps = torch.rand(2, 13, 2, 4, 4), torch.rand(2, 14, 4, 4)
    right = Drawn([fields, fields], [maps, maps])
    assert staged_loss(right, fields, maps) == 0
    for drawn in (
        Drawn([fields + 1, fields], [maps, maps]),
        Drawn([fields, fields - 1], [maps, maps]),
    ):
        assert staged_loss(drawn, fields, maps).item() == pytest.approx(26 * 16, rel=1e-4)
    for drawn in (Drawn([fields, fields], [maps + 1, maps]), Drawn([fields, fields], [maps, maps - 1])):
        assert staged_loss(drawn, fields, maps).item() == pytest.approx(14 * 16, rel=1e-4)


def test_every_parameter_learns():
    net = OpenPose()
    assert sum(p.numel() for p in net.parameters()) < 600_000
    drawn = net(torch.rand(2, 3, 64, 96))
    assert [f.shape for f in drawn.fields] == [(2, 13, 2, 16, 24)] * 2 and [m.shape for m in drawn.maps] == [
        (2, 14, 16, 24)
    ] * 2
    staged_loss(drawn, torch.zeros(2, 13, 2, 16, 24), torch.ones(2, 14, 16, 24)).backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in net.parameters())


def test_goes_on_from_a_checkpoint_to_the_same_result(pool, tmp_path, monkeypatch):
    whole, card = train(TINY, tmp_path / "whole", pool)
    assert card["curve"]["step"] == [2, 4]
    loss, steps = openpose.staged_loss, []

    def interrupted(*args):
        steps.append(1)
        if len(steps) > 3:
            raise KeyboardInterrupt
        return loss(*args)

    monkeypatch.setattr(openpose, "staged_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, tmp_path / "parts", pool)
    monkeypatch.setattr(openpose, "staged_loss", loss)
    parts, again = train(TINY, tmp_path / "parts", pool)
    assert again["curve"] == card["curve"]
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True))


def test_the_command_writes_what_is_shipped(pool, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(openpose, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["openpose", "--quick", "--folder", str(tmp_path), "--pool", str(pool.folder)])
    openpose.main()
    assert "Wrote" in capsys.readouterr().out
    made, card = load_file(tmp_path / "openpose.safetensors"), json.loads((tmp_path / "openpose.json").read_text())
    assert made.keys() == OpenPose().state_dict().keys()
    assert all(value.dtype == torch.float16 for value in made.values() if value.is_floating_point())
    assert set(card) == set(shipped()[1])


def test_the_shipped_network_reaches_its_card():
    net, card = shipped()
    assert Recipe(**card["recipe"]) == Recipe(), "the weights are of another recipe"
    assert card["parameters"] == sum(p.numel() for p in net.parameters())
    with torch.no_grad():
        sample = score(net, unseen_scenes("test", 40))
    assert abs(sample["fields"] - card["scores"]["scenes"]["fields"]) < 0.06
