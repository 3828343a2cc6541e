"""The ten patterns: formulas of u (to the right) and v (down), whose unit is the pattern's period.

Where a formula is positive the second tone is seen, where it is negative the first; its slope is
about 1, so that ``0.5 + value · period in pixels``, cut off at 0 and 1, is how much of a pixel has the second tone.
The formulas are text, because two languages read them: Python here, JavaScript in the lab (as trees, see insidecnn.lab.things).
"""

import numpy as np

FORMULAS = {
    "plain": "-1",
    "banded": "wave(v)",
    "striped": "wave(u)",
    "slanted": "wave(0.7071 * (u + v))",
    "dotted": "0.33 - root(near(u) * near(u) + near(v) * near(v))",
    "checked": "max(min(wave(0.8 * u), wave(0.8 * v)), min(-wave(0.8 * u), -wave(0.8 * v)))",
    "ringed": "wave(root(u * u + v * v))",
    "latticed": "max(abs(near(u)), abs(near(v))) - 0.36",
    "zigzag": "wave(v + 1.2 * abs(near(0.7 * u)))",
    "halved": "u",
}


def near(x):
    """How far from the middle of its unit: 0 at ½, −½ at 0, nearly ½ just before 1."""
    return x - np.floor(x) - 0.5


def wave(x):
    """A triangle wave of period 1: ¼ in the middle of a unit, −¼ between two, 0 a quarter from each."""
    return 0.25 - np.abs(near(x))


# The names that the formulas use; the lab has the same for JavaScript (things.js).
WORDS = {"wave": wave, "near": near, "root": np.sqrt, "max": np.maximum, "min": np.minimum, "abs": np.abs}
COMPILED = {name: compile(formula, f"<pattern {name}>", "eval") for name, formula in FORMULAS.items()}


def second_tone(pattern: str, u: np.ndarray, v: np.ndarray, period: float) -> np.ndarray:
    """How much of each pixel has the second tone, from 0 to 1.

    Args:
        pattern: one of :data:`FORMULAS`.
        u, v: of the pixels' centres, in periods; arrays of one shape, or of shapes that broadcast.
        period: in pixels.
    """
    value = eval(COMPILED[pattern], {"__builtins__": {}}, {**WORDS, "u": u, "v": v})
    return np.clip(0.5 + value * period, 0, 1)
