"""The lab's element: the layers that it tells the browser."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn
from torchvision.models import alexnet

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
    assert "59 million numbers, too many to send with a page" in widget.data["end"]


def test_a_network_of_the_reader_s_has_torchvision_s_dense_layers():
    """A matrix of PyTorch's, as a convolution whose kernel is as large as its input; a vector is drawn as one map."""
    last = element.layers(weights.embedded().model.features)[-1]
    *found, fc8 = element.dense(last)
    assert [each["short"] for each in found] == ["fc6", "relu6", "fc7", "relu7"] and fc8["units"] == 1000
    with torch.device("meta"):
        dense = [layer for layer in alexnet().classifier if isinstance(layer, nn.Linear)]
    for entry, layer in zip([*found[::2], fc8], dense, strict=True):
        (factor,) = entry["factors"]
        assert factor["shape"] == (layer.out_features, 1, 1) and entry["units"] == layer.out_features
        assert (
            factor["given"][0] * factor["kernel_size"] ** 2 == layer.in_features == torch.Size(entry["given"]).numel()
        )
        assert factor["given"][1:] == (factor["kernel_size"],) * 2 and entry["shape"] == element.GRIDS[entry["units"]]
    assert [entry["given"] for entry in (*found, fc8)] == [last["shape"], *(entry["shape"] for entry in found)]
