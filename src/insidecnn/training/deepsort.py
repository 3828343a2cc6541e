"""DeepSORT's crop net: pictures of people become vectors that are near each other where the person is the same.

    python -m insidecnn.training.deepsort           # ten minutes on one core; writes runs/deepsort/deepsort.safetensors and .json
    python -m insidecnn.training.deepsort --quick   # the same in seconds, to see that it works

A person is what they wear (:func:`insidecnn.world.people.clothes`). Each is drawn many times: walking and standing,
near and far, before other backgrounds, behind other people and posts. The net learns to name those of the training,
and is measured on people that it never saw: is the nearest other picture one of the same person?
Colour channels are not exchanged and nothing is mirrored here: colours and patterns are what people are known by.

Source: Wojke & Bewley 2018, for the loss; Zhong et al. 2020, for the grey rectangles.
"""

import argparse
import json
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tqdm import tqdm

from insidecnn.tracking.deepsort import CROP, CosineSoftmax, CropNet, crops
from insidecnn.training.crowds import DATA, cast, crowd
from insidecnn.training.resumable import keep, resume

KEPT_EVERY = 500  #: steps between two checkpoints


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the number of threads and the kind of processor."""

    people: int = 1500  # of the training
    scenes: int = 7000  # of five people each, from which their pictures are cut
    steps: int = 4000
    batch: int = 96
    rate: float = 3e-3  # highest learning rate; rises for the first tenth, then falls along a cosine
    decay: float = 5e-4
    erased: float = 0.5  # share of the pictures on which a rectangle is made grey, as if something were in front
    unseen: int = 200  # people for the scores, of two other splits
    unseen_scenes: int = 400
    seed: int = 2017


QUICK = Recipe(people=12, scenes=24, steps=8, batch=12, unseen=8, unseen_scenes=12)


def pictures(split: str, count: int, scenes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Crops of ``count`` people of a split, cut from ``scenes`` scenes by boxes as inexact as a detector's.

    Returns:
        pictures (n, 3, 64, 32) uint8, and who it is on each: (n,) int64.
    """
    worn, found, names = cast(split, count), [], []
    generator = torch.Generator().manual_seed(0)
    for number in tqdm(range(scenes), f"{split} people", unit="scene", mininterval=2, delay=2):
        here = crowd(split, number, worn)
        sides = (here.boxes[:, 2:] - here.boxes[:, :2]).repeat(1, 2)
        wrong = 0.05 * torch.randn(here.boxes.shape, generator=generator)
        found.append((crops(here.scene.image, here.boxes + sides * wrong) * 255).byte())
        names.append(here.who)
    return torch.cat(found), torch.cat(names)


def ranks(embeddings: torch.Tensor, names: torch.Tensor) -> tuple[float, float]:
    """How well each picture finds the others of its person among all others.

    Args:
        embeddings: (n, d) of length 1.
        names: (n,) int64; people with one picture only are not asked for.

    Returns:
        rank-1, the share whose nearest picture is right, and mAP, the mean over the pictures of the mean precision
        at each right one.
    """
    likeness = (embeddings @ embeddings.T).fill_diagonal_(-math.inf)
    order = likeness.argsort(1, descending=True)[:, :-1]  # the last is the picture itself
    right = names[order] == names[:, None]  # (n, n − 1)
    right = right[right.any(1)]
    precision = right.cumsum(1) / torch.arange(1, right.shape[1] + 1)
    return right[:, 0].float().mean().item(), ((precision * right).sum(1) / right.sum(1)).mean().item()


def erase(images: torch.Tensor, share: float, generator: torch.Generator) -> None:
    """Make a random rectangle grey, in place, on a share of pictures (N, 3, H, W)."""
    (height, width), numbers = CROP, torch.rand(len(images), 5, generator=generator).tolist()
    for image, (chance, x, y, wide, high) in zip(images, numbers, strict=True):
        if chance < share:
            h, w = int(height * (0.2 + 0.4 * high)), int(width * (0.2 + 0.6 * wide))
            top, left = int(y * (height - h)), int(x * (width - w))
            image[:, top : top + h, left : left + w] = 0.5


@torch.no_grad()
def score(net: CropNet, split: str, recipe: Recipe) -> dict[str, float]:
    """Rank-1 and mAP of a network in evaluation mode, on people that the training did not have, before other backgrounds."""
    images, names = pictures(split, recipe.unseen, recipe.unseen_scenes)
    rank1, mean = ranks(torch.cat([net(part.float() / 255) for part in images.split(256)]), names)
    return {"people": recipe.unseen, "pictures": len(images), "rank1": round(rank1, 4), "map": round(mean, 4)}


def train(recipe: Recipe, folder: Path) -> tuple[CropNet, dict]:
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there: the network and its card."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, kept = folder / "checkpoint.pt", folder / f"people-{recipe.people}-{recipe.scenes}.pt"
    begun = time.process_time()
    if not kept.exists():
        torch.save(pictures("train", recipe.people, recipe.scenes), kept)
    images, names = torch.load(kept, weights_only=True)
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net, naming = CropNet().to(memory_format=torch.channels_last), CosineSoftmax(recipe.people)
    optimizer = torch.optim.AdamW([*net.parameters(), *naming.parameters()], recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=recipe.steps, pct_start=0.1)
    parts = {"net": net, "naming": naming, "optimizer": optimizer, "schedule": schedule}
    saved = resume(checkpoint, recipe, parts, generator)
    start, losses = saved.get("step", 0), saved.get("losses", [])
    begun -= saved.get("seconds", 0.0)
    bar = tqdm(range(start, recipe.steps), "deepsort", initial=start, total=recipe.steps, unit="step", mininterval=2)
    for step in bar:
        chosen = torch.randint(len(images), (recipe.batch,), generator=generator)
        batch = images[chosen].float() / 255
        erase(batch, recipe.erased, generator)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            embeddings = net(batch.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(naming(embeddings.float()), names[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(round(loss.item(), 3))
        if (step + 1) % KEPT_EVERY == 0 or step + 1 == recipe.steps:
            bar.set_postfix(loss=sum(losses[-100:]) / len(losses[-100:]))
            seconds = time.process_time() - begun
            keep(checkpoint, recipe, parts, generator, step=step + 1, losses=losses, seconds=seconds)
    net.eval()
    return net, {
        "data": DATA,
        "recipe": asdict(recipe),
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "steps": recipe.steps,
        "seconds": round(time.process_time() - begun),
        "parameters": sum(p.numel() for p in net.parameters()),
        "training_pictures": len(images),
        "loss": losses[:: max(1, recipe.steps // 40)],
        "scale": round(naming.scale.item(), 2),
        "scores": {split: score(net, split, recipe) for split in ("validation", "test")},
        "cannot": "It knows drawn people by their clothes. People who wear the same, photographs of people, and "
        "pictures of which less than a third of the person is seen are beyond it.",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/deepsort"), help="checkpoints and results")
    options = parser.parse_args()
    torch.set_num_threads(1)
    net, card = train(QUICK if options.quick else Recipe(), options.folder)
    state = {name: t.half() if t.is_floating_point() else t for name, t in net.state_dict().items()}
    save_file({name: t.contiguous() for name, t in state.items()}, options.folder / "deepsort.safetensors")
    (options.folder / "deepsort.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"Wrote {options.folder}/deepsort.safetensors and .json, which belong into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
