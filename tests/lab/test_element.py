"""The lab's element: the layers that it tells the browser."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from insidecnn import weights
from insidecnn.lab import element


def test_the_layers_are_those_of_the_network():
    entries = element.layers(weights.embedded().model.features)
    names = "conv1, relu1, pool1, conv2, relu2, pool2, conv3, relu3, conv4, relu4, conv5, relu5, pool3"
    assert ", ".join(entry["short"] for entry in entries) == names
    x = torch.zeros(1, 3, 224, 224)
    for entry, layer in zip(entries, weights.embedded().model.features, strict=True):
        assert entry["given"] == tuple(x.shape[1:])
        x = layer(x.clone())
        assert entry["shape"] == tuple(x.shape[1:])
    with pytest.raises(ValueError, match=r"the lab computes Conv2d without groups, ReLU and MaxPool2d"):
        element.layers(nn.Sequential(nn.Conv2d(3, 6, 3, groups=3)))


def test_the_classifier_s_stages_follow_those_of_the_features():
    loaded = weights.embedded()
    last, *found = element.stages(loaded)[12:]
    assert [entry["short"] for entry in found] == ["fc6", "relu6", "fc7", "relu7", "fc8"]
    inside = [layer for layer in loaded.model.classifier.named_children() if layer[0] not in ("0", "3")]
    before = last["shape"]
    for entry, (name, layer) in zip(found, inside, strict=True):
        assert (entry["name"], entry["kind"]) == (f"classifier.{name}", type(layer).__name__)
        assert entry["given"] == before
        _, height, width = before = entry["shape"]
        assert height * width == entry["units"] == getattr(layer, "out_features", entry["units"])


def test_dense_weights_end_at_pool3_and_say_so():
    loaded = weights.embedded()
    digests = {name: [] for name in element.samples.NAMES}
    for factors, end, count in ((loaded.factors, "", 18), ({}, "The lab ends at pool3: the dense layers", 13)):
        widget = element.lab(replace(loaded, factors=factors), digests)
        assert widget.data["end"].startswith(end) and bool(widget.data["end"]) == bool(end)
        assert len(widget.data["layers"]) == count == widget.static.count("<tr><td>")
        assert bool(widget.data["categories"]) == (not end)
        assert f"the {count} stages" in widget.static
        json.dumps(widget.data)
    assert "59 million numbers, too many to load in a page" in widget.data["end"]
