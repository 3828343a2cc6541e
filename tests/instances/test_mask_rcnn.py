"""Mask R-CNN is torchvision's class, and the shipped weights are as the card says."""

from importlib import resources

import pytest
import torch
from torchvision.models.detection import MaskRCNN

from insidecnn.detection import faster_rcnn
from insidecnn.instances.mask_rcnn import CELLS, decided, mask_rcnn, shipped
from insidecnn.training.mask_rcnn import score
from insidecnn.training.rcnn import answers
from insidecnn.world.scenes import CLASSES, scene


@pytest.fixture(scope="module")
def trained():
    return shipped()


@pytest.fixture(scope="module")
def scenes():
    return [scene(seed, "test") for seed in range(30)]


def test_the_model_is_torchvisions_and_holds_all_of_faster_rcnn(trained):
    model = trained[0]
    assert type(model) is type(mask_rcnn()) is MaskRCNN and not model.training
    names = {name for name, _ in model.named_parameters()}
    more = {name for name in names if name.startswith("roi_heads.mask_")}
    assert names - more == {name for name, _ in faster_rcnn.faster_rcnn().named_parameters()}


def test_the_shipped_weights_reach_the_score_of_the_card(trained, scenes):
    model, card = trained
    found = score(answers(model, scenes), scenes)
    for name in ("mask_mAP50", "mAP50"):
        spread = [group[name] for group in card["groups"]]
        assert found[name] >= min(spread) - 0.05, f"{name} is {found[name]}, in the card's groups {spread}"
    assert card["scores"]["mask_mAP50"] > 0.8 and card["scenes"] >= 300 and card["cannot"]


def test_the_file_is_small():
    assert (resources.files("insidecnn.parameters") / "mask_rcnn.safetensors").stat().st_size <= 2_000_000


def test_there_is_one_mask_for_each_class(trained):
    model = trained[0]
    heads = model.roi_heads
    with torch.no_grad():
        maps = model.backbone(torch.rand(1, 3, 128, 128))
        read = heads.mask_roi_pool(maps, [torch.tensor([[10.0, 20, 90, 100]])], [(128, 128)])
        drawn = heads.mask_predictor(heads.mask_head(read))
    assert read.shape == (1, 64, CELLS // 2, CELLS // 2) and drawn.shape == (1, len(CLASSES), CELLS, CELLS)


def test_a_decided_answer_has_the_pixels_that_are_surer_than_not():
    masks = torch.tensor([0.2, 0.5, 0.51, 0.9]).view(1, 1, 2, 2).repeat(2, 1, 1, 1)
    answer = {"masks": masks, "scores": torch.tensor([0.9, 0.3]), "labels": torch.tensor([1, 2])}
    found = decided(answer, least=0.5)
    assert found["masks"].tolist() == [[[False, False], [True, True]]] and found["labels"].tolist() == [1]
    assert len(decided(answer)["masks"]) == 2
