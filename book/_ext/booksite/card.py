"""The picture that stands beside a shared link: the photograph of the front page, its maps, the network's answer."""

import re
from base64 import b64decode
from html import unescape
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)
MOST = 100_000  #: bytes
PAPER, INK, PALE, BAR = "#0b1020", "#f2f5f9", "#aeb6c2", "#96520a"
EDGE, PHOTO = 52, 526
FONTS = Path(__file__).parents[2] / "_static/fonts"


def font(name: str, size: int, weight: int = 0) -> ImageFont.FreeTypeFont:
    """One of the book's faces."""
    face = TTFont(FONTS / f"inside-{name}.woff2")
    face.flavor = None
    file = BytesIO()
    face.save(file)
    file.seek(0)
    found = ImageFont.truetype(file, size)
    if weight:
        found.set_variation_by_axes([weight])
    return found


def picture(url: str) -> Image.Image:
    return Image.open(BytesIO(b64decode(url.partition(",")[2]))).convert("RGB")


def wrapped(words: str, face: ImageFont.FreeTypeFont, width: int) -> str:
    """The words in lines of at most ``width`` pixels."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if face.getlength(longer) <= width else [*lines, word]
    return "\n".join(lines)


def draw(figure: str, title: str, question: str) -> tuple[bytes, str]:
    """A JPEG of 1200 × 630, at most 100 KB, and its words.

    Args:
        figure: the HTML of the front page's figure (``insidecnn.figures.forward_pass``).
        title: of the book.
        question: below the title.
    """
    photo, *layers = [re.findall(r'<img [^>]*src="([^"]+)"', part) for part in re.split(r"<li style=\"--left", figure)]
    name, share, shown = re.search(r'--share: ([\d.]+)"><span>(.*?)</span> <b>(.*?)</b>', figure).group(2, 1, 3)
    sheet = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(sheet)
    sheet.paste(picture(photo[0]).resize((PHOTO, PHOTO), Image.Resampling.BICUBIC), (EDGE, EDGE))
    left, right = 2 * EDGE + PHOTO, SIZE[0] - EDGE
    pen.text((left, EDGE - 22), title, INK, font("serif", 84))
    face = font("sans", 38, 400)
    pen.multiline_text((left, 168), wrapped(question, face, right - left), PALE, face, spacing=8)
    side = (right - left - 14 * (len(layers) - 1)) // len(layers)
    for n, maps in enumerate(layers):
        map_ = picture(maps[0]).resize((side, side), Image.Resampling.NEAREST)
        sheet.paste(map_, (left + n * (side + 14), 350))
    top, bottom = SIZE[1] - EDGE - 76, SIZE[1] - EDGE
    pen.rectangle((left, top, right, bottom), "#1b2233")
    pen.rectangle((left, top, left + (right - left) * float(share), bottom), BAR)
    face = font("sans", 38, 600)
    pen.text((left + 20, (top + bottom) / 2), unescape(name), INK, face, "lm")
    pen.text((right - 20, (top + bottom) / 2), shown, INK, face, "rm")
    for quality in (92, 85, 78, 70, 60):
        file = BytesIO()
        sheet.save(file, "JPEG", quality=quality, optimize=True, subsampling=0)
        if file.tell() <= MOST:
            break
    words = f"{title}: a photograph, a feature map of each of AlexNet's convolutions, and its answer, {unescape(name)}, {shown}."
    return file.getvalue(), words
