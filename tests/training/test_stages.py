"""One stage against two: the comparison that is shipped is of the shipped systems."""

import json

import pytest

from insidecnn.detection import yolo
from insidecnn.training import stages


def test_the_shipped_comparison_is_of_the_shipped_systems():
    found, (_, card) = stages.shipped(), yolo.shipped()
    assert found[stages.ONE]["mAP50"] == pytest.approx(card["scores"]["mAP50"], abs=2e-3)
    assert found[stages.ONE]["scenes"] == found[stages.TWO]["scenes"] == 500 and found["time"] > 1
    for system in (stages.ONE, stages.TWO):
        groups = found[system]["groups"]["mAP50"]
        assert (
            len(groups) == 5
            and min(groups) < found[system]["mAP50"] + 0.02
            and max(groups) > found[system]["mAP50"] - 0.02
        )


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["stages", "--quick", "--folder", str(tmp_path)])
    stages.main()
    assert "Wrote" in capsys.readouterr().out
    found = json.loads((tmp_path / "stages.json").read_text())
    assert set(found) == set(stages.shipped())
    assert {name: set(found[stages.ONE][name]) for name in ("clips", "crowds", "small")} == {
        name: set(stages.shipped()[stages.ONE][name]) for name in ("clips", "crowds", "small")
    }
