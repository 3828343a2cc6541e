"""One small network of each family: the family's block, at a size that trains in seconds.

All take (N, 1, 32, 32) and give ten logits (N, 10); all have 20 to 60 thousand parameters. They show
a block at work. They are no small copies of the networks that made the blocks famous.
"""

from collections.abc import Callable
from functools import cache

import torch
from torch import nn

from insidecnn.classification.convnext import convnext_like
from insidecnn.classification.densenet import densenet_like
from insidecnn.classification.googlenet import inception_like
from insidecnn.classification.mobilenet import mobilenet_like
from insidecnn.classification.resnet import resnet_like
from insidecnn.classification.small_alexnet import alexnet_like
from insidecnn.classification.squeezenet import squeezenet_like
from insidecnn.classification.vgg import vgg_like
from insidecnn.parameters import read_state

SMALL: dict[str, Callable[[], nn.Module]] = {
    "AlexNet-like": alexnet_like,
    "VGG-like": vgg_like,
    "Inception-like": inception_like,
    "ResNet-like": resnet_like,
    "DenseNet-like": densenet_like,
    "SqueezeNet-like": squeezenet_like,
    "MobileNetV2-like": mobilenet_like,
    "ConvNeXt-like": convnext_like,
}


@cache
def shipped() -> dict[str, torch.Tensor]:
    """The trained weights of all small networks, as ``name/parameter``."""
    return read_state("classification.safetensors")


def trained(name: str) -> nn.Module:
    """A small network with its shipped weights, in eval mode.

    Raises:
        ValueError: a name that is not in ``SMALL``.
    """
    if name not in SMALL:
        raise ValueError(f"There is no small network {name!r}; take one of {', '.join(SMALL)}.")
    network = SMALL[name]()
    state = {key.split("/", 1)[1]: tensor for key, tensor in shipped().items() if key.startswith(f"{name}/")}
    network.load_state_dict(state)
    return network.eval()
