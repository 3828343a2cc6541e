"""Statements of the deck: sizes and pooling."""

import torch
import torch.nn.functional as F

from insidecnn import arithmetic
from insidecnn.deck import example
from insidecnn.deck.cells import Run, error_of
from insidecnn.deck.places import DEEPER, FIRST, POOLING, SETTINGS
from insidecnn.figures.claims import Claims


def sizes(run: Run) -> Claims:
    """All statements on the topic."""
    topic = Claims("Sizes and pooling")
    formula(topic, run)
    small_example(topic)
    first_pooling(topic, run)
    return topic


def formula(topic: Claims, run: Run) -> None:
    """The size of conv1's maps."""
    topic.check(
        "Width and height of feature maps",
        55.25,
        (224 + 2 * 2 - 11) / 4 + 1,
        form="(224 + 2·2 − 11) / 4 + 1 = {}",
    )
    topic.check(
        "Width and height of feature maps",
        "H_out = (H_in + 2 × padding − kernel size) / stride + 1 = 55.25",
        f"{arithmetic.output_size(224, 11, stride=4, padding=2)}",
        "The fraction is rounded down before 1 is added: there is no quarter of a window. The slide goes on with the right 55.",
        f"{SETTINGS}#output-size",
    )
    topic.check(
        "First 32 channels of the output feature map",
        "shape = 55x55x64",
        f"shape = {'x'.join(map(str, run.before['conv1_out'][0].shape))}",
        "The same numbers in another order: PyTorch puts the channels first.",
        f"{FIRST}#the-feature-maps",
        note=True,
    )


def small_example(topic: Claims) -> None:
    """Max pooling of the small maps."""
    maps = example.maps()
    pooled_maps = F.max_pool2d(torch.from_numpy(maps)[None], 2)[0].int().tolist()
    topic.check("Max pooling", [[3, 0], [3, 1]], pooled_maps[0])
    topic.check("Max pooling", [[-1, 1], [0, 3]], pooled_maps[1])
    own = arithmetic.output_size(4, 3, stride=2)
    topic.check(
        "Max pooling",
        "windows of 2 × 2",
        f"AlexNet's windows are 3 × 3, with stride 2: they overlap, and a 4 × 4 map would become {own} × {own}",
        "The example is right, and simpler than the layer that follows.",
        POOLING,
        note=True,
    )


def first_pooling(topic: Claims, run: Run) -> None:
    """The pooling after conv1."""
    topic.check(
        "features[1, 2] · features[4, 5] · features[7, 8]",
        "features[1, 2]",
        error_of(lambda: run.model.features[1, 2]),
        "As a heading it means: layers 1 and 2. In Python that is features[1:3], as the cell itself says.",
        f"{DEEPER}#max-pooling",
    )
    topic.check(
        "Apply max pooling to the feature map from 1st convolution",
        "torch.Size([1, 64, 27, 27])",
        run.printed[14],
    )
    pool1 = run.model.features[2]
    topic.check(
        "Apply max pooling to the feature map from 1st convolution",
        "(55 + 2·2 − 3) / 2 + 1 = 27",
        f"(55 + 2·2 − 3) / 2 + 1 = {(55 + 2 * 2 - 3) // 2 + 1}; (55 + 2·{pool1.padding} − 3) / 2 + 1 = {arithmetic.output_size(55, 3, stride=2, padding=pool1.padding)}",
        "The padding of 2 belongs to the convolution. The pooling's is 0; with 2, PyTorch refuses: "
        + error_of(lambda: F.max_pool2d(torch.zeros(1, 1, 55, 55), 3, 2, 2))
        + ".",
        f"{DEEPER}#max-pooling",
    )
    topic.check(
        "First 32 channels of the output feature map from max pooling",
        "shape = 27x27x64",
        f"shape = {'x'.join(map(str, run.names['conv1_out1'][0].shape))}",
        "Channels first, again.",
        f"{DEEPER}#max-pooling",
        note=True,
    )
