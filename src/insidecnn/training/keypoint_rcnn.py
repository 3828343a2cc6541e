"""The recipe of Keypoint R-CNN: it begins with Faster R-CNN, and learns people and their joints.

python -m insidecnn.training.keypoint_rcnn           # about half an hour of one core; writes runs/keypoint_rcnn/
python -m insidecnn.training.keypoint_rcnn --quick   # the same in seconds, to see that it works
"""

from dataclasses import replace

import torch

from insidecnn.detection import faster_rcnn
from insidecnn.joints.keypoint_rcnn import keypoint_rcnn, of_each
from insidecnn.metrics import ap_by_class, pck
from insidecnn.training.rcnn import Recipe, options_of, train, write
from insidecnn.world.scenes import CLASSES, Scene

RECIPE = Recipe(steps=2800, cycles=4, trunk=0.5, people=True, every=350)
QUICK = replace(RECIPE, steps=6, cycles=1, batch=2, pool=24, every=3, looked_at=12, tested=12)
PERSON = CLASSES.index("person")
SAME = ("backbone.", "rpn.", "roi_heads.box_head.")  #: what is taken over from Faster R-CNN
CANNOT = (
    "find the joints of a person whose box was not found; "
    "place joints outside of the box, which is around what is seen; find things other than people"
)


def score(found: list[dict], scenes: list[Scene]) -> dict[str, float]:
    """PCK at 0.1 of the joints of all people, hidden joints and people who are not found included; AP of people."""
    truth = [only_people(each.target()) for each in scenes]
    people = [each["boxes"] for each in truth]
    joints = [of_each(boxes, answer) for boxes, answer in zip(people, found, strict=True)]
    real = torch.cat([each["keypoints"] for each in truth])
    return {
        "PCK@0.1": round(pck(torch.cat(joints), real, torch.cat(people), 0.1), 4),
        "AP50": round(ap_by_class(found, truth)[1], 4),
    }


def only_people(target: dict) -> dict:
    """The people of a scene's labels, whose class is then 1, the only one."""
    person = target["labels"] == PERSON
    kept = {name: target[name][person] for name in ("boxes", "labels", "keypoints")}
    return kept | {"labels": torch.ones_like(kept["labels"])}


def targets(labels: list[dict]) -> list[dict]:
    """Boxes, classes and joints of people."""
    return [only_people(each) for each in labels]


def main() -> None:
    options = options_of("keypoint_rcnn", __doc__)
    recipe = QUICK if options.quick else RECIPE
    torch.manual_seed(recipe.seed)
    model = keypoint_rcnn()
    state = faster_rcnn.shipped()[0].state_dict()
    model.load_state_dict({name: each for name, each in state.items() if name.startswith(SAME)}, strict=False)
    run = train(model, recipe, options.folder, options.scenes, score, targets)
    write("keypoint_rcnn", model, options.folder, recipe, run, score, start="Faster R-CNN", cannot=CANNOT)


if __name__ == "__main__":
    main()
