"""Kernels to put in the place of a learned one of conv1: (3, 11, 11) each."""

import numpy as np

SIDE = 11


def centred(small: list[list[float]]) -> np.ndarray:
    """A small kernel in the middle of 11 × 11 zeros, the same for red, green and blue."""
    kernel = np.zeros((3, SIDE, SIDE))
    edge = (SIDE - len(small)) // 2
    kernel[:, edge : edge + len(small), edge : edge + len(small)] = small
    return kernel


def bump() -> np.ndarray:
    """A round hill, (11, 11)."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    return np.exp(-(x**2 + y**2) / 8)


def presets() -> dict[str, np.ndarray]:
    """Name → (3, 11, 11) float32, multiples of 1/64 whose largest is 1 or −1.

    The lab multiplies each by the largest weight of the kernel that it replaces, so that the later
    layers get numbers not far from those that they are used to.
    """
    sobel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    hill = bump()
    kernels = {
        "Sobel x": centred(sobel),
        "Sobel y": centred(np.transpose(sobel)),
        "Laplacian": centred([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "blur": np.broadcast_to(hill, (3, SIDE, SIDE)),
        "one pixel": centred([[1]]),
        "red against green": np.stack([hill, -hill, 0 * hill]),
        "blue against yellow": np.stack([-hill, -hill, 2 * hill]),
        "noise": np.random.default_rng(0).standard_normal((3, SIDE, SIDE)),
    }
    return {name: (np.round(k / np.abs(k).max() * 64) / 64).astype(np.float32) for name, k in kernels.items()}
