"""Faster R-CNN: torchvision's own class, on our small trunk. Two stages: regions are proposed, then looked at closely.

At every cell of the maps, six boxes of given sizes and shapes are put down: the *anchors*. The region proposal
network says of each whether it holds an object, and corrects its corners. The best boxes are the proposals. For
each of them RoIAlign reads 7 × 7 places of the fine map, and a head names the class and corrects the box once more.

With a network, the large one with weights learned from COCO (torchvision's own, 167 MB) is loaded by

    from torchvision.models.detection import FasterRCNN_ResNet50_FPN_Weights, fasterrcnn_resnet50_fpn
    model = fasterrcnn_resnet50_fpn(weights=FasterRCNN_ResNet50_FPN_Weights.DEFAULT).eval()

Source: Ren et al. 2015, "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks"; with the
feature pyramid of Lin et al. 2017, and RoIAlign of He et al. 2017 in place of the paper's RoIPool.
"""

import torch
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNConvFCHead, FastRCNNPredictor
from torchvision.models.detection.transform import resize_boxes
from torchvision.ops import MultiScaleRoIAlign

from insidecnn.checks import tensors
from insidecnn.detection.pyramid import LEVELS, STRIDES, Pyramid
from insidecnn.detection.trunk import Trunk
from insidecnn.parameters import read_card, read_state

CLASSES = 5  #: with the background, as :data:`insidecnn.world.scenes.CLASSES`
SIZES = (
    (12, 24),
    (48, 96),
)  #: of the anchors on the fine and on the coarse map: square roots of their areas, in pixels
SHAPES = (0.5, 1.0, 2.0)  #: of the anchors: height divided by width
HIDDEN = 96  #: numbers that the second stage makes of a region


def settings(classes: int = CLASSES) -> dict:
    """What torchvision's three R-CNN classes are built with here: the stages, and how many boxes each looks at."""
    channels = Pyramid.out_channels
    return {
        "rpn_anchor_generator": AnchorGenerator(SIZES, (SHAPES,) * len(SIZES)),
        "rpn_fg_iou_thresh": 0.6,
        "rpn_batch_size_per_image": 64,
        "rpn_pre_nms_top_n_train": 200,  # of each map
        "rpn_post_nms_top_n_train": 200,
        "rpn_pre_nms_top_n_test": 100,
        "rpn_post_nms_top_n_test": 60,
        "box_roi_pool": MultiScaleRoIAlign(["fine"], output_size=7, sampling_ratio=2),
        "box_head": FastRCNNConvFCHead((channels, 7, 7), [channels], [HIDDEN]),
        "box_predictor": FastRCNNPredictor(HIDDEN, classes),
        "box_batch_size_per_image": 32,
        "box_detections_per_img": 30,
        "box_score_thresh": 0.01,
        "image_mean": [0.0, 0.0, 0.0],  # the trunk takes pictures as they are, from 0 to 1 …
        "image_std": [1.0, 1.0, 1.0],
        "min_size": 128,  # … and enlarged or reduced, so that the shorter side is that of the scenes
        "max_size": 192,
    }


def faster_rcnn(trunk: Trunk | None = None) -> FasterRCNN:
    """torchvision's Faster R-CNN with random heads; without a trunk, that is random too."""
    return FasterRCNN(Pyramid(trunk), **settings())


def shipped() -> tuple[FasterRCNN, dict]:
    """The book's Faster R-CNN in evaluation mode, and its card: recipe, time, scores on unseen scenes.

    It takes a list of pictures (3, H, W) in [0, 1], and gives for each ``boxes`` (n, 4), ``labels`` (n,) and
    ``scores`` (n,), the best first.
    """
    model = faster_rcnn()
    model.load_state_dict(read_state("faster_rcnn.safetensors"))
    return model.eval(), read_card("faster_rcnn.json")


@torch.no_grad()
def objectness(model: FasterRCNN, pictures: torch.Tensor) -> list[torch.Tensor]:
    """How sure the first stage is that there is an object at each cell, by anchor.

    Args:
        model: one of ours, or a Mask or Keypoint R-CNN of ours; in evaluation mode.
        pictures: (N, 3, H, W) in [0, 1].

    Returns:
        probabilities on the fine map (N, 6, H/4, W/4) and on the coarse one (N, 6, H/8, W/8), for pictures of
        128 × 128 to 192 pixels; others are scaled to this. The order of a cell's anchors is that of :func:`anchors`.

    Raises:
        ValueError: pictures of another shape.
    """
    tensors(pictures=(pictures, "N 3 H W"))
    images = model.transform(list(pictures))[0].tensors
    logits, _ = model.rpn.head(list(model.backbone(images).values()))
    return [each.sigmoid() for each in logits]


@torch.no_grad()
def proposals(model: FasterRCNN, pictures: torch.Tensor) -> list[torch.Tensor]:
    """The regions that the first stage hands to the second: for each picture (n, 4) in pixels, the best first.

    Args:
        model, pictures: as for :func:`objectness`.

    Raises:
        ValueError: pictures of another shape.
    """
    tensors(pictures=(pictures, "N 3 H W"))
    images = model.transform(list(pictures))[0]
    found = model.rpn(images, model.backbone(images.tensors))[0]
    return [resize_boxes(boxes, images.image_sizes[0], pictures.shape[2:]) for boxes in found]


def anchors(level: str, row: int, column: int) -> torch.Tensor:
    """The six anchors of a cell of a map: (6, 4) in pixels; the two sizes of a shape, then those of the next.

    Raises:
        ValueError: a level that is neither ``fine`` nor ``coarse``.
    """
    if level not in LEVELS:
        raise ValueError(f"level is {level!r}; it must be one of {', '.join(LEVELS)}.")
    place = LEVELS.index(level)
    around = AnchorGenerator(SIZES, (SHAPES,) * len(SIZES)).cell_anchors[place]
    corner = STRIDES[place] * torch.tensor([column, row, column, row])
    return around + corner
