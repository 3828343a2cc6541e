"""The lab's element of the page, ``<cnn-lab>``: AlexNet on the reader's own photograph."""

import base64
import html
from collections.abc import Sequence

import torch

from insidecnn import preprocess
from insidecnn.arithmetic import ledger, pair
from insidecnn.figures import tiles
from insidecnn.lab import chunks, imagenet, presets, samples, things
from insidecnn.lab.proof import rounded
from insidecnn.weights import Weights
from insidecnn.widgets.widget import Widget
from insidecnn.world.classes import CATEGORIES

FILES = (  # of book/_static/lab, each before those that need it
    "photo", "things", "network", "helpers", "engine", "loader", "store", "thing-state", "drawing", "sources", "status",
    "own-network", "pictures", "answer", "explanation", "kernel-editor", "thing-editor", "proof", "client", "lab",
)  # fmt: skip
GRIDS = {4096: (1, 64, 64), 1000: (1, 20, 50)}  # a vector is drawn as one map, row by row


def too_large(loaded: Weights) -> str:
    """Why the lab ends before the dense layers of weights that do not come in thin factors."""
    count = sum(parameter.numel() for parameter in loaded.model.classifier.parameters())
    words = f"the dense layers of these weights have {count / 1e6:.0f} million numbers, too many to send with a page"
    return f"The lab ends at pool3: {words}. Open the file of the weights here, and it goes on."


def stages(loaded: Weights) -> list[dict]:
    """One entry a stage of the lab: :func:`layers`, and the classifier where it is in thin factors."""
    found = layers(loaded.model.features)
    return found + classifier(loaded.factors, found[-1]) if loaded.factors else found


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
        if row.kind == "Conv2d":
            entry["file"] = f"features.{row.name}.bin"
        view = row.view[0]
        entry |= {"field": view.field, "jump": view.jump, "first": view.first}
        found.append(entry)
        given = row.shape
    return found


def classifier(factors: dict[str, torch.Tensor], last: dict) -> list[dict]:
    """One entry a stage behind the last of the features: ``units``, and the convolutions that give them.

    Each unit sees all cells of the last maps. A vector's ``shape`` is that of the map as which it is drawn.
    """
    packed = chunks.classifier({key: tensor.numpy() for key, tensor in factors.items()})
    shapes = [[weight.shape for weight, _ in parts] for parts in packed.values()]
    found = behind(last, (4096, 4096, len(CATEGORIES)), shapes)
    for entry in found[::2]:
        entry["file"] = chunks.CLASSIFIER
    found[-1]["attributes"] = 10  # kinds, as many colours and patterns: a class is one of each
    return found


def dense(last: dict) -> list[dict]:
    """The stages behind the last of the features in a network of the reader's: one matrix a layer, from no file here.

    The last one has 1000 outputs; ``book/_static/lab/checkpoint.js`` gives it those of the network.
    """
    shapes = [[(4096, 256, 6, 6)], [(4096, 4096, 1, 1)], [(1000, 4096, 1, 1)]]
    return behind(last, [shape[0] for (shape,) in shapes], shapes)


def behind(last: dict, units: Sequence[int], shapes: list[list[tuple[int, ...]]]) -> list[dict]:
    """fc6, relu6, fc7, relu7 and fc8, by their units and the shapes of the convolutions that each one consists of."""
    given, found = last["shape"], []
    field = last["field"] + (given[2] - 1) * last["jump"]
    view = {"field": field, "jump": 0, "first": last["first"]}
    for layer, (count, parts) in enumerate(zip(units, shapes, strict=True)):
        number = (1, 4, 6)[layer]
        entry = {"name": f"classifier.{number}", "short": f"fc{6 + layer}", "kind": "Linear", "given": given}
        entry |= {"units": count, "shape": GRIDS[count], "factors": [matrix(shape) for shape in parts]} | view
        given = entry["shape"]
        relu = {"name": f"classifier.{number + 1}", "short": f"relu{6 + layer}", "kind": "ReLU", "given": given}
        found += [entry, relu | {"units": count, "shape": given} | view]
    return found[:-1]


def matrix(shape: tuple[int, ...]) -> dict:
    """A convolution whose kernel is as large as its input, by the shape of its weights."""
    out_channels, in_channels, side, _ = shape
    shapes = {"given": (in_channels, side, side), "shape": (out_channels, 1, 1)}
    return shapes | {"kernel_size": side, "stride": 1, "padding": 0}


def lab(loaded: Weights, digests: dict[str, list[str]], title: str = "AlexNet on your photo") -> Widget:
    """The lab: pick a photograph, look into every stage, ask why a cell has its value, change a kernel of conv1.

    Args:
        loaded: the weights; ``book/_ext/booksite/lab.py`` writes the same ones beside the page.
        digests: from :func:`insidecnn.lab.proof.proof`.
    """
    features = loaded.model.features
    tensors = {f"features.{name}": value.numpy() for name, value in features.state_dict().items()}
    tensors |= {name: value.numpy() for name, value in loaded.factors.items()}
    packed = list(chunks.files(tensors).values())
    first = samples.NAMES[0]
    found = stages(loaded)
    data = {
        "layers": found,
        "dense": dense(found[len(features) - 1]),
        "imagenet": imagenet.known(),
        "end": "" if loaded.factors else too_large(loaded),
        "categories": loaded.categories if loaded.factors else None,
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
                "uri": samples.uri(name),
                "thumbnail": encoded(samples.thumbnail(name)),
                "digests": digests[name],
            }
            for name in samples.NAMES
        },
        "first": {
            "name": first,
            "file": encoded(samples.jpeg(first)),
        },  # with the page, so that its map is there at once
        "palette": encoded(tiles.PALETTE[:255, :3].tobytes()),
        "kernels": {name: kernel.ravel().tolist() for name, kernel in presets.presets().items()},
        # their names are those of the book's own weights only
        "things": things.names() if loaded.source == "embedded" else None,
        "weights": loaded.provenance,
        "later": sum(map(len, packed[1:])),  # bytes that are loaded when the first layer's maps are there
        "exact": all(
            torch.equal(a, b) for a, b in zip(features.parameters(), rounded(features).parameters(), strict=True)
        ),
    }
    rows = "".join(
        f"<tr><td>{html.escape(row['name'])}</td><td>{row['kind']}</td><td>{output(row)}</td></tr>"
        for row in data["layers"]
    )
    what = "AlexNet" if loaded.factors else "AlexNet’s features"
    words = (
        f"With JavaScript, this page computes the {len(data['layers'])} stages of {what} for a photograph of yours, on "
        "your own device. These are the stages; pictures of them stand further down."
    )
    static = (
        f'<p>{words}</p><table class="dataframe"><thead><tr><th scope="col">stage</th><th scope="col">layer</th>'
        f'<th scope="col">output</th></tr></thead><tbody>{rows}</tbody></table>'
    )
    return Widget("lab", title, data, static, words, scripts=tuple(f"lab/{name}" for name in FILES), sheet="lab/lab")


def output(stage: dict) -> str:
    """Its shape in words, that of a vector without the map as which it is drawn."""
    return str(stage.get("units") or " × ".join(map(str, stage["shape"])))


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
