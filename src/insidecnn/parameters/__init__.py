"""The shipped weights, as safetensors, and their model cards.

Both functions want the file's whole name: a chapter is executed again when a file that its code names has changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def read_state(file: str) -> dict[str, torch.Tensor]:
    """The tensors of a file of weights: float16 in the file, float32 here; counters and classes stay integers.

    Raises:
        FileNotFoundError: there is none of this name.
    """
    from safetensors.torch import load  # here, since finding a file of this package is to work without PyTorch

    data = Path(__file__).with_name(file).read_bytes()
    return {name: each.float() if each.is_floating_point() else each for name, each in load(data).items()}


def read_card(file: str) -> dict:
    """What was written down when weights were made, or systems compared.

    Raises:
        FileNotFoundError: there is none of this name.
    """
    return json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
