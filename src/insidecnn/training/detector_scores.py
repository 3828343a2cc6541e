"""How well a detector does on scenes that no training has seen: what the cards of all detectors hold."""

import time
from collections.abc import Callable

import torch

from insidecnn.metrics.detection import ap_by_class, box_iou
from insidecnn.world.clips import script
from insidecnn.world.scenes import CLASSES, Scene, scene

SCENES = 500  #: of the test part
GROUP = 100  #: scenes of which each value of the spread is made
LEAST_SEEN = 0.4  #: share of an object that must be seen, or it counts neither as missed nor as found
SMALL = 24**2  #: square pixels of the largest box that is called small

Detector = Callable[[torch.Tensor], list[dict]]  #: pictures (N, 3, H, W) → boxes, labels, scores of each


def clip_frames(count: int, split: str, every: int = 12) -> list[Scene]:
    """Frames 0, 12, 24 … of ``count`` clips of 60 frames."""
    scripts = [script(seed, split) for seed in range(count)]
    return [each.frame(t) for each in scripts for t in range(0, each.frames, every)]


def crowds(count: int, split: str) -> list[Scene]:
    """Two to six people of whom each may be hidden to 90 %."""
    return [scene(seed, split, objects=(2, 6), kinds=("person",), crowded=True) for seed in range(count)]


def answers(detector: Detector, scenes: list[Scene], batch: int = 20) -> list[dict]:
    """What a detector finds in scenes of one size."""
    found = []
    for start in range(0, len(scenes), batch):
        found += detector(torch.stack([each.tensor() for each in scenes[start : start + batch]]))
    return [{name: each[name] for name in ("boxes", "labels", "scores")} for each in found]


def counted(found: list[dict], scenes: list[Scene], counts: Callable) -> tuple[list[dict], list[dict]]:
    """Detections and truth of the objects that count; who finds one that does not is neither right nor wrong.

    Args:
        found: of :func:`answers`.
        counts: a scene → (n,) bool, which of its objects count.
    """
    kept, truth = [], []
    for guess, each in zip(found, scenes, strict=True):
        seen = each.masks.flatten(1).any(1)
        here = counts(each) & seen
        boxes, labels = each.boxes, each.labels
        truth.append({"boxes": boxes[here], "labels": labels[here]})
        overlap = box_iou(guess["boxes"], boxes) * (guess["labels"][:, None] == labels) * seen
        neutral = torch.zeros(len(overlap), dtype=torch.bool)
        if len(labels):
            most, which = overlap.max(1)
            neutral = (most >= 0.5) & ~here[which]
        kept.append({name: value[~neutral] for name, value in guess.items()})
    return kept, truth


def all_count(each: Scene) -> torch.Tensor:
    return torch.ones(len(each.labels), dtype=torch.bool)


def seen_enough(each: Scene) -> torch.Tensor:
    seen, full = each.masks.flatten(1).sum(1), each.whole_masks.flatten(1).sum(1)
    return seen >= LEAST_SEEN * full.clamp_min(1)


def small(each: Scene) -> torch.Tensor:
    return (each.boxes[:, 2:] - each.boxes[:, :2]).prod(1) <= SMALL


def mean_ap(found: list[dict], scenes: list[Scene], threshold: float = 0.5, counts: Callable = all_count) -> float:
    """mAP over the classes, from 0 to 1."""
    values = ap_by_class(*counted(found, scenes, counts), threshold).values()
    return sum(values) / len(values)


def scores(detector: Detector, split: str = "test", count: int = SCENES) -> dict:
    """The card's scores: of ``count`` scenes, and of a fifth as many crowds and frames of clips.

    ``groups`` holds mAP50 and mAP75 of every hundred scenes, the spread.
    """
    scenes = [scene(seed, split) for seed in range(count)]
    frames, crowded = clip_frames(max(1, count // 25), split), crowds(max(1, count // 5), split)
    found = answers(detector, scenes)
    in_frames, in_crowds = answers(detector, frames), answers(detector, crowded)
    starts = range(0, count, min(GROUP, count))
    ap = ap_by_class(found, [{"boxes": each.boxes, "labels": each.labels} for each in scenes])
    result = {
        "scenes": count,
        "mAP50": mean_ap(found, scenes),
        "mAP75": mean_ap(found, scenes, 0.75),
        "AP50": {CLASSES[label]: round(value, 4) for label, value in ap.items()},
        "groups": {
            name: [round(mean_ap(found[k : k + GROUP], scenes[k : k + GROUP], least), 4) for k in starts]
            for name, least in (("mAP50", 0.5), ("mAP75", 0.75))
        },
        "small": {"mAP50": mean_ap(found, scenes, 0.5, small), "mAP75": mean_ap(found, scenes, 0.75, small)},
        "clips": {
            "frames": len(frames),
            "mAP50": mean_ap(in_frames, frames, 0.5, seen_enough),
            "mAP75": mean_ap(in_frames, frames, 0.75, seen_enough),
        },
        "crowds": {
            "scenes": len(crowded),
            "AP50": mean_ap(in_crowds, crowded),
            "AP75": mean_ap(in_crowds, crowded, 0.75),
        },
    }
    return rounded(result)


def rounded(values: dict) -> dict:
    """Four decimals of every number."""
    return {
        name: rounded(value) if isinstance(value, dict) else round(value, 4) if isinstance(value, float) else value
        for name, value in values.items()
    }


def milliseconds(detector: Detector, pictures: int = 60) -> float:
    """Of one picture of 128 × 128, alone, the median of ``pictures``; another machine has another number."""
    images = [scene(seed, "validation").tensor()[None] for seed in range(pictures)]
    times = []
    for image in images:
        begun = time.perf_counter()
        detector(image)
        times.append(1000 * (time.perf_counter() - begun))
    return round(sorted(times)[len(times) // 2], 2)
