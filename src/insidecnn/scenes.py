"""A small made world in which every label is known: shapes and stick figures, still and moving.

The same seed gives the same picture. Labels have torchvision's form: boxes (left, top, right, bottom)
in pixels, where right and bottom are the first pixels outside; classes from 1, since 0 is the
background; keypoints (x, y, visible) with COCO's three values: 0 there is none, 1 hidden, 2 seen.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

CLASSES = ("background", "disc", "square", "triangle", "person")
KEYPOINTS = ("head", "neck", "left hand", "right hand", "hip", "left foot", "right foot")
BONES = ((0, 1), (1, 2), (1, 3), (1, 4), (4, 5), (4, 6))  #: pairs of keypoints that a line joins
MOTIONS = ("to the left", "to the right")


@dataclass(frozen=True)
class Scene:
    """A picture of n objects and all that can be said about it."""

    image: np.ndarray  #: (H, W, 3) uint8 RGB
    labels: torch.Tensor  #: (n,) int64, numbers of :data:`CLASSES`
    boxes: torch.Tensor  #: (n, 4) float32, around the visible pixels
    masks: torch.Tensor  #: (n, H, W) bool, the visible pixels; no pixel belongs to two objects
    keypoints: torch.Tensor  #: (n, 7, 3) float32, zeros where the object is no person

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
class Clip:
    """T pictures of n moving objects; object i is the same one in every picture."""

    images: np.ndarray  #: (T, H, W, 3) uint8 RGB
    labels: torch.Tensor  #: (n,) int64, numbers of :data:`CLASSES`
    boxes: torch.Tensor  #: (T, n, 4) float32, around the whole object, hidden or not
    visibility: torch.Tensor  #: (T, n) float32, the share of the object's pixels that no other one hides

    def seen(self, t: int, least: float = 0.3) -> tuple[torch.Tensor, torch.Tensor]:
        """Identities (m,) and boxes (m, 4) of the objects of which at least a share is visible in picture t."""
        ids = (self.visibility[t] >= least).nonzero()[:, 0]
        return ids, self.boxes[t, ids]


@dataclass(frozen=True)
class Thing:
    """One object: its kind, its height in pixels, its colour; for a person where the joints are."""

    kind: int
    size: int
    colour: tuple[int, int, int]
    joints: np.ndarray | None  # (7, 2), x and y from 0 to 1

    def paint(self, left: int, top: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Its pixels (H, W) bool and keypoints (7, 2) float32 with its corner at (left, top)."""
        mask, s = np.zeros(shape, np.uint8), self.size
        joints = np.zeros((len(KEYPOINTS), 2), np.float32)
        if CLASSES[self.kind] == "disc":
            cv2.circle(mask, (left + s // 2, top + s // 2), s // 2, 1, -1)
        elif CLASSES[self.kind] == "square":
            mask[top : top + s, left : left + s] = 1
        elif CLASSES[self.kind] == "triangle":
            corners = [[left + s // 2, top], [left + s - 1, top + s - 1], [left, top + s - 1]]
            cv2.fillPoly(mask, [np.array(corners, np.int32)], 1)
        else:
            joints = (self.joints * (s - 1) + [left, top]).round().astype(np.float32)
            points = [tuple(int(v) for v in joint) for joint in joints]
            for a, b in BONES:
                cv2.line(mask, points[a], points[b], 1, max(2, s // 12))
            cv2.circle(mask, points[0], s // 8, 1, -1)
        return mask.astype(bool), joints


def pose(rng: np.random.Generator) -> np.ndarray:
    """Joints (7, 2) of a person who faces us in a unit square: the own left is at the right of the picture."""
    neck, hip = np.array([0.5, 0.32]), np.array([0.5, 0.62])
    arms, legs = rng.uniform(-1.1, 1.1, 2), rng.uniform(0.1, 0.7, 2)
    hands = [neck + 0.34 * np.array([side * np.cos(a), np.sin(a)]) for side, a in zip((1, -1), arms, strict=True)]
    feet = [hip + 0.34 * np.array([side * np.sin(a), np.cos(a)]) for side, a in zip((1, -1), legs, strict=True)]
    return np.array([[0.5, 0.16], neck, *hands, hip, *feet])


def thing(rng: np.random.Generator, kinds: tuple[str, ...]) -> Thing:
    """A random object; its colour says nothing about its class."""
    kind = CLASSES.index(kinds[rng.integers(len(kinds))])
    size = int(rng.integers(40, 57)) if CLASSES[kind] == "person" else int(rng.integers(18, 33))
    hsv = np.uint8([[[rng.integers(180), rng.integers(150, 256), rng.integers(150, 256)]]])
    colour = tuple(int(v) for v in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0])
    return Thing(kind, size, colour, pose(rng) if CLASSES[kind] == "person" else None)


def ground(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A grey background that gets brighter in some direction: (H, W, 3) float."""
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    slope = rng.uniform(-50, 50, 2)
    return np.repeat((rng.uniform(90, 170) + slope[0] * y + slope[1] * x)[..., None], 3, 2)


def grain(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A picture with the noise of a camera, as uint8."""
    return (picture + rng.normal(0, 8, picture.shape)).round().clip(0, 255).astype(np.uint8)


def check(shape: tuple[int, int], objects: int, kinds: tuple[str, ...]) -> None:
    if len(shape) != 2 or min(shape) < 64:
        raise ValueError(f"shape is {shape}; the made world needs a height and a width of at least 64 pixels.")
    if objects < 1:
        raise ValueError(f"objects is {objects}; it must be at least 1.")
    unknown = [kind for kind in kinds if kind not in CLASSES[1:]]
    if unknown or not kinds:
        raise ValueError(f"kinds is {kinds}; take one or more of {', '.join(CLASSES[1:])}.")


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the true pixels; right and bottom are the first ones outside."""
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def scene(
    seed: int, shape: tuple[int, int] = (96, 128), objects: int = 4, kinds: tuple[str, ...] = CLASSES[1:]
) -> Scene:
    """A made picture of a few objects, the later ones in front; of each at least 60 % can be seen.

    Args:
        seed: the same number, the same picture.
        shape: height and width in pixels, at least 64 each.
        objects: how many at most; where no room is left for the next one there are fewer.
        kinds: the classes to choose from.

    Raises:
        ValueError: a setting out of its range, or a class that there is not.
    """
    check(shape, objects, kinds)
    rng = np.random.default_rng(seed)
    placed: list[tuple[Thing, np.ndarray, np.ndarray]] = []  # object, all its pixels, joints
    shown: list[np.ndarray] = []  # the visible pixels of each
    for _ in range(20 * objects):
        new = thing(rng, kinds)
        left, top = rng.integers(0, shape[1] - new.size), rng.integers(0, shape[0] - new.size)
        whole, joints = new.paint(int(left), int(top), shape)
        left_over = [mask & ~whole for mask in shown]
        if all(mask.sum() >= 0.6 * full.sum() for mask, (_, full, _) in zip(left_over, placed, strict=True)):
            placed.append((new, whole, joints))
            shown = [*left_over, whole]
        if len(placed) == objects:
            break
    picture = ground(rng, shape)
    keypoints = np.zeros((len(placed), len(KEYPOINTS), 3), np.float32)
    for i, (one, whole, joints) in enumerate(placed):
        picture[whole] = one.colour
        if one.joints is not None:
            x, y = joints.astype(int).T
            keypoints[i] = np.column_stack([joints, np.where(shown[i][y, x], 2, 1)])
    return Scene(
        grain(rng, picture),
        torch.tensor([one.kind for one, _, _ in placed]),
        torch.tensor([box_of(mask) for mask in shown], dtype=torch.float32),
        torch.from_numpy(np.stack(shown)),
        torch.from_numpy(keypoints),
    )


def clip(
    seed: int,
    frames: int = 24,
    shape: tuple[int, int] = (96, 128),
    objects: int = 3,
    kinds: tuple[str, ...] = ("disc", "square", "triangle"),
) -> Clip:
    """Objects that move straight on and bounce off the edges; where two meet, the later one is in front.

    Raises:
        ValueError: a setting out of its range, or a class that there is not.
    """
    check(shape, objects, kinds)
    if frames < 1:
        raise ValueError(f"frames is {frames}; a clip has at least 1.")
    rng = np.random.default_rng(seed)
    things = [thing(rng, kinds) for _ in range(objects)]
    room = np.array([[shape[1] - one.size - 1, shape[0] - one.size - 1] for one in things])  # (n, 2)
    start = rng.uniform(0, 1, (objects, 2)) * room
    speed = rng.uniform(2, 5, (objects, 2)) * rng.choice([-1, 1], (objects, 2)) * [1, 0.5]
    back = ground(rng, shape)
    images, boxes, visibility = [], [], []
    for t in range(frames):
        path = np.mod(start + t * speed, 2 * room)
        corner = np.minimum(path, 2 * room - path).round().astype(int)  # bounced off the edges
        wholes = [one.paint(int(x), int(y), shape)[0] for one, (x, y) in zip(things, corner, strict=True)]
        picture = back.copy()
        for one, whole in zip(things, wholes, strict=True):
            picture[whole] = one.colour
        images.append(grain(rng, picture))
        boxes.append([box_of(whole) for whole in wholes])
        in_front = [
            np.any(wholes[i + 1 :], axis=0) if wholes[i + 1 :] else np.zeros(shape, bool) for i in range(objects)
        ]
        visibility.append([(w & ~f).sum() / w.sum() for w, f in zip(wholes, in_front, strict=True)])
    return Clip(
        np.stack(images),
        torch.tensor([one.kind for one in things]),
        torch.tensor(np.array(boxes), dtype=torch.float32),
        torch.tensor(np.array(visibility), dtype=torch.float32),
    )


def motions(count: int, seed: int, frames: int = 8, size: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    """Clips of a disc that moves to the left (0) or to the right (1).

    A clip to the left is a clip to the right played backwards, so each frame alone is as likely in
    one class as in the other.

    Returns:
        clips (count, 3, frames, size, size) float32 from 0 to 1, and labels (count,) int64.

    Raises:
        ValueError: count or frames too small to show a motion, or size below 16.
    """
    if count < 1 or frames < 2 or size < 16:
        raise ValueError(
            f"count {count}, frames {frames}, size {size}; a motion needs 1 clip of 2 frames of 16 pixels, or more."
        )
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    clips = np.empty((count, 3, frames, size, size), np.float32)
    labels = rng.integers(0, 2, count)
    for i, label in enumerate(labels):
        radius, step = rng.uniform(3, 5), rng.uniform(0.9, 1.6)
        column, row = rng.uniform(0, size), rng.uniform(radius, size - radius)
        colour, back = rng.uniform(0.55, 1, 3), rng.uniform(0, 0.35)
        for t in range(frames):
            away = np.abs(x - column - step * t) % size
            inside = np.minimum(away, size - away) ** 2 + (y - row) ** 2 <= radius**2  # round the world's edge
            clips[i, :, t] = np.where(inside, colour[:, None, None], back)
        if label == 0:
            clips[i] = clips[i, :, ::-1]
    clips += rng.normal(0, 0.03, clips.shape).astype(np.float32)
    return torch.from_numpy(clips.clip(0, 1)), torch.from_numpy(labels)
