"""What a thing stands before: crops of the sample photographs, some of them for tests only."""

from functools import cache
from random import Random

import cv2
import numpy as np

from insidecnn import photos

STRIP = (0.6, 0.8)  #: of the width of each photograph: no network is trained on that
TEST = ("camera", "flower", "gravel", "retina", "rocket")  #: no thing is drawn on these in training …
VALIDATION = ("coins", "text")  #: … nor on these, which choices between variants are made on
SPLITS = {
    "train": tuple(name for name in photos.SAMPLES if name not in TEST + VALIDATION),
    "validation": VALIDATION,
    "test": TEST,
}
SMALLEST_SIDE = 88  #: pixels of the photograph that a crop has at least; the narrowest strip has 90


@cache
def photograph(name: str) -> np.ndarray:
    """(H, W, 3) uint8, with a longest side of at most 640 pixels: large photographs stay cheap to crop.

    Of those that are for tests only the strip that no network has seen, whatever it learned.
    """
    pixels = photos.read(photos.path(name))
    scale = min(1, 640 / max(pixels.shape[:2]))
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if name in TEST:
        start, stop = (round(pixels.shape[1] * share) for share in STRIP)
        pixels = pixels[:, start:stop]
    return pixels


def crop(split: str, size: int, random: Random) -> np.ndarray:
    """A random square of a random photograph of the split, mirrored or not: (size, size, 3) float32 in [0, 1].

    For training, the channels of a third of the crops change places, and light and contrast vary: there
    are few photographs, and a network would learn their colours by heart.

    The split ``"plain"`` has no photographs: one colour, or a slope of two, with noise.

    Raises:
        ValueError: no such split.
    """
    if split == "plain":
        return plain(size, random)
    if split not in SPLITS:
        raise ValueError(f"There is no split {split!r}; choose one of {', '.join(SPLITS)} or plain.")
    pixels = photograph(random.choice(SPLITS[split]))
    height, width = pixels.shape[:2]
    longest = min(height, width)
    side = round(SMALLEST_SIDE * (longest / SMALLEST_SIDE) ** random.random())
    top, left = random.randint(0, height - side), random.randint(0, width - side)
    how = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    found = cv2.resize(pixels[top : top + side, left : left + side], (size, size), interpolation=how)
    found = found[:, ::-1] if random.random() < 0.5 else found
    found = found.astype(np.float32) / 255
    if split == "train":
        if random.random() < 1 / 3:
            found = found[..., random.sample(range(3), 3)]
        contrast, light = random.uniform(0.6, 1.1), random.uniform(-0.15, 0.15)
        found = (found - 0.5) * contrast + 0.5 + light
    return found


def plain(size: int, random: Random) -> np.ndarray:
    """A slope from one random colour to another, or nearly one colour, with noise of some size."""
    first, second = (np.array([random.random() for _ in range(3)], np.float32) for _ in range(2))
    second = first + (second - first) * (random.random() if random.random() < 0.5 else 0)
    slope = np.linspace(0, 1, size, dtype=np.float32)
    slope = slope[:, None, None] if random.random() < 0.5 else slope[None, :, None]
    generator = np.random.Generator(np.random.PCG64(random.getrandbits(64)))
    grain = random.choice((1, 2, 4))
    noise = generator.random((size // grain + 1, size // grain + 1, 3), np.float32) - 0.5
    noise = cv2.resize(noise, (size, size), interpolation=cv2.INTER_LINEAR)
    return first + (second - first) * slope + noise * np.float32(random.uniform(0, 0.5))
