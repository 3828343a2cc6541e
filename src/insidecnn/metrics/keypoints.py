"""Measures of keypoints: how near they are to where they belong."""

import torch

from insidecnn.checks import number, tensors, told
from insidecnn.metrics.detection import ordered

# How far people's marks of one joint lie apart (standard deviation, in square roots of the person's area): COCO's
# keypoint evaluation, section 2, note 2. Our hands and feet have its wrists' and ankles', our head, which is one
# point, its nose's, and our neck, which COCO lacks, its shoulders'.
SIGMAS = {
    "head": 0.026,
    "neck": 0.079,
    "shoulder": 0.079,
    "elbow": 0.072,
    "hand": 0.062,
    "hip": 0.107,
    "knee": 0.087,
    "foot": 0.089,
}


def pck(found: torch.Tensor, truth: torch.Tensor, boxes: torch.Tensor, alpha: float = 0.2) -> float:
    """Share of the keypoints found within alpha times the longer side of the person's box.

    Args:
        found: (n, K, 2), x and y.
        truth: (n, K, 3), x, y and visible; keypoints with 0 there do not count.
        boxes: (n, 4).
        alpha: above 0; a keypoint at exactly that distance is found.

    Raises:
        ValueError: shapes that do not belong together, a box that is upside down, alpha not above 0, or
            no keypoint that counts.

    Source: Yang & Ramanan 2013, section 5: "probability of a correct keypoint".

    Example:
        >>> truth = torch.tensor([[[5.0, 5, 2], [5, 15, 1], [0, 0, 0]]])
        >>> found = torch.tensor([[[5.0, 8], [5, 20], [9, 9]]])  # 3 and 5 pixels away; the third does not count
        >>> pck(found, truth, boxes=torch.tensor([[0, 0, 10, 20]]), alpha=0.2)  # within 4 pixels
        0.5
    """
    tensors(found=(found, "n K 2"), truth=(truth, "n K 3"), boxes=(boxes, "n 4"))
    ordered(boxes)
    alpha = number("alpha", alpha, 0, float("inf"), open_below=True)
    found, truth, boxes = found.double(), truth.double(), boxes.double()
    counts = truth[..., 2] > 0
    if not counts.any():
        raise ValueError("No keypoint counts; at least one must have 1 or 2 as its third number.")
    away = (found - truth[..., :2]).norm(dim=2)  # (n, K) pixels
    limit = alpha * (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True)
    return float((away <= limit)[counts].double().mean())


def oks(found: torch.Tensor, truth: torch.Tensor, areas: torch.Tensor, sigmas: torch.Tensor) -> torch.Tensor:
    """Object keypoint similarity of each found person with each real one: (D, T) float64 from 0 to 1.

    It is for keypoints what IoU is for boxes: the mean over the joints of ``exp(−d² / (2 · area · (2σ)²))``,
    where d is the distance. A joint that is 2σ of the person's size away counts 0.61.

    Args:
        found: (D, K, 2), x and y.
        truth: (T, K, 3), x, y and visible; joints with 0 there do not count. A person without any that
            counts is similar to nobody: 0.
        areas: (T,), square pixels of the real persons, above 0.
        sigmas: (K,), above 0: how far apart people's marks of a joint lie, from :func:`joint_sigmas`.

    Raises:
        ValueError: shapes that do not belong together, or an area or a sigma that is not above 0.

    Source: COCO's keypoint evaluation, sections 1.2 and 1.3 (cocodataset.org/#keypoints-eval).

    Example:
        >>> truth = torch.tensor([[[5.0, 5, 2], [5, 15, 1], [0, 0, 0]]])
        >>> found = torch.tensor([[[5.0, 5], [5, 17], [9, 9]]])  # right, 2 pixels away, and one that does not count
        >>> oks(found, truth, areas=torch.tensor([100.0]), sigmas=torch.full((3,), 0.1)).tolist()  # (1 + 0.61) / 2
        [[0.8032...]]
    """
    tensors(found=(found, "D K 2"), truth=(truth, "T K 3"), areas=(areas, "T"), sigmas=(sigmas, "K"))
    for name, value in (("areas", areas), ("sigmas", sigmas)):
        if (value <= 0).any():
            raise ValueError(f"{name} holds numbers that are not above 0; give the size of every person and joint.")
    away = (found.double()[:, None] - truth.double()[..., :2]).square().sum(3)  # (D, T, K) square pixels
    near = torch.exp(-away / (2 * areas.double()[:, None] * (2 * sigmas.double()).square()))
    counts = truth[..., 2] > 0
    return (near * counts).sum(2) / counts.sum(1).clamp_min(1)


def joint_sigmas(joints: list[str] | tuple[str, ...]) -> torch.Tensor:
    """The sigmas of these joints for :func:`oks`: (K,) float64, in square roots of the person's area.

    Args:
        joints: names whose last word is in ``SIGMAS``, such as ``"left knee"``.

    Raises:
        ValueError: a joint that is not there.

    Source: COCO's keypoint evaluation, section 2, note 2.

    Example:
        >>> joint_sigmas(["head", "left hand", "right hand"]).tolist()
        [0.026, 0.062, 0.062]
    """
    kinds = [str(joint).split()[-1:] for joint in joints]
    if unknown := [joint for joint, kind in zip(joints, kinds, strict=True) if not kind or kind[0] not in SIGMAS]:
        raise ValueError(f"A joint is called {told(unknown[0])}; its last word must be one of {', '.join(SIGMAS)}.")
    return torch.tensor([SIGMAS[kind] for (kind,) in kinds], dtype=torch.float64)
