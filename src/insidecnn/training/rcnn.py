"""What the recipes of Faster, Mask and Keypoint R-CNN share: the loop over batches of scenes, and their scores."""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from tqdm import tqdm

from insidecnn.metrics import ap_by_class
from insidecnn.training.alexnet_features import rate
from insidecnn.training.classification import half
from insidecnn.training.resumable import keep, resume
from insidecnn.training.scene_pool import DATA, FOLDER, ScenePool
from insidecnn.world.scenes import Scene, scene

GROUP = 50  #: scenes whose scores are one number of the spread


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the first weights and the kind of processor."""

    steps: int
    batch: int = 8  # scenes a step
    rate: float = 1.5e-3  # highest learning rate; rises for 200 steps, then falls along a cosine …
    cycles: int = 1  # … so many times
    pasted: float = 0.5  # after the first cycle: share of the scenes that get objects of others, smaller or larger
    trunk: float = 0.3  # the trunk's learning rate, as a share of the heads': it has learned before
    decay: float = 1e-2
    pool: int = 12_000  # training scenes to choose from
    people: bool = False  # only scenes with a person
    every: int = 300  # steps between two looks at validation scenes
    looked_at: int = 60  # validation scenes
    tested: int = 600  # scenes of the test, touched once at the end; half as many crowded ones
    seed: int = 2015


Score = Callable[[list[dict], list[Scene]], dict[str, float]]  # of what a model finds on scenes
Targets = Callable[[list[dict]], list[dict]]  # the labels that a model learns, of those of the pool


def options_of(system: str, words: str) -> argparse.Namespace:
    """The command line of a system's recipe, with ``quick``, ``folder`` and ``scenes``; one thread from here on."""
    parser = argparse.ArgumentParser(description=words.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs", system), help="checkpoints and results")
    parser.add_argument("--scenes", type=Path, help=f"the pool of training scenes; default: {FOLDER}")
    options = parser.parse_args()
    options.scenes = options.scenes or (options.folder if options.quick else FOLDER)
    torch.set_num_threads(1)
    return options


def train(model: nn.Module, recipe: Recipe, folder: Path, scenes_in: Path, score: Score, targets: Targets) -> dict:
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there; the model is changed in place.

    The trunk's batch norm keeps the means and deviations that it has.

    Args:
        model: one of torchvision's R-CNNs, which gives its losses when it is trained.
        folder: of checkpoints.
        scenes_in: folder of the pool of training scenes.

    Returns:
        the curve: ``step``, ``loss`` and validation scores every so many steps, and the seconds it took.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)  # torchvision draws regions for its losses from the common generator
    trunk = list(model.backbone.trunk.parameters())
    heads = [each for name, each in model.named_parameters() if not name.startswith("backbone.trunk.")]
    groups = [{"params": heads, "share": 1.0}, {"params": trunk, "share": recipe.trunk}]
    optimizer = torch.optim.AdamW(groups, recipe.rate, weight_decay=recipe.decay)
    parts = {"model": model, "optimizer": optimizer}
    saved = resume(checkpoint, recipe, parts, generator)
    start, curve, recent = saved.get("step", 0), saved.get("curve", []), []
    begun = time.monotonic() - saved.get("seconds", 0.0)
    pool = ScenePool(scenes_in, recipe.pool).fill()
    looked_at = [scene(seed, "validation") for seed in range(recipe.looked_at)]
    cycle = replace(recipe, steps=recipe.steps // recipe.cycles)
    in_bfloat16(model)
    learning(model)
    bar = tqdm(range(start, recipe.steps), folder.name, initial=start, total=recipe.steps, unit="step", mininterval=2)
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = group["share"] * rate(cycle, step % cycle.steps)
        pasted = recipe.pasted if step >= cycle.steps else 0.0
        batch = pool.batch(recipe.batch, generator, people=recipe.people, pasted=pasted)
        losses = model(list(batch.images), targets(batch.targets()))
        loss = sum(losses.values())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        recent.append(loss.item())
        if (step + 1) % recipe.every == 0 or step + 1 == recipe.steps:
            point = {"step": step + 1, "loss": round(sum(recent) / len(recent), 3)} | score(
                answers(model, looked_at), looked_at
            )
            curve.append(point)
            bar.set_postfix(point)
            learning(model)
            recent = []
            keep(checkpoint, recipe, parts, generator, step=step + 1, curve=curve, seconds=time.monotonic() - begun)
    return {"curve": curve, "seconds": round(time.monotonic() - begun)}


def learning(model: nn.Module) -> None:
    """Put a model into training mode, but for the trunk's batch norm."""
    model.train()
    model.backbone.trunk.eval()


def in_bfloat16(model: nn.Module) -> None:
    """Let the convolutions of a model compute with bfloat16 while it learns, which takes half the time.

    Boxes and losses stay float32: eight bits of a corner are not enough.
    """
    heads = model.roi_heads
    found = (model.backbone, model.rpn.head, heads.box_head, heads.mask_head, heads.keypoint_head)
    for part in found:
        if part is not None:
            part.forward = quickly(part, part.forward)


def quickly(part: nn.Module, forward: Callable) -> Callable:
    def run(*inputs):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=part.training):
            return floats(forward(*inputs))

    return run


def floats(value):
    """Tensors, also in lists, tuples and dicts, as float32."""
    if isinstance(value, torch.Tensor):
        return value.float()
    if isinstance(value, dict):
        return {name: each.float() for name, each in value.items()}
    return type(value)(floats(each) for each in value)


def answers(model: nn.Module, scenes: list[Scene]) -> list[dict[str, torch.Tensor]]:
    """What a model in evaluation mode finds on each scene; one scene at a time, so that no other counts."""
    model.eval()
    with torch.inference_mode():
        return [model([each.tensor()])[0] for each in scenes]


def mean_ap(found: list[dict], scenes: list[Scene], threshold: float, by: str = "boxes") -> float:
    """The mean over the classes of average precision."""
    values = ap_by_class(found, [each.target() for each in scenes], threshold, by).values()
    return round(sum(values) / len(values), 4)


def tested(model: nn.Module, recipe: Recipe, score: Score) -> dict:
    """Scores on unseen scenes, on all at once and, for the spread, on each group; and on crowded ones."""
    scenes = [scene(seed, "test") for seed in tqdm(range(recipe.tested), "test scenes", mininterval=2)]
    crowded = [scene(seed, "test", objects=(4, 10), crowded=True) for seed in range(recipe.tested // 2)]
    groups = [slice(k, k + GROUP) for k in range(0, len(scenes), GROUP)]
    found = answers(model, scenes)
    return {
        "scenes": len(scenes),
        "scores": score(found, scenes),
        "group": GROUP,
        "groups": [score(found[part], scenes[part]) for part in groups],
        "crowded": score(answers(model, crowded), crowded) | {"scenes": len(crowded)},
    }


def milliseconds(model: nn.Module, count: int = 60) -> float:
    """Of one core's time per picture of 128 × 128 pixels, one at a time: the median."""
    times = []
    for each in (scene(seed, "validation") for seed in range(count)):
        begun = time.process_time()
        answers(model, [each])
        times.append(time.process_time() - begun)
    return round(1000 * sorted(times)[count // 2], 1)


def write(name: str, model: nn.Module, folder: Path, recipe: Recipe, run: dict, score: Score, **more) -> None:
    """Round the weights to float16, test them on scenes that nothing has seen, and write them and their card.

    Args:
        name: of the system and of the two files.
        run: of :func:`train`.
        more: what else the card says.
    """
    state = half(model)
    model.load_state_dict({key: value.float() for key, value in state.items()})  # the scores are of the shipped numbers
    card = {
        "data": DATA,
        "recipe": asdict(recipe),
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "steps": recipe.steps,
        **run,
        **tested(model, recipe, score),
        "milliseconds": milliseconds(model),
        **more,
    }
    save_file({key: value.contiguous() for key, value in state.items()}, folder / f"{name}.safetensors")
    (folder / f"{name}.json").write_text(json.dumps(card, indent=1) + "\n")
    print(name, card["scores"], "crowded:", card["crowded"], f"{card['milliseconds']} ms a picture")
    print(f"Wrote {folder}/{name}.safetensors and {name}.json, which belong into src/insidecnn/parameters/.")
