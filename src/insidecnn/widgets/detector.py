"""YOLO in the reader's browser, on a scene that the reader puts together."""

import base64
import html
import io

import numpy as np
import torch
from PIL import Image

from insidecnn import photos
from insidecnn.detection.yolo import BOXES, Yolo
from insidecnn.detection.yolo import CLASSES as COUNT
from insidecnn.figures import annotate, tiles
from insidecnn.figures.photo import photo
from insidecnn.lab import detector as files
from insidecnn.lab import things
from insidecnn.widgets.widget import Widget
from insidecnn.world import backgrounds
from insidecnn.world.classes import COLOUR_NAMES, KIND_NAMES, PATTERN_NAMES
from insidecnn.world.draw import Look, Place, draw
from insidecnn.world.scenes import CLASSES

GROUNDS = ("flower", "rocket", "gravel")  #: photographs of tests
QUALITY = 75
LEAST = 0.3  #: score of the boxes in the picture for readers without scripts
START = (  # number, variant, x, y, side, turn, mirrored; the later ones in front
    (files.PERSON, 1, 24, 62, 92, 0, 0),
    (files.PERSON, 3, 62, 62, 92, 0, 0),
    (100 * KIND_NAMES.index("car") + 31, 1, 96, 104, 48, 0, 0),
    (100 * KIND_NAMES.index("ball") + 4, 0, 106, 36, 28, 0, 0),
)


def ground(name: str) -> bytes:
    """The middle of a test photograph's unseen strip, 128 × 128, as a JPEG file."""
    pixels = backgrounds.photograph(name)
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    image = Image.fromarray(pixels[top : top + side, left : left + side])
    file = io.BytesIO()
    image.resize((files.SIZE, files.SIZE), Image.Resampling.BOX).save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def compose(pixels: np.ndarray, rows) -> np.ndarray:
    """Things and people on a picture (128, 128, 3) uint8, as ``things.js`` draws them; the last one on top.

    Args:
        rows: of each number, variant, x, y, side, turn, mirrored.
    """
    picture = pixels.astype(np.float32) / 255
    for number, variant, x, y, side, turn, mirrored in rows:
        place = Place(x, y, side, turn, bool(mirrored))
        worn = files.looks(variant) if number == files.PERSON else [things.look(number, variant, side)]
        for look in worn:
            if number == files.PERSON:
                period = max(look.period, files.FINEST / side)
                look = Look(look.shape, look.pattern, look.tones, period, look.offset, look.light, look.shadow)
            draw(picture, look, place)
    return np.round(picture.clip(0, 1) * 255).astype(np.uint8)


def detector(net: Yolo, title: str = "YOLO on your own scene") -> Widget:
    """Place, drag and cover things and people; the boxes follow. ``book/_ext/booksite/lab_files.py`` writes the weights.

    Args:
        net: in evaluation mode, for the picture that readers see where no script runs.
    """
    grounds = {name: ground(name) for name in GROUNDS}
    first = np.array(Image.open(io.BytesIO(grounds[GROUNDS[0]])).convert("RGB"))
    pixels = compose(first, START)
    (found,) = net.detect(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255, least=LEAST)
    names = [f"{CLASSES[k]} {score:.2f}" for k, score in zip(found["labels"], found["scores"], strict=True)]
    drawn = annotate.draw(pixels, found["boxes"], names=names, colours=found["labels"].tolist(), enlarge=3)
    words = (
        "With JavaScript, you put balls, fish, cars, people and grey covers onto a picture here, and YOLO's boxes follow "
        f"on your own device. On the scene that it starts from it finds {len(names)} objects: {', '.join(names)}."
    )
    picture = photo(drawn, f"A made scene with the boxes that YOLO finds: {', '.join(names)}.", width=384)
    static = (
        f'<img class="dark-light" src="{picture.url}" alt="{html.escape(picture.alt)}" width="{picture.width}" '
        f'height="{picture.height}"><p>{html.escape(words)}</p>'
    )
    known = [{"name": name, "number": KIND_NAMES.index(name)} for name in CLASSES[1:] if name != "person"]
    data = {
        "size": files.SIZE,
        "stride": files.STRIDE,
        "boxes": BOXES,
        "classes": COUNT,
        "classNames": CLASSES,
        "layers": files.stages(net),
        "file": files.FILE,
        "kinds": known,
        "colours": COLOUR_NAMES,
        "patterns": PATTERN_NAMES,
        "variants": things.VARIANTS,
        "cover": things.COVER,
        "people": files.PEOPLE,
        "things": START,
        "palette": base64.b64encode(tiles.PALETTE[:255, :3].tobytes()).decode(),
        "backgrounds": {
            name: f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" for name, data in grounds.items()
        },
        "credit": [f"{photos.CREDITS[name].title}: {photos.SAMPLES[name].licence}" for name in GROUNDS],
    }
    parts = (f"widgets/detector{part}" for part in ("-engine", "-boxes", "-scene", ""))
    scripts = ("lab/loader", *parts)
    return Widget("detector", title, data, static, words, scripts=scripts, sheet="widgets/detector")
