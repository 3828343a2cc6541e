"""Closed outlines, the material of the ten kinds: (n, 2) arrays of x (to the right) and y (down)."""

import math

import numpy as np

Outline = np.ndarray
POINTS = 40  #: on a full disc


def polygon(*corners: tuple[float, float]) -> Outline:
    return np.array(corners, float)


def disc(x: float, y: float, radius: float, height: float | None = None) -> Outline:
    """A disc, or with ``height`` an ellipse of that half height; an upright one is (…, 0.2, 0.5)."""
    turns = np.arange(POINTS) * (2 * math.pi / POINTS)
    return np.column_stack([x + radius * np.cos(turns), y + (height or radius) * np.sin(turns)])


def smooth(*points: tuple[float, float], steps: int = 8) -> Outline:
    """A closed curve through the points (uniform Catmull-Rom), ``steps`` corners from one to the next."""
    p = np.array(points, float)
    before, after, beyond = (np.roll(p, -k, axis=0) for k in (-1, 1, 2))
    t = (np.arange(steps) / steps)[None, :, None]
    p, before, after, beyond = (each[:, None] for each in (p, before, after, beyond))
    # Catmull & Rom 1974, in powers of t
    curve = p + 0.5 * t * (
        after - before + t * (2 * before - 5 * p + 4 * after - beyond + t * (3 * (p - after) + beyond - before))
    )
    return curve.reshape(-1, 2)


def limb(start: tuple[float, float], end: tuple[float, float], width: float, end_width: float | None = None) -> Outline:
    """A straight limb with round ends, from one width to another."""
    (x, y), (to_x, to_y) = start, end
    along = math.atan2(to_y - y, to_x - x)
    half = np.linspace(-math.pi / 2, math.pi / 2, 9)
    first, last = along + math.pi + half, along + half
    r, s = width / 2, (end_width or width) / 2
    return np.concatenate(
        [
            np.column_stack([x + r * np.cos(first), y + r * np.sin(first)]),
            np.column_stack([to_x + s * np.cos(last), to_y + s * np.sin(last)]),
        ]
    )


def star(points: int, inner: float, turn: float = -math.pi / 2) -> Outline:
    """A star of so many points at distance 1, the corners between them at distance ``inner``."""
    turns = turn + np.arange(2 * points) * (math.pi / points)
    radii = np.where(np.arange(2 * points) % 2, inner, 1.0)
    return np.column_stack([radii * np.cos(turns), radii * np.sin(turns)])
