"""Detections and objects in the forms that pycocotools wants, and what it says of them."""

import contextlib
import io

import numpy as np
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

KINDS = {"boxes": "bbox", "masks": "segm", "keypoints": "keypoints"}


def xywh(boxes):
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1)


def rle(masks):
    return coco_masks.encode(np.asfortranarray(masks.numpy().transpose(1, 2, 0).astype(np.uint8)))


def entries(images, by):
    """What pycocotools calls annotations."""
    found = []
    for number, image in enumerate(images):
        for i, label in enumerate(image["labels"].tolist()):
            entry = {"id": len(found) + 1, "image_id": number, "category_id": label, "iscrowd": 0}
            if "boxes" in image:
                box = xywh(image["boxes"][i : i + 1])[0].tolist()
                entry |= {"bbox": box, "area": box[2] * box[3]}
            if by == "masks":
                entry |= {"segmentation": rle(image["masks"][i : i + 1])[0], "area": int(image["masks"][i].sum())}
            if by == "keypoints":
                places = image["keypoints"][i].double()
                (left, top), (right, bottom) = places[:, :2].amin(0).tolist(), places[:, :2].amax(0).tolist()
                entry |= {"keypoints": places.flatten().tolist(), "num_keypoints": int((places[:, 2] > 0).sum())}
                entry |= {"bbox": [left, top, right - left, bottom - top], "area": (right - left) * (bottom - top)}
                if "scores" not in image:  # the size of a real person is that of the mask
                    entry["area"] = int(image["masks"][i].sum())
            if "scores" in image:
                entry["score"] = float(image["scores"][i])
            found.append(entry)
    return found


def pycocotools(found, truth, by, thresholds=None, areas=None, sigmas=None, at_every_recall=False):
    """Average precision at each threshold of every class that counts: label → (thresholds,)."""
    result = {}
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
        objects, answers = entries(truth, by), entries(found, by)
        labels = sorted({entry["category_id"] for entry in objects})
        sides = []
        for annotations in (objects, answers):
            data = COCO()
            data.dataset = {
                "images": [{"id": i, "height": 26, "width": 26} for i in range(len(truth))],
                "annotations": annotations,
                "categories": [{"id": label} for label in labels],
            }
            data.createIndex()
            sides.append(data)
        for label in labels:
            judge = COCOeval(*sides, KINDS[by])
            judge.params.catIds = [label]
            if thresholds is not None:
                judge.params.iouThrs = np.array(thresholds)
            if areas is not None:
                judge.params.areaRng = [[areas[0], min(areas[1], 1e9)]]
            if sigmas is not None:
                judge.params.kpt_oks_sigmas = np.asarray(sigmas)
            if at_every_recall:
                count = sum(entry["category_id"] == label for entry in objects)
                judge.params.recThrs = np.arange(1, count + 1) / count
            judge.evaluate()
            judge.accumulate()
            precision = judge.eval["precision"][:, :, 0, 0, -1]
            if (precision >= 0).all():  # −1 where no object counts
                result[label] = precision.mean(1)
    return result
