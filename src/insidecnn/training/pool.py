"""A pool of drawn pictures: processes go on drawing new ones over the oldest while the training takes what is there.

Drawing a picture takes about as long as a step on it. So each is seen a few times, mirrored and
shifted, and training never waits.
"""

import math
import multiprocessing
import os
import time
from pathlib import Path
from random import Random

import cv2
import numpy as np
import torch

from insidecnn.training import letters
from insidecnn.world import things
from insidecnn.world.classes import attributes

MARGIN = 12  #: pixels by which a picture in the pool is larger than what a step sees of it
NONE = -100  #: the label of what is not asked of a picture; PyTorch's losses leave it out


def drawn(seed: int, size: int) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """One training picture (size, size, 3) uint8 with its kind, colour, pattern and letter, or NONE of these.

    Three of four are things on photographs; the others have plain backgrounds, or outlines alone, or letters.
    """
    random = Random(f"pool {seed}")
    style = random.random()
    if style < 0.12:
        image, letter = letters.picture(random, size)
        return image, (NONE, NONE, NONE, letter)
    number = random.randrange(1000)
    kind, colour, pattern = attributes(number)
    if style < 0.2:
        return things.outlined(number, seed, size), (kind, NONE, NONE, NONE)
    sides = (40 / 224, 0.9) if size > 160 else (0.33, 0.95)
    split = "plain" if style < 0.32 else "train"
    return things.thing(number, seed, size, split, sides).image, (kind, colour, pattern, NONE)


def files(folder: Path, size: int, count: int) -> tuple[np.memmap, np.memmap]:
    """The pool's arrays in two files: images (count, size, size, 3) uint8, and labels (count, 6) int64.

    A picture's labels are its kind, colour, pattern and letter, whether it is there, and its seed.
    """
    shapes = {"images": ((count, size, size, 3), np.uint8), "labels": ((count, 6), np.int64)}
    found = []
    for end, (shape, kind) in shapes.items():
        kept = folder / f"pool-{size - MARGIN}-{count}.{end}"
        whole = kept.exists() and kept.stat().st_size == math.prod(shape) * np.dtype(kind).itemsize
        found.append(np.memmap(kept, kind, "r+" if whole else "w+", shape=shape))
    return tuple(found)


def put(images: np.ndarray, labels: np.ndarray, slot: int, seed: int) -> None:
    """Draw a picture into a place; its label says meanwhile that nothing is there."""
    labels[slot, 4] = 0
    images[slot], labels[slot, :4] = drawn(seed, images.shape[1])
    labels[slot, 4:] = 1, seed


class Pool:
    """``count`` pictures of ``size`` pixels, and the processes that draw them.

    Args:
        folder: where the files lie; a run that goes on finds its pictures there.
        workers: processes that draw; 0 draws ``count`` pictures here, once.
    """

    def __init__(self, folder: Path, size: int, count: int, workers: int = 1):
        self.size, self.count = size + MARGIN, count
        self.images, self.labels = files(folder, self.size, count)
        if not workers:
            for slot in range(count):
                put(self.images, self.labels, slot, slot)
        context, first = multiprocessing.get_context("spawn"), int(self.labels[:, 5].max()) + 1
        self.processes = [
            context.Process(target=draw_on, args=(folder, self.size, count, first + k, workers), daemon=True)
            for k in range(workers)
        ]
        for process in self.processes:
            process.start()

    @property
    def ready(self) -> int:
        return int(self.labels[:, 4].sum())

    def batch(self, size: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (size, 3, S, S) float32 in [0, 1] and labels (size, 4) int64: kind, colour, pattern, letter."""
        there = np.flatnonzero(self.labels[:, 4])
        chosen = there[torch.randint(len(there), (size,), generator=generator).numpy()]
        images = torch.from_numpy(self.images[chosen]).permute(0, 3, 1, 2)
        labels = torch.from_numpy(self.labels[chosen])
        labels[labels[:, 4] == 0, :4] = NONE  # drawn over while we read
        seen = self.size - MARGIN
        top, left = torch.randint(MARGIN + 1, (2, size), generator=generator)
        mirrored = (torch.rand(size, generator=generator) < 0.5) & (labels[:, 3] == NONE)
        found = torch.empty(size, 3, seen, seen, dtype=torch.uint8)
        for k in range(size):
            image = images[k, :, top[k] : top[k] + seen, left[k] : left[k] + seen]
            found[k] = image.flip(2) if mirrored[k] else image
        return found.float() / 255, labels[:, :4]

    def close(self) -> None:
        for process in self.processes:
            process.terminate()
            process.join()


def draw_on(folder: Path, size: int, count: int, seed: int, step: int) -> None:
    """What a process does: draw every ``step``-th seed over the oldest picture, until it is ended."""
    cv2.setNumThreads(1)
    if hasattr(os, "nice"):
        os.nice(5)
    parent = os.getppid()
    images, labels = files(folder, size, count)
    while os.getppid() == parent:
        put(images, labels, seed % count, seed)
        seed += step


def wait_for(pool: Pool, least: int, say=print) -> None:
    """Until so many pictures are there; said every ten seconds."""
    told = time.monotonic()
    while pool.ready < least:
        time.sleep(0.2)
        if time.monotonic() - told > 10:
            told = time.monotonic()
            say(f"  {pool.ready} of {least} pictures drawn")
