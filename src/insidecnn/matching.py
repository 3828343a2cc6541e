"""Where a pattern appears again: a patch of a photograph, slid over a photograph."""

from typing import NamedTuple

import cv2
import numpy as np

from insidecnn.arithmetic import Box
from insidecnn.checks import told, whole


class Place(NamedTuple):
    """A window of a photograph, and how much it looks like the patch."""

    score: float  #: correlation from −1 to 1
    box: Box  #: (left, top, right, bottom) in pixels, the last two exclusive


def best_places(pixels: np.ndarray, patch: np.ndarray, count: int) -> list[Place]:
    """The windows of a photograph that look most like a patch, best first, none overlapping another.

    The score is the correlation of the window's numbers with the patch's, each channel around its own
    mean: brightness and contrast do not matter, only the pattern does. A window without any pattern,
    all of one colour, scores 0. (``cv2.matchTemplate`` with ``TM_CCOEFF_NORMED``, which leaves open
    what such windows score.)

    Args:
        pixels: (H, W, 3) uint8.
        patch: (h, w, 3) uint8, no larger.
        count: how many places at most; fewer come back where no window is left.

    Raises:
        ValueError: not two photographs, a patch larger than the other or all of one colour, or a count below 0.
    """
    for name, image in (("pixels", pixels), ("patch", patch)):
        if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.shape[2:] != (3,) or not image.size:
            raise ValueError(f"{name} is {told(image)}; give a photograph of shape (height, width, 3) and dtype uint8.")
    count = whole("count", count, least=0)
    height, width = patch.shape[:2]
    if height > pixels.shape[0] or width > pixels.shape[1]:
        raise ValueError(
            f"The patch has {height} × {width} pixels and the photograph {pixels.shape[0]} × {pixels.shape[1]}; "
            "cut a smaller patch."
        )
    if (patch == patch[0, 0]).all():
        raise ValueError("The patch is all of one colour; cut one that has a pattern.")
    scores = cv2.matchTemplate(pixels, patch, cv2.TM_CCOEFF_NORMED)
    window = np.ones((height, width), np.uint8)
    flat = (cv2.dilate(pixels, window) == cv2.erode(pixels, window)).all(axis=2)  # largest = smallest, by centres
    scores[flat[height // 2 :, width // 2 :][: scores.shape[0], : scores.shape[1]]] = 0
    places = []
    while len(places) < count and scores.max() >= -1:
        top, left = (int(i) for i in np.unravel_index(scores.argmax(), scores.shape))
        places.append(Place(float(scores[top, left]), (left, top, left + width, top + height)))
        scores[max(0, top - height + 1) : top + height, max(0, left - width + 1) : left + width] = -np.inf
    return places
