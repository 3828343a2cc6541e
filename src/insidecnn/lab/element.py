"""The lab's element of the page, ``<cnn-lab>``: AlexNet's features on the reader's own photograph."""

import base64
import html

import torch

from insidecnn import preprocess
from insidecnn.arithmetic import ledger, pair
from insidecnn.figures import tiles
from insidecnn.lab import chunks, presets, samples
from insidecnn.lab.proof import rounded
from insidecnn.weights import Weights
from insidecnn.widgets.widget import Widget

FILES = (  # of book/_static/lab, each before those that need it
    *("photo", "network", "engine", "loader", "store", "drawing"),
    *("sources", "status", "pictures", "explanation", "kernel-editor", "proof", "client", "lab"),
)


def layers(features: torch.nn.Sequential) -> list[dict]:
    """One entry a layer: name, kind, settings, shapes, and what one of its cells sees of the photograph.

    Raises:
        ValueError: a layer that ``book/_static/lab/network.js`` does not compute.
    """
    found, given = [], (3, samples.SIZE, samples.SIZE)
    counts = {"Conv2d": 0, "ReLU": 0, "MaxPool2d": 0}
    for row, layer in zip(ledger(features, given), features, strict=True):
        if row.kind not in counts or getattr(layer, "groups", 1) != 1:
            raise ValueError(
                f"features.{row.name} is {layer}; the lab computes Conv2d without groups, ReLU and MaxPool2d."
            )
        counts[row.kind] += 1
        short = {"Conv2d": "conv", "ReLU": "relu", "MaxPool2d": "pool"}[row.kind] + str(counts[row.kind])
        entry = {"name": f"features.{row.name}", "short": short, "kind": row.kind, "given": given, "shape": row.shape}
        for setting in ("kernel_size", "stride", "padding"):
            if hasattr(layer, setting):
                entry[setting] = pair(getattr(layer, setting))[0]
        view = row.view[0]
        entry |= {"field": view.field, "jump": view.jump, "first": view.first}
        found.append(entry)
        given = row.shape
    return found


def lab(loaded: Weights, digests: dict[str, list[str]], title: str = "AlexNet on your photo") -> Widget:
    """The lab: pick a photograph, look into every stage, ask why a cell has its value, change a kernel of conv1.

    Args:
        loaded: the weights; ``book/_ext/booksite/lab.py`` writes the same ones beside the page.
        digests: from :func:`insidecnn.lab.proof.proof`.
    """
    features = loaded.model.features
    tensors = {f"features.{name}": value.numpy() for name, value in features.state_dict().items()}
    packed = [chunks.pack(*both) for both in chunks.convolutions(tensors).values()]
    first = samples.NAMES[0]
    data = {
        "layers": layers(features),
        "preset": {
            "mean": preprocess.MEAN,
            "std": preprocess.STD,
            "size": samples.SIZE,
            "resize_to": samples.RESIZE_TO,
        },
        "samples": {
            name: {
                "title": samples.title(name),
                "licence": samples.licence(name),
                "thumbnail": encoded(samples.thumbnail(name)),
                "digests": digests[name],
            }
            for name in samples.NAMES
        },
        "first": {
            "name": first,
            "file": encoded(samples.jpeg(first)),
        },  # with the page, so that its map is there at once
        "palettes": {
            name: encoded(palette[:255, :3].tobytes())
            for name, palette in (("sequential", tiles.SEQUENTIAL), ("diverging", tiles.DIVERGING))
        },
        "kernels": {name: kernel.ravel().tolist() for name, kernel in presets.presets().items()},
        "weights": loaded.provenance,
        "later": sum(map(len, packed[1:])),  # bytes that are loaded when the first layer's maps are there
        "exact": all(
            torch.equal(a, b) for a, b in zip(features.parameters(), rounded(features).parameters(), strict=True)
        ),
    }
    rows = "".join(
        f"<tr><td>{html.escape(row['name'])}</td><td>{row['kind']}</td><td>{' × '.join(map(str, row['shape']))}</td></tr>"
        for row in data["layers"]
    )
    words = (
        "With JavaScript, this page computes the thirteen stages of AlexNet’s features for a photograph of yours, on "
        "your own device. These are the stages; pictures of them stand further down."
    )
    static = (
        f'<p>{words}</p><table class="dataframe"><thead><tr><th scope="col">stage</th><th scope="col">layer</th>'
        f'<th scope="col">output</th></tr></thead><tbody>{rows}</tbody></table>'
    )
    return Widget("lab", title, data, static, words, scripts=tuple(f"lab/{name}" for name in FILES), sheet="lab/lab")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
