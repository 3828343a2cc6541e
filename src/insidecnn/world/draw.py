"""Draw a thing onto a picture: its outline, its pattern, light on it, and the shadow that it casts."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from insidecnn.world.colours import RGB
from insidecnn.world.kinds import Shape
from insidecnn.world.patterns import second_tone

FINE = 4  #: samples a pixel in each direction, for smooth edges


@dataclass(frozen=True)
class Look:
    """Everything that is seen of a thing but where it is."""

    shape: Shape
    pattern: str
    tones: tuple[RGB, RGB]  #: of the pattern, each in [0, 1]
    period: float  #: of the pattern, in units of the shape's square, which is 2 wide
    offset: tuple[float, float]  #: of the pattern, in periods
    light: tuple[float, float]  #: how much brighter the right and the bottom edge are than the middle
    shadow: tuple[float, float, float]  #: how far it falls to the right and down, in half sides, and how dark


@dataclass(frozen=True)
class Place:
    """Where a thing stands on a picture."""

    x: float  #: of its middle, in pixels
    y: float
    side: float  #: of its square, in pixels
    turn: float = 0.0  #: clockwise, in degrees
    mirrored: bool = False

    def matrix(self) -> np.ndarray:
        """(2, 3): from the shape's square to pixels."""
        c, s = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        half, flip = self.side / 2, -1 if self.mirrored else 1
        return np.array([[half * c * flip, -half * s, self.x], [half * s * flip, half * c, self.y]])

    def pixels(self, points) -> np.ndarray:
        """Points of the shape's square (n, 2) as places on the picture (n, 2), in pixels."""
        matrix = self.matrix()
        return np.asarray(points, float).reshape(-1, 2) @ matrix[:, :2].T + matrix[:, 2]


def window(shape: Shape, place: Place) -> tuple[float, float, float, float]:
    """The box (left, top, right, bottom) of the whole thing in pixels, whether or not it is on the picture."""
    corners = np.concatenate([place.pixels(outline) for outline, filled in shape.parts if filled])
    return (*corners.min(0).tolist(), *corners.max(0).tolist())


def coverage(shape: Shape, place: Place, box: tuple[int, int, int, int]) -> np.ndarray:
    """How much of each pixel of a box (left, top, right, bottom) the thing covers: float32 from 0 to 1."""
    left, top, right, bottom = box
    fine = np.zeros(((bottom - top) * FINE, (right - left) * FINE), np.uint8)
    for outline, filled in shape.parts:
        # OpenCV counts from the middle of a pixel, we from its corner; 4 bits after the point
        corners = (place.pixels(outline) - (left, top)) * FINE - 0.5
        cv2.fillPoly(fine, [np.round(corners * 16).astype(np.int32)], 255 if filled else 0, shift=4)
    small = cv2.resize(fine, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def surface(look: Look, place: Place, box: tuple[int, int, int, int]) -> np.ndarray:
    """The thing's colour at each pixel of a box, as if it filled it: (H, W, 3) float32."""
    left, top, right, bottom = box
    matrix = place.matrix()
    back = np.linalg.inv(matrix[:, :2])
    x = np.arange(left, right, dtype=np.float32)[None] + np.float32(0.5 - matrix[0, 2])
    y = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - matrix[1, 2])
    (a, b), (c, d) = back.astype(np.float32)
    across, down = a * x + b * y, c * x + d * y  # in the shape's square
    u, v = across / np.float32(look.period) + look.offset[0], down / np.float32(look.period) + look.offset[1]
    share = second_tone(look.pattern, u, v, look.period * place.side / 2)
    share = np.broadcast_to(share, across.shape)[..., None]
    first, second = (np.array(tone, np.float32) for tone in look.tones)
    shade = 1 + look.light[0] * across + look.light[1] * down
    return (first + (second - first) * share) * shade[..., None]


def draw(picture: np.ndarray, look: Look, place: Place) -> np.ndarray:
    """Draw a thing onto ``picture`` (H, W, 3) float32, in place.

    Returns:
        how much of each pixel it covers: (H, W) float32 from 0 to 1.
    """
    height, width = picture.shape[:2]
    whole = window(look.shape, place)
    reach = look.shadow[0] * place.side / 2, look.shadow[1] * place.side / 2
    blur = max(1, round(0.04 * place.side))
    margin = math.ceil(max(map(abs, reach))) + 2 * blur + 1
    box = (
        max(0, math.floor(whole[0]) - margin),
        max(0, math.floor(whole[1]) - margin),
        min(width, math.ceil(whole[2]) + margin),
        min(height, math.ceil(whole[3]) + margin),
    )
    covered = np.zeros((height, width), np.float32)
    if box[0] >= box[2] or box[1] >= box[3]:
        return covered
    mask = coverage(look.shape, place, box)
    part = picture[box[1] : box[3], box[0] : box[2]]
    moved = cv2.warpAffine(mask, np.array([[1, 0, reach[0]], [0, 1, reach[1]]]), mask.shape[::-1])
    for _ in range(2):
        moved = cv2.blur(moved, (2 * blur + 1, 2 * blur + 1), borderType=cv2.BORDER_CONSTANT)
    part *= 1 - look.shadow[2] * moved[..., None]
    part += (surface(look, place, box) - part) * mask[..., None]
    covered[box[1] : box[3], box[0] : box[2]] = mask
    return covered
