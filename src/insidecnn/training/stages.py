"""One stage against two: the shipped YOLO and the shipped Faster R-CNN on the same unseen scenes.

python -m insidecnn.training.stages           # two minutes; writes runs/stages/stages.json
python -m insidecnn.training.stages --quick   # a few scenes, to see that it works
"""

import argparse
import json
import time
from pathlib import Path

import torch

from insidecnn.detection import faster_rcnn, yolo
from insidecnn.parameters import read_card
from insidecnn.training.detector_scores import SCENES, Detector, scores
from insidecnn.world.scenes import scene

ONE, TWO = "YOLO", "Faster R-CNN"


def shipped() -> dict:
    """The book's comparison: of each system what :func:`insidecnn.training.detector_scores.scores` says, and ``time``."""
    return read_card("stages.json")


def systems() -> dict[str, Detector]:
    """Both detectors: pictures (N, 3, H, W) → boxes, labels and scores of each."""
    one, two = yolo.shipped()[0], faster_rcnn.shipped()[0]
    return {ONE: one.detect, TWO: torch.no_grad()(lambda pictures: two(list(pictures)))}


def ratio(detectors: dict[str, Detector], pictures: int = 60) -> float:
    """How many times as long as the first the second detector takes for a picture; the median, both in turn."""
    found = []
    for seed in range(pictures):
        image = scene(seed, "validation").tensor()[None]
        seconds = []
        for detector in detectors.values():
            begun = time.perf_counter()
            detector(image)
            seconds.append(time.perf_counter() - begun)
        found.append(seconds[1] / seconds[0])
    return round(sorted(found)[len(found) // 2], 2)


def compare(count: int = SCENES, pictures: int = 60) -> dict:
    """Scores of both on test scenes, on crowds and on frames of clips, YOLO's from its card; and the ratio of their times."""
    detectors = systems()
    found = {ONE: yolo.shipped()[1]["scores"], TWO: scores(detectors[TWO], "test", count)}
    return found | {"time": ratio(detectors, pictures)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few scenes, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/stages"), help="of the result")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    found = compare(10, 3) if options.quick else compare()
    (options.folder / "stages.json").write_text(json.dumps(found) + "\n")
    print(f"Wrote {options.folder}/stages.json, which belongs into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
