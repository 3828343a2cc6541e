"""Mask R-CNN: torchvision's own class, on our small trunk. Faster R-CNN with one more branch, which draws masks.

For each box RoIAlign reads 14 × 14 places of the fine map, and a few convolutions draw one mask of 28 × 28 cells for
each class. Every mask is a map of yes and no (a sigmoid at each cell); which of them counts, the other branch says.

With a network, the large one with weights learned from COCO (torchvision's own, 170 MB) is loaded by

    from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights, maskrcnn_resnet50_fpn
    model = maskrcnn_resnet50_fpn(weights=MaskRCNN_ResNet50_FPN_Weights.DEFAULT).eval()

Source: He, Gkioxari, Dollár & Girshick 2017, "Mask R-CNN", section 3.
"""

import torch
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.ops import MultiScaleRoIAlign

from insidecnn.detection.faster_rcnn import CLASSES, settings
from insidecnn.detection.pyramid import Pyramid
from insidecnn.detection.trunk import Trunk
from insidecnn.parameters import read_card, read_state

CELLS = 28  #: along each side of a mask, before it is enlarged to its box


def mask_rcnn(trunk: Trunk | None = None) -> MaskRCNN:
    """torchvision's Mask R-CNN with random heads; without a trunk, that is random too."""
    channels = Pyramid.out_channels
    return MaskRCNN(
        Pyramid(trunk),
        mask_roi_pool=MultiScaleRoIAlign(["fine"], output_size=CELLS // 2, sampling_ratio=2),
        mask_head=MaskRCNNHeads(channels, [channels, channels], dilation=1),
        mask_predictor=MaskRCNNPredictor(channels, channels, CLASSES),
        **settings(),
    )


def shipped() -> tuple[MaskRCNN, dict]:
    """The book's Mask R-CNN in evaluation mode, and its card: recipe, time, scores on unseen scenes.

    It takes a list of pictures (3, H, W) in [0, 1], and gives for each ``boxes`` (n, 4), ``labels`` (n,),
    ``scores`` (n,), the best first, and ``masks`` (n, 1, H, W), the probability of each pixel.
    """
    model = mask_rcnn()
    model.load_state_dict(read_state("mask_rcnn.safetensors"))
    return model.eval(), read_card("mask_rcnn.json")


def decided(answer: dict[str, torch.Tensor], least: float = 0.0) -> dict[str, torch.Tensor]:
    """An answer of Mask R-CNN with masks (n, H, W) bool, the pixels of which it is surer than not.

    Args:
        answer: for one picture, see :func:`shipped`.
        least: objects of a lower score are left out.
    """
    kept = answer["scores"] >= least
    found = {name: value[kept] for name, value in answer.items()}
    return found | {"masks": found["masks"][:, 0] > 0.5}
