"""What a layer costs if it is dense, if it has windows, and if the windows share their weights."""

from math import prod

from torch import nn

from insidecnn.arithmetic import ledger, pair, same_padding
from insidecnn.figures import chart
from insidecnn.figures.table import Table
from insidecnn.widgets.widget import Widget

KINDS = ("dense", "locally connected", "convolution")
SETTINGS = ("in_channels", "out_channels", "kernel_size", "stride", "padding")


def mlp_or_convolution(
    layers: dict[str, tuple[nn.Conv2d, tuple[int, int]]], title: str = "Dense, with windows, with shared windows"
) -> Widget:
    """Count parameters, memory and multiply-accumulates of three layers with the same inputs and outputs.

    Args:
        layers: name → (``nn.Conv2d``, (height, width) of its input); the first one is there at the start.
            Square settings only, one group, no dilation; layers on the device ``"meta"`` are enough.

    Raises:
        ValueError: a convolution of another kind, or one that does not fit its input.
    """
    starts, table = {}, []
    for name, (layer, (height, width)) in layers.items():
        settings = {setting: square(name, layer, setting) for setting in SETTINGS}
        if layer.groups != 1 or pair(layer.dilation) != (1, 1):
            raise ValueError(f"{name} is {layer}; it must have one group and no dilation.")
        starts[name] = {"height": height, "width": width} | settings | {"bias": int(layer.bias is not None)}
        table.append((name, *(parameters for parameters, _ in costs(layer, height, width).values())))
    name, (layer, size) = next(iter(layers.items()))
    counted = {kind: parameters for kind, (parameters, _) in costs(layer, *size).items()}
    words = f"Parameters of {name}: " + ", ".join(f"{kind} {count:,}" for kind, count in counted.items()) + "."
    label = "parameters (each step of the axis is ten times as many)"
    drawn = chart.bars(list(counted), list(counted.values()), f"On a logarithmic axis: {words}", label, log=True)
    numbers = Table(["parameters", *KINDS], table)._repr_mimebundle_()["text/html"]
    static = drawn.svg + numbers
    sheet = "widgets/mlp-or-convolution"
    return Widget("mlp-or-convolution", title, {"layers": starts}, static, words, sheet=sheet)


def square(name: str, layer: nn.Conv2d, setting: str) -> int:
    """A setting that is the same for both axes, as one number."""
    down, across = pair(same_padding(layer) if setting == "padding" else getattr(layer, setting))
    if down != across:
        raise ValueError(f"{name} has {setting} {down} × {across}; it must be the same for both axes.")
    return down


def costs(layer: nn.Conv2d, height: int, width: int) -> dict[str, tuple[int, int]]:
    """Kind of layer → (parameters, multiply-accumulates), for the inputs and outputs of a convolution."""
    row = ledger(nn.Sequential(layer), (layer.in_channels, height, width))[0]
    inputs, units, bias = layer.in_channels * height * width, prod(row.shape), int(layer.bias is not None)
    window = layer.in_channels * prod(pair(layer.kernel_size))
    counts = [
        (units * (inputs + bias), units * inputs),
        (units * (window + bias), row.macs),
        (row.parameters, row.macs),
    ]
    return dict(zip(KINDS, counts, strict=True))
