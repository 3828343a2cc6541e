"""Found people are matched with real ones, and each joint is counted once."""

from dataclasses import replace

import pytest
import torch

from insidecnn.joints.scores import FAR, matched, people_of, scenes_pck
from insidecnn.world.scenes import CLASSES, scene

BOXES = torch.tensor([[0.0, 0, 50, 100], [50, 0, 100, 100]])
TRUTH = torch.tensor([[[20.0, 10, 2], [20, 90, 1]], [[80, 10, 2], [0, 0, 0]]])


def test_each_found_person_stands_for_the_nearest_real_one():
    found = torch.tensor([[[82.0, 10, 1], [70, 70, 1]], [[20, 14, 1], [20, 90, 1]]])
    assert torch.equal(matched(found, TRUTH, BOXES), found[[1, 0], :, :2])


def test_a_person_stands_for_one_only_and_the_other_is_missed():
    found = torch.tensor([[[20.0, 10, 1], [20, 90, 1]]])
    places = matched(found, TRUTH, BOXES)
    assert torch.equal(places[0], found[0, :, :2]) and (places[1] == FAR).all()


def test_a_joint_that_was_not_found_is_far_from_everything():
    found = torch.tensor([[[20.0, 10, 1], [0, 0, 0]]])
    assert (matched(found, TRUTH, BOXES)[0, 1] == FAR).all()


def test_the_sum_counts_and_not_the_first_come():
    """Person 0 is nearest to found 0, but then found 1 would fit nobody: the pairs are exchanged."""
    truth = torch.tensor([[[40.0, 50, 2]], [[50, 50, 2]]])
    found = torch.tensor([[[44.0, 50, 1]], [[30, 50, 1]]])
    assert matched(found, truth, BOXES)[:, 0, 0].tolist() == [30, 44]


def test_pck_of_scenes_counts_hidden_joints_and_missed_people():
    crowd = [scene(seed, objects=(3, 3), kinds=("person",)) for seed in range(3)]
    truth = [people_of(one)[0] for one in crowd]
    assert scenes_pck(truth, crowd) == 1
    joints = sum((people[..., 2] > 0).sum().item() for people in truth)
    hidden = sum((people[..., 2] == 1).sum().item() for people in truth)
    assert hidden > 0
    seen = [torch.where(people[..., 2:] == 2, people, torch.zeros(())) for people in truth]
    assert scenes_pck(seen, crowd) == pytest.approx(1 - hidden / joints)
    fewer = [truth[0][1:], *truth[1:]]
    assert scenes_pck(fewer, crowd) == pytest.approx(1 - (truth[0][0, :, 2] > 0).sum().item() / joints)


def test_only_people_count():
    one = next(
        s for s in map(scene, range(30)) if len(set(s.labels.tolist())) > 1 and CLASSES.index("person") in s.labels
    )
    keypoints, boxes = people_of(one)
    assert len(keypoints) == len(boxes) == int((one.labels == CLASSES.index("person")).sum()) < len(one.labels)
    assert len(people_of(replace(one, labels=torch.ones_like(one.labels)))[0]) == 0
