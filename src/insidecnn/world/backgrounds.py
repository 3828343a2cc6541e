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

    For training it is changed in many ways, see :func:`varied`. The split ``"plain"`` has no photographs:
    one colour, or a slope of two, with noise.

    Raises:
        ValueError: no such split.
    """
    if split == "plain":
        return plain(size, random)
    if split not in SPLITS:
        raise ValueError(f"There is no split {split!r}; choose one of {', '.join(SPLITS)} or plain.")
    found = square(split, size, random)
    return varied(found, random) if split == "train" else found


def square(split: str, size: int, random: Random) -> np.ndarray:
    pixels = photograph(random.choice(SPLITS[split]))
    height, width = pixels.shape[:2]
    longest = min(height, width)
    side = round(SMALLEST_SIDE * (longest / SMALLEST_SIDE) ** random.random())
    top, left = random.randint(0, height - side), random.randint(0, width - side)
    how = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    found = cv2.resize(pixels[top : top + side, left : left + side], (size, size), interpolation=how)
    found = found[:, ::-1] if random.random() < 0.5 else found
    return found.astype(np.float32) / 255


def varied(image: np.ndarray, random: Random) -> np.ndarray:
    """A training background (S, S, 3) made another one: there are ten photographs, and a network learns ten by heart.

    Two are mixed, or stand side by side; turned, blurred, recoloured, made negative or grey; and on some lie
    flat polygons, lines and letters that are no things.
    """
    size = len(image)
    if random.random() < 0.3:
        other = square("train", size, random)
        if random.random() < 0.5:
            image = image + (other - image) * np.float32(random.uniform(0.2, 0.8))
        else:
            edge = random.randint(1, size - 1)
            image = np.where((np.arange(size) < edge)[None, :, None], image, other)
    image = np.ascontiguousarray(np.rot90(image, random.randrange(4) if random.random() < 0.4 else 0))
    if random.random() < 0.15:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.5, 3))
    colour = random.random()
    if colour < 0.35:
        image = image[..., random.sample(range(3), 3)]
    elif colour < 0.45:
        image = np.repeat(image.mean(2, keepdims=True), 3, axis=2)
    elif colour < 0.55:
        image = 1 - image
    if random.random() < 0.5:
        image = image * np.array([random.uniform(0.6, 1.3) for _ in range(3)], np.float32)
    contrast, light = random.uniform(0.6, 1.1), random.uniform(-0.15, 0.15)
    image = np.ascontiguousarray((image - 0.5) * np.float32(contrast) + np.float32(0.5 + light))
    if random.random() < 0.35:
        image = clutter(image, random)
    return image


def clutter(image: np.ndarray, random: Random) -> np.ndarray:
    """A background (S, S, 3) with up to eight flat polygons, lines and letters drawn onto it."""
    size = len(image)
    image = (image.clip(0, 1) * 255).astype(np.uint8)  # OpenCV writes on no other
    for _ in range(random.randint(1, 8)):
        colour = tuple(random.randrange(256) for _ in range(3))
        x, y = random.uniform(0, size), random.uniform(0, size)
        what = random.random()
        if what < 0.4:
            reach = random.uniform(0.04, 0.25) * size
            corners = [(x + random.uniform(-reach, reach), y + random.uniform(-reach, reach)) for _ in range(4)]
            cv2.fillPoly(image, [np.array(corners, np.int32)], colour, cv2.LINE_AA)
        elif what < 0.75:
            to = random.uniform(0, size), random.uniform(0, size)
            thick = random.randint(1, max(1, size // 40))
            cv2.line(image, (int(x), int(y)), (int(to[0]), int(to[1])), colour, thick, cv2.LINE_AA)
        else:
            letters = "".join(random.choices("ABCDEFGHKLMNRSTXYZaefhkmnrst", k=random.randint(1, 5)))
            scale = random.uniform(0.3, 1.6) * size / 112
            cv2.putText(image, letters, (int(x) - 10, int(y)), random.randrange(8), scale, colour, 1, cv2.LINE_AA)
    return image.astype(np.float32) / 255


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
