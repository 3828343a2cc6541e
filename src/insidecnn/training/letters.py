"""Pictures of single letters, drawn with OpenCV's Hershey fonts: strokes, to learn from beside things. No digits."""

from random import Random

import cv2
import numpy as np

from insidecnn.world import backgrounds, colours

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


def picture(random: Random, size: int) -> tuple[np.ndarray, int]:
    """A letter, large or small, on a plain or a photographic background.

    Returns:
        the image (size, size, 3) uint8, and the letter's number, 0 for A or a.
    """
    number = random.randrange(26)
    letter = LETTERS[number] if random.random() < 0.5 else LETTERS[number].lower()
    font, large = random.choice(FONTS), 8.0
    thick = random.randint(6, 34)
    (width, height), below = cv2.getTextSize(letter, font, large, thick)
    canvas = np.zeros((height + below + 40, width + 40), np.uint8)
    cv2.putText(canvas, letter, (20, height + 20), font, large, 255, thick, cv2.LINE_AA)
    rows, columns = np.flatnonzero(canvas.any(1)), np.flatnonzero(canvas.any(0))
    canvas = canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # its own square, pressed, slanted, turned and moved on the picture
    wanted = size * random.uniform(0.35, 0.9)
    scale = wanted / max(canvas.shape)
    turn, slant, wide = random.uniform(-0.25, 0.25), random.uniform(-0.3, 0.3), random.uniform(0.75, 1.3)
    c, s = np.cos(turn) * scale, np.sin(turn) * scale
    matrix = np.array([[c * wide, -s + slant * c, 0], [s * wide, c + slant * s, 0]])
    room = max(0.0, (size - wanted) / 2)
    middle = np.array([size / 2 + random.uniform(-room, room), size / 2 + random.uniform(-room, room)])
    matrix[:, 2] = middle - matrix[:, :2] @ (np.array(canvas.shape[::-1]) / 2)
    mask = cv2.warpAffine(canvas, matrix, (size, size), flags=cv2.INTER_AREA)[..., None].astype(np.float32) / 255
    image = backgrounds.crop("plain" if random.random() < 0.7 else "train", size, random)
    image = image + (colours.ink(random, image) - image) * mask
    return np.round(image.clip(0, 1) * 255).astype(np.uint8), number
