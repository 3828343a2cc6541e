"""ByteTrack (Zhang et al. 2022): every box counts. Boxes with low scores continue tracks, and never begin one."""

from insidecnn.checks import number
from insidecnn.tracking.tracker import Detection, Tracker, overlap


class ByteTrack(Tracker):
    """Association in two rounds: first the boxes with high scores, then, with the tracks left over, the others.

    Args:
        low: smallest score of a detection that counts.
        high: smallest score of the first round, and of a box that begins a track.
        iou: smallest overlap of a predicted box and a detection in the first round …
        iou_low: … and in the second.
        birth: frames in a row until a new object is shown.
        memory: frames for which an object may be missed.

    Raises:
        ValueError: a setting out of its range.

    Source: Zhang et al. 2022, section 3, algorithm 1.
    """

    def __init__(
        self,
        low: float = 0.1,
        high: float = 0.5,
        iou: float = 0.2,
        iou_low: float = 0.5,
        birth: int = 2,
        memory: int = 30,
    ):
        super().__init__(low, birth, memory)
        self.high = number("high", high, low, 1)
        self.iou, self.iou_low = number("iou", iou, 0, 1), number("iou_low", iou_low, 0, 1)

    def associate(self, found: list[Detection]) -> None:
        high = [d for d in found if d.score >= self.high]
        low = [d for d in self.sure(found) if d.score < self.high]
        confirmed = [t for t in self.tracks if self.confirmed(t)]
        tentative = [t for t in self.tracks if not self.confirmed(t)]
        left, high = self.pair(confirmed, high, overlap, 1 - self.iou)
        self.pair([t for t in left if t.missed == 1], low, overlap, 1 - self.iou_low)
        _, new = self.pair(tentative, high, overlap, 1 - self.iou)
        self.begin(new)
