"""JDE's recipe: its scenes, its three losses, that it goes on where it stopped."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from insidecnn.tracking.deepsort import CosineSoftmax
from insidecnn.tracking.jde import JdeNet
from insidecnn.training import jde
from insidecnn.training.crowds import THING
from insidecnn.training.jde import PART, Recipe, at_centres, begin, drawn, erase, losses, parts, train
from insidecnn.world.scenes import CLASSES

TINY = Recipe(people=9, scenes=4, steps=4, batch=2, unseen=9, unseen_scenes=3)


def test_scenes_and_their_targets():
    pool = drawn("train", 9, 4)
    targets = pool.targets(torch.arange(4))
    assert all(len(t["boxes"]) == len(t["labels"]) == len(t["who"]) >= 1 for t in targets)
    for target in targets:
        assert torch.equal(target["labels"] == CLASSES.index("person"), target["who"] != THING)
        assert (target["boxes"][:, 2:] > target["boxes"][:, :2]).all()


def test_parts_of_scenes_keep_their_boxes():
    """A white box on black is where the target says, whatever part is seen, mirrored or not."""
    images = torch.zeros(12, 3, 128, 192, dtype=torch.uint8)
    boxes = torch.stack([torch.tensor([20.0 + 10 * k, 30, 50 + 10 * k, 100]) for k in range(12)])
    for image, (left, top, right, bottom) in zip(images, boxes.int().tolist(), strict=True):
        image[:, top:bottom, left:right] = 255
    one = {"labels": torch.tensor([4]), "who": torch.tensor([3])}
    recipe, generator = replace(TINY, erased=0.0), torch.Generator().manual_seed(0)
    seen, targets = parts(images, [one | {"boxes": box[None]} for box in boxes], recipe, generator)
    assert seen.shape == (12, 3, *PART) and seen.min() >= 0 and seen.max() <= 1
    sides = set()
    for image, target in zip(seen, targets, strict=True):
        for box in target["boxes"]:
            rows, columns = (image[0] > 0.3).nonzero().T
            found = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
            assert (found - box).abs().max() <= 1
            sides.add(round((box[3] - box[1]).item()))
    assert len(sides) > 4, "near and far"


def test_grey_rectangles_lie_on_people():
    image = torch.zeros(3, 112, 168)
    erase(image, torch.tensor([[20.0, 30, 60, 100]]), 1.0, torch.Generator().manual_seed(0))
    assert 0.02 < (image[0, 30:100, 20:60] == 0.5).float().mean() < 0.6 and (image[0, :, 70:] == 0).all()


def test_embeddings_are_read_where_the_centres_are():
    looks = torch.arange(2 * 3 * 8 * 12.0).view(2, 3, 8, 12)
    targets = [
        {"boxes": torch.tensor([[16.0, 8, 32, 40], [0, 0, 8, 8]]), "who": torch.tensor([7, THING])},
        {"boxes": torch.tensor([[80.0, 40, 96, 64]]), "who": torch.tensor([5])},
    ]
    found, names = at_centres(looks, targets)
    assert names.tolist() == [7, 5]
    assert torch.equal(found[0], looks[0, :, 3, 3]) and torch.equal(found[1], looks[1, :, 6, 11])


def test_each_loss_teaches_its_own_head():
    pool, net, naming = drawn("train", 9, 2), JdeNet(), CosineSoftmax(9)
    chosen = torch.arange(2)
    found = losses(net, naming, pool.images.float() / 255, pool.targets(chosen))
    assert len(found) == 3 and all(loss.isfinite() for loss in found)
    found[2].backward()
    assert net.look[-2].weight.grad.abs().sum() > 0 and net.yolo.last.weight.grad is None


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, monkeypatch):
    start, origin = begin()
    whole, card = train(TINY, tmp_path / "whole")
    assert set(card["scores"]) == {"validation", "test"} and not whole.training
    assert card["start"] == origin and card["curve"]["step"] == [4]
    assert not torch.equal(whole.yolo.last.weight, start.yolo.last.weight)
    monkeypatch.setattr(jde, "KEPT_EVERY", 1)
    step, steps = jde.losses, []

    def interrupted(*arguments):
        steps.append(1)
        if len(steps) > 2:
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(jde, "losses", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, tmp_path / "parts")
    monkeypatch.setattr(jde, "losses", step)
    parts, again = train(TINY, tmp_path / "parts")
    assert again["loss"] == card["loss"] and again["scores"] == card["scores"]
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True))


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(jde, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["jde", "--quick", "--folder", str(tmp_path)])
    jde.main()
    assert "Wrote" in capsys.readouterr().out
    made, card = load_file(tmp_path / "jde.safetensors"), json.loads((tmp_path / "jde.json").read_text())
    assert made.keys() == JdeNet().state_dict().keys() and card["steps"] == 4
