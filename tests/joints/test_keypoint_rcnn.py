"""Keypoint R-CNN is torchvision's class, its joints go to the right people, and the shipped weights are as the card says."""

from importlib import resources

import pytest
import torch
from torchvision.models.detection import KeypointRCNN

from insidecnn.joints.keypoint_rcnn import keypoint_rcnn, of_each, shipped
from insidecnn.metrics import pck
from insidecnn.training.keypoint_rcnn import only_people, score
from insidecnn.training.rcnn import answers
from insidecnn.world.kinds import JOINTS
from insidecnn.world.scenes import scene


@pytest.fixture(scope="module")
def trained():
    return shipped()


def test_the_model_is_torchvisions(trained):
    assert type(trained[0]) is type(keypoint_rcnn()) is KeypointRCNN and not trained[0].training


def test_the_shipped_weights_reach_the_score_of_the_card(trained):
    model, card = trained
    scenes = [scene(seed, "test") for seed in range(40)]
    found = score(answers(model, scenes), scenes)
    spread = [group["PCK@0.1"] for group in card["groups"]]
    assert found["PCK@0.1"] >= min(spread) - 0.05, f"{found['PCK@0.1']}, in the card's groups {spread}"
    assert card["scores"]["PCK@0.1"] > 0.8 and card["scenes"] >= 300 and card["cannot"]


def test_the_file_is_small():
    assert (resources.files("insidecnn.parameters") / "keypoint_rcnn.safetensors").stat().st_size <= 2_000_000


def test_joints_go_to_the_person_whose_box_they_came_with():
    people = torch.tensor([[0.0, 0, 10, 40], [50, 0, 60, 40], [80, 0, 90, 40]])
    boxes = torch.tensor([[50.0, 0, 60, 40], [51, 0, 61, 40], [1, 0, 11, 40], [20, 0, 30, 40]])
    keypoints = torch.arange(4.0)[:, None, None].expand(4, len(JOINTS), 3)
    found = of_each(people, {"boxes": boxes, "keypoints": keypoints})
    assert found.shape == (3, len(JOINTS), 2)
    assert (found[0] == 2).all() and (found[1] == 0).all()  # the second-best box of one person goes to nobody
    truth = torch.cat([found, torch.full((3, len(JOINTS), 1), 2.0)], 2)
    truth[2] = 5  # who was not found counts as wrong
    assert pck(found, truth, people, 0.1) == pytest.approx(2 / 3)
    assert of_each(torch.zeros(0, 4), {"boxes": boxes, "keypoints": keypoints}).shape == (0, len(JOINTS), 2)
    with pytest.raises(ValueError, match="n, 4"):
        of_each(torch.zeros(4), {"boxes": boxes, "keypoints": keypoints})


def test_only_people_are_learned():
    target = next(t for t in (scene(seed).target() for seed in range(50)) if len(set(t["labels"].tolist())) > 1
                  and 4 in t["labels"])  # fmt: skip
    people = only_people(target)
    assert people["labels"].tolist() == [1] * int((target["labels"] == 4).sum())
    assert torch.equal(people["boxes"], target["boxes"][target["labels"] == 4])
    assert "masks" not in people
