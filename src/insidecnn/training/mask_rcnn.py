"""The recipe of Mask R-CNN: it begins with the whole Faster R-CNN, and learns to draw masks beside it.

python -m insidecnn.training.mask_rcnn           # about forty minutes of one core; writes runs/mask_rcnn/
python -m insidecnn.training.mask_rcnn --quick   # the same in seconds, to see that it works
"""

from dataclasses import replace

import torch

from insidecnn.detection import faster_rcnn
from insidecnn.instances.mask_rcnn import decided, mask_rcnn
from insidecnn.training.rcnn import Recipe, mean_ap, options_of, train, write
from insidecnn.world.scenes import Scene

RECIPE = Recipe(steps=4200, cycles=3, trunk=0.5, every=350)
QUICK = replace(RECIPE, steps=6, cycles=1, batch=2, pool=24, every=3, looked_at=3, tested=8)
CANNOT = (
    "draw what is thinner than a cell of its mask, which is a 28th of the box; "
    "draw an object whose box was not found; find other things than Faster R-CNN"
)


def score(found: list[dict], scenes: list[Scene]) -> dict[str, float]:
    """mAP of masks and of boxes, at an IoU of 0.5 and of 0.75."""
    found = [decided(answer) for answer in found]
    return {
        "mask_mAP50": mean_ap(found, scenes, 0.5, "masks"),
        "mask_mAP75": mean_ap(found, scenes, 0.75, "masks"),
        "mAP50": mean_ap(found, scenes, 0.5),
        "mAP75": mean_ap(found, scenes, 0.75),
    }


def targets(labels: list[dict]) -> list[dict]:
    """Boxes, classes and masks."""
    return [{name: each[name] for name in ("boxes", "labels", "masks")} for each in labels]


def main() -> None:
    options = options_of("mask_rcnn", __doc__)
    recipe = QUICK if options.quick else RECIPE
    torch.manual_seed(recipe.seed)
    model = mask_rcnn()
    missing, unknown = model.load_state_dict(faster_rcnn.shipped()[0].state_dict(), strict=False)
    assert not unknown and all(name.startswith("roi_heads.mask") for name in missing)
    run = train(model, recipe, options.folder, options.scenes, score, targets)
    write("mask_rcnn", model, options.folder, recipe, run, score, start="Faster R-CNN", cannot=CANNOT)


if __name__ == "__main__":
    main()
