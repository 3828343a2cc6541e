"""Checkpoints: a run that was stopped goes on from its last one, to the same result as if it had not been."""

import os
from dataclasses import asdict
from pathlib import Path

import torch


def resume(checkpoint: Path, recipe, parts: dict, generator: torch.Generator) -> dict:
    """Put all parts and random numbers into the state of a checkpoint, if there is one.

    Args:
        checkpoint: the file.
        recipe: a dataclass; it must be the one that the checkpoint was made with.
        parts: by name, all that has a ``state_dict``: networks, optimizers.

    Returns:
        what else :func:`keep` was given; empty if there is no checkpoint.

    Raises:
        ValueError: the checkpoint is of another recipe.
    """
    if not checkpoint.exists():
        return {}
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if saved["recipe"] != asdict(recipe):
        raise ValueError(f"{checkpoint} is of another recipe; move it away or choose another folder.")
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    generator.set_state(saved["generator"])
    torch.set_rng_state(saved["random"])
    return saved


def keep(checkpoint: Path, recipe, parts: dict, generator: torch.Generator, **more) -> None:
    """Write a checkpoint, whole or not at all; ``more`` may hold numbers, lists, dicts and tensors."""
    state = {name: part.state_dict() for name, part in parts.items()} | more
    state |= {"recipe": asdict(recipe), "generator": generator.get_state(), "random": torch.get_rng_state()}
    part = checkpoint.with_suffix(".new")
    torch.save(state, part)
    os.replace(part, checkpoint)
