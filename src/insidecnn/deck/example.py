"""The deck's small example: an image of 6 × 6 and two filters of 3 × 3."""

import numpy as np

from insidecnn import reference

IMAGE = np.array(
    [
        [1, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 1, 0],
    ],
    np.float32,
)
FILTER1 = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float32)
FILTER2 = np.array([[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]], np.float32)


def maps() -> np.ndarray:
    """The feature maps of both filters, (2, 4, 4)."""
    return reference.conv2d(IMAGE[None, None], np.stack([FILTER1, FILTER2])[:, None])[0]
