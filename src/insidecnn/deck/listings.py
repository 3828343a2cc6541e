"""Statements of the deck: its listings of AlexNet's layers, compared line by line with what PyTorch prints."""

import torch
from torch import nn

from insidecnn import arithmetic
from insidecnn.deck.cells import Run
from insidecnn.deck.places import ALEXNET, SETTINGS
from insidecnn.figures.claims import Claims

IMAGE = (3, 224, 224)


def listing(channels: list[int], paddings: list, ceil_mode: bool = True) -> list[str]:
    """The 13 lines of a listing of ``features``, as the deck prints them.

    Args:
        channels: of the five convolutions' outputs.
        paddings: of the five, as printed: ``0`` or ``"(2, 2)"``.
        ceil_mode: whether the lines of the poolings end with it.
    """
    into, lines = [3, *channels], []
    for n, (kernel, stride) in enumerate([(11, 4), (5, 1), (3, 1), (3, 1), (3, 1)]):
        lines += [
            f"Conv2d({into[n]}, {into[n + 1]}, kernel_size=({kernel}, {kernel}), "
            f"stride=({stride}, {stride}), padding={paddings[n]})",
            "ReLU(inplace=True)",
        ]
        if n in (0, 1, 4):
            end = ", ceil_mode=False)" if ceil_mode else ")"
            lines.append(f"MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1{end}")
    return [f"({n}): {line}" for n, line in enumerate(lines)]


SAME = ["(2, 2)", "(2, 2)", "(1, 1)", "(1, 1)", "(1, 1)"]
#: slide → the 13 lines that it prints
LISTINGS = {
    "The whole CNN": listing([64, 128, 256, 512, 512], [0] * 5, False),
    "1st convolution": listing([64, 192, 384, 256, 256], [2, 1, 1, 1, 1], False),
    "Apply max pooling to the feature map from 1st convolution": listing([64, 128, 256, 512, 512], SAME, False),
    "2nd convolution": listing([64, 192, 384, 256, 256], SAME, False),
    "Apply max pooling to the feature map from 2nd convolution": listing(
        [64, 128, 256, 256, 256], ["(0, 0)", *SAME[1:]]
    ),
    "3rd convolution": listing([64, 192, 384, 256, 256], ["(6, 6)", *SAME[1:]]),
    "Apply max pooling to feature map from 3rd convolution": listing([64, 128, 256, 256, 256], SAME, False),
    "Flatten": listing([64, 192, 384, 256, 256], SAME),
    "Practice – Draw AlexNet": listing([64, 192, 384, 256, 256], SAME),
}
TAIL = """(avgpool): AdaptiveAvgPool2d(output_size=(6, 6))
(classifier): Sequential(
(0): Dropout(p=0.5, inplace=False)
(1): Linear(in_features=9216, out_features=4096, bias=True)
(2): ReLU(inplace=True)
(3): Dropout(p=0.5, inplace=False)
(4): Linear(in_features=4096, out_features=4096, bias=True)
(5): ReLU(inplace=True)
(6): Linear(in_features=4096, out_features=1000, bias=True)
)"""


def build(lines: list[str]) -> nn.Sequential:
    """The network of a listing, without memory for its weights: each of its lines is also valid Python."""
    with torch.device("meta"):
        return nn.Sequential(*[eval(line.split(": ", 1)[1], dict(vars(nn))) for line in lines])


def printed(features: nn.Sequential) -> list[str]:
    """The lines that ``print(model.features)`` gives, without the first, the last and the indentation."""
    return [line.strip() for line in str(features).splitlines()[1:-1]]


def listings(run: Run) -> Claims:
    """All statements on the topic."""
    topic = Claims("The listings")
    for slide, lines in LISTINGS.items():
        compare(topic, run.model.features, slide, lines)
    details(topic, run)
    return topic


def compare(topic: Claims, features: nn.Sequential, slide: str, lines: list[str]) -> None:
    """One listing against the real layers."""
    real, network = printed(features), build(lines)
    off = [n for n in range(13) if lines[n] != real[n]]
    settings = [n for n in off if str(network[n]) != str(features[n])]
    if not off:
        topic.check(slide, "the 13 lines of features", "the 13 lines of features")
        return
    shown = settings or off
    says = (
        f"{', '.join(f'({n})' for n in shown)}: "
        + "; ".join(lines[n].split(": ", 1)[1] for n in shown[:2])
        + (" …" if len(shown) > 2 else "")
    )
    why = (
        reason(features, network, len(settings))
        if settings
        else "The same network. Only the pooling lines are not as PyTorch prints them: ceil_mode is missing."
    )
    runs = "; ".join(str(features[n]) for n in shown[:2])
    topic.check(slide, says, runs, why, f"{ALEXNET}#check-a-listing", note=not settings)


def reason(features: nn.Sequential, network: nn.Sequential, wrong: int) -> str:
    """What becomes of the shapes if the network is built as printed."""
    ours, theirs = (arithmetic.ledger(net, IMAGE) for net in (features, network))
    n = next(n for n in range(13) if ours[n].shape != theirs[n].shape)
    end, right = theirs[-1].shape, ours[-1].shape
    return (
        f"{wrong} of the 13 layers are not AlexNet's. Built as printed, ({n}) gives {list(theirs[n].shape)} "
        f"where AlexNet has {list(ours[n].shape)}, and features ends at "
        f"{'the right ' if end == right else ''}{list(end)}."
    )


def details(topic: Claims, run: Run) -> None:
    """Single lines, and the layers behind ``features``."""
    topic.check(
        "Width and height of feature maps",
        "\n".join(listing([64, 192, 384, 256, 256], SAME)[:2]),
        "\n".join(printed(run.model.features)[:2]),
    )
    tail = "\n".join(line.strip() for line in str(run.model).splitlines()[-11:-1])
    topic.check("The whole CNN, Flatten, Practice: avgpool and classifier", TAIL, tail)
    topic.check(
        "The whole CNN, 1st convolution, pooling after conv2",
        "padding=0 · padding=2 · padding=(0, 0)",
        f"{nn.Conv2d(3, 64, 11, 4, 0)} · {nn.Conv2d(3, 64, 11, 4, 2)}",
        "PyTorch turns one number into a pair when it makes the layer, and does not print a padding of zero. So "
        "these lines did not come from print: a sign to look twice.",
        note=True,
    )
    short = sum("ceil_mode" not in "".join(lines) for lines in LISTINGS.values())
    topic.check(
        f"{short} of the {len(LISTINGS)} listings",
        "MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1)",
        str(nn.MaxPool2d(3, 2)),
        "ceil_mode says whether the size is rounded up. It is printed, and here it is False: down.",
        f"{SETTINGS}#output-size",
        note=True,
    )
