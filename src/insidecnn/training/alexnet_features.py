"""The recipe of the embedded AlexNet, first part: its ``features``, learned from sample photographs alone.

No labels are needed but those that the data gives for nothing:

* which photograph a crop is from, and which of its two crops belong together
  (exemplar classes: Dosovitskiy et al. 2014; a contrastive loss: Chen et al. 2020);
* which way up it is (Gidaris et al. 2018).

The first layer starts from k-means of whitened patches (Coates & Ng 2012). While it learns, each
convolution is followed by batch norm (Ioffe & Szegedy 2015), which is folded into the convolution
afterwards, so that torchvision's plain AlexNet holds the result.
"""

import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from insidecnn import photos
from insidecnn.preprocess import normalize
from insidecnn.training.crops import Crops, augment, turn
from insidecnn.training.resumable import keep, resume

SCORED = {"train": 1000, "test": 2000}  # crops that each measurement on the way looks at
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, but the number of threads and the kind of processor."""

    steps: int = 8000
    pairs: int = 96  # crops a step, each drawn twice
    size: int = 96  # side of the crops, in pixels …
    late_size: int = 128  # … and in the last part of the training
    late: float = 0.3  # that part
    rate: float = 0.05  # highest learning rate; rises for 200 steps, then falls along a cosine
    momentum: float = 0.9
    decay: float = 5e-4
    averaging: float = 0.998  # the shipped weights are a running mean of those of each step
    contrast: float = 0.5  # weight of the contrastive loss; the two others weigh 1
    seed: int = 2012


QUICK = Recipe(steps=60, pairs=32, size=64, late_size=64, averaging=0.9)


class PretextNet(nn.Module):
    """AlexNet's ``features`` with batch norm after each convolution, and three heads.

    Input (N, 3, S, S) with S >= 63; the heads give (N, photographs), (N, 4 turns) and (N, 128).
    """

    def __init__(self, photographs: int):
        super().__init__()
        import torchvision  # two seconds: only for those who train

        layers = []
        for layer in torchvision.models.AlexNet().features:
            layers.append(layer)
            if isinstance(layer, nn.Conv2d):
                layers.append(nn.BatchNorm2d(layer.out_channels))
        self.features = nn.Sequential(*layers)
        self.dropout = nn.Dropout(0.5)
        self.photo = nn.Linear(256, photographs)
        self.turn = nn.Linear(256, 4)
        self.embed = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 128))

    def forward(self, x):
        pooled = self.features(x).float().mean((2, 3))  # (N, 256)
        dropped = self.dropout(pooled)
        return self.photo(dropped), self.turn(dropped), F.normalize(self.embed(pooled), dim=1)


def first_filters(generator: torch.Generator, patches: int = 60_000, rounds: int = 30) -> torch.Tensor:
    """Sixty-four 11×11×3 filters: the centres of k-means on whitened patches of the training strips.

    Whitening evens out how strong each spatial frequency is, so that the centres are edges and
    colour blobs of all sizes instead of flat patches (Coates & Ng 2012, sections 3 and 4).
    """
    crops = Crops("train", 64)
    images, _ = crops.draw(patches // 25, generator)
    images = normalize(turn(images, torch.randint(4, (len(images),), generator=generator)))
    columns = F.unfold(images, 11, stride=13).transpose(1, 2).reshape(-1, 363)  # (25 an image, 363)
    columns = columns - columns.mean(1, keepdim=True)
    columns = columns[columns.std(1) > 0.1]  # nothing to learn from a flat patch
    columns = columns / (columns.std(1, keepdim=True) + 0.2)
    covariance = columns.T @ columns / len(columns)
    values, vectors = torch.linalg.eigh(covariance)
    whiten = vectors @ torch.diag((values + 0.1).rsqrt()) @ vectors.T
    white = F.normalize(columns @ whiten, dim=1)
    centres = white[torch.randperm(len(white), generator=generator)[:64]]
    for _ in range(rounds):
        likeness = white @ centres.T  # (patches, 64)
        best = likeness.abs().argmax(1)  # a filter and its negative are one cluster
        sign = likeness.gather(1, best[:, None]).sign()
        sums = torch.zeros_like(centres).index_add_(0, best, white * sign)
        empty = sums.norm(dim=1) < 1e-6
        sums[empty] = white[torch.randint(len(white), (int(empty.sum()),), generator=generator)]
        centres = F.normalize(sums, dim=1)
    filters = F.normalize(centres @ whiten, dim=1)
    signs = torch.randint(0, 2, (64, 1), generator=generator) * 2 - 1
    return (filters * signs).view(64, 3, 11, 11)


def contrastive(embeddings: torch.Tensor, temperature: float = 0.2) -> torch.Tensor:
    """NT-Xent (Chen et al. 2020, eq. 1): find the other crop of the same place among all others.

    ``embeddings`` (2 N, D), of length 1; rows i and N + i belong together.
    """
    n = len(embeddings) // 2
    likeness = embeddings @ embeddings.T / temperature
    likeness.fill_diagonal_(-math.inf)
    return F.cross_entropy(likeness, torch.arange(2 * n, device=likeness.device).roll(n))


def losses(net, crops: Crops, count: int, generator: torch.Generator, upright: torch.Tensor):
    """One batch of ``count`` pairs: the three losses."""
    images, photo = crops.draw(count, generator, pairs=True)
    photo = photo.repeat(2)
    turns = torch.randint(4, (count,), generator=generator).repeat(2)
    images = normalize(augment(turn(images, turns), generator))
    images = images.to(DEVICE, memory_format=torch.channels_last)
    with torch.autocast(DEVICE, dtype=torch.bfloat16):
        which, way, embedding = net(images)
    photo, turns, known = photo.to(DEVICE), turns.to(DEVICE), upright[photo].to(DEVICE)
    return {
        "photo": F.cross_entropy(which.float(), photo, label_smoothing=0.1),
        "turn": F.cross_entropy(way.float()[known], turns[known], label_smoothing=0.1),
        "contrastive": contrastive(embedding.float()),
    }


@torch.no_grad()
def scores(answer, crops: Crops, count: int, seed: int = 0) -> dict[str, float]:
    """Accuracy on unchanged crops: which photograph (all), which way up (upright photographs).

    Args:
        answer: from normalised images (N, 3, S, S) to the logits (N, photographs) and (N, 4 turns).
    """
    generator = torch.Generator().manual_seed(seed)
    right = {"photo": [], "turn": []}
    batches = [min(250, count - start) for start in range(0, count, 250)]
    for batch in batches:
        images, photo = crops.draw(batch, generator)
        turns = torch.randint(4, (len(photo),), generator=generator)
        known = crops.upright[photo]
        which = answer(normalize(images))[0].argmax(1)
        way = answer(normalize(turn(images, turns)))[1].argmax(1)
        right["photo"].append(which == photo)
        right["turn"].append((way == turns)[known])
    return {name: torch.cat(hits).float().mean().item() for name, hits in right.items()}


def rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: a short rise, then half a cosine down to zero."""
    rise = min(1.0, (step + 1) / min(200, recipe.steps / 5))
    return recipe.rate * rise * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))


def train(recipe: Recipe, folder: Path, every: int = 500) -> tuple[nn.Module, list[dict]]:
    """Run the recipe, going on from ``folder/checkpoint.pt`` if it is there.

    Args:
        every: steps between two measurements, each with a checkpoint.

    Returns:
        the averaged network, and the curve: a dict of losses and test scores every ``every`` steps.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    generator = torch.Generator().manual_seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net = PretextNet(len(photos.SAMPLES)).to(DEVICE, memory_format=torch.channels_last)
    with torch.no_grad():
        net.features[0].weight.copy_(first_filters(generator))
    mean = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging), use_buffers=True)
    optimizer = torch.optim.SGD(
        net.parameters(), recipe.rate, recipe.momentum, weight_decay=recipe.decay, nesterov=True
    )
    parts = {"net": net, "mean": mean, "optimizer": optimizer}
    saved = resume(checkpoint, recipe, parts, generator)
    start, curve = saved.get("step", 0), saved.get("curve", [])
    begun = time.monotonic() - saved.get("seconds", 0.0)
    late = round(recipe.steps * (1 - recipe.late))
    crops, size = None, 0
    bar = tqdm(range(start, recipe.steps), "photographs", initial=start, total=recipe.steps, unit="step", mininterval=2)
    for step in bar:
        wanted = recipe.late_size if step >= late else recipe.size
        if size != wanted:
            crops, test, size = Crops("train", wanted), Crops("test", wanted), wanted
        net.train()
        for group in optimizer.param_groups:
            group["lr"] = rate(recipe, step)
        parts_of_loss = losses(net, crops, recipe.pairs, generator, crops.upright)
        loss = parts_of_loss["photo"] + parts_of_loss["turn"] + recipe.contrast * parts_of_loss["contrastive"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean.update_parameters(net)
        if (step + 1) % every == 0 or step + 1 == recipe.steps:
            averaged = mean.module.eval()
            answer = lambda images, net=averaged: [logits.cpu() for logits in net(images.to(DEVICE))[:2]]  # noqa: E731
            point = {f"{name}_loss": round(value.item(), 4) for name, value in parts_of_loss.items()}
            point |= {f"{name}_train": value for name, value in scores(answer, crops, SCORED["train"]).items()}
            point |= {f"{name}_test": value for name, value in scores(answer, test, SCORED["test"]).items()}
            seconds = time.monotonic() - begun
            curve.append({"step": step + 1, "seconds": round(seconds), **point})
            bar.set_postfix({name: f"{value:.2f}" for name, value in point.items() if "_t" in name})
            keep(checkpoint, recipe, parts, generator, step=step + 1, curve=curve, seconds=seconds)
    return mean.module.cpu().eval(), curve


def fold(net: PretextNet) -> dict[str, torch.Tensor]:
    """Batch norm folded into the convolution before it, and the two heads: what is shipped, in fp16.

    In evaluation, batch norm is ``(y − mean) / √(var + ε) · γ + β`` for each channel, so a
    convolution with weights and bias scaled and shifted to match gives the same feature maps.
    """
    tensors, place = {}, -1
    for layer in net.features:
        place += not isinstance(layer, nn.BatchNorm2d)  # torchvision's numbers do not count batch norm
        if isinstance(layer, nn.Conv2d):
            weight, bias = layer.weight, layer.bias
        if isinstance(layer, nn.BatchNorm2d):
            scale = layer.weight / (layer.running_var + layer.eps).sqrt()
            tensors[f"features.{place}.weight"] = weight * scale.view(-1, 1, 1, 1)
            tensors[f"features.{place}.bias"] = (bias - layer.running_mean) * scale + layer.bias
    for head in ("photo", "turn"):
        tensors |= {f"{head}.{name}": value for name, value in getattr(net, head).named_parameters()}
    return {name: value.detach().cpu().half().contiguous() for name, value in tensors.items()}


def card(recipe: Recipe, curve: list[dict]) -> dict:
    """What the model card says of this part of the training."""
    return {
        "recipe": asdict(recipe),
        "made_with": f"torch {torch.__version__} on {'a GPU' if DEVICE == 'cuda' else f'{os.cpu_count()} CPU cores'}",
        "seconds": curve[-1]["seconds"],
        "curve": curve,
    }
