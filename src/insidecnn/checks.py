"""Checks of arguments that several modules share; each raises a ValueError of one sentence."""

import math
import operator
from typing import Any

import numpy as np


def told(value: Any) -> str:
    """What was given, in a few words and on one line."""
    if isinstance(getattr(value, "shape", None), tuple) and hasattr(value, "dtype"):
        return f"a {type(value).__name__} of shape {tuple(value.shape)} and {value.dtype}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def whole(name: str, value: Any, least: int | None = None) -> int:
    """A whole number, NumPy's and torch's too, but no bool."""
    try:
        number = None if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:
        number = None
    if number is None:
        raise ValueError(f"{name} is {told(value)}; it must be a whole number.")
    if least is not None and number < least:
        raise ValueError(f"{name} is {number}; it must be at least {least}.")
    return number


def number(name: str, value: Any, low: float, high: float, open_below: bool = False) -> float:
    """A real number from ``low`` to ``high``; with ``open_below``, above ``low``."""
    try:
        real = math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        real = math.nan
    if not low <= real <= high or (open_below and real == low) or math.isinf(real):
        bounds = f"above {low}" if open_below else f"from {low}"
        bounds += "" if math.isinf(high) else f" to {high}"
        raise ValueError(f"{name} is {told(value)}; it must be a number {bounds}.")
    return real


def array(name: str, value: Any, kinds: str, words: str) -> np.ndarray:
    """A NumPy array whose ``dtype.kind`` is one of ``kinds``, which ``words`` name."""
    try:
        found = np.asarray(value)
    except Exception:  # ragged lists, tensors that require a gradient
        raise ValueError(f"{name} is {told(value)}, of which NumPy makes no array; give {words}.") from None
    if found.dtype.kind not in kinds:
        given = f"of {found.dtype}" if found.ndim else told(value)
        raise ValueError(f"{name} is {given}; give {words}.")
    return found


def tensors(**given: tuple[Any, str]) -> None:
    """Each is ``(value, axes)``, as in ``boxes=(boxes, "n 4"), scores=(scores, "n")``: a torch tensor of finite numbers.

    A letter in ``axes`` stands for one length, the same everywhere; a number for itself.
    """
    import torch  # here, since the arithmetic does without

    lengths: dict[str, int] = {}
    for name, (value, axes) in given.items():
        shape = f"({', '.join(axes.split())})"
        if not isinstance(value, torch.Tensor):
            raise ValueError(f"{name} is {told(value)}; give a torch tensor of shape {shape}.")
        if (
            value.layout is not torch.strided
            or value.is_meta
            or value.is_complex()
            or getattr(value, "is_quantized", False)
        ):
            raise ValueError(f"{name} is {told(value)} ({value.layout}); give a dense tensor of real numbers.")
        wanted = [int(axis) if axis.isdigit() else axis for axis in axes.split()]
        if value.dim() != len(wanted) or any(
            size != (axis if isinstance(axis, int) else lengths.setdefault(axis, size))
            for size, axis in zip(value.shape, wanted, strict=True)
        ):
            shapes = ", ".join(f"{n} {tuple(v.shape)}" for n, (v, _) in given.items() if isinstance(v, torch.Tensor))
            asked = ", ".join(f"{n} ({', '.join(a.split())})" for n, (_, a) in given.items())
            raise ValueError(f"The shapes are {shapes}; give {asked}.")
        if not value.isfinite().all():
            raise ValueError(f"{name} holds NaN or infinity; give finite numbers.")
