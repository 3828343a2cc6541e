"""Where AlexNet's parameters come from: a file of yours, torchvision's hub, or the ones shipped here.

    python -m insidecnn.weights            # fetch torchvision's into the cache and check them
    python -m insidecnn.weights --resolve  # which weights the environment asks for, as one line of JSON

Loading imports torchvision, which takes two seconds; importing this module does not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from insidecnn.checkpoint import WeightsError, checked_hash, compare, floats, read, stated_hash
from insidecnn.checks import told
from insidecnn.downloads import DownloadError, fetch
from insidecnn.world.classes import CATEGORIES

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Weights:
    """AlexNet with its parameters, and where these come from."""

    model: nn.Module = field(repr=False)  #: torchvision's AlexNet in eval mode: (N, 3, 224, 224) → (N, 1000)
    source: str  #: "file", "hub" or "embedded"
    name: str  #: of the weights: torchvision's name for its own, else that of the file
    sha256: str  #: of the file, 64 hex digits
    categories: list[str] | None = field(default=None, repr=False)  #: of the 1000 outputs; None: not known
    heads: dict[str, nn.Linear] = field(default_factory=dict, repr=False)  #: embedded only: see :func:`embedded`
    factors: dict[str, Tensor] = field(default_factory=dict, repr=False)  #: embedded only: the classifier, thin
    note: str = ""  #: what else a page must say, such as why these are not the weights that were asked for

    @property
    def trained_classifier(self) -> bool:
        """Whether the 1000 outputs were trained: those of all three sources were."""
        return True

    @property
    def provenance(self) -> str:
        """One sentence for the page that uses the weights, and the note if there is one."""
        if self.source == "embedded":
            return provenance(own(self.heads["photo"].out_features), self.sha256, self.note)
        if self.categories is None:
            return provenance(f"your own file {self.name}", self.sha256, self.note)
        where = "from its hub" if self.source == "hub" else "from your own file"
        return provenance(f"torchvision's {self.name}, {where}", self.sha256, self.note)


def provenance(what: str, digest: str, note: str = "") -> str:
    sentence = f"Weights: {what}, SHA-256 {digest[:12]}…"
    return f"{sentence}. {note}" if note else sentence


def own(photographs: int) -> str:
    return f"the book's own (trained on drawn things and {photographs} sample photographs)"


def chosen() -> str:
    """Which source the environment asks for: ``"file"``, ``"hub"`` or ``"embedded"``. Nothing is read.

    A relative ``INSIDECNN_ALEXNET`` is made absolute in the environment too, for processes that are
    started in other folders, as the notebooks of a build are.

    Raises:
        WeightsError: ``INSIDECNN_WEIGHTS`` is another word, even where a file is named.
    """
    word = os.environ.get("INSIDECNN_WEIGHTS") or "embedded"
    if word not in ("imagenet", "embedded"):
        raise WeightsError(f"INSIDECNN_WEIGHTS is {word!r}; set it to 'imagenet' or 'embedded', or unset it.")
    if path := os.environ.get("INSIDECNN_ALEXNET"):
        os.environ["INSIDECNN_ALEXNET"] = str(absolute(path))
        return "file"
    return "hub" if word == "imagenet" else "embedded"


def load() -> Weights:
    """The weights that the environment asks for.

    ``INSIDECNN_ALEXNET=/path/to/file.pth`` names a file, see :func:`from_file`. Without it,
    ``INSIDECNN_WEIGHTS=imagenet`` asks for torchvision's, see :func:`from_hub`, and falls back to
    those of the book with a note if they cannot be fetched; ``INSIDECNN_WEIGHTS=embedded``, or
    nothing, means those of the book, see :func:`embedded`.

    Raises:
        WeightsError: the named file is not right, or ``INSIDECNN_WEIGHTS`` is another word.
    """
    source = chosen()
    if source == "file":
        return from_file(os.environ["INSIDECNN_ALEXNET"])
    if source == "hub":
        try:
            return from_hub()
        except WeightsError as error:
            return replace(embedded(), note=f"torchvision's weights were asked for and not found: {error}")
    return embedded()


def resolve() -> dict[str, str | None]:
    """What :func:`load` gives, in words: ``source``, ``name``, ``sha256``, ``provenance``, and ``file``.

    ``file`` is the absolute path in ``INSIDECNN_ALEXNET``, or None. The book's own weights are not
    loaded for it, and torch is not imported; all others are loaded, and so checked.

    Raises:
        WeightsError: as :func:`load`.
    """
    if chosen() == "embedded":
        name, data = shipped()
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        digest = hashlib.sha256(data).hexdigest()
        words = provenance(own(header["photo.bias"]["shape"][0]), digest)
        return {"source": "embedded", "name": name, "sha256": digest, "provenance": words, "file": None}
    found = load()
    file = os.environ.get("INSIDECNN_ALEXNET") or None
    return {name: getattr(found, name) for name in ("source", "name", "sha256", "provenance")} | {"file": file}


def from_file(path: str | os.PathLike) -> Weights:
    """Weights from a file of AlexNet's state dict (``torch.save`` or safetensors); nothing in it is run.

    torchvision's own file is known by its SHA-256, whatever its name; any other is "your own", and
    what its 1000 outputs mean is not known. A name that ends in ``-`` and at least eight hex digits
    (``alexnet-owt-0123abcd.pth``, torch's convention) states how the SHA-256 begins, and must be right.

    Raises:
        WeightsError: no such file, a damaged one, or one of something else.
    """
    path = absolute(path)
    return build(path, checked_hash(path), "file")


def from_hub(url: str | None = None, progress: bool = True, timeout: float = 20, attempts: int = 3) -> Weights:
    """torchvision's weights, fetched once and kept in torch's cache (``TORCH_HOME``), always checked.

    Args:
        url: torchvision's own if not given; its last part must state a hash, as torchvision's addresses do.
        progress: show a progress bar on stderr.
        timeout: seconds without a byte after which an attempt is given up.
        attempts: how often to try, at least 1; a server that cannot be reached is not tried again.

    Raises:
        WeightsError: the last attempt failed too, or the file is not AlexNet's.
    """
    from torch import hub

    url = url or imagenet().url
    name = Path(urlsplit(url).path).name
    stated = stated_hash(name)
    if not stated or not urlsplit(url).hostname:
        raise WeightsError(
            f"{url} is no address that states the file's hash, which checks the download; "
            f"give one like {imagenet().url}."
        )
    path = Path(hub.get_dir(), "checkpoints", name)
    try:
        digest = fetch(url, path, stated, progress, timeout, attempts)
    except DownloadError as error:
        raise WeightsError(
            f"{url} could not be fetched ({error}); fetch it by hand and set INSIDECNN_ALEXNET to the path of the file."
        ) from error
    return build(path, digest, "hub")


def embedded() -> Weights:
    """The book's own, trained on drawn things and sample photographs (:mod:`insidecnn.training.alexnet`).

    Its categories are those of the made world (:mod:`insidecnn.world.classes`). The classifier is shipped
    in thin factors (:mod:`insidecnn.factors`). What the features also learned to tell are two ``heads``,
    for the mean of the features over height and width, ``(N, 256)``: ``photo`` → (N, 17), which
    photograph; ``turn`` → (N, 4), which way up.

    Raises:
        WeightsError: the file is not in the package.
    """
    return of_factors(*shipped())


def of_factors(name: str, data: bytes) -> Weights:
    """Weights from a file like the book's own, as :mod:`insidecnn.training.alexnet` writes it."""
    import torch
    from safetensors.torch import load as load_safetensors
    from torch import nn
    from torchvision.models import alexnet

    from insidecnn import factors

    tensors = {key: tensor.float() for key, tensor in load_safetensors(data).items()}  # shipped as fp16
    with torch.device("meta"):  # 58 million random numbers would only be written over
        model = alexnet().eval()
        heads = {head: nn.Linear(256, len(tensors[f"{head}.bias"])) for head in ("photo", "turn")}
    features = {key: tensor for key, tensor in tensors.items() if key.startswith("features.")}
    model.load_state_dict(features | factors.dense(tensors), assign=True)
    thin = {key: tensor for key, tensor in tensors.items() if key.startswith("fc")}
    for head, layer in heads.items():
        layer.load_state_dict({key: tensors[f"{head}.{key}"] for key in ("weight", "bias")}, assign=True)
    return Weights(model, "embedded", name, hashlib.sha256(data).hexdigest(), list(CATEGORIES), heads, thin)


def shipped() -> tuple[str, bytes]:
    """The package's own file: its name, and what is in it."""
    file = resources.files("insidecnn.parameters") / "alexnet.safetensors"
    if not file.is_file():
        raise WeightsError(
            "The package holds no parameters/alexnet.safetensors; install it again, or make the file with "
            "python -m insidecnn.training.alexnet."
        )
    return file.name, file.read_bytes()


def build(path: Path, digest: str, source: str) -> Weights:
    """Weights from a file whose hash is known: read it, and check that it holds AlexNet's tensors."""
    import torch
    from torchvision.models import alexnet

    state = read(path)
    with torch.device("meta"):  # shapes without memory
        model = alexnet().eval()
    if differences := compare(state, model.state_dict()):
        more = f" (and {len(differences) - 3} more)" if len(differences) > 3 else ""
        raise WeightsError(
            f"{path} holds another network than torchvision's AlexNet: {'; '.join(differences[:3])}{more}; "
            "give a state dict of torchvision.models.alexnet()."
        )
    model.load_state_dict(floats(path, state), assign=True)
    official = imagenet()
    if digest.startswith(stated_hash(official.url)):
        return Weights(model, source, str(official), digest, official.meta["categories"])
    return Weights(model, source, path.name, digest)


def imagenet():
    """torchvision's entry for its own weights: name, address, categories."""
    from torchvision.models import AlexNet_Weights

    return AlexNet_Weights.IMAGENET1K_V1


def absolute(path: str | os.PathLike) -> Path:
    if not isinstance(path, str | os.PathLike) or "\0" in str(path):
        raise WeightsError(f"{told(path)} is no path; give that of a file of weights.")
    return Path(os.path.abspath(os.path.expanduser(path)))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m insidecnn.weights", description="Fetch torchvision's AlexNet.")
    words = "print which weights the environment asks for, as one line of JSON"
    parser.add_argument("--resolve", action="store_true", help=words)
    try:
        print(json.dumps(resolve()) if parser.parse_args(arguments).resolve else from_hub().provenance)
    except WeightsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
