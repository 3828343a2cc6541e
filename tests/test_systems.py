"""Every system of the deck is there: module, recipe, weights, card, page; and its weights reach the card's score.

The score is tried on a sample of the data that nothing has learned from, which takes a second or two each. It may be
three standard errors of the sample's mean from the card's score: further away is what chance does once in 400 times.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources

import pytest
import torch

from insidecnn import digits, systems, weights
from insidecnn.actions import slowfast
from insidecnn.answer import by_attribute
from insidecnn.classification import lenet5
from insidecnn.detection import yolo
from insidecnn.metrics import class_iou
from insidecnn.parameters import read_card
from insidecnn.segmentation import unet
from insidecnn.tracking import deepsort, jde, made_detector
from insidecnn.tracking.comparison import Sequence, compare, truth
from insidecnn.training import classification, detector_scores, openpose, rcnn, tracking_trials
from insidecnn.training import slowfast as slowfast_recipe
from insidecnn.training import unet as unet_recipe
from insidecnn.training.action_clips import drawn
from insidecnn.training.thing_scores import drawn_set, thing_scores
from insidecnn.world import clips
from insidecnn.world.scenes import CLASSES, scene
from tests.conftest import BOOK, ROOT

SYSTEMS = {system.name: system for system in systems.SYSTEMS}
MEGABYTES = {"alexnet.json": 8}  #: of the largest files of weights; 2 for all others
PARTS = 5  #: of a sample, whose spread is its standard error where scores are no shares


@dataclass
class Sample:
    """What a system's weights reach on a sample, and the standard error of it."""

    score: float
    error: float


def share(right: float, tested: int) -> Sample:
    """A share of right answers."""
    p = right / tested
    return Sample(p, math.sqrt(p * (1 - p) / tested))


def in_parts(score_of, count: int) -> Sample:
    """A score of some of ``count`` scenes: of all, and its spread from each fifth of them."""
    each = torch.tensor([score_of(slice(k, count, PARTS)) for k in range(PARTS)])
    return Sample(score_of(slice(count)), each.std().item() / math.sqrt(PARTS))


def reads_digits(system) -> Sample:
    network, held_out = import_module(system.module).trained(), digits.part("test")
    count = lenet5.right if isinstance(network, lenet5.LeNet5) else classification.right
    return share(count(network, held_out), len(held_out))


def names_things(system, count: int = 80) -> Sample:
    model = weights.embedded().model
    found = thing_scores(lambda x: list(by_attribute(model(x)).values()), *drawn_set("test", count, 224, 100_000))
    return share(found["top1"] * count, count)


def names_pixels(system, count: int = 30) -> Sample:
    found, truth = unet_recipe.answers(unet.shipped()[0], unet_recipe.unseen_scenes("test", count))
    return in_parts(lambda part: class_iou(found[part], truth[part], len(CLASSES)).nanmean().item(), count)


def detects(system, count: int = 60) -> Sample:
    scenes = [scene(seed, "test") for seed in range(count)]
    found = detector_scores.answers(yolo.shipped()[0].detect, scenes)
    return in_parts(lambda part: detector_scores.mean_ap(found[part], scenes[part]), count)


def finds_regions(system, count: int = 40) -> Sample:
    """Faster, Mask and Keypoint R-CNN, by the score of their recipes that the overview reads."""
    scenes = [scene(seed, "test") for seed in range(count)]
    found = rcnn.answers(import_module(system.module).shipped()[0], scenes)
    score = import_module(system.recipe).score
    return in_parts(lambda part: system.read({"scores": score(found[part], scenes[part])}), count)


def finds_joints(system, count: int = 30) -> Sample:
    network, scenes = import_module(system.module).shipped()[0], openpose.unseen_scenes("test", count)
    return in_parts(lambda part: openpose.score(network, scenes[part])["fields"], count)


@cache
def given(seed: int) -> clips.Clip:
    """A clip of the card's, drawn once for all trackers."""
    return clips.clip(seed, "test", read_card("tracking.json")["frames"], tracking_trials.PEOPLE)


def follows(system, seed: int = 0) -> Sample:
    """Of the card's clips the first: the standard error of one clip is the spread from clip to clip."""
    clip, trackers = given(seed), tracking_trials.MADE
    if system.name == "JDE":
        frames, trial, trackers = tracking_trials.joint(jde.shipped()[0], clip), "JDE's boxes", tracking_trials.REAL
    else:
        frames, trial = made_detector.detect(clip, seed), "the same boxes"
        if system.name == "DeepSORT":
            frames = tracking_trials.looked(deepsort.shipped()[0], clip, frames)
    (scores,) = compare({system.name: trackers[system.name]}, [Sequence(frames, truth(clip))])[system.name]
    return Sample(scores.idf1, read_card("tracking.json")["scores"][trial][system.name]["idf1"]["spread"])


def names_actions(system, count: int = 32) -> Sample:
    """A clip of each class."""
    images, classes = drawn("test", count)
    right = slowfast_recipe.answers(slowfast.shipped()[0], images) == classes
    return share(int(right.sum()), count)


SAMPLES = {
    "LeNet-5": reads_digits,
    "AlexNet": names_things,
    "VGG16": reads_digits,
    "ResNet": reads_digits,
    "U-Net": names_pixels,
    "YOLO": detects,
    "Faster R-CNN": finds_regions,
    "Mask R-CNN": finds_regions,
    "OpenPose": finds_joints,
    "Keypoint R-CNN": finds_regions,
    "SORT": follows,
    "DeepSORT": follows,
    "JDE": follows,
    "ByteTrack": follows,
    "SlowFast": names_actions,
}


def test_all_are_there_in_the_order_of_the_deck():
    assert list(SYSTEMS) == list(SAMPLES) and len(systems.SYSTEMS) == len(SYSTEMS) == 15
    assert len({system.task for system in systems.SYSTEMS}) == 7


@pytest.mark.parametrize("name", SYSTEMS)
def test_all_of_it_is_there(name):
    system = SYSTEMS[name]
    folder, recipe = resources.files("insidecnn.parameters"), import_module(system.recipe)
    import_module(system.module)
    assert callable(recipe.main)
    assert f"python -m {system.recipe} --quick" in recipe.__doc__
    if system.learns:
        size = (folder / system.card_file.replace(".json", ".safetensors")).stat().st_size
        assert 10_000 < size <= MEGABYTES.get(system.card_file, 2) * 2**20
    page = (BOOK / f"{system.page}.md").read_text("utf-8")
    assert f"file: book/{system.page}\n" in (ROOT / "_toc.yml").read_text("utf-8") and system.name in page
    assert system.name in (BOOK / "tasks.md").read_text("utf-8")


@pytest.mark.parametrize("name", SYSTEMS)
def test_its_card_says_how_it_was_made(name):
    system = SYSTEMS[name]
    card = system.card
    assert card["seconds"] > 0 and card["scores"] and (not system.learns or card["steps"] >= 200)
    assert min(len(card[words]) for words in ("data", "cannot")) > 40
    assert not re.search(r"\buntrained|not trained", f"{card['data']} {card['cannot']}")


@pytest.mark.parametrize("name", SYSTEMS)
def test_its_weights_reach_the_score_of_its_card(name):
    sample = SAMPLES[name](SYSTEMS[name])
    assert (0.5 if SYSTEMS[name].learns else 0.3) < SYSTEMS[name].score <= 1
    assert abs(sample.score - SYSTEMS[name].score) <= 3 * max(sample.error, 1e-3), sample


def test_a_card_that_is_not_there():
    with pytest.raises(FileNotFoundError, match=re.escape("lenet6.json")):
        read_card("lenet6.json")
