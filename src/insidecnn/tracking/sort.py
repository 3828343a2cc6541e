"""SORT (Bewley et al. 2016): predict each box with a Kalman filter, pair by overlap, forget at once."""

import numpy as np

from insidecnn.checks import number
from insidecnn.tracking.tracker import SIZE, Detection, Track, Tracker, overlap


class AreaTrack(Track):
    """Measured are the middle x and y, the area, and the ratio of width to height, which stays what it was (section 3.2)."""

    START = np.array([0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.2])
    DRIFT = np.array([0.03, 0.03, 0.06, 0.01, 0.02, 0.01, 0.01])
    ERROR = np.array([0.05, 0.05, 0.1, 0.1])

    def measured(self, box: np.ndarray) -> np.ndarray:
        width, height = box[2:] - box[:2]
        return np.array([box[0] + width / 2, box[1] + height / 2, width * height, width / height])

    @property
    def box(self) -> np.ndarray:
        x, y, area, ratio = self.filter.mean[:4]
        width = np.sqrt(max(area, SIZE) * max(ratio, SIZE))
        half = np.array([width, max(area, SIZE) / width]) / 2
        return np.array([x - half[0], y - half[1], x + half[0], y + half[1]])

    def sigma(self, shares: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Shares of the box's height, of its area, and of 1 for the ratio, as standard deviations."""
        width, height = box[2:] - box[:2]
        return shares * np.array([height, height, width * height, 1, height, height, width * height])[: len(shares)]


class Sort(Tracker):
    """Simple online and real-time tracking.

    Args:
        least: smallest score of a detection that counts.
        iou: smallest overlap of a predicted box and the detection that continues it.
        birth: frames in a row until a new object is shown.
        memory: frames for which an object may be missed; SORT ends a track at its first miss.

    Raises:
        ValueError: a setting out of its range.

    Source: Bewley et al. 2016, sections 3.2 to 3.4.
    """

    track = AreaTrack

    def __init__(self, least: float = 0.5, iou: float = 0.3, birth: int = 3, memory: int = 0):
        super().__init__(least, birth, memory)
        self.iou = number("iou", iou, 0, 1)

    def associate(self, found: list[Detection]) -> None:
        _, new = self.pair(self.tracks, self.sure(found), overlap, 1 - self.iou)
        self.begin(new)
