"""The training loop of this book: one step per batch, in the order that every PyTorch tutorial has.

What differs from one network to the next is the data, the loss and the optimizer; they are arguments.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import nn
from tqdm import tqdm

Batch = tuple[torch.Tensor, torch.Tensor]
DELAY = 2  #: seconds; shorter runs show no progress bar


def fit(
    network: nn.Module,
    batches: Iterable[Batch],
    optimizer: torch.optim.Optimizer,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = F.cross_entropy,
    epochs: int = 1,
    schedule: torch.optim.lr_scheduler.LRScheduler | None = None,
    after_epoch: Callable[[], None] | None = None,
) -> list[float]:
    """Train a network in place; afterwards it is in eval mode.

    Args:
        batches: of inputs and targets: a ``DataLoader``, or ``[(x, y)]`` for all the data in each step.
        optimizer: over the network's parameters.
        loss: of (network(inputs), targets), a single number.
        epochs: how many times to go through ``batches``.
        schedule: of the learning rate; it is moved on after each step.
        after_epoch: called after each epoch, with the network in eval mode.

    Returns:
        the loss of each step.

    Raises:
        ValueError: no epoch, no batch, or a generator, which is empty after one epoch.
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; it must be at least 1.")
    if epochs > 1 and isinstance(batches, Iterator):
        raise ValueError("batches is a generator, which ends after one epoch; give a list or a DataLoader.")
    steps = epochs * len(batches) if hasattr(batches, "__len__") else None
    losses = []
    with tqdm(total=steps, unit="step", delay=DELAY, leave=False, disable=not watched()) as bar:
        for _ in range(epochs):
            network.train()
            for x, y in batches:
                optimizer.zero_grad()
                step_loss = loss(network(x), y)
                step_loss.backward()
                optimizer.step()
                if schedule:
                    schedule.step()
                losses.append(step_loss.detach())
                bar.update()
            network.eval()
            if after_epoch:
                after_epoch()
    if not losses:
        raise ValueError("batches is empty; give at least one pair of inputs and targets.")
    return torch.stack(losses).tolist()


def random_batches(
    x: torch.Tensor,
    y: torch.Tensor,
    size: int,
    steps: int,
    generator: torch.Generator | None = None,
    replacement: bool = False,
) -> Iterator[Batch]:
    """So many batches of ``size`` examples, each drawn anew from all of them.

    Args:
        replacement: whether one example can be in a batch twice; if not, a batch has at most ``len(x)``.

    Raises:
        ValueError: inputs and targets of different lengths.
    """
    if len(x) != len(y):
        raise ValueError(f"There are {len(x)} inputs and {len(y)} targets; each input needs its target.")
    for _ in range(steps):
        if replacement:
            chosen = torch.randint(len(x), (size,), generator=generator)
        else:
            chosen = torch.randperm(len(x), generator=generator)[:size]
        yield x[chosen], y[chosen]


def watched() -> bool:
    """Whether somebody sees the progress: at a terminal, in Jupyter or on Colab, not while the book is built."""
    return sys.stderr.isatty() or any(name in os.environ for name in ("JPY_SESSION_NAME", "COLAB_RELEASE_TAG"))
