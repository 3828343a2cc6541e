"""The ledger as an exercise: its right answers are torch's, its remarks say what is off."""

import json
import re
from collections import OrderedDict

import pytest
import torch
from torch import nn

from insidecnn import alexnet, weights
from insidecnn.widgets import Exercise


def lenet() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5, bias=False), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 10, bias=False),
    )  # fmt: skip


def odd() -> nn.Sequential:
    """Nothing square, nothing at its default."""
    return nn.Sequential(
        OrderedDict(
            a=nn.Conv2d(4, 8, (3, 5), stride=(2, 1), padding=(1, 0), dilation=(2, 1), groups=2),
            b=nn.BatchNorm2d(8),
            c=nn.MaxPool2d((2, 3), (2, 2), ceil_mode=True),
            d=nn.Conv2d(8, 5, 3, padding="same"),
            e=nn.AdaptiveAvgPool2d((3, 2)),
        )
    )


NETWORKS = {
    "AlexNet": (lambda: alexnet.sequential(weights.embedded().model), (3, 224, 224)),
    "LeNet": (lenet, (1, 28, 28)),
    "odd": (odd, (4, 21, 30)),
}


def outputs(network, shape):
    """Name → (shape without the batch, number of parameters), as torch has them."""
    found, x = {}, torch.zeros(1, *shape)
    layers = [(n, m) for n, m in network.named_modules() if not list(m.children())]
    with torch.no_grad():
        for name, layer in layers:
            x = layer.eval()(x)
            found[name] = (tuple(x.shape[1:]), sum(p.numel() for p in layer.parameters()))
    return found


def evaluated(sum_: str) -> int:
    """What a printed sum comes to."""
    sum_ = re.sub(r"(filters|weights|bias|scales|shifts)", "", sum_)
    if "rounded" in sum_:
        fraction, rounding = re.fullmatch(r"(.*), rounded (up|down), \+ 1", sum_).groups()
        top, stride = fraction.rsplit("/", 1)
        top = eval(top.replace("·", "*").replace("−", "-"))
        return (-(-top // int(stride)) if rounding == "up" else top // int(stride)) + 1
    return eval(sum_.replace("·", "*").replace("−", "-"))


@pytest.mark.parametrize("name", NETWORKS)
def test_answers_are_torchs(name):
    build, shape = NETWORKS[name]
    network = build()
    real = outputs(network, shape)
    for entry in Exercise(network, shape, skip=False).entries:
        size, parameters = real[entry.name]
        assert tuple(entry.answers.values()) == (*size, parameters), entry.name


@pytest.mark.parametrize("name", NETWORKS)
def test_sums_come_to_the_answers(name):
    build, shape = NETWORKS[name]
    sums = 0
    for entry in Exercise(build(), shape).entries:
        assert entry.sums.keys() == entry.answers.keys()
        for column, sum_ in entry.sums.items():
            if sum_ == "nothing is learned":
                assert entry.answers[column] == 0
            elif sum_ == "the same as what comes in":
                place = ("channels", "height", "width").index(column)
                assert entry.answers[column] == entry.given[place]
            elif re.search(r"\d", sum_):
                assert evaluated(sum_) == entry.answers[column], (entry.name, column, sum_)
                sums += 1
    assert sums > 5


def test_alexnets_ledger_has_the_rows_of_the_lecture():
    build, shape = NETWORKS["AlexNet"]
    exercise = Exercise(build(), shape)
    names = [f"features.{i}" for i in range(13)] + [
        "avgpool",
        "flatten",
        "classifier.1",
        "classifier.4",
        "classifier.6",
    ]
    assert [entry.name for entry in exercise.entries] == names
    assert exercise.fields == 14 * 4 + 4 * 2
    parts = "conv1 " * 3 + "conv2 " * 3 + "conv3 " * 2 + "conv4 " * 2 + "conv5 " * 3 + "avgpool " * 2 + "fc6 fc7 fc8"
    assert [entry.part for entry in exercise.entries] == parts.split()
    assert sum(entry.answers["parameters"] for entry in exercise.entries) == 61_100_840


def test_check_says_what_is_off_and_by_which_sum():
    exercise = Exercise(lenet(), (1, 28, 28))
    assert exercise.check({}) == []
    assert exercise.check({e.name: tuple(e.answers.values()) for e in exercise.entries}) == []
    assert exercise.check({"0": (6, 24, 28, 150), "7": (120, 48120)}) == [
        "0: height is 28, not 24: (28 + 2·2 − 5) / 1, rounded down, + 1.",
        "0: parameters is 156, not 150: 6 filters · (1 · 5 · 5 weights + 1 bias).",
    ]


@pytest.mark.parametrize(
    "given, says",
    [
        ({"conv1": (6, 28, 28, 156)}, "There is no layer 'conv1'"),
        ({"7": (120, 1, 1, 48120)}, "7 got 4 numbers; it wants 2: channels, parameters"),
    ],
)
def test_check_refuses_what_it_cannot_mark(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        Exercise(lenet(), (1, 28, 28)).check(given)


def test_page_holds_the_answers_as_data_and_folded_as_a_table():
    exercise = Exercise(lenet(), (1, 28, 28), title="LeNet <5>")
    markup = exercise._repr_mimebundle_()["text/html"]
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', markup).group(1))
    assert [row["answers"] for row in data["rows"]] == [entry.answers for entry in exercise.entries]
    assert data["title"] == "LeNet <5>" and "LeNet <5>" not in markup
    table = re.search(r"<details>.*<tbody>(.*)</tbody>.*</details>", markup).group(1)
    for entry, line in zip(exercise.entries, re.findall(r"<tr>(.*?)</tr>", table), strict=True):
        numbers = [int(n.replace(",", "")) for n in re.findall(r'class="number">([\d,]+)<', line)]
        assert numbers == list(entry.answers.values())
