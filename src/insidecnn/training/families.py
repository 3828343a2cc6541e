"""The recipe of the small members: the same data, budget and recipe for each family.

    python -m insidecnn.training.families           # about five minutes on one core

Writes ``families.json`` (scores, seeds, times) and ``families.safetensors`` (float16, first seed).
The recipe was chosen on the validation part; the test part is read once, at the end of each run.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from tqdm import tqdm

from insidecnn.families import digits, members


@dataclass(frozen=True)
class Recipe:
    """AdamW; the learning rate rises and falls once; digits are shifted at random by up to ``shift`` pixels."""

    epochs: int = 20
    batch: int = 64
    rate: float = 3e-3
    decay: float = 0.05
    shift: int = 2
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)


def batches(part: digits.Part, size: int, shift: int, generator: torch.Generator) -> Iterator:
    """One pass in a random order: (size, 1, 32, 32) images, shifted with their border, and labels (size,)."""
    padded = F.pad(part.images, (shift,) * 4, mode="replicate")
    for chosen in torch.randperm(len(part), generator=generator).split(size):
        top, left = torch.randint(0, 2 * shift + 1, (2,), generator=generator).tolist()
        yield padded[chosen, :, top : top + 32, left : left + 32], part.labels[chosen]


def fit(network: nn.Module, part: digits.Part, recipe: Recipe, seed: int, loss=F.cross_entropy, progress=None) -> None:
    """Train in place. ``progress`` is called once an epoch."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=recipe.decay)
    steps = recipe.epochs * -(-len(part) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps, pct_start=0.2)
    network.train()
    for _ in range(recipe.epochs):
        for x, labels in batches(part, recipe.batch, recipe.shift, generator):
            optimizer.zero_grad()
            loss(network(x), labels).backward()
            optimizer.step()
            schedule.step()
        if progress:
            progress()
    network.eval()


@torch.no_grad()
def right(network: nn.Module, part: digits.Part) -> int:
    """How many digits of a part the largest score answers rightly."""
    return int((network.eval()(part.images).argmax(1) == part.labels).sum())


def half(network: nn.Module) -> dict[str, torch.Tensor]:
    """Its state in float16; counters stay whole numbers."""
    return {key: t.half() if t.is_floating_point() else t.clone() for key, t in network.state_dict().items()}


def run(recipe: Recipe, names: list[str], test: bool = True) -> tuple[dict, dict[str, torch.Tensor]]:
    """Train every named member with every seed. Returns the records and the tensors to ship."""
    train, validation = digits.part("train"), digits.part("validation")
    held_out = digits.part("test")
    records, tensors = {}, {}
    with tqdm(total=len(names) * len(recipe.seeds) * recipe.epochs, unit="epoch") as bar:
        for name in names:
            scores, valid, seconds = [], [], []
            for seed in recipe.seeds:
                bar.set_description(f"{name}, seed {seed}")
                torch.manual_seed(seed)
                network = members.MEMBERS[name]()
                start = time.perf_counter()
                fit(network, train, recipe, seed, progress=bar.update)
                seconds.append(time.perf_counter() - start)
                state = half(network)  # the scores are those of the shipped numbers
                network.load_state_dict(state)
                valid.append(right(network, validation))
                if test:
                    scores.append(right(network, held_out))
                if seed == recipe.seeds[0]:
                    tensors |= {f"{name}/{key}": tensor for key, tensor in state.items()}
            records[name] = {
                "parameters": members.parameters(network),
                "macs": members.macs(network),
                "validation_right": valid,
                "test_right": scores,
                "seconds": round(statistics.median(seconds), 1),
            }
    return records, tensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/families"), help="folder for the two files")
    parser.add_argument("--only", nargs="+", choices=members.MEMBERS, default=list(members.MEMBERS))
    parser.add_argument("--seeds", nargs="+", type=int, default=Recipe.seeds)
    parser.add_argument("--validation", action="store_true", help="leave the test part alone; write nothing")
    chosen = parser.parse_args()
    recipe = Recipe(seeds=tuple(chosen.seeds))
    records, tensors = run(recipe, chosen.only, test=not chosen.validation)
    for name, record in records.items():
        print(name, record)
    if chosen.validation:
        return
    chosen.out.mkdir(parents=True, exist_ok=True)
    card = {
        "data": "scikit-learn's digits, enlarged to 32×32; not MNIST",
        "split": digits.PARTS,
        "split_seed": digits.SPLIT_SEED,
        "recipe": asdict(recipe),
        "made_with": {"torch": torch.__version__, "threads": torch.get_num_threads()},
        "members": records,
    }
    (chosen.out / "families.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    save_file(tensors, chosen.out / "families.safetensors")
    print(f"Written to {chosen.out}; copy both files to src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
