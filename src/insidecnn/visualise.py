"""Pictures that a channel or a class answers to most: activation maximisation (Erhan et al. 2009; Olah et al. 2017)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from insidecnn.preprocess import normalize

Goal = Callable[[torch.Tensor], torch.Tensor]


def maximise(
    goal: Goal, size: int = 128, steps: int = 60, rate: float = 0.03, jitter: int = 6, blur: float = 0.4, seed: int = 0
) -> torch.Tensor:
    """Change a grey picture with a little noise, step by step, so that a number rises.

    Two regularisers keep the picture from becoming mere grain: before each step it is moved by up to ``jitter`` pixels,
    so that no pattern can rest on single pixels; after each step it is mixed with its blurred self.

    Args:
        goal: from a normalised picture (1, 3, size, size) to the number that is to rise.
        size: height and width in pixels.
        steps: how many.
        rate: how far a pixel may move in a step, of the range from 0 to 1.
        jitter: in pixels; 0 for none.
        blur: share of the blurred picture, from 0 to 1; 0 for none.
        seed: of the noise and the moves.

    Returns:
        (3, size, size) in [0, 1].
    """
    generator = torch.Generator().manual_seed(seed)
    pixels = 0.5 + 0.02 * torch.randn(1, 3, size, size, generator=generator)
    for _ in range(steps):
        moves = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
        moved = pixels.roll(moves, (2, 3)).requires_grad_()
        slope = torch.autograd.grad(goal(normalize(moved)), moved)[0]
        slope = slope.roll([-move for move in moves], (2, 3))
        pixels = (
            pixels
            + rate * slope / slope.abs().amax().clamp_min(1e-12).sqrt() / slope.abs().mean().clamp_min(1e-12).sqrt()
        )
        smooth = F.avg_pool2d(F.pad(pixels, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        pixels = ((1 - blur) * pixels + blur * smooth).clamp(0, 1)
    return pixels[0].detach()
