"""A clip that plays in the page: its frames in one picture, to play, to step through and to scrub."""

import html
import io

import numpy as np
from PIL import Image

from insidecnn.checks import array, number, whole
from insidecnn.figures.picture import Picture
from insidecnn.widgets.widget import Widget

STILLS = 4  #: frames that readers see where no script runs
QUALITIES = (90, 80, 70, 60, 50)  #: of JPEG; the first one whose file is not too large is taken
LARGEST = 300_000  #: bytes of the picture of all frames
TALLEST = 65_500  #: pixels that a JPEG can be high


def player(
    frames: np.ndarray, alt: str, fps: float = 8, enlarge: int = 1, title: str = "A clip", id: str = "clip"
) -> Widget:
    """A clip that starts when the reader asks for it, and then plays round and round.

    What is to be seen on the frames, such as boxes, is drawn on them before.

    Args:
        frames: (T, H, W, 3) uint8 RGB.
        alt: what is to be seen, in a sentence or two, for those who do not see it.
        fps: frames a second.
        enlarge: how many pixels of the page a pixel of a frame is wide, where there is room.
        title: what it is, in a few words.
        id: in the page, where there are two clips.

    Raises:
        ValueError: frames of another form, no alt text, a rate or size that cannot be, or frames that fill more than
            300 KB or 65,500 lines together.
    """
    frames = array("frames", frames, "u", "whole numbers from 0 to 255")
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or not frames.size:
        raise ValueError(
            f"frames is of {frames.dtype} and shape {frames.shape}; give (T, H, W, 3) uint8, T at least 1."
        )
    if not alt.strip():
        raise ValueError("alt is empty; say what is to be seen in the clip.")
    fps, enlarge = number("fps", fps, 0, 60, open_below=True), whole("enlarge", enlarge, least=1)
    count, height, width = frames.shape[:3]
    chosen = sorted({round(k * (count - 1) / (STILLS - 1)) for k in range(STILLS)})
    stills = "".join(
        f"<figure>{still(frames[k], f'Frame {k + 1} of {count}. {alt}', enlarge)}<figcaption>frame {k + 1}</figcaption></figure>"
        for k in chosen
    )
    data = {"sprite": sheet(frames, alt).url, "width": width, "height": height, "frames": count}
    data |= {"fps": fps, "enlarge": enlarge, "alt": alt}
    words = f"A clip of {count} frames. {alt}"
    static = f'<div class="stills">{stills}</div><p>{html.escape(words)}</p>'
    scripts = ("widgets/stepper", "widgets/frames", "widgets/clip")
    return Widget("clip", title, data, static, words, id=id, scripts=scripts, sheet="widgets/clip")


def sheet(frames: np.ndarray, alt: str) -> Picture:
    """All frames (T, H, W, 3) uint8, one below the other, as a JPEG of at most 300 KB."""
    pixels = frames.reshape(-1, *frames.shape[2:])  # (T · H, W, 3)
    if len(pixels) > TALLEST:
        raise ValueError(f"The frames are {len(pixels):,} lines high together; give {TALLEST:,} at most.")
    for quality in QUALITIES:
        data = jpeg(pixels, quality)
        if len(data) <= LARGEST:
            return Picture(data, "image/jpeg", alt, pixels.shape[1], pixels.shape[0], "pixels")
    raise ValueError(f"The frames fill {len(data):,} bytes; give fewer or smaller ones, for {LARGEST:,} at most.")


def still(pixels: np.ndarray, alt: str, enlarge: int) -> str:
    """One frame (H, W, 3) uint8 as an element, up to half as large as it plays."""
    height, width = pixels.shape[:2]
    picture = Picture(jpeg(pixels, QUALITIES[0]), "image/jpeg", alt, width, height, "pixels")
    scale = max(1, enlarge / 2)
    return (
        f'<img class="pixels dark-light" src="{picture.url}" alt="{html.escape(alt)}" '
        f'width="{round(width * scale)}" height="{round(height * scale)}">'
    )


def jpeg(pixels: np.ndarray, quality: int) -> bytes:
    """Pixels (H, W, 3) uint8 as a file, with as much detail in the colours as in the brightness."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()
