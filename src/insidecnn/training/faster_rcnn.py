"""The recipe of Faster R-CNN: it begins with YOLO's trunk, and learns to propose regions and to look at them closely.

python -m insidecnn.training.faster_rcnn           # about half an hour of one core; writes runs/faster_rcnn/
python -m insidecnn.training.faster_rcnn --quick   # the same in seconds, to see that it works
"""

from dataclasses import replace

import torch

from insidecnn.detection import yolo
from insidecnn.detection.faster_rcnn import faster_rcnn
from insidecnn.training.rcnn import Recipe, mean_ap, options_of, train, write
from insidecnn.world.scenes import Scene

RECIPE = Recipe(steps=4500, cycles=3)
QUICK = replace(RECIPE, steps=6, cycles=1, batch=2, pool=24, every=3, looked_at=3, tested=8)
CANNOT = (
    "find other things than balls, fish, cars and people as they are drawn here; "
    "find objects smaller than about ten pixels; tell two objects apart of which one hides most of the other"
)


def score(found: list[dict], scenes: list[Scene]) -> dict[str, float]:
    """mAP of boxes at an IoU of 0.5 and of 0.75."""
    return {"mAP50": mean_ap(found, scenes, 0.5), "mAP75": mean_ap(found, scenes, 0.75)}


def targets(labels: list[dict]) -> list[dict]:
    """Boxes and classes."""
    return [{name: each[name] for name in ("boxes", "labels")} for each in labels]


def main() -> None:
    options = options_of("faster_rcnn", __doc__)
    recipe = QUICK if options.quick else RECIPE
    torch.manual_seed(recipe.seed)
    model = faster_rcnn(yolo.shipped()[0].trunk)
    run = train(model, recipe, options.folder, options.scenes, score, targets)
    write("faster_rcnn", model, options.folder, recipe, run, score, start="YOLO's trunk", cannot=CANNOT)


if __name__ == "__main__":
    main()
