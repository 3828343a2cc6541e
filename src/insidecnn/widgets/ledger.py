"""The ledger of a network as an exercise: the reader fills it in, the page or :meth:`Exercise.check` marks it."""

import html
from collections import Counter
from dataclasses import dataclass
from math import prod

from insidecnn.arithmetic import ledger, pair, same_padding
from insidecnn.widgets.widget import Widget

COLUMNS = ("channels", "height", "width", "parameters")
#: what is asked for behind the flattening, where ``skip`` leaves the rest out
ASKED = {"Conv2d", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "Flatten", "Linear"}
#: kinds of layers with which a new part of the ledger begins, and what the part is called
PARTS = {"Conv2d": "conv", "AdaptiveAvgPool2d": "avgpool", "AdaptiveMaxPool2d": "maxpool", "Linear": "fc"}


@dataclass(frozen=True)
class Entry:
    """One line of the exercise: a layer, what is right, and how one gets there."""

    name: str  #: ``features.0``
    layer: str  #: as the network prints it: ``Conv2d(3, 64, kernel_size=(11, 11), …)``
    given: tuple[int, ...]  #: shape that reaches the layer: ``(3, 224, 224)``
    answers: dict[str, int]  #: column → number; a vector has no height and width
    sums: dict[str, str]  #: column → the sum that gives it, without its result
    part: str = ""  #: of the ledger, which is filled in part by part: ``conv1`` with its activation and pooling


class Exercise:
    """The books of a network, to be filled in by the reader.

    In a page of the book it is a table of number fields, shown part by part, that ``book/_static/widgets/ledger.js``
    marks; without JavaScript, and in a notebook, it is the same table with the answers folded away.

    Args:
        network: an ``nn.Sequential``, as for :func:`insidecnn.arithmetic.ledger`, which gives the answers.
        shape: (C, H, W) of one input image.
        title: the table's caption.
        skip: leave out activations and dropout that stand in the part of the network behind the flattening.

    Raises:
        ValueError: a network that the arithmetic cannot follow.
    """

    def __init__(self, network, shape: tuple[int, int, int], title: str = "The ledger", skip: bool = True):
        self.title, self.shape = title, tuple(shape)
        self.entries: list[Entry] = []
        layers = dict(network.named_modules(remove_duplicate=False))
        given, part, begun = self.shape, "start", Counter()
        for row in ledger(network, self.shape):
            if not (skip and len(given) == 1 and row.kind not in ASKED):
                layer = layers[row.name]
                written = " ".join(str(layer).split())
                sums = working(layer, row.kind, given, row.shape)
                if word := PARTS.get(row.kind):
                    counted = word if "pool" in word else "with weights"  # conv1 to conv5, then fc6
                    begun[counted] += 1
                    part = word if "pool" in word and begun[word] == 1 else f"{word}{begun[counted]}"
                self.entries.append(Entry(row.name, written, given, answers(row.shape, row.parameters), sums, part))
            given = row.shape

    @property
    def fields(self) -> int:
        """How many numbers are asked for."""
        return sum(len(entry.answers) for entry in self.entries)

    def check(self, given: dict[str, tuple[int, ...]]) -> list[str]:
        """Mark a ledger.

        Args:
            given: from a layer's name to its numbers, in the order of the columns:
                ``{"features.0": (64, 55, 55, 23296), "classifier.1": (4096, 37752832)}``;
                a vector has two numbers, its length and the parameters. Layers may be missing.

        Returns:
            one sentence for each number that is off, with the sum that gives the right one; empty if all are right.

        Raises:
            ValueError: a name that is not in the ledger, or another count of numbers than the layer has.
        """
        entries = {entry.name: entry for entry in self.entries}
        remarks = []
        for name, numbers in given.items():
            if name not in entries:
                raise ValueError(f"There is no layer {name!r} in this ledger; its layers are {', '.join(entries)}.")
            entry = entries[name]
            if len(numbers) != len(entry.answers):
                raise ValueError(
                    f"{name} got {len(numbers)} numbers; it wants {len(entry.answers)}: {', '.join(entry.answers)}."
                )
            remarks += [
                f"{name}: {column} is {right:,}, not {number:,}: {entry.sums[column]}."
                for (column, right), number in zip(entry.answers.items(), numbers, strict=True)
                if number != right
            ]
        return remarks

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {
            "shape": self.shape,
            "columns": COLUMNS,
            "rows": [
                {"name": e.name, "layer": e.layer, "answers": e.answers, "sums": e.sums, "part": e.part}
                for e in self.entries
            ],
        }
        body = "".join(line(entry) for entry in self.entries)
        head = "".join(f'<th scope="col">{name}</th>' for name in ("layer", *COLUMNS))
        summary = f"{html.escape(self.title)}: the answers"
        static = (
            f"<details><summary>{summary}</summary>"
            f'<div class="scroll" tabindex="0" role="group" aria-label="{summary}">'
            f'<table class="dataframe"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>'
        )
        text = "\n".join(f"{e.name}\t{e.layer}" for e in self.entries)
        widget = Widget("ledger", self.title, data, static, text, sheet="widgets/ledger")
        return widget._repr_mimebundle_()


def line(entry: Entry) -> str:
    """A row of the table with the answers; a vector has no height and no width."""
    cells = "".join(
        f'<td class="number">{entry.answers[column]:,}</td>' if column in entry.answers else "<td>–</td>"
        for column in COLUMNS
    )
    return f'<tr><th scope="row">{html.escape(entry.name)}</th>{cells}</tr>'


def answers(shape: tuple[int, ...], parameters: int) -> dict[str, int]:
    """Column → number: ``(64, 55, 55)`` has channels, height and width, ``(4096,)`` channels alone."""
    return dict(zip(COLUMNS, shape, strict=False)) | {"parameters": parameters}


def working(layer, kind: str, given: tuple[int, ...], shape: tuple[int, ...]) -> dict[str, str]:
    """Column → the sum on paper that gives it, with this layer's numbers and without the result."""
    if kind == "Flatten":
        return {"channels": " · ".join(map(str, given)), "parameters": "nothing is learned"}
    if kind == "Linear":
        bias = " + 1 bias" if layer.bias is not None else ""
        each = f"({layer.in_features} weights{bias})"
        return {"channels": "as many as out_features says", "parameters": f"{layer.out_features} · {each}"}
    sums = dict.fromkeys(answers(shape, 0), "the same as what comes in")
    sums["parameters"] = "nothing is learned"
    if kind.startswith("Adaptive"):
        sums |= {"height": "output_size says it, whatever comes in", "width": "output_size says it, whatever comes in"}
    elif hasattr(layer, "kernel_size"):
        settings = (layer.kernel_size, layer.stride, same_padding(layer), getattr(layer, "dilation", 1))
        axes = zip(("height", "width"), given[1:], *(pair(value) for value in settings), strict=True)
        rounding = "up" if getattr(layer, "ceil_mode", False) else "down"
        for column, size, kernel_size, stride, padding, dilation in axes:
            extent = str(kernel_size) if dilation == 1 else f"({dilation}·({kernel_size} − 1) + 1)"
            sums[column] = f"({size} + 2·{padding} − {extent}) / {stride}, rounded {rounding}, + 1"
    if kind == "Conv2d":
        depth, window = layer.in_channels // layer.groups, pair(layer.kernel_size)
        bias = " + 1 bias" if layer.bias is not None else ""
        each = f"({' · '.join(map(str, (depth, *window)))} weights{bias})"
        sums |= {"channels": "as many as there are filters", "parameters": f"{layer.out_channels} filters · {each}"}
    elif kind == "BatchNorm2d":
        sums["parameters"] = f"{prod(shape[:1])} scales + {prod(shape[:1])} shifts"
    return sums
