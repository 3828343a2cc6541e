"""The colours of feature maps: what looks strong is strong, and zero looks like what the text says."""

import numpy as np
import pytest

from insidecnn.figures import tiles


def lightness(palette: np.ndarray) -> np.ndarray:
    """CIE L* of each opaque colour, 0 (black) to 100 (white)."""
    shares = palette[:255, :3] / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


@pytest.mark.parametrize("palette", [tiles.SEQUENTIAL, tiles.DIVERGING], ids=["sequential", "diverging"])
def test_a_larger_number_is_never_darker(palette):
    light = lightness(palette)
    assert (np.diff(light[::6]) > 0).all() and np.diff(light).min() > -0.5, "but for the rounding of single steps"
    assert light[0] < 12 and light[254] > 85


def test_zero_is_grey_and_the_ends_are_blue_and_yellow():
    red, green, blue = tiles.DIVERGING[127, :3].astype(int)
    assert red == green == blue
    red, green, blue = tiles.DIVERGING[:255, :3].astype(int).T
    assert (blue[:120] > red[:120] + 3).all() and (blue[:120] > green[:120] + 3).all()
    assert (red[135:] > blue[135:] + 3).all() and (green[135:] > blue[135:] + 3).all()
