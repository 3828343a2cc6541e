"""torchvision's large detectors, trained on photographs of COCO: with a network, they answer on the sample photographs.

``INSIDECNN_WEIGHTS=imagenet`` asks for them, as it does for AlexNet's weights; without it nothing is fetched.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import torch
from torch import hub, nn
from torchvision.models import get_model, get_model_weights

from insidecnn import weights
from insidecnn.checkpoint import WeightsError, stated_hash
from insidecnn.downloads import DownloadError, fetch
from insidecnn.preprocess import to_tensor


@dataclass(frozen=True)
class Detector:
    """One of torchvision's detectors in eval mode, and what its labels mean."""

    model: nn.Module = field(repr=False)
    categories: list[str] = field(repr=False)
    provenance: str

    def __call__(self, pixels, least: float = 0.7) -> dict[str, torch.Tensor]:
        """What it finds on a photograph (H, W, 3) uint8 with at least a score, see torchvision's detectors."""
        with torch.no_grad():
            found = self.model([to_tensor(pixels)])[0]
        return {name: value[found["scores"] >= least] for name, value in found.items()}


def load(builder: str, progress: bool = True) -> Detector | None:
    """A detector with COCO's weights, or None where the environment does not ask for them.

    Args:
        builder: its name in torchvision, such as ``"maskrcnn_resnet50_fpn"``.

    Raises:
        WeightsError: they were asked for and cannot be fetched, or ``INSIDECNN_WEIGHTS`` is another word.
        ValueError: torchvision has no such builder.
    """
    if weights.chosen() != "hub":
        return None
    entry = get_model_weights(builder).DEFAULT
    path = Path(hub.get_dir(), "checkpoints", Path(urlsplit(entry.url).path).name)
    try:
        fetch(entry.url, path, stated_hash(path.name), progress)
    except DownloadError as error:
        raise WeightsError(f"{entry.url} could not be fetched ({error}); unset INSIDECNN_WEIGHTS.") from error
    model = get_model(builder, weights=None, weights_backbone=None).eval()
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return Detector(model, entry.meta["categories"], f"Weights: torchvision's {entry}")
