"""JDE (Wang et al. 2020): joint detection and embedding. One network says where people are and what they look like."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.checks import number, tensors
from insidecnn.classification.resnet import Residual
from insidecnn.detection.trunk import STRIDE
from insidecnn.detection.yolo import Maps, Yolo
from insidecnn.metrics import nms
from insidecnn.parameters import read_card, read_state
from insidecnn.tracking.kalman import GATE
from insidecnn.tracking.tracker import FAR, Detection, Track, Tracker, overlap

PERSON = 3  #: the place of "person" among YOLO's classes
SHARED = 3  #: layers of YOLO's trunk that embeddings are made from too; later ones know objects, and lose colours
PART = (9, 5)  #: cells that an embedding is made from, 72 × 40 pixels: about a person


def through(layers: list[nn.Module], x: torch.Tensor) -> torch.Tensor:
    """One layer after the other."""
    for layer in layers:
        x = layer(x)
    return x


class JdeNet(nn.Module):
    """YOLO with one more head: what is in each cell, and what the person looks like whose centre lies there.

    Pictures (N, 3, H, W) from 0 to 1 → what :class:`insidecnn.detection.yolo.Yolo` gives, and embeddings
    (N, 64, H/8, W/8) of length 1. The boxes are around whole people, also where they are hidden.
    The second head is built like the end of DeepSORT's crop net; in place of its dense layer is a convolution.

    Source: Wang et al. 2020, section 3.
    """

    def __init__(self):
        super().__init__()
        self.yolo = Yolo()
        dense = nn.Conv2d(64, 64, PART, padding=(PART[0] // 2, PART[1] // 2), bias=False)
        self.look = nn.Sequential(Residual(48, 64, 2), Residual(64, 64), dense, nn.BatchNorm2d(64))

    def forward(self, images: torch.Tensor) -> tuple[Maps, torch.Tensor]:
        trunk = list(self.yolo.trunk)
        shared = through(trunk[:SHARED], images)  # (N, 48, H/4, W/4), for both answers
        found = self.yolo.read(self.yolo.head(through(trunk[SHARED:], shared)))
        return found, F.normalize(self.look(shared), dim=1)

    @torch.no_grad()
    def detect(self, images: torch.Tensor, least: float = 0.1, overlap: float = 0.6) -> list[tuple[torch.Tensor, ...]]:
        """The people of pictures (N, 3, H, W): boxes (n, 4), scores (n,) and embeddings (n, 64) of each.

        Args:
            least: boxes of lower scores are left out.
            overlap: of two boxes with a greater IoU the worse one is dropped; people hide people, so it is high.

        Raises:
            ValueError: no such pictures, sides that are no multiples of 8, or a number outside 0 … 1.
        """
        tensors(images=(images, "N 3 H W"))
        if images.shape[2] % STRIDE or images.shape[3] % STRIDE:
            raise ValueError(f"Pictures of {images.shape[2]} × {images.shape[3]} pixels; give multiples of {STRIDE}.")
        least, overlap = number("least", least, 0, 1), number("overlap", overlap, 0, 1)
        (confidence, boxes, classes), looks = self(images)
        scores = confidence.sigmoid() * classes.softmax(1)[:, None, PERSON]  # (N, 2, h, w)
        height, width = images.shape[2:]
        boxes = boxes.clamp_min(0).minimum(torch.tensor([width, height, width, height])[:, None, None])
        answer = []
        for score, box, look in zip(scores, boxes.movedim(2, -1), looks.movedim(1, -1), strict=True):
            place = (score >= least).nonzero()  # (k, 3): which of the cell's boxes, row, column
            score, box, look = score[*place.T], box[*place.T], look[*place[:, 1:].T]
            kept = nms(box, score, overlap)
            answer.append((box[kept], score[kept], look[kept]))
        return answer


def shipped() -> tuple[JdeNet, dict]:
    """The book's network, in evaluation mode, and its card: recipe, time, scores on unseen people, what it cannot do."""
    net = JdeNet()
    net.load_state_dict(read_state("jde.safetensors"))
    return net.eval(), read_card("jde.json")


class Balance(nn.Module):
    """The sum of several losses, each with a weight that is learned: how uncertain is the network about this task?

    Source: Kendall et al. 2018; Wang et al. 2020, equation 5.
    """

    def __init__(self, start: list[float]):
        super().__init__()
        self.s = nn.Parameter(torch.tensor(start))  # the logarithms of the tasks' variances

    def forward(self, losses: list[torch.Tensor]) -> torch.Tensor:
        return 0.5 * (torch.exp(-self.s) * torch.stack(losses) + self.s).sum()


class SmoothTrack(Track):
    """A track with one embedding, which follows those of its detections slowly."""

    keep = 0.9  #: of the old embedding at each update: section 3.4

    def __init__(self, identity: int, detection: Detection):
        super().__init__(identity, detection)
        self.embedding = detection.embedding

    def update(self, detection: Detection) -> None:
        super().update(detection)
        mixed = self.keep * self.embedding + (1 - self.keep) * detection.embedding
        self.embedding = mixed / np.linalg.norm(mixed)


class Jde(Tracker):
    """The association of JDE; the boxes and their embeddings come from one network.

    Args:
        least: smallest score of a detection that counts.
        cost: largest cost of an object and the detection that continues it.
        looks: share of the cosine distance in that cost; the rest is of the squared Mahalanobis distance.
        iou: smallest overlap of the two in the second stage.
        birth: frames in a row until a new object is shown.
        memory: frames for which an object may be missed.

    Raises:
        ValueError: a setting out of its range.

    Source: Wang et al. 2020, section 3.4.
    """

    track = SmoothTrack
    embedded = True

    def __init__(
        self,
        least: float = 0.5,
        cost: float = 0.7,
        looks: float = 0.98,
        iou: float = 0.5,
        birth: int = 2,
        memory: int = 30,
    ):
        super().__init__(least, birth, memory)
        self.cost, self.looks = number("cost", cost, 0, FAR), number("looks", looks, 0, 1)
        self.iou = number("iou", iou, 0, 1)

    def unlikeness(self, tracks: list[SmoothTrack], found: list[Detection]) -> np.ndarray:
        """How little each track and each detection look and move alike: (tracks, detections)."""
        looks = 1 - np.stack([t.embedding for t in tracks]) @ np.stack([d.embedding for d in found]).T
        away = np.stack([t.distance(found) for t in tracks])  # squared Mahalanobis distances
        return np.where(away <= GATE, self.looks * looks + (1 - self.looks) * away, FAR)

    def associate(self, found: list[Detection]) -> None:
        confirmed = [t for t in self.tracks if self.confirmed(t)]
        tentative = [t for t in self.tracks if not self.confirmed(t)]
        left, found = self.pair(confirmed, self.sure(found), self.unlikeness, self.cost)
        _, found = self.pair([t for t in left if t.missed == 1], found, overlap, 1 - self.iou)
        _, new = self.pair(tentative, found, overlap, 1 - self.iou)
        self.begin(new)
