"""Scenes for those who learn who is who: people of a fixed cast, each drawn many times.

A person is what they wear (:func:`insidecnn.world.people.clothes`): walking or standing, near or far, before
other backgrounds, behind other people and posts.
"""

from dataclasses import dataclass
from random import Random

import torch

from insidecnn.world import clips, people
from insidecnn.world.draw import Place
from insidecnn.world.people import Clothes
from insidecnn.world.scenes import CLASSES, Actor, Scene, background, compose

LEAST_SEEN = 0.3  #: share of a person or thing that is seen; who is hidden more is not there
DATA = (
    "people whom the program draws, many times each, among others; nobody of one part, and no photograph that a "
    "background is taken from, is in another"
)
THING = -1  #: what stands for the identity of a thing


@dataclass(frozen=True)
class Crowd:
    """A scene, with all of its objects that are seen."""

    scene: Scene
    there: torch.Tensor  #: (m,) int64: places in the scene of the objects that are seen
    who: torch.Tensor  #: (m,) int64: the person's number in the cast, or ``THING``

    @property
    def boxes(self) -> torch.Tensor:
        """(m, 4) float32, around the whole object, hidden or not, as far as it is on the picture."""
        return self.scene.whole_boxes[self.there]


def cast(split: str, count: int) -> list[Clothes]:
    """The people of a split; they are in no clip, and in no other split."""
    return [people.clothes(Random(f"person {split} {k}")) for k in range(count)]


def pose(random: Random) -> dict[str, float]:
    """Mostly walking."""
    if random.random() < 0.15:
        return people.standing(random)
    return people.walking(random.random(), random.uniform(18, 30), random.choice((-3, 3)))


def crowd(
    split: str, number: int, worn: list[Clothes], persons: tuple[int, int] = (5, 5), things: bool = False
) -> Crowd:
    """A scene of the size of a clip's frames with some people of a cast, as near and as far as in a clip.

    Args:
        number: another one gives another scene.
        worn: the cast.
        persons: the least and the greatest number of people.
        things: whether a ball, a fish or a car may be there too.
    """
    random = Random(f"crowd {split} {number}")
    height, width = clips.SHAPE
    who = random.sample(range(len(worn)), random.randint(*persons))
    near = sorted(random.random() for _ in who)  # later ones are in front
    actors = []
    for k, depth in zip(who, near, strict=True):
        side = (0.36 + 0.26 * depth) * height * 2 / people.HEIGHT
        place = Place(random.uniform(-0.05, 1.05) * width, height * (0.5 + 0.2 * depth), side)
        actors.append(Actor(CLASSES.index("person"), place, clothes=worn[k], angles=pose(random)))
    if things and random.random() < 0.5:
        at = random.randrange(len(who) + 1)
        actors.insert(at, clips.roller(random, 60, clips.SHAPE).at(random.randrange(60)))
        who.insert(at, THING)
    posts = [clips.post(random, clips.SHAPE)] if random.random() < 0.5 else []
    scene = compose(background(split, clips.SHAPE, random), actors, random, over=posts)
    whole, seen = scene.whole_masks.flatten(1).sum(1), scene.masks.flatten(1).sum(1)
    there = (seen >= LEAST_SEEN * whole) & (seen >= 60)  # at least 60 pixels, where the picture's edge cuts it off
    return Crowd(scene, there.nonzero()[:, 0], torch.tensor(who)[there])
