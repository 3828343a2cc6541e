"""Objects from a label map: what hangs together and has one class is one object. Objects that touch become one."""

import cv2
import numpy as np
import torch


def components(logits: torch.Tensor, least: int = 30) -> dict[str, torch.Tensor]:
    """The connected components of each class but 0, the background.

    Args:
        logits: (C, H, W), one map a class.
        least: pixels; smaller components are left out.

    Returns:
        as torchvision's Mask R-CNN: ``masks`` (n, H, W) bool, ``labels`` (n,) int64, and ``scores`` (n,),
        each the mean probability of the class over the component.
    """
    probabilities = logits.softmax(0)
    best = probabilities.argmax(0)  # (H, W)
    masks, labels, scores = [], [], []
    for label in range(1, len(logits)):
        count, pieces = cv2.connectedComponents((best == label).numpy().astype(np.uint8))
        for i in range(1, count):
            mask = torch.from_numpy(pieces == i)
            if mask.sum() >= least:
                masks.append(mask)
                labels.append(label)
                scores.append(probabilities[label][mask].mean())
    if not masks:
        empty = torch.zeros(0)
        return {"masks": torch.zeros(0, *best.shape, dtype=torch.bool), "labels": empty.long(), "scores": empty}
    return {"masks": torch.stack(masks), "labels": torch.tensor(labels), "scores": torch.stack(scores)}
