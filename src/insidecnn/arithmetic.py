"""Sizes, receptive fields, parameters and multiply-accumulates: the integers of a CNN.

Nothing here runs a network or imports torch. :func:`ledger` reads the settings of the layers of an
``nn.Sequential`` and does the sums that a student does on paper; the tests hold every one of them
against torch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from insidecnn.checks import told, whole

Pair = int | tuple[int, int]
#: (left, top, right, bottom) in pixels, the last two exclusive: torchvision's ``xyxy``, as all boxes of this book
Box = tuple[int, int, int, int]


def pair(value: Pair) -> tuple[int, int]:
    """``3`` → ``(3, 3)``; a pair (height, width) stays as it is.

    Raises:
        ValueError: neither a whole number nor two of them.
    """
    values = tuple(value) if isinstance(value, tuple | list) else (value, value)
    try:
        first, second = (whole("value", v) for v in values)
    except ValueError:
        raise ValueError(f"A setting is {told(value)}; give a whole number, or two: (height, width).") from None
    return first, second


def output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    """How many windows fit along one axis: ``floor((size + 2·padding − extent) / stride) + 1``.

    >>> output_size(224, kernel_size=11, stride=4, padding=2)  # AlexNet's first convolution
    55

    Args:
        size: pixels along the axis, at least 1.
        kernel_size, stride, dilation: at least 1; ``extent = dilation·(kernel_size − 1) + 1``.
        padding: pixels added at each end, at least 0.
        ceil_mode: also count a last window that sticks out at the far end, as pooling layers can;
            like torch, only if it starts inside the image or its near padding. The only window may
            stick out too, by less than the stride.

    Returns:
        the number of output pixels, at least 1.

    Raises:
        ValueError: a setting out of its range, or a window larger than the padded image.

    Source: Dumoulin & Visin 2016, relationship 6 and section 5.1.
    """
    for name, value, least in (
        ("size", size, 1),
        ("kernel_size", kernel_size, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ):
        whole(name, value, least)
    extent = dilation * (kernel_size - 1) + 1
    room = size + 2 * padding - extent
    windows = room // stride + 1
    if ceil_mode and room % stride and windows * stride < size + padding:
        windows += 1
    if windows < 1:
        raise ValueError(
            f"A window of {extent} pixels does not fit into {size} + 2·{padding} = {size + 2 * padding}; "
            "use a larger image, more padding or a smaller kernel."
        )
    return windows


@dataclass(frozen=True)
class View:
    """What one cell of a feature map sees of the input image, along one axis.

    Cell ``i`` sees the ``field`` pixels from ``first + i·jump`` on; pixels outside the image are
    padding. ``field`` is the receptive field, ``jump`` the distance in input pixels between
    neighbouring cells (the product of all strides so far).

    Source: Araujo, Norris & Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks".
    """

    field: int = 1
    jump: int = 1
    first: int = 0

    def through(self, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> "View":
        """The view after one more layer.

        >>> View().through(kernel_size=11, stride=4, padding=2)
        View(field=11, jump=4, first=-2)

        Raises:
            ValueError: a setting out of its range.
        """
        for name, value in (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation)):
            whole(name, value, least=1)
        whole("padding", padding, least=0)
        return View(
            field=self.field + dilation * (kernel_size - 1) * self.jump,
            jump=self.jump * stride,
            first=self.first - padding * self.jump,
        )

    def span(self, cell: int) -> tuple[int, int]:
        """First pixel that a cell sees, and the first one after its last; may lie outside the image.

        Raises:
            ValueError: not the number of a cell, counted from 0.
        """
        whole("cell", cell, least=0)
        start = self.first + cell * self.jump
        return start, start + self.field


@dataclass(frozen=True)
class Row:
    """One layer in the ledger of a network."""

    name: str  #: dotted, as in ``model.named_modules()``: ``features.0``
    kind: str  #: the layer's class: ``Conv2d``
    shape: tuple[int, ...]  #: of its output for one image: ``(C, H, W)`` or ``(C,)``
    parameters: int
    macs: int  #: multiply-accumulates for one image; one MAC is one multiply and one add
    view: tuple[View, View] | None  #: (vertical, horizontal); None once every cell sees everything


SAME_SHAPE = {
    "ReLU", "ReLU6", "GELU", "SiLU", "Hardswish", "LeakyReLU", "Sigmoid", "Tanh", "Softmax", "LogSoftmax",
    "Dropout", "Dropout2d", "BatchNorm2d", "LocalResponseNorm", "Identity",
}  # fmt: skip


def ledger(network, shape: tuple[int, ...]) -> list[Row]:
    """The books of a network: one row a layer, in the order in which data passes.

    Args:
        network: an ``nn.Sequential`` (nested ones too) of convolution, pooling, activation,
            normalisation, dropout, flatten and linear layers.
        shape: of one input image, ``(C, H, W)``, or ``(C,)`` for a network without windows.

    Returns:
        one :class:`Row` a layer; multiply-accumulates are those of convolutions and linear layers.

    Raises:
        ValueError: no shape, a layer of another kind, or one that does not fit the shape that reaches it.
    """
    if not is_sequential(network):
        raise ValueError(f"The ledger wants an nn.Sequential, not a {type(network).__name__}; wrap its layers in one.")
    if not isinstance(shape, tuple | list) or not shape:
        raise ValueError(f"shape is {told(shape)}; it must be that of one input image, (C, H, W).")
    shape = tuple(whole(f"shape[{i}]", size, least=1) for i, size in enumerate(shape))
    rows = []
    view = (View(), View())
    for name, layer in leaves(network):
        try:
            shape, macs, view = pass_through(layer, shape, view)
        except ValueError as error:
            raise ValueError(f"Layer {name} ({type(layer).__name__}) given {shape}: {error}") from None
        parameters = sum(p.numel() for p in layer.parameters())
        rows.append(Row(name, type(layer).__name__, shape, parameters, macs, view))
    return rows


def leaves(network, prefix: str = "") -> Iterator[tuple[str, object]]:
    """The layers of nested ``nn.Sequential``s in order, with their dotted names."""
    for name, layer in network._modules.items():  # named_children() skips a layer that is used again
        if is_sequential(layer):
            yield from leaves(layer, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", layer


def is_sequential(module) -> bool:
    return type(module).__name__ == "Sequential"


def pass_through(layer, shape: tuple[int, ...], view):
    """One layer's arithmetic: (output shape, multiply-accumulates, view)."""
    kind = type(layer).__name__
    if kind == "BatchNorm2d":
        expect(shape[0], layer.num_features, "channels")
    if kind in SAME_SHAPE:
        return shape, 0, view
    if kind == "Flatten":
        if (layer.start_dim, layer.end_dim) != (1, -1):
            raise ValueError("the ledger knows nn.Flatten() alone, without start_dim and end_dim.")
        return (prod(shape),), 0, None
    if kind == "Linear":
        expect(shape[-1], layer.in_features, "features")
        return (*shape[:-1], layer.out_features), prod(shape[:-1]) * layer.in_features * layer.out_features, None
    if len(shape) != 3:
        raise ValueError("it wants a shape (C, H, W).")
    if kind == "Conv2d":
        expect(shape[0], layer.in_channels, "channels")
        window = windows(layer, padding=same_padding(layer))
        size = tuple(output_size(n, *axis) for n, axis in zip(shape[1:], window, strict=True))
        shape = (layer.out_channels, *size)
        macs = prod(shape) * prod(pair(layer.kernel_size)) * layer.in_channels // layer.groups
        return shape, macs, see(view, window)
    if kind in ("MaxPool2d", "AvgPool2d"):
        window = windows(layer)
        if any(2 * padding > kernel_size for kernel_size, _, padding, _ in window):
            raise ValueError(f"padding {layer.padding} is more than half of kernel_size {layer.kernel_size}.")
        size = tuple(output_size(n, *axis, layer.ceil_mode) for n, axis in zip(shape[1:], window, strict=True))
        return (shape[0], *size), 0, see(view, window)
    if kind in ("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"):
        asked = layer.output_size if isinstance(layer.output_size, tuple | list) else (layer.output_size,) * 2
        target = [t or n for t, n in zip(asked, shape[1:], strict=True)]  # None: as large as what comes in
        even = all(n % t == 0 for t, n in zip(target, shape[1:], strict=True))
        window = [(n // t, n // t, 0, 1) for t, n in zip(target, shape[1:], strict=True)] if even else None
        return (shape[0], *target), 0, see(view, window)
    raise ValueError("this kind of layer is not in the ledger's books; give layers of nn.Sequential networks.")


def expect(given: int, wanted: int, what: str) -> None:
    if given != wanted:
        raise ValueError(f"it wants {wanted} {what} and gets {given}.")


def windows(layer, padding: Pair | None = None) -> list[tuple[int, int, int, int]]:
    """(kernel_size, stride, padding, dilation) of a layer, for the vertical and the horizontal axis."""
    padding = layer.padding if padding is None else padding
    settings = (layer.kernel_size, layer.stride, padding, getattr(layer, "dilation", 1))
    return list(zip(*(pair(value) for value in settings), strict=True))


def same_padding(layer) -> Pair:
    """A convolution's padding in pixels, where it may also be the words ``"same"`` and ``"valid"``."""
    if layer.padding == "valid":
        return 0
    if layer.padding == "same":
        extents = [d * (k - 1) for d, k in zip(pair(layer.dilation), pair(layer.kernel_size), strict=True)]
        if any(extent % 2 for extent in extents):
            raise ValueError("padding='same' with an even kernel pads one side more than the other; give a number.")
        return tuple(extent // 2 for extent in extents)
    return layer.padding


def see(view, window):
    """Both axes' views through one more layer; None where they are not regular any more."""
    if view is None or window is None:
        return None
    return tuple(axis.through(*settings) for axis, settings in zip(view, window, strict=True))
