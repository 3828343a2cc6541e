"""Faster R-CNN is torchvision's class, its first stage can be looked into, and the shipped weights are as the card says."""

from importlib import resources

import pytest
import torch
from torchvision.models.detection import FasterRCNN, FasterRCNN_ResNet50_FPN_Weights, fasterrcnn_resnet50_fpn

from insidecnn.detection.faster_rcnn import SHAPES, SIZES, anchors, faster_rcnn, objectness, proposals, shipped
from insidecnn.metrics import box_iou
from insidecnn.training.faster_rcnn import score
from insidecnn.training.rcnn import answers
from insidecnn.world.scenes import scene


@pytest.fixture(scope="module")
def trained():
    return shipped()


@pytest.fixture(scope="module")
def scenes():
    return [scene(seed, "test") for seed in range(30)]


def test_the_model_is_torchvisions(trained):
    assert type(trained[0]) is type(faster_rcnn()) is FasterRCNN and not trained[0].training


def test_the_shipped_weights_reach_the_score_of_the_card(trained, scenes):
    model, card = trained
    found = score(answers(model, scenes), scenes)
    for name in ("mAP50", "mAP75"):
        spread = [group[name] for group in card["groups"]]
        assert found[name] >= min(spread) - 0.05, f"{name} is {found[name]}, in the card's groups {spread}"
    assert card["scores"]["mAP50"] > 0.9 and card["scenes"] >= 300 and card["cannot"]


def test_the_file_is_small():
    assert (resources.files("insidecnn.parameters") / "faster_rcnn.safetensors").stat().st_size <= 2_000_000


def test_anchors_have_their_sizes_and_shapes_around_their_cell():
    for level, sizes, stride in zip(("fine", "coarse"), SIZES, (4, 8), strict=True):
        found = anchors(level, row=3, column=5)
        wide, high = (found[:, 2:] - found[:, :2]).T
        wanted = [(shape, size) for shape in SHAPES for size in sizes]
        assert (high / wide).tolist() == pytest.approx([shape for shape, _ in wanted], rel=0.1)  # whole pixels
        assert (high * wide).sqrt().tolist() == pytest.approx([size for _, size in wanted], rel=0.1)
        middles = (found[:, :2] + found[:, 2:]) / 2
        assert torch.allclose(middles, torch.tensor([5.0, 3.0]) * stride, atol=0.5)
    with pytest.raises(ValueError, match="fine, coarse"):
        anchors("middle", 0, 0)


def test_anchors_are_in_the_order_of_the_maps_of_objectness(trained):
    model = trained[0]
    images = model.transform([torch.rand(3, 128, 128)])[0]
    maps = list(model.backbone(images.tensors).values())
    all_anchors = model.rpn.anchor_generator(images, maps)[0]
    fine = all_anchors[: 6 * 32 * 32].view(32, 32, 6, 4)
    coarse = all_anchors[6 * 32 * 32 :].view(16, 16, 6, 4)
    assert torch.equal(fine[3, 7], anchors("fine", 3, 7)) and torch.equal(coarse[9, 2], anchors("coarse", 9, 2))


def test_objectness_is_high_where_an_anchor_fits_an_object(trained, scenes):
    images = torch.stack([each.tensor() for each in scenes[:8]])
    fine, coarse = objectness(trained[0], images)
    assert fine.shape == (8, 6, 32, 32) and coarse.shape == (8, 6, 16, 16)
    assert min(fine.min(), coarse.min()) >= 0 and max(fine.max(), coarse.max()) <= 1
    fits, misses = [], []
    for k, each in enumerate(scenes[:8]):
        for row in range(16):
            for column in range(16):
                overlap = box_iou(anchors("coarse", row, column), each.boxes).amax(1)
                fits += coarse[k, overlap > 0.6, row, column].tolist()
                misses += coarse[k, overlap < 0.1, row, column].tolist()
    assert len(fits) > 10 and sum(fits) / len(fits) > 0.5 > 0.05 > sum(misses) / len(misses)


def test_proposals_hold_the_objects_in_pixels_of_the_picture(trained, scenes):
    images = torch.stack([each.tensor() for each in scenes[:8]])
    for enlarged in (1, 2):
        larger = images.repeat_interleave(enlarged, 2).repeat_interleave(enlarged, 3)
        found = proposals(trained[0], larger)
        best = torch.cat(
            [box_iou(boxes, enlarged * each.boxes).amax(0) for boxes, each in zip(found, scenes, strict=False)]
        )
        assert (best >= 0.5).float().mean() > 0.9


def test_pictures_of_another_shape_are_refused(trained):
    for function in (objectness, proposals):
        with pytest.raises(ValueError, match=r"N, 3, H, W"):
            function(trained[0], torch.rand(3, 128, 128))


def test_the_lines_that_load_the_large_one_name_what_torchvision_has():
    assert FasterRCNN_ResNet50_FPN_Weights.DEFAULT.meta["num_params"] > 40_000_000
    assert isinstance(fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None), FasterRCNN)
