"""The recipe of SlowFast: both pathways, and each alone, learn 32 actions from clips that are drawn on the way.

    python -m insidecnn.training.slowfast           # all three: twenty minutes of one core; writes runs/slowfast/
    python -m insidecnn.training.slowfast --quick   # the same in seconds, to see that it works

All three get the same clips for the same number of steps. The first steps are on clips of eight frames, of which the
slow pathway reads one and the fast one all; the last are, as the networks are used, on clips of 32. Short clips are
cheap, and the networks take clips of any length: Wu et al. 2020 ("A multigrid method for efficiently training video
models") save time so.
"""

import argparse
import json
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tqdm import tqdm

from insidecnn.actions.slowfast import ALPHA, NETWORKS, SlowFast
from insidecnn.counting import parameters
from insidecnn.metrics.classification import confusion
from insidecnn.training.action_clips import PLAIN, ActionClips, as_input, drawn
from insidecnn.training.resumable import keep, resume
from insidecnn.world.actions import CLASSES, FRAMES, KINDS, MOTIONS

GROUPS = 6  #: of the test clips, whose scores show the spread


@dataclass(frozen=True)
class Recipe:
    """AdamW; the learning rate rises and falls once in each cycle."""

    cycles: int = 2  # of all that follows
    short: int = 1900  # steps on clips of 8 frames …
    many: int = 32  # … so many each
    whole: int = 200  # steps on clips of 32 …
    few: int = 16  # … so many each
    pool: int = 4000  # things, and backgrounds, that the clips are made of
    rate: float = 3e-3
    thin_rate: float = 5e-3  # of the fast pathway alone: with so few channels this is better
    decay: float = 0.02
    validation: int = 320  # clips
    test: int = 960
    every: int = 300  # steps between two points of the curve
    seed: int = 2019  # of the clips, the first weights and the order

    @property
    def cycle(self) -> int:
        return self.short + self.whole

    @property
    def steps(self) -> int:
        return self.cycles * self.cycle

    def batch(self, step: int) -> tuple[int, int]:
        """How many clips a step has, and of how many frames."""
        return (self.many, ALPHA) if step % self.cycle < self.short else (self.few, FRAMES)

    def share(self, step: int) -> float:
        """Of the highest learning rate: it rises for 15 % of a cycle, then falls along a cosine."""
        gone = step % self.cycle / self.cycle
        return gone / 0.15 + 1e-3 if gone < 0.15 else 0.5 + 0.5 * math.cos(math.pi * (gone - 0.15) / 0.85)


QUICK = Recipe(cycles=1, short=3, many=6, whole=1, few=4, pool=16, validation=8, test=12, every=2)


def loss_of(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The cross entropies of the class, of its kind and of its motion, added.

    The probability of a kind is that of all its classes together, and a motion's as well: so what is learned of a cup
    that circles helps with a cup that does not.
    """
    log_p = logits.log_softmax(1).unflatten(1, (len(KINDS), len(MOTIONS)))  # (N, 8, 4)
    kinds, motions = labels // len(MOTIONS), labels % len(MOTIONS)
    return (
        F.nll_loss(log_p.logsumexp(2), kinds)
        + F.nll_loss(log_p.logsumexp(1), motions)
        + F.nll_loss(log_p.flatten(1), labels)
    )


@torch.no_grad()
def answers(network: SlowFast, images: np.ndarray) -> torch.Tensor:
    """The classes that a network gives to frames (N, T, S, S, 3) uint8: (N,) int64. Its mode is left as it was."""
    was = network.training
    network.eval()
    found = torch.cat([network(as_input(images[k : k + 16])).argmax(1) for k in range(0, len(images), 16)])
    network.train(was)
    return found


def scores(found: torch.Tensor, truth: torch.Tensor) -> dict[str, float]:
    """Shares of right answers: of the class, of the kind alone and of the motion alone."""
    m = len(MOTIONS)
    right = {"class": found == truth, "kind": found // m == truth // m, "motion": found % m == truth % m}
    return {name: round(each.float().mean().item(), 4) for name, each in right.items()}


def half(network: SlowFast) -> dict[str, torch.Tensor]:
    """Its state as it is shipped: float16, without the counters of batch norm."""
    return {key: t.half().contiguous() for key, t in network.state_dict().items() if t.is_floating_point()}


def train(recipe: Recipe, name: str, folder: Path) -> tuple[SlowFast, dict]:
    """Train one of :data:`NETWORKS`, going on from ``folder/NAME.pt`` if it is there.

    Returns:
        the network in eval mode, its weights rounded to float16; and its record: ``seconds`` of one core, and the
        curve: ``step``, ``loss`` since the point before, and ``unseen``, the share of right answers on validation.
    """
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(recipe.seed)  # kept with the checkpoint; clips are drawn by step
    torch.manual_seed(recipe.seed)
    network = SlowFast(len(CLASSES), NETWORKS[name]).to(memory_format=torch.channels_last_3d)
    rate = recipe.thin_rate if name == "fast" else recipe.rate
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, recipe.share)
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    checkpoint = folder / f"{name}.pt"
    saved = resume(checkpoint, recipe, parts, generator)
    start, curve, seconds = saved.get("step", 0), saved.get("curve", []), saved.get("seconds", 0.0)
    begun = time.process_time() - seconds
    if start < recipe.steps:
        pool, (images, truth) = ActionClips(folder, recipe.pool, recipe.seed), drawn("validation", recipe.validation)
    recent = []
    network.train()
    for step in tqdm(range(start, recipe.steps), name, initial=start, total=recipe.steps, unit="step", mininterval=5):
        plain = max(PLAIN, 1 - 3 * step / recipe.cycle)
        count, frames = recipe.batch(step)
        if name == "slow" and frames == ALPHA:
            frames = 1  # the first is the one of the eight that it reads; the others need not be drawn
        clips, labels = pool.batch(count, frames, plain, Random(f"{recipe.seed} {step}"))
        loss = loss_of(network(clips), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        recent.append(loss.item())
        if (step + 1) % recipe.every == 0 or step + 1 == recipe.steps:
            unseen = scores(answers(network, images), truth)
            curve.append({"step": step + 1, "loss": round(sum(recent) / len(recent), 3), "unseen": unseen})
            tqdm.write(f"{name} {curve[-1]}")
            recent, seconds = [], time.process_time() - begun
            keep(checkpoint, recipe, parts, generator, step=step + 1, curve=curve, seconds=seconds)
    network.load_state_dict(half(network), strict=False)
    return network.eval(), {"seconds": round(seconds), "curve": curve}


def tested(network: SlowFast, images: np.ndarray, truth: torch.Tensor) -> dict:
    """Its scores on frames (N, T, S, S, 3) uint8, and which kind and which motion was taken for which (row: truth).

    ``groups`` are the shares of right classes in the groups of the clips, one after the other.
    """
    found, m = answers(network, images), len(MOTIONS)
    return {
        "scores": scores(found, truth),
        "groups": [round(group.float().mean().item(), 4) for group in (found == truth).chunk(GROUPS)],
        "kinds": confusion(found // m, truth // m, len(KINDS)).tolist(),
        "motions": confusion(found % m, truth % m, m).tolist(),
    }


CANNOT = (
    "It knows eight kinds of things in four motions, at the size, speed and period of its training. A thing that "
    "stays still, a motion with another period or a thing much smaller gets one of the 32 names all the same. "
    "A clip has one thing and a camera that does not move."
)


def card(recipe: Recipe, records: dict[str, dict]) -> dict:
    """What is said of the shipped networks, of whose trainings these are the records."""
    return {
        "recipe": asdict(recipe),
        "data": "clips of 32 frames of 64 × 64 pixels: a hand moves a drawn thing before a piece of a photograph",
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "steps": recipe.steps,
        "seconds": sum(record["seconds"] for record in records.values()),
        "test_clips": recipe.test,
        "scores": {name: record["scores"]["class"] for name, record in records.items()},
        "networks": records,
        "cannot": CANNOT,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/slowfast"), help="checkpoints and results")
    parser.add_argument("--only", choices=NETWORKS, help="train this one, and write no result")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    recipe = QUICK if options.quick else Recipe()
    if options.only:
        train(recipe, options.only, options.folder)
        return
    images, truth = drawn("test", recipe.test)
    tensors, records = {}, {}
    for name in NETWORKS:
        network, record = train(recipe, name, options.folder)
        records[name] = record | {"parameters": parameters(network)} | tested(network, images, truth)
        tensors |= {f"{name}.{key}": tensor for key, tensor in half(network).items()}
    save_file(tensors, options.folder / "slowfast.safetensors")
    (options.folder / "slowfast.json").write_text(json.dumps(card(recipe, records)) + "\n", encoding="utf-8")
    print(
        f"Wrote {options.folder}/slowfast.safetensors and slowfast.json, which belong into src/insidecnn/parameters/."
    )


if __name__ == "__main__":
    main()
