"""What the model card says of the embedded AlexNet, measured on the file that is shipped.

    python -m insidecnn.training.card runs/world

The folder holds what :mod:`insidecnn.training.alexnet` wrote; the card is written beside it. Takes some minutes.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import nn

from insidecnn import photos, weights
from insidecnn.preprocess import normalize, preprocess
from insidecnn.training.alexnet_features import scores
from insidecnn.training.crops import Crops
from insidecnn.training.filters import concentration, noise_limit
from insidecnn.training.probe import probe
from insidecnn.training.thing_scores import drawn_set, thing_scores

TESTED = 4000  #: things, each on a background of the test photographs' strips
BINS = 10  #: of the largest probability, for calibration


def attributes(model: nn.Module):
    """From normalised images (N, 3, S, S) to the logits of kind, colour and pattern, each (N, 10).

    A class's logit is the sum of three, so the mean over all classes that share a kind is the kind's,
    up to a number that is the same for all kinds.
    """

    def answer(images):
        cube = model(images).view(-1, 10, 10, 10)
        return cube.mean((2, 3)), cube.mean((1, 3)), cube.mean((1, 2))

    return answer


def pretext(own: weights.Weights):
    """From normalised images (N, 3, S, S) to the logits (N, 17) of the photographs and (N, 4) of the turns."""

    def answer(images):
        pooled = own.model.features(images).mean((2, 3))
        return own.heads["photo"](pooled), own.heads["turn"](pooled)

    return answer


@torch.no_grad()
def calibration(model: nn.Module, images: torch.Tensor, numbers: torch.Tensor) -> list[dict[str, float]]:
    """How often the most probable class is right, by how probable it is said to be (Guo et al. 2017)."""
    best = [model(normalize(batch)).softmax(1).max(1) for batch in images.split(100)]
    said = torch.cat([each.values for each in best])
    right = (torch.cat([each.indices for each in best]) == numbers).float()
    place = (said * BINS).long().clamp_max(BINS - 1)
    chosen = [(k, place == k) for k in range(BINS) if (place == k).any()]
    return [
        {"bin": k, "count": int(here.sum()), "said": said[here].mean().item(), "right": right[here].mean().item()}
        for k, here in chosen
    ]


@torch.no_grad()
def silent(model: nn.Module) -> dict[str, int]:
    """How many channels of each convolution are zero everywhere on all sample photographs."""
    x = torch.cat([preprocess(photos.read(photos.path(name))) for name in photos.SAMPLES])
    found = {}
    for layer in model.features:
        x = layer(x.clone())
        if isinstance(layer, nn.ReLU):
            found[f"conv{len(found) + 1}"] = int((x.amax((0, 2, 3)) == 0).sum())
    return found


@torch.no_grad()
def measure(own: weights.Weights, size: int = 224) -> dict:
    """Scores, calibration, filters, silent channels and probes of the embedded weights."""
    print("Drawing things for the test …")
    images, numbers = drawn_set("test", TESTED, size, 100_000)
    found = {"scores": thing_scores(attributes(own.model), images, numbers)}
    print("  things:", {name: round(value, 4) for name, value in found["scores"].items()})
    found["scores"] |= scores(pretext(own), Crops("test", 128), 4000, seed=1)
    print("  photographs:", {name: round(found["scores"][name], 4) for name in ("photo", "turn")})
    found["tested"] = {"things": TESTED, "size": size}
    found["calibration"] = calibration(own.model, images, numbers)
    found["patterned_filters"] = int((concentration(own.model.features[0].weight) > noise_limit()).sum())
    found["silent"] = silent(own.model)
    print("  silent channels:", found["silent"], "patterned filters:", found["patterned_filters"])
    return found | {"probe": probe(own.model)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="what training.alexnet wrote")
    folder = parser.parse_args().folder
    own = weights.of_factors("alexnet.safetensors", (folder / "alexnet.safetensors").read_bytes())
    card = json.loads((folder / "curve.json").read_text()) | measure(own)
    (folder / "alexnet.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"Wrote {folder}/alexnet.json")


if __name__ == "__main__":
    main()
