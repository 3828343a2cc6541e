"""The measures of tracking together, of one clip and of many."""

from dataclasses import dataclass, fields
from typing import TypeVar

from insidecnn.metrics.higher_order import Hota, hota
from insidecnn.metrics.identity import Idf1, idf1
from insidecnn.metrics.tracking import Frame, Mota, mota

Counts = TypeVar("Counts", Mota, Idf1, Hota)


@dataclass(frozen=True)
class TrackScores:
    """What each measure counts; the properties are the measures themselves."""

    accuracy: Mota
    identity: Idf1
    higher_order: Hota

    @property
    def mota(self) -> float:
        """1 at best; it may fall below 0."""
        return self.accuracy.value

    @property
    def switches(self) -> int:
        """How often an object is found under another identity than before."""
        return self.accuracy.switches

    @property
    def idf1(self) -> float:
        """From 0 to 1."""
        return self.identity.value

    @property
    def hota(self) -> float:
        """From 0 to 1, as are its two parts ``deta`` and ``assa``."""
        return self.higher_order.value

    @property
    def deta(self) -> float:
        """Detection accuracy."""
        return self.higher_order.deta

    @property
    def assa(self) -> float:
        """Association accuracy."""
        return self.higher_order.assa


def track_scores(found: list[Frame], truth: list[Frame], threshold: float = 0.5) -> TrackScores:
    """MOTA, identity switches, IDF1 and HOTA of one clip.

    Args:
        found: identities and boxes, frame by frame, as for :func:`insidecnn.metrics.mota`.
        truth: the same.
        threshold: smallest IoU of a pair; HOTA has its own nineteen.

    Raises:
        ValueError: as :func:`insidecnn.metrics.mota`.

    Source: see :func:`insidecnn.metrics.mota`, :func:`insidecnn.metrics.idf1`, :func:`insidecnn.metrics.hota`.

    Example:
        >>> import torch
        >>> box = torch.tensor([[0, 0, 10, 10]])
        >>> truth = [(torch.tensor([1]), box)] * 4
        >>> score = track_scores([(torch.tensor([name]), box) for name in (7, 7, 7, 8)], truth)
        >>> score.mota, score.switches, score.idf1, round(score.hota, 4)
        (0.75, 1, 0.75, 0.7906)
    """
    return TrackScores(mota(found, truth, threshold), idf1(found, truth, threshold), hota(found, truth))


def pooled(clips: list[TrackScores]) -> TrackScores:
    """The scores of several clips together: what is counted is summed, so that a long clip weighs more than a short one.

    Raises:
        ValueError: no clips.

    Source: so TrackEval combines sequences.

    Example:
        >>> import torch
        >>> box = torch.tensor([[0, 0, 10, 10]])
        >>> here, nothing = (torch.tensor([1]), box), (torch.tensor([]), torch.zeros(0, 4))
        >>> long, short = track_scores([here] * 9, [here] * 9), track_scores([nothing], [here])
        >>> long.mota, short.mota, pooled([long, short]).mota
        (1.0, 0.0, 0.9)
    """
    if not clips:
        raise ValueError("There are no clips to pool; give the scores of at least one.")
    return TrackScores(*(summed([getattr(clip, f.name) for clip in clips]) for f in fields(TrackScores)))


def summed(counts: list[Counts]) -> Counts:
    """The sum of each field."""
    return type(counts[0])(*(sum(getattr(each, f.name) for each in counts) for f in fields(counts[0])))
