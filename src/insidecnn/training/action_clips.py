"""Clips to learn actions from: a pool of things and one of backgrounds, drawn once and put together anew for each clip."""

import os
from pathlib import Path
from random import Random

import numpy as np
import torch
from tqdm import tqdm

from insidecnn.world import actions, backgrounds
from insidecnn.world.actions import KINDS, MOTIONS, Held

PLAIN = 0.2  #: the share of the backgrounds that are no photographs


class ActionClips:
    """Clips put together of the pool's things and backgrounds, see :func:`pool`.

    A clip takes a thing, a motion and a background at random, so that none is ever seen twice.
    """

    def __init__(self, folder: Path, count: int, seed: int):
        drawn = pool(folder, count, seed)
        self.things = [Held(sheet, side) for sheet, side in zip(drawn["sheets"], drawn["sides"], strict=True)]
        self.photos, self.plain = drawn["photos"], drawn["plain"]

    def batch(self, size: int, frames: int, plain: float, random: Random) -> tuple[torch.Tensor, torch.Tensor]:
        """Clips (size, 3, frames, S, S) float32 from 0 to 1, and the numbers of their classes (size,).

        Args:
            plain: the share of plain backgrounds.
        """
        images, labels = [], []
        for _ in range(size):
            k, motion = random.randrange(len(self.things)), random.randrange(len(MOTIONS))
            thing = self.things[k]
            places = actions.path(list(MOTIONS)[motion], thing.side, random, frames)
            background = random.choice(self.plain if random.random() < plain else self.photos)
            images.append(actions.filmed(background.astype(np.float32), thing, places, random))
            labels.append(k % len(KINDS) * len(MOTIONS) + motion)
        return as_input(np.stack(images)), torch.tensor(labels)


def pool(folder: Path, count: int, seed: int) -> dict[str, np.ndarray]:
    """``count`` things of the training split, the eight kinds in turn, as many photographs, and a quarter of plain grounds.

    They are drawn once, in ten milliseconds each, and kept in a file of the folder: 350 MB for 4,000.
    """
    file = folder / f"pool-{count}-{seed}.npz"
    if not file.exists():
        random = Random(f"actions {seed}")
        numbers = tqdm(range(count), "drawing", unit="thing", mininterval=5)
        things = [actions.held(KINDS[k % len(KINDS)], random) for k in numbers]
        split = {"photos": ("train", count), "plain": ("plain", max(1, count // 4))}
        found = {
            name: np.stack([backgrounds.crop(part, actions.SIZE, random) for _ in range(n)]).astype(np.float16)
            for name, (part, n) in split.items()
        }
        sheets, sides = np.stack([thing.sheet for thing in things]), np.array([thing.side for thing in things])
        np.savez(file.with_suffix(".new.npz"), sheets=sheets, sides=sides, **found)
        os.replace(file.with_suffix(".new.npz"), file)
    with np.load(file) as kept:
        return dict(kept)


def as_input(images: np.ndarray) -> torch.Tensor:
    """Frames (N, T, S, S, 3) uint8 → (N, 3, T, S, S) float32 from 0 to 1, in the order in memory that is quickest."""
    clips = torch.from_numpy(images).permute(0, 4, 1, 2, 3).float() / 255
    return clips.to(memory_format=torch.channels_last_3d)


def drawn(split: str, count: int) -> tuple[np.ndarray, torch.Tensor]:
    """``count`` clips of a split, all classes in turn: frames (N, T, S, S, 3) uint8 and numbers of classes (N,)."""
    numbers = [k % len(actions.CLASSES) for k in range(count)]
    clips = [
        actions.clip(KINDS[number // len(MOTIONS)], list(MOTIONS)[number % len(MOTIONS)], k, split)
        for k, number in enumerate(tqdm(numbers, f"drawing {split}", unit="clip", leave=False, mininterval=2))
    ]
    return np.stack([clip.images for clip in clips]), torch.tensor(numbers)
