"""Small changes of a picture that change the answer.

Pixels here are (1, 3, H, W) in [0, 1], not normalised: a change is told in the unit of the picture file, 1/255.
"""

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.preprocess import normalize


def fgsm(model: nn.Module, pixels: torch.Tensor, label: int, size: float) -> torch.Tensor:
    """The fast gradient sign method: each pixel one step up or down, whichever raises the loss (Goodfellow et al. 2015).

    Args:
        model: torchvision's AlexNet in eval mode.
        pixels: (1, 3, H, W) in [0, 1].
        label: the right class, or the one to lead away from.
        size: of the step, in units of the picture's range: 4 / 255 changes each number by at most 4 levels.

    Returns:
        pixels of the same shape, in [0, 1].
    """
    return (pixels + size * direction(model, pixels, label)).clamp(0, 1)


def towards(model: nn.Module, pixels: torch.Tensor, target: int, size: float, steps: int = 10) -> torch.Tensor:
    """Several small steps that raise a chosen class, never further than ``size`` from the picture (Kurakin et al. 2017)."""
    changed = pixels
    for _ in range(steps):
        changed = changed - 2 * size / steps * direction(model, changed, target)
        changed = torch.min(torch.max(changed, pixels - size), pixels + size).clamp(0, 1)
    return changed


def direction(model: nn.Module, pixels: torch.Tensor, labels: int | torch.Tensor) -> torch.Tensor:
    """The sign of the loss's gradient: −1, 0 or 1 for each number; ``labels`` is one class, or one a picture (N,)."""
    pixels = pixels.detach().clone().requires_grad_()
    loss = F.cross_entropy(model(normalize(pixels)), torch.as_tensor(labels).expand(len(pixels)), reduction="sum")
    return torch.autograd.grad(loss, pixels)[0].sign()


@torch.no_grad()
def smallest(model: nn.Module, pixels: torch.Tensor, most: float = 32 / 255, levels: int = 8) -> torch.Tensor:
    """A small step of :func:`fgsm` that changes each picture's answer, found by halving the interval.

    It is the smallest one where every larger step changes the answer too, as it nearly always does.

    Args:
        pixels: (N, 3, H, W) in [0, 1].

    Returns:
        the N sizes of the steps, each too large by at most ``most`` / 2 ** ``levels``; infinity where even ``most``
        does not do it.
    """
    answers = model(normalize(pixels)).argmax(1)
    with torch.enable_grad():
        way = direction(model, pixels, answers)

    def fooled(sizes):  # (N,) → (N,) bool
        return model(normalize((pixels + sizes.view(-1, 1, 1, 1) * way).clamp(0, 1))).argmax(1) != answers

    low, high = torch.zeros(len(pixels)), torch.full((len(pixels),), most)
    at_all = fooled(high)
    for _ in range(levels):
        middle = (low + high) / 2
        there = fooled(middle)
        low, high = torch.where(there, low, middle), torch.where(there, middle, high)
    return high.where(at_all, torch.inf)
