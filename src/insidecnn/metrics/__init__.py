"""How good is an answer? One file a family of measures, all of them to be had from here.

Boxes are (left, top, right, bottom) in pixels, right and bottom being the first pixels outside.
"""

from insidecnn.metrics.classification import accuracy, confusion
from insidecnn.metrics.clips import TrackScores, pooled, track_scores
from insidecnn.metrics.coco import CocoAp, coco_ap
from insidecnn.metrics.detection import ap_by_class, average_precision, box_iou, hits, nms, precision_recall
from insidecnn.metrics.higher_order import Hota, hota
from insidecnn.metrics.identity import Idf1, idf1
from insidecnn.metrics.keypoints import joint_sigmas, oks, pck
from insidecnn.metrics.segmentation import class_iou, mask_iou, mean_iou
from insidecnn.metrics.tracking import Mota, mota

__all__ = [
    "CocoAp",
    "Hota",
    "Idf1",
    "Mota",
    "TrackScores",
    "accuracy",
    "ap_by_class",
    "average_precision",
    "box_iou",
    "class_iou",
    "coco_ap",
    "confusion",
    "hits",
    "hota",
    "idf1",
    "joint_sigmas",
    "mask_iou",
    "mean_iou",
    "mota",
    "nms",
    "oks",
    "pck",
    "pooled",
    "precision_recall",
    "track_scores",
]
