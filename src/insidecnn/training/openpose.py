"""OpenPose learns from training scenes: the fields and maps of all stages are compared with drawn ones.

python -m insidecnn.training.openpose           # ten minutes of one core; writes runs/openpose/openpose.safetensors and .json
python -m insidecnn.training.openpose --quick   # the same in seconds, to see that it works
"""

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from tqdm import tqdm

from insidecnn.joints.heat_maps import confidence_maps
from insidecnn.joints.nearest import nearest_people
from insidecnn.joints.openpose import STRIDE, Drawn, OpenPose
from insidecnn.joints.part_affinity import fields
from insidecnn.joints.scores import scenes_pck
from insidecnn.training.resumable import keep, resume
from insidecnn.training.scene_pool import DATA, FOLDER, Batch, ScenePool
from insidecnn.world.scenes import BONES, CLASSES, Scene, scene

PERSON = CLASSES.index("person")
CANNOT = (
    "Poses unlike those of the made world: people upside down, lying, or from the side. Photographs of real people. "
    "People much smaller or larger than 40 to 110 pixels. It names left and right by the shape of a body that faces us."
)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the number of threads and the kind of processor."""

    steps: int = 2400
    batch: int = 16
    mixed: int = 6  # every sixth batch has scenes without people among it
    pool: int = 12_000
    size: int = 128
    rate: float = 3e-3  # highest learning rate of AdamW; rises for a tenth of the steps, then falls along a cosine
    decay: float = 0.02
    blur: float = 4.0  # of the dots, in pixels
    width: float = 3.0  # of the limbs to each side, in pixels
    every: int = 200  # steps between two points of the curve
    validation: int = 40  # scenes for a point of the curve …
    test: int = 400  # … and for the card's scores
    seed: int = 2017


QUICK = Recipe(steps=6, batch=4, mixed=3, pool=24, every=3, validation=6, test=6)


def targets(batch: Batch, recipe: Recipe) -> tuple[torch.Tensor, torch.Tensor]:
    """The fields (N, 13, 2, S/4, S/4) and maps (N, 14, S/4, S/4) that are to be drawn of a batch."""
    people = [joints[labels == PERSON] for joints, labels in zip(batch.keypoints, batch.labels, strict=True)]
    cells = recipe.size // STRIDE
    return (
        torch.stack([fields(each, BONES, cells, STRIDE, recipe.width) for each in people]),
        torch.stack([confidence_maps(each, cells, STRIDE, recipe.blur) for each in people]),
    )


def staged_loss(drawn: Drawn, fields: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """The squared distance from what is to be drawn, summed over maps and cells and added over all stages.

    A loss at each stage keeps gradients large for the early ones (Cao et al. 2017, section 2.1).
    """
    each = [(field - fields) ** 2 for field in drawn.fields] + [(map_ - maps) ** 2 for map_ in drawn.maps]
    return sum(error.sum() for error in each) / len(maps)


def unseen_scenes(split: str, count: int, crowded: bool = False) -> list[Scene]:
    """The first scenes of a split that have people; crowds are 2 to 6 people, some of them mostly hidden."""
    crowd = dict(objects=(2, 6), kinds=("person",), crowded=True) if crowded else {}
    found, seed = [], 0
    while len(found) < count:
        one = scene(seed, split, **crowd)
        seed += 1
        if (one.labels == PERSON).any():
            found.append(one)
    return found


@torch.no_grad()
def score(net: OpenPose, scenes: list[Scene], alpha: float = 0.1) -> dict[str, float]:
    """PCK with the fields, and with each joint given to the nearest neighbour of its kind, from the same maps."""
    net.eval()
    by_fields, by_distance = [], []
    for one in scenes:
        drawn = net(one.tensor()[None])
        by_fields.append(net.grouped(drawn)[0])
        by_distance.append(nearest_people(drawn.maps[-1][0], BONES, STRIDE))
    net.train()
    stack = lambda people: torch.stack([p.keypoints for p in people]) if people else torch.zeros(0, 14, 3)  # noqa: E731
    return {
        "fields": round(scenes_pck([stack(p) for p in by_fields], scenes, alpha), 4),
        "nearest": round(scenes_pck([stack(p) for p in by_distance], scenes, alpha), 4),
    }


def rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: a short rise, then a cosine to 0."""
    rise = recipe.steps / 10
    if step < rise:
        return recipe.rate * (step + 1) / rise
    return recipe.rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / (recipe.steps - rise)))


def train(recipe: Recipe, folder: Path, pool: ScenePool) -> tuple[OpenPose, dict]:
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there.

    Returns:
        the network, its weights rounded to fp16, and its card.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net = OpenPose().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), recipe.rate, weight_decay=recipe.decay)
    parts = {"net": net, "optimizer": optimizer}
    saved = resume(checkpoint, recipe, parts, generator)
    start, curve = saved.get("step", 0), saved.get("curve", [])
    begun = time.process_time() - saved.get("seconds", 0.0)
    unseen, recent = unseen_scenes("validation", recipe.validation), []
    bar = tqdm(range(start, recipe.steps), "OpenPose", initial=start, total=recipe.steps, unit="step", mininterval=2)
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = rate(recipe, step)
        batch = pool.batch(recipe.batch, generator, people=step % recipe.mixed != 0)
        wanted = targets(batch, recipe)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            drawn = net(batch.images.to(memory_format=torch.channels_last))
        loss = staged_loss(drawn, *wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recent.append(loss.item())
        if (step + 1) % recipe.every == 0 or step + 1 == recipe.steps:
            point = {"step": step + 1, "loss": round(sum(recent) / len(recent), 2), "pck": score(net, unseen)["fields"]}
            curve.append(point)
            bar.set_postfix(point)
            recent, seconds = [], time.process_time() - begun
            keep(checkpoint, recipe, parts, generator, step=step + 1, curve=curve, seconds=seconds)
    seconds = round(time.process_time() - begun)
    for value in net.state_dict().values():
        if value.is_floating_point():
            value.copy_(value.half())
    return net.eval(), {
        "data": DATA,
        "recipe": asdict(recipe),
        "made_with": f"torch {torch.__version__}; the seconds are those of one CPU core",
        "steps": recipe.steps,
        "seconds": seconds,
        "parameters": sum(p.numel() for p in net.parameters()),
        "curve": {name: [point[name] for point in curve] for name in curve[0]},
        "scores": {
            "measure": "PCK@0.1; hidden joints count, people who were not found count as missed",
            "number": recipe.test,
            **{
                name: score(net, unseen_scenes("test", recipe.test, crowded=name == "crowds"))
                for name in ("scenes", "crowds")
            },
        },
        "cannot": CANNOT,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/openpose"), help="checkpoints and results")
    parser.add_argument("--pool", type=Path, default=FOLDER, help="training scenes, shared by recipes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = QUICK if options.quick else Recipe()
    net, card = train(recipe, options.folder, ScenePool(options.pool, recipe.pool, recipe.size).fill())
    save_file(
        {name: value.half().contiguous() for name, value in net.state_dict().items()},
        options.folder / "openpose.safetensors",
    )
    (options.folder / "openpose.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"Wrote {options.folder}/openpose.safetensors and .json, which belong into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
