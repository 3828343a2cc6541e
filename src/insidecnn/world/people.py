"""People with clothes: one body in any pose, with a look that tells it from others."""

import colorsys
import math
from dataclasses import dataclass
from random import Random

import numpy as np

from insidecnn.world import colours
from insidecnn.world.colours import RGB
from insidecnn.world.draw import Look, Place, coverage, draw, surface, window
from insidecnn.world.kinds import BONES, JOINTS, Shape, body
from insidecnn.world.outlines import disc, limb, polygon
from insidecnn.world.patterns import FORMULAS

HEIGHT = 1.95  #: of a standing person, roughly, in units of :func:`insidecnn.world.kinds.body`
SKIN = ((25, 0.28, 0.98), (24, 0.4, 0.86), (22, 0.5, 0.66), (20, 0.55, 0.45))  #: hue in degrees, saturation, value
HAIR = ((30, 0.7, 0.16), (24, 0.65, 0.38), (44, 0.55, 0.85), (10, 0.75, 0.6), (0, 0, 0.72))
SHIRTS = tuple(FORMULAS)  #: a shirt has any pattern


@dataclass(frozen=True)
class Clothes:
    """What a person looks like in every pose: their identity."""

    skin: RGB
    hair: RGB
    shirt: tuple[str, tuple[RGB, RGB]]  #: pattern and tones
    trousers: tuple[str, tuple[RGB, RGB]]
    shoes: RGB
    sleeves: bool  #: long ones
    shorts: bool
    cap: bool
    plump: float  #: factor of all widths
    period: float  #: of the patterns, in the body's units


def clothes(random: Random) -> Clothes:
    """A random person."""
    tones = lambda: colours.tones(random.choice(tuple(colours.RANGES)), random.uniform)  # noqa: E731
    hsv = lambda h, s, v: colorsys.hsv_to_rgb(h / 360, s, v)  # noqa: E731
    cap = random.random() < 0.4
    return Clothes(
        skin=hsv(*random.choice(SKIN)),
        hair=tones()[0] if cap else hsv(*random.choice(HAIR)),
        shirt=(random.choice(SHIRTS), tones()),
        trousers=("plain" if random.random() < 0.6 else random.choice(SHIRTS), tones()),
        shoes=hsv(random.uniform(0, 360), random.uniform(0, 0.6), random.uniform(0.1, 0.35)),
        sleeves=random.random() < 0.5,
        shorts=random.random() < 0.3,
        cap=cap,
        plump=random.uniform(0.85, 1.2),
        period=random.uniform(0.28, 0.5),
    )


def standing(random: Random) -> dict[str, float]:
    """The angles of a random pose: arms anywhere, legs apart or not, knees and elbows bent or not."""
    angles = {"neck": 180 + random.uniform(-10, 10), "head": 180 + random.uniform(-15, 15)}
    for side, sign in (("left", 1), ("right", -1)):
        arm, leg = random.uniform(-5, 160), random.uniform(-4, 38)
        angles |= {
            f"{side} shoulder": sign * 80,
            f"{side} elbow": sign * arm,
            f"{side} hand": sign * (arm + random.uniform(-25, 85)),
            f"{side} hip": sign * 70,
            f"{side} knee": sign * leg,
            f"{side} foot": sign * (leg + random.uniform(-32, 12)),
        }
    return angles


def walking(phase: float, swing: float, lean: float = 0.0) -> dict[str, float]:
    """The angles of a step: legs and arms swing against each other.

    Args:
        phase: of the gait, in turns.
        swing: of the legs, in degrees.
        lean: of the upper body, in degrees to the picture's right.
    """
    angles = {"neck": 180 - lean, "head": 180 - lean}
    for side, sign in (("left", 1), ("right", -1)):
        step = sign * swing * math.sin(2 * math.pi * phase)
        lifted = max(0.0, sign * math.cos(2 * math.pi * phase)) * swing
        angles |= {
            f"{side} shoulder": sign * 80,
            f"{side} elbow": sign * 10 - 0.9 * step,
            f"{side} hand": sign * 12 - 1.1 * step,
            f"{side} hip": sign * 70,
            f"{side} knee": sign * 4 + step,
            f"{side} foot": sign * 4 + step - sign * 0.6 * lifted,
        }
    return angles


def layers(shape: Shape, worn: Clothes) -> list[tuple[Shape, str, tuple[RGB, RGB]]]:
    """What is drawn over a body of bare skin, one thing over the other: outlines, pattern and tones of each."""
    joints, plump = {"pelvis": (0.0, 0.0)} | shape.joints, worn.plump
    part = lambda start, end: (  # noqa: E731
        limb(joints[start], joints[end], plump * BONES[end][2], plump * BONES[end][3]),
        True,
    )
    sides = ("left", "right")
    legs = [part("pelvis", f"{s} hip") for s in sides] + [part(f"{s} hip", f"{s} knee") for s in sides]
    legs += [] if worn.shorts else [part(f"{s} knee", f"{s} foot") for s in sides]
    shirt = [part("pelvis", "neck")] + [part("neck", f"{s} shoulder") for s in sides]
    shirt += [part(f"{s} shoulder", f"{s} elbow") for s in sides]
    shirt += [part(f"{s} elbow", f"{s} hand") for s in sides] if worn.sleeves else []
    hands = [(disc(*joints[f"{s} hand"], 0.075 * plump), True) for s in sides]
    feet = [(disc(*joints[f"{s} foot"], 0.1, 0.07), True) for s in sides]
    x, y = joints["head"]
    turns = np.linspace(math.pi, 2 * math.pi, 13)
    top = np.column_stack([x + 0.2 * np.cos(turns), y - 0.04 + 0.2 * np.sin(turns)])
    hair = [(top, True)]
    if worn.cap:
        hair.append(
            (polygon((x - 0.25, y - 0.1), (x + 0.25, y - 0.1), (x + 0.25, y - 0.03), (x - 0.25, y - 0.03)), True)
        )
    eyes = [(disc(x + side, y + 0.03, 0.032), True) for side in (-0.075, 0.075)]
    one = lambda tone: (tone, tone)  # noqa: E731
    return [
        (Shape(legs), *worn.trousers),
        (Shape(feet), "plain", one(worn.shoes)),
        (Shape(shirt), *worn.shirt),
        (Shape(hands), "plain", one(worn.skin)),
        (Shape(hair), "plain", one(worn.hair)),
        (Shape(eyes), "plain", one((0.08, 0.07, 0.08))),
    ]


def draw_person(
    picture: np.ndarray, angles: dict[str, float], worn: Clothes, place: Place
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a person onto ``picture`` (H, W, 3) float32, in place.

    Args:
        angles: of the bones, see :func:`insidecnn.world.kinds.body`.
        place: of the pelvis; ``side`` is the length in pixels of two of the body's units.

    Returns:
        how much of each pixel the person covers, (H, W) float32 from 0 to 1, and the joints (14, 2) in pixels.
    """
    shape = body(angles, worn.plump)
    joints = place.pixels([shape.joints[name] for name in JOINTS])
    skin = Look(shape, "plain", (worn.skin, worn.skin), worn.period, (0, 0), (0, -0.1), (0.05, 0.06, 0.35))
    covered = draw(picture, skin, place)
    height, width = picture.shape[:2]
    for part, pattern, tones in layers(shape, worn):
        left, top, right, bottom = window(part, place)
        box = (
            max(0, math.floor(left)),
            max(0, math.floor(top)),
            min(width, math.ceil(right)),
            min(height, math.ceil(bottom)),
        )
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        look = Look(part, pattern, tones, max(worn.period, 10 / place.side), (0, 0), (0, -0.1), (0, 0, 0))
        mask = coverage(part, place, box)
        under = picture[box[1] : box[3], box[0] : box[2]]
        under += (surface(look, place, box) - under) * mask[..., None]
        whole = covered[box[1] : box[3], box[0] : box[2]]
        np.maximum(whole, mask, out=whole)
    return covered, joints
