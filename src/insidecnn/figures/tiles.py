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


# Lightness rises with the value from end to end, so that nothing looks strong but what is large: after a
# ReLU dark is zero; in a signed map dark blue is the most negative, grey is zero, bright yellow the most positive.
SEQUENTIAL = ramp("#0b1020", "#1d3f72", "#2a7f8e", "#6cc067", "#f6e620")
DIVERGING = ramp("#00174f", "#24509c", "#808080", "#c9a227", "#fff04d")


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
    maps: torch.Tensor, name: str, first: int = 32, columns: int = 8, what: str = "feature maps"
) -> Picture:
    """The first channels of a stage, side by side, each scaled to its own range.

    A map without negative values (after a ReLU) runs from dark at 0 to bright at its largest value;
    a signed one is grey at 0.

    Args:
        maps: (1, C, H, W) or (C, H, W).
        name: of the stage, for the alt text: ``"conv1"``.
        first: how many channels to draw.
        what: the channels are, for the alt text.
    """
    maps = maps.detach()[0] if maps.dim() == 4 else maps.detach()
    channels, height, width = maps.shape
    maps = maps[:first].float()
    signed = bool((maps < 0).any())
    largest = maps.abs().amax((1, 2), keepdim=True).clamp_min(1e-12)  # (C, 1, 1)
    shares = maps / largest / 2 + 0.5 if signed else maps / largest
    sheet = arrange((shares * 254).round().byte().numpy(), columns, CLEAR)
    dead = int((maps.amax((1, 2)) == maps.amin((1, 2))).sum())
    alt = (
        f"The {f'first {len(maps)} of ' if len(maps) < channels else ''}{channels} {what} of {name}, "
        f"{height} by {width} cells each, "
        f"{'blue below zero, grey at zero, yellow above' if signed else 'dark at zero, bright where strong'}"
        f"{f'; {dead} of them the same everywhere' if dead else ''}."
    )
    return encode(sheet, alt, palette=DIVERGING if signed else SEQUENTIAL)


def likeness(rows: torch.Tensor, name: str, shades: int = 24) -> Picture:
    """The cosine between each two of ``rows`` (N, D), as N × N pixels: blue below zero, grey at zero, yellow above.

    Args:
        name: what the rows are, for the alt text.
        shades: so few that the file of a large picture stays small.
    """
    directions = torch.nn.functional.normalize(rows.detach().float(), dim=1)
    cosines = directions @ directions.T
    level = ((cosines.clamp(-1, 1) / 2 + 0.5) * (shades - 1)).round() / (shades - 1)
    others = cosines[~torch.eye(len(rows), dtype=torch.bool)]
    alt = (
        f"How much alike {name} are: the cosine between each two of the {len(rows)}, blue below zero, grey at zero, "
        f"yellow above; between different ones it runs from {others.min():.2f} to {others.max():.2f}."
    )
    return encode((level * 254).round().byte().numpy(), alt, palette=DIVERGING)


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
        f"{len(tiles)} filters of {name} as colour tiles of {tiles.shape[1]} by {tiles.shape[2]} pixels; "
        "grey is a weight of zero."
    )
    return encode(arrange(np.concatenate([tiles, opaque], 3), columns, 0), alt)
