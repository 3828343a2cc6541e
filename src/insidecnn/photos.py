"""Photographs: the samples that ordinary libraries ship, and how to read a file safely."""

import os
import re
import stat
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

from insidecnn.checks import told, whole
from insidecnn.credits import CREDITS, Credit, credit

__all__ = ["CREDITS", "SAMPLES", "PhotoError", "Sample", "credit", "path", "read"]


@dataclass(frozen=True)
class Sample:
    """A sample photograph: where it is installed, whose it is, and whether it has an up and a down."""

    package: str
    file: str
    credit: Credit
    upright: bool = False  # gravity or writing says which way is up

    @property
    def title(self) -> str:
        return self.credit.title

    @property
    def licence(self) -> str:
        """Author and licence, as a caption says them; :func:`credit` has the licence's address too."""
        return f"{self.credit.author}, {self.credit.licence}"


# their order is that of the classes of the embedded network's head "photo"
SAMPLES = {
    name: Sample(package, file, CREDITS[name], upright)
    for name, package, file, upright in (
        ("astronaut", "skimage", "data/astronaut.png", True),
        ("brick", "skimage", "data/brick.png", True),
        ("camera", "skimage", "data/camera.png", True),
        ("cell", "skimage", "data/cell.png", False),
        ("chelsea", "skimage", "data/chelsea.png", True),
        ("china", "sklearn", "datasets/images/china.jpg", True),
        ("coffee", "skimage", "data/coffee.png", True),
        ("coins", "skimage", "data/coins.png", True),
        ("flower", "sklearn", "datasets/images/flower.jpg", False),
        ("grass", "skimage", "data/grass.png", False),
        ("gravel", "skimage", "data/gravel.png", False),
        ("hopper", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg", True),
        ("hubble", "skimage", "data/hubble_deep_field.jpg", False),
        ("ihc", "skimage", "data/ihc.png", False),
        ("retina", "skimage", "data/retina.jpg", False),
        ("rocket", "skimage", "data/rocket.jpg", True),
        ("text", "skimage", "data/text.png", True),
    )
}


def path(name: str) -> Path:
    """The file of a sample photograph, found without importing the library that ships it.

    Raises:
        ValueError: no sample of that name.
        ModuleNotFoundError: the library that ships it is not installed.
    """
    if not isinstance(name, str) or name not in SAMPLES:
        raise ValueError(f"There is no sample photograph {told(name)}; choose one of {', '.join(SAMPLES)}.")
    sample = SAMPLES[name]
    spec = find_spec(sample.package)
    if spec is None:
        pip_name = {"skimage": "scikit-image", "sklearn": "scikit-learn"}.get(sample.package, sample.package)
        raise ModuleNotFoundError(f"The photograph {name!r} comes with {pip_name}; run pip install {pip_name}.")
    return Path(spec.submodule_search_locations[0]) / sample.file


class PhotoError(ValueError):
    """A file that cannot be read as a photograph; the sentence says why, and what to do."""


# What a file is, by its first bytes, whatever its name. Pillow's own classes, since Image.open refuses a
# large picture before one can ask for its size; None where the format is known but not read.
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
        PhotoError: not an image, another format, too large, cut short or damaged, or no file on disk.
        ValueError: no path, an unknown decoder, a background that is no colour, or a limit below 1.
    """
    if not isinstance(decoder, str) or decoder not in DECODERS:
        raise ValueError(f"decoder is {told(decoder)}; it must be one of {', '.join(map(repr, DECODERS))}.")
    colour = checked_colour(background)
    max_pixels = whole("max_pixels", max_pixels, least=1)
    file, kind, header_class = checked_file(file, 8 * max_pixels + METADATA)
    data = file.read_bytes()
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


METADATA = 16 << 20  # bytes that a file may hold beside its pixels, of which each takes 8 at most


def checked_file(file: str | PathLike, most: int) -> tuple[Path, str, type[ImageFile]]:
    """A file of at most ``most`` bytes, the name of its format and Pillow's class for it; little is read."""
    if not isinstance(file, str | PathLike) or not isinstance(os.fspath(file), str) or "\0" in os.fspath(file):
        raise ValueError(f"file is {told(file)}; it must be the path of a photograph, as a str or a Path.")
    if re.match(r"\w+://", os.fspath(file)):
        raise PhotoError(f"{file} is an address, not a file; download it first, and give the path.")
    file = Path(file)
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(f"{file} is a folder; give the path of one photograph in it.")
        if not stat.S_ISREG(status.st_mode):  # to read from these may never end
            raise PhotoError(f"{file} is a pipe or a device; give the path of a file on disk.")
        with file.open("rb") as opened:
            kind, header_class = recognise(opened.read(16), file)
    except (IsADirectoryError, PhotoError):
        raise
    except (FileNotFoundError, NotADirectoryError):
        where = f"check the name, and the folder you are in: {Path.cwd()}"
        raise FileNotFoundError(f"There is no file {file}; {where}.") from None
    except OSError as error:
        raise PhotoError(f"{file} cannot be read ({error.strerror}); check the path, or copy it again.") from None
    if status.st_size > most:
        raise PhotoError(
            f"{file} has {status.st_size:,} bytes, more than the {most:,} that max_pixels leaves room for; "
            "make it smaller, or raise max_pixels."
        )
    return file, kind, header_class


def checked_colour(background) -> np.ndarray:
    with suppress(Exception):  # NumPy raises much at what is no array
        colour = np.asarray(background)
        if colour.shape == (3,) and colour.dtype.kind in "iu" and colour.min() >= 0 and colour.max() <= 255:
            return colour
    raise ValueError(f"background is {told(background)}; it must be three integers from 0 to 255: red, green, blue.")


def recognise(start: bytes, file: Path) -> tuple[str, type[ImageFile]]:
    """The name of a file's format, by its first bytes, and Pillow's class for it."""
    supported = "PNG, JPEG, WebP or BMP"
    if not start:
        raise PhotoError(f"{file} is empty (0 bytes); copy or download it again.")
    for kind, (signature, header_class) in FORMATS.items():
        if re.match(signature, start, re.DOTALL):
            if header_class is None:
                raise PhotoError(f"{file} is a {kind} file; save it as {supported} first.")
            return kind, header_class
    raise PhotoError(f"{file} is not an image, it starts with {start[:12]!r}; give a {supported} file.")


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
    if header.format == "PNG":
        decode_cv2(data, header)  # it counts the rows; Pillow makes missing ones black
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
