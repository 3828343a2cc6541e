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


def direction(model: nn.Module, pixels: torch.Tensor, label: int) -> torch.Tensor:
    """The sign of the loss's gradient: −1, 0 or 1 for each number."""
    pixels = pixels.detach().clone().requires_grad_()
    loss = F.cross_entropy(model(normalize(pixels)), torch.tensor([label]))
    return torch.autograd.grad(loss, pixels)[0].sign()


@torch.no_grad()
def smallest(model: nn.Module, pixels: torch.Tensor, most: float = 32 / 255, levels: int = 8) -> float | None:
    """The smallest step of :func:`fgsm` that changes the answer, found by halving the interval.

    Returns:
        the size of the step, too large by at most ``most`` / 2 ** ``levels``; None if even ``most`` does not do it.
    """
    answer = int(model(normalize(pixels)).argmax())
    with torch.enable_grad():
        way = direction(model, pixels, answer)
    fooled = lambda size: int(model(normalize((pixels + size * way).clamp(0, 1))).argmax()) != answer  # noqa: E731
    if not fooled(most):
        return None
    low, high = 0.0, most
    for _ in range(levels):
        middle = (low + high) / 2
        low, high = (low, middle) if fooled(middle) else (middle, high)
    return high
