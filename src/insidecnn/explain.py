"""Where one number of the network comes from: its sum, term by term, and the way back to the pixels.

With ReLU and max pooling AlexNet is piecewise linear: for one picture every number is a bias and a sum of
weight × number of the layer before, or a copy of one such number, or zero. Here such a sum is taken apart
(:func:`dense`, :func:`convolution`), a copy is followed to where it came from (:func:`winner`), and the
largest terms are followed from a logit down to the pixels (:func:`path`).
"""

import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn import alexnet

Place = tuple[int, ...]  # (unit,) or (channel, row, column)


@dataclass(frozen=True)
class Term:
    """One product of a sum: ``given`` × ``weight``."""

    place: Place  #: of the number in the layer before
    given: float  #: that number
    weight: float

    @property
    def product(self) -> float:
        return self.given * self.weight


@dataclass(frozen=True)
class Sum:
    """One number of a layer, taken apart: the bias and a product for each number that it looks at."""

    name: str  #: of the layer, dotted
    place: Place  #: of the number in the layer
    bias: float
    given: torch.Tensor = field(repr=False)  #: what the number looks at: (inputs,), or (C, k, k), 0 in the padding
    weight: torch.Tensor = field(repr=False)  #: of the same shape
    corner: tuple[int, int] = (0, 0)  #: row and column of the window's first cell in the layer before

    @property
    def products(self) -> torch.Tensor:
        return self.given * self.weight

    @property
    def total(self) -> float:
        """The number itself, up to rounding."""
        return self.bias + self.products.sum(dtype=torch.float64).item()

    def where(self, index: int) -> Place:
        """The place in the layer before of the number at a flat index into ``given``."""
        if self.given.dim() == 1:
            return (index,)
        channel, row, column = (int(i) for i in torch.unravel_index(torch.tensor(index), self.given.shape))
        return channel, row + self.corner[0], column + self.corner[1]

    def largest(self, count: int) -> list[Term]:
        """The terms that add most to the number (or take most from it, if it is negative), the largest first."""
        products = self.products.flatten() * (1 if self.total >= 0 else -1)
        chosen = products.topk(min(count, products.numel())).indices.tolist()
        given, weight = self.given.flatten(), self.weight.flatten()
        return [Term(self.where(i), given[i].item(), weight[i].item()) for i in chosen]

    def rest(self, terms: list[Term]) -> float:
        """What all other products add up to: ``bias + terms + rest`` is the number."""
        return self.total - self.bias - sum(term.product for term in terms)


@torch.no_grad()
def dense(name: str, layer: nn.Linear, x: torch.Tensor, unit: int) -> Sum:
    """The sum of one unit of a linear layer, for its input x (1, inputs)."""
    return Sum(name, (unit,), layer.bias[unit].item(), x[0], layer.weight[unit].detach())


@torch.no_grad()
def convolution(name: str, layer: nn.Conv2d, x: torch.Tensor, place: Place) -> Sum:
    """The sum of one cell (channel, row, column) of a convolution without groups, for its input x (1, C, H, W)."""
    channel, row, column = place
    (height, width), (down, right) = layer.kernel_size, layer.stride
    top, left = row * down, column * right  # of the padded input
    padded = F.pad(x, (layer.padding[1],) * 2 + (layer.padding[0],) * 2)
    window = padded[0, :, top : top + height, left : left + width]
    corner = top - layer.padding[0], left - layer.padding[1]
    return Sum(name, place, layer.bias[channel].item(), window, layer.weight[channel].detach(), corner)


@torch.no_grad()
def winner(layer: nn.MaxPool2d, x: torch.Tensor, place: Place) -> Place:
    """The cell of x (1, C, H, W) that a cell (channel, row, column) of a max pooling without padding copied."""
    channel, row, column = place
    window = x[0, channel, row * layer.stride :, column * layer.stride :][: layer.kernel_size, : layer.kernel_size]
    best = int(window.argmax())
    return channel, row * layer.stride + best // window.shape[1], column * layer.stride + best % window.shape[1]


def path(model: nn.Module, x: torch.Tensor, unit: int) -> list[Sum]:
    """From a logit to the pixels, always into the largest term: a :class:`Sum` for each layer with weights.

    Between two sums the number is followed through ReLU, dropout (which does nothing in eval mode),
    flatten and poolings to the cell that it was copied from.

    Args:
        model: torchvision's AlexNet in eval mode.
        x: one image (1, 3, 224, 224), normalised: a size at which ``avgpool`` has nothing to average.
        unit: which of the 1000 logits.

    Raises:
        ValueError: x is not one image of such a size.
    """
    stages = walk(model, x)
    outputs = [x, *(stage.output for stage in stages)]
    found, place = [], (unit,)
    for stage, given in zip(reversed(stages), reversed(outputs[:-1]), strict=True):
        place = before(stage, given, place)
        if isinstance(place, Sum):
            found.append(place)
            place = place.largest(1)[0].place
    return found


def before(stage: alexnet.Stage, given: torch.Tensor, place: Place) -> Place | Sum:
    """What a number of a stage was made of: a sum, or the place in ``given`` from which it was copied."""
    if isinstance(stage.layer, nn.Linear):
        return dense(stage.name, stage.layer, given, *place)
    if isinstance(stage.layer, nn.Conv2d):
        return convolution(stage.name, stage.layer, given, place)
    if isinstance(stage.layer, nn.MaxPool2d):
        return winner(stage.layer, given, place)
    if isinstance(stage.layer, nn.Flatten):
        return tuple(int(i) for i in torch.unravel_index(torch.tensor(place[0]), given.shape[1:]))
    return place  # ReLU, dropout, and avgpool where it changes nothing


def walk(model: nn.Module, x: torch.Tensor) -> list[alexnet.Stage]:
    """The stages of one image, where ``avgpool`` copies."""
    stages = alexnet.stages(model, x)
    by_name = {stage.name: stage.output for stage in stages}
    if len(x) != 1 or by_name["avgpool"].shape != by_name["features.12"].shape:
        raise ValueError(f"x has shape {list(x.shape)}; give one image, (1, 3, 224, 224), where avgpool only copies.")
    return stages


@torch.no_grad()
def shares_of_paths(model: nn.Module, x: torch.Tensor, unit: int, count: int) -> dict[str, float]:
    """How much of a logit the ``count`` largest paths carry, at each layer with weights on the way down.

    A path goes from the logit through one term of each sum. What it carries is the product of its
    weights and of the number that it has come to; over all paths these add up to the logit without the
    biases on the way. The largest are found by keeping, at each layer, the ``count`` that carry
    most in absolute value of those that went on from the ones kept before (a beam search).

    Returns:
        by the layer's name: the sum of what the kept paths carry, as a share of the logit.
    """
    stages = walk(model, x)
    outputs = [x, *(stage.output for stage in stages)]
    logit = stages[-1].output[0, unit].item()
    kept, found = [((unit,), 1.0)], {}  # a place, and the product of the weights on the way to it
    for stage, given in zip(reversed(stages), reversed(outputs[:-1]), strict=True):
        parts = [(before(stage, given, place), factor) for place, factor in kept]
        if not isinstance(parts[0][0], Sum):
            kept = parts
            continue
        products = torch.stack([part.products.flatten() * factor for part, factor in parts])  # (kept, inputs)
        best = products.flatten().abs().topk(min(count, products.numel())).indices
        rows, columns = best // products.shape[1], best % products.shape[1]
        found[stage.name] = products[rows, columns].sum(dtype=torch.float64).item() / logit
        kept = [
            (parts[row][0].where(column), parts[row][1] * parts[row][0].weight.flatten()[column].item())
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if products[row, column] != 0
        ]
    return found


def total_paths(model: nn.Module) -> int:
    """How many paths lead from one logit to the pixels, at most: the product of the lengths of all sums."""
    return math.prod(layer.weight[0].numel() for _, layer in alexnet.leaves(model) if hasattr(layer, "weight"))
