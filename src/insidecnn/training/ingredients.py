"""What did each ingredient of AlexNet buy? A small network like it is trained with and without, on things of the made world.

    python -m insidecnn.training.ingredients           # half an hour on one busy core; writes runs/ingredients/
    python -m insidecnn.training.ingredients --quick   # the same in seconds, to see that it works

The network has AlexNet's kinds of layers and a thousandth of its numbers; the pictures show one thing of the made
world each, and the question is its kind. The ingredients are those of Krizhevsky, Sutskever & Hinton 2012: ReLU
(section 3.1), overlapping pooling (3.4), augmentation (4.1), dropout (4.2), momentum and weight decay (5).
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from tqdm import tqdm

from insidecnn.parameters import read_state
from insidecnn.preprocess import normalize
from insidecnn.training.loop import DELAY, watched
from insidecnn.world.things import thing

SIZE, MARGIN = 32, 8  #: pixels that the network sees, and by which a drawn picture is larger
SIDES = (0.7, 0.95)  #: of a thing, as shares of the drawn picture's
PARTS = {"train": 2000, "validation": 1000, "test": 2000}  #: pictures; no two parts share a photograph
RATES = (0.01, 0.02, 0.04)  #: of which each condition gets the one that is best for it; …
ALONE = 10  # … ten times these without momentum, which at 0.9 makes each gradient count ten times
SEEDS = (1, 2, 3)  #: of the first weights and the batches; the rates are chosen with seed 0
STEPS = 1500  #: of each training
BATCH = 64
LOOKED_AT = 500  #: pictures of a part for a point of a curve


@dataclass(frozen=True)
class Setting:
    """The ingredients of one training."""

    activation: str = "relu"  # or "tanh"
    overlap: bool = True  # pooling windows of 3, 2 apart; else of 2
    dropout: float = 0.5  # of the hidden dense layer; the paper has two such layers, and it in both
    augment: bool = True
    momentum: float = 0.9
    decay: float = 5e-4


PLAIN = Setting(dropout=0, augment=False, decay=0)  #: as in figure 1 of the paper: no regularisation at all
CONDITIONS: dict[str, Setting] = {
    "all": Setting(),
    "tanh": Setting(activation="tanh"),
    "no overlap": Setting(overlap=False),
    "no dropout": Setting(dropout=0),
    "no augmentation": Setting(augment=False),
    "neither of both": Setting(dropout=0, augment=False),
    "no momentum": Setting(momentum=0),
    "no decay": Setting(decay=0),
    "plain": PLAIN,
    "plain tanh": replace(PLAIN, activation="tanh"),
}


def network(setting: Setting = Setting()) -> nn.Sequential:
    """Three convolutions and two dense layers: (N, 3, 32, 32) → ten logits (N, 10).

    Raises:
        ValueError: an activation that is neither ``relu`` nor ``tanh``.
    """
    kinds = {"relu": nn.ReLU, "tanh": nn.Tanh}
    if setting.activation not in kinds:
        raise ValueError(f"activation is {setting.activation!r}; choose one of {', '.join(kinds)}.")
    act = kinds[setting.activation]
    pool = (lambda: nn.MaxPool2d(3, 2, padding=1)) if setting.overlap else (lambda: nn.MaxPool2d(2, 2))
    return nn.Sequential(
        nn.Conv2d(3, 16, 5, stride=2, padding=2), act(), pool(),  # (N, 16, 8, 8)
        nn.Conv2d(16, 32, 3, padding=1), act(), pool(),  # (N, 32, 4, 4)
        nn.Conv2d(32, 32, 3, padding=1), act(),
        nn.Flatten(), nn.Linear(512, 128), act(), nn.Dropout(setting.dropout), nn.Linear(128, 10),
    )  # fmt: skip


@cache
def things(part: str, count: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Drawn things of a part: pictures (N, 3, 40, 40) uint8, and their kinds (N,), from 0 to 9 in turn.

    Args:
        count: the first so many; ``PARTS`` says how many, if it is not given.

    Raises:
        ValueError: no such part.
    """
    if part not in PARTS:
        raise ValueError(f"There is no part {part!r}; choose one of {', '.join(PARTS)}.")
    numbers = [k % 10 * 100 + (k // 10 * 37 + 11) % 100 for k in range(count or PARTS[part])]
    images = [
        torch.from_numpy(thing(number, 800_000 + k, SIZE + MARGIN, part, SIDES).image)
        for k, number in enumerate(tqdm(numbers, f"drawing {part}", delay=DELAY, leave=False, disable=not watched()))
    ]
    return torch.stack(images).permute(0, 3, 1, 2).contiguous(), torch.tensor(numbers) // 100


def middle(images: torch.Tensor) -> torch.Tensor:
    """The middle of pictures (N, 3, 40, 40) uint8, as the network takes it: (N, 3, 32, 32) normalised."""
    edge = MARGIN // 2
    return normalize(images[:, :, edge : edge + SIZE, edge : edge + SIZE].float() / 255)


def colour_axes(images: torch.Tensor) -> torch.Tensor:
    """Along which the colours of pictures (N, 3, H, W) uint8 vary, each as long as their spread along it: (3, 3)."""
    pixels = images.permute(0, 2, 3, 1).reshape(-1, 3).float() / 255
    values, vectors = torch.linalg.eigh(pixels.T.cov())
    return vectors.T * values.clamp_min(0).sqrt()[:, None]


def augmented(images: torch.Tensor, axes: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A random window of each picture, mirrored or not, its light and colour shifted along ``axes``, normalised.

    The shift is the paper's (section 4.1): along each axis a random amount of standard deviation 0.1. Taken is the
    spread along the axis, where the paper takes its square, the eigenvalue; that would hardly be seen here.
    """
    n = len(images)
    top, left = torch.randint(MARGIN + 1, (2, n, 1), generator=generator)
    rows, columns = top + torch.arange(SIZE), left + torch.arange(SIZE)  # (N, 32)
    mirrored = torch.rand(n, generator=generator) < 0.5
    columns[mirrored] = columns[mirrored].flip(1)
    index = torch.arange(n)[:, None, None, None], torch.arange(3)[None, :, None, None]
    windows = images[*index, rows[:, None, :, None], columns[:, None, None, :]].float() / 255
    shift = 0.1 * torch.randn(n, 3, generator=generator) @ axes  # (N, 3)
    return normalize((windows + shift[:, :, None, None]).clamp(0, 1))


def shipped() -> dict[str, torch.Tensor]:
    """The weights of :func:`network` after its training with all ingredients, seed 1, as the book ships them."""
    return read_state("ingredients.safetensors")


@torch.no_grad()
def measured(net: nn.Module, x: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """The share of wrong answers, and the mean cross entropy, in eval mode; the mode is left as it was."""
    was = net.training
    net.eval()
    logits = torch.cat([net(part) for part in x.split(250)])
    net.train(was)
    return (logits.argmax(1) != labels).float().mean().item(), F.cross_entropy(logits, labels).item()


def train(
    setting: Setting,
    rate: float,
    steps: int,
    seed: int = 0,
    every: int = 50,
    pictures: int | None = None,
    unseen: str = "test",
    start: dict[str, torch.Tensor] | None = None,
) -> tuple[nn.Sequential, dict[str, list]]:
    """Train the small network by SGD; the rate is a tenth in the last fifth of the steps.

    Args:
        rate: of learning.
        every: steps between two points of the curve.
        pictures: of the training part to learn from; all, if not given.
        unseen: the part for the other curve.
        start: weights to begin with, instead of PyTorch's random ones.

    Returns:
        the network, in eval mode; and the curve: ``step``, ``loss`` (mean over the steps since the point before,
        with dropout and augmentation, if any), ``train``, ``train_loss``, ``unseen`` and ``unseen_loss``: errors
        (0 to 1) and mean cross entropies of up to 500 pictures each, as they are.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    net = network(setting)
    if start:
        net.load_state_dict(start)
    images, labels = things("train", pictures)
    others, truth = things(unseen, min(LOOKED_AT, PARTS[unseen]))
    axes, still, others = colour_axes(images), middle(images), middle(others)
    optimizer = torch.optim.SGD(net.parameters(), rate, momentum=setting.momentum, weight_decay=setting.decay)
    curve = {name: [] for name in ("step", "loss", "train", "train_loss", "unseen", "unseen_loss")}
    recent = []
    net.train()
    for step in tqdm(range(steps + 1), "training", unit="step", delay=DELAY, leave=False, disable=not watched()):
        if step % every == 0 or step == steps:
            seen = measured(net, still[:LOOKED_AT], labels[:LOOKED_AT])
            found = step, sum(recent) / len(recent) if recent else None, *seen, *measured(net, others, truth)
            for name, value in zip(curve, found, strict=True):
                curve[name].append(value)
            recent = []
        if step == steps:
            break
        if step == steps - steps // 5:
            optimizer.param_groups[0]["lr"] = rate / 10
        chosen = torch.randint(len(images), (BATCH,), generator=generator)
        x = augmented(images[chosen], axes, generator) if setting.augment else still[chosen]
        loss = F.cross_entropy(net(x), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recent.append(loss.item())
    return net.eval(), curve


def steps_until(curve: dict[str, list], error: float = 0.25) -> int | None:
    """The first step at which the error on the training pictures is no larger; None if it never is."""
    return next((step for step, e in zip(curve["step"], curve["train"], strict=True) if e <= error), None)


def trial(name: str, rate: float, seed: int, steps: int = STEPS) -> dict:
    """One training of a condition: its curve and its last errors, rounded, on validation and on all test things."""
    plain = name.startswith("plain")
    net, curve = train(CONDITIONS[name], rate, steps, seed, every=max(1, steps // (75 if plain else 30)))
    errors = {part: round(measured(net, middle(x), y)[0], 4) for part in PARTS for x, y in [things(part)]}
    kept = {key: [value if value is None else round(value, 3) for value in curve[key]] for key in curve}
    return {"errors": errors, "curve": kept}


def best_rate(trials: dict[float, dict], fastest: bool) -> float:
    """The learning rate of the least validation error; with ``fastest``, of the fewest steps to 25 % training error."""
    if fastest:
        return min(trials, key=lambda rate: steps_until(trials[rate]["curve"]) or float("inf"))
    return min(trials, key=lambda rate: trials[rate]["errors"]["validation"])


def card(folder: Path, steps: int = STEPS, conditions: dict[str, Setting] = CONDITIONS) -> dict:
    """All trials, done or read from ``folder/trials.json``, as the book ships them."""
    path = folder / "trials.json"
    done = json.loads(path.read_text()) if path.is_file() else {}
    begun = time.monotonic()
    bar = tqdm(total=len(conditions) * (len(RATES) + len(SEEDS)), unit="training")

    def get(name: str, rate: float, seed: int) -> dict:
        key = f"{name} {rate:g} {seed}"
        bar.set_description(key)
        if key not in done:
            started = time.monotonic()
            done[key] = trial(name, rate, seed, steps) | {"seconds": round(time.monotonic() - started, 1)}
            path.write_text(json.dumps(done))
        bar.update()
        return done[key]

    found = {}
    for name, setting in conditions.items():
        rates = [rate * (1 if setting.momentum else ALONE) for rate in RATES]
        tried = {rate: get(name, rate, 0) for rate in rates}
        rate = best_rate(tried, fastest=name.startswith("plain"))
        runs = [get(name, rate, seed) for seed in SEEDS]
        curves = [run["curve"] for run in runs]
        found[name] = {
            "setting": asdict(setting),
            "rates": {f"{r:g}": t["errors"]["validation"] for r, t in tried.items()},
            "rate": rate,
            "step": curves[0]["step"],
            "train": [curve["train"] for curve in curves],
            "unseen": [curve["unseen"] for curve in curves],
            "errors": {part: [run["errors"][part] for run in runs] for part in PARTS},
            "loss": [curve["train_loss"][-1] for curve in curves],
            "steps_until_25": [steps_until(curve) for curve in curves],
        }
    return {
        "recipe": {"size": SIZE, "sides": SIDES, "parts": PARTS, "steps": steps, "batch": BATCH, "rates": RATES}
        | {"seeds": SEEDS, "parameters": sum(p.numel() for p in network().parameters())},
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "seconds": round(sum(each["seconds"] for each in done.values())) or round(time.monotonic() - begun),
        "conditions": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/ingredients"), help="trials and results")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    quick = {"all": CONDITIONS["all"], "plain": PLAIN}
    found = card(options.folder, 20, quick) if options.quick else card(options.folder)
    (options.folder / "ingredients.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
    net, _ = train(Setting(), found["conditions"]["all"]["rate"], found["recipe"]["steps"], SEEDS[0], every=1000)
    save_file(
        {name: value.half() for name, value in net.state_dict().items()}, options.folder / "ingredients.safetensors"
    )
    print(f"Wrote {options.folder}/ingredients.json and .safetensors, which belong into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
