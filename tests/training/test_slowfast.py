"""The recipe of SlowFast: it runs, goes on where it stopped, and the shipped networks reach the card's scores."""

import json

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from insidecnn.actions.slowfast import ALPHA, NETWORKS, shipped
from insidecnn.training import slowfast
from insidecnn.training.action_clips import ActionClips, drawn
from insidecnn.training.slowfast import GROUPS, QUICK, Recipe, train
from insidecnn.world.actions import CLASSES, FRAMES, KINDS, MOTIONS


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, monkeypatch):
    whole, record = train(QUICK, "both", tmp_path / "whole")
    assert [point["step"] for point in record["curve"]] == [2, 4]
    loss, losses = slowfast.loss_of, []

    def interrupted(*args):
        losses.append(1)
        if len(losses) > 3:
            raise KeyboardInterrupt
        return loss(*args)

    monkeypatch.setattr(slowfast, "loss_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(QUICK, "both", tmp_path / "parts")
    monkeypatch.setattr(slowfast, "loss_of", loss)
    parts, again = train(QUICK, "both", tmp_path / "parts")
    assert again["curve"] == record["curve"]
    state = parts.state_dict()
    assert all(torch.equal(tensor, state[key]) for key, tensor in whole.state_dict().items())


def test_the_loss_is_of_the_class_its_kind_and_its_motion():
    logits, labels = torch.randn(5, 32, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 7, 13, 31, 8])
    p = logits.softmax(1).view(5, 8, 4)
    kinds, motions = F.nll_loss(p.sum(2).log(), labels // 4), F.nll_loss(p.sum(1).log(), labels % 4)
    assert slowfast.loss_of(logits, labels).item() == pytest.approx(
        (F.cross_entropy(logits, labels) + kinds + motions).item(), rel=1e-5
    )


def test_short_clips_come_first():
    recipe = Recipe(cycles=2, short=2, many=9, whole=1, few=5)
    assert [recipe.batch(step) for step in range(recipe.steps)] == 2 * ([(9, ALPHA)] * 2 + [(5, FRAMES)])
    rates = [Recipe(cycles=1, short=90, whole=10).share(step) for step in range(100)]
    assert [Recipe(cycles=2, short=90, whole=10).share(step) for step in range(200)] == rates + rates
    assert rates.index(max(rates)) == 15 and rates[0] < 0.01 and 0 < rates[-1] < 0.01


def test_scores_are_shares_of_each_part():
    truth = torch.tensor([0, 5, 10, 31])
    found = torch.tensor([0, 6, 14, 31])  # another motion; another kind
    assert slowfast.scores(found, truth) == {"class": 0.5, "kind": 0.75, "motion": 0.75}


def test_groups_follow_each_other(monkeypatch):
    truth = torch.arange(12) % 32
    monkeypatch.setattr(slowfast, "answers", lambda *_: torch.where(torch.arange(12) < 5, truth, truth ^ 1))
    found = slowfast.tested(None, None, truth)
    assert found["groups"] == [1, 1, 0.5, 0, 0, 0] and len(found["groups"]) == GROUPS
    assert found["motions"] == [[2, 1, 0, 0], [2, 1, 0, 0], [0, 0, 1, 2], [0, 0, 2, 1]]


def test_no_clip_comes_twice_and_labels_are_the_things(tmp_path):
    pool = ActionClips(tmp_path, 16, 0)
    clips, labels = pool.batch(6, 3, 0.5, slowfast.Random("a"))
    again, same = pool.batch(6, 3, 0.5, slowfast.Random("a"))
    others, _ = pool.batch(6, 3, 0.5, slowfast.Random("b"))
    assert clips.shape == (6, 3, 3, 64, 64) and clips.min() >= 0 and clips.max() <= 1
    assert torch.equal(clips, again) and torch.equal(labels, same) and not torch.equal(clips, others)
    assert torch.equal(pool.batch(6, 1, 0.5, slowfast.Random("a"))[0], clips[:, :, :1])
    first = pool.things[3].sheet.copy()
    assert (ActionClips(tmp_path, 16, 0).things[3].sheet == first).all()  # kept in a file


def test_drawn_clips_are_of_all_classes_in_turn():
    images, truth = drawn("validation", 34)
    assert images.shape == (34, FRAMES, 64, 64, 3) and truth.tolist() == [*range(32), 0, 1]


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["slowfast", "--quick", "--only", "fast", "--folder", str(tmp_path)])
    slowfast.main()
    assert not (tmp_path / "slowfast.json").exists()
    monkeypatch.setattr("sys.argv", ["slowfast", "--quick", "--folder", str(tmp_path)])
    slowfast.main()
    assert "Wrote" in capsys.readouterr().out
    made, card = load_file(tmp_path / "slowfast.safetensors"), json.loads((tmp_path / "slowfast.json").read_text())
    assert all(tensor.dtype == torch.float16 for tensor in made.values())
    assert set(made) == {f"{name}.{key}" for name in NETWORKS for key in slowfast.half(shipped(name)[0])}
    assert card.keys() == shipped()[1].keys() and list(card["networks"]) == list(card["scores"]) == list(NETWORKS)
    for record in card["networks"].values():
        assert record.keys() == shipped()[1]["networks"]["both"].keys()


def test_the_shipped_networks_reach_their_card_s_scores():
    card = shipped()[1]
    assert Recipe(**card["recipe"]) == Recipe(), "the weights are of another recipe"
    images, truth = drawn("test", 96)
    for name in NETWORKS:
        score = card["scores"][name]
        assert score == card["networks"][name]["scores"]["class"]
        found = (slowfast.answers(shipped(name)[0], images) == truth).float().mean().item()
        assert abs(found - score) < 3.5 * (score * (1 - score) / 96) ** 0.5 + 0.01
    groups = {name: record["groups"] for name, record in card["networks"].items()}
    scores = card["scores"]
    assert scores["both"] >= 0.85 and scores["slow"] <= 0.3 and scores["fast"] < scores["both"] - 0.2
    assert min(groups["both"]) > max(groups["slow"] + groups["fast"])
    assert len(CLASSES) == 32 and len(card["networks"]["both"]["kinds"]) == len(KINDS)
    assert len(card["networks"]["both"]["motions"]) == len(MOTIONS)
