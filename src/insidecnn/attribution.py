"""What did the network look at? Maps of how much each pixel matters to one logit, and how good such maps are.

All maps are (H, W), larger where it matters more. Where the truth is known, as for the drawn things, a map can be
judged: does it point at the thing (:func:`points_at`), and does the answer go when the pixels go that it names
(:func:`deletion`), and come when they come (:func:`insertion`)?
"""

import torch
import torch.nn.functional as F
from torch import nn


def gradient(model: nn.Module, x: torch.Tensor, unit: int) -> torch.Tensor:
    """How fast the logit changes with each pixel: the largest slope of its three colours (Simonyan et al. 2014).

    Args:
        model: torchvision's AlexNet in eval mode.
        x: (1, 3, H, W), normalised.
        unit: which logit.
    """
    return slopes(model, x, unit).abs().amax(1)[0]


def gradient_times_input(model: nn.Module, x: torch.Tensor, unit: int) -> torch.Tensor:
    """What each pixel adds to the logit within the network's linear piece, against a picture of the mean colour."""
    return (slopes(model, x, unit) * x).sum(1)[0]


def slopes(model: nn.Module, x: torch.Tensor, unit: int) -> torch.Tensor:
    """The gradient of a logit with respect to the input: (1, 3, H, W)."""
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad(model(x)[0, unit], x)[0]


def grad_cam(model: nn.Module, x: torch.Tensor, unit: int) -> torch.Tensor:
    """The maps of conv5, each weighted by its mean gradient, added up, and what is below zero cut off (Selvaraju et al. 2017).

    Drawn up from 13 × 13 cells (at 224 × 224) to the size of the picture, by interpolation.
    """
    with torch.no_grad():
        maps = model.features[:12](x)  # (1, 256, 13, 13)
    maps.requires_grad_()
    pooled = model.avgpool(model.features[12](maps))
    slope = torch.autograd.grad(model.classifier(pooled.flatten(1))[0, unit], maps)[0]
    cam = (slope.mean((2, 3), keepdim=True) * maps.detach()).sum(1, keepdim=True).relu()  # (1, 1, 13, 13)
    return F.interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)[0, 0]


@torch.no_grad()
def occlusion(model: nn.Module, x: torch.Tensor, unit: int, window: int = 32, stride: int = 16) -> torch.Tensor:
    """How far the logit falls while a square of mean colour covers the pixel, on average (Zeiler & Fergus 2014).

    Args:
        window: side of the square in pixels.
        stride: of its places; H and W less the window are multiples of it.

    Raises:
        ValueError: the squares do not fit.
    """
    height, width = x.shape[2:]
    if (height - window) % stride or (width - window) % stride or window > min(height, width):
        raise ValueError(
            f"Squares of {window} pixels, {stride} apart, do not end at the edge of {height}×{width}; "
            "choose a stride that divides the size less the window."
        )
    places = [(r, c) for r in range(0, height - window + 1, stride) for c in range(0, width - window + 1, stride)]
    before = model(x)[0, unit]
    fall, count = torch.zeros(height, width), torch.zeros(height, width)
    for chunk in (places[i : i + 32] for i in range(0, len(places), 32)):
        covered = x.repeat(len(chunk), 1, 1, 1)
        for picture, (r, c) in zip(covered, chunk, strict=True):
            picture[:, r : r + window, c : c + window] = 0
        for change, (r, c) in zip(before - model(covered)[:, unit], chunk, strict=True):
            fall[r : r + window, c : c + window] += change
            count[r : r + window, c : c + window] += 1
    return fall / count


METHODS = {
    "gradient": gradient,
    "gradient × input": gradient_times_input,
    "Grad-CAM": grad_cam,
    "occlusion": occlusion,
}


def points_at(attribution: torch.Tensor, mask: torch.Tensor) -> bool:
    """The pointing game: does the largest value of the map (H, W) lie on the thing's mask (H, W)? (Zhang et al. 2016)"""
    return bool(mask.flatten()[attribution.flatten().argmax()])


@torch.no_grad()
def deletion(model: nn.Module, x: torch.Tensor, unit: int, attribution: torch.Tensor, steps: int = 16) -> torch.Tensor:
    """The class's probability while the pixels go, those first that the map ranks highest: (steps + 1,) (Petsiuk et al. 2018).

    A pixel that has gone has the mean colour. The mean of the numbers is the score: a good map makes it small.
    """
    return probabilities(model, x, torch.zeros_like(x), unit, attribution, steps)


@torch.no_grad()
def insertion(model: nn.Module, x: torch.Tensor, unit: int, attribution: torch.Tensor, steps: int = 16) -> torch.Tensor:
    """The same the other way round: pixels come, the best first, into a blurred picture; a good map makes the mean large."""
    return probabilities(model, blurred(x), x, unit, attribution, steps)


def probabilities(model, start, end, unit: int, attribution: torch.Tensor, steps: int) -> torch.Tensor:
    """The probability of a class on the way from one picture to another, pixels of the highest attribution first."""
    rank = attribution.flatten().argsort(descending=True).argsort().view(attribution.shape)  # 0 is the best
    reached = torch.linspace(0, rank.numel(), steps + 1)[:, None, None, None]
    pictures = torch.where(rank < reached, end, start)  # (steps + 1, 3, H, W)
    return model(pictures).softmax(1)[:, unit]


def blurred(x: torch.Tensor, side: int = 8) -> torch.Tensor:
    """A picture of which only the means of squares are left: (1, 3, H, W)."""
    return F.interpolate(F.avg_pool2d(x, side), x.shape[2:], mode="bilinear", align_corners=False)
