"""Where AlexNet's parameters come from: a file of yours, torchvision's hub, or the ones shipped here.

    python -m insidecnn.weights   # fetch torchvision's into the cache and check them

Importing this module imports torchvision, which takes two seconds.
"""

import glob
import hashlib
import os
import pickle
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from importlib import resources
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlparse

import torch
from safetensors.torch import load as load_safetensors
from torch import nn
from torchvision.models import AlexNet_Weights, alexnet

IMAGENET = AlexNet_Weights.IMAGENET1K_V1
PAUSE = 1.0  # seconds before the second attempt to fetch; twice as long before each further one
STALE = 600.0  # a partial download that nobody has written to for so many seconds is nobody's


class WeightsError(ValueError):
    """Weights that cannot be had, in one sentence: what was given, what is wanted, how to fix it."""


@dataclass(frozen=True)
class Weights:
    """AlexNet with its parameters, and where these come from."""

    model: nn.Module = field(repr=False)  #: torchvision's AlexNet in eval mode: (N, 3, 224, 224) → (N, 1000)
    source: str  #: "file", "hub" or "embedded"
    name: str  #: of the weights: torchvision's name for its own, else that of the file
    sha256: str  #: of the file, 64 hex digits
    categories: list[str] | None = field(default=None, repr=False)  #: of the 1000 outputs, if they are ImageNet's
    heads: dict[str, nn.Linear] = field(default_factory=dict, repr=False)  #: embedded only: see :func:`embedded`
    note: str = ""  #: what else a page must say, such as why these are not the weights that were asked for

    @property
    def trained_classifier(self) -> bool:
        """Whether the 1000 outputs mean anything."""
        return self.source != "embedded"

    @property
    def provenance(self) -> str:
        """One sentence for the page that uses the weights, and the note if there is one."""
        if self.source == "embedded":
            photographs = self.heads["photo"].out_features
            what = f"the book's own (features trained on {photographs} sample photographs; classifier untrained)"
        elif self.categories is None:
            what = f"your own file {self.name}"
        else:
            what = f"torchvision's {self.name}, " + ("from its hub" if self.source == "hub" else "from your own file")
        sentence = f"Weights: {what}, SHA-256 {self.sha256[:12]}…"
        return f"{sentence}. {self.note}" if self.note else sentence


def load() -> Weights:
    """The weights that the environment asks for.

    ``INSIDECNN_ALEXNET=/path/to/file.pth`` names a file, see :func:`from_file`. Without it,
    ``INSIDECNN_WEIGHTS=imagenet`` asks for torchvision's, see :func:`from_hub`, and falls back to
    those of the book with a note if they cannot be fetched; ``INSIDECNN_WEIGHTS=embedded``, or
    nothing, means those of the book, see :func:`embedded`.

    Raises:
        WeightsError: the named file is not right, or ``INSIDECNN_WEIGHTS`` is another word.
    """
    if path := os.environ.get("INSIDECNN_ALEXNET"):
        return from_file(path)
    choice = os.environ.get("INSIDECNN_WEIGHTS") or "embedded"
    if choice == "embedded":
        return embedded()
    if choice == "imagenet":
        try:
            return from_hub()
        except WeightsError as error:
            return replace(embedded(), note=f"torchvision's weights were asked for and not found: {error}")
    raise WeightsError(f"INSIDECNN_WEIGHTS is {choice!r}; set it to 'imagenet' or 'embedded', or unset it.")


def from_file(path: str | os.PathLike) -> Weights:
    """Weights from a file of AlexNet's state dict, written by ``torch.save``; nothing in it is run.

    torchvision's own file is known by its SHA-256, whatever its name; any other is "your own", and
    what its 1000 outputs mean is not known. A name that ends in ``-`` and at least eight hex digits
    (``alexnet-owt-0123abcd.pth``, torch's convention) states how the SHA-256 begins, and must be right.

    Raises:
        WeightsError: no such file, a damaged one, or one of something else.
    """
    path = Path(os.path.expanduser(path))
    try:
        if path.is_dir():
            raise WeightsError(f"{path} is a folder; give the path of the .pth file itself.")
        if path.stat().st_size == 0:
            raise WeightsError(f"{path} is empty (0 bytes); download or copy it again.")
        digest = sha256(path)
    except FileNotFoundError:
        raise WeightsError(f"There is no file {path}; correct the path or download the file.") from None
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror}); make it readable or copy it again.") from None
    if not digest.startswith(stated := stated_hash(path.name)):
        raise WeightsError(
            f"{path} is damaged or truncated: its name says that its SHA-256 begins with {stated}, and it begins "
            f"with {digest[: len(stated)]}; download it again, or rename it if {stated} was not meant as a hash."
        )
    return build(path, digest, "file")


def from_hub(url: str = IMAGENET.url, progress: bool = True, timeout: float = 20, attempts: int = 3) -> Weights:
    """torchvision's weights, fetched once and kept in torch's cache (``TORCH_HOME``), always checked.

    Args:
        url: its last part must state a hash, as torchvision's addresses do.
        progress: show a progress bar on stderr.
        timeout: seconds without a byte after which an attempt is given up.
        attempts: how often to try, at least 1.

    Raises:
        WeightsError: the last attempt failed too, or the file is not AlexNet's.
    """
    name = Path(urlparse(url).path).name
    stated = stated_hash(name)
    if not stated:
        raise WeightsError(f"{url} states no hash to check the download by; give one that ends as in {IMAGENET.url}.")
    path = Path(torch.hub.get_dir(), "checkpoints", name)
    for attempt in range(attempts):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for partial in path.parent.glob(f"{glob.escape(name)}.*.partial"):
                if time.time() - partial.stat().st_mtime > STALE:  # a younger one may be another process's
                    partial.unlink(missing_ok=True)
            if path.exists() and not sha256(path).startswith(stated):
                path.unlink(missing_ok=True)  # at once: torchvision itself trusts a file by its name
            if not path.exists():
                with time_limit(timeout):
                    torch.hub.download_url_to_file(url, str(path), stated, progress)
            digest = sha256(path)
            break
        except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: torch.hub's for a wrong hash
            if isinstance(error, HTTPError):
                error.close()  # a refusal comes with an open connection
            if attempt + 1 == attempts:
                reason = str(error).strip("<>") or type(error).__name__
                raise WeightsError(
                    f"{url} could not be fetched in {attempts} attempt(s), the last of which ended with "
                    f"“{reason}”; fetch it by hand and set INSIDECNN_ALEXNET to the path of the file."
                ) from error
            time.sleep(PAUSE * 2**attempt)
    return build(path, digest, "hub")


def embedded() -> Weights:
    """The book's own: ``features`` learned from sample photographs (:mod:`insidecnn.training.alexnet_features`).

    The classifier is untrained, and the same every time. What the features were trained to tell are
    two ``heads``, for the mean of the features over height and width, ``(N, 256)``: ``photo``
    → (N, 17), which photograph; ``turn`` → (N, 4), which way up.

    Raises:
        WeightsError: the file is not in the package.
    """
    file = resources.files("insidecnn.parameters") / "alexnet.safetensors"
    if not file.is_file():
        raise WeightsError(
            "The package holds no parameters/alexnet.safetensors; install it again, or make the file with "
            "python -m insidecnn.training.alexnet_features."
        )
    data = file.read_bytes()
    tensors = {name: tensor.float() for name, tensor in load_safetensors(data).items()}  # shipped as fp16
    with torch.random.fork_rng(devices=[]):  # the reader's random numbers stay as they were
        torch.default_generator.manual_seed(0)
        model = alexnet().eval()
        heads = {name: nn.Linear(256, len(tensors[f"{name}.bias"])) for name in ("photo", "turn")}
    for name, module in {"features": model.features, **heads}.items():
        parts = {key: value for key, value in tensors.items() if key.startswith(f"{name}.")}
        module.load_state_dict({key.removeprefix(f"{name}."): value for key, value in parts.items()})
    return Weights(model, "embedded", file.name, hashlib.sha256(data).hexdigest(), heads=heads)


def build(path: Path, digest: str, source: str) -> Weights:
    """Weights from a file whose hash is known: read it, and check that it holds AlexNet's tensors."""
    state = read(path)
    with torch.device("meta"):  # shapes without memory
        model = alexnet().eval()
    if differences := compare(state, model.state_dict()):
        more = f" (and {len(differences) - 3} more)" if len(differences) > 3 else ""
        raise WeightsError(
            f"{path} holds another network than torchvision's AlexNet: {'; '.join(differences[:3])}{more}; "
            "give a state dict of torchvision.models.alexnet()."
        )
    model.load_state_dict({key: tensor.float().contiguous() for key, tensor in state.items()}, assign=True)
    if digest.startswith(stated_hash(IMAGENET.url)):
        return Weights(model, source, str(IMAGENET), digest, IMAGENET.meta["categories"])
    return Weights(model, source, path.name, digest)


def read(path: Path) -> dict[str, torch.Tensor]:
    """A state dict from a file that may hold anything."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        with path.open("rb") as file:
            start = file.read(2)
        if start != b"PK" and start[:1] != b"\x80":  # neither a zip archive nor a bare pickle
            raise WeightsError(f"{path} is no file that torch.save writes; give a state dict of AlexNet.") from None
        refused = re.search(r"GLOBAL (\S+)", str(error))
        raise WeightsError(
            f"{path} holds more than plain tensors{f' ({refused[1]})' if refused else ''}, which could run code when "
            "loaded, so it was refused and nothing in it was run; "
            "give a file that torch.save(model.state_dict(), …) writes."
        ) from None
    except Exception as error:  # a damaged file can make torch raise anything
        reason = (str(error) or type(error).__name__).split(". ")[0]
        raise WeightsError(f"{path} is damaged or truncated ({reason}); download or copy it again.") from None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        keys = f" with {', '.join(map(str, list(state)[:3]))}" if isinstance(state, dict) else ""
        raise WeightsError(
            f"{path} holds a {type(state).__name__}{keys}, not a state dict, which maps names to tensors; "
            "write one with torch.save(model.state_dict(), …)."
        )
    return state


def compare(state: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> list[str]:
    """How a state dict differs from the one wanted, in its own order."""
    found = []
    for key in state | wanted:
        given, right = (list(tensors[key].shape) if key in tensors else None for tensors in (state, wanted))
        if given is None:
            found.append(f"{key} is missing")
        elif right is None:
            found.append(f"{key} is unknown to it")
        elif given != right:
            found.append(f"{key} has shape {given}, not {right}")
    return found


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stated_hash(name: str) -> str:
    """What a file's name says its SHA-256 begins with; empty if it says nothing."""
    found = re.findall(r"-([0-9a-f]{8,64})\b", name)  # \b: a browser's "… (1).pth" states it too
    return found[-1] if found else ""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Connections opened inside fail after so many seconds of silence; torch.hub would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def main() -> None:
    try:
        print(from_hub().provenance)
    except WeightsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
