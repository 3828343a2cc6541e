"""Feature maps and filters, one pixel a number: small files, sharp at every size."""

from collections.abc import Sequence

import numpy as np
import torch

from insidecnn.figures.picture import Picture, encode

CLEAR = 255  # the palette's last colour is the transparent gap between tiles


def ramp(*stops: str) -> np.ndarray:
    """A palette of 255 colours that runs through ``stops`` (hex), and a transparent one: (256, 4) uint8."""
    colours = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in stops], float)
    places = np.linspace(0, len(stops) - 1, 255)
    channels = [np.interp(places, range(len(stops)), colours[:, c]) for c in range(3)]
    opaque = np.column_stack([*channels, np.full(255, 255)]).round().astype(np.uint8)
    return np.vstack([opaque, [[128, 128, 128, 0]]]).astype(np.uint8)


# The one palette of all maps, here, in the lab and on the front page. Zero is dark, and lightness rises with the size
# of a number, so that nothing looks strong but what is large: yellow above zero, blue below. A map without negative
# numbers has the upper half alone: a ReLU leaves the yellow as it was, and makes the blue dark.
PALETTE = ramp(
    "#a8dcff", "#5aa9f0", "#2468b8", "#153a6b", "#0b1020", "#4d3d10", "#957612", "#d6b41f", "#fff04d"
)  # fmt: skip


def levels(numbers: torch.Tensor, most: torch.Tensor | float) -> np.ndarray:
    """The places in the palette of numbers from ``-most`` to ``most``: uint8, 127 for zero, 254 for ``most``."""
    return ((numbers / most / 2 + 0.5) * 254).round().byte().numpy()


def arrange(tiles: Sequence[np.ndarray], columns: int, fill, gap: int = 1) -> np.ndarray:
    """Lay tiles (h, w, …) in rows of ``columns``, with ``gap`` pixels between them.

    Each column is as wide as its widest tile, each row as high as its highest; the rest is ``fill``.
    """
    heights = [max(len(tile) for tile in tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    widths = [max((tile.shape[1] for tile in tiles[c::columns]), default=tiles[0].shape[1]) for c in range(columns)]
    shape = sum(heights) + gap * (len(heights) - 1), sum(widths) + gap * (columns - 1), *tiles[0].shape[2:]
    sheet = np.full(shape, fill, tiles[0].dtype)
    for i, tile in enumerate(tiles):
        row, column = divmod(i, columns)
        top, left = sum(heights[:row]) + gap * row, sum(widths[:column]) + gap * column
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def feature_maps(
    maps: torch.Tensor, name: str, first: int = 32, columns: int = 8, what: str = "feature maps", together: bool = False
) -> Picture:
    """The first channels of a stage, side by side: yellow above zero, dark at zero, blue below.

    Each is scaled by its own largest number (without its sign), so that its pattern can be seen even where it is weak.

    Args:
        maps: (1, C, H, W) or (C, H, W).
        name: of the stage, for the alt text: ``"conv1"``.
        first: how many channels to draw.
        what: the channels are, for the alt text.
        together: scale all that are drawn by the largest number of them all, where they are to be compared.
    """
    maps = maps.detach()[0] if maps.dim() == 4 else maps.detach()
    channels, height, width = maps.shape
    maps = maps[:first].float()
    largest = maps.abs().amax(None if together else (1, 2), keepdim=True).clamp_min(1e-12)  # (C, 1, 1) or (1, 1, 1)
    sheet = arrange(levels(maps, largest), columns, CLEAR)
    scaled, whose = ("all scaled", "their") if together else ("each scaled", "its own")
    dead = int((maps.amax((1, 2)) == maps.amin((1, 2))).sum())
    count = f"{f'first {len(maps)} of ' if len(maps) < channels else ''}{channels} {what}"
    alt = (
        f"The {count if channels > 1 else what.removesuffix('s')} of {name}, "
        f"{height} by {width} cells{' each' if channels > 1 else ''}, "
        f"{'blue below zero, ' if (maps < 0).any() else ''}dark at zero, yellow above"
        f"{f', {scaled} by {whose} largest number' if len(maps) > 1 else ''}"
        f"{f'; {dead} of them the same everywhere' if dead else ''}."
    )
    return encode(sheet, alt, palette=PALETTE)


def likeness(rows: torch.Tensor, name: str, shades: int = 25) -> Picture:
    """The cosine between each two of ``rows`` (N, D), as N × N pixels: blue below zero, dark at zero, yellow above.

    Args:
        name: what the rows are, for the alt text.
        shades: so few that the file of a large picture stays small.
    """
    directions = torch.nn.functional.normalize(rows.detach().float(), dim=1)
    cosines = directions @ directions.T
    steps = (shades - 1) // 2  # on either side of zero
    shown = (cosines.clamp(-1, 1) * steps).round() / steps
    others = cosines[~torch.eye(len(rows), dtype=torch.bool)]
    alt = (
        f"How much alike {name} are: the cosine between each two of the {len(rows)}, blue below zero, dark at zero, "
        f"yellow above; between different ones it runs from {others.min():.2f} to {others.max():.2f}."
    )
    return encode(levels(shown, 1), alt, palette=PALETTE)


def as_colours(weight: torch.Tensor) -> np.ndarray:
    """Filters (n, 3, kH, kW) as colours (n, kH, kW, 3) uint8, each stretched around grey, which is zero."""
    weight = weight.detach()
    shares = weight / weight.abs().amax((1, 2, 3), keepdim=True) / 2 + 0.5
    return (shares * 255).round().byte().permute(0, 2, 3, 1).numpy()


def filters(weight: torch.Tensor, name: str, first: int = 32, columns: int = 8) -> Picture:
    """First-layer filters (C_out, 3, kH, kW) as colour tiles."""
    tiles = as_colours(weight[:first])
    opaque = np.full((*tiles.shape[:3], 1), 255, np.uint8)
    alt = (
        f"{len(tiles)} filters of {name}: colour tiles of {tiles.shape[1]} by {tiles.shape[2]} pixels; "
        "grey is a weight of zero."
    )
    return encode(arrange(np.concatenate([tiles, opaque], 3), columns, 0), alt)
