"""A file of parameters: what it is, whether it is whole, and the state dict that it holds."""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class WeightsError(ValueError):
    """Weights that cannot be had, in one sentence: what was given, what is wanted, how to fix it."""


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stated_hash(name: str) -> str:
    """What a file's name says its SHA-256 begins with; empty if it says nothing."""
    found = re.findall(r"-([0-9a-f]{8,64})\b", name)  # \b: a browser's "… (1).pth" states it too
    return found[-1] if found else ""


def checked_hash(path: Path) -> str:
    """The SHA-256 of a file, which must begin as the file's name states, if it states it."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise WeightsError(f"{path} is a folder; give the path of the .pth file itself.")
        if not stat.S_ISREG(status.st_mode):
            raise WeightsError(f"{path} is a pipe or a device; give the path of a file on disk.")
        if status.st_size == 0:
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
    return digest


def read(path: Path) -> dict[str, torch.Tensor]:
    """The state dict in a file that may hold anything; nothing in the file is run.

    Files of ``torch.save`` and safetensors are told apart by their first bytes. Read are also a dictionary
    with the state dict under ``state_dict`` or ``model``, and names that all begin with ``module.`` (DataParallel's).

    Raises:
        WeightsError: a file that holds anything else.
    """
    import torch

    with path.open("rb") as file:
        start = file.read(9)
    safetensors = start[8:] == b"{" and int.from_bytes(start[:8], "little") < os.path.getsize(path)
    if not safetensors and start[:2] != b"PK" and start[:1] != b"\x80":  # neither a zip archive nor a bare pickle
        raise WeightsError(f"{path} is no file that torch.save writes; give a state dict of AlexNet.")
    try:
        state = read_safetensors(path) if safetensors else read_pickle(path)
    except WeightsError:
        raise
    except Exception as error:  # a damaged file can make torch raise anything
        reason = " ".join((str(error) or type(error).__name__).split(". ")[0].split())
        raise WeightsError(f"{path} is damaged or truncated ({reason}); download or copy it again.") from None
    inside = [state[key] for key in ("state_dict", "model") if key in state] if isinstance(state, dict) else []
    state = next((each for each in inside if isinstance(each, dict)), state)
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        keys = f" with {', '.join(map(str, list(state)[:3]))}" if isinstance(state, dict) else ""
        raise WeightsError(
            f"{path} holds a {type(state).__name__}{keys}, not a state dict, which maps names to tensors; "
            "write one with torch.save(model.state_dict(), …)."
        )
    state = {str(name): tensor for name, tensor in state.items()}
    if state and all(name.startswith("module.") for name in state):
        state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    return state


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(path)


def read_pickle(path: Path):
    """What ``torch.save`` wrote, if it is made of plain tensors."""
    import torch

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                raise WeightsError(
                    f"{path} is a TorchScript program, not a state dict; "
                    "write one with torch.save(torch.jit.load(…).state_dict(), …)."
                )
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        refused = re.search(r"GLOBAL (\S+)", str(error))
        raise WeightsError(
            f"{path} holds more than plain tensors{f' ({refused[1]})' if refused else ''}, which could run code when "
            "loaded, so it was refused and nothing in it was run; "
            "give a file that torch.save(model.state_dict(), …) writes."
        ) from None


def compare(state: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> list[str]:
    """How the names and shapes of a state dict differ from those wanted, in its own order."""
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


def floats(path: Path, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors as dense float32.

    Raises:
        WeightsError: a tensor that is not of real numbers in memory, or with numbers that float32 cannot hold.
    """
    import torch

    result = {}
    for name, tensor in state.items():
        if getattr(tensor, "is_quantized", False):
            kind = "quantised"
        elif tensor.is_meta:
            kind = "on the meta device, without its numbers"
        elif tensor.layout is not torch.strided:
            kind = f"of layout {str(tensor.layout).removeprefix('torch.')}"
        elif not tensor.is_floating_point():
            kind = f"of {tensor.dtype}"
        else:
            result[name] = tensor.float().contiguous()
            if result[name].isfinite().all():
                continue
            kind = "with numbers too large for float32" if tensor.isfinite().all() else "with NaN or infinite numbers"
        raise WeightsError(f"{path}: {name} is a tensor {kind}; give a state dict of dense, finite float32.")
    return result
