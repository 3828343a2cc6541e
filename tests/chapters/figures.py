"""A displayed figure, table or widget in a few readable facts: its words, its labels, where it draws, its colours."""

import base64
import io
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np
from PIL import Image

BLOCKS = (4, 6)  # rows and columns of a picture whose mean colours are recorded
POINTS = 6  # of each colour of a drawing that are recorded
DRAWN = {"path", "rect", "circle", "line", "polyline", "polygon", "use", "ellipse"}
FAR, MEAN_FAR = 1.0, 0.25  # how far points of a drawing, and the mean of all, may be off, in pixels
COLOUR, SATURATION = 2, 8  # the same of mean colours and of largest saturations, of 255
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@dataclass(frozen=True)
class Figure:
    words: str  #: what a reader hears who does not see it; a table's rows
    mime: str
    text: str = ""  #: what is written in it
    drawn: dict[str, str] = field(default_factory=dict)  #: colour or class → how many, and some of their points
    links: str = ""
    data: dict = field(default_factory=dict)  #: what a widget gets
    pixels: str = ""  #: size, and the mean colours of blocks

    def facts(self) -> dict:
        """All that is not empty."""
        return {name: value for name, value in vars(self).items() if value and name != "mime"}


def read(output: dict) -> Figure:
    """A notebook's output as a figure."""
    data = output["data"]
    if (mime := "image/webp") in data:
        return Figure(output["metadata"][mime]["alt"], mime, pixels=colours(base64.b64decode(data[mime])))
    reader = Reader()
    reader.feed(data["text/html"])
    words = re.sub(r"^<(?:chart|drawing|picture): (.*)>$", r"\1", data.get("text/plain", "")).rstrip()
    drawn = {name: points(found) for name, found in reader.drawn.items()}
    text = " | ".join(reader.texts)
    table = words.replace("\t", " | ").replace("\n", " | ") == text
    text = "" if table else text
    return Figure(words, "text/html", text, drawn, " ".join(reader.links), reader.data, " | ".join(reader.pixels))


def points(found: list[tuple[float, float]]) -> str:
    """``9: 62 180, 120 140, …; mean 120.5 90.1``: how many, some of them from the first to the last, and their mean."""
    at = sorted({round(i * (len(found) - 1) / (POINTS - 1)) for i in range(POINTS)})
    some = ", ".join(f"{found[i][0]:.0f} {found[i][1]:.0f}" for i in at)
    return f"{len(found)}: {some}; mean " + " ".join(f"{mean:.1f}" for mean in np.mean(found, axis=0))


def colours(data: bytes) -> str:
    """``259×64: 0b1020.07 …``: width, height, and of each block, row by row, its mean colour.

    Behind the point stands its largest saturation (the largest channel less the smallest), which a thin frame changes.
    """
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    flat = Image.new("RGBA", image.size, (128, 128, 128, 255))
    flat.alpha_composite(image)
    pixels = np.asarray(flat, np.float64)[..., :3]
    rows = [" ".join(block_facts(block) for block in split(row, 1)) for row in split(pixels, 0)]
    return f"{image.width}×{image.height}: " + ", ".join(rows)


def block_facts(block: np.ndarray) -> str:
    mean = "".join(f"{channel:02x}" for channel in block.mean((0, 1)).round().astype(int))
    return f"{mean}.{int(np.ptp(block, axis=2).max()):02x}"


def split(pixels: np.ndarray, axis: int) -> list[np.ndarray]:
    return np.array_split(pixels, min(BLOCKS[axis], pixels.shape[axis]), axis)


def alike_points(old: str, new: str, slack: float) -> bool:
    """Whether two results of :func:`points` count as one; ``slack`` is a share of a drawing's width."""
    (some, mean), (others, other_mean) = (value.split("; mean ") for value in (old, new))
    numbers = [[float(number) for number in NUMBER.findall(value)] for value in (some, others, mean, other_mean)]
    return (
        numbers[0][0] == numbers[1][0]
        and near(*numbers[:2], FAR, 400 * slack)
        and near(*numbers[2:], MEAN_FAR, 400 * slack)
    )


def alike_colours(old: str, new: str, slack: float) -> bool:
    """Whether two results of :func:`colours` count as one; ``slack`` is a share of all brightness."""
    sizes, means, saturations = (
        [re.findall(p, value) for value in (old, new)] for p in (r"\d+×\d+", r"(\w{6})\.", r"\.(\w{2})")
    )
    means = [[int(pair, 16) for mean in found for pair in re.findall("..", mean)] for found in means]
    saturations = [[int(pair, 16) for pair in found] for found in saturations]
    return sizes[0] == sizes[1] and near(*means, COLOUR, 255 * slack) and near(*saturations, SATURATION, 255 * slack)


def near(old: list[float], new: list[float], *limits: float) -> bool:
    return len(old) == len(new) and all(abs(a - b) <= max(limits) for a, b in zip(old, new, strict=True))


class Reader(HTMLParser):
    """Texts, drawn things, links and data of a piece of HTML."""

    def __init__(self):
        super().__init__()
        self.texts, self.links, self.pixels, self.data, self.drawn = [], [], [], {}, {}
        self.inside, self.look = [], {}

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.inside.append(tag)
        if tag == "g":
            self.look = given
        if tag in ("img", "link", "input", "br", "meta", "wbr", "source", "col", "hr"):
            self.inside.pop()
        if tag == "img" and given.get("src", "").startswith("data:image"):
            self.texts.append(f"[{given.get('alt', '')}]")
            self.pixels.append(colours(base64.b64decode(given["src"].split(",")[1])))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in DRAWN and "defs" not in self.inside and "clippath" not in self.inside:
            self.drawn.setdefault(colour(given if "style" in given or tag != "use" else self.look), []).extend(
                places(tag, given)
            )

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, text):
        if not text.strip() or "style" in self.inside:
            return
        if "script" in self.inside:
            self.data |= {name: brief(value) for name, value in json.loads(text).items()}
        else:
            self.texts.append(" ".join(text.split()))


def colour(given: dict) -> str:
    found = re.search(r"(?:stroke|fill): ?(?:var\((--[\w-]+)|(currentColor))", given.get("style", ""))
    return (found and (found[1] or found[2])) or given.get("class") or given.get("fill") or "plain"


def places(tag: str, given: dict) -> list[tuple[float, float]]:
    """The points of something drawn; of a rectangle two corners."""
    if tag in ("path", "polyline", "polygon"):
        numbers = [float(n) for n in NUMBER.findall(given.get("d") or given.get("points") or "")]
        return list(zip(numbers[::2], numbers[1::2], strict=False))
    if tag == "line":
        return [tuple(float(given.get(n, 0)) for n in pair) for pair in (("x1", "y1"), ("x2", "y2"))]
    x, y = (float(given.get(n) or given.get(f"c{n}") or 0) for n in "xy")
    wide, high = (float(given.get(n) or 0) for n in ("width", "height"))
    return [(x, y), (x + wide, y + high)] if tag == "rect" else [(x, y)]


def brief(value):
    """Data of a widget: long arrays as their size, first, last and mean number; long texts as their length."""
    if isinstance(value, dict):
        return {name: brief(inner) for name, inner in value.items()}
    if isinstance(value, str) and len(value) > 300:
        return f"{len(value):,} letters, {value[:30]}…"
    if isinstance(value, list):
        numbers = flat(value)
        if len(numbers) > 40 and all(isinstance(n, (int, float)) for n in numbers):
            return f"{len(numbers):,} numbers, {numbers[0]:.4g} … {numbers[-1]:.4g}, mean {np.mean(numbers):.4g}"
        return [brief(inner) for inner in value]
    return value


def flat(value) -> list:
    return [n for inner in value for n in flat(inner)] if isinstance(value, list) else [value]
