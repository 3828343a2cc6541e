"""Trackers compared on the same clips: every measure, over all clips together and its spread from clip to clip."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from insidecnn.metrics import TrackScores, pooled, track_scores
from insidecnn.tracking.tracker import Tracker, track
from insidecnn.world.clips import Clip

MEASURES = ("mota", "idf1", "hota", "switches")
LEAST_SEEN = 0.2  #: share of a person that is seen; who is hidden more need not be found


@dataclass(frozen=True)
class Sequence:
    """A clip as a tracker gets it, and what it should answer."""

    frames: list[tuple[torch.Tensor, ...]]  #: of each frame boxes (n, 4), scores (n,) and, where wanted, embeddings
    truth: list[tuple[torch.Tensor, torch.Tensor]]  #: of each frame identities (m,) and boxes (m, 4)


def truth(clip: Clip) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Who is there in each frame: identities (m,) and boxes (m, 4), around all of a person."""
    return [clip.seen(t, LEAST_SEEN) for t in range(len(clip.images))]


def compare(trackers: dict[str, Tracker], sequences: Iterable[Sequence]) -> dict[str, list[TrackScores]]:
    """The scores of each tracker on each clip."""
    found = {name: [] for name in trackers}
    for sequence in sequences:
        for name, tracker in trackers.items():
            found[name].append(track_scores(track(tracker, sequence.frames), sequence.truth))
    return found


def summary(scores: list[TrackScores]) -> dict[str, dict[str, float]]:
    """For each measure ``together``, of all clips as if they were one, and ``spread``, its standard deviation."""
    together = pooled(scores)
    return {
        name: {
            "together": round(float(getattr(together, name)), 4),
            "spread": round(float(np.std([getattr(each, name) for each in scores])), 4),
        }
        for name in MEASURES
    }
