"""Photographs of many kinds, made here: files that a reader may give to the lab."""

import functools
import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms


def scene(width, height, seed=0):
    """Smooth colours, hard edges and noise: what resizing and JPEG do to each differs."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(x / (7 + 3 * c) + y / (11 - c)) + np.cos((x * y) ** 0.5 / (5 + c)) for c in range(3)]
    pixels = 127 + 45 * np.stack(waves, 2)
    for _ in range(12):
        top, left = random.integers(0, height), random.integers(0, width)
        pixels[top : top + height // 5, left : left + width // 6] = random.integers(0, 256, 3)
    pixels[height // 3 : height // 2] += random.normal(0, 25, pixels[height // 3 : height // 2].shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def large(width, height, seed=0):
    """A scene of many megapixels: 16 smaller ones, of which each is mirrored or not."""
    tile = np.asarray(scene(width // 4, height // 4, seed))
    row = np.concatenate([tile, tile[:, ::-1], tile[::-1], tile[::-1, ::-1]], 1)
    return Image.fromarray(np.concatenate([row, row[:, ::-1], row[::-1], row[::-1, ::-1]], 0))


def profile():
    """A colour profile whose numbers mean other colours than sRGB's, as a camera's may."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    place = data.index(b"rXYZ", 128)  # its red is elsewhere
    offset = struct.unpack(">I", data[place + 4 : place + 8])[0]
    data[offset + 8 : offset + 20] = struct.pack(">iii", 0x9000, 0x5000, 0x0800)
    return bytes(data)


def jpeg(image, turn=None, **settings):
    exif = Image.Exif()
    if turn:
        exif[0x0112] = turn
    return encoded(image, "JPEG", quality=88, exif=exif, **settings)


def encoded(image, kind, **settings):
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def gamma(png):
    """A PNG that says how its numbers become light; Pillow does not listen."""
    body = b"gAMA" + struct.pack(">I", 100000)
    return png[:33] + struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body)) + png[33:]


MAKERS = {
    "png.png": lambda: encoded(scene(500, 333), "PNG"),
    "upright.png": lambda: encoded(scene(301, 517, 1), "PNG"),
    "grey.png": lambda: encoded(scene(400, 300, 2).convert("L"), "PNG"),
    "palette.png": lambda: encoded(scene(400, 300, 3).quantize(64), "PNG"),
    "profile.png": lambda: encoded(scene(400, 300, 3), "PNG", icc_profile=profile()),
    "gamma.png": lambda: gamma(encoded(scene(400, 300, 4), "PNG")),
    "444.jpg": lambda: jpeg(scene(640, 480, 5), subsampling=0),
    "420.jpg": lambda: jpeg(scene(641, 479, 6), subsampling=2),
    "progressive.jpg": lambda: jpeg(scene(640, 480, 7), subsampling=2, progressive=True),
    "profile.jpg": lambda: jpeg(scene(640, 480, 8), subsampling=2, icc_profile=profile()),
    "grey.jpg": lambda: jpeg(scene(640, 480, 9).convert("L")),
    **{
        f"turned-{turn}.jpg": lambda turn=turn: jpeg(scene(500, 320, turn), turn, subsampling=2) for turn in range(2, 9)
    },
    "lossless.webp": lambda: encoded(scene(480, 360, 10), "WEBP", lossless=True),
    "profile.webp": lambda: encoded(scene(480, 360, 21), "WEBP", lossless=True, icc_profile=profile()),
    "lossy.webp": lambda: encoded(scene(480, 360, 11), "WEBP", quality=80),
    "bmp.bmp": lambda: encoded(scene(320, 240, 12), "BMP"),
    "small.png": lambda: encoded(scene(40, 30, 13), "PNG"),
    "exact.png": lambda: encoded(scene(256, 256, 14), "PNG"),
    "odd.png": lambda: encoded(scene(257, 1000, 15), "PNG"),
    "tall.jpg": lambda: jpeg(scene(700, 2100, 20), subsampling=2),
    "one.png": lambda: encoded(Image.new("RGB", (1, 1), (200, 30, 90)), "PNG"),
    "strip.png": lambda: encoded(scene(20000, 10, 16), "PNG"),
    "wrong-name.png": lambda: jpeg(scene(300, 300, 17)),
    "12-megapixels.jpg": lambda: jpeg(large(4032, 3024, 18), subsampling=2),
    "48-megapixels.jpg": lambda: jpeg(large(8064, 6048, 19), subsampling=2),
}


@functools.cache
def photograph(name):
    """The bytes of a file."""
    return MAKERS[name]()
