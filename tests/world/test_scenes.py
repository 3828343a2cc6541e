"""Scenes: the labels are true of the pixels, and no two splits share a background."""

from random import Random

import numpy as np
import pytest
import torch
from torchvision import ops

from insidecnn.world import people, scenes
from insidecnn.world.draw import Place
from insidecnn.world.kinds import JOINTS

MANY = [scenes.scene(seed) for seed in range(25)]


def test_the_same_arguments_give_the_same_scene():
    assert np.array_equal(scenes.scene(3).image, scenes.scene(3).image)
    assert not np.array_equal(scenes.scene(3).image, scenes.scene(4).image)
    assert not np.array_equal(scenes.scene(3, "train").image, scenes.scene(3, "test").image)


@pytest.mark.parametrize("scene", MANY)
def test_labels_are_true_of_the_pixels(scene):
    n = len(scene.labels)
    assert scene.image.shape == (128, 128, 3) and scene.image.dtype == np.uint8 and 1 <= n <= 6
    assert scene.masks.shape == scene.whole_masks.shape == (n, 128, 128) and scene.keypoints.shape == (n, 14, 3)
    assert scene.masks.sum(0).max() <= 1, "a pixel belongs to one object"
    assert not (scene.masks & ~scene.whole_masks).any(), "what is seen of an object is a part of it"
    inclusive = ops.masks_to_boxes(scene.masks)
    assert torch.equal(scene.boxes, inclusive + torch.tensor([0, 0, 1, 1])), "torchvision's boxes end on the last pixel"
    assert (scene.masks.sum((1, 2)) >= scenes.LEAST_SEEN * scene.whole_masks.sum((1, 2))).all()
    assert torch.equal(scene.masks[-1], scene.whole_masks[-1]), "the last one is in front"
    for label, mask, joints in zip(scene.labels, scene.masks, scene.keypoints, strict=True):
        if scenes.CLASSES[label] != "person":
            assert not joints.any()
            continue
        for x, y, v in joints.tolist():
            if v == 0:
                assert (x, y) == (0, 0)
            else:
                assert mask[int(y), int(x)] == (v == 2), "a joint is seen where its person is"


def test_an_object_hides_what_is_behind_it():
    hidden = [scene for scene in MANY if (scene.masks != scene.whole_masks).any()]
    assert hidden
    for scene in hidden:
        lost = scene.whole_masks & ~scene.masks
        for k in range(len(scene.labels)):
            assert not (lost[k] & ~scene.masks[k + 1 :].any(0)).any(), "only a later object hides an earlier one"


def test_semantic_map_and_target_agree_with_the_masks():
    scene = MANY[0]
    semantic = scene.semantic()
    assert semantic.dtype == torch.int64 and (semantic > 0).equal(scene.masks.any(0))
    for label in set(scene.labels.tolist()):
        assert (semantic == label).equal(scene.masks[scene.labels == label].any(0))
    assert {k: v.dtype for k, v in scene.target().items()} == {
        "boxes": torch.float32, "labels": torch.int64, "masks": torch.uint8, "keypoints": torch.float32
    }  # fmt: skip
    assert scene.tensor().shape == (3, 128, 128) and scene.tensor().min() >= 0 and scene.tensor().max() <= 1


def test_only_what_is_asked_for():
    fish = [scenes.scene(seed, kinds=("fish",), objects=(2, 3)) for seed in range(5)]
    assert torch.cat([scene.labels for scene in fish]).unique().tolist() == [scenes.CLASSES.index("fish")]
    assert torch.cat([scene.labels for scene in MANY]).unique().tolist() == [1, 2, 3, 4], "every class occurs"
    people = [scenes.scene(seed, kinds=("person",), objects=(4, 6), crowded=True) for seed in range(12)]
    share = torch.cat([s.masks.sum((1, 2)) / s.whole_masks.sum((1, 2)) for s in people])
    assert (share < scenes.LEAST_SEEN).any() and share.min() >= 0.1


def test_bones_join_the_joints_of_a_body():
    assert len(scenes.BONES) == 13 and {joint for bone in scenes.BONES for joint in bone} == set(range(14))
    names = [(JOINTS[a], JOINTS[b]) for a, b in scenes.BONES]
    assert ("neck", "head") in names and ("left knee", "left foot") in names and ("neck", "right hip") in names


def test_a_person_is_as_tall_as_asked_and_keeps_their_clothes():
    worn = people.clothes(Random(4))
    for seed in range(5):
        picture = np.full((200, 200, 3), 0.5, np.float32)
        covered, joints = people.draw_person(picture, people.standing(Random(seed)), worn, Place(100, 100, 80))
        inside = covered[joints[:, 1].round().astype(int), joints[:, 0].round().astype(int)]
        assert (inside > 0.5).all() and (picture[covered < 0.01].std() < 0.2)
    upright = people.walking(0.0, 0.0)
    covered, _ = people.draw_person(np.full((200, 200, 3), 0.5, np.float32), upright, worn, Place(100, 100, 80))
    rows = np.flatnonzero((covered > 0.5).any(1))
    assert len(rows) == pytest.approx(people.HEIGHT * 40, rel=0.08)


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        ({"size": 32}, "size"),
        ({"kinds": ("dog",)}, "ball, fish, car, person"),
        ({"kinds": ()}, "kinds"),
        ({"objects": (3, 2)}, "objects"),
        ({"objects": (0, 2)}, "objects"),
        ({"split": "exam"}, "no split 'exam'"),
    ],
)
def test_says_what_is_wrong(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        scenes.scene(0, **arguments)
