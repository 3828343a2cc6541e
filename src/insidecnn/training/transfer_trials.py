"""Frozen, fine-tuned or from scratch? Four ways to a new task, tried on two tasks and three sizes of training set.

    python -m insidecnn.training.transfer_trials      # ten minutes on two cores; writes runs/transfer.json

The tasks: the ten *kinds* of drawn things, which is what the network was trained for; and scikit-learn's ten
handwritten *digits*, which is far from it. Each trial is done with several seeds, which choose the training pictures
and the first weights; all are judged on the same test pictures.
"""

import copy
import json
import time
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from tqdm import tqdm

from insidecnn import digits, transfer, weights
from insidecnn.preprocess import normalize
from insidecnn.training.loop import fit, random_batches
from insidecnn.training.probe import STAGES
from insidecnn.world.batch import batch

SIZE = 64  #: pixels
SIZES = (5, 20, 100)  #: training pictures a class
SEEDS = (0, 1, 2)
STEPS = 250  #: of training, 32 pictures each
TESTED = 50  #: pictures a class


@cache
def task(name: str) -> tuple[torch.Tensor, np.ndarray, torch.Tensor, np.ndarray]:
    """Training pictures (N, 3, 64, 64), normalised, their classes, and the same for the test.

    Raises:
        ValueError: no such task.
    """
    if name == "kinds":
        parts = []
        for split, count in (("train", max(SIZES)), ("test", TESTED)):
            numbers = [100 * kind + (37 * k + 11) % 100 for kind in range(10) for k in range(count)]
            parts += [batch(numbers, 600_000, SIZE, split, sides=(0.6, 0.95)), np.array(numbers) // 100]
        return tuple(parts)
    if name == "digits":
        parts = []
        for part, count in (("train", max(SIZES)), ("test", 30)):
            found = digits.part(part)
            rows = np.concatenate([np.flatnonzero(found.labels == k)[:count] for k in range(10)])
            ink = F.interpolate(digits.between_0_and_1(found.images)[rows], size=SIZE, mode="bilinear").repeat(
                1, 3, 1, 1
            )
            parts += [normalize(ink), found.labels[rows].numpy()]
        return tuple(parts)
    raise ValueError(f"There is no task {name!r}; choose kinds or digits.")


def network(trained: bool) -> nn.Sequential:
    """AlexNet's features, the mean of each map, and a new linear layer for ten classes."""
    features = copy.deepcopy(weights.embedded().model.features) if trained else torchvision.models.AlexNet().features
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


def few(labels: np.ndarray, per_class: int, seed: int) -> np.ndarray:
    """Rows of ``per_class`` pictures of each class, chosen by the seed."""
    random = np.random.default_rng(seed)
    return np.concatenate([random.permutation(np.flatnonzero(labels == k))[:per_class] for k in range(10)])


def frozen(name: str, per_class: int, seed: int, depth: int | None = None) -> float:
    """Accuracy of a linear head on the features as they are, the last or those after ``depth`` layers."""
    x, labels, test, truth = task(name)
    rows = few(labels, per_class, seed)
    model = weights.embedded().model
    head = transfer.head().fit(transfer.described(model, x[rows], depth=depth), labels[rows])
    return float(head.score(transfer.described(model, test, depth=depth), truth))


def trained(name: str, per_class: int, seed: int, start: bool, steps: int = STEPS) -> float:
    """Accuracy after training all layers, from the book's features (``start``) or from random ones."""
    x, labels, test, truth = task(name)
    rows = few(labels, per_class, seed)
    torch.manual_seed(seed)
    net = network(start)
    rate = 1e-4 if start else 1e-3
    optimizer = torch.optim.Adam(
        [{"params": net[0].parameters(), "lr": rate}, {"params": net[3].parameters()}], lr=1e-3
    )
    generator = torch.Generator().manual_seed(seed)
    batches = random_batches(x[rows], torch.from_numpy(labels[rows]), 32, steps, generator, replacement=True)
    fit(net, batches, optimizer)
    with torch.no_grad():
        said = torch.cat([net(each).argmax(1) for each in test.split(100)])
    return float((said.numpy() == truth).mean())


METHODS = {
    "frozen features, linear head": frozen,
    "the same on conv3's features": lambda *trial: frozen(*trial, depth=STAGES["conv3"]),
    "fine-tuned": lambda *trial: trained(*trial, start=True),
    "from scratch": lambda *trial: trained(*trial, start=False),
}


def main() -> None:
    begun = time.monotonic()
    trials = [(n, m, size, seed) for n in ("kinds", "digits") for m in METHODS for size in SIZES for seed in SEEDS]
    found = {}
    for name, method, size, seed in tqdm(trials, unit="trial"):
        accuracy = METHODS[method](name, size, seed)
        found.setdefault(name, {}).setdefault(method, {}).setdefault(str(size), []).append(round(accuracy, 4))
    card = {"size": SIZE, "steps": STEPS, "seconds": round(time.monotonic() - begun), "accuracy": found}
    path = Path("runs/transfer.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(card | {"weights": weights.embedded().sha256}, indent=1) + "\n")
    print(f"Wrote {path}")


if __name__ == "__main__":
    main()
