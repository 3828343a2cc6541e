"""How large is the map? One layer or a chain of them, with the windows over the pixels."""

from insidecnn import arithmetic
from insidecnn.figures import network as drawn
from insidecnn.figures.row import row
from insidecnn.figures.table import Table
from insidecnn.widgets.widget import Widget

SETTINGS = ("kernel_size", "stride", "padding")


def output_size(
    network, size: int, channels: int = 3, title: str = "How large is the map?", id: str = "map-size"
) -> Widget:
    """The size calculator: the formula step by step, the windows drawn to scale, and the size after every layer.

    Args:
        network: an ``nn.Sequential``; its convolutions and poolings are shown, with square windows.
        size: height and width of the input at the start, at most 1024.
        channels: of the input.
        id: in the page.

    Raises:
        ValueError: a layer that does not fit at the start, windows that are not square, or dilation.
    """
    rows = arithmetic.ledger(network, (channels, size, size))
    found = dict(arithmetic.leaves(network))
    layers, before = [], (channels, size, size)
    for box in drawn.boxes(rows, network, before)[1:]:
        if box.kind not in ("Conv2d", "MaxPool2d", "AvgPool2d"):
            raise ValueError(f"Layer {box.name} is a {box.kind}; wanted are convolutions and poolings with windows.")
        window, *others = set(arithmetic.windows(found[box.name]))
        if others or window[3] != 1 or getattr(found[box.name], "ceil_mode", False):
            raise ValueError(f"Layer {box.name} must have square windows without dilation and ceil_mode.")
        settings = dict(zip(SETTINGS, window, strict=False))
        sizes = {"channels": (before[0], box.shape[0]), "before": before[1], "after": box.shape[1]}
        layers.append({"name": box.title, "kind": box.kind, **settings, **sizes})
        before = box.shape
    lines = [
        (each["name"], *(each[name] for name in SETTINGS), each["before"], each["after"], left(each)) for each in layers
    ]
    first = layers[0]
    k, s, p = (first[name] for name in SETTINGS)
    words = f"⌊({size} + 2·{p} − {k}) / {s}⌋ + 1 = {first['after']}; padded pixels left over after the last window: {left(first)}."
    parts = [
        row(size, k, s, p),
        *([Table(["layer", *SETTINGS, "size before", "after", "left over"], lines)] if len(layers) > 1 else []),
    ]
    static = "".join(part._repr_mimebundle_()["text/html"] for part in parts) + f"<p>{words}</p>"
    text = "\n".join([words, *(f"{each['name']}: {each['before']} → {each['after']}" for each in layers[1:])])
    data = [{key: value for key, value in each.items() if key not in ("before", "after")} for each in layers]
    data = {"size": size, "layers": data}
    return Widget("output-size", title, data, static, text, id, sheet="widgets/output-size")


def left(layer: dict) -> int:
    """How many padded pixels come after the last window."""
    return (layer["before"] + 2 * layer["padding"] - layer["kernel_size"]) % layer["stride"]
