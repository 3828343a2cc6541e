"""The trials of the trackers: what each is given, and what the shipped ones say."""

import json

import pytest
import torch

from insidecnn.training import tracking_trials
from insidecnn.training.tracking_trials import MADE, Nets, alike, shipped, trials
from insidecnn.world import clips
from insidecnn.world.clips import Walker

MEASURES = {"mota", "idf1", "hota", "switches"}


@pytest.fixture(scope="module")
def nets():
    torch.set_num_threads(1)
    return Nets()


def test_dressed_alike_they_go_the_same_ways():
    script = clips.script(4, "validation", 10, 4)
    same = alike(script)
    worn = [a.clothes for a in same.actors if isinstance(a, Walker)]
    assert len(worn) == 4 and len({repr(each) for each in worn}) == 1
    assert [a.x for a in same.actors] == [a.x for a in script.actors]
    assert len({repr(a.clothes) for a in script.actors if isinstance(a, Walker)}) == 4


def test_every_trial_of_a_clip(nets):
    found = trials(nets, 1, "validation", 8)
    assert all(set(trial) - {"SORT, memory 30"} == set(MADE) for trial in found.values())
    objects = {one.accuracy.objects for trial in found.values() for (one,) in trial.values()}
    assert len(objects) == 1, "all are measured by the same truth"


def test_the_goals_of_the_shipped_trials():
    """What the chapter says of the four systems."""
    card = shipped()
    assert card["clips"] >= 20 and card["split"] == "test"
    same, own, joint, dressed = (
        {name: {m: s[m]["together"] for m in MEASURES} for name, s in card["scores"][trial].items()}
        for trial in ("the same boxes", "each with its own", "JDE's boxes", "all dressed alike")
    )
    assert same["DeepSORT"]["idf1"] >= same["SORT"]["idf1"] + 0.12
    assert same["ByteTrack"]["mota"] >= same["SORT"]["mota"] + 0.08
    assert same["ByteTrack"]["mota"] == max(s["mota"] for s in same.values())
    assert same["DeepSORT"]["switches"] == min(s["switches"] for s in same.values())
    assert joint["JDE"]["idf1"] >= joint["SORT"]["idf1"] + 0.08
    assert own["JDE"]["idf1"] >= own["SORT"]["idf1"] + 0.08
    assert dressed["ByteTrack"]["idf1"] > max(dressed["DeepSORT"]["idf1"], dressed["JDE"]["idf1"])
    assert set(MADE) < set(card["milliseconds"])


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys, nets):
    monkeypatch.setattr(tracking_trials, "Nets", lambda: nets)
    monkeypatch.setattr("sys.argv", ["tracking_trials", "--quick", "--folder", str(tmp_path), "--split", "validation"])
    tracking_trials.main()
    assert "Wrote" in capsys.readouterr().out
    made, card = json.loads((tmp_path / "tracking.json").read_text()), shipped()
    assert set(made) == set(card) and set(made["scores"]) == set(card["scores"])
    assert all(set(s) == MEASURES for trial in made["scores"].values() for s in trial.values())
