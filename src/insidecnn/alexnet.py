"""Walk AlexNet: the name, the layer and the output of every stage, and what a cell of it sees.

Imports torch but not torchvision; :mod:`insidecnn.weights` has the model.
"""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import nn

from insidecnn.arithmetic import Box, leaves, ledger

LEAST = 63  #: pixels; on a smaller image the last pooling has no room for its window


@dataclass(frozen=True)
class Stage:
    """One layer of the network, and what it made of the input."""

    name: str  #: dotted, as in the ledger: ``features.0``
    layer: nn.Module
    output: torch.Tensor  #: (N, C, H, W), from ``flatten`` on (N, C); a tensor of its own


def sequential(model: nn.Module) -> nn.Sequential:
    """The whole network as one ``nn.Sequential`` of the model's own layers (shared, not copied).

    torchvision's AlexNet flattens in its ``forward``, between two modules; here ``flatten`` is a
    layer like the others: ``features``, ``avgpool``, ``flatten``, ``classifier``.
    """
    network = nn.Sequential(
        OrderedDict(features=model.features, avgpool=model.avgpool, flatten=nn.Flatten(), classifier=model.classifier)
    )
    network.training = model.training  # for this module alone; train() and eval() would change the layers
    return network


def convolutional(model: nn.Module) -> nn.Sequential:
    """The same network with its dense layers as convolutions, which slide over larger pictures (Long et al. 2015).

    fc6 becomes a convolution of 6 × 6, fc7 and fc8 of 1 × 1, with the model's own weights (shared, not copied).
    (N, 3, 224, 224) → (N, 1000, 1, 1), the logits of ``model``; each further 32 pixels of height or width give one
    more answer.
    """
    dense = [layer for layer in model.classifier if isinstance(layer, nn.Linear)]
    layers = OrderedDict(features=model.features)
    for name, layer, channels, size in zip(("fc6", "fc7", "fc8"), dense, (256, 4096, 4096), (6, 1, 1), strict=True):
        if size == 1:
            layers[f"relu{len(layers)}"] = nn.ReLU()
        with torch.device("meta"):  # no numbers: they come from the dense layer
            layers[name] = nn.Conv2d(channels, layer.out_features, size)
        layers[name].weight = nn.Parameter(layer.weight.detach().view(-1, channels, size, size))
        layers[name].bias = nn.Parameter(layer.bias.detach())
    return nn.Sequential(layers).eval()


def stages(model: nn.Module, x: torch.Tensor) -> list[Stage]:
    """Every layer's output for the input, in the order in which data passes; no gradients.

    AlexNet's ReLUs work in place: they overwrite the output of the convolution before them. Here
    each layer is given a copy, so that every output, and ``x``, stays as it was.

    Args:
        model: torchvision's AlexNet in eval mode.
        x: images (N, 3, H, W), normalised; H and W at least 63.

    Raises:
        ValueError: the model is in training mode, or x is not of that shape.
    """
    if any(module.training for module in model.modules()):
        raise ValueError(
            "The model is in training mode, where dropout makes every run different; call model.eval() first."
        )
    if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < LEAST:
        raise ValueError(
            f"x has shape {list(x.shape)}; it must be (N, 3, H, W) with H and W at least {LEAST}: "
            "x.unsqueeze(0) makes one image a batch, and a small photograph can be resized."
        )
    found = []
    with torch.no_grad():
        for name, layer in leaves(sequential(model)):
            x = layer(x.clone())
            found.append(Stage(name, layer, x))
    return found


def receptive_field(
    model: nn.Module, stage_name: str, cell: tuple[int, int], size: tuple[int, int] = (224, 224)
) -> Box:
    """The box of input pixels that one cell of a stage's maps sees.

    Args:
        model: torchvision's AlexNet.
        stage_name: of ``features`` or ``avgpool``, as in :func:`stages`.
        cell: (row, column) in the map.
        size: (height, width) of the input image.

    Returns:
        (left, top, right, bottom) in pixels, right and bottom exclusive; not clipped, so the box may
        reach out of the image into the padding: ``features.0`` at cell (0, 1) sees (2, −2, 13, 9).

    Raises:
        ValueError: an unknown stage, one whose cells see everything, or a cell outside the map.
    """
    rows = {row.name: row for row in ledger(sequential(model), (3, *size))}
    if stage_name not in rows:
        raise ValueError(f"There is no stage {stage_name!r}; choose one of {', '.join(rows)}.")
    row = rows[stage_name]
    if row.view is None:
        regular = [name for name, each in rows.items() if each.view is not None]
        raise ValueError(
            f"The cells of {stage_name} see no regular windows of a {size[0]}×{size[1]} image; "
            f"choose a stage up to {regular[-1]}."
        )
    height, width = row.shape[1:]
    if not (0 <= cell[0] < height and 0 <= cell[1] < width):
        raise ValueError(
            f"Cell {tuple(cell)} is outside the map of {stage_name}, which has {height} rows and {width} columns; "
            "both are counted from 0."
        )
    (top, bottom), (left, right) = (axis.span(place) for axis, place in zip(row.view, cell, strict=True))
    return left, top, right, bottom
