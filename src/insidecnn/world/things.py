"""Pictures of single things, of a class each, and what is known of them."""

from dataclasses import dataclass, field
from random import Random

import cv2
import numpy as np

from insidecnn.checks import whole
from insidecnn.world import backgrounds, colours
from insidecnn.world.classes import CATEGORIES, COLOUR_NAMES, KIND_NAMES, PATTERN_NAMES, attributes
from insidecnn.world.draw import Look, Place, coverage, draw, window
from insidecnn.world.kinds import shape

EXAMPLE = {"number": 514, "seed": 13, "split": "test"}  #: the picture that the book's chapters follow
SIDES = (1 / 6, 0.9)  #: of a thing, as a share of the picture's


@dataclass(frozen=True)
class Picture:
    """A drawn picture of one thing, and everything that is known of it."""

    image: np.ndarray = field(repr=False)  #: (S, S, 3) uint8 RGB
    number: int  #: of the class; its three digits are kind, colour and pattern
    mask: np.ndarray = field(repr=False)  #: (S, S) bool: the pixels that the thing covers
    box: tuple[int, int, int, int]  #: (left, top, right, bottom) of the mask; right and bottom exclusive
    whole_box: tuple[float, float, float, float]  #: of the thing, also where it lies outside the picture
    joints: dict[str, tuple[float, float]]  #: x and y in pixels, of a person only

    @property
    def name(self) -> str:
        return CATEGORIES[self.number]


def look(number: int, random: Random, side: float) -> Look:
    """How one thing of a class looks; ``side`` in pixels, so that a pattern is never too fine to be seen."""
    kind, colour, pattern = attributes(number)
    drawn = shape(KIND_NAMES[kind], random.uniform)
    period = max(random.uniform(0.3, 0.55), 16 / side)
    offset = (random.random(), random.random())
    if PATTERN_NAMES[pattern] in ("ringed", "halved"):  # their middle lies on the thing
        offset = (random.uniform(-0.15, 0.15) / period, random.uniform(-0.15, 0.15) / period)
    tones = colours.tones(COLOUR_NAMES[colour], random.uniform)
    light = (random.uniform(-0.15, 0.1), random.uniform(-0.25, 0))
    shadow = (random.uniform(-0.1, 0.15), random.uniform(0.02, 0.15), random.uniform(0.2, 0.55))
    return Look(drawn, PATTERN_NAMES[pattern], tones, period, offset, light, shadow)


def place(random: Random, size: int, sides: tuple[float, float] = SIDES) -> Place:
    """Anywhere on a picture; up to a fifth of a thing may lie outside."""
    low, high = sides
    side = size * low * (high / low) ** random.random()
    margin = 0.3 * side
    x, y = random.uniform(margin, size - margin), random.uniform(margin, size - margin)
    return Place(x, y, side, random.uniform(-14, 14), random.random() < 0.5)


def thing(number: int, seed: int, size: int = 224, split: str = "train", sides: tuple[float, float] = SIDES) -> Picture:
    """Draw a picture of a thing; the same arguments give the same picture, on every machine to within rounding.

    Args:
        number: of the class, 0 to 999.
        seed: another one gives another picture of the same class.
        size: the picture's height and width in pixels.
        split: ``"train"``, ``"validation"`` or ``"test"``; no two share a background photograph.
        sides: the least and the greatest size of the thing, as shares of the picture's.

    Raises:
        ValueError: no such class or split, or a size below 16.
    """
    attributes(number)
    size = whole("size", size, least=16)
    random = Random(f"{split} {number} {seed}")
    image = backgrounds.crop(split, size, random)
    where = place(random, size, sides)
    seen = look(number, random, where.side * 224 / max(size, 224))
    covered = draw(image, seen, where)
    image = image * random.uniform(0.75, 1.15) + noise(size, random)
    mask = covered > 0.5
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return Picture(
        np.round(image.clip(0, 1) * 255).astype(np.uint8),
        number,
        mask,
        (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1),
        window(seen.shape, where),
        {name: tuple(where.pixels(joint)[0].tolist()) for name, joint in seen.shape.joints.items()},
    )


def together(pictures: list[Picture]) -> np.ndarray:
    """The first picture with the things of all others pasted into it, each where it stands: (S, S, 3) uint8."""
    image = pictures[0].image
    for picture in pictures[1:]:
        image = np.where(picture.mask[..., None], picture.image, image)
    return image


def outlined(number: int, seed: int, size: int) -> np.ndarray:
    """The outline of a thing, drawn in one stroke of one colour on a plain background: (size, size, 3) uint8."""
    random = Random(f"outline {number} {seed}")
    image = backgrounds.crop("plain", size, random)
    where = place(random, size, (0.4, 0.9))
    seen = look(number, random, where.side)
    mask = coverage(seen.shape, where, (0, 0, size, size))
    thick = random.randint(1, max(2, size // 24))
    edge = mask - cv2.erode(mask, np.ones((2 * thick + 1, 2 * thick + 1)))
    return np.round((image + (colours.ink(random, image) - image) * edge[..., None]).clip(0, 1) * 255).astype(np.uint8)


def noise(size: int, random: Random) -> np.ndarray:
    """(size, size, 3) float32 around 0, its standard deviation up to 0.05; nearly Gaussian.

    Made of the bit generator's raw bits, whose order NumPy promises never to change.
    """
    strength = random.uniform(0, 0.05)
    bits = np.random.PCG64(random.getrandbits(64)).random_raw(-(-size * size * 3 // 2)).view(np.uint16)
    bits = bits[: size * size * 6].reshape(2, size, size, 3).astype(np.float32)
    return (bits[0] - bits[1]) * np.float32(strength * 6**0.5 / 65536)  # a triangle, whose deviation is 1 / √6
