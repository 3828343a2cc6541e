"""The ten colours: ranges of hue (degrees), saturation and value, and the second tone that a pattern adds."""

import colorsys
from collections.abc import Callable
from random import Random

import numpy as np

RANGES = {  # hue, saturation, value
    "red": ((-6, 5), (0.82, 1), (0.65, 0.95)),
    "orange": ((20, 32), (0.85, 1), (0.85, 1)),
    "yellow": ((48, 58), (0.75, 1), (0.85, 1)),
    "green": ((100, 145), (0.6, 1), (0.4, 0.8)),
    "cyan": ((174, 190), (0.7, 1), (0.65, 0.95)),
    "blue": ((216, 242), (0.75, 1), (0.5, 0.95)),
    "purple": ((266, 286), (0.6, 0.9), (0.45, 0.8)),
    "pink": ((325, 346), (0.32, 0.55), (0.88, 1)),
    "brown": ((18, 30), (0.6, 0.85), (0.3, 0.48)),
    "grey": ((0, 360), (0, 0.05), (0.35, 0.65)),
}
RGB = tuple[float, float, float]


def brightness(rgb: RGB) -> float:
    """Rec. 601 luma, from 0 to 1."""
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]


def tones(colour: str, vary: Callable[[float, float], float]) -> tuple[RGB, RGB]:
    """A colour within its range, and a second tone: the same one much lighter or much darker; both in [0, 1]."""
    hue, saturation, value = (vary(low, high) for low, high in RANGES[colour])
    first = colorsys.hsv_to_rgb(hue / 360 % 1, saturation, value)
    light = vary(0, 1) < 0.5 if 0.35 < brightness(first) < 0.6 else brightness(first) <= 0.35
    share = vary(0.7, 0.88) if light else vary(0.55, 0.75)
    return first, tuple(c + (1 - c) * share if light else c * (1 - share) for c in first)


def ink(random: Random, background: np.ndarray) -> np.ndarray:
    """A random colour (3,) float32 that is seen on a background (S, S, 3): lighter or darker than its mean by a quarter."""
    found = np.array([random.random() for _ in range(3)], np.float32)
    around = background.mean()
    if abs(found.mean() - around) < 0.25:
        found = found + (0.45 if around < 0.5 else -0.45)
    return found
