"""Scenes: several things and people before a photograph, some of them in front of others, with every label.

Labels have torchvision's form: boxes (left, top, right, bottom) in pixels, right and bottom being the
first pixels outside; classes from 1, since 0 is the background; keypoints (x, y, visible) with COCO's
three values: 0 not on the picture, 1 hidden, 2 seen.
"""

from dataclasses import dataclass, field
from random import Random

import numpy as np
import torch

from insidecnn.checks import whole
from insidecnn.world import backgrounds, things
from insidecnn.world.classes import KIND_NAMES
from insidecnn.world.draw import Look, Place, draw
from insidecnn.world.kinds import BONES as BODY
from insidecnn.world.kinds import JOINTS
from insidecnn.world.people import HEIGHT, Clothes, clothes, draw_person, standing

CLASSES = ("background", "ball", "fish", "car", "person")
#: pairs of places in :data:`JOINTS` that a bone joins; hips hang on the neck, as in OpenPose
BONES = tuple(
    (JOINTS.index("neck" if start == "pelvis" else start), JOINTS.index(end))
    for end, (start, *_) in BODY.items()
    if end != "neck"
)
LEAST_SEEN = 0.4  #: share of every object that is seen, unless a scene is crowded
LARGEST = 10  #: objects in one scene


@dataclass(frozen=True)
class Scene:
    """A picture of n objects and all that can be said about it; the later objects are in front."""

    image: np.ndarray = field(repr=False)  #: (H, W, 3) uint8 RGB
    labels: torch.Tensor  #: (n,) int64, numbers of :data:`CLASSES`
    masks: torch.Tensor = field(repr=False)  #: (n, H, W) bool, the pixels that are seen; no pixel has two objects
    whole_masks: torch.Tensor = field(repr=False)  #: (n, H, W) bool, as if nothing were in front
    keypoints: torch.Tensor = field(repr=False)  #: (n, 14, 3) float32 in the order of JOINTS; zeros for a thing

    @property
    def boxes(self) -> torch.Tensor:
        """(n, 4) float32, around the pixels that are seen."""
        return boxes_of(self.masks)

    @property
    def whole_boxes(self) -> torch.Tensor:
        """(n, 4) float32, around the whole object, as far as it is on the picture."""
        return boxes_of(self.whole_masks)

    def tensor(self) -> torch.Tensor:
        """The picture as a tensor (3, H, W) float32 from 0 to 1."""
        return torch.from_numpy(self.image).permute(2, 0, 1).float() / 255

    def semantic(self) -> torch.Tensor:
        """The class of each pixel: (H, W) int64, 0 where there is no object."""
        return (self.masks * self.labels[:, None, None]).sum(0)

    def target(self) -> dict[str, torch.Tensor]:
        """The labels in the form in which torchvision's detectors want them."""
        return {"boxes": self.boxes, "labels": self.labels, "masks": self.masks.byte(), "keypoints": self.keypoints}


@dataclass(frozen=True)
class Actor:
    """One object of a scene, before it is drawn: a thing's look, or a person's clothes and pose."""

    label: int
    place: Place
    look: Look | None = None
    clothes: Clothes | None = None
    angles: dict[str, float] | None = None

    def draw(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Draw it onto (H, W, 3) float32, in place: coverage (H, W), and joints (14, 2), zeros for a thing."""
        if self.look:
            return draw(picture, self.look, self.place), np.zeros((len(JOINTS), 2))
        return draw_person(picture, self.angles, self.clothes, self.place)


def boxes_of(masks: torch.Tensor) -> torch.Tensor:
    """The boxes (n, 4) float32 around the true pixels of masks (n, H, W); zeros where there are none."""
    found = torch.zeros(len(masks), 4)
    for k, mask in enumerate(masks.numpy()):
        columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
        if len(columns):
            found[k] = torch.tensor([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    return found


def actor(kind: str, random: Random, shape: tuple[int, int]) -> Actor:
    """A random object of a kind, anywhere on a picture of a shape (height, width)."""
    height, width = shape
    if kind == "person":
        side = random.uniform(0.38, 0.88) * height * 2 / HEIGHT
        x = random.uniform(0.12, 0.88) * width
        y = random.uniform(0.5 * side, height - 0.3 * side) if side < height else height * random.uniform(0.45, 0.6)
        where = Place(x, y, side, random.uniform(-6, 6))
        return Actor(CLASSES.index(kind), where, clothes=clothes(random), angles=standing(random))
    number = 100 * KIND_NAMES.index(kind) + random.randrange(100)
    side = height * 0.15 * (0.5 / 0.15) ** random.random()
    margin = 0.35 * side
    where = Place(
        random.uniform(margin, width - margin),
        random.uniform(margin, height - margin),
        side,
        random.uniform(-14, 14),
        random.random() < 0.5,
    )
    return Actor(CLASSES.index(kind), where, look=things.look(number, random, side))


def background(split: str, shape: tuple[int, int], random: Random) -> np.ndarray:
    """A random crop of the split's photographs: (H, W, 3) float32."""
    height, width = shape
    size = max(shape)
    found = backgrounds.crop(split, size, random)
    top, left = (size - height) // 2, (size - width) // 2
    return np.ascontiguousarray(found[top : top + height, left : left + width])


def compose(picture: np.ndarray, actors: list[Actor], random: Random, least: float = 0.0, over=()) -> Scene:
    """Draw actors onto a background (H, W, 3) float32, the later ones in front.

    Args:
        least: an actor that would leave less than this share of an earlier one to be seen is left out,
            and so is one of which less than this is on the picture.
        over: drawn in front of all; no objects, but they hide: functions of the picture that give coverages (H, W).
    """
    kept, whole_masks, seen, joints = [], [], [], []
    for each in actors:
        after = picture.copy()
        covered, places = each.draw(after)
        mask = covered > 0.5
        left = [other & ~mask for other in seen]
        if least and not all(now.sum() >= least * full.sum() for now, full in zip(left, whole_masks, strict=True)):
            continue
        picture = after
        kept.append(each)
        whole_masks.append(mask)
        joints.append(places)
        seen = [*left, mask]
    for hide in over:
        mask = hide(picture) > 0.5
        seen = [other & ~mask for other in seen]
    picture = picture * random.uniform(0.8, 1.12) + noise(picture.shape[:2], random)
    keypoints = np.zeros((len(kept), len(JOINTS), 3), np.float32)
    height, width = picture.shape[:2]
    for k, each in enumerate(kept):
        if each.clothes:
            x, y = np.floor(joints[k]).astype(int).T
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            visible = seen[k][y.clip(0, height - 1), x.clip(0, width - 1)]
            keypoints[k] = np.column_stack([joints[k], np.where(inside, 1 + visible, 0)]) * inside[:, None]
    stack = lambda masks: torch.from_numpy(np.stack(masks) if masks else np.zeros((0, height, width), bool))  # noqa: E731
    return Scene(
        np.round(picture.clip(0, 1) * 255).astype(np.uint8),
        torch.tensor([each.label for each in kept], dtype=torch.int64),
        stack(seen),
        stack(whole_masks),
        torch.from_numpy(keypoints),
    )


def noise(shape: tuple[int, int], random: Random) -> np.ndarray:
    """Noise (H, W, 3) float32 of a square's, cut to a shape."""
    return things.noise(max(shape), random)[: shape[0], : shape[1]]


def scene(
    seed: int,
    split: str = "test",
    size: int = 128,
    objects: tuple[int, int] = (1, 6),
    kinds: tuple[str, ...] = CLASSES[1:],
    crowded: bool = False,
) -> Scene:
    """A picture of some objects; the same arguments give the same picture, on every machine to within rounding.

    Args:
        seed: another one gives another picture.
        split: ``"train"``, ``"validation"`` or ``"test"``; no two share a background photograph.
        size: height and width in pixels, at least 64.
        objects: the least and the greatest number of objects; where no room is left for one it is left out.
        kinds: of :data:`CLASSES`, to choose from, all equally likely.
        crowded: whether an object may be hidden to more than 60 %, up to 90 %.

    Raises:
        ValueError: no such split or kind, a size below 64, or no range of 1 to 10 objects.
    """
    size = whole("size", size, least=64)
    unknown = [kind for kind in kinds if kind not in CLASSES[1:]]
    if unknown or not kinds:
        raise ValueError(f"kinds is {kinds}; take one or more of {', '.join(CLASSES[1:])}.")
    low, high = objects
    if not 1 <= low <= high <= LARGEST:
        raise ValueError(f"objects is {objects}; give two numbers from 1 to {LARGEST}, the smaller first.")
    random = Random(f"scene {split} {seed}")
    picture = background(split, (size, size), random)
    actors = [actor(random.choice(kinds), random, (size, size)) for _ in range(random.randint(low, high))]
    return compose(picture, actors, random, 0.1 if crowded else LEAST_SEEN)
