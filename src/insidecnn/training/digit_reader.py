"""What the recipes of LeNet-5, VGG16 and ResNet share: they learn scikit-learn's digits, and are tested on unseen ones.

The settings of each were chosen by training on the training part and looking at the validation part; the shipped
weights have learned both.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from tqdm import tqdm

from insidecnn import counting, digits
from insidecnn.training.classification import Recipe, ShiftedDigits, half, right, train_small


def learned_from() -> digits.Part:
    """The training and the validation part: 1,437 digits."""
    parts = [digits.part(name) for name in ("train", "validation")]
    return digits.Part(torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts]))


def run(
    recipe: Recipe,
    make: Callable[[], nn.Module],
    cannot: str,
    loss: Callable = F.cross_entropy,
    count: Callable[[nn.Module, digits.Part], int] = right,
) -> tuple[dict, dict[str, torch.Tensor]]:
    """Train once for each seed.

    Args:
        make: gives a new network (N, 1, 32, 32) → (N, 10).
        cannot: for the card.
        count: how many digits of a part a network answers rightly.

    Returns:
        the card, and the first seed's state in float16, with which its score was counted.
    """
    learned, held_out = learned_from(), digits.part("test")
    scores, states, begun = [], [], time.process_time()
    with tqdm(total=len(recipe.seeds) * recipe.epochs, unit="epoch") as bar:
        for seed in recipe.seeds:
            torch.manual_seed(seed)
            network = make()
            train_small(network, learned, recipe, seed, loss, after_epoch=bar.update)
            states.append(half(network))
            network.load_state_dict(states[-1])  # the scores are those of the shipped numbers
            scores.append(count(network, held_out))
            bar.write(f"seed {seed}: {scores[-1]} of {len(held_out)}")
    batches = len(ShiftedDigits(learned, recipe.batch, recipe.shift, torch.Generator()))
    return {
        "data": "scikit-learn's digits, enlarged to 32×32; not MNIST",
        "learned_from": len(learned),
        "tested": len(held_out),
        "recipe": asdict(recipe),
        "made_with": {"torch": torch.__version__, "threads": torch.get_num_threads()},
        "steps": recipe.epochs * batches,
        "seconds": round(time.process_time() - begun),
        "parameters": counting.parameters(network),
        "test_right": scores,
        "scores": {"accuracy": round(scores[0] / len(held_out), 4)},
        "cannot": cannot,
    }, states[0]


def command(name: str, words: str, recipe: Recipe, make: Callable[[], nn.Module], cannot: str, **more) -> None:
    """The command line of a recipe: train and write; ``more`` goes to :func:`run`."""
    parser = argparse.ArgumentParser(description=words.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one epoch, one seed, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs", name), help="for the results")
    options = parser.parse_args()
    torch.set_num_threads(1)
    chosen = replace(recipe, epochs=1, seeds=(0,)) if options.quick else recipe
    card, state = run(chosen, make, cannot, **more)
    options.folder.mkdir(parents=True, exist_ok=True)
    save_file(state, options.folder / f"{name}.safetensors")
    (options.folder / f"{name}.json").write_text(json.dumps(card, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Wrote {options.folder}/{name}.safetensors and {name}.json, which belong into src/insidecnn/parameters/.")


SAME_WRITERS = (
    "read digits of another data set as surely: these have 8×8 pixels, and the writers of the test part "
    "are among those of the training part"
)
