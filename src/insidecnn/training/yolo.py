"""YOLO learns to detect balls, fish, cars and people in scenes.

    python -m insidecnn.training.yolo           # half an hour of one core; writes runs/yolo/yolo.safetensors and .json
    python -m insidecnn.training.yolo --quick   # the same in seconds, to see that it works

What is shipped is the moving average of the weights over the last few hundred steps (Polyak & Juditsky 1992). The
learning rate rises and falls three times; from the second time on the network begins with the average that it had, and
gets scenes into which objects of others were put: with the same scenes again it would learn those by heart.
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from insidecnn.detection.yolo import Yolo, loss
from insidecnn.training import scene_pool
from insidecnn.training.detector_scores import answers, clip_frames, mean_ap, milliseconds, scores, seen_enough
from insidecnn.training.resumable import keep, resume
from insidecnn.training.scene_pool import ScenePool
from insidecnn.world.scenes import scene

CANNOT = (
    "Knows four classes of drawn things and nothing of photographs of real ones. Finds one object a cell of 8 pixels: "
    "of two whose centres lie closer it finds one. Boxes go around what is seen of an object, not around what is hidden."
)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the number of threads and the kind of processor."""

    steps: int = 18_000
    cycles: int = 3  # of the learning rate
    pasted: float = 0.5  # after the first cycle: share of the scenes that get objects of others, smaller or larger
    batch: int = 16  # pictures a step
    pool: int = scene_pool.COUNT
    rate: float = 3e-3  # highest learning rate; in each cycle it rises for a tenth, then falls along a cosine
    decay: float = 0.02
    average: float = 0.998  # what a step leaves of the average before
    every: int = 600  # steps between two points of the curve
    unseen: int = 80  # scenes of the validation part for the curve
    scenes: int = 500  # of the test part, for the card
    seed: int = 2016


QUICK = Recipe(steps=6, cycles=2, batch=4, pool=24, every=3, unseen=4, scenes=10)


def rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: in each cycle a rise, then half a cosine."""
    cycle = recipe.steps // recipe.cycles
    step, rise = step % cycle, max(1, cycle // 10)
    if step < rise:
        return recipe.rate * (step + 1) / rise
    gone = (step - rise) / max(1, cycle - rise)
    return recipe.rate * (0.5 + 0.5 * torch.tensor(gone * torch.pi).cos().item())


def parts_of(
    net: Yolo, pool: ScenePool, recipe: Recipe, generator: torch.Generator, step: int = 0
) -> dict[str, torch.Tensor]:
    """The loss's parts of the batch of a step."""
    pasted = recipe.pasted if step >= recipe.steps // recipe.cycles else 0.0
    batch = pool.batch(recipe.batch, generator, pasted=pasted)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features = net.head(net.trunk(batch.images.to(memory_format=torch.channels_last)))
    return loss(net.read(features.float()), batch.targets())


def validation(net: Yolo, recipe: Recipe) -> dict[str, float]:
    """mAP of scenes and of clips' frames of the validation part."""
    scenes = [scene(seed, "validation") for seed in range(recipe.unseen)]
    frames = clip_frames(max(1, recipe.unseen // 10), "validation", 20)
    net.eval()
    found = answers(net.detect, scenes)
    return {
        "mAP50": round(mean_ap(found, scenes), 3),
        "mAP75": round(mean_ap(found, scenes, 0.75), 3),
        "clips": round(mean_ap(answers(net.detect, frames), frames, 0.5, seen_enough), 3),
    }


def train(recipe: Recipe, folder: Path, scenes: Path = scene_pool.FOLDER) -> tuple[dict[str, torch.Tensor], dict]:
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there.

    Args:
        scenes: where the pool of training scenes lies.

    Returns:
        the weights, float16; and the card with its curve: ``step``, each part of the loss since the point before,
        and the scores on the validation part.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net = Yolo().to(memory_format=torch.channels_last)
    mean = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)
    optimizer = torch.optim.AdamW(net.parameters(), recipe.rate, weight_decay=recipe.decay)
    parts = {"net": net, "mean": mean, "optimizer": optimizer}
    saved = resume(checkpoint, recipe, parts, generator)
    start, curve = saved.get("step", 0), saved.get("curve", [])
    begun = time.monotonic() - saved.get("seconds", 0.0)
    pool, recent = ScenePool(scenes, recipe.pool).fill(), []
    bar = tqdm(range(start, recipe.steps), "yolo", initial=start, total=recipe.steps, unit="step", mininterval=5)
    for step in bar:
        if step and step % (recipe.steps // recipe.cycles) == 0:
            net.load_state_dict(mean.module.state_dict())
            optimizer.state.clear()
        net.train()
        for group in optimizer.param_groups:
            group["lr"] = rate(recipe, step)
        found = parts_of(net, pool, recipe, generator, step)
        optimizer.zero_grad()
        sum(found.values()).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 20)
        optimizer.step()
        mean.update_parameters(net)
        recent.append({name: part.item() for name, part in found.items()})
        if (step + 1) % recipe.every == 0 or step + 1 == recipe.steps:
            losses = {name: round(sum(each[name] for each in recent) / len(recent), 3) for name in recent[0]}
            curve.append({"step": step + 1, **losses, **validation(mean.module, recipe)})
            bar.set_postfix(curve[-1])
            recent, seconds = [], time.monotonic() - begun
            keep(checkpoint, recipe, parts, generator, step=step + 1, curve=curve, seconds=seconds)
    weights = {name: value.half().contiguous() for name, value in mean.module.state_dict().items() if value.dim()}
    net.load_state_dict({name: value.float() for name, value in weights.items()}, strict=False)
    net.eval()
    card = {
        "data": scene_pool.DATA,
        "recipe": asdict(recipe),
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "parameters": sum(each.numel() for each in net.parameters()),
        "steps": recipe.steps,
        "seconds": round(time.monotonic() - begun),
        "milliseconds": milliseconds(net.detect),
        "scores": scores(net.detect, "test", recipe.scenes),
        "cannot": CANNOT,
        "curve": {name: [point[name] for point in curve] for name in curve[0]},
    }
    return weights, card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/yolo"), help="checkpoints and results")
    parser.add_argument("--scenes", type=Path, default=scene_pool.FOLDER, help="the pool of training scenes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    scenes = options.folder / "scenes" if options.quick else options.scenes
    weights, card = train(QUICK if options.quick else Recipe(), options.folder, scenes)
    save_file(weights, options.folder / "yolo.safetensors")
    (options.folder / "yolo.json").write_text(json.dumps(card) + "\n")
    print(f"Wrote {options.folder}/yolo.safetensors and yolo.json, which belong into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
