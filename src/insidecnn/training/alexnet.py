"""The recipe of the embedded AlexNet: all of it learns to name the thousand things of the made world.

    python -m insidecnn.training.alexnet           # the shipped recipe, both parts
    python -m insidecnn.training.alexnet --quick   # the same, in a minute or two and much worse

It starts from features that have learned from photographs alone (:mod:`insidecnn.training.alexnet_features`)
and goes on asking their two questions, which photograph and which way up, beside the three of a
thing: which kind, which colour, which pattern. A class's logit is the sum of the logits of its three
attributes, so that the cross entropy of the thousand classes is the sum of three small ones.

The dense layers are products of two thin matrices (a rank of 64 instead of 4096): 1.4 million
numbers in place of 54.5 million (low-rank layers that are trained as such: Sainath et al. 2013).
"""

import argparse
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from insidecnn.preprocess import normalize
from insidecnn.training import alexnet_features
from insidecnn.training.alexnet_features import DEVICE, rate, scores
from insidecnn.training.crops import Crops, augment, turn
from insidecnn.training.pool import NONE, Pool, wait_for
from insidecnn.training.resumable import keep, resume
from insidecnn.training.thing_scores import drawn_set, thing_scores
from insidecnn.training.world_net import ATTRIBUTES, WorldNet, fold, start_from


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the number of threads and the kind of processor."""

    steps: int = 15_000
    size: int = 112  # side of the pictures, in pixels …
    late_size: int = 224  # … and in the last part of the training, in which batch norm stands still
    late: float = 0.4  # that part
    things: int = 64  # a step: pictures of the pool, …
    photos: int = 32  # … and crops of photographs; a third of both in the last part
    pool: int = 16_000  # drawn pictures to choose from; new ones replace the oldest all the time
    late_pool: int = 8_000
    rank: int = 64  # of fc6 and fc7
    rate: float = 1e-3  # highest learning rate of the classifier
    features_rate: float = 0.3  # of the features, as a share of it; conv1's is a third of that
    decay: float = 0.02
    dropout: float = 0.2
    averaging: float = 0.999  # the shipped weights are a running mean of those of each step
    letters: float = 0.3  # weight of the loss of letters, …
    pretext: float = 1.0  # … and of the two questions of photographs
    seed: int = 2012


QUICK = Recipe(steps=24, size=64, late_size=96, late=0.25, things=16, photos=8, pool=200, late_pool=60)


def losses(net, pool, crops, recipe: Recipe, share: float, generator) -> dict[str, torch.Tensor]:
    """One batch of things and of photographs: the loss of each question."""
    images, labels = pool.batch(max(8, round(recipe.things * share)), generator)
    count = max(4, round(recipe.photos * share))
    windows, photo = crops.draw(count, generator)
    turns = torch.randint(4, (count,), generator=generator)
    windows = augment(turn(windows, turns), generator)
    same = images.shape[-1] == windows.shape[-1]
    batches = [torch.cat([images, windows])] if same else [images, windows]
    with torch.autocast(DEVICE, dtype=torch.bfloat16):
        maps = [net.features(normalize(b).to(DEVICE, memory_format=torch.channels_last)) for b in batches]
        drawn, seen = maps[0].split([len(images), count]) if same else maps
        answers = net.attributes(drawn)
        which, way = net.pretext(seen)
        letters = net.letters(drawn)
    labels, photo, turns = labels.to(DEVICE), photo.to(DEVICE), turns.to(DEVICE)
    found = {name: masked(answers[name], labels[:, k]) for k, name in enumerate(ATTRIBUTES)}
    upright = crops.upright.to(DEVICE)[photo]
    return found | {
        "letter": masked(letters, labels[:, 3]),
        "photo": masked(which, photo),
        "turn": masked(way, turns.masked_fill(~upright, NONE)),
    }


def masked(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross entropy of those that are asked; a sum over none of them is 0."""
    asked = (labels != NONE).sum().clamp_min(1)
    return F.cross_entropy(logits.float(), labels, ignore_index=NONE, label_smoothing=0.05, reduction="sum") / asked


@torch.no_grad()
def measured(net: WorldNet, images, numbers, strips: Crops, count: int) -> dict[str, float]:
    """Scores on the way: things of the validation part, and the two questions on strips never trained on."""

    def run(x, answers):
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            return answers(net.features(x.to(DEVICE, memory_format=torch.channels_last)))

    def attributes(x):
        return [logits.float().cpu() for logits in run(x, net.attributes).values()]

    found = thing_scores(attributes, images, numbers)
    return found | scores(lambda x: [a.float().cpu() for a in run(x, net.pretext)], strips, count)


def parameters(net: WorldNet, recipe: Recipe) -> list[dict]:
    """The parameters in three groups, each with its ``share`` of the learning rate."""
    shares = {"conv1": recipe.features_rate / 3, "features": recipe.features_rate, "rest": 1.0}
    groups = {name: [] for name in shares}
    for name, value in net.named_parameters():
        part = "conv1" if name.startswith("features.0.") else "features" if name.startswith("features.") else "rest"
        groups[part].append(value)
    return [{"params": groups[name], "share": share} for name, share in shares.items()]


def train(recipe: Recipe, features: dict[str, torch.Tensor], folder: Path, every: int = 500, workers: int = 1):
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there.

    Args:
        features: the folded tensors to start from.
        every: steps between two measurements, each with a checkpoint.
        workers: processes that draw.

    Returns:
        the averaged network, and the curve: a dict of losses and scores every ``every`` steps.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net = WorldNet(recipe.rank, recipe.dropout)
    start_from(net, features, generator)
    net = net.to(DEVICE, memory_format=torch.channels_last)
    mean = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging), use_buffers=True)
    optimizer = torch.optim.AdamW(parameters(net, recipe), weight_decay=recipe.decay)
    parts = {"net": net, "mean": mean, "optimizer": optimizer}
    saved = resume(checkpoint, recipe, parts, generator)
    start, curve = saved.get("step", 0), saved.get("curve", [])
    begun = time.monotonic() - saved.get("seconds", 0.0)
    late = round(recipe.steps * (1 - recipe.late))
    pool, crops, size = None, None, 0
    bar = tqdm(range(start, recipe.steps), "things", initial=start, total=recipe.steps, unit="step", mininterval=5)
    try:
        for step in bar:
            wanted = recipe.late_size if step >= late else recipe.size
            if size != wanted:
                if pool:
                    pool.close()
                size, is_late = wanted, step >= late
                pool = Pool(folder, size, recipe.late_pool if is_late else recipe.pool, workers)
                crops = Crops("train", min(size, 128))
                wait_for(pool, min(pool.count // 2, 40 * recipe.things), bar.write)
                validation = drawn_set("validation", 1000 if recipe.steps > 100 else 40, size)
                strips = Crops("test", min(size, 128))
            net.train()
            for norm in net.modules() if is_late else ():
                if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                    norm.eval()
            for group in optimizer.param_groups:
                group["lr"] = group["share"] * rate(recipe, step)
            found = losses(net, pool, crops, recipe, 0.34 if is_late else 1.0, generator)
            loss = found["kind"] + found["colour"] + found["pattern"] + recipe.letters * found["letter"]
            loss = loss + recipe.pretext * (found["photo"] + found["turn"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            mean.update_parameters(net)
            if (step + 1) % every == 0 or step + 1 == recipe.steps:
                averaged = mean.module.eval()
                point = {f"{name}_loss": round(value.item(), 4) for name, value in found.items()}
                point |= measured(averaged, *validation, strips, 2000 if recipe.steps > 100 else 40)
                seconds = time.monotonic() - begun
                curve.append({"step": step + 1, "seconds": round(seconds), "size": size, **point})
                bar.set_postfix({name: f"{value:.2f}" for name, value in point.items() if "_loss" not in name})
                bar.write(json.dumps(curve[-1]))
                keep(checkpoint, recipe, parts, generator, step=step + 1, curve=curve, seconds=seconds)
    finally:
        if pool:
            pool.close()
    return mean.module.cpu().eval(), curve


def features(folder: Path, quick: bool) -> dict[str, torch.Tensor]:
    """The first part's folded features; made, and kept in the folder with their curve, where they are not there."""
    path = folder / "features.safetensors"
    if not path.is_file():
        recipe = alexnet_features.QUICK if quick else alexnet_features.Recipe()
        net, curve = alexnet_features.train(recipe, folder / "features", every=30 if quick else 500)
        path.with_suffix(".json").write_text(json.dumps(alexnet_features.card(recipe, curve), indent=1))
        save_file(alexnet_features.fold(net), path)
    return load_file(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of a minute or two, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/alexnet"), help="checkpoints and results")
    options = parser.parse_args()
    recipe = QUICK if options.quick else Recipe()
    # two threads that share a core with the process that draws wait for each other half of the time
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
    start = features(options.folder, options.quick)
    net, curve = train(recipe, start, options.folder, 12 if options.quick else 500)
    save_file(fold(net), options.folder / "alexnet.safetensors")
    (options.folder / "curve.json").write_text(json.dumps(alexnet_features.card(recipe, curve), indent=1))
    print(f"Wrote {options.folder}/alexnet.safetensors; python -m insidecnn.training.card measures it.")


if __name__ == "__main__":
    main()
