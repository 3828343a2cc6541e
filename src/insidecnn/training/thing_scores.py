"""How well a network names things: pictures of a split, and the shares of right answers."""

import torch

from insidecnn.preprocess import normalize
from insidecnn.training.world_net import ATTRIBUTES
from insidecnn.world import things


@torch.no_grad()
def thing_scores(answer, images: torch.Tensor, numbers: torch.Tensor) -> dict[str, float]:
    """Shares of right answers: of each attribute, and of the class first, or among the best five.

    Args:
        answer: from normalised images (N, 3, S, S) to the three attributes' logits, each (N, 10).
        images: (N, 3, S, S) in [0, 1].
        numbers: (N,) of the classes.
    """
    parts = [answer(normalize(batch)) for batch in images.split(100)]
    kind, colour, pattern = (torch.cat([part[k].float() for part in parts]) for k in range(3))
    truth = torch.stack([numbers // 100, numbers // 10 % 10, numbers % 10])
    found = {
        name: (logits.argmax(1) == truth[k]).float().mean().item()
        for k, (name, logits) in enumerate(zip(ATTRIBUTES, (kind, colour, pattern), strict=True))
    }
    classes = (kind[:, :, None, None] + colour[:, None, :, None] + pattern[:, None, None]).flatten(1)  # (N, 1000)
    best = classes.topk(5).indices == numbers[:, None]
    return found | {"top1": best[:, 0].float().mean().item(), "top5": best.any(1).float().mean().item()}


def drawn_set(split: str, count: int, size: int, first: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures of a split, their classes in a fixed mixed order: images (count, 3, size, size) in [0, 1] and numbers."""
    numbers = [(k * 389 + 17) % 1000 for k in range(first, first + count)]
    sides = (1 / 3, 0.95) if size < 160 else things.SIDES
    images = [things.thing(number, 7000 + k, size, split, sides).image for k, number in enumerate(numbers, first)]
    stacked = torch.stack([torch.from_numpy(image) for image in images])
    return stacked.permute(0, 3, 1, 2).float() / 255, torch.tensor(numbers)
