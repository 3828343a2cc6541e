"""AlexNet's features on the reader's own photograph: what the page needs to know of the network."""

import base64
import copy
import html
import io

import numpy as np
import torch
from PIL import Image

from insidecnn import preprocess
from insidecnn.arithmetic import ledger, pair
from insidecnn.figures import tiles
from insidecnn.lab import chunks, fixed_order, presets, samples
from insidecnn.weights import Weights
from insidecnn.widgets.widget import Widget

SIZE, RESIZE_TO = 224, 256
FILES = (  # of book/_static/lab, each before those that need it
    *("photo", "network", "engine", "loader", "store", "drawing"),
    *("sources", "status", "pictures", "explanation", "kernel-editor", "proof", "client", "lab"),
)


def layers(features: torch.nn.Sequential) -> list[dict]:
    """One entry a layer: name, kind, settings, shapes, and what one of its cells sees of the photograph.

    Raises:
        ValueError: a layer that ``book/_static/lab/network.js`` does not compute.
    """
    found, given = [], (3, SIZE, SIZE)
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


def rounded(features: torch.nn.Sequential) -> torch.nn.Sequential:
    """The features with float16 parameters in float32, as the browser has them; the book's own are so already."""
    features = copy.deepcopy(features)
    with torch.no_grad():
        for parameter in features.parameters():
            parameter.copy_(parameter.half().float())
    return features


def tensor(name: str) -> torch.Tensor:
    """What the network takes of a sample's JPEG file: (1, 3, 224, 224)."""
    return preprocess.preprocess(Image.open(io.BytesIO(samples.jpeg(name))).convert("RGB"), SIZE, RESIZE_TO)


def proof(features: torch.nn.Sequential) -> tuple[dict[str, list[str]], np.ndarray]:
    """What Python computes of each sample, to be compared with what the browser finds.

    Returns:
        sample → the SHA-256 of each stage in the fixed order of additions; and (samples, stages), the
        largest difference of one number from what PyTorch gives.
    """
    digests, differences = {}, []
    for name in samples.NAMES:
        x = tensor(name)
        fixed = fixed_order.stages(features, x)
        digests[name] = [fixed_order.digest(maps) for _, maps in fixed]
        usual = []
        with torch.no_grad():
            for layer in features:
                x = layer(x.clone())
                usual.append(x[0].numpy())
        differences.append([np.abs(a - b).max() for (_, a), b in zip(fixed, usual, strict=True)])
    return digests, np.array(differences)


def lab(loaded: Weights, digests: dict[str, list[str]], title: str = "AlexNet on your photo") -> Widget:
    """The lab: pick a photograph, look into every stage, ask why a cell has its value, change a kernel of conv1.

    Args:
        loaded: the weights; ``book/_ext/booksite/lab.py`` writes the same ones beside the page.
        digests: from :func:`proof`.
    """
    features = loaded.model.features
    tensors = {f"features.{name}": value.numpy() for name, value in features.state_dict().items()}
    packed = [chunks.pack(*both) for both in chunks.convolutions(tensors).values()]
    first = samples.NAMES[0]
    data = {
        "layers": layers(features),
        "preset": {"mean": preprocess.MEAN, "std": preprocess.STD, "size": SIZE, "resize_to": RESIZE_TO},
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
