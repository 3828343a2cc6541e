"""What one cell of a layer sees of a photograph, and of every map in between."""

import html

import numpy as np
from torch import nn

from insidecnn import alexnet, arithmetic, photos, preprocess
from insidecnn.figures import network as drawn
from insidecnn.figures import photo, tiles
from insidecnn.figures.picture import encode
from insidecnn.figures.table import Table
from insidecnn.widgets.widget import Widget


def receptive_field(
    model: nn.Module, sample: str = "chelsea", layer: str = "conv3", title: str = "What does one cell see?"
) -> Widget:
    """AlexNet's receptive fields on a photograph: choose a layer and a cell, see its cone down to the pixels.

    Args:
        model: torchvision's AlexNet in eval mode.
        sample: of :data:`insidecnn.photos.SAMPLES`; 224 × 224 pixels of it are shown.
        layer: at the start, at its middle cell: ``conv1`` to ``conv5``, ``pool1`` to ``pool3``.

    Raises:
        ValueError: an unknown photograph or layer.
    """
    pixels = photos.read(photos.path(sample))
    x = preprocess.preprocess(pixels)  # (1, 3, 224, 224)
    pixels = np.array(preprocess.center_crop(preprocess.resize(pixels)))
    size = len(pixels)
    whole = alexnet.sequential(model)
    rows = {row.name: row for row in arithmetic.ledger(whole, (3, size, size))}
    outputs = {stage.name: stage.output for stage in alexnet.stages(model, x)}
    found = dict(arithmetic.leaves(whole))
    layers = []
    for box in drawn.boxes(list(rows.values()), whole, (3, size, size))[1:]:
        if not hasattr(found[box.name], "kernel_size"):
            break  # the adaptive pooling and the classifier have no windows
        (kernel_size, stride, padding, _), _ = arithmetic.windows(found[box.name])
        mean = tiles.feature_maps(outputs[box.name].relu().mean(1, keepdim=True), box.title, columns=1)
        settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "size": box.shape[1]}
        layers.append({"name": box.title, "stage": box.name, **settings, "mean": mean.url})
    names = [each["name"] for each in layers]
    if layer not in names:
        raise ValueError(f"There is no layer {layer!r}; choose one of {', '.join(names)}.")

    info = photos.SAMPLES[sample]
    about = f"{info.title} ({info.licence})."
    cell = [layers[names.index(layer)]["size"] // 2] * 2
    middles = [
        alexnet.receptive_field(model, each["stage"], (each["size"] // 2,) * 2)
        for each in layers
        if "conv" in each["name"]
    ]
    picture = photo.photo(
        pixels,
        f"{info.title}, with boxes one around the other: what the middle cell of each convolution sees.",
        middles,
    )
    views = [(each["name"], rows[each["stage"]].view[0]) for each in layers]
    words = (
        f"The middle cell of conv1 sees {views[0][1].field} × {views[0][1].field} pixels, that of {views[-1][0]} "
        f"{views[-1][1].field} × {views[-1][1].field}; cell i begins at first + i·jump."
    )
    table = Table(
        ["layer", "receptive field (px)", "jump (px)", "first (px)"],
        [(name, view.field, view.jump, view.first) for name, view in views],
    )
    image = (
        f'<img class="photo dark-light" src="{picture.url}" alt="{html.escape(picture.alt)}" '
        f'width="{picture.width}" height="{picture.height}">'
    )
    static = f"{image}<p>{about}</p>{table._repr_mimebundle_()['text/html']}<p>{words}</p>"
    text = f"{words}\n{table._repr_mimebundle_()['text/plain']}"
    data = {"size": size, "photo": encode(pixels, info.title, "photo").url, "about": about}
    data |= {"layers": layers, "layer": layer, "cell": cell}
    return Widget("receptive-field", title, data, static, text, sheet="widgets/receptive-field")
