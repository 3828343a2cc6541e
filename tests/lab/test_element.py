"""The lab's element: the layers that it tells the browser."""

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
