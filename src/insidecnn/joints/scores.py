"""How good the joints of found people are, person by person: who is meant by each, and which joints are right."""

import torch
from scipy.optimize import linear_sum_assignment

from insidecnn.checks import tensors
from insidecnn.metrics.detection import ordered
from insidecnn.metrics.keypoints import pck
from insidecnn.world.scenes import CLASSES, Scene

FAR = -1e4  #: where a joint is put that was not found


def matched(found: torch.Tensor, truth: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """Of each real person the joints of that found one who is meant: each found person stands for one at most.

    The pairs are those with the smallest sum of distances (Hungarian method); the distance of two people is
    the mean over the joints that count, in longer sides of the real person's box, and at most 1 for each.

    Args:
        found: (D, K, 3), x and y in pixels; a third number of 0 is a joint that was not found.
        truth: (T, K, 3), x, y and COCO's v.
        boxes: (T, 4), of the real people.

    Returns:
        (T, K, 2), x and y; −10,000 for what was not found.
    """
    tensors(found=(found, "D K 3"), truth=(truth, "T K 3"), boxes=(boxes, "T 4"))
    ordered(boxes)
    counts = (truth[..., 2] > 0).float()  # (T, K)
    places = torch.where(found[..., 2:] > 0, found[..., :2], torch.tensor(FAR))
    away = (places[:, None] - truth[None, ..., :2]).norm(dim=-1)  # (D, T, K) pixels
    away = (away / (boxes[:, 2:] - boxes[:, :2]).amax(1)[:, None].clamp_min(1)).clamp_max(1)
    cost = (away * counts).sum(-1) / counts.sum(-1).clamp_min(1)
    result = torch.full((*truth.shape[:2], 2), FAR)
    for d, t in zip(*linear_sum_assignment(cost.numpy()), strict=True):
        if cost[d, t] < 1:
            result[t] = places[d]
    return result


def people_of(scene: Scene) -> tuple[torch.Tensor, torch.Tensor]:
    """The people of a scene: keypoints (n, 14, 3), and whole boxes (n, 4), the hidden parts within."""
    people = scene.labels == CLASSES.index("person")
    return scene.keypoints[people], scene.whole_boxes[people]


def scenes_pck(found: list[torch.Tensor], scenes: list[Scene], alpha: float = 0.1) -> float:
    """PCK over all people of some scenes, hidden joints counted, people who were not found counted as missed.

    Args:
        found: (D_i, K, 3) for each scene, see :func:`matched`.
    """
    truth, boxes = zip(*map(people_of, scenes), strict=True)
    places = [matched(*each) for each in zip(found, truth, boxes, strict=True)]
    return pck(torch.cat(places), torch.cat(truth), torch.cat(boxes), alpha)
