"""YOLO: one pass over a grid gives all boxes at once. One stage, one loss.

The picture is divided into cells of 8 × 8 pixels. The cell in which an object's centre lies is responsible for
it. Each cell predicts two boxes, for each box a confidence, and once the probabilities of the four classes.

From the paper: the grid, responsibility, two boxes a cell of which the one that fits better is trained, confidence
whose target is the IoU with the truth, centres as offsets in the cell, square roots of width and height, the weight
0.5 of boxes that hold nothing, non-maximum suppression. Not from it: the paper's squared errors are here 1 − GIoU for
boxes (Rezatofighi et al. 2019) and cross-entropies for confidence and class, which learn faster; and the network is a
small one without dense layers, so that it takes pictures of any size.

Source: Redmon et al. 2016, "You Only Look Once: Unified, Real-Time Object Detection", section 2.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.checks import number, told
from insidecnn.detection.trunk import CHANNELS, STRIDE, Trunk, conv
from insidecnn.metrics.detection import nms
from insidecnn.parameters import read_card, read_state

CLASSES = 4  #: without the background
BOXES = 2  #: of each cell
START = ((1.7, 2.6), (2.4, 1.8))  #: √w and √h of an untrained cell's boxes: one tall, one wide
WEIGHTS = {"box": 2.0, "object": 1.0, "nothing": 0.5, "class": 1.0}  #: of the loss's parts


class Maps(NamedTuple):
    """What the cells of N pictures say; B = 2 boxes a cell, C = 4 classes, h × w cells."""

    confidence: torch.Tensor  #: (N, B, h, w) logits
    boxes: torch.Tensor  #: (N, B, 4, h, w): left, top, right, bottom in pixels
    classes: torch.Tensor  #: (N, C, h, w) logits, the first of class 1


class Yolo(nn.Module):
    """Pictures (N, 3, H, W) in [0, 1] → :class:`Maps`; H and W are multiples of 8."""

    def __init__(self):
        super().__init__()
        self.trunk = Trunk()
        self.head = conv(CHANNELS, 64)
        self.last = nn.Conv2d(64, BOXES * 5 + CLASSES, 1)
        with torch.no_grad():
            self.last.bias.zero_()
            start = self.last.bias[: BOXES * 5].view(BOXES, 5)
            start[:, 0] = -4  # hardly any cell holds an object's centre
            start[:, 1:3] = 0.5  # the middle of the cell
            start[:, 3:] = torch.tensor(START)

    def forward(self, images: torch.Tensor) -> Maps:
        return self.read(self.head(self.trunk(images)))  # from (N, 64, h, w)

    def read(self, features: torch.Tensor) -> Maps:
        """The last layer: a vector of 64 numbers of each cell, (N, 64, h, w), to what the cell says."""
        out = self.last(features)  # (N, 14, h, w)
        cells, classes = out.split([BOXES * 5, CLASSES], 1)
        cells = cells.unflatten(1, (BOXES, 5))  # (N, B, 5, h, w)
        return Maps(cells[:, :, 0], decode(cells[:, :, 1:]), classes)

    @torch.no_grad()
    def detect(self, images, least: float = 0.01, overlap: float = 0.5) -> list[dict[str, torch.Tensor]]:
        """The objects of pictures, in the form of torchvision's detectors.

        Args:
            images: (N, 3, H, W) in [0, 1], or a list of pictures (3, H, W) of one size.
            least: boxes of lower scores are left out.
            overlap: of two boxes of a class with a greater IoU the worse one is dropped.

        Returns:
            for each picture ``boxes`` (n, 4), ``labels`` (n,) from 1 and ``scores`` (n,), best first.

        Raises:
            ValueError: no pictures of such a size, or numbers outside 0 … 1.
        """
        images = torch.stack(list(images)) if isinstance(images, list | tuple) else images
        if not isinstance(images, torch.Tensor) or images.dim() != 4 or images.shape[1] != 3:
            raise ValueError(f"images is {told(images)}; give a tensor of shape (N, 3, H, W).")
        if images.shape[2] % STRIDE or images.shape[3] % STRIDE:
            raise ValueError(f"Pictures of {images.shape[2]} × {images.shape[3]} pixels; give multiples of {STRIDE}.")
        least, overlap = number("least", least, 0, 1), number("overlap", overlap, 0, 1)
        height, width = images.shape[2:]
        return [chosen(*each, (height, width), least, overlap) for each in zip(*self(images), strict=True)]


def decode(numbers: torch.Tensor) -> torch.Tensor:
    """The boxes that cells mean: (…, 4, h, w) x, y, √w, √h → (…, 4, h, w) left, top, right, bottom in pixels.

    All are in cells; x and y count from the cell's own corner.
    """
    rows = torch.arange(numbers.shape[-2], device=numbers.device)[:, None]  # (h, 1)
    columns = torch.arange(numbers.shape[-1], device=numbers.device)  # (w,)
    x, y, root_w, root_h = numbers.unbind(-3)  # (…, h, w) each
    x, y = (columns + x) * STRIDE, (rows + y) * STRIDE
    half_w, half_h = STRIDE * root_w**2 / 2, STRIDE * root_h**2 / 2
    return torch.stack([x - half_w, y - half_h, x + half_w, y + half_h], -3)


def encode(boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Which cell is responsible for each box (n, 4), and what it should say, the inverse of :func:`decode`.

    Returns:
        rows and columns (n, 2) int64; x, y, √w, √h (n, 4).
    """
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 / STRIDE  # (n, 2): x, y in cells
    cell = middle.floor()
    roots = ((boxes[:, 2:] - boxes[:, :2]) / STRIDE).sqrt()
    return cell.flip(1).long(), torch.cat([middle - cell, roots], 1)


def giou(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """IoU and generalised IoU of boxes (n, 4) with others (n, 4), pair by pair.

    GIoU is IoU less the share of the smallest box around both that neither covers: it also tells
    boxes that do not touch which way to go. Source: Rezatofighi et al. 2019.
    """
    low, high = torch.minimum(a, b), torch.maximum(a, b)
    both = (low[:, 2:] - high[:, :2]).clamp_min(0).prod(1)
    around = (high[:, 2:] - low[:, :2]).prod(1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - both
    iou = both / union.clamp_min(1e-6)
    return iou, iou - (around - union) / around.clamp_min(1e-6)


def loss(maps: Maps, targets: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The parts of the loss, each summed over the cells and divided by the number of pictures, and weighted.

    Args:
        maps: of N pictures.
        targets: of each picture ``boxes`` (n, 4) and ``labels`` (n,); where the centres of two lie in one cell,
            the later one counts, which is in front.
    """
    picture = torch.cat([torch.full((len(each["boxes"]),), k) for k, each in enumerate(targets)])  # (n,)
    truth = torch.cat([each["boxes"] for each in targets])  # (n, 4)
    labels = torch.cat([each["labels"] for each in targets])  # (n,)
    rows, columns = encode(truth)[0].unbind(1)
    last = torch.full(maps.classes[:, 0].shape, -1)  # (N, h, w): the object of each cell
    for k, place in enumerate(zip(picture.tolist(), rows.tolist(), columns.tolist(), strict=True)):
        last[place] = k
    picture, rows, columns = (last >= 0).nonzero(as_tuple=True)  # the m responsible cells
    mine = last[picture, rows, columns]
    truth, labels = truth[mine], labels[mine]

    offered = maps.boxes[picture, :, :, rows, columns]  # (m, B, 4)
    pairs = giou(offered.flatten(0, 1), truth.repeat_interleave(BOXES, 0))
    ious, gious = (each.view(-1, BOXES) for each in pairs)  # (m, B)
    better = ious.argmax(1, keepdim=True)  # the box of the cell that is responsible
    confidence = torch.zeros_like(maps.confidence)
    holds = torch.zeros_like(confidence, dtype=torch.bool)
    confidence[picture, better[:, 0], rows, columns] = ious.detach().gather(1, better)[:, 0].to(confidence.dtype)
    holds[picture, better[:, 0], rows, columns] = True
    wrong = F.binary_cross_entropy_with_logits(maps.confidence, confidence, reduction="none")
    parts = {
        "box": (1 - gious.gather(1, better)).sum(),
        "object": wrong[holds].sum(),
        "nothing": wrong[~holds].sum(),
        "class": F.cross_entropy(maps.classes[picture, :, rows, columns], labels - 1, reduction="sum"),
    }
    return {name: WEIGHTS[name] * part / len(targets) for name, part in parts.items()}


def chosen(
    confidence: torch.Tensor, boxes: torch.Tensor, classes: torch.Tensor, shape: tuple[int, int], least: float, overlap
) -> dict[str, torch.Tensor]:
    """One picture's maps → its objects, see :meth:`Yolo.detect`. A box's score is confidence × probability."""
    probability, label = classes.softmax(0).max(0)  # (h, w) each
    scores = (confidence.sigmoid() * probability).flatten()  # (B · h · w,)
    boxes = boxes.movedim(1, -1).flatten(0, 2)  # (B · h · w, 4)
    labels = (label + 1).expand_as(confidence).flatten()
    high = scores >= least
    scores, labels, boxes = scores[high], labels[high], boxes[high]
    height, width = shape
    boxes = boxes.clamp(min=torch.zeros(4), max=torch.tensor([width, height, width, height]).float())
    apart = 2 * max(shape) * labels[:, None]  # boxes of different classes do not compete
    kept = nms(boxes + apart, scores, overlap)
    return {"boxes": boxes[kept], "labels": labels[kept], "scores": scores[kept]}


def shipped() -> tuple[Yolo, dict]:
    """The book's YOLO, in evaluation mode, and its card: recipe, time, scores on unseen scenes, what it cannot do."""
    net = Yolo()
    net.load_state_dict(read_state("yolo.safetensors"), strict=False)  # the counters of batch norm are not shipped
    return net.eval(), read_card("yolo.json")
