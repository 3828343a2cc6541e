"""A picture that a notebook and a page can show: its bytes, its words, its size."""

import base64
import html
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Picture:
    """An image file in memory.

    Args:
        data: WebP or JPEG bytes.
        mime: ``image/webp`` or ``image/jpeg``.
        alt: what the picture shows, in a sentence, for those who do not see it.
        width, height: in pixels.
        style: the page's class: ``photo`` is shown at its size, ``pixels`` as wide as the text and
            with sharp edges between its pixels; ``photo titled`` has letters in it.
        narrow: the same for narrow pages, in fewer columns.
    """

    data: bytes
    mime: str
    alt: str
    width: int
    height: int
    style: str
    narrow: "Picture | None" = None

    @property
    def url(self) -> str:
        """The file itself, as an address."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        sharp = "image-rendering: pixelated; width: 100%; max-width: 48em" if self.style == "pixels" else ""
        tag = f'<img src="{self.url}" alt="{html.escape(self.alt)}" style="{sharp}">'
        words = {"alt": self.alt, "class": f"{self.style} dark-light", "width": self.width, "height": self.height}
        if self.narrow:
            file = base64.b64encode(self.narrow.data).decode()
            words["narrow"] = {"data": file, "width": self.narrow.width, "height": self.narrow.height}
        # notebooks show the HTML; the page takes the file and the words
        data = base64.b64encode(self.data).decode()
        return {self.mime: data, "text/html": tag, "text/plain": f"<picture: {self.alt}>"}, {self.mime: words}


def encode(
    pixels: np.ndarray, alt: str, style: str = "pixels", palette: np.ndarray | None = None, quality: int = 72
) -> Picture:
    """Pixels as a picture; a photograph loses a little of its detail, anything else loses nothing.

    Args:
        pixels: (H, W, 3) or (H, W, 4) uint8 colours, or (H, W) uint8 numbers of ``palette``'s colours.
        palette: (up to 256, 4) uint8 RGBA.
        quality: of a photograph, 0 to 100.
    """
    image = Image.fromarray(pixels if palette is None else palette[pixels])
    file = io.BytesIO()
    image.save(file, "WebP", **({"quality": quality, "method": 6} if "photo" in style else {"lossless": True}))
    return Picture(file.getvalue(), "image/webp", alt, pixels.shape[1], pixels.shape[0], style)
