"""AlexNet at once, filled with what it made of one photograph: every stage, its strongest maps, its answer."""

import html
from math import sqrt

import numpy as np
from torch import nn

from insidecnn.alexnet import Stage
from insidecnn.figures import network
from insidecnn.figures.network import Box, Drawing
from insidecnn.figures.photo import scaled
from insidecnn.figures.picture import encode
from insidecnn.figures.tiles import PALETTE, levels

MAPS = 4  # enlarged for each stage
LIGHTS = {"red": (255, 64, 32), "green": (32, 208, 64), "blue": (48, 112, 255)}


def draw(stages: list[Stage], pixels: np.ndarray, said: dict[str, float], links: dict[str, str]) -> Drawing:
    """Draw the network to scale (:func:`network.listed`), with the maps of one photograph.

    On a block's front is the map with the largest mean, below it (on a phone beside it) are the four with the
    largest means, all at one size. A ReLU's maps stand for those of the convolution or dense layer before it.

    Args:
        stages: what :func:`insidecnn.alexnet.stages` gives for one photograph.
        pixels: that photograph, (224, 224, 3) uint8, as the network got it.
        said: the most probable classes and their probabilities, the best first (:func:`insidecnn.answer.best`).
        links: from a layer's name (``features.0``) to where its stage leads; a name that is missing leads nowhere.
    """
    parts = chosen(stages)
    small = scaled(pixels, 2 * 46)
    lights = [
        encode((small[..., k, None] / 255 * colour).round().astype(np.uint8), word, "photo").url
        for k, (word, colour) in enumerate(LIGHTS.items())
    ]
    photo = encode(scaled(pixels, 2 * network.LONGEST), "the photo", "photo").url
    drawn = [Box("input", "input", (3, *pixels.shape[:2]), "red, green, blue", "", photo, pictures(lights))]
    drawn += [of_maps(*part) if part[1].output.dim() == 4 else of_vector(*part) for part in parts]
    best = "".join(
        f'<li><span style="--share: {p:.3f}">{html.escape(name)}</span> <b>{p:.1%}</b></li>' for name, p in said.items()
    )
    answer = f'<li class="answer"><b>answer</b><ol>{best}</ol></li>'
    sizes = ", ".join(f"{box.title} {'×'.join(map(str, box.shape))}" for box in drawn[1:])
    alt = (
        f"AlexNet from the input to the answer, to scale, with the maps of one photograph at every stage: {sizes}. "
        f"Its answer: {', '.join(said)}."
    )
    return Drawing(network.listed(drawn, links, ("features", "classifier"), answer), alt)


def chosen(stages: list[Stage]) -> list[tuple[str, Stage, nn.Module]]:
    """The stages that are drawn: a title as papers count, what is shown, and the layer that made it."""
    found, convolved, pooled = [], 0, 0
    for k, each in enumerate(stages):
        following = stages[k + 1] if k + 1 < len(stages) else each
        shown = following if isinstance(following.layer, nn.ReLU) else each
        if isinstance(each.layer, nn.Conv2d | nn.Linear):
            convolved += 1  # papers count the dense layers on from the convolutions
            found.append((f"{'conv' if isinstance(each.layer, nn.Conv2d) else 'fc'}{convolved}", shown, each.layer))
        elif isinstance(each.layer, nn.MaxPool2d):
            pooled += 1
            found.append((f"pool{pooled}", each, each.layer))
        elif isinstance(each.layer, nn.Flatten):
            found.append(("flatten", each, each.layer))
    return found


def of_maps(title: str, shown: Stage, layer: nn.Module) -> Box:
    """A convolution or a pooling, with its strongest maps."""
    output = shown.output[0]  # (C, H, W)
    strongest = output[output.mean((1, 2)).topk(MAPS).indices]
    largest = strongest.amax((1, 2), keepdim=True).clamp_min(1e-12)
    maps = levels(strongest, largest)  # (4, H, W)
    urls = [encode(each, title, palette=PALETTE).url for each in maps]
    return Box(
        title, type(layer).__name__, tuple(output.shape), network.settings(layer), layer_name(shown), urls[0],
        pictures(urls, sharp=maps.shape[1] < 40),
    )  # fmt: skip


def of_vector(title: str, shown: Stage, layer: nn.Module) -> Box:
    """A dense layer, or what goes into the first, with its numbers as a picture, row by row."""
    numbers = shown.output[0]  # (D,)
    rows = max(n for n in range(1, int(sqrt(len(numbers))) + 1) if len(numbers) % n == 0)
    pixels = levels(numbers, numbers.abs().max().clamp_min(1e-12)).reshape(rows, -1)
    square = encode(pixels, title, palette=PALETTE).url
    how = f"{layer.in_features:,} weights each" if isinstance(layer, nn.Linear) else ""
    return Box(
        title,
        type(layer).__name__,
        tuple(numbers.shape),
        how,
        layer_name(shown),
        beside=pictures([square], height=46 * rows // pixels.shape[1]),
    )


def layer_name(shown: Stage) -> str:
    """The name of the layer whose maps are shown: a ReLU stands one after it."""
    section, _, number = shown.name.partition(".")
    return f"{section}.{int(number) - 1}" if isinstance(shown.layer, nn.ReLU) else shown.name


def pictures(urls: list[str], sharp: bool = False, height: int = 46) -> str:
    """Pictures of one size, ``height`` for a width of 46; ``sharp`` edges between their pixels, where they are enlarged."""
    picture = f'<img class="dark-light" src="{{}}" alt="" width="46" height="{height}">'
    return f'<span class="maps{" sharp" * sharp}" aria-hidden="true">{"".join(map(picture.format, urls))}</span>'
