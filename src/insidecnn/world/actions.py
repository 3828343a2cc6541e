"""Actions: clips in which a hand moves a thing. What the thing is and how it is moved make the class.

A round of every motion takes eight frames. In every eighth frame of a clip the thing therefore stands at the same
place, but for a slow drift that all motions have: those frames tell what it is, and not how it is moved. The motions
are two pairs; each is its partner played backwards, so that the frames in any other order would not tell them apart.
"""

import colorsys
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import cv2
import numpy as np
import torch

from insidecnn.checks import number, whole
from insidecnn.world import backgrounds
from insidecnn.world.classes import CATEGORIES, KIND_NAMES
from insidecnn.world.draw import Place, coverage, surface
from insidecnn.world.kinds import Shape
from insidecnn.world.outlines import Outline, limb
from insidecnn.world.things import look

Pair = tuple[float, float]
FRAMES, PERIOD, SIZE = 32, 8, 64  #: of a clip: its frames, the frames of a round, its height and width in pixels
KINDS = ("ball", "fish", "car", "house", "cup", "boat", "bird", "star")
SIDES = (0.46, 0.6)  #: of a thing, as shares of the picture's
REACH = (0.05, 0.09)  #: how far a motion goes from its middle, as a share of the picture's side
DRIFT = 0.06  #: how far the hand wanders during a clip, at most, as a share of the picture's side
STILL = "stays still"  #: a motion that is in no class


def stroke(turn: float) -> float:
    """From −1 to 1 in the first quarter of a round, and back in the other three."""
    turn = turn % 1
    return 8 * turn - 1 if turn < 0.25 else 1 - (turn - 0.25) * 8 / 3


MOTIONS: dict[str, Callable[[float], Pair]] = {  #: rounds so far → how far to the right and down, from −1 to 1
    "circles clockwise": lambda turn: (math.cos(2 * math.pi * turn), math.sin(2 * math.pi * turn)),
    "circles counter-clockwise": lambda turn: (math.cos(2 * math.pi * turn), -math.sin(2 * math.pi * turn)),
    "goes up fast, down slowly": lambda turn: (0.0, -stroke(turn)),
    "goes down fast, up slowly": lambda turn: (0.0, stroke(turn)),
}
CLASSES = tuple(f"a {kind} {motion}" for kind in KINDS for motion in MOTIONS)  #: a class's number is its place here


@dataclass(frozen=True)
class Clip:
    """T frames of a hand that moves a thing, and what is known of them."""

    images: np.ndarray = field(repr=False)  #: (T, S, S, 3) uint8 RGB
    kind: str
    motion: str
    places: np.ndarray = field(repr=False)  #: (T, 2) float32, the thing's middle: x and y in pixels

    @property
    def number(self) -> int:
        """Of its class, see :data:`CLASSES`; −1 if the thing stays still, which is no class."""
        return -1 if self.motion == STILL else KINDS.index(self.kind) * len(MOTIONS) + list(MOTIONS).index(self.motion)

    @property
    def name(self) -> str:
        return f"a {self.kind} {self.motion}"

    def tensor(self) -> torch.Tensor:
        """The frames as a network takes them: (3, T, S, S) float32 from 0 to 1."""
        return torch.from_numpy(self.images).permute(3, 0, 1, 2).float() / 255


@dataclass(frozen=True)
class Held:
    """A thing and the arm that holds it, on transparent ground."""

    sheet: (
        np.ndarray
    )  #: (2S, 2S, 4) uint8: red, green and blue, times opacity, and opacity; the thing's middle at (S, S)
    side: float  #: of the thing's square, in pixels


def clip(
    kind: str,
    motion: str,
    seed: int,
    split: str = "test",
    frames: int = FRAMES,
    period: float = PERIOD,
    sides: Pair = SIDES,
) -> Clip:
    """A clip of 64 × 64 pixels; the same arguments give the same one, on every machine to within rounding.

    Args:
        kind: one of :data:`KINDS`; its colour and its pattern are any of ten.
        motion: one of :data:`MOTIONS`, or :data:`STILL`.
        seed: another one gives another clip of the same class.
        split: ``"train"``, ``"validation"`` or ``"test"``; no two share a background photograph.
        period: the frames that a round takes; those of the classes have 8.
        sides: the least and the greatest size of the thing, as shares of the picture's.

    Raises:
        ValueError: no such kind, motion or split, no frame, or a period that is not above 0.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no kind {kind!r}; choose one of {', '.join(KINDS)}.")
    if motion not in (*MOTIONS, STILL):
        raise ValueError(f"There is no motion {motion!r}; choose one of {'; '.join(MOTIONS)}; {STILL}.")
    frames, period = whole("frames", frames, least=1), number("period", period, 0, math.inf, open_below=True)
    random = Random(f"{split} {kind} {motion} {seed}")
    background = backgrounds.crop(split, SIZE, random)
    thing = held(kind, random, sides)
    places = path(motion, thing.side, random, frames, period)
    return Clip(filmed(background, thing, places, random), kind, motion, places)


def held(kind: str, random: Random, sides: Pair = SIDES) -> Held:
    """One more thing of a kind, of any colour and pattern, and an arm that holds it from below."""
    side = SIZE * random.uniform(*sides)
    of_kind = len(CATEGORIES) // len(KIND_NAMES)
    seen = look(KIND_NAMES.index(kind) * of_kind + random.randrange(of_kind), random, side * 224 / SIZE)
    sheet = np.zeros((2 * SIZE, 2 * SIZE, 4), np.float32)
    everywhere = (0, 0, 2 * SIZE, 2 * SIZE)

    def lay(shape: Shape, where: Place, colours: np.ndarray) -> None:
        mask = coverage(shape, where, everywhere)[..., None]
        sheet[...] = sheet * (1 - mask) + np.concatenate([colours * mask, mask], 2)

    for outline, colour in arm(side / 2, random):
        lay(Shape([(outline, True)]), Place(SIZE, SIZE, 2), np.broadcast_to(colour, (*sheet.shape[:2], 3)))
    where = Place(SIZE, SIZE, side, random.uniform(-14, 14), random.random() < 0.5)
    lay(seen.shape, where, surface(seen, where, everywhere).clip(0, 1))
    return Held(np.round(sheet * 255).astype(np.uint8), side)


def arm(half: float, random: Random) -> list[tuple[Outline, np.ndarray]]:
    """A sleeve and a hand: outlines around the thing's middle, in pixels, and colours (3,); ``half`` the thing's side."""
    turn = math.radians(random.uniform(-70, 70))

    def at(distance: float) -> Pair:
        return distance * math.sin(turn), distance * math.cos(turn)

    sleeve = limb(at(1.15 * half), at(1.5 * SIZE), 0.42 * half, 0.55 * half)
    hand = limb(at(0.5 * half), at(1.15 * half), 0.5 * half, 0.36 * half)
    return [
        (sleeve, tone(random, (0, 1), (0, 0.8), (0.15, 0.95))),
        (hand, tone(random, (0.03, 0.09), (0.25, 0.6), (0.35, 0.95))),
    ]


def tone(random: Random, hue: Pair, saturation: Pair, value: Pair) -> np.ndarray:
    """A colour (3,) float32 from 0 to 1, out of ranges of hue (in turns), saturation and value."""
    return np.array(colorsys.hsv_to_rgb(*(random.uniform(*limits) for limits in (hue, saturation, value))), np.float32)


def path(motion: str, side: float, random: Random, frames: int = FRAMES, period: float = PERIOD) -> np.ndarray:
    """Where the middle of a thing of ``side`` pixels is in each frame: (T, 2) float32, x and y in pixels.

    Start of the round, reach, middle and drift are drawn at random.
    """
    start, reach = random.random(), SIZE * random.uniform(*REACH)
    edge = min(0.4 * side + reach, SIZE / 2)  # a tenth of a thing may leave the picture
    middle = np.array([random.uniform(edge, SIZE - edge) for _ in range(2)])
    drift = np.array([random.uniform(-DRIFT, DRIFT) * SIZE for _ in range(2)])
    where = MOTIONS.get(motion, lambda turn: (0.0, 0.0))
    steps = np.array([where(start + t / period) for t in range(frames)])  # (T, 2)
    shares = np.arange(frames)[:, None] / FRAMES - 0.5
    return (middle + reach * steps + drift * shares).astype(np.float32)


def filmed(background: np.ndarray, thing: Held, places: np.ndarray, random: Random) -> np.ndarray:
    """A thing at its places (T, 2) before a background (S, S, 3) float32 in [0, 1]: (T, S, S, 3) uint8, with noise."""
    light = np.float32(random.uniform(0.75, 1.15))
    shifts = (np.array([[1, 0, x - SIZE], [0, 1, y - SIZE]]) for x, y in places)
    moved = np.stack([cv2.warpAffine(thing.sheet, shift, (SIZE, SIZE)) for shift in shifts]).astype(np.float32)
    images = (background * (255 - moved[..., 3:]) + moved[..., :3]) * light + noise(random, (*moved.shape[:3], 3))
    return np.round(images.clip(0, 255)).astype(np.uint8)


def noise(random: Random, shape: tuple[int, ...]) -> np.ndarray:
    """float32 around 0, even within ±√3 times a standard deviation of up to a twenty-fifth of 255.

    Made of the bit generator's raw bits, whose order NumPy promises never to change.
    """
    limit = random.uniform(0, 255 / 25) * 3**0.5
    count = math.prod(shape)
    bits = np.random.PCG64(random.getrandbits(64)).random_raw(-(-count // 4)).view(np.uint16)[:count]
    return (bits.reshape(shape).astype(np.float32) - 32767.5) * np.float32(limit / 32768)
