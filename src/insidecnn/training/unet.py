"""The recipe of U-Net: scenes in, a class for every pixel out.

    python -m insidecnn.training.unet               # half an hour of one core; writes runs/unet/unet.safetensors and .json
    python -m insidecnn.training.unet --comparison  # with and without skip connections, shorter; twenty minutes more
    python -m insidecnn.training.unet --quick       # the same in seconds, to see that it works

From section 3 of Ronneberger, Fischer & Brox 2015: the border-weighted loss, and elastic deformation of the pictures.
What is shipped is the moving average of the weights in the last part of the run (Polyak & Juditsky 1992).
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from insidecnn.metrics import class_iou
from insidecnn.metrics.borders import wrong_by_distance
from insidecnn.segmentation.border_loss import border_weights, weighted_loss
from insidecnn.segmentation.unet import UNet, segment
from insidecnn.training.resumable import keep, resume
from insidecnn.training.scene_pool import DATA, FOLDER, ScenePool
from insidecnn.world.scenes import CLASSES, Scene, scene

WARM_UP = 300  #: steps in which the learning rate rises
UNSEEN = {"validation": 100, "test": 400}  #: scenes; no part shares a background photograph with another

CANNOT = (
    "tell objects of one class apart that touch; know objects of sizes, turned or before backgrounds that scenes do not "
    "have; name anything but balls, fish, cars and people as this book draws them"
)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the number of threads and the kind of processor."""

    steps: int = 5000
    batch: int = 4
    again: tuple[int, ...] = (2000, 6000)  # so many steps more, each time the rate rises and falls once more
    average: float = 0.998  # what a step of the last of these leaves of the average before
    small: int = 2000  # so many steps at first with pictures of half the size, four times as many of them
    width: int = 16
    levels: int = 4
    skips: bool = True
    rate: float = 2.5e-3  # of AdamW; it rises for 300 steps, and falls to 0 in the last part of the run …
    falling: float = 0.3  # … which is this share of it: what came before is the same, however long the run
    decay: float = 0.01
    w0: float = 10.0  # the paper's
    sigma: float = 1.25  # pixels: the paper's 5 of 512 pixels
    class_weights: tuple[float, ...] = (1.0, 2.5, 2.5, 2.5, 1.5)  # towards equal shares, not all the way
    bend: float = 2.5  # pixels: the paper's 10 of 512
    pool: int = 12_000  # scenes to choose from
    every: int = 250  # steps between two points of the curve
    seed: int = 2015


QUICK = Recipe(steps=6, again=(3,), batch=2, small=3, width=4, pool=8, every=3)
SHORT = replace(Recipe(), steps=1600, again=(1200,), small=800)  #: each training of the comparison
SEEDS = (1,)  #: of the comparison


def deform(
    images: torch.Tensor, owners: torch.Tensor, bend: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """The paper's elastic deformation, of every second picture on average.

    Random displacements on a grid of 3 × 3, smooth in between (bicubic).

    Args:
        images: (N, 3, H, W); they are interpolated.
        owners: (N, H, W) int64; each pixel takes that of the nearest.
        bend: standard deviation of the displacements, in pixels.
    """
    count, _, height, width = images.shape
    moved = torch.randn(count, 2, 3, 3, generator=generator) * bend * 2 / torch.tensor([width, height]).view(1, 2, 1, 1)
    moved *= (torch.rand(count, 1, 1, 1, generator=generator) < 0.5).float()
    moved = F.interpolate(moved, (height, width), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    straight = F.affine_grid(torch.eye(2, 3).expand(count, 2, 3), images.shape, align_corners=False)
    places = straight + moved  # (N, H, W, 2), from −1 to 1
    bent = F.grid_sample(images, places, padding_mode="reflection", align_corners=False)
    of_nearest = F.grid_sample(
        owners[:, None].float(), places, mode="nearest", padding_mode="reflection", align_corners=False
    )
    return bent, of_nearest[:, 0].long()


def rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: up, along, and down in straight lines; then up and down once more or twice."""
    more = step - recipe.steps
    for length in recipe.again if more >= 0 else ():
        if more < length:
            return recipe.rate * min((more + 1) / WARM_UP, (length - more) / length)
        more -= length
    return recipe.rate * min(1, (step + 1) / WARM_UP, (recipe.steps - step) / (recipe.falling * recipe.steps))


def loss(net: nn.Module, pool: ScenePool, recipe: Recipe, generator: torch.Generator, step: int) -> torch.Tensor:
    """The border-weighted loss of the batch of a step; pixels as lengths are halved where the pictures are."""
    shrink = 2 if step < recipe.small else 1
    batch = pool.batch(recipe.batch * shrink**2, generator)
    images, owners = F.avg_pool2d(batch.images, shrink), batch.owners[:, ::shrink, ::shrink]  # (N, 3, S, S), (N, S, S)
    images, batch.owners = deform(images, owners, recipe.bend / shrink, generator)
    classes = batch.semantic()  # (N, S, S)
    between = border_weights(batch.owners, recipe.w0, recipe.sigma / shrink)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(images.to(memory_format=torch.channels_last))
    return weighted_loss(logits.float(), classes, torch.tensor(recipe.class_weights)[classes] + between)


def unseen_scenes(split: str, count: int) -> list[Scene]:
    """The first scenes of a split, on photographs that training has not."""
    return [scene(seed, split) for seed in range(count)]


def answers(net: nn.Module, scenes: list[Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network says of each pixel, in evaluation mode, and the truth: (N, S, S) int64 each."""
    training = net.training
    found = segment(net.eval(), torch.stack([each.tensor() for each in scenes]))
    net.train(training)
    return found, torch.stack([each.semantic() for each in scenes])


def class_scores(net: nn.Module, scenes: list[Scene]) -> dict[str, float]:
    """The IoU of each class over all pixels of all scenes, nan where it is nowhere; and the mean of the others."""
    each = class_iou(*answers(net, scenes), len(CLASSES))
    return {name: round(value, 4) for name, value in zip(("mean", *CLASSES), [each.nanmean().item(), *each.tolist()])}  # noqa: B905


def train(
    recipe: Recipe, folder: Path, pool_folder: Path = FOLDER, unseen: dict[str, int] = UNSEEN
) -> tuple[dict[str, torch.Tensor], dict]:
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there.

    Returns:
        the network's state in float16, and its card: the recipe, the curve (``step``, ``loss`` since the point
        before, ``validation``: mean IoU), and the scores of what is shipped on the test scenes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net = UNet(len(CLASSES), recipe.width, recipe.levels, recipe.skips).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), recipe.rate, weight_decay=recipe.decay)
    mean = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)
    parts = {"net": net, "mean": mean, "optimizer": optimizer}
    saved = resume(checkpoint, recipe, parts, generator)
    start, curve = saved.get("step", 0), saved.get("curve", [])
    begun = time.monotonic() - saved.get("seconds", 0.0)
    pool = ScenePool(pool_folder, recipe.pool).fill()
    validation, recent = unseen_scenes("validation", unseen["validation"]), []
    last = recipe.steps + sum(recipe.again)
    averaged = last - recipe.again[-1] if recipe.again else last  # from this step on
    bar = tqdm(range(start, last), "unet", initial=start, total=last, unit="step", mininterval=5)
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = rate(recipe, step)
        now = loss(net, pool, recipe, generator, step)
        optimizer.zero_grad()
        now.backward()
        optimizer.step()
        if step >= averaged:
            mean.update_parameters(net)
        recent.append(now.item())
        if (step + 1) % recipe.every == 0 or step + 1 == last:
            scores = class_scores(mean.module if step >= averaged else net, validation)
            curve.append({"step": step + 1, "loss": round(sum(recent) / len(recent), 4), "validation": scores["mean"]})
            bar.set_postfix(curve[-1])
            seconds, recent = time.monotonic() - begun, []
            keep(checkpoint, recipe, parts, generator, step=step + 1, curve=curve, seconds=seconds)
    if recipe.again:
        net = mean.module
    state = {k: t.half() if t.is_floating_point() else t.clone() for k, t in net.state_dict().items()}
    state = {k: t.contiguous() for k, t in state.items()}
    net.load_state_dict(state)  # the scores are those of the shipped numbers
    test = unseen_scenes("test", unseen["test"])
    card = {
        "data": DATA,
        "recipe": asdict(recipe),
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "steps": last,
        "seconds": round(time.monotonic() - begun),
        "parameters": sum(p.numel() for p in net.parameters()),
        "curve": {name: [point[name] for point in curve] for name in curve[0]},
        "tested": unseen["test"],
        "scores": class_scores(net, test),
        "cannot": CANNOT,
        "wrong_by_distance": [round(share, 4) for share in wrong_by_distance(*answers(net, test))],
    }
    return state, card


def compare(
    short: Recipe, seeds: tuple[int, ...], folder: Path, pool_folder: Path = FOLDER, unseen: dict[str, int] = UNSEEN
) -> tuple[dict[str, torch.Tensor], dict]:
    """Train with and without skip connections, by one recipe, from each seed.

    Returns:
        the states of the first seed, as ``with/…`` and ``without/…``, and the cards of all.
    """
    states, cards = {}, {"with": [], "without": []}
    for seed in seeds:
        for name, skips in (("with", True), ("without", False)):
            recipe = replace(short, skips=skips, seed=seed)
            state, card = train(recipe, folder / f"{name}-{seed}", pool_folder, unseen)
            cards[name].append(card)
            if seed == seeds[0]:
                states |= {f"{name}/{key}": value for key, value in state.items()}
    return states, cards


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--comparison", action="store_true", help="train with and without skip connections")
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/unet"), help="checkpoints and results")
    parser.add_argument("--pool", type=Path, default=FOLDER, help="the training scenes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    unseen = {"validation": 2, "test": 2} if options.quick else UNSEEN
    if options.comparison:
        name, short = "unet_comparison", QUICK if options.quick else SHORT
        state, card = compare(short, SEEDS, options.folder, options.pool, unseen)
    else:
        name, recipe = "unet", QUICK if options.quick else Recipe()
        state, card = train(recipe, options.folder, options.pool, unseen)
    save_file(state, options.folder / f"{name}.safetensors")
    (options.folder / f"{name}.json").write_text(json.dumps(card) + "\n")
    print(f"Wrote {options.folder}/{name}.safetensors and .json, which belong into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
