"""Photographs: the samples that ordinary libraries ship, and how to read a file safely."""

import re
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from os import PathLike
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags
from PIL.BmpImagePlugin import BmpImageFile
from PIL.Image import DecompressionBombError
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile


@dataclass(frozen=True)
class Sample:
    """A sample photograph: where it is installed, whose it is, and whether it has an up and a down."""

    package: str
    file: str
    title: str
    licence: str
    upright: bool = False  # gravity or writing says which way is up


SAMPLES = {
    "astronaut": Sample("skimage", "data/astronaut.png", "Eileen Collins", "NASA, public domain", True),
    "brick": Sample("skimage", "data/brick.png", "A brick wall", "CC0", True),
    "camera": Sample("skimage", "data/camera.png", "A photographer", "Lav Varshney, CC0", True),
    "cell": Sample("skimage", "data/cell.png", "A cell under the microscope", "CC0"),
    "chelsea": Sample("skimage", "data/chelsea.png", "Chelsea the cat", "Stefan van der Walt, CC0", True),
    "china": Sample("sklearn", "datasets/images/china.jpg", "A pavilion in Beijing", "danielbuechele, CC BY 2.0", True),
    "coffee": Sample("skimage", "data/coffee.png", "A cup of coffee", "Rachel Michetti, CC0", True),
    "coins": Sample(
        "skimage", "data/coins.png", "Greek coins from Pompeii", "Brooklyn Museum, no known restrictions", True
    ),
    "flower": Sample("sklearn", "datasets/images/flower.jpg", "A dahlia", "vultilion, CC BY 2.0"),
    "grass": Sample("skimage", "data/grass.png", "Grass", "CC0"),
    "gravel": Sample("skimage", "data/gravel.png", "Gravel", "CC0"),
    "hopper": Sample(
        "matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "Grace Hopper", "US Navy, public domain", True
    ),
    "hubble": Sample("skimage", "data/hubble_deep_field.jpg", "Hubble eXtreme Deep Field", "NASA, public domain"),
    "ihc": Sample("skimage", "data/ihc.png", "Stained tissue", "CMMI, no known restrictions"),
    "retina": Sample("skimage", "data/retina.jpg", "The back of an eye", "CC0"),
    "rocket": Sample("skimage", "data/rocket.jpg", "A rocket on its pad", "SpaceX, public domain", True),
    "text": Sample("skimage", "data/text.png", "Handwritten formulas", "public domain", True),
}


def path(name: str) -> Path:
    """The file of a sample photograph, found without importing the library that ships it.

    Raises:
        ValueError: no sample of that name.
        ModuleNotFoundError: the library that ships it is not installed.
    """
    if name not in SAMPLES:
        raise ValueError(f"There is no sample photograph {name!r}; choose one of {', '.join(SAMPLES)}.")
    sample = SAMPLES[name]
    spec = find_spec(sample.package)
    if spec is None:
        pip_name = {"skimage": "scikit-image", "sklearn": "scikit-learn"}.get(sample.package, sample.package)
        raise ModuleNotFoundError(f"The photograph {name!r} comes with {pip_name}; run pip install {pip_name}.")
    return Path(spec.submodule_search_locations[0]) / sample.file


class PhotoError(ValueError):
    """A file that cannot be read as a photograph; the sentence says why, and what to do."""


# What a file is, by its first bytes: names lie. Pillow's own classes, since Image.open refuses a large
# picture before one can ask for its size; None where the format is known but not read.
FORMATS = {
    "PNG": (rb"\x89PNG\r\n\x1a\n", PngImageFile),
    "JPEG": (rb"\xff\xd8\xff", JpegImageFile),
    "WebP": (rb"RIFF....WEBP", WebPImageFile),
    "BMP": (rb"BM....\0\0\0\0", BmpImageFile),
    "GIF": (rb"GIF8", None),
    "TIFF": (rb"II\*\0|MM\0\*", None),
    "HEIC or AVIF": (rb"....ftyp(he|mif|msf|avi)", None),
}


def read(
    file: str | PathLike, *, decoder: str = "cv2", background=(255, 255, 255), max_pixels: int = 50_000_000
) -> np.ndarray:
    """Read a PNG, JPEG, WebP or BMP file as H×W×3 uint8 RGB.

    The photograph is turned upright by its EXIF orientation; grey becomes three equal channels and
    CMYK becomes RGB; 16 bits are scaled to 8 by ``round(value / 257)``; transparent pixels are laid
    over ``background``; of an animation the first frame is read. Colour profiles are not applied.

    Args:
        file: its path; what it holds decides its format, not its name.
        decoder: ``"cv2"`` or ``"pillow"``; both give the same pixels (CMYK: within a few levels).
        background: RGB from 0 to 255, seen where the photograph is transparent.
        max_pixels: the largest H·W; checked before any pixel is decoded.

    Raises:
        FileNotFoundError, IsADirectoryError: no such file, or a folder.
        PhotoError: not an image, another format, too large, cut short or damaged.
        ValueError: an unknown decoder, or a background that is no colour.
    """
    if decoder not in DECODERS:
        raise ValueError(f"decoder is {decoder!r}; it must be one of {', '.join(map(repr, DECODERS))}.")
    colour = np.asarray(background)
    if colour.shape != (3,) or colour.dtype.kind not in "iu" or colour.min() < 0 or colour.max() > 255:
        raise ValueError(f"background is {background!r}; it must be three integers from 0 to 255: red, green, blue.")
    file = Path(file)
    if file.is_dir():
        raise IsADirectoryError(f"{file} is a folder; give the path of one photograph in it.")
    if not file.exists():
        raise FileNotFoundError(f"There is no file {file}; check the name, and the folder you are in: {Path.cwd()}.")
    data = file.read_bytes()
    kind, header_class = recognise(data, file)
    try:
        header = header_class(BytesIO(data))  # reads no pixel yet
        pixel_count = header.width * header.height
        if pixel_count <= max_pixels:
            header_class(BytesIO(data)).verify()  # a PNG's checksums; decoders differ in what they let pass
            pixels = DECODERS[decoder](data, header)
            turn = orientation(header)
    except DecompressionBombError as error:  # WebP only, from 179 million pixels on
        raise PhotoError(
            f"{file}: {error} Make it smaller, or raise max_pixels and PIL.Image.MAX_IMAGE_PIXELS."
        ) from None
    except Exception as error:  # damage makes decoders raise nearly everything there is
        raise PhotoError(f"{file} is a {kind} file cut short or damaged; copy or download it again.") from error
    if pixel_count > max_pixels:
        raise PhotoError(
            f"{file} has {header.width} × {header.height} = {pixel_count:,} pixels, more than the limit of "
            f"{max_pixels:,}; make it smaller, or pass max_pixels={pixel_count}."
        )
    return finish(pixels, header.info.get("transparency"), colour, turn)


def recognise(data: bytes, file: Path) -> tuple[str, type[ImageFile]]:
    """The name of a file's format and Pillow's class for it."""
    supported = "PNG, JPEG, WebP or BMP"
    if not data:
        raise PhotoError(f"{file} is empty (0 bytes); copy or download it again.")
    for kind, (signature, header_class) in FORMATS.items():
        if re.match(signature, data, re.DOTALL):
            if header_class is None:
                raise PhotoError(f"{file} is a {kind} file; save it as {supported} first.")
            return kind, header_class
    raise PhotoError(f"{file} is not an image, it starts with {data[:12]!r}; give a {supported} file.")


def decode_cv2(data: bytes, header: ImageFile) -> np.ndarray:
    """The stored pixels: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA; uint8 or uint16."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise OSError("OpenCV decodes nothing")
    return pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]  # from BGR or BGRA


# Of 16-bit colours Pillow unpacks the high bytes only; a second pass with this packing has the low
# bytes in these channels.
LOW_BYTES = {
    "RGB;16B": ("RGB;16L", [0, 1, 2]),
    "RGBA;16B": ("RGBA;16L", [0, 1, 2, 3]),
    "LA;16B": ("RGBA", [1, 1, 1, 3]),
}


def decode_pillow(data: bytes, header: ImageFile) -> np.ndarray:
    """As :func:`decode_cv2`."""
    packing = header.tile[0][3] if header.format == "PNG" else None
    if packing in LOW_BYTES:
        low = type(header)(BytesIO(data))
        low_packing, channels = LOW_BYTES[packing]
        low.tile = [(*low.tile[0][:3], low_packing)]
        return np.array(header, np.uint16) << 8 | np.array(low)[..., channels]
    if header.info.get("default_image"):  # an animated PNG's stand-in for programs that show no animations
        header.seek(1)
    mode = {"1": "L", "LA": "RGBA", "P": "RGBA", "CMYK": "RGB"}.get(header.mode, header.mode)
    return np.array(header.convert(mode))


DECODERS = {"cv2": decode_cv2, "pillow": decode_pillow}


def orientation(header: ImageFile) -> int:
    """EXIF's number for which way is up; 1 (as stored) where there is none, or where it is damaged."""
    with suppress(Exception):  # a photograph is whole without its EXIF data
        return header.getexif().get(ExifTags.Base.Orientation, 1)
    return 1


def finish(pixels: np.ndarray, key: int | tuple | None, background: np.ndarray, turn: int) -> np.ndarray:
    """Stored pixels to H×W×3 uint8; ``key`` is the grey or colour that stands for transparent, if any."""
    if pixels.ndim == 2:
        pixels = np.stack([pixels] * 3, axis=2)
    if key is not None and pixels.shape[2] == 3:
        alpha = (pixels != key).any(axis=2) * np.iinfo(pixels.dtype).max
        pixels = np.dstack([pixels, alpha.astype(pixels.dtype)])
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if pixels.shape[2] == 4:
        colour, alpha = np.split(pixels.astype(np.uint16), [3], axis=2)
        pixels = ((colour * alpha + background.astype(np.uint16) * (255 - alpha) + 127) // 255).astype(np.uint8)
    if turn in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
