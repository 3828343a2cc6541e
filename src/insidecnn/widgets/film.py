"""A film of a first layer's filters, frame by frame, beside the loss of the training."""

import html
from collections.abc import Sequence

import numpy as np
import torch

from insidecnn.figures import chart, tiles
from insidecnn.figures.picture import Picture, encode
from insidecnn.widgets.widget import Widget

COLUMNS = 8
STILLS = 4  #: frames that readers see where no script runs
SHADES = 16  #: of red, green and blue in the pictures: noise in 256 shades would make large files


def film(
    frames: torch.Tensor,
    steps: Sequence[int],
    curve: dict[str, list],
    title: str = "The filters of conv1, from noise",
) -> Widget:
    """Frames of filters to scrub through, and the losses with the frame's step marked.

    Args:
        frames: (F, N, 3, h, w), the filters' weights; each filter is stretched around grey, which is zero.
        steps: (F,), the training step of each frame, rising.
        curve: ``step``, rising, to the last frame's; ``loss`` and ``unseen``, of the same length.

    Raises:
        ValueError: frames and steps, or the curve's parts, that do not fit each other.
    """
    if frames.dim() != 5 or len(frames) != len(steps) or not len(steps) >= 2:
        raise ValueError(
            f"frames has shape {tuple(frames.shape)} with {len(steps)} steps; give (F, N, 3, h, w) and F steps."
        )
    lengths = {name: len(curve[name]) for name in ("step", "loss", "unseen")}
    if len(set(lengths.values())) != 1 or list(steps) != sorted(set(steps)) or curve["step"][-1] != steps[-1]:
        raise ValueError(f"The curve has parts of {lengths}; they must be alike, and end with the last frame.")
    colours = [tiles.as_colours(frame) / 255 * (SHADES - 1) for frame in frames]
    colours = [(tile.round() / (SHADES - 1) * 255).round().astype(np.uint8) for tile in colours]
    sheets = [tiles.arrange(tile, COLUMNS, 128) for tile in colours]
    name = f"{frames.shape[1]} filters of {frames.shape[3]} by {frames.shape[4]} pixels"
    sprite = encode(np.concatenate(sheets), f"{name}, {len(steps)} times.")
    chosen = [round(k * (len(steps) - 1) / (STILLS - 1)) for k in range(STILLS)]
    stills = [
        f"<figure>{image(encode(sheets[k], f'The {name} after {steps[k]:,} steps.'))}"
        f"<figcaption>step {steps[k]:,}</figcaption></figure>"
        for k in chosen
    ]
    words = " ".join(at(k, steps, curve) for k in (chosen[1], chosen[-1]))
    drawn = chart.lines(
        curve["step"],
        {"in training": curve["loss"], "on unseen things": curve["unseen"]},
        f"Loss over the steps, in training and on unseen things. {words}",
        "step",
        "loss",
    )
    static = f'<div class="stills">{"".join(stills)}</div>{drawn.svg}<p>{words}</p>'
    height, width = sheets[0].shape[:2]
    data = {"sprite": sprite.url, "width": width, "height": height, "name": name, "steps": list(steps)}
    data["curve"] = {part: curve[part] for part in lengths}
    scripts = ("widgets/stepper", "widgets/frames", "widgets/film")
    return Widget("film", title, data, static, words, id="film-of-conv1", scripts=scripts, sheet="widgets/film")


def at(k: int, steps: Sequence[int], curve: dict[str, list]) -> str:
    """What is known of a frame: its step, and the losses of the first point of the curve that is not before it."""
    point = next(i for i, step in enumerate(curve["step"]) if step >= steps[k])
    return (
        f"Frame {k + 1} of {len(steps)}, after step {steps[k]}: loss {curve['loss'][point]:.2f} in training, "
        f"{curve['unseen'][point]:.2f} on unseen things (at step {curve['step'][point]})."
    )


def image(picture: Picture) -> str:
    """The picture as an element that shows its pixels sharp."""
    return (
        f'<img class="pixels dark-light" src="{picture.url}" alt="{html.escape(picture.alt)}" '
        f'width="{picture.width}" height="{picture.height}">'
    )
