"""Components of a label map: one object each, none lost, none invented."""

import pytest
import torch

from insidecnn.instances.connected_components import components


def logits_of(labels, classes=4, sure=4.0):
    return sure * torch.nn.functional.one_hot(labels, classes).permute(2, 0, 1).float()


def test_each_component_is_an_object_with_its_class_and_score():
    labels = torch.zeros(40, 60, dtype=torch.int64)
    labels[2:10, 3:20], labels[20:30, 5:15], labels[20:30, 15:25], labels[35:37, 50:52] = 1, 3, 2, 1
    found = components(logits_of(labels))
    assert found["labels"].tolist() == [1, 2, 3]
    for label, mask in zip(found["labels"], found["masks"], strict=True):
        wanted = labels == label
        wanted[35:37, 50:52] = False  # four pixels are too few
        assert torch.equal(mask, wanted)
    sure = torch.tensor([4.0, 0, 0, 0]).softmax(0)[0].item()
    assert found["scores"].tolist() == pytest.approx([sure] * 3)
    assert len(components(logits_of(labels), least=4)["labels"]) == 4


def test_objects_of_one_class_that_touch_are_one():
    labels = torch.zeros(20, 40, dtype=torch.int64)
    labels[5:15, 5:15], labels[5:15, 15:25] = 1, 1
    assert len(components(logits_of(labels))["labels"]) == 1


def test_a_background_alone_holds_no_object():
    found = components(logits_of(torch.zeros(20, 40, dtype=torch.int64)))
    assert found["masks"].shape == (0, 20, 40) and found["labels"].shape == found["scores"].shape == (0,)
