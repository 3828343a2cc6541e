"""The arithmetic on integers against what torch really makes."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torchvision import models

from insidecnn import alexnet
from insidecnn.arithmetic import View, leaves, ledger, output_size, pair

many = settings(deadline=None, max_examples=300)


def pairs(low, high):
    """(vertical, horizontal) settings: rectangular more often than not."""
    return st.tuples(st.integers(low, high), st.integers(low, high))


def size_or_none(run):
    """The height and width of torch's output, or None where torch refuses."""
    try:
        return tuple(run().shape[-2:])
    except RuntimeError:
        return None


def sizes(size, *settings, ceil_mode=False):
    """The same by output_size."""
    try:
        return tuple(output_size(*axis, ceil_mode=ceil_mode) for axis in zip(size, *settings, strict=True))
    except ValueError:
        return None


@many
@given(pairs(1, 20), pairs(1, 6), pairs(1, 5), pairs(0, 4), pairs(1, 4))
def test_output_size_is_that_of_a_convolution(size, kernel_size, stride, padding, dilation):
    layer = nn.Conv2d(1, 1, kernel_size, stride, padding, dilation)
    assert sizes(size, kernel_size, stride, padding, dilation) == size_or_none(lambda: layer(torch.zeros(1, 1, *size)))


@many
@given(pairs(1, 20), pairs(1, 6), pairs(1, 8), pairs(0, 3), pairs(1, 4), st.booleans())
def test_output_size_is_that_of_pooling(size, kernel_size, stride, padding, dilation, ceil_mode):
    assume(all(2 * p <= k for p, k in zip(padding, kernel_size, strict=True)))
    x = torch.zeros(1, 1, *size)
    ours = sizes(size, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    layer = nn.MaxPool2d(kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    assert ours == size_or_none(lambda: layer(x))
    if dilation == (1, 1):
        layer = nn.AvgPool2d(kernel_size, stride, padding, ceil_mode)
        assert ours == size_or_none(lambda: layer(x))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"size": 224, "kernel_size": 11, "stride": 4, "padding": 2}, 55),  # 55.25 without the floor
        ({"size": 55, "kernel_size": 3, "stride": 2}, 27),
        ({"size": 55, "kernel_size": 3, "stride": 2, "padding": 2}, 29),  # not AlexNet's pooling
        ({"size": 6, "kernel_size": 3}, 4),
        ({"size": 2, "kernel_size": 3, "stride": 2, "ceil_mode": True}, 1),  # the only window sticks out
        ({"size": 4, "kernel_size": 2, "stride": 3, "ceil_mode": True}, 2),
    ],
)
def test_output_sizes_worked_by_hand(settings, expected):
    assert output_size(**settings) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0, "kernel_size": 1}, "size is 0; it must be at least 1"),
        ({"size": 5, "kernel_size": 0}, "kernel_size is 0"),
        ({"size": 5, "kernel_size": 3, "stride": 0}, "stride is 0"),
        ({"size": 5, "kernel_size": 3, "padding": -1}, "padding is -1; it must be at least 0"),
        ({"size": 5, "kernel_size": 3, "dilation": 0}, "dilation is 0"),
        ({"size": 4, "kernel_size": 3, "dilation": 2}, "A window of 5 pixels does not fit into 4"),
        ({"size": 2, "kernel_size": 5, "stride": 3, "ceil_mode": True}, "does not fit"),
    ],
)
def test_output_size_says_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        output_size(**settings)


def test_pair():
    assert pair(3) == (3, 3)
    assert pair((1, 2)) == pair([1, 2]) == (1, 2)


convolutions = st.builds(
    lambda groups, depth, kernels, settings, bias: nn.Conv2d(
        groups * depth, groups * kernels, **settings, groups=groups, bias=bias
    ),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.one_of(
        st.fixed_dictionaries(
            {"kernel_size": pairs(1, 4), "stride": pairs(1, 3), "padding": pairs(0, 2), "dilation": pairs(1, 2)}
        ),
        st.fixed_dictionaries(
            {"kernel_size": st.sampled_from([1, 3, (3, 5)]), "padding": st.sampled_from(["same", "valid"])}
        ),
    ),
    st.booleans(),
)


@many
@given(convolutions, pairs(9, 14))
def test_a_convolution_in_the_ledger(layer, size):
    """Multiply-accumulates, counted: with weights and input 1 and no padding each is one unit of the sum."""
    (row,) = ledger(nn.Sequential(layer), (layer.in_channels, *size))
    assert row.shape == tuple(layer(torch.zeros(1, layer.in_channels, *size)).shape[1:])
    assert row.parameters == sum(p.numel() for p in layer.parameters())
    counted = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        dilation=layer.dilation,
        groups=layer.groups,
        bias=False,
    )
    nn.init.ones_(counted.weight)
    (row,) = ledger(nn.Sequential(counted), (layer.in_channels, *size))
    assert row.macs == counted(torch.ones(1, layer.in_channels, *size)).sum().item()


def run(network, shape):
    """What torch says of every layer: (name, output shape, parameters, multiply-accumulates by hooks)."""
    rows = []

    def note(name, layer):
        def hook(layer, inputs, output):
            fan_in = layer.weight[0].numel() if isinstance(layer, nn.Conv2d | nn.Linear) else 0
            parameters = sum(p.numel() for p in layer.parameters())
            rows.append((name, tuple(output.shape[1:]), parameters, output.numel() * fan_in))

        return layer.register_forward_hook(hook)

    hooks = [note(name, layer) for name, layer in leaves(network)]
    with torch.no_grad():
        network(torch.zeros(1, *shape))
    for hook in hooks:
        hook.remove()
    return rows


def books(network, shape):
    return [(row.name, row.shape, row.parameters, row.macs) for row in ledger(network, shape)]


MIXED = nn.Sequential(
    nn.Sequential(nn.Conv2d(3, 8, (3, 5), padding="same", bias=False), nn.BatchNorm2d(8), nn.LeakyReLU()),
    nn.Sequential(nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=8), nn.Identity(), nn.Sequential(nn.GELU())),
    nn.MaxPool2d(3, 2, ceil_mode=True),
    nn.LocalResponseNorm(5),
    nn.Dropout2d(),
    nn.AvgPool2d(2, 1),
    nn.AdaptiveMaxPool2d((None, 2)),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(8, 10),
    nn.Softmax(dim=1),
)


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda: MIXED.eval(), (3, 29, 31)),
        (lambda: alexnet.sequential(models.alexnet()).eval(), (3, 224, 224)),
        (lambda: models.vgg16().features, (3, 64, 48)),
    ],
    ids=["mixed", "alexnet", "vgg16"],
)
def test_ledger_is_what_torch_does(build, shape):
    network = build()
    assert books(network, shape) == run(network, shape)


def test_the_books_of_alexnet():
    rows = ledger(alexnet.sequential(models.alexnet()), (3, 224, 224))
    assert sum(row.parameters for row in rows) == models.AlexNet_Weights.IMAGENET1K_V1.meta["num_params"] == 61_100_840
    assert sum(row.macs for row in rows) == 714_188_480
    names = [row.name for row in rows]
    assert names[:2] == ["features.0", "features.1"]
    assert names[13:16] == ["avgpool", "flatten", "classifier.0"]
    views = {row.name: row.view for row in rows}
    assert views["features.0"] == (View(11, 4, -2),) * 2
    assert views["features.12"] == views["avgpool"] == (View(195, 32, -66),) * 2
    assert views["flatten"] is None


def test_a_layer_that_is_used_twice_is_booked_twice():
    pool = nn.MaxPool2d(2)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), pool, nn.Conv2d(4, 5, 3), pool)
    assert books(network, (3, 20, 20))[-1][:2] == ("3", tuple(network(torch.zeros(1, 3, 20, 20)).shape[1:]))


@pytest.mark.parametrize(
    ("layers", "shape", "message"),
    [
        (
            [nn.Conv2d(3, 8, 3), nn.Conv2d(9, 8, 3)],
            (3, 9, 9),
            r"Layer 1 \(Conv2d\).*\(8, 7, 7\).*9 channels and gets 8",
        ),
        ([nn.Sequential(nn.ReLU(), nn.MaxPool2d(12))], (3, 9, 9), r"Layer 0\.1 \(MaxPool2d\).*does not fit"),
        ([nn.MaxPool2d(3, padding=2)], (3, 9, 9), "padding 2 is more than half of kernel_size 3"),
        ([nn.Conv2d(3, 8, 3), nn.BatchNorm2d(9)], (3, 9, 9), "Layer 1 .*9 channels and gets 8"),
        ([nn.Flatten(), nn.Linear(7, 2)], (3, 2, 2), r"Layer 1 \(Linear\).*7 features and gets 12"),
        ([nn.Flatten(), nn.Conv2d(3, 8, 3)], (3, 9, 9), r"wants a shape \(C, H, W\)"),
        ([nn.Flatten(start_dim=2)], (3, 9, 9), "start_dim"),
        ([nn.Conv2d(3, 8, 4, padding="same")], (3, 9, 9), "even kernel"),
        ([nn.LSTM(3, 3)], (3, 9, 9), r"Layer 0 \(LSTM\).*not in the ledger's books"),
    ],
)
def test_ledger_names_the_layer_that_does_not_fit(layers, shape, message):
    with pytest.raises(ValueError, match=message):
        ledger(nn.Sequential(*layers), shape)


def test_ledger_wants_a_sequential():
    with pytest.raises(ValueError, match=r"wants an nn\.Sequential, not a Conv2d"):
        ledger(nn.Conv2d(3, 8, 3), (3, 9, 9))


def support(network, shape, cell):
    """(top, left, bottom, right) of the input pixels on which one output cell has a gradient."""
    x = torch.rand(1, *shape, dtype=torch.float64).requires_grad_()
    network(x)[0, 0, *cell].backward()
    seen = x.grad[0].abs().sum(0) > 0
    rows, columns = seen.any(1).nonzero(), seen.any(0).nonzero()
    return rows.min().item(), columns.min().item(), rows.max().item() + 1, columns.max().item() + 1


windowed = st.tuples(st.sampled_from(["Conv2d", "MaxPool2d"]), pairs(1, 3), pairs(1, 2), pairs(0, 1), pairs(1, 2))


@settings(deadline=None, max_examples=60)
@given(st.lists(windowed, min_size=1, max_size=4))
def test_receptive_field_is_where_the_gradient_is(recipe):
    """Positive weights cannot cancel; pooling passes gradient to its largest cell alone, so sums stand in for it."""
    layers, twins = [], []
    for kind, kernel_size, stride, padding, dilation in recipe:
        if kind == "MaxPool2d":
            padding = tuple(min(p, k // 2) for p, k in zip(padding, kernel_size, strict=True))
        settings = (kernel_size, stride, padding, dilation)
        twins.append(nn.Conv2d(1, 1, *settings, bias=False, dtype=torch.float64))
        nn.init.uniform_(twins[-1].weight, 0.5, 1)
        layers.append(nn.MaxPool2d(*settings) if kind == "MaxPool2d" else twins[-1])
    shape = (1, 130, 131)
    row = ledger(nn.Sequential(*layers), shape)[-1]
    cell = tuple(n // 2 for n in row.shape[1:])
    (top, bottom), (left, right) = (view.span(i) for view, i in zip(row.view, cell, strict=True))
    assert support(nn.Sequential(*twins), shape, cell) == (top, left, bottom, right)


def test_adaptive_pooling_keeps_the_view_only_where_it_is_regular():
    even, odd = (ledger(nn.Sequential(nn.AdaptiveAvgPool2d((3, None))), (1, n, 5))[0].view for n in (12, 13))
    assert even == (View(4, 4, 0), View(1, 1, 0))
    assert odd is None
