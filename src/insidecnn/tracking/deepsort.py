"""DeepSORT (Wojke et al. 2017): SORT that knows what its objects look like, and remembers them for longer.

A small network turns the picture of each box into a vector of length 1, its *embedding*; two pictures of one person
are to give nearly the same vector. It learns to by naming the people of its training (Wojke & Bewley 2018).
"""

from collections import deque

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.checks import number, tensors, told
from insidecnn.classification.layers import conv_bn
from insidecnn.classification.resnet import Residual
from insidecnn.parameters import read_card, read_state
from insidecnn.tracking.kalman import GATE
from insidecnn.tracking.tracker import FAR, Detection, Track, Tracker, overlap

CROP = (64, 32)  #: height and width that each box is resized to, in pixels


class CropNet(nn.Module):
    """Crops of people (N, 3, 64, 32) from 0 to 1 → embeddings (N, 64) of length 1.

    Source: Wojke et al. 2017, table 1, with a third of its blocks and of its channels.
    """

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(conv_bn(3, 24), nn.MaxPool2d(2))  # (N, 24, 32, 16)
        self.blocks = nn.Sequential(Residual(24, 24), Residual(24, 40, 2), Residual(40, 64, 2))  # (N, 64, 8, 4)
        self.dense = nn.Linear(64 * 8 * 4, 64, bias=False)
        self.norm = nn.BatchNorm1d(64)

    def forward(self, x):
        maps = self.blocks(self.stem(x - 0.5))
        return F.normalize(self.norm(self.dense(maps.flatten(1))))

    @torch.no_grad()
    def look(self, image: np.ndarray, boxes: torch.Tensor) -> torch.Tensor:
        """What is in the boxes (n, 4) of a picture (H, W, 3) uint8: embeddings (n, 64)."""
        return self(crops(image, boxes)) if len(boxes) else torch.zeros(0, 64)


def shipped() -> tuple[CropNet, dict]:
    """The book's network, in evaluation mode, and its card: recipe, time, scores on unseen people, what it cannot do."""
    net = CropNet()
    net.load_state_dict(read_state("deepsort.safetensors"))
    return net.eval(), read_card("deepsort.json")


class CosineSoftmax(nn.Module):
    """Which of K people is it? Logits (N, K): cosines to one learned direction for each, times one learned factor.

    Source: Wojke & Bewley 2018, equation 4. Only training needs it.
    """

    def __init__(self, people: int, size: int = 64):
        super().__init__()
        self.directions = nn.Parameter(torch.randn(people, size))
        self.scale = nn.Parameter(torch.tensor(10.0))

    def forward(self, embeddings):
        return self.scale * embeddings @ F.normalize(self.directions).T


def crops(image: np.ndarray, boxes: torch.Tensor) -> torch.Tensor:
    """The parts of a picture (H, W, 3) uint8 in the boxes (n, 4), as (n, 3, 64, 32) float32 from 0 to 1.

    Raises:
        ValueError: no such picture, or boxes of another shape.
    """
    tensors(boxes=(boxes, "n 4"))
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.shape[2:] != (3,) or not image.size:
        raise ValueError(f"image is {told(image)}; give a picture of shape (height, width, 3) and dtype uint8.")
    height, width = image.shape[:2]
    parts = []
    for box in boxes.tolist():
        left, top = (min(max(round(v), 0), side - 1) for v, side in zip(box[:2], (width, height), strict=True))
        right, bottom = max(round(box[2]), left + 1), max(round(box[3]), top + 1)
        parts.append(cv2.resize(image[top:bottom, left:right], CROP[::-1], interpolation=cv2.INTER_AREA))
    return torch.from_numpy(np.array(parts).reshape(-1, *CROP, 3)).permute(0, 3, 1, 2).float() / 255


class LookTrack(Track):
    """A track with a gallery: its last embeddings, 100 at most."""

    def __init__(self, identity: int, detection: Detection, kept: int = 100):
        super().__init__(identity, detection)
        self.gallery = deque([detection.embedding], maxlen=kept)

    def update(self, detection: Detection) -> None:
        super().update(detection)
        self.gallery.append(detection.embedding)


def unlikeness(tracks: list[LookTrack], found: list[Detection]) -> np.ndarray:
    """The cosine distance of each detection from the most alike of a track's gallery: (tracks, detections).

    ``FAR`` where the filter says that the track cannot be there: section 2.2, equations 1 to 4.
    """
    looks = np.stack([d.embedding for d in found])  # (detections, d)
    nearest = np.stack([1 - (np.array(t.gallery) @ looks.T).max(0) for t in tracks])
    return np.where(np.stack([t.distance(found) for t in tracks]) <= GATE, nearest, FAR)


class DeepSort(Tracker):
    """SORT with a deep association metric.

    Args:
        least: smallest score of a detection that counts.
        look: largest cosine distance of an object and the detection that continues it.
        iou: smallest overlap of the two in the last stage, which does without looks.
        birth: frames in a row until a new object is shown.
        memory: frames for which an object may be missed.

    Raises:
        ValueError: a setting out of its range.

    Source: Wojke et al. 2017, sections 2.1 to 2.3.
    """

    track = LookTrack
    embedded = True

    def __init__(self, least: float = 0.5, look: float = 0.5, iou: float = 0.3, birth: int = 3, memory: int = 30):
        super().__init__(least, birth, memory)
        self.look, self.iou = number("look", look, 0, 2), number("iou", iou, 0, 1)

    def associate(self, found: list[Detection]) -> None:
        found, left = self.sure(found), []
        confirmed = [t for t in self.tracks if self.confirmed(t)]
        tentative = [t for t in self.tracks if not self.confirmed(t)]
        for age in sorted({t.missed for t in confirmed}):  # the cascade: who was seen last chooses first
            rest, found = self.pair([t for t in confirmed if t.missed == age], found, unlikeness, self.look)
            left += rest
        recent = tentative + [t for t in left if t.missed == 1]
        _, new = self.pair(recent, found, overlap, 1 - self.iou)
        self.begin(new)
