"""DeepSORT's recipe: what it learns from, how it is measured, that it goes on where it stopped."""

import json

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from insidecnn.tracking.deepsort import CropNet
from insidecnn.training import deepsort
from insidecnn.training.deepsort import Recipe, erase, pictures, ranks, train

TINY = Recipe(people=8, scenes=6, steps=4, batch=8, unseen=6, unseen_scenes=3)


def test_ranks_of_a_worked_example():
    """Five pictures on a line, of people 0 0 1 1 1; the nearest of picture 1 is 2, of another person."""
    angles = torch.tensor([0.0, 0.3, 0.5, 0.9, 0.98])
    rank1, mean = ranks(torch.stack([angles.cos(), angles.sin()], 1), torch.tensor([0, 0, 1, 1, 1]))
    assert rank1 == pytest.approx(3 / 5), "0 finds 1, 3 finds 4, 4 finds 3"
    # order of the others: 0: 1 2 3 4 → 1; 1: 2 0 3 4 → 1/2; 2: 1 3 4 0 → (1/2 + 2/3)/2; 3: 4 2 1 0 → 1; 4: 3 2 1 0 → 1
    assert mean == pytest.approx((1 + 1 / 2 + (1 / 2 + 2 / 3) / 2 + 1 + 1) / 5)


def test_ranks_at_best_and_by_chance():
    names = torch.arange(200) % 50
    assert ranks(F.normalize(F.one_hot(names).float() + 0.001), names) == pytest.approx((1, 1))
    rank1, mean = ranks(F.normalize(torch.randn(200, 16, generator=torch.Generator().manual_seed(0))), names)
    assert rank1 < 0.08 and mean < 0.1
    alone = torch.tensor([0, 0, 1])
    assert ranks(F.normalize(torch.eye(3) + 0.1), alone)[0] in (0, 0.5, 1), "who is there once is not asked for"


def test_ranks_agree_with_average_precision():
    from sklearn.metrics import average_precision_score

    generator = torch.Generator().manual_seed(1)
    names = torch.randint(6, (40,), generator=generator)
    vectors = F.normalize(torch.randn(40, 8, generator=generator) + 2 * F.one_hot(names, 8))
    wanted = []
    for k in range(40):
        others = torch.arange(40) != k
        wanted.append(average_precision_score(names[others] == names[k], vectors[others] @ vectors[k]))
    assert ranks(vectors, names)[1] == pytest.approx(sum(wanted) / 40, abs=1e-5)


def test_pictures_of_a_cast():
    images, names = pictures("train", 8, 4)
    assert images.dtype == torch.uint8 and images.shape[1:] == (3, 64, 32) and len(images) == len(names) > 8
    assert names.min() >= 0 and names.max() < 8


def test_a_grey_rectangle_on_a_share_of_the_pictures():
    images = torch.zeros(200, 3, 64, 32)
    erase(images, 0.5, torch.Generator().manual_seed(0))
    touched = (images > 0).flatten(1).any(1)
    assert 70 < touched.sum() < 130 and set(images.unique().tolist()) == {0, 0.5}
    share = (images[touched] > 0).float().mean((1, 2, 3))
    assert share.min() > 0.02 and share.max() < 0.5


def test_goes_on_from_a_checkpoint_to_the_same_result(tmp_path, monkeypatch):
    whole, card = train(TINY, tmp_path / "whole")
    assert set(card["scores"]) == {"validation", "test"} and not whole.training
    monkeypatch.setattr(deepsort, "KEPT_EVERY", 1)
    step, steps = deepsort.erase, []

    def interrupted(*arguments):
        steps.append(1)
        if len(steps) > 2:
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(deepsort, "erase", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, tmp_path / "parts")
    monkeypatch.setattr(deepsort, "erase", step)
    parts, again = train(TINY, tmp_path / "parts")
    assert again["loss"] == card["loss"] and again["scores"] == card["scores"]
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True))


def test_the_command_writes_what_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(deepsort, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["deepsort", "--quick", "--folder", str(tmp_path)])
    deepsort.main()
    assert "Wrote" in capsys.readouterr().out
    made, card = load_file(tmp_path / "deepsort.safetensors"), json.loads((tmp_path / "deepsort.json").read_text())
    assert made.keys() == CropNet().state_dict().keys() and made["dense.weight"].dtype == torch.float16
    assert card["steps"] == 4 and "cannot" in card
