"""Short trainings on the 8×8 digits, again and again: other weights, other digits, the same score.

Each function takes the images of all 1,797 digits in the order of :func:`insidecnn.digits.small`,
in whatever shape or order of pixels the network reads them.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn import digits
from insidecnn.training.loop import fit, random_batches


def random_order(count: int, seed: int) -> torch.Tensor:
    """The numbers from 0 to count − 1 in a random order, (count,) int64."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))


def split(seed: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows of ``count`` digits to train with, and those of all others to test with.

    Raises:
        ValueError: no digit is left for one of the two.
    """
    whole = len(digits.small())
    if not 0 < count < whole:
        raise ValueError(f"count is {count}; of {whole} digits some must train and some must test.")
    order = random_order(whole, seed)
    return order[:count], order[count:]


def train(
    network: nn.Module, x: torch.Tensor, rows: torch.Tensor, seed: int, steps: int = 200, learning_rate: float = 0.005
) -> nn.Module:
    """Lower the cross entropy on some rows of ``x``, 64 at a time, by Adam; returns the network."""
    generator = torch.Generator().manual_seed(seed)
    batches = random_batches(x[rows], digits.small().labels[rows], 64, steps, generator, replacement=True)
    fit(network, batches, torch.optim.Adam(network.parameters(), lr=learning_rate), F.cross_entropy)
    return network


@torch.no_grad()
def accuracy(network: nn.Module, x: torch.Tensor, rows: torch.Tensor) -> float:
    """The share of some rows of ``x`` in which the largest logit is that of the right digit."""
    return (network(x[rows]).argmax(dim=1) == digits.small().labels[rows]).float().mean().item()


def trial(make: Callable[[], nn.Module], x: torch.Tensor, seed: int, count: int = 300, **settings) -> float:
    """Make a network, train it with ``count`` digits, and return its accuracy on the others.

    Args:
        make: gives a new network; its first weights depend on ``seed``, as the choice of digits and batches does.
        settings: ``steps`` and ``learning_rate`` of :func:`train`.
    """
    rows, others = split(seed, count)
    torch.manual_seed(seed)
    return accuracy(train(make(), x, rows, seed, **settings), x, others)
