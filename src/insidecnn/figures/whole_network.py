"""AlexNet at once, filled with what it made of one photograph: every stage, its strongest maps, its answer."""

import html
from math import log2, sqrt

import numpy as np
from torch import nn

from insidecnn.alexnet import Stage
from insidecnn.arithmetic import pair
from insidecnn.figures.network import Drawing
from insidecnn.figures.photo import scaled
from insidecnn.figures.picture import encode
from insidecnn.figures.tiles import CLEAR, DIVERGING, SEQUENTIAL, arrange

FRONT = 60  # height of a map of 224 × 224 on the paper, in the drawing's pixels
STEP = 1.7  # from one sheet of a block to the next
PAPER = 76  # side of the square in which a block is drawn
MAPS = 4  # enlarged for each stage


def draw(stages: list[Stage], pixels: np.ndarray, said: dict[str, float], links: dict[str, str]) -> Drawing:
    """Draw the network, stage by stage, as a list that stands side by side where there is room and in rows on a phone.

    A block's height is the square root of its maps' height: 6 × 6 cells can still be seen beside 224 × 224
    pixels. It has one sheet for each doubling of the channels. On its front is the map with the largest
    mean, below it are the four with the largest means, all at one size. A ReLU's maps stand for those
    of the convolution or dense layer before it.

    Args:
        stages: what :func:`insidecnn.alexnet.stages` gives for one photograph.
        pixels: that photograph, (224, 224, 3) uint8, as the network got it.
        said: the most probable classes and their probabilities, the best first (:func:`insidecnn.answer.best`).
        links: from a layer's name (``features.0``) to where its stage leads; a name that is missing leads nowhere.
    """
    parts = chosen(stages)
    photo = block(image(encode(scaled(pixels, 2 * FRONT), "the photo", "photo").url, FRONT, FRONT), FRONT, 3)
    maps = [f'<li class="stage kind-3">{photo}{words("input", (3, *pixels.shape[:2]), "red, green, blue")}</li>']
    maps += [of_maps(*part, links) for part in parts if part[1].output.dim() == 4]
    vectors = [of_vector(*part, links) for part in parts if part[1].output.dim() == 2]
    best = "".join(
        f'<li><span style="--share: {p:.3f}">{html.escape(name)}</span> <b>{p:.1%}</b></li>' for name, p in said.items()
    )
    answer = f'<li class="stage answer"><span class="words"><b>answer</b></span><ol>{best}</ol></li>'
    sections = (
        f'<p class="section">features</p><ol class="features">{"".join(maps)}</ol>'
        f'<p class="section">classifier</p><ol class="dense">{"".join(vectors)}{answer}</ol>'
    )
    sizes = ", ".join(f"{title} {'×'.join(map(str, each.output.shape[1:]))}" for title, each, _ in parts)
    alt = (
        f"AlexNet from the input to the answer, with the maps of one photograph at every stage: {sizes}. "
        f"The heights of the blocks go by the square root. Its answer: {', '.join(said)}."
    )
    return Drawing(f'<div class="whole-network">{sections}</div>', alt)


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


def of_maps(title: str, shown: Stage, layer: nn.Module, links: dict[str, str]) -> str:
    """A convolution or a pooling as a list item: its block, its strongest maps, its words."""
    output = shown.output[0]  # (C, H, W)
    strongest = output[output.mean((1, 2)).topk(MAPS).indices]
    largest = strongest.amax((1, 2), keepdim=True).clamp_min(1e-12)
    maps = (strongest / largest * 254).round().byte().numpy()  # (4, H, W)
    side = maps.shape[1]
    picture = lambda tiles: encode(tiles, title, palette=SEQUENTIAL).url  # noqa: E731
    high = FRONT * sqrt(side / 224)
    front = image(picture(maps[0]), high, high, sharp=side < high)
    sheet = image(picture(arrange(list(maps), 2, CLEAR, gap=max(1, side // 12))), FRONT, FRONT, sharp=side < FRONT / 2)
    (height, width), (down, _) = pair(layer.kernel_size), pair(layer.stride)
    how = f"{height}×{width}" + (f", stride {down}" if down > 1 else "")
    return (
        f'<li class="stage kind-{"1" if isinstance(layer, nn.Conv2d) else "2"}">{block(front, high, len(output))}'
        f'<svg class="maps" viewBox="0 0 {FRONT} {FRONT}" aria-hidden="true">{sheet}</svg>'
        f"{words(title, tuple(output.shape), how, links.get(layer_name(shown)))}</li>"
    )


def of_vector(title: str, shown: Stage, layer: nn.Module, links: dict[str, str]) -> str:
    """A dense layer, or what goes into the first, as a list item: its numbers as a square, its words."""
    numbers = shown.output[0]  # (D,)
    rows = max(n for n in range(1, int(sqrt(len(numbers))) + 1) if len(numbers) % n == 0)
    signed = bool((numbers < 0).any())
    share = numbers / numbers.abs().max().clamp_min(1e-12)
    level = ((share / 2 + 0.5 if signed else share) * 254).round().byte().view(rows, -1)
    square = encode(level.numpy(), title, palette=DIVERGING if signed else SEQUENTIAL).url
    how = f"{layer.in_features:,} weights each" if isinstance(layer, nn.Linear) else ""
    return (
        f'<li class="stage kind-4"><svg class="vector" viewBox="0 0 {FRONT} {FRONT}" aria-hidden="true">'
        f"{image(square, FRONT, FRONT)}</svg>"
        f"{words(title, tuple(numbers.shape), how, links.get(layer_name(shown)))}</li>"
    )


def layer_name(shown: Stage) -> str:
    """The name of the layer whose maps are shown: a ReLU stands one after it."""
    section, _, number = shown.name.partition(".")
    return f"{section}.{int(number) - 1}" if isinstance(shown.layer, nn.ReLU) else shown.name


def words(title: str, shape: tuple[int, ...], how: str, link: str | None = None) -> str:
    """A stage's name, its shape and how its layer works."""
    name = f'<a href="{html.escape(link)}">{title}</a>' if link else title
    size = "×".join(map(str, shape)).replace("×", "×<wbr>", 1)
    return f'<span class="words"><b>{name}</b> <span>{size}</span> <i>{html.escape(how)}</i></span>'


def block(front: str, high: float, channels: int) -> str:
    """Sheets behind one another, as many as the channels have doublings; ``front`` is drawn on the first."""
    sheets = "".join(
        f'<rect x="{k * STEP:.1f}" y="{-k * STEP:.1f}" width="{high:.1f}" height="{high:.1f}"/>'
        for k in range(max(1, round(log2(channels))), 0, -1)
    )
    return (
        f'<svg class="block" viewBox="0 0 {PAPER} {PAPER}" aria-hidden="true">'
        f'<g transform="translate(1 {PAPER - 1 - high:.1f})">{sheets}{front}</g></svg>'
    )


def image(url: str, wide: float, high: float, sharp: bool = False) -> str:
    """A picture in a drawing; sharp edges between its pixels where they are enlarged."""
    way = ' style="image-rendering: pixelated"' if sharp else ""
    return f'<image href="{url}" width="{wide:.1f}" height="{high:.1f}" preserveAspectRatio="none"{way}/>'
