"""How good is an answer? One file a family of measures, all of them to be had from here.

Boxes are (left, top, right, bottom) in pixels, right and bottom being the first pixels outside.
"""

from insidecnn.metrics.classification import confusion
from insidecnn.metrics.detection import ap_by_class, average_precision, box_iou, hits, nms, precision_recall
from insidecnn.metrics.keypoints import pck
from insidecnn.metrics.segmentation import class_iou, mask_iou
from insidecnn.metrics.tracking import Mota, mota

__all__ = [
    "Mota",
    "ap_by_class",
    "average_precision",
    "box_iou",
    "class_iou",
    "confusion",
    "hits",
    "mask_iou",
    "mota",
    "nms",
    "pck",
    "precision_recall",
]
