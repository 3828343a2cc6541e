"""YOLO: its boxes, which cell is responsible, its loss against a sum by hand, its answers against torchvision's."""

import math

import pytest
import torch
from torchvision import ops

from insidecnn.detection import yolo
from insidecnn.detection.yolo import Maps, Yolo, chosen, decode, encode, giou, loss
from insidecnn.metrics.detection import ap_by_class
from insidecnn.training.detector_scores import answers
from insidecnn.world.scenes import scene


def random_boxes(count: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    corner, side = torch.rand(2, count, 2, generator=generator)
    return torch.cat([90 * corner, 90 * corner + 3 + 35 * side], 1)


def test_what_a_cell_says_of_a_box_means_that_box():
    boxes = torch.cat([random_boxes(50), torch.tensor([[8.0, 8, 24, 24], [0, 0, 16, 16]])])  # centres on corners, too
    cells, numbers = encode(boxes)
    for box, (row, column), said in zip(boxes, cells.tolist(), numbers, strict=True):
        grid = torch.zeros(4, 16, 16)
        grid[:, row, column] = said
        assert torch.allclose(decode(grid)[:, row, column], box, atol=1e-4)
    assert ((numbers[:, :2] >= 0) & (numbers[:, :2] < 1)).all()


def test_the_cell_of_the_centre_is_responsible():
    cells, _ = encode(torch.tensor([[10.0, 40, 30, 60], [0, 0, 8, 8], [8, 0, 24, 16]]))
    assert cells.tolist() == [[50 // 8, 20 // 8], [0, 0], [1, 2]]


def test_generalised_iou_is_torchvisions():
    a, b = random_boxes(40, 1), random_boxes(40, 2)
    iou, general = giou(a, b)
    assert torch.allclose(iou, ops.box_iou(a, b).diagonal(), atol=1e-5)
    assert torch.allclose(general, ops.generalized_box_iou(a, b).diagonal(), atol=1e-5)


def test_the_loss_is_the_sum_done_by_hand():
    """One object, four cells of which one is responsible, two boxes each; all logits are 0."""
    boxes = torch.zeros(1, 2, 4, 2, 2)
    boxes[0, 0] = torch.tensor([8.0, 0, 16, 4])[:, None, None]  # half of the object: IoU 0.5
    boxes[0, 1] = torch.tensor([40.0, 0, 48, 6])[:, None, None]  # elsewhere, but for the responsible cell's:
    boxes[0, 1, :, 0, 1] = torch.tensor([8.0, 0, 16, 6])  # three quarters of it
    maps = Maps(torch.zeros(1, 2, 2, 2), boxes, torch.zeros(1, 4, 2, 2))
    found = loss(maps, [{"boxes": torch.tensor([[8.0, 0, 16, 8]]), "labels": torch.tensor([3])}])
    assert found["box"].item() == pytest.approx(2 * 0.25)  # the second box is the better one; it lies in the object
    assert found["object"].item() == pytest.approx(math.log(2))  # of a logit of 0, whatever the target
    assert found["nothing"].item() == pytest.approx(0.5 * 7 * math.log(2))
    assert found["class"].item() == pytest.approx(math.log(4))


def test_the_target_of_confidence_is_the_iou_and_no_gradient_flows_through_it():
    boxes = torch.tensor([[8.0, 0, 16, 6]])[:, None, :, None, None].expand(1, 2, 4, 2, 2).clone().requires_grad_()
    confidence = torch.zeros(1, 2, 2, 2, requires_grad=True)
    truth = [{"boxes": torch.tensor([[8.0, 0, 16, 8]]), "labels": torch.tensor([1])}]
    loss(Maps(confidence, boxes, torch.zeros(1, 4, 2, 2)), truth)["object"].backward()
    assert boxes.grad is None or boxes.grad.abs().max() == 0
    assert confidence.grad[0, 0, 0, 1].item() == pytest.approx(0.5 - 0.75)  # sigmoid(0) − IoU, in the cell (0, 1)
    assert confidence.grad.count_nonzero() == 1


def test_of_two_objects_in_one_cell_the_one_in_front_counts():
    boxes = torch.tensor([[0.0, 0, 8, 8], [0, 0, 6, 6]])
    cell = torch.tensor([0.0, 0, 6, 6])[None, None, :, None, None].expand(1, 2, 4, 2, 2)
    classes = torch.zeros(1, 4, 2, 2)
    classes[:, 1] = 50.0
    found = loss(Maps(torch.zeros(1, 2, 2, 2), cell, classes), [{"boxes": boxes, "labels": torch.tensor([1, 2])}])
    assert found["box"].item() == pytest.approx(0, abs=1e-5) and found["class"].item() == pytest.approx(0, abs=1e-5)


def test_pictures_without_objects_teach_that_there_is_nothing():
    net = Yolo().eval()
    empty = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    found = loss(net(torch.rand(2, 3, 32, 32)), [empty, empty])
    assert found["nothing"] > 0 and found["box"] == found["object"] == found["class"] == 0


def test_suppression_is_torchvisions():
    generator = torch.Generator().manual_seed(3)
    confidence, classes = torch.randn(2, 6, 9, generator=generator), torch.randn(4, 6, 9, generator=generator)
    numbers = torch.rand(2, 4, 6, 9, generator=generator) * 2 + 0.8
    boxes = decode(numbers)
    found = chosen(confidence, boxes, classes, (48, 72), 0.1, 0.5)
    probability, label = classes.softmax(0).max(0)
    scores, labels = (confidence.sigmoid() * probability).flatten(), (label + 1).expand(2, 6, 9).flatten()
    flat = ops.clip_boxes_to_image(boxes.movedim(1, -1).reshape(-1, 4), (48, 72))
    high = scores >= 0.1
    kept = ops.batched_nms(flat[high], scores[high], labels[high], 0.5)
    assert len(kept) > 5
    assert torch.equal(found["boxes"], flat[high][kept]) and torch.equal(found["scores"], scores[high][kept])
    assert torch.equal(found["labels"], labels[high][kept])


def test_pictures_of_other_sizes_go_through():
    net = Yolo().eval()
    assert net(torch.rand(1, 3, 128, 192)).confidence.shape == (1, 2, 16, 24)
    found = net.detect([torch.rand(3, 128, 192)], least=0.0)
    assert len(found) == 1 and set(found[0]) == {"boxes", "labels", "scores"}
    assert found[0]["boxes"].amax(0).tolist() <= [192, 128, 192, 128]


@pytest.mark.parametrize(
    "images, words", [(torch.rand(3, 128, 128), "shape"), (torch.rand(1, 3, 100, 128), "multiples of 8")]
)
def test_refuses_other_pictures(images, words):
    with pytest.raises(ValueError, match=words):
        Yolo().eval().detect(images)


def test_what_is_shipped_reaches_the_score_of_its_card():
    net, card = yolo.shipped()
    assert not net.training and card["parameters"] == sum(each.numel() for each in net.parameters()) <= 600_000
    scenes = [scene(seed) for seed in range(40)]
    ap = ap_by_class(answers(net.detect, scenes), [each.target() for each in scenes])
    assert sum(ap.values()) / len(ap) > card["scores"]["mAP50"] - 0.04
