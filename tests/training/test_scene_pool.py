"""The pool of training scenes: what a step gets is what was drawn, mirrored with its labels."""

import numpy as np
import pytest
import torch
from torchvision import ops

from insidecnn.training.scene_pool import MIRRORED, ScenePool, drawn, paste
from insidecnn.world.kinds import JOINTS


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    return ScenePool(tmp_path_factory.mktemp("pool"), count=8, size=96).fill()


def test_keeps_what_was_drawn(pool):
    again = ScenePool(pool.folder, count=8, size=96)
    assert again.there.all()
    for slot in range(8):
        scene = drawn(slot, 96)
        assert np.array_equal(again.images[slot], scene.image)
        assert np.array_equal(again.owners[slot] > 0, scene.masks.any(0).numpy())
        n = len(scene.labels)
        assert again.labels[slot, :n].tolist() == scene.labels.tolist() and not again.labels[slot, n:].any()


def test_mirrored_people_exchange_left_and_right():
    assert sorted(MIRRORED) == list(range(14)) and JOINTS[MIRRORED[JOINTS.index("left knee")]] == "right knee"
    assert MIRRORED[JOINTS.index("head")] == JOINTS.index("head")


@pytest.mark.parametrize("pasted", [0.0, 1.0])
def test_labels_follow_the_picture(pool, pasted):
    """Joints that are seen lie on their person, in each of many batches."""
    generator = torch.Generator().manual_seed(0)
    looked = 0
    for _ in range(6):
        batch = pool.batch(4, generator, pasted=pasted)
        assert batch.images.shape == (4, 3, 96, 96) and batch.images.min() >= 0 and batch.images.max() <= 1
        for owner, labels, joints in zip(batch.owners, batch.labels, batch.keypoints, strict=True):
            assert owner.max() <= len(labels)
            for k, places in enumerate(joints):
                for x, y, v in places.tolist():
                    if v == 2 and x < 95.9:
                        near = owner[max(0, int(y) - 1) : int(y) + 2, max(0, int(x) - 1) : int(x) + 2]
                        assert (near == k + 1).any()
                        looked += 1
    assert looked > 100


@pytest.mark.parametrize("pasted", [0.0, 0.5])
def test_targets_and_classes_agree_with_the_owners(pool, pasted):
    batch = pool.batch(6, torch.Generator().manual_seed(1), pasted=pasted)
    for owner, semantic, labels, target in zip(
        batch.owners, batch.semantic(), batch.labels, batch.targets(), strict=True
    ):
        assert torch.equal(semantic > 0, owner > 0)
        assert set(semantic.unique().tolist()) - {0} <= set(labels.tolist())
        assert torch.equal(target["boxes"], ops.masks_to_boxes(target["masks"]) + torch.tensor([0, 0, 1, 1]))
        assert len(target["labels"]) == len(target["keypoints"]) <= len(labels)


def test_only_scenes_with_people(pool):
    for _ in range(4):
        assert all(4 in labels for labels in pool.batch(5, torch.Generator().manual_seed(2), people=True).labels)


def test_what_is_pasted_stands_in_front():
    """A picture of one object, and one all of whose colour says where on the picture it was."""
    generator, size = torch.Generator().manual_seed(5), 64
    images = torch.stack([torch.zeros(3, size, size), torch.linspace(0.2, 1, size).expand(3, size, size)])
    owners = torch.zeros(2, size, size, dtype=torch.int64)
    owners[0, 20:40, 20:40], owners[1, 16:48, 16:48] = 1, 1
    joints = torch.tensor([[[30.0, 30, 2]] * 14])
    moved = 0
    for _ in range(20):
        found = paste(images, owners, [torch.tensor([1]), torch.tensor([4])], [joints, joints], 1.0, generator)
        new_images, new_owners, labels, keypoints = found
        if labels[0].tolist() != [1, 4]:
            assert labels[0].tolist() == [1] and torch.equal(new_owners[0], owners[0])
            continue
        moved += 1
        top = new_owners[0] == 2
        side = top.sum().item() ** 0.5
        assert 0.6 * 32 - 1 < side < 1.2 * 32 + 1 and new_images[0][:, top].min() > 0.2
        assert torch.equal(new_images[0][:, ~top], images[0][:, ~top])
        assert (new_owners[0] == 1).sum() == ((owners[0] == 1) & ~top).sum()
        assert (keypoints[0][0, :, 2] == (1 if top[30, 30] else 2)).all()
        x, y, _ = keypoints[0][1, 0].tolist()  # of the pasted object, at 14 of its 32 pixels from its left and top
        rows, columns = top.nonzero().unbind(1)
        assert abs((x - columns.min()) / side - 14 / 32) < 0.06 and abs((y - rows.min()) / side - 14 / 32) < 0.06
    assert 3 < moved < 17
