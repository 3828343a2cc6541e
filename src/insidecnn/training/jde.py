"""JDE: the shipped YOLO learns to say of each person what they look like, and where all of them is, hidden or not.

    python -m insidecnn.training.jde           # ten minutes on one core; writes runs/jde/jde.safetensors and .json
    python -m insidecnn.training.jde --quick   # the same in seconds, to see that it works

It learns from scenes of a cast of people (:mod:`insidecnn.training.crowds`) three things at once: how sure to be of a
box and its class, where the box is, and who is in it. How much each of the three weighs is learned too.
Each time a scene is used, another part of it is seen, nearer or farther, mirrored or not, and parts of people are made
grey: without that the network learns the scenes by heart, and not who is who.

Source: Wang et al. 2020, sections 3.3 to 3.5.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tqdm import tqdm

from insidecnn.detection import yolo
from insidecnn.metrics import average_precision, box_iou, hits
from insidecnn.tracking.deepsort import CosineSoftmax
from insidecnn.tracking.jde import Balance, JdeNet
from insidecnn.training.crowds import THING, cast, crowd
from insidecnn.training.deepsort import ranks
from insidecnn.training.resumable import keep, resume
from insidecnn.world import clips

START = [0.0, 0.0, -2.0]  #: the balance at the beginning, in favour of the embeddings, which are new to the network
KEPT_EVERY = 500  #: steps between two checkpoints, at each of which the network is scored
MOST = 10  #: objects of one scene
PART = (112, 168)  #: height and width of the part of a scene that a step sees, in pixels


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the number of threads and the kind of processor."""

    people: int = 1500  # of the training
    scenes: int = 10_000
    steps: int = 5000
    batch: int = 16
    rate: float = 3e-3  # highest learning rate; rises for the first tenth, then falls along a cosine
    decay: float = 5e-4
    nearest: float = 0.75  # smallest share of a scene's height and width that is seen; 1 is the largest
    erased: float = 0.3  # share of the people on whom a rectangle is made grey, as if something were in front
    unseen: int = 200  # people for the scores, of two other splits
    unseen_scenes: int = 300
    seed: int = 2020


QUICK = Recipe(people=12, scenes=12, steps=4, batch=4, unseen=12, unseen_scenes=8)


@dataclass
class Scenes:
    """``n`` scenes and who is on them; where there are fewer than ten objects the rest is filled with ``label`` 0."""

    images: torch.Tensor  #: (n, 3, H, W) uint8
    boxes: torch.Tensor  #: (n, 10, 4) float32, around whole objects
    labels: torch.Tensor  #: (n, 10) int64
    who: torch.Tensor  #: (n, 10) int64

    def targets(self, chosen: torch.Tensor) -> list[dict[str, torch.Tensor]]:
        """The objects of some scenes, in the form of torchvision's detectors, and ``who`` they are."""
        there = [self.labels[k] > 0 for k in chosen]
        parts = {"boxes": self.boxes, "labels": self.labels, "who": self.who}
        return [{name: part[k][mask] for name, part in parts.items()} for k, mask in zip(chosen, there, strict=True)]


def start(*arguments) -> None:
    """What a drawing process does first."""
    global given
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    given = arguments


def draw_one(k: int) -> tuple[torch.Tensor, ...]:
    """A picture (H, W, 3), its boxes, labels and people."""
    split, worn = given
    here = crowd(split, k, worn, (4, 9), things=True)
    return torch.from_numpy(here.scene.image), here.boxes, here.scene.labels[here.there], here.who


def drawn(split: str, people: int, scenes: int) -> Scenes:
    """Scenes of a split with four to nine people of a cast, and a thing now and then; two processes draw many."""
    (height, width), arguments = clips.SHAPE, (split, cast(split, people))
    found = Scenes(
        torch.zeros(scenes, 3, height, width, dtype=torch.uint8),
        torch.zeros(scenes, MOST, 4),
        torch.zeros(scenes, MOST, dtype=torch.int64),
        torch.full((scenes, MOST), THING),
    )
    with contextlib.ExitStack() as stack:
        if scenes > 500:
            processes = stack.enter_context(multiprocessing.get_context("spawn").Pool(2, start, arguments))
            made = processes.imap(draw_one, range(scenes), chunksize=50)
        else:
            start(*arguments)
            made = map(draw_one, range(scenes))
        bar = tqdm(made, f"{split} scenes", scenes, unit="scene", mininterval=2, delay=2)
        for k, (image, boxes, labels, who) in enumerate(bar):
            found.images[k], m = image.permute(2, 0, 1), len(who)
            found.boxes[k, :m], found.labels[k, :m], found.who[k, :m] = boxes, labels, who
    return found


def parts(
    images: torch.Tensor, targets: list[dict], recipe: Recipe, generator: torch.Generator
) -> tuple[torch.Tensor, list[dict]]:
    """Parts of scenes, enlarged or reduced to 112 × 168 pixels, mirrored or not, in another light, with grey rectangles.

    Args:
        images: (N, 3, H, W) uint8

    Returns:
        (N, 3, 112, 168) float32 from 0 to 1, and what is left of the targets.
    """
    (height, width), n = images.shape[2:], len(images)
    share = recipe.nearest + (1 - recipe.nearest) * torch.rand(n, generator=generator)
    x, y = ((1 - share) * (2 * torch.rand(n, generator=generator) - 1) for _ in "xy")  # the part's middle, from −1 to 1
    side = 1 - 2 * (torch.rand(n, generator=generator) < 0.5).float()  # −1 if mirrored
    ways = torch.zeros(n, 2, 3)  # from places on the part to places on the scene
    ways[:, 0, 0], ways[:, 0, 2], ways[:, 1, 1], ways[:, 1, 2] = side * share, x, share, y
    light = 1 + 0.2 * (2 * torch.rand(n, 1, 1, 1, generator=generator) - 1)
    places = F.affine_grid(ways, [n, 3, *PART], align_corners=False)
    seen = F.grid_sample(images.float() / 255 * light, places, align_corners=False, padding_mode="border").clamp(0, 1)
    sides, part = torch.tensor([width, height]), torch.tensor([PART[1], PART[0]])
    answer = []
    for k, target in enumerate(targets):
        corners = target["boxes"].view(-1, 2, 2) / sides * 2 - 1  # (m, 2 corners, xy) from −1 to 1
        corners = (corners - ways[k, :, 2]) / ways[k, [0, 1], [0, 1]]
        corners = torch.stack([corners.amin(1), corners.amax(1)], 1)  # left is right of right where it is mirrored
        inside = corners.clamp(-1, 1)
        left = (inside[:, 1] - inside[:, 0]).prod(1) >= 0.3 * (corners[:, 1] - corners[:, 0]).prod(1)
        boxes = ((inside + 1) / 2 * part).flatten(1)
        answer.append({name: each[left] for name, each in (target | {"boxes": boxes}).items()})
        erase(seen[k], answer[k]["boxes"], recipe.erased, generator)
    return seen, answer


def erase(image: torch.Tensor, boxes: torch.Tensor, share: float, generator: torch.Generator) -> None:
    """Make a random rectangle in a share of the boxes (m, 4) of a picture (3, H, W) grey, in place."""
    numbers = torch.rand(len(boxes), 5, generator=generator).tolist()
    for (x0, y0, x1, y1), (chance, x, y, wide, high) in zip(boxes.tolist(), numbers, strict=True):
        if chance < share:
            h, w = (y1 - y0) * (0.2 + 0.4 * high), (x1 - x0) * (0.2 + 0.6 * wide)
            top, left = y0 + y * (y1 - y0 - h), x0 + x * (x1 - x0 - w)
            image[:, round(top) : round(top + h), round(left) : round(left + w)] = 0.5


def at_centres(looks: torch.Tensor, targets: list[dict[str, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """The embeddings in the cells that are responsible for people, and who these are.

    Args:
        looks: (N, 64, h, w)
        targets: of each picture ``boxes`` (n, 4) and ``who`` (n,), of which things are left out.

    Returns:
        (m, 64) and (m,).
    """
    found, names = [], []
    for look, target in zip(looks, targets, strict=True):
        person = target["who"] != THING
        rows, columns = yolo.encode(target["boxes"][person])[0].T
        found.append(look[:, rows, columns].T)
        names.append(target["who"][person])
    return torch.cat(found), torch.cat(names)


def losses(net: JdeNet, naming: CosineSoftmax, images: torch.Tensor, targets: list[dict]) -> list[torch.Tensor]:
    """What is wrong with confidences and classes, with boxes, and with embeddings."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        maps, looks = net(images.contiguous(memory_format=torch.channels_last))
    parts = yolo.loss(yolo.Maps(*(part.float() for part in maps)), targets)
    embeddings, names = at_centres(looks.float(), targets)
    return [
        parts["object"] + parts["nothing"] + parts["class"],
        parts["box"],
        F.cross_entropy(naming(embeddings), names),
    ]


@torch.no_grad()
def score(net: JdeNet, unseen: Scenes) -> dict[str, float]:
    """How well a network in evaluation mode finds people and tells them apart.

    Args:
        unseen: scenes of people that the training did not have, before other backgrounds.

    Returns:
        rank-1 and mAP of the embeddings at the people's true centres; average precision of the boxes at an IoU of 0.5.
    """
    looks, scores, right = [], [], []
    for chosen in torch.arange(len(unseen.images)).split(32):
        images, targets = unseen.images[chosen].float() / 255, unseen.targets(chosen)
        looks.append(at_centres(net(images)[1], targets))
        for (boxes, sure, _), target in zip(net.detect(images), targets, strict=True):
            scores.append(sure)
            right.append(hits(box_iou(boxes, target["boxes"][target["who"] != THING]), sure))
    embeddings, names = (torch.cat(part) for part in zip(*looks, strict=True))
    rank1, mean = ranks(embeddings, names)
    precision = average_precision(torch.cat(scores), torch.cat(right), len(names))
    return {"pictures": len(names), "rank1": round(rank1, 4), "map": round(mean, 4), "AP50": round(precision, 4)}


def begin() -> tuple[JdeNet, dict]:
    """A network with the trunk and the head of the shipped YOLO, and from which YOLO that is."""
    net, (start, card) = JdeNet(), yolo.shipped()
    net.yolo.load_state_dict(start.state_dict())
    return net, {"steps": card["recipe"]["steps"], "mAP50": card["scores"]["mAP50"]}


def train(recipe: Recipe, folder: Path) -> tuple[JdeNet, dict]:
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there: the network and its card."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, kept = folder / "checkpoint.pt", folder / f"scenes-{recipe.people}-{recipe.scenes}.pt"
    if not kept.exists():
        torch.save(vars(drawn("train", recipe.people, recipe.scenes)), kept)
    pool = Scenes(**torch.load(kept, weights_only=True))
    unseen = {split: drawn(split, recipe.unseen, recipe.unseen_scenes) for split in ("validation", "test")}
    begun = time.process_time()
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net, origin = begin()
    net, naming, balance = net.to(memory_format=torch.channels_last), CosineSoftmax(recipe.people), Balance(START)
    learned = [*net.parameters(), *naming.parameters(), *balance.parameters()]
    optimizer = torch.optim.AdamW(learned, recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=recipe.steps, pct_start=0.1)
    state = {"net": net, "naming": naming, "balance": balance, "optimizer": optimizer, "schedule": schedule}
    saved = resume(checkpoint, recipe, state, generator)
    done, curve, scores = saved.get("step", 0), saved.get("curve", []), saved.get("scores", [])
    begun -= saved.get("seconds", 0.0)
    bar = tqdm(range(done, recipe.steps), "jde", initial=done, total=recipe.steps, unit="step", mininterval=2)
    for step in bar:
        net.train()
        chosen = torch.randint(len(pool.images), (recipe.batch,), generator=generator)
        found = losses(net, naming, *parts(pool.images[chosen], pool.targets(chosen), recipe, generator))
        optimizer.zero_grad()
        balance(found).backward()
        optimizer.step()
        schedule.step()
        curve.append([round(loss.item(), 3) for loss in found])
        if (step + 1) % KEPT_EVERY == 0 or step + 1 == recipe.steps:
            scores.append({"step": step + 1} | score(net.eval(), unseen["validation"]))
            recent = torch.tensor(curve[-100:]).mean(0).tolist()
            words = dict(zip(("sure", "box", "who"), (f"{r:.2f}" for r in recent), strict=True))
            bar.write(f"{scores[-1]} {words}")
            seconds = time.process_time() - begun
            keep(checkpoint, recipe, state, generator, step=step + 1, curve=curve, scores=scores, seconds=seconds)
    return net.eval(), {
        "recipe": asdict(recipe),
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "start": origin,
        "steps": recipe.steps,
        "seconds": round(time.process_time() - begun),
        "parameters": sum(p.numel() for p in net.parameters()),
        "loss": curve[:: max(1, recipe.steps // 40)],
        "curve": {name: [each[name] for each in scores] for name in ("step", "rank1", "AP50")},
        "weights": [round(w, 4) for w in (0.5 * torch.exp(-balance.s.detach())).tolist()],
        "scores": {split: {"people": recipe.unseen} | score(net, each) for split, each in unseen.items()},
        "cannot": "It has one embedding for each 8 × 8 pixels: of two people whose centres lie closer, one has none. "
        "It knows drawn people by their clothes, and finds nobody on photographs.",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a run of seconds, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/jde"), help="checkpoints and results")
    options = parser.parse_args()
    torch.set_num_threads(1)
    net, card = train(QUICK if options.quick else Recipe(), options.folder)
    state = {name: t.half() if t.is_floating_point() else t for name, t in net.state_dict().items()}
    save_file({name: t.contiguous() for name, t in state.items()}, options.folder / "jde.safetensors")
    (options.folder / "jde.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"Wrote {options.folder}/jde.safetensors and .json, which belong into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
