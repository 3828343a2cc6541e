"""The colours of maps: what looks strong is strong, and zero looks like what the text says."""

import numpy as np
import torch

from insidecnn.figures import tiles


def lightness(palette: np.ndarray) -> np.ndarray:
    """CIE L* of each opaque colour, 0 (black) to 100 (white)."""
    shares = palette[:255, :3] / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


def test_the_larger_a_number_the_lighter_it_is_on_both_sides_of_zero():
    light = lightness(tiles.PALETTE)
    below, above = light[127::-1], light[127:]
    for side in (below, above):
        assert (np.diff(side[::6]) > 0).all() and np.diff(side).min() > -0.5, "but for the rounding of single steps"
        assert side[0] < 8 and side[-1] > 80
    assert np.abs(below - above).max() < 12, "a negative number looks as strong as the positive one of its size"


def test_zero_is_dark_below_it_is_blue_and_above_it_yellow():
    assert tiles.levels(torch.tensor([-2.0, 0.0, 2.0]), 2).tolist() == [0, 127, 254]
    assert tiles.PALETTE[127, :3].max() < 40
    red, green, blue = tiles.PALETTE[:255, :3].astype(int).T
    assert (blue[:115] > red[:115] + 20).all() and (blue[:115] > green[:115] + 20).all()
    assert (red[150:] > blue[150:] + 20).all() and (green[150:] > blue[150:] + 20).all()
