"""The made world: the labels must be true of the pixels."""

import numpy as np
import pytest
import torch
from torchvision import ops

from insidecnn import scenes

MANY = [scenes.scene(seed) for seed in range(25)]


def test_the_same_seed_gives_the_same_world():
    assert np.array_equal(scenes.scene(3).image, scenes.scene(3).image)
    assert not np.array_equal(scenes.scene(3).image, scenes.scene(4).image)
    assert np.array_equal(scenes.clip(3).images, scenes.clip(3).images)
    assert torch.equal(scenes.motions(4, 1)[0], scenes.motions(4, 1)[0])


@pytest.mark.parametrize("scene", MANY)
def test_labels_are_true_of_the_pixels(scene):
    n = len(scene.labels)
    assert scene.image.shape == (96, 128, 3) and scene.image.dtype == np.uint8 and n >= 1
    assert (scene.boxes.shape, scene.masks.shape, scene.keypoints.shape) == ((n, 4), (n, 96, 128), (n, 7, 3))
    assert scene.masks.sum(0).max() <= 1, "a pixel belongs to one object"
    inclusive = ops.masks_to_boxes(scene.masks)
    assert torch.equal(scene.boxes, inclusive + torch.tensor([0, 0, 1, 1])), "torchvision's boxes end on the last pixel"
    for label, mask, joints in zip(scene.labels, scene.masks, scene.keypoints, strict=True):
        spread = torch.from_numpy(scene.image)[mask].float().std(0)
        assert spread.max() < 12, "an object has one colour, but for the grain"
        if scenes.CLASSES[label] == "person":
            seen = joints[joints[:, 2] == 2].long()
            assert mask[seen[:, 1], seen[:, 0]].all() and set(joints[:, 2].tolist()) <= {1, 2}
            hidden = joints[joints[:, 2] == 1].long()
            assert not mask[hidden[:, 1], hidden[:, 0]].any()
        else:
            assert not joints.any()


def test_semantic_map_and_target_agree_with_the_masks():
    scene = MANY[0]
    semantic = scene.semantic()
    assert semantic.dtype == torch.int64 and (semantic > 0).equal(scene.masks.any(0))
    for label in set(scene.labels.tolist()):
        assert (semantic == label).equal(scene.masks[scene.labels == label].any(0))
    assert {k: v.dtype for k, v in scene.target().items()} == {
        "boxes": torch.float32, "labels": torch.int64, "masks": torch.uint8, "keypoints": torch.float32
    }  # fmt: skip
    assert scene.tensor().shape == (3, 96, 128) and scene.tensor().min() >= 0 and scene.tensor().max() <= 1


def test_only_the_classes_asked_for():
    labels = torch.cat([scenes.scene(s, objects=2, kinds=("disc",)).labels for s in range(5)])
    assert labels.unique().tolist() == [1] and len(labels) == 10
    seen = torch.cat([scene.labels for scene in MANY]).unique()
    assert seen.tolist() == [1, 2, 3, 4], "every class occurs"


@pytest.mark.parametrize("seed", range(6))
def test_a_clip_moves_smoothly_and_stays_inside(seed):
    clip = scenes.clip(seed, frames=20)
    assert clip.images.shape == (20, 96, 128, 3) and clip.boxes.shape == (20, 3, 4) and clip.visibility.shape == (20, 3)
    sizes = clip.boxes[..., 2:] - clip.boxes[..., :2]
    assert (sizes == sizes[0]).all(), "the box is that of the whole object"
    assert (clip.boxes[1:] - clip.boxes[:-1]).abs().max() <= 6
    assert clip.boxes.min() >= 0 and (clip.boxes[..., 2:] <= torch.tensor([128, 96])).all()
    assert (clip.visibility[:, -1] == 1).all(), "the last object is in front"
    ids, boxes = clip.seen(0, least=0)
    assert ids.tolist() == [0, 1, 2] and torch.equal(boxes, clip.boxes[0])


def test_motions_differ_in_their_order_alone():
    clips, labels = scenes.motions(200, 5)
    assert clips.shape == (200, 3, 8, 32, 32) and clips.dtype == torch.float32
    assert clips.min() >= 0 and clips.max() <= 1 and 70 < labels.sum() < 130
    brightness = [clips[labels == k].mean((0, 1, 3, 4)) for k in (0, 1)]
    assert torch.allclose(*brightness, atol=0.05), "no frame tells the classes apart by its brightness"
    change, slope = clips[:, :, 1:] - clips[:, :, :-1], clips.roll(-1, 4) - clips.roll(1, 4)
    rightwards = -(change * slope[:, :, :-1]).sum((1, 2, 3, 4))
    assert ((rightwards > 0) == labels.bool()).float().mean() > 0.98


REFUSED = {
    "too small": lambda: scenes.scene(0, shape=(32, 128)),
    "no objects": lambda: scenes.scene(0, objects=0),
    "no such class": lambda: scenes.scene(0, kinds=("cat",)),
    "no class": lambda: scenes.clip(0, kinds=()),
    "no frames": lambda: scenes.clip(0, frames=0),
    "one frame is no motion": lambda: scenes.motions(1, 0, frames=1),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_a_sentence(case):
    with pytest.raises(ValueError, match=r"^[A-Za-z].{20,}\.$"):
        REFUSED[case]()
