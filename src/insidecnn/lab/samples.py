"""The photographs that the lab offers, small: JPEG files whose shorter side is what the network's input is cut from."""

import io

import numpy as np
import torch
from PIL import Image

from insidecnn import photos, preprocess

#: name → title; all but the last come with ordinary libraries, see :data:`insidecnn.photos.SAMPLES`
NAMES = ("chelsea", "coffee", "hopper", "china", "flower", "rocket", "brick", "rings")
QUALITY = 80
SIZE, RESIZE_TO = 224, 256  # of the network's input, and of the photograph's shorter side before it is cut


def rings(size: int = 256) -> Image.Image:
    """Every direction and many widths of stripes in one picture: what orientation does a filter answer to?"""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    radius = np.hypot(x, y)
    waves = 0.5 + 0.5 * np.cos(radius**2 * np.pi / (1.6 * size)) * (radius < size / 2)
    return Image.fromarray((waves * 255).round().astype(np.uint8)).convert("RGB")


def title(name: str) -> str:
    return "Rings" if name == "rings" else photos.CREDITS[name].title


def licence(name: str) -> str:
    return "drawn by this book" if name == "rings" else f"{photos.SAMPLES[name].licence}, cropped and scaled"


def uri(name: str) -> str | None:
    """Where the licence's text stands, or a page that says it."""
    return None if name == "rings" else photos.CREDITS[name].uri


def small(name: str) -> Image.Image:
    """A sample photograph with a shorter side of 256 pixels, and at most half as much on the longer one."""
    image = rings() if name == "rings" else preprocess.resize(photos.read(photos.path(name)))
    width, height = image.size
    left, top = max(0, (width - 384) // 2), max(0, (height - 384) // 2)
    return image.crop((left, top, min(width, left + 384), min(height, top + 384)))


def jpeg(name: str) -> bytes:
    """The file that the site serves, with its credit inside; the same bytes at every build with the same Pillow."""
    file = io.BytesIO()
    text = f", {uri(name)}" if uri(name) else ""  # CC BY: its address with every copy
    small(name).save(file, "JPEG", quality=QUALITY, optimize=True, comment=f"{title(name)}: {licence(name)}{text}")
    return file.getvalue()


def tensor(name: str) -> torch.Tensor:
    """What the network takes of a sample's JPEG file: (1, 3, 224, 224)."""
    return preprocess.preprocess(Image.open(io.BytesIO(jpeg(name))).convert("RGB"), SIZE, RESIZE_TO)


def thumbnail(name: str, side: int = 56) -> bytes:
    """A small square of it, JPEG."""
    image = preprocess.center_crop(small(name)).resize((side, side), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70, optimize=True)
    return file.getvalue()
