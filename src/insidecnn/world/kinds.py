"""The ten kinds of things: each a function that draws another one of its kind every time it is called.

A kind is called with ``vary(low, high)``, a number between the two, and gives the parts of a
:class:`Shape`, drawn one after the other: outlines that are filled, and holes that are cut out of
what lies below. Its own size and place do not matter: :func:`shape` fits it into the square from
−1 to 1.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from insidecnn.world.outlines import Outline, disc, limb, polygon, smooth, star

Vary = Callable[[float, float], float]


@dataclass(frozen=True)
class Shape:
    """A silhouette within the square from −1 to 1, x to the right and y down."""

    parts: list[tuple[Outline, bool]]  #: outlines, and whether each is filled (or cut out)
    joints: dict[str, tuple[float, float]] = field(default_factory=dict)  #: of a person


def ball(vary: Vary) -> Shape:
    return Shape([(disc(0, 0, 1, vary(0.94, 1.06)), True)])


def fish(vary: Vary) -> Shape:
    high, tail, narrow = vary(0.34, 0.52), vary(0.3, 0.5), vary(0.06, 0.12)
    body = smooth(
        (-1, 0), (-0.5, -high), (0.15, -0.85 * high), (0.62, -narrow), (0.62, narrow), (0.15, 0.85 * high), (-0.5, high)
    )
    fork = vary(0.75, 0.92)
    fin = vary(-0.35, 0)
    return Shape(
        [
            (body, True),
            (polygon((0.5, 0), (1.05, -tail), (fork, 0), (1.05, tail)), True),
            (polygon((fin - 0.15, -0.8 * high), (fin + 0.3, -high - vary(0.15, 0.3)), (fin + 0.4, -0.6 * high)), True),
            (polygon((fin, 0.7 * high), (fin + 0.35, high + vary(0.08, 0.22)), (fin + 0.3, 0.6 * high)), True),
            (disc(-0.66, -0.3 * high, vary(0.06, 0.09)), False),
        ]
    )


def car(vary: Vary) -> Shape:
    roof, front, back = vary(-0.62, -0.5), vary(-0.62, -0.4), vary(0.35, 0.75)
    wheel, at = vary(0.19, 0.25), vary(0.52, 0.62)
    middle = vary(-0.1, 0.15)
    parts = [
        (
            smooth((-1, 0.25), (-0.98, 0), (-0.62, -0.13), (0, -0.16), (0.7, -0.13), (0.98, 0), (1, 0.25), (0, 0.3)),
            True,
        ),
        (polygon((front - 0.2, -0.1), (front + 0.15, roof), (back - 0.1, roof), (back + 0.15, -0.1)), True),
        (
            polygon(
                (front - 0.02, -0.16), (front + 0.2, roof + 0.1), (middle - 0.05, roof + 0.1), (middle - 0.05, -0.16)
            ),
            False,
        ),
        (polygon((middle + 0.05, -0.16), (middle + 0.05, roof + 0.1), (back - 0.15, roof + 0.1), (back, -0.16)), False),
    ]
    for x in (-at, at, 0)[: 3 if vary(0, 1) > 0.85 else 2]:
        parts += [(disc(x, 0.27, wheel), True), (disc(x, 0.27, 0.4 * wheel), False)]
    return Shape(parts)


def house(vary: Vary) -> Shape:
    wall, roof, over = vary(0.55, 0.8), vary(-0.75, -0.35), vary(0.05, 0.22)
    top = roof - vary(0.45, 0.7)
    door, side = vary(-0.3, 0.3), vary(0.1, 0.14)
    chimney = vary(0.25, 0.45) * wall
    parts = [
        (polygon((-wall, 0.8), (-wall, roof), (wall, roof), (wall, 0.8)), True),
        (polygon((-wall - over, roof), (0, top), (wall + over, roof)), True),
        (polygon((door - side, 0.8), (door - side, 0.25), (door + side, 0.25), (door + side, 0.8)), False),
    ]
    if vary(0, 1) > 0.3:
        parts.append(
            (polygon((chimney, roof), (chimney, top - 0.05), (chimney + 0.2, top - 0.05), (chimney + 0.2, roof)), True)
        )
    for x in (-0.5 * wall, 0.5 * wall)[: 1 + (vary(0, 1) > 0.4)]:
        parts.append((polygon((x - 0.13, -0.12), (x - 0.13, -0.36), (x + 0.13, -0.36), (x + 0.13, -0.12)), False))
    return Shape(parts)


def tree(vary: Vary) -> Shape:
    trunk, wide = vary(0.1, 0.17), vary(0.5, 0.72)
    parts = [(polygon((-trunk, 1), (-0.7 * trunk, -0.2), (0.7 * trunk, -0.2), (trunk, 1)), True)]
    if vary(0, 1) > 0.5:  # a conifer: layers of branches
        layers = 3 if vary(0, 1) > 0.4 else 2
        for i in range(layers):
            bottom, reach = 0.55 - i * 1.35 / layers, wide * (1 - 0.22 * i)
            parts.append((polygon((-reach, bottom), (0, bottom - 1.9 / layers), (reach, bottom)), True))
    else:
        for x, y in ((-0.45, -0.2), (0.45, -0.2), (0, -0.55), (0, -0.1)):
            parts.append(
                (disc(x * wide * 1.4 + vary(-0.05, 0.05), y + vary(-0.06, 0.06), wide * vary(0.68, 0.82)), True)
            )
    return Shape(parts)


def cup(vary: Vary) -> Shape:
    top, bottom, high = vary(0.6, 0.75), vary(0.4, 0.62), vary(0.6, 0.85)
    ring, at = vary(0.3, 0.42), vary(-0.15, 0.05)
    x = (top + bottom) / 2
    parts = [
        (disc(x, at, ring, ring * vary(0.95, 1.25)), True),
        (disc(x, at, 0.6 * ring, 0.6 * ring), False),
        (polygon((-top, -high), (top, -high), (bottom, high), (-bottom, high)), True),
    ]
    if vary(0, 1) > 0.5:  # a rounder bottom
        parts.append((disc(0, high - 0.02, bottom, vary(0.1, 0.2)), True))
    return Shape(parts)


def boat(vary: Vary) -> Shape:
    deep, keel = vary(0.28, 0.42), vary(0.5, 0.75)
    mast = vary(-0.15, 0.1)
    peak, foot = vary(-1.0, -0.8), vary(0.12, 0.22)
    parts = [
        (polygon((-1, 0.32), (1, 0.32), (keel, 0.32 + deep), (-keel, 0.32 + deep)), True),
        (
            polygon((mast - 0.04, 0.35), (mast - 0.04, peak - 0.05), (mast + 0.04, peak - 0.05), (mast + 0.04, 0.35)),
            True,
        ),
        (polygon((mast + 0.1, foot), (mast + 0.1, peak), (mast + vary(0.6, 0.85), foot)), True),
    ]
    if vary(0, 1) > 0.35:
        parts.append(
            (polygon((mast - 0.1, foot), (mast - 0.1, peak + vary(0.1, 0.3)), (mast - vary(0.45, 0.7), foot)), True)
        )
    return Shape(parts)


def bird(vary: Vary) -> Shape:
    lift, tail = vary(-0.15, 0.1), vary(-0.25, 0.15)
    head = vary(0.19, 0.26)
    wing = vary(-1, 0.2)  # its tip: raised or folded
    leg = vary(0.05, 0.2)
    return Shape(
        [
            (smooth((-0.62, -0.1 + lift), (-0.3, -0.3), (0.3, -0.22), (0.7, 0), (0.3, 0.24), (-0.3, 0.3)), True),
            (polygon((0.5, -0.1), (1.05, tail - 0.12), (1, tail + 0.15), (0.5, 0.12)), True),
            (disc(-0.62, -0.28 + lift, head), True),
            (polygon((-0.74, -0.4 + lift), (-0.62 - head - vary(0.2, 0.3), -0.24 + lift), (-0.74, -0.17 + lift)), True),
            (polygon((-0.25, -0.15), (0.15 + vary(0, 0.35), wing), (0.35, -0.05)), True),
            (limb((-0.08, 0.2), (-0.08 - leg, 0.62), 0.08), True),
            (limb((0.14, 0.2), (0.14 - leg, 0.62), 0.08), True),
            (disc(-0.66, -0.33 + lift, 0.055), False),
        ]
    )


def five_pointed(vary: Vary) -> Shape:
    return Shape(
        [(star(5 + (vary(0, 1) > 0.6) + (vary(0, 1) > 0.8), vary(0.38, 0.52), vary(-0.25, 0.25) - math.pi / 2), True)]
    )


# A person's bones: from which joint, how long, how wide at both ends.
BONES = {
    "neck": ("pelvis", 0.62, 0.34, 0.4),
    "head": ("neck", 0.25, 0.12, 0.12),
    "left shoulder": ("neck", 0.17, 0.2, 0.2),
    "left elbow": ("left shoulder", 0.34, 0.17, 0.14),
    "left hand": ("left elbow", 0.34, 0.14, 0.11),
    "right shoulder": ("neck", 0.17, 0.2, 0.2),
    "right elbow": ("right shoulder", 0.34, 0.17, 0.14),
    "right hand": ("right elbow", 0.34, 0.14, 0.11),
    "left hip": ("pelvis", 0.12, 0.22, 0.22),
    "left knee": ("left hip", 0.42, 0.22, 0.17),
    "left foot": ("left knee", 0.42, 0.17, 0.13),
    "right hip": ("pelvis", 0.12, 0.22, 0.22),
    "right knee": ("right hip", 0.42, 0.22, 0.17),
    "right foot": ("right knee", 0.42, 0.17, 0.13),
}
JOINTS = tuple(BONES)


def body(angles: dict[str, float], plump: float = 1.0) -> Shape:
    """A person in a pose.

    Args:
        angles: of the bone that ends at each joint, in degrees: 0 points down, 90 to the picture's right
            (the person faces us, so that is their left), 180 up.
        plump: factor of all widths.
    """
    joints, parts = {"pelvis": (0.0, 0.0)}, []
    for name, (origin, length, width, end_width) in BONES.items():
        turn = math.radians(angles[name])
        x, y = joints[origin]
        joints[name] = (x + length * math.sin(turn), y + length * math.cos(turn))
        parts.append((limb(joints[origin], joints[name], plump * width, plump * end_width), True))
    parts.append((disc(*joints["head"], 0.19, 0.22), True))
    return Shape(parts, {name: joints[name] for name in JOINTS})


def person(vary: Vary) -> Shape:
    angles = {"neck": 180 + vary(-8, 8), "head": 180 + vary(-15, 15)}
    for side, sign in (("left", 1), ("right", -1)):
        arm, leg = vary(8, 150), vary(2, 32)
        angles |= {
            f"{side} shoulder": sign * 80,
            f"{side} elbow": sign * arm,
            f"{side} hand": sign * (arm + vary(-15, 70)),
            f"{side} hip": sign * 70,
            f"{side} knee": sign * leg,
            f"{side} foot": sign * (leg + vary(-25, 8)),
        }
    return body(angles, vary(0.85, 1.2))


KINDS: dict[str, Callable[[Vary], Shape]] = {
    "ball": ball,
    "fish": fish,
    "car": car,
    "house": house,
    "tree": tree,
    "cup": cup,
    "boat": boat,
    "bird": bird,
    "star": five_pointed,
    "person": person,
}


def shape(kind: str, vary: Vary) -> Shape:
    """One more of a kind, moved and scaled so that the longer side of its box reaches from −1 to 1."""
    made = KINDS[kind](vary)
    corners = np.concatenate([outline for outline, filled in made.parts if filled])
    low, high = corners.min(0), corners.max(0)
    centre, half = (low + high) / 2, (high - low).max() / 2
    return Shape(
        [((outline - centre) / half, filled) for outline, filled in made.parts],
        {name: tuple((np.array(place) - centre) / half) for name, place in made.joints.items()},
    )
