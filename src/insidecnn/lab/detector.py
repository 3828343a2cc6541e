"""YOLO for the browser: its layers with batch norm folded into them, and people for things.js to draw."""

import json
from random import Random

import numpy as np

from insidecnn.lab import chunks, things
from insidecnn.world.draw import Look
from insidecnn.world.kinds import body
from insidecnn.world.patterns import FORMULAS
from insidecnn.world.people import clothes, layers, standing

SIZE, STRIDE = 128, 8  #: of the picture and of a cell, in pixels
FILE = "detector.bin"
PEOPLE = 6  #: who differ in clothes and pose
PERSON = things.COVER + 1  #: the number of a person; it is no class
FINEST = 10  #: pixels of a period of a person's pattern, at least, as in draw_person
EPS = 1e-5  #: of batch norm


def folded(parameters: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """(weight, bias) of each convolution, in order: batch norm is a factor and a summand for each channel.

    The last layer gets zeros up to a multiple of 8 channels.

    Args:
        parameters: the state of :class:`insidecnn.detection.yolo.Yolo`, by name.
    """
    found = []
    for name in [*sorted({key.rsplit(".", 2)[0] for key in parameters if key.startswith("trunk.")}), "head"]:
        weight = parameters[f"{name}.0.weight"].astype(np.float64)
        scale, shift, mean, variance = (
            parameters[f"{name}.1.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = scale / np.sqrt(variance + EPS)
        found.append((weight * factor[:, None, None, None], shift - mean * factor))
    weight, bias = (parameters[f"last.{part}"].astype(np.float64) for part in ("weight", "bias"))
    zeros = -len(bias) % chunks.BLOCK
    found.append((np.pad(weight, ((0, zeros), (0, 0), (0, 0), (0, 0))), np.pad(bias, (0, zeros))))
    return found


def file(parameters: dict[str, np.ndarray]) -> bytes:
    """All parameters for ``book/_static/widgets/detector-engine.js``."""
    return chunks.pack(*folded(parameters))


def stages(net) -> list[dict]:
    """One entry a convolution, for ``network.js``, which knows no dilation.

    A convolution with dilation d is d × d ordinary ones: on every d-th pixel in each direction. ``given`` and
    ``shape`` are those of one of them.
    """
    convolutions = [block[0] for block in net.trunk] + [net.head[0], net.last]
    found, side = [], SIZE
    for layer in convolutions:
        (stride, _), (dilation, _), (kernel, _) = layer.stride, layer.dilation, layer.kernel_size
        channels = layer.out_channels + -layer.out_channels % chunks.BLOCK
        part = side // dilation
        side //= stride
        found.append(
            {
                "kind": "Conv2d",
                "file": FILE,
                "given": (layer.in_channels, part, part),
                "shape": (channels, part // stride, part // stride),
                "kernel_size": kernel,
                "stride": stride,
                "padding": kernel // 2,
                "dilation": dilation,
            }
        )
    return found


def person(number: int) -> tuple[dict, object]:
    """The pose and the clothes of one of the people that the page draws."""
    random = Random(f"person {number}")
    worn = clothes(random)
    return standing(random), worn


def looks(number: int) -> list[Look]:
    """What is drawn of a person, one thing over the other, as :func:`insidecnn.world.people.draw_person` does it."""
    angles, worn = person(number)
    shape = body(angles, worn.plump)
    skin = Look(shape, "plain", (worn.skin, worn.skin), worn.period, (0, 0), (0, -0.1), (0.05, 0.06, 0.35))
    over = [
        Look(part, pattern, tones, worn.period, (0, 0), (0, -0.1), (0, 0, 0))
        for part, pattern, tones in layers(shape, worn)
    ]
    return [skin, *over]


def people() -> bytes:
    """What ``things.js`` draws people from, as JSON: of each person a list of looks."""
    names = list(FORMULAS)
    found = [
        [
            {
                "parts": [
                    [int(filled), *np.round(outline, 3).ravel().tolist()] for outline, filled in look.shape.parts
                ],
                "pattern": names.index(look.pattern),
                "tones": look.tones,
                "period": round(look.period, 4),
                "light": look.light,
                "shadow": look.shadow,
            }
            for look in looks(number)
        ]
        for number in range(PEOPLE)
    ]
    return json.dumps({"people": found, "finestOfPeople": FINEST}, separators=(",", ":")).encode()
