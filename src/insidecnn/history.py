"""Who made which network, when, and what it added; and torchvision's numbers for their weights.

What a person wrote stands in :data:`FAMILIES`, each with the key of its paper in the book's references.
What torchvision knows (parameters, multiply-accumulates, accuracy) comes from its metadata, by
:func:`checkpoints`, and is never typed.
"""

from dataclasses import dataclass
from functools import cache
from math import isnan


@dataclass(frozen=True)
class Family:
    """One family, as its first paper describes it."""

    model: str
    year: int  #: of the conference or journal; of the preprint only where there is neither
    authors: str  #: surnames; the first and "et al." where there are more than four
    venue: str
    idea: str  #: what it added, in a few words
    key: str  #: in ``references.bib``
    builders: tuple[str, ...] = ()  #: torchvision's functions that build its members


FAMILIES = (
    Family("Neocognitron", 1980, "Fukushima", "Biological Cybernetics 36",
           "layers of detectors and tolerant cells; no labels", "fukushima1980"),
    Family("LeNet (1989)", 1989, "LeCun et al.", "Neural Computation 1(4)",
           "shared weights learned by backpropagation", "lecun1989"),
    Family("LeNet-5", 1998, "LeCun, Bottou, Bengio, Haffner", "Proceedings of the IEEE 86(11)",
           "convolutions and subsampling, trained as a whole", "lecun1998"),
    Family("AlexNet", 2012, "Krizhevsky, Sutskever, Hinton", "NIPS 2012",
           "ReLU, dropout, two GPUs, a million photographs", "krizhevsky2012", ("alexnet",)),
    Family("ZFNet", 2014, "Zeiler, Fergus", "ECCV 2014",
           "look inside, then repair the first layers", "zeiler2014"),
    Family("VGG", 2015, "Simonyan, Zisserman", "ICLR 2015",
           "3×3 filters, and many layers of them", "simonyan2015",
           ("vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn")),
    Family("GoogLeNet", 2015, "Szegedy et al.", "CVPR 2015",
           "branches side by side, 1×1 to make them cheap", "szegedy2015", ("googlenet",)),
    Family("Inception-v3", 2016, "Szegedy et al.", "CVPR 2016",
           "large filters factorised into small ones", "szegedy2016", ("inception_v3",)),
    Family("ResNet", 2016, "He, Zhang, Ren, Sun", "CVPR 2016",
           "add the input to the output of a block", "he2016",
           ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")),
    Family("SqueezeNet", 2016, "Iandola et al.", "arXiv:1602.07360",
           "squeeze by 1×1, then expand: few parameters", "iandola2016", ("squeezenet1_0", "squeezenet1_1")),
    Family("DenseNet", 2017, "Huang, Liu, van der Maaten, Weinberger", "CVPR 2017",
           "keep all earlier maps beside the new ones", "huang2017",
           ("densenet121", "densenet161", "densenet169", "densenet201")),
    Family("SENet", 2018, "Hu, Shen, Sun", "CVPR 2018",
           "weigh the channels by what the image holds", "hu2018"),
    Family("MobileNetV2", 2018, "Sandler et al.", "CVPR 2018",
           "widen, filter each channel alone, narrow", "sandler2018", ("mobilenet_v2",)),
    Family("MobileNetV3", 2019, "Howard et al.", "ICCV 2019",
           "searched by machine for phones", "howard2019", ("mobilenet_v3_large", "mobilenet_v3_small")),
    Family("EfficientNet", 2019, "Tan, Le", "ICML 2019",
           "scale depth, width and resolution together", "tan2019",
           tuple(f"efficientnet_b{size}" for size in range(8))),
    Family("RegNet", 2020, "Radosavovic et al.", "CVPR 2020",
           "design the space of designs", "radosavovic2020",
           ("regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf", "regnet_y_8gf",
            "regnet_y_16gf", "regnet_y_32gf")),
    Family("ConvNeXt", 2022, "Liu et al.", "CVPR 2022",
           "a ResNet rebuilt with a transformer's choices", "liu2022",
           ("convnext_tiny", "convnext_small", "convnext_base", "convnext_large")),
)  # fmt: skip


@dataclass(frozen=True)
class Checkpoint:
    """One set of ImageNet weights, as torchvision describes it."""

    family: str
    builder: str  #: torchvision's function: ``resnet50``
    weights: str  #: the member of its enum: ``IMAGENET1K_V1``
    parameters: int
    gmacs: float  #: thousand million multiply-accumulates an image (torchvision's column is called GFLOPS)
    megabytes: float  #: of the file, in units of 1024² bytes
    top1: float  #: per cent of ImageNet's validation images, one crop
    top5: float
    recipe: str  #: where the training is described; empty if nowhere
    pixels: int  #: side of the crop that was measured

    @property
    def trained(self) -> str:
        """The recipe's address inside torchvision's repository: ``issues/3995#new-recipe``."""
        return self.recipe.removeprefix("https://github.com/pytorch/vision/").removeprefix("tree/main/")

    @property
    def says(self) -> str:
        """The checkpoint in one line, for a chart."""
        return f"{self.builder}: {self.parameters / 1e6:.1f} M parameters, {self.gmacs:.2f} GMACs, {self.top1:.1f} %"


@cache
def checkpoints() -> tuple[Checkpoint, ...]:
    """Every checkpoint trained and measured on ImageNet-1K for the families above, in their order.

    Weights without an accuracy, and weights first trained on other photographs, are left out.

    Source: ``weights.meta`` of the installed torchvision; nothing is downloaded.
    """
    from torchvision.models import get_model_weights  # two seconds

    found = []
    for family in FAMILIES:
        for builder in family.builders:
            for weights in get_model_weights(builder):
                meta = weights.meta
                scores = meta["_metrics"].get("ImageNet-1K", {})
                if isnan(scores.get("acc@1", float("nan"))) or "SWAG" in weights.name:
                    continue
                found.append(
                    Checkpoint(
                        family.model, builder, weights.name, meta["num_params"], meta["_ops"], meta["_file_size"],
                        scores["acc@1"], scores["acc@5"], meta.get("recipe") or "", side(weights),
                    )
                )  # fmt: skip
    return tuple(found)


def side(weights) -> int:
    """The side in pixels of the crop that a checkpoint's own transforms cut."""
    return weights.transforms().crop_size[0]


def best_of(found: tuple[Checkpoint, ...], name: str) -> list[Checkpoint]:
    """The checkpoints of one builder, the lowest top-1 first.

    Raises:
        ValueError: a builder that is not among them.
    """
    chosen = sorted((c for c in found if c.builder == name), key=lambda c: c.top1)
    if not chosen:
        raise ValueError(f"There is no checkpoint of {name!r}; ask for one of torchvision's builders in FAMILIES.")
    return chosen


def twins(found: tuple[Checkpoint, ...]) -> dict[str, list[Checkpoint]]:
    """Builders that have more than one checkpoint of the same architecture: the lowest top-1 first."""
    names = dict.fromkeys(c.builder for c in found)
    pairs = {name: best_of(found, name) for name in names}
    return {name: pair for name, pair in pairs.items() if len(pair) > 1}
