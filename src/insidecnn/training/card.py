"""What the model card says of the embedded AlexNet, measured on the file that is shipped.

    python -m insidecnn.training.card          # of runs/alexnet

The folder holds what :mod:`insidecnn.training.alexnet` wrote; the card is written beside it. Takes some minutes.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from insidecnn import photos, weights
from insidecnn.answer import by_attribute
from insidecnn.attribution import METHODS, deletion, insertion, points_at
from insidecnn.preprocess import normalize, preprocess, to_tensor
from insidecnn.training.alexnet_features import scores
from insidecnn.training.crops import Crops
from insidecnn.training.filters import concentration, noise_limit
from insidecnn.training.probe import probe
from insidecnn.training.thing_scores import drawn_set, thing_scores
from insidecnn.world.backgrounds import TEST, VALIDATION
from insidecnn.world.things import thing

TESTED = 4000  #: things, each on a background of the test photographs' strips
EXPLAINED = 60  #: things, on which maps of what mattered are judged
DATA = (
    "things that the program draws, of 1000 classes, before pieces of sample photographs, of which those of the test part "
    "are in no other; and crops of the photographs alone"
)
CANNOT = (
    "name anything but the thousand drawn things, one to a picture: a photograph of a real thing gets one of their names "
    "all the same; find where a thing is"
)
BINS = 10  #: of the largest probability, for calibration


def pretext(own: weights.Weights):
    """From normalised images (N, 3, S, S) to the logits (N, 17) of the photographs and (N, 4) of the turns."""

    def answer(images):
        pooled = own.model.features(images).mean((2, 3))
        return own.heads["photo"](pooled), own.heads["turn"](pooled)

    return answer


class OnlyOf:
    """Test crops of some of the photographs; their labels are as among all."""

    def __init__(self, crops: Crops, names: tuple[str, ...]):
        self.crops, self.upright = crops, crops.upright
        self.wanted = torch.tensor([list(photos.SAMPLES).index(name) for name in names])

    def draw(self, count: int, generator: torch.Generator):
        images, photo = self.crops.draw(count * len(photos.SAMPLES), generator)
        chosen = torch.isin(photo, self.wanted).nonzero()[:count, 0]
        return images[chosen], photo[chosen]


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


def attributions(model: nn.Module, count: int, first: int = 200_000) -> dict[str, dict[str, list[float]]]:
    """Of each method, and of a map of random numbers, one number a picture: pointing, deletion and insertion.

    The pictures are test things that the network names rightly, each with its largest side at least a quarter of the
    picture's; the class that is explained is the right one.
    """
    random = torch.Generator().manual_seed(5)
    methods = {**METHODS, "random numbers": lambda model, x, unit: torch.rand(x.shape[2:], generator=random)}
    found = {name: {"pointing": [], "deletion": [], "insertion": []} for name in methods}
    number = first
    bar = tqdm(total=count, desc="explained", mininterval=2)
    while bar.n < count:
        number += 1
        picture = thing((number * 389 + 17) % 1000, number, split="test", sides=(0.25, 0.7))
        x, mask = normalize(to_tensor(picture.image))[None], torch.from_numpy(picture.mask)
        with torch.no_grad():
            if model(x).argmax() != picture.number:
                continue
        for name, method in methods.items():
            attribution = method(model, x, picture.number)
            found[name]["pointing"].append(float(points_at(attribution, mask)))
            for score in (deletion, insertion):
                found[name][score.__name__].append(score(model, x, picture.number, attribution).mean().item())
        bar.update()
    bar.close()
    return found


def measure(own: weights.Weights, size: int = 224) -> dict:
    """Scores, calibration, filters, silent channels and probes of the embedded weights."""
    print("Drawing things for the test …", flush=True)
    images, numbers = drawn_set("test", TESTED, size, 100_000)
    found = {"scores": thing_scores(lambda batch: list(by_attribute(own.model(batch)).values()), images, numbers)}
    print("  things:", {name: round(value, 4) for name, value in found["scores"].items()})
    strips = Crops("test", 128)
    found["scores"] |= scores(pretext(own), strips, 4000, seed=1)
    unseen = OnlyOf(strips, TEST + VALIDATION)  # on the others, whole, things stood in training
    found["scores"] |= {f"{name}_unseen": value for name, value in scores(pretext(own), unseen, 2000, seed=1).items()}
    print("  photographs:", {name: round(found["scores"][name], 4) for name in ("photo", "turn")})
    found["tested"] = {"things": TESTED, "size": size}
    found["calibration"] = calibration(own.model, images, numbers)
    found["patterned_filters"] = int((concentration(own.model.features[0].weight) > noise_limit()).sum())
    found["silent"] = silent(own.model)
    print("  silent channels:", found["silent"], "patterned filters:", found["patterned_filters"])
    found["attribution"] = means(attributions(own.model, EXPLAINED))
    return found | {"probe": probe(own.model)}


def means(found: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Of each list of numbers its mean, and the standard error of the mean."""
    error = lambda values: torch.tensor(values).std().item() / len(values) ** 0.5  # noqa: E731
    return {
        name: {score: {"mean": sum(v) / len(v), "error": error(v), "count": len(v)} for score, v in scores.items()}
        for name, scores in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path("runs/alexnet"), help="what training.alexnet wrote"
    )
    folder = parser.parse_args().folder
    own = weights.of_factors("alexnet.safetensors", (folder / "alexnet.safetensors").read_bytes())
    trained = json.loads((folder / "curve.json").read_text())
    card = {
        "data": DATA,
        "features": json.loads((folder / "features.json").read_text()),
        "steps": trained["recipe"]["steps"],
        **trained,
        **measure(own),
        "cannot": CANNOT,
    }
    (folder / "alexnet.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"Wrote {folder}/alexnet.json")


if __name__ == "__main__":
    main()
