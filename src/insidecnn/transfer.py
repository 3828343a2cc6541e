"""Use the network for something else: a linear head on frozen features, for a folder of your own photographs.

    python -m insidecnn.transfer FOLDER            # one subfolder a class, a few pictures in each
    python -m insidecnn.transfer FOLDER --page mistakes.html

Prints how often a head is right on pictures that it did not learn from, and writes a page with its mistakes.
"""

import argparse
import base64
import html
import sys
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from tqdm import tqdm

from insidecnn import photos, weights
from insidecnn.preprocess import center_crop, normalize, resize, to_tensor

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
LEAST = 4  #: pictures a class: with fewer, none can be left out and enough remain
FOLDS = 5


class FolderError(ValueError):
    """A folder that cannot be learned from; the sentence says why, and what is wanted."""


@dataclass(frozen=True)
class Collection:
    """Pictures with a class each."""

    classes: list[str]
    paths: list[Path]
    labels: np.ndarray  #: (N,) places in ``classes``
    images: torch.Tensor = field(repr=False)  #: (N, 3, 224, 224), normalised


@dataclass(frozen=True)
class Result:
    """What heads said of pictures that they had not learned from."""

    collection: Collection
    predicted: np.ndarray  #: (N,) places in ``classes``

    @property
    def accuracy(self) -> float:
        return float((self.predicted == self.collection.labels).mean())

    @property
    def confusion(self) -> np.ndarray:
        """(classes, classes): how often a picture of the row's class was called the column's."""
        counts = np.zeros((len(self.collection.classes),) * 2, int)
        np.add.at(counts, (self.collection.labels, self.predicted), 1)
        return counts

    @property
    def mistakes(self) -> list[tuple[Path, str, str]]:
        """Path, class, and what it was called, of each picture that was called wrongly."""
        names = self.collection.classes
        return [
            (path, names[label], names[said])
            for path, label, said in zip(self.collection.paths, self.collection.labels, self.predicted, strict=True)
            if label != said
        ]


def collection(folder: str | Path, progress: bool = True) -> Collection:
    """Read a folder that has one subfolder a class; the class is called as its subfolder.

    Each picture is scaled to a shorter side of 256 pixels and cut to the middle 224 × 224, as for ImageNet's networks.

    Raises:
        FolderError: no folder, fewer than two subfolders with pictures, fewer than four pictures in one, or a
            picture that cannot be read; nothing is changed or left out in silence.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FolderError(f"{folder} is no folder; give one that has a subfolder with pictures for each class.")
    found = {
        sub.name: sorted(p for p in sub.iterdir() if p.suffix.lower() in ENDINGS and not p.name.startswith("."))
        for sub in sorted(folder.iterdir())
        if sub.is_dir() and not sub.name.startswith(".")
    }
    filled = {name: paths for name, paths in found.items() if paths}
    if len(filled) < 2:
        empty = f" (without pictures: {', '.join(found)})" if found and not filled else ""
        raise FolderError(
            f"{folder} has {len(filled)} subfolders with pictures{empty}; at least two are wanted, one a class, "
            f"with files that end in {', '.join(ENDINGS)}."
        )
    if few := [f"{name} has {len(paths)}" for name, paths in filled.items() if len(paths) < LEAST]:
        raise FolderError(f"Each class needs at least {LEAST} pictures; {', '.join(few)}.")
    classes, paths = list(filled), [path for each in filled.values() for path in each]
    images = []
    for path in tqdm(paths, desc="reading", unit="picture", disable=not progress or None, mininterval=1):
        try:
            images.append(normalize(to_tensor(center_crop(resize(photos.read(path))))))
        except (photos.PhotoError, OSError) as error:
            raise FolderError(f"{error} Mend the file, or take it out of the folder.") from error
    labels = np.repeat(range(len(classes)), [len(filled[name]) for name in classes])
    return Collection(classes, paths, labels, torch.stack(images))


@torch.no_grad()
def described(model: nn.Module, images: torch.Tensor, progress: bool = False, depth: int | None = None) -> np.ndarray:
    """Frozen features: for each image the mean and the maximum of each of the 256 last maps, (N, 512).

    Args:
        model: torchvision's AlexNet in eval mode.
        images: (N, 3, H, W), normalised.
        depth: the maps after so many layers of ``features`` instead of the last: 5 for conv2's, 192 of them.
    """
    found = []
    for batch in tqdm(images.split(16), desc="describing", disable=not progress or None, mininterval=1):
        maps = model.features[:depth](batch)  # (16, 256, 6, 6) at 224 × 224
        found.append(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1))
    return torch.cat(found).numpy()


def head():
    """A linear classifier (ridge regression on the classes), each feature scaled to mean 0 and deviation 1 before it."""
    return make_pipeline(StandardScaler(), RidgeClassifier(alpha=100.0))


def judge(pictures: Collection, features: np.ndarray) -> Result:
    """Let each picture be named by a head that has learned from the others (stratified cross-validation).

    Args:
        features: (N, D), from :func:`described`.
    """
    fewest = int(np.bincount(pictures.labels).min())
    folds = StratifiedKFold(min(FOLDS, fewest), shuffle=True, random_state=0)
    predicted = np.empty(len(pictures.labels), int)
    for learn, test in folds.split(features, pictures.labels):
        predicted[test] = head().fit(features[learn], pictures.labels[learn]).predict(features[test])
    return Result(pictures, predicted)


def page(result: Result, provenance: str) -> str:
    """The result as one HTML file: accuracy, confusions, and each mistake as a picture."""
    names = [html.escape(name) for name in result.collection.classes]
    head_row = "".join(f"<th scope=col>{name}</th>" for name in names)
    rows = "".join(
        f"<tr><th scope=row>{name}</th>{''.join(f'<td>{count}</td>' for count in row)}</tr>"
        for name, row in zip(names, result.confusion, strict=True)
    )
    figures = "".join(
        f'<figure><img alt="" src="data:image/jpeg;base64,{thumbnail(path)}"><figcaption>{html.escape(path.name)}: '
        f"{html.escape(truth)}, called {html.escape(said)}</figcaption></figure>"
        for path, truth, said in result.mistakes
    )
    count, wrong = len(result.collection.labels), len(result.mistakes)
    style = (
        "body{font-family:sans-serif;max-width:50em;margin:1em auto;padding:0 1em}td,th{padding:.3em .6em;text-align:right}"
        "figure{display:inline-block;margin:.5em;width:10em;vertical-align:top}img{width:100%}"
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>What the head says</title><style>{style}</style>"
        f"<h1>{count - wrong} of {count} right ({result.accuracy:.0%})</h1><p>Each picture was named by a head that had "
        f"not learned from it. {html.escape(provenance)}</p><table><tr><td></td>{head_row}</tr>{rows}</table>"
        f"<p>Rows: what it is. Columns: what it was called.</p><h2>Mistakes</h2>{figures or '<p>None.</p>'}"
    )


def thumbnail(path: Path) -> str:
    image = Image.fromarray(photos.read(path))
    image.thumbnail((200, 200))
    file = BytesIO()
    image.save(file, "JPEG", quality=80)
    return base64.b64encode(file.getvalue()).decode()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m insidecnn.transfer", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="one subfolder a class, at least four pictures in each")
    parser.add_argument("--page", type=Path, default=Path("mistakes.html"), help="where to write the page")
    options = parser.parse_args(arguments)
    try:
        pictures = collection(options.folder)
        loaded = weights.load()
    except (FolderError, weights.WeightsError) as error:
        sys.exit(str(error))
    result = judge(pictures, described(loaded.model, pictures.images, progress=True))
    options.page.write_text(page(result, loaded.provenance), encoding="utf-8")
    wrong, count = len(result.mistakes), len(pictures.labels)
    print(f"{count - wrong} of {count} right ({result.accuracy:.0%}), with {len(pictures.classes)} classes; ", end="")
    print(f"the {wrong} mistakes stand in {options.page}." if wrong else f"see {options.page}.")


if __name__ == "__main__":
    main()
