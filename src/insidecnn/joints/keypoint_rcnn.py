"""Keypoint R-CNN: torchvision's own class, on our small trunk. Top-down: people are found first, then their joints.

For each person's box RoIAlign reads 14 × 14 places of the fine map, and a few convolutions draw one heat map of
56 × 56 cells for each joint. It is trained as a classifier over these cells, of which one is right; the strongest
cell is the joint's place.

With a network, the large one with weights learned from COCO (torchvision's own, 226 MB) is loaded by

    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights, keypointrcnn_resnet50_fpn
    model = keypointrcnn_resnet50_fpn(weights=KeypointRCNN_ResNet50_FPN_Weights.DEFAULT).eval()

Source: He, Gkioxari, Dollár & Girshick 2017, "Mask R-CNN", section 5.
"""

import torch
from torchvision.models.detection import KeypointRCNN
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads, KeypointRCNNPredictor
from torchvision.ops import MultiScaleRoIAlign

from insidecnn.checks import tensors
from insidecnn.detection.faster_rcnn import settings
from insidecnn.detection.pyramid import Pyramid
from insidecnn.detection.trunk import Trunk
from insidecnn.metrics import box_iou
from insidecnn.parameters import read_card, read_state
from insidecnn.world.kinds import JOINTS

FAR = -10_000.0  #: pixels; where the joints of a person are who was not found


def keypoint_rcnn(trunk: Trunk | None = None) -> KeypointRCNN:
    """torchvision's Keypoint R-CNN for one class, person, with random heads; without a trunk, that is random too."""
    channels = Pyramid.out_channels
    return KeypointRCNN(
        Pyramid(trunk),
        keypoint_roi_pool=MultiScaleRoIAlign(["fine"], output_size=14, sampling_ratio=2),
        keypoint_head=KeypointRCNNHeads(channels, [channels, channels]),
        keypoint_predictor=KeypointRCNNPredictor(channels, len(JOINTS)),
        **settings(classes=2),
    )


def shipped() -> tuple[KeypointRCNN, dict]:
    """The book's Keypoint R-CNN in evaluation mode, and its card: recipe, time, scores on unseen scenes.

    It takes a list of pictures (3, H, W) in [0, 1], and gives for each ``boxes`` (n, 4), ``labels`` (n,), all 1,
    ``scores`` (n,), the best first, ``keypoints`` (n, 14, 3), x, y and 1, and ``keypoints_scores`` (n, 14), logits.
    """
    model = keypoint_rcnn()
    model.load_state_dict(read_state("keypoint_rcnn.safetensors"))
    return model.eval(), read_card("keypoint_rcnn.json")


def of_each(people: torch.Tensor, answer: dict[str, torch.Tensor], overlap: float = 0.5) -> torch.Tensor:
    """The joints that were found for each real person; far away for those who were not found.

    From the best score down, each box takes the person whom it overlaps most of those who are left.

    Args:
        people: (n, 4) their boxes.
        answer: of Keypoint R-CNN for their picture.
        overlap: least IoU of a person's box with the one found.

    Returns:
        (n, 14, 2), x and y, as :func:`insidecnn.metrics.pck` wants them.

    Raises:
        ValueError: boxes of another shape.
    """
    tensors(people=(people, "n 4"))
    joints = torch.full((len(people), len(JOINTS), 2), FAR)
    left = box_iou(answer["boxes"], people)  # (D, n)
    for found, row in zip(answer["keypoints"], left, strict=True):
        if len(people) and row.max() >= overlap:
            best = int(row.argmax())
            joints[best] = found[:, :2]
            left[:, best] = -1
    return joints
