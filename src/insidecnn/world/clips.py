"""Clips: people who walk, cross, hide behind each other and behind posts, turn round, leave and come back.

A clip is first a :class:`Script`, which says who is where and when; any of its frames can be drawn alone.
"""

import math
from dataclasses import dataclass, field
from random import Random

import numpy as np
import torch

from insidecnn.checks import whole
from insidecnn.world import colours, things
from insidecnn.world.classes import KIND_NAMES
from insidecnn.world.draw import Look, Place, coverage, surface
from insidecnn.world.kinds import Shape
from insidecnn.world.outlines import polygon
from insidecnn.world.patterns import FORMULAS
from insidecnn.world.people import HEIGHT, Clothes, clothes, walking
from insidecnn.world.scenes import CLASSES, Actor, Scene, background, compose

SHAPE = (128, 192)  #: height and width of a frame, in pixels
BEYOND = 16  #: pixels outside the picture at which somebody turns round and comes back


@dataclass(frozen=True)
class Walker:
    """A person and their way: up and down a line across the picture, at a steady pace, with a turn now and then."""

    clothes: Clothes
    side: float  #: pixels of two of the body's units
    y: float  #: of the pelvis
    x: list[float]  #: of the pelvis, frame by frame
    phase: list[float]  #: of the gait, in turns
    swing: float  #: of the legs, in degrees

    def at(self, t: int) -> Actor:
        bob = 0.02 * self.side * math.cos(4 * math.pi * self.phase[t])
        place = Place(self.x[t], self.y + bob, self.side)
        lean = 3.0 * (1 if self.x[min(t + 1, len(self.x) - 1)] >= self.x[t] else -1)
        return Actor(
            CLASSES.index("person"), place, clothes=self.clothes, angles=walking(self.phase[t], self.swing, lean)
        )

    @property
    def depth(self) -> float:
        return self.y + 0.43 * self.side  # where the feet stand


@dataclass(frozen=True)
class Roller:
    """A thing that crosses the picture: a ball rolls, a car drives, a fish swims."""

    label: int
    look: Look
    side: float
    y: float
    x: list[float]

    def at(self, t: int) -> Actor:
        turn = math.degrees((self.x[t] - self.x[0]) / (self.side / 2)) if CLASSES[self.label] == "ball" else 0.0
        mirrored = self.x[-1] > self.x[0]  # cars and fish are drawn with their front to the left
        return Actor(self.label, Place(self.x[t], self.y, self.side, turn, mirrored), look=self.look)

    @property
    def depth(self) -> float:
        return self.y + 0.4 * self.side


@dataclass(frozen=True)
class Post:
    """An upright post in front of everybody."""

    x: float
    width: float
    look: Look

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """Draw it onto (H, W, 3) float32, in place: its coverage (H, W)."""
        height, width = picture.shape[:2]
        place = Place(self.x, height / 2, 2 * height)
        box = (0, 0, width, height)
        mask = coverage(self.look.shape, place, box)
        picture += (surface(self.look, place, box) - picture) * mask[..., None]
        return mask


@dataclass(frozen=True)
class Script:
    """Who is where in each frame; :meth:`frame` draws one."""

    seed: str
    split: str
    shape: tuple[int, int]
    frames: int
    actors: list[Walker | Roller]  #: those further away first
    posts: list[Post]

    @property
    def labels(self) -> torch.Tensor:
        """(n,) int64"""
        return torch.tensor([actor.label if isinstance(actor, Roller) else 4 for actor in self.actors])

    def frame(self, t: int) -> Scene:
        """The picture at time t, with all actors in their order, also those who are not seen."""
        picture = background(self.split, self.shape, Random(f"{self.seed} background"))
        return compose(picture, [actor.at(t) for actor in self.actors], Random(f"{self.seed} {t}"), over=self.posts)


@dataclass(frozen=True)
class Clip:
    """T pictures of n moving objects; object i is the same one in every picture."""

    images: np.ndarray = field(repr=False)  #: (T, H, W, 3) uint8 RGB
    labels: torch.Tensor  #: (n,) int64, numbers of ``scenes.CLASSES``
    boxes: torch.Tensor = field(repr=False)  #: (T, n, 4) float32, around the whole object on the picture; else zeros
    visibility: torch.Tensor = field(repr=False)  #: (T, n) float32, the share of the object that is seen
    keypoints: torch.Tensor = field(repr=False)  #: (T, n, 14, 3) float32

    def seen(self, t: int, least: float = 0.3, label: int = CLASSES.index("person")):
        """Identities (m,) and boxes (m, 4) of the objects of a class of which a share at least is seen in frame t."""
        names = ((self.visibility[t] >= least) & (self.labels == label)).nonzero()[:, 0]
        return names, self.boxes[t, names]


def way(random: Random, frames: int, width: int, half: float) -> list[float]:
    """Places x, frame by frame: a steady walk that turns round beyond the edges, and sometimes before."""
    speed = random.uniform(1.2, 3.2) * random.choice((-1, 1))
    x, found = random.uniform(-0.05, 1.05) * width, []
    turns = {random.randrange(frames) for _ in range(random.choice((0, 0, 1, 1, 2)))}
    for t in range(frames):
        found.append(x)
        beyond = (x < -half - BEYOND and speed < 0) or (x > width + half + BEYOND and speed > 0)
        speed = -speed if beyond or t in turns else speed
        x += speed
    return found


def walker(random: Random, frames: int, shape: tuple[int, int]) -> Walker:
    height, width = shape
    near = random.random()
    side = (0.36 + 0.26 * near) * height * 2 / HEIGHT  # who is nearer is larger and stands lower
    y = height * (0.5 + 0.2 * near) + random.uniform(-0.02, 0.02) * height
    x = way(random, frames, width, 0.3 * side)
    start, pace = random.random(), random.uniform(0.75, 0.95) / side
    gone = np.concatenate([[0], np.abs(np.diff(x)).cumsum()]) if frames > 1 else np.zeros(1)
    return Walker(clothes(random), side, y, x, [start + pace * g for g in gone.tolist()], random.uniform(18, 30))


def roller(random: Random, frames: int, shape: tuple[int, int]) -> Roller:
    height, width = shape
    kind = random.choice(CLASSES[1:4])
    side = height * random.uniform(0.18, 0.36)
    speed = random.uniform(1.0, 3.5) * random.choice((-1, 1))
    middle = random.uniform(0.1, 0.9) * width - speed * random.uniform(0, 1) * frames
    look = things.look(100 * KIND_NAMES.index(kind) + random.randrange(100), random, side)
    y = height * (random.uniform(0.15, 0.6) if kind == "fish" else random.uniform(0.6, 0.9))
    return Roller(CLASSES.index(kind), look, side, y, [middle + speed * t for t in range(frames)])


def post(random: Random, shape: tuple[int, int]) -> Post:
    wide = random.uniform(0.05, 0.1) * shape[1]
    half = wide / 2 / shape[0]  # in the units of a place as high as the picture
    outline = polygon((-half, -1), (half, -1), (half, 1), (-half, 1))
    tones = colours.tones(random.choice(tuple(colours.RANGES)), random.uniform)
    look = Look(Shape([(outline, True)]), random.choice(tuple(FORMULAS)), tones, 0.12, (0, 0), (0, 0), (0, 0, 0))
    return Post(random.uniform(0.2, 0.8) * shape[1], wide, look)


def script(
    seed: int,
    split: str = "test",
    frames: int = 60,
    people: int = 6,
    things: int = 1,
    posts: int = 1,
    shape: tuple[int, int] = SHAPE,
) -> Script:
    """A random clip before it is drawn; the arguments are those of :func:`clip`."""
    frames = whole("frames", frames, least=1)
    people, things, posts = whole("people", people, 0), whole("things", things, 0), whole("posts", posts, 0)
    if people + things < 1:
        raise ValueError("people and things are both 0; a clip needs at least one of them.")
    name = f"clip {split} {seed}"
    random = Random(name)
    actors = [walker(random, frames, shape) for _ in range(people)]
    actors += [roller(random, frames, shape) for _ in range(things)]
    return Script(
        name,
        split,
        shape,
        frames,
        sorted(actors, key=lambda actor: actor.depth),
        [post(random, shape) for _ in range(posts)],
    )


def clip(
    seed: int,
    split: str = "test",
    frames: int = 60,
    people: int = 6,
    things: int = 1,
    posts: int = 1,
    shape: tuple[int, int] = SHAPE,
) -> Clip:
    """Moving people and things, the nearer ones in front.

    Args:
        seed, split: as for :func:`insidecnn.world.scenes.scene`.
        frames: how many pictures; think of ten a second.
        people, things, posts: how many of each.
        shape: height and width of a frame in pixels.

    Raises:
        ValueError: no such split, no frame, or nobody and nothing.
    """
    return filmed(script(seed, split, frames, people, things, posts, shape))


def filmed(made: Script) -> Clip:
    """The clip of a script."""
    drawn = [made.frame(t) for t in range(made.frames)]
    whole_areas = torch.stack([each.whole_masks.flatten(1).sum(1) for each in drawn])
    seen = torch.stack([each.masks.flatten(1).sum(1) for each in drawn])
    # a person cut off by the edge is not whole, though nothing hides them: the largest area they ever have counts
    full = whole_areas.amax(0).clamp_min(1)
    return Clip(
        np.stack([each.image for each in drawn]),
        made.labels,
        torch.stack([each.whole_boxes for each in drawn]),
        (seen / torch.maximum(whole_areas, 0.75 * full)).clamp(0, 1),
        torch.stack([each.keypoints for each in drawn]),
    )
