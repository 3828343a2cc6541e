"""Statements of the deck: the second and third convolution, and the flattening."""

import torch
from torch import nn

from insidecnn import arithmetic
from insidecnn.deck.cells import Run, error_of
from insidecnn.deck.places import CLASSIFIER, DEEPER
from insidecnn.figures.claims import Claims


def deeper(run: Run) -> Claims:
    """All statements on the topic."""
    topic = Claims("The deeper layers")
    second(topic, run)
    third(topic, run)
    slice_after_third(topic, run)
    return topic


def second(topic: Claims, run: Run) -> None:
    """The second convolution and its pooling."""
    conv2, pool2 = run.model.features[3], run.model.features[5]
    topic.check("2nd convolution", "torch.Size([1, 192, 27, 27])", run.printed[15])
    topic.check("2nd convolution", "(27 + 2·2 − 5) / 1 + 1 = 27", formula(27, conv2))
    topic.check(
        "2nd convolution",
        192,
        run.names["conv2_out"].shape[1],
        form="the output feature map has {} channels",
    )
    topic.check(
        "2nd convolution",
        (192, 64),
        tuple(conv2.weight.shape[:2]),
        form="{0[0]} filters, each has {0[1]} channels",
    )
    topic.check(
        "Apply max pooling to the feature map from 2nd convolution",
        "torch.Size([1, 192, 13, 13])",
        run.printed[16],
    )
    topic.check(
        "Apply max pooling to the feature map from 2nd convolution",
        "(27 + 2·0 − 3) / 2 + 1 = 13",
        formula(27, pool2),
    )


def third(topic: Claims, run: Run) -> None:
    """The third convolution."""
    conv3 = run.model.features[6]
    topic.check("3rd convolution", "torch.Size([1, 384, 13, 13])", run.printed[17])
    topic.check("3rd convolution", "(13 + 2·1 − 3) / 1 + 1 = 13", formula(13, conv3))
    topic.check(
        "3rd convolution",
        394,
        run.names["conv3_out"].shape[1],
        "A slip of the pen: the shape on the same slide says it right.",
        f"{DEEPER}#the-third-convolution",
        form="the output feature map has {} channels",
    )
    topic.check(
        "3rd convolution",
        394,
        conv3.weight.shape[0],
        "As many filters as channels.",
        f"{DEEPER}#the-third-convolution",
        form="{} filters",
    )
    topic.check("3rd convolution", 192, conv3.weight.shape[1], form="each filter has {} channels")


def slice_after_third(topic: Claims, run: Run) -> None:
    """The layers that the deck calls a pooling."""
    topic.check(
        "Apply max pooling to feature map from 3rd convolution",
        "torch.Size([1, 256, 13, 13])",
        run.printed[18],
    )
    topic.check(
        "Apply max pooling to feature map from 3rd convolution",
        "ReLU, MaxPool2d",
        ", ".join(type(m).__name__ for m in run.model.features[7:9]),
        "features[8] is the fourth convolution; AlexNet has no pooling there. The maps stay 13 × 13, and the 256 channels are conv4's.",
        f"{DEEPER}#is-the-next-slice-pooling",
    )
    with torch.no_grad():
        conv4 = run.model.features[8](run.before["conv3_out"].relu())
    is_conv4 = torch.allclose(conv4, run.names["conv3_out1"], atol=1e-5)
    topic.check(
        "Feature map after 3rd convolution and max pooling",
        "the map after the 3rd convolution and max pooling",
        "the map after the 4th convolution, before its ReLU" if is_conv4 else "another map",
        "The caption follows from the slice above.",
        f"{DEEPER}#is-the-next-slice-pooling",
    )


def formula(n: int, layer: nn.Module) -> str:
    """The size formula with a layer's settings, and its result for n pixels."""
    pad, k, s = (arithmetic.pair(v)[0] for v in (layer.padding, layer.kernel_size, layer.stride))
    return f"({n} + 2·{pad} − {k}) / {s} + 1 = {arithmetic.output_size(n, k, stride=s, padding=pad)}"


def flatten(run: Run) -> Claims:
    """All statements on the flattening."""
    topic = Claims("Flatten")

    topic.check("Flatten", "torch.Size([1, 256, 6, 6])\ntorch.Size([1, 256, 6, 6])", run.printed[19])
    topic.check("Flatten", 256, run.names["out1"].shape[1], form="the output feature map has {} channels")
    topic.check("Flatten", 9216, run.names["out2"].numel(), form="256 × 6 × 6 = {}")
    topic.check("Flatten: into the classifier", 9216, run.model.classifier[1].in_features, form="in_features={}")
    topic.check(
        "Flatten",
        "out2 = AvgPoolLayer(out1), and no more",
        "model.classifier(out2): " + error_of(lambda: run.model.classifier(run.names["out2"])),
        f"The cell stops before the step that gives the slide its name: torch.flatten(out2, 1) has shape {list(torch.flatten(run.names['out2'], 1).shape)}.",
        f"{CLASSIFIER}#flatten",
        note=True,
    )
    return topic
