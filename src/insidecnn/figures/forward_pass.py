"""A photograph on its way through AlexNet in one wide figure: the strongest maps of each convolution, the answer."""

import html

import numpy as np
from torch import nn

from insidecnn.alexnet import Stage, receptive_field
from insidecnn.figures.network import Drawing
from insidecnn.figures.photo import scaled
from insidecnn.figures.picture import encode
from insidecnn.figures.tiles import PALETTE, levels

TASK = "Choose a map: it is laid over the photograph."  # shown where scripts run
MAPS = 3  # of each convolution
SIDE = 480  # pixels of the photograph: it is shown larger than the network gets it, on screens with small pixels


def draw(
    model: nn.Module,
    stages: list[Stage],
    pixels: np.ndarray,
    scene: str,
    said: dict[str, float],
    links: dict[str, str],
) -> Drawing:
    """Draw the photograph, the convolutions' strongest maps and the most probable classes.

    Strongest are the channels with the largest mean square after the ReLU. Each map is scaled by its own largest
    number. ``forward-pass.js`` plays the figure layer by layer and lays a map over the photograph, each cell
    around the middle of its receptive field; without a script all of it is seen at once.

    Args:
        model: torchvision's AlexNet.
        stages: what :func:`insidecnn.alexnet.stages` gives for one photograph.
        pixels: that photograph, (224, 224, 3) uint8, as the network got it.
        scene: what is on it, in a sentence.
        said: the most probable classes and their probabilities, the best first (:func:`insidecnn.answer.best`).
        links: from a convolution's name (``conv1``) to the page on it.
    """
    shown = [(k, stages[k + 1]) for k, each in enumerate(stages) if isinstance(each.layer, nn.Conv2d)]
    layers = [
        layer(f"conv{n}", stage, place(model, stages[k].name, stage.output.shape[-1], len(pixels)), links)
        for n, (k, stage) in enumerate(shown, 1)
    ]
    best = "".join(
        f'<li style="--share: {p:.3f}"><span>{html.escape(name)}</span> <b>{p:.1%}</b></li>' for name, p in said.items()
    )
    photo = encode(scaled(pixels, SIDE), scene, "photo")
    alt = (
        f"{scene} Beside it, from conv1 to conv{len(shown)}, the {MAPS} strongest feature maps of each convolution, and "
        f"AlexNet's answer: {', '.join(f'{name} {p:.1%}' for name, p in said.items())}."
    )
    body = (
        f'<div class="widget forward-pass"><p class="task">{TASK}</p><div class="photo"><img class="dark-light" src="{photo.url}" '
        f'alt="{html.escape(scene)}" width="{photo.width}" height="{photo.height}" fetchpriority="high"></div>'
        f'<ol class="layers">{"".join(layers)}</ol><ol class="answer">{best}</ol></div>'
        '<script defer src="../_static/widgets/forward-pass.js"></script>'
    )
    return Drawing(body, alt)


def place(model: nn.Module, name: str, cells: int, size: int) -> tuple[float, float]:
    """Where a square map lies on its photograph: its left edge and its width, as shares of the photograph's width.

    A cell lies around the middle of its receptive field and reaches half way to the next.
    """
    (left, _, right, _), (after, *_) = (receptive_field(model, name, (0, n), (size, size)) for n in (0, 1))
    jump = after - left
    return ((left + right) / 2 - jump / 2) / size, cells * jump / size


def layer(title: str, stage: Stage, where: tuple[float, float], links: dict[str, str]) -> str:
    """One convolution as a list item: its strongest maps, its name, its shape."""
    output = stage.output[0]  # (C, H, W)
    channels, height, width = output.shape
    pictures = []
    for channel in output.square().mean((1, 2)).topk(MAPS).indices.tolist():
        pixels = levels(output[channel], output[channel].max().clamp_min(1e-12))
        words = f"{title}, channel {channel} of {channels}: {height} × {width} cells, yellow where it responds."
        picture = encode(pixels, words, palette=PALETTE)
        pictures.append(f'<img class="dark-light" src="{picture.url}" alt="{words}" width="{width}" height="{height}">')
    name = f'<a href="{html.escape(links[title])}">{title}</a>' if title in links else title
    shape = f"{channels} maps<br>{height} × {width}"
    return (
        f'<li style="--left: {where[0]:.4f}; --wide: {where[1]:.4f}" '
        f'data-said="{title}: {channels} maps of {height} × {width}"><div class="maps">{"".join(pictures)}</div>'
        f'<p class="words"><b>{name}</b> <span>{shape}</span></p></li>'
    )
