"""The recipe of the small classifiers: the same data, budget and recipe for a network of each family.

    python -m insidecnn.training.classification           # about five minutes on one core

Writes ``classification.json`` (scores, seeds, times) and ``classification.safetensors`` (float16, first seed).
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

from insidecnn import counting, digits
from insidecnn.classification.small import SMALL
from insidecnn.training.loop import Batch, fit


@dataclass(frozen=True)
class Recipe:
    """AdamW; the learning rate rises and falls once; digits are shifted at random by up to ``shift`` pixels."""

    epochs: int = 20
    batch: int = 64
    rate: float = 3e-3
    decay: float = 0.05
    shift: int = 2
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)


class ShiftedDigits:
    """The batches of one epoch after the other: in a random order, each batch shifted with its border.

    Images (size, 1, 32, 32) and labels (size,).
    """

    def __init__(self, part: digits.Part, size: int, shift: int, generator: torch.Generator):
        self.padded = F.pad(part.images, (shift,) * 4, mode="replicate")
        self.part, self.size, self.shift, self.generator = part, size, shift, generator

    def __len__(self) -> int:
        return -(-len(self.part) // self.size)

    def __iter__(self) -> Iterator[Batch]:
        for chosen in torch.randperm(len(self.part), generator=self.generator).split(self.size):
            top, left = torch.randint(0, 2 * self.shift + 1, (2,), generator=self.generator).tolist()
            yield self.padded[chosen, :, top : top + 32, left : left + 32], self.part.labels[chosen]


def train_small(
    network: nn.Module, part: digits.Part, recipe: Recipe, seed: int, loss=F.cross_entropy, after_epoch=None
) -> None:
    """Train in place by the recipe; ``seed`` decides the order of the digits and their shifts."""
    batches = ShiftedDigits(part, recipe.batch, recipe.shift, torch.Generator().manual_seed(seed))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=recipe.decay)
    steps = recipe.epochs * len(batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps, pct_start=0.2)
    fit(network, batches, optimizer, loss, recipe.epochs, schedule, after_epoch)


@torch.no_grad()
def right(network: nn.Module, part: digits.Part) -> int:
    """How many digits of a part the largest score answers rightly."""
    return int((network.eval()(part.images).argmax(1) == part.labels).sum())


def half(network: nn.Module) -> dict[str, torch.Tensor]:
    """Its state in float16; counters stay whole numbers."""
    return {key: t.half() if t.is_floating_point() else t.clone() for key, t in network.state_dict().items()}


def run(recipe: Recipe, names: list[str], test: bool = True) -> tuple[dict, dict[str, torch.Tensor]]:
    """Train every named network with every seed. Returns the records and the tensors to ship."""
    part, validation = digits.part("train"), digits.part("validation")
    held_out = digits.part("test")
    records, tensors = {}, {}
    with tqdm(total=len(names) * len(recipe.seeds) * recipe.epochs, unit="epoch") as bar:
        for name in names:
            scores, valid, seconds = [], [], []
            for seed in recipe.seeds:
                bar.set_description(f"{name}, seed {seed}")
                torch.manual_seed(seed)
                network = SMALL[name]()
                start = time.perf_counter()
                train_small(network, part, recipe, seed, after_epoch=bar.update)
                seconds.append(time.perf_counter() - start)
                state = half(network)  # the scores are those of the shipped numbers
                network.load_state_dict(state)
                valid.append(right(network, validation))
                if test:
                    scores.append(right(network, held_out))
                if seed == recipe.seeds[0]:
                    tensors |= {f"{name}/{key}": tensor for key, tensor in state.items()}
            records[name] = {
                "parameters": counting.parameters(network),
                "macs": counting.macs(network),
                "validation_right": valid,
                "test_right": scores,
                "seconds": round(statistics.median(seconds), 1),
            }
    return records, tensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/classification"), help="folder for the two files")
    parser.add_argument("--only", nargs="+", choices=SMALL, default=list(SMALL))
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
    (chosen.out / "classification.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    save_file(tensors, chosen.out / "classification.safetensors")
    print(f"Written to {chosen.out}; copy both files to src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
