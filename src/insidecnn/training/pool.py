"""A pool of drawn pictures: processes go on drawing new ones over the oldest while the training takes what is there.

Drawing a picture takes about as long as a step on it. So each is seen a few times, mirrored and
shifted, and training never waits.
"""

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


class Pool:
    """``count`` pictures of ``size`` pixels in a file, and the processes that draw them.

    Args:
        folder: where the file lies; a run that goes on finds its pictures there.
        workers: processes that draw; 0 draws ``count`` pictures here, once.
    """

    def __init__(self, folder: Path, size: int, count: int, workers: int = 1):
        self.folder, self.size, self.count = folder, size + MARGIN, count
        shape = (count, self.size, self.size, 3)
        kept = folder / f"pool-{size}-{count}.images"
        mode = "r+" if kept.exists() and kept.stat().st_size == int(np.prod(shape)) else "w+"
        self.images = np.memmap(kept, np.uint8, mode, shape=shape)
        self.labels = np.memmap(kept.with_suffix(".labels"), np.int64, mode, shape=(count, 6))
        self.processes = []
        if not workers:
            for slot in range(count):
                self.put(slot, slot)
        context = multiprocessing.get_context("spawn")
        for number in range(workers):
            args = (folder, size, count, number, workers, int(self.labels[:, 5].max()) + 1)
            self.processes.append(context.Process(target=draw_on, args=args, daemon=True))
            self.processes[-1].start()

    def put(self, slot: int, seed: int) -> None:
        """Draw a picture into a place; its label says meanwhile that nothing is there."""
        self.labels[slot, 4] = 0
        self.images[slot], labels = drawn(seed, self.size)
        self.labels[slot, :4] = labels
        self.labels[slot, 4:] = 1, seed

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


def draw_on(folder: Path, size: int, count: int, number: int, workers: int, start: int) -> None:
    """What a process does: draw into every ``workers``-th place, over and over, until it is ended."""
    cv2.setNumThreads(1)
    if hasattr(os, "nice"):
        os.nice(5)
    pool, parent, seed = Pool.__new__(Pool), os.getppid(), start + number
    kept = folder / f"pool-{size}-{count}.images"
    pool.size = size + MARGIN
    pool.images = np.memmap(kept, np.uint8, "r+", shape=(count, pool.size, pool.size, 3))
    pool.labels = np.memmap(kept.with_suffix(".labels"), np.int64, "r+", shape=(count, 6))
    while os.getppid() == parent:
        pool.put(seed % count, seed)
        seed += workers


def wait_for(pool: Pool, least: int, say=print) -> None:
    """Until so many pictures are there; said every ten seconds."""
    told = time.monotonic()
    while pool.ready < least:
        time.sleep(0.2)
        if time.monotonic() - told > 10:
            told = time.monotonic()
            say(f"  {pool.ready} of {least} pictures drawn")
