"""Answers drawn on a photograph: boxes, masks, names, keypoints and tracks."""

import cv2
import numpy as np
import torch

from insidecnn.figures.photo import scaled

COLOURS = np.array(
    [(255, 196, 0), (86, 180, 233), (240, 100, 180), (0, 190, 140), (235, 110, 40), (150, 130, 255), (255, 255, 255)],
    np.uint8,
)


def colour(i: int) -> tuple[int, int, int]:
    """The colour of object or class i; they repeat after seven."""
    return tuple(int(v) for v in COLOURS[i % len(COLOURS)])


def write(pixels: np.ndarray, text: str, place: tuple[int, int], size: float = 0.45) -> None:
    """White letters on a dark plate, so that they can be read on every ground; place is their lower left corner."""
    (wide, high), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    left = max(0, min(place[0], pixels.shape[1] - wide - 4))
    base = max(high + 2, min(place[1], pixels.shape[0] - below))
    cv2.rectangle(pixels, (left, base - high - 2), (left + wide + 4, base + below - 1), (20, 24, 30), -1)
    cv2.putText(pixels, text, (left + 2, base), cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 1, cv2.LINE_AA)


def draw(
    pixels: np.ndarray,
    boxes: torch.Tensor | None = None,
    masks: torch.Tensor | None = None,
    names: list[str] | None = None,
    keypoints: torch.Tensor | None = None,
    bones: tuple[tuple[int, int], ...] = (),
    tracks: dict[int, torch.Tensor] | None = None,
    colours: list[int] | None = None,
    enlarge: int = 1,
) -> np.ndarray:
    """A copy of a photograph with answers on it.

    Args:
        pixels: (H, W, 3) uint8.
        boxes: (n, 4) left, top, right, bottom.
        masks: (n, H, W) bool, drawn half transparent.
        names: n words or numbers, at the upper left corners of the boxes.
        keypoints: (n, K, 2) or (n, K, 3); those whose third number is 0 are left out.
        bones: pairs of keypoints to join by a line.
        tracks: identity → (t, 2) the places x, y where it has been.
        colours: of the n objects; their number without it.
        enlarge: draw it so many times as large; masks keep the edges of their pixels.

    Returns:
        (H·enlarge, W·enlarge, 3) uint8.

    Raises:
        ValueError: names or colours, and not as many as there are objects.
    """
    count = next((len(x) for x in (boxes, masks, keypoints) if x is not None), 0)
    for what, given in (("names", names), ("colours", colours)):
        if given is not None and len(given) != count:
            raise ValueError(f"There are {count} objects and {len(given)} {what}; give one of each.")
    colours = list(range(count)) if colours is None else colours
    paper = scaled(pixels, enlarge * pixels.shape[1])
    thick = max(2, round(max(paper.shape) / 300))

    def at(point) -> tuple[int, int]:
        return tuple(round((float(v) + 0.5) * enlarge - 0.5) for v in point[:2])

    for mask, c in zip([] if masks is None else masks, colours, strict=False):
        inside = np.asarray(mask, bool).repeat(enlarge, 0).repeat(enlarge, 1)
        paper[inside] = (0.4 * paper[inside] + 0.6 * np.array(colour(c))).astype(np.uint8)
        edges = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
        cv2.drawContours(paper, edges, -1, colour(c), thick)
    for person, c in zip([] if keypoints is None else keypoints, colours, strict=False):
        there = [len(joint) < 3 or bool(joint[2] > 0) for joint in person]
        for a, b in bones:
            if there[a] and there[b]:
                cv2.line(paper, at(person[a]), at(person[b]), colour(c), thick, cv2.LINE_AA)
        for joint, drawn in zip(person, there, strict=True):
            if drawn:
                cv2.circle(paper, at(joint), 2 * thick, (0, 0, 0), -1, cv2.LINE_AA)
                cv2.circle(paper, at(joint), 2 * thick - 1, colour(c), -1, cv2.LINE_AA)
    for identity, places in (tracks or {}).items():
        line = np.array([at(place) for place in places], np.int32)
        cv2.polylines(paper, [line], False, (0, 0, 0), thick + 2, cv2.LINE_AA)
        cv2.polylines(paper, [line], False, colour(identity), thick, cv2.LINE_AA)
    if boxes is not None:
        for i, (left, top, right, bottom) in enumerate(np.asarray(boxes, float) * enlarge):
            corners = (round(left), round(top)), (round(right) - 1, round(bottom) - 1)
            cv2.rectangle(paper, *corners, colour(colours[i]), thick)
            if names is not None:
                write(paper, str(names[i]), (round(left), round(top) - 4))
    return paper
