"""torchvision's AlexNet, should the reader open its file in the lab: how the file is known, and its classes' names."""

import importlib.util
import json
from pathlib import Path

from insidecnn import weights
from insidecnn.checkpoint import stated_hash


def known() -> dict[str, str]:
    """How the file is known: ``hash`` is how its SHA-256 begins, which torchvision's address of it states; its ``name``."""
    official = weights.imagenet()
    return {"name": str(official), "hash": stated_hash(official.url)}


def categories() -> list[str]:
    """The names of its 1000 outputs, as ``AlexNet_Weights.IMAGENET1K_V1.meta`` has them.

    The list is read from torchvision's files: importing torchvision takes four seconds, at every build of the book.
    """
    package = importlib.util.find_spec("torchvision")
    file = Path(package.submodule_search_locations[0], "models", "_meta.py")
    if file.is_file():
        source = importlib.util.spec_from_file_location("_meta", file)
        module = importlib.util.module_from_spec(source)
        source.loader.exec_module(module)
        if found := getattr(module, "_IMAGENET_CATEGORIES", None):  # private: it may go
            return found
    return weights.imagenet().meta["categories"]


def file() -> bytes:
    """The names as the lab loads them, when it knows the file: JSON."""
    return json.dumps(categories(), separators=(",", ":")).encode()
