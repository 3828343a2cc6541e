"""Accuracy against size, for the families that torchvision has weights of."""

from collections.abc import Sequence

from insidecnn.figures.network import Drawing
from insidecnn.figures.scatter import Point, scatter
from insidecnn.history import Checkpoint

GROUPS = (
    ("AlexNet", "VGG", "GoogLeNet"),
    ("Inception-v3", "ResNet", "DenseNet"),
    ("SqueezeNet", "MobileNetV2", "MobileNetV3"),
    ("EfficientNet", "RegNet", "ConvNeXt"),
)
NAMED = {  # the points whose names are always to be seen
    "alexnet": "AlexNet", "vgg16": "VGG16", "googlenet": "GoogLeNet", "inception_v3": "Inception-v3",
    "resnet50": "ResNet-50", "densenet121": "DenseNet-121", "squeezenet1_0": "SqueezeNet",
    "mobilenet_v2": "MobileNetV2", "efficientnet_b0": "B0", "efficientnet_b7": "EfficientNet-B7",
    "regnet_y_1_6gf": "RegNetY-1.6GF", "convnext_tiny": "ConvNeXt-T",
}  # fmt: skip
AXES = {
    "parameters": (lambda c: c.parameters / 1e6, "million parameters (logarithmic)"),
    "macs": (lambda c: c.gmacs, "thousand million multiply-accumulates (logarithmic)"),
}


def against(checkpoints: Sequence[Checkpoint], axis: str, what: str) -> Drawing:
    """Top-1 accuracy against ``axis``, ``"parameters"`` or ``"macs"``; a line joins the sizes of one family.

    Args:
        what: what is to be seen, for those who do not see it.

    Raises:
        ValueError: another word for the axis.
    """
    if axis not in AXES:
        raise ValueError(f"There is no axis {axis!r}; take one of {', '.join(AXES)}.")
    x, label = AXES[axis]
    groups = {}
    for families in GROUPS:
        lines = [sorted((c for c in checkpoints if c.family == family), key=x) for family in families]
        name = ", ".join(families).replace("MobileNetV2, MobileNetV3", "MobileNet")
        groups[name] = [[Point(x(c), c.top1, c.says, NAMED.get(c.builder, "")) for c in line] for line in lines if line]
    return scatter(groups, label, "top-1 accuracy, %", what)
