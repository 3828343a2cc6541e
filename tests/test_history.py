"""The history of CNNs: papers and years against a second record, torchvision's metadata against networks that are built."""

import re

import pytest
import torch

from insidecnn import counting, history
from tests.conftest import BOOK

# typed from the papers: year, first author, where it was published, what it is known for
RECORD = {
    "Neocognitron": (1980, "Fukushima", "Biological Cybernetics", "tolerant"),
    "LeNet (1989)": (1989, "LeCun", "Neural Computation", "backpropagation"),
    "LeNet-5": (1998, "LeCun", "Proceedings of the IEEE", "subsampling"),
    "AlexNet": (2012, "Krizhevsky", "NIPS", "ReLU, dropout, two GPUs"),
    "ZFNet": (2014, "Zeiler", "ECCV", "look inside"),
    "VGG": (2015, "Simonyan", "ICLR", "3×3"),
    "GoogLeNet": (2015, "Szegedy", "CVPR", "branches"),
    "Inception-v3": (2016, "Szegedy", "CVPR", "factorised"),
    "ResNet": (2016, "He", "CVPR", "add the input"),
    "SqueezeNet": (2016, "Iandola", "arXiv:1602.07360", "squeeze by 1×1"),
    "DenseNet": (2017, "Huang", "CVPR", "all earlier maps"),
    "SENet": (2018, "Hu", "CVPR", "weigh the channels"),
    "MobileNetV2": (2018, "Sandler", "CVPR", "each channel alone"),
    "MobileNetV3": (2019, "Howard", "ICCV", "searched"),
    "EfficientNet": (2019, "Tan", "ICML", "depth, width and resolution"),
    "RegNet": (2020, "Radosavovic", "CVPR", "space of designs"),
    "ConvNeXt": (2022, "Liu", "CVPR", "transformer"),
}
CLASSES = {"Inception-v3": "Inception3"}  # torchvision's class, where it is not called as the family is

# typed from the table of torchvision's documentation: top-1, top-5, megabytes
PUBLISHED = {
    ("alexnet", "IMAGENET1K_V1"): (56.522, 79.066, 233.1),
    ("vgg16", "IMAGENET1K_V1"): (71.592, 90.382, 527.8),
    ("googlenet", "IMAGENET1K_V1"): (69.778, 89.53, 49.7),
    ("inception_v3", "IMAGENET1K_V1"): (77.294, 93.45, 103.9),
    ("resnet50", "IMAGENET1K_V1"): (76.13, 92.862, 97.8),
    ("resnet50", "IMAGENET1K_V2"): (80.858, 95.434, 97.8),
    ("densenet121", "IMAGENET1K_V1"): (74.434, 91.972, 30.8),
    ("mobilenet_v2", "IMAGENET1K_V1"): (71.878, 90.286, 13.6),
    ("convnext_tiny", "IMAGENET1K_V1"): (82.52, 96.146, 109.1),
}


@pytest.fixture(scope="module")
def found():
    return history.checkpoints()


@pytest.mark.parametrize("family", history.FAMILIES, ids=lambda family: family.model)
def test_a_family_is_the_second_record_s(family):
    year, author, venue, idea = RECORD[family.model]
    assert (family.year, re.split(r", | et al\.", family.authors)[0]) == (year, author)
    assert family.venue.startswith(venue) and idea in family.idea


def test_families_are_in_their_order_and_have_their_paper_in_the_references():
    assert [family.model for family in history.FAMILIES] == list(RECORD)
    entries = re.findall(r"^@\w+\{([^,]+),(.*?)^\}", (BOOK / "references.bib").read_text(encoding="utf-8"), re.M | re.S)
    years = {key: int(re.search(r"year\s*=\s*\{?(\d{4})", text)[1]) for key, text in entries}
    assert len(years) == len(entries)
    for family in history.FAMILIES:
        assert years[family.key] == family.year and family.key.startswith(RECORD[family.model][1].lower())
        assert not re.search(r" \d{4}$", family.venue) or family.venue.endswith(str(family.year))


@pytest.mark.parametrize("family", [f for f in history.FAMILIES if f.builders], ids=lambda family: family.model)
def test_checkpoints_are_those_of_networks_that_are_built(family, found):
    """Parameters and multiply-accumulates of the smallest member, counted; its class is called as the family is."""
    from torchvision import models

    mine = [c for c in found if c.family == family.model]
    assert {c.builder for c in mine} == set(family.builders)
    known = min(mine, key=lambda c: c.parameters)
    settings = {"init_weights": False} if family.model in ("GoogLeNet", "Inception-v3") else {}
    with torch.device("cpu" if family.model == "RegNet" else "meta"):  # RegNet computes its widths by torch
        network = models.get_model(known.builder, weights=None, **settings)
    assert type(network).__name__ == CLASSES.get(family.model, family.model)
    if family.model == "GoogLeNet":  # its two auxiliary heads are not in the file
        network.aux1 = network.aux2 = None
    else:
        assert known.megabytes == pytest.approx(known.parameters * 4 / 2**20, rel=0.02)
    assert counting.parameters(network) == known.parameters
    if family.model == "SqueezeNet":
        macs = counting.macs(models.get_model(known.builder, weights=None), (3, known.pixels, known.pixels))
        assert macs / 1e9 == pytest.approx(known.gmacs, abs=0.003)


def test_checkpoints_are_all_that_have_a_score_and_nothing_else(found):
    assert len({(c.builder, c.weights) for c in found}) == len(found) > 50
    assert [c.family for c in found] == sorted((c.family for c in found), key=list(RECORD).index)
    assert not any("SWAG" in c.weights for c in found)
    assert all(50 < c.top1 < c.top5 < 100 and c.recipe for c in found)
    known = {(c.builder, c.weights): (c.top1, c.top5, c.megabytes) for c in found}
    assert {key: known[key] for key in PUBLISHED} == {
        key: (top1, top5, pytest.approx(megabytes, abs=0.06)) for key, (top1, top5, megabytes) in PUBLISHED.items()
    }
    pixels = {c.builder: c.pixels for c in found if c.weights == "IMAGENET1K_V1"}
    assert (pixels["alexnet"], pixels["inception_v3"], pixels["efficientnet_b7"]) == (224, 299, 600)


def test_a_checkpoint_says_its_numbers_with_their_units(found):
    best = history.best_of(found, "resnet50")[-1]
    assert best.says == "resnet50: 25.6 M parameters, 4.09 GMACs, 80.9 %"
    assert best.trained == "issues/3995#issuecomment-1013906621"
    assert history.best_of(found, "alexnet")[0].trained == "references/classification#alexnet-and-vgg"


def test_twins_have_one_architecture_and_the_lower_score_first(found):
    twins = history.twins(found)
    assert {"resnet50", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b1"} <= set(twins)
    assert not {"alexnet", "resnet18", "densenet121"} & set(twins)
    for name, pair in twins.items():
        assert [c.builder for c in pair] == [name] * len(pair) and len({c.parameters for c in pair}) == 1
        assert [c.top1 for c in pair] == sorted(c.top1 for c in pair)
    assert [c.weights for c in twins["resnet50"]] == ["IMAGENET1K_V1", "IMAGENET1K_V2"]
    with pytest.raises(ValueError, match="no checkpoint of 'lenet'"):
        history.best_of(found, "lenet")
