"""What the four trackers share: a track, the pairing of tracks with detections, and a track's birth and end."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from insidecnn import metrics
from insidecnn.checks import number, tensors, whole
from insidecnn.tracking.kalman import Kalman

FAR = 1e5  #: the cost of a pair that is forbidden
SIZE = 1e-3  #: pixels; what is left of a box whose height or area was predicted to be below zero


@dataclass(frozen=True)
class Detection:
    """One box of one frame."""

    box: np.ndarray  #: (4,) float64: left, top, right, bottom
    score: float  #: from 0 to 1
    embedding: np.ndarray | None  #: (d,) of length 1


class Track:
    """One object: its number, its motion, and for how many frames it was seen and has been unseen.

    Measured are the box's middle x and y, the ratio of its width to its height, and its height
    (Wojke et al. 2017, section 2.1). The filter's standard deviations are shares of the height.
    """

    START = np.array([0.1, 0.1, 0.02, 0.1, 0.1, 0.1, 0.001, 0.1])
    DRIFT = np.array([0.03, 0.03, 0.01, 0.03, 0.02, 0.01, 0.001, 0.005])
    ERROR = np.array([0.05, 0.05, 0.1, 0.05])

    def __init__(self, identity: int, detection: Detection):
        self.identity, self.hits, self.missed = identity, 1, 0
        self.filter = Kalman(self.measured(detection.box), self.sigma(self.START, detection.box))

    def measured(self, box: np.ndarray) -> np.ndarray:
        width, height = box[2:] - box[:2]
        return np.array([box[0] + width / 2, box[1] + height / 2, width / height, height])

    @property
    def box(self) -> np.ndarray:
        """(4,): where the filter believes the object to be."""
        x, y, ratio, height = self.filter.mean[:4]
        half = np.maximum([ratio * height, height], SIZE) / 2
        return np.array([x - half[0], y - half[1], x + half[0], y + half[1]])

    def sigma(self, shares: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Shares of a box's height as standard deviations; those of the ratio are none of the height."""
        return shares * np.where(np.arange(len(shares)) % 4 == 2, 1, box[3] - box[1])

    def predict(self) -> None:
        self.missed += 1
        self.filter.predict(self.sigma(self.DRIFT, self.box))

    def update(self, detection: Detection) -> None:
        self.hits, self.missed = self.hits + 1, 0
        self.filter.update(self.measured(detection.box), self.sigma(self.ERROR, self.box))

    def distance(self, found: list[Detection]) -> np.ndarray:
        """Squared Mahalanobis distance of each detection from the predicted box: (n,)."""
        return self.filter.distance(np.stack([self.measured(d.box) for d in found]), self.sigma(self.ERROR, self.box))


class Tracker:
    """Boxes in, boxes with identities out, frame by frame; how the two are paired is each system's own.

    A track is *tentative* until it was seen in ``birth`` frames in a row, and ends when it is missed before.
    After that it is *confirmed*, and ends when it was missed in more than ``memory`` frames in a row.

    Args:
        least: smallest score of a detection that counts.
        birth: frames, at least 1.
        memory: frames, at least 0.

    Raises:
        ValueError: a setting out of its range.
    """

    track = Track
    embedded = False  # whether the system compares what objects look like

    def __init__(self, least: float, birth: int, memory: int):
        self.least = number("least", least, 0, 1)
        self.birth, self.memory = whole("birth", birth, least=1), whole("memory", memory, least=0)
        self.tracks: list[Track] = []
        self.given = 0  # identities so far

    def associate(self, found: list[Detection]) -> None:
        """Pair the predicted tracks with the detections of a frame, and begin new tracks."""
        raise NotImplementedError

    def step(
        self, boxes: torch.Tensor, scores: torch.Tensor, embeddings: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The next frame.

        Args:
            boxes: (n, 4) detections: left, top, right, bottom.
            scores: (n,) from 0 to 1.
            embeddings: (n, d) vectors of length 1; only the systems that compare looks need them.

        Returns:
            identities (m,) int64 and boxes (m, 4) float32 of the confirmed objects that are seen in this frame.

        Raises:
            ValueError: another shape, a box without area, a score outside 0 … 1, embeddings of another length than 1.
        """
        found = detections(boxes, scores, embeddings if self.embedded else None)
        if self.embedded and embeddings is None:
            raise ValueError(f"{type(self).__name__} compares embeddings and got none; give one for each box.")
        for track in self.tracks:
            track.predict()
        self.associate(found)
        self.tracks = [t for t in self.tracks if t.missed <= self.memory * self.confirmed(t)]
        seen = [t for t in self.tracks if self.confirmed(t) and not t.missed]
        identities = torch.tensor([t.identity for t in seen], dtype=torch.int64)
        return identities, torch.from_numpy(np.array([t.box for t in seen]).reshape(-1, 4)).float()

    def confirmed(self, track: Track) -> bool:
        return track.hits >= self.birth

    def sure(self, found: list[Detection]) -> list[Detection]:
        """The detections that count."""
        return [d for d in found if d.score >= self.least]

    def pair(self, tracks: list[Track], found: list[Detection], cost, limit: float) -> tuple[list, list]:
        """Update each track with its detection, so that the sum of the costs is smallest and none is above the limit.

        Args:
            cost: a function of tracks and detections that gives (tracks, detections).

        Returns:
            the tracks and the detections that are left over.
        """
        if not tracks or not found:
            return tracks, found
        prices = cost(tracks, found)
        rows, columns = linear_sum_assignment(np.minimum(prices, limit + 1e-5))  # what is too dear counts the same
        pairs = {r: c for r, c in zip(rows, columns, strict=True) if prices[r, c] <= limit}
        for r, c in pairs.items():
            tracks[r].update(found[c])
        taken = set(pairs.values())
        return [t for r, t in enumerate(tracks) if r not in pairs], [d for c, d in enumerate(found) if c not in taken]

    def begin(self, found: list[Detection]) -> None:
        """A new track for each detection."""
        for detection in found:
            self.tracks.append(self.track(self.given, detection))
            self.given += 1


def overlap(tracks: list[Track], found: list[Detection]) -> np.ndarray:
    """The cost ``1 − IoU`` of each predicted box with each detection: (tracks, detections), from 0 to 1."""
    predicted, boxes = np.stack([t.box for t in tracks]), np.stack([d.box for d in found])
    return 1 - metrics.box_iou(torch.from_numpy(predicted), torch.from_numpy(boxes)).numpy()


def detections(boxes: torch.Tensor, scores: torch.Tensor, embeddings: torch.Tensor | None) -> list[Detection]:
    """The detections of one frame, checked."""
    given = {"boxes": (boxes, "n 4"), "scores": (scores, "n")}
    tensors(**given if embeddings is None else given | {"embeddings": (embeddings, "n d")})
    if (boxes[:, 2:] <= boxes[:, :2]).any():
        raise ValueError("A box has no area; give left < right and top < bottom.")
    if ((scores < 0) | (scores > 1)).any():
        raise ValueError("A score is below 0 or above 1; give the detector's confidence, from 0 to 1.")
    if embeddings is not None and ((embeddings.norm(dim=1) - 1).abs() > 1e-2).any():
        raise ValueError("An embedding is not of length 1; divide each by its length.")
    looks = [None] * len(boxes) if embeddings is None else embeddings.detach().double().numpy()
    return [
        Detection(*each)
        for each in zip(boxes.detach().double().numpy(), scores.detach().double().tolist(), looks, strict=True)
    ]


def track(tracker: Tracker, frames: Iterable[tuple[torch.Tensor, ...]]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Identities and boxes for each frame of a clip; the tracker given stays as it is, ready for another clip.

    Args:
        frames: of each frame the arguments of :meth:`Tracker.step`: boxes, scores and, where wanted, embeddings.
    """
    tracker = copy.deepcopy(tracker)
    return [tracker.step(*frame) for frame in frames]
