"""A film of conv1 from noise: AlexNet's ``features`` learn from torchvision's random start, and conv1 is kept on the way.

    python -m insidecnn.training.film           # ten minutes on one core; writes runs/film/film.safetensors and .json
    python -m insidecnn.training.film --quick   # the same in seconds, to see that it works

A short run for the eyes. The shipped network is another one: its first layer began from k-means of
whitened patches (:mod:`insidecnn.training.alexnet_features`), not from noise. Each convolution is
followed by batch norm (Ioffe & Szegedy 2015); frames hold conv1's weights as they are, without it.
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from tqdm import tqdm

from insidecnn import photos
from insidecnn.parameters import read_card, read_state
from insidecnn.preprocess import normalize
from insidecnn.training.alexnet import masked
from insidecnn.training.alexnet_features import PretextNet, rate
from insidecnn.training.crops import Crops, augment, turn
from insidecnn.training.pool import NONE, Pool
from insidecnn.training.resumable import keep, resume
from insidecnn.training.thing_scores import drawn_set
from insidecnn.world.classes import attributes

KEPT_EVERY = 10  #: points of the curve between two checkpoints
HEADS = (10, 10, 10, len(photos.SAMPLES), 4)  #: kind, colour and pattern of a thing; which photograph; which way up


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the number of threads and the kind of processor."""

    steps: int = 5000
    size: int = 64  # side of the pictures, in pixels
    things: int = 48  # a step: drawn pictures …
    photos: int = 32  # … and crops of photographs
    pool: int = 12_000  # drawn pictures to choose from
    unseen: int = 300  # things of the validation part, for the second curve
    rate: float = 0.05  # highest learning rate; rises for 200 steps, then falls along a cosine
    momentum: float = 0.9
    decay: float = 4e-3  # more than the 5e-4 of the paper: in so short a run that would leave the noise of the start
    frames: int = 20
    every: int = 50  # steps between two points of the curve
    seed: int = 2012


QUICK = Recipe(steps=12, things=8, photos=4, pool=60, unseen=12, frames=4, every=5)


class FilmNet(nn.Module):
    """AlexNet's ``features`` with batch norm, the mean of each map, and one linear layer for all five questions.

    Input (N, 3, S, S) with S >= 63; output the logits of each question, see ``HEADS``.
    """

    def __init__(self):
        super().__init__()
        self.features = PretextNet(len(photos.SAMPLES)).features
        self.head = nn.Linear(256, sum(HEADS))

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            maps = self.features(x.to(memory_format=torch.channels_last))
        return self.head(maps.float().mean((2, 3))).split(HEADS, 1)


def frame_steps(recipe: Recipe) -> list[int]:
    """After which steps a frame is kept: many early, few late; the first is the start."""
    return sorted({round(recipe.steps * (k / (recipe.frames - 1)) ** 2.5) for k in range(recipe.frames)})


def as_bytes(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Filters (N, C, h, w) as (N, C, h, w) int8 and the (N,) float32 by which each is to be multiplied."""
    scales = weight.abs().amax((1, 2, 3)).clamp_min(1e-12) / 127
    return (weight / scales.view(-1, 1, 1, 1)).round().to(torch.int8).contiguous(), scales


def shipped() -> tuple[torch.Tensor, dict]:
    """The book's film: conv1's weights (frames, 64, 3, 11, 11) float32, and its card, see :func:`train`."""
    film = read_state("film.safetensors")
    frames = film["frames"].float() * film["scales"][:, :, None, None, None]
    return frames, read_card("film.json")


def losses(net: FilmNet, pool: Pool, crops: Crops, recipe: Recipe, generator) -> list[torch.Tensor]:
    """The five losses of one batch."""
    images, labels = pool.batch(recipe.things, generator)
    windows, photo = crops.draw(recipe.photos, generator)
    turns = torch.randint(4, (recipe.photos,), generator=generator)
    windows = augment(turn(windows, turns), generator)
    answers = net(normalize(torch.cat([images, windows])))
    asked = [*labels[:, :3].T, photo, turns.masked_fill(~crops.upright[photo], NONE)]
    parts = [slice(0, recipe.things)] * 3 + [slice(recipe.things, None)] * 2
    return [masked(a[part], label) for a, part, label in zip(answers, parts, asked, strict=True)]


@torch.no_grad()
def unseen_loss(net: FilmNet, images: torch.Tensor, labels: torch.Tensor) -> float:
    """The sum of the three losses of things (N, 3, S, S) whose attributes are ``labels`` (N, 3)."""
    net.eval()
    answers = net(normalize(images))[:3]
    net.train()
    return sum(F.cross_entropy(a, label).item() for a, label in zip(answers, labels.T, strict=True))


def train(recipe: Recipe, folder: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there.

    Returns:
        the film: ``frames`` (F, 64, 3, 11, 11) int8 and ``scales`` (F, 64) float32, whose products are conv1's
        weights; and its card, with the step of each frame and the curve: ``step``, ``loss`` of the things seen
        since the point before (kind, colour and pattern added) and ``unseen``, the same of validation things.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net = FilmNet().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        net.parameters(), recipe.rate, recipe.momentum, weight_decay=recipe.decay, nesterov=True
    )
    parts = {"net": net, "optimizer": optimizer}
    saved = resume(checkpoint, recipe, parts, generator)
    start, curve, film = saved.get("step", 0), saved.get("curve", []), saved.get("film", {})
    begun = time.monotonic() - saved.get("seconds", 0.0)
    pool, crops = Pool(folder, recipe.size, recipe.pool, workers=0), Crops("train", recipe.size)
    images, numbers = drawn_set("validation", recipe.unseen, recipe.size)
    labels = torch.tensor([attributes(int(number)) for number in numbers])
    frames, recent = frame_steps(recipe), []
    if not film:
        film[0] = as_bytes(net.features[0].weight.detach())
    bar = tqdm(range(start, recipe.steps), "film", initial=start, total=recipe.steps, unit="step", mininterval=2)
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = rate(recipe, step)
        found = losses(net, pool, crops, recipe, generator)
        optimizer.zero_grad()
        sum(found).backward()
        optimizer.step()
        recent.append(sum(found[:3]).item())
        if step + 1 in frames:
            film[step + 1] = as_bytes(net.features[0].weight.detach())
        if (step + 1) % recipe.every == 0 or step + 1 == recipe.steps:
            unseen = unseen_loss(net, images, labels)
            curve.append({"step": step + 1, "loss": round(sum(recent) / len(recent), 3), "unseen": round(unseen, 3)})
            bar.set_postfix(curve[-1])
            recent, seconds = [], time.monotonic() - begun
            if len(curve) % KEPT_EVERY == 0 or step + 1 == recipe.steps:
                keep(checkpoint, recipe, parts, generator, step=step + 1, curve=curve, film=film, seconds=seconds)
    card = {
        "recipe": asdict(recipe),
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "seconds": round(time.monotonic() - begun),
        "frames": frames,
        "curve": {name: [point[name] for point in curve] for name in curve[0]},
    }
    return {
        "frames": torch.stack([film[step][0] for step in frames]),
        "scales": torch.stack([film[step][1] for step in frames]),
    }, card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/film"), help="checkpoints and results")
    options = parser.parse_args()
    torch.set_num_threads(1)
    film, card = train(QUICK if options.quick else Recipe(), options.folder)
    save_file(film, options.folder / "film.safetensors")
    (options.folder / "film.json").write_text(json.dumps(card) + "\n")
    print(f"Wrote {options.folder}/film.safetensors and film.json, which belong into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
