"""YOLO in the browser: the picture is Python's, the boxes are PyTorch's; by mouse, keyboard, finger and link."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from insidecnn.detection import yolo
from insidecnn.lab.detector import PERSON
from insidecnn.metrics.detection import box_iou
from insidecnn.widgets.detector import GROUNDS, START, compose, ground
from insidecnn.world.scenes import CLASSES

PAGE = "book/detection.html"
ELEMENT = "cnn-detector"
PIXELS = "(e) => btoa(String.fromCharCode(...e.pixels))"


def answered(element):
    """The widget once it has an answer to what it shows now: what it found, best first."""
    element.scroll_into_view_if_needed()
    element.page.wait_for_function("(e) => e.settled", arg=element.element_handle())
    return element.evaluate("(e) => e.result.found")


def pixels(element) -> np.ndarray:
    return np.frombuffer(base64.b64decode(element.evaluate(PIXELS)), np.uint8).reshape(128, 128, 3)


def torchs(picture: np.ndarray, least=0.3, overlap=0.5) -> dict:
    net, _ = yolo.shipped()
    return net.detect(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255, least, overlap)[0]


def is_torchs(element, least=0.3, overlap=0.5):
    """The same boxes, to a hundredth in the score and half a pixel in the edges."""
    found, wanted = answered(element), torchs(pixels(element), least - 0.02, overlap)
    sure = wanted["scores"] >= least + 0.02  # those at the limit may come or not
    assert sum(sure) <= len(found) <= len(wanted["scores"]) and len(found)
    ours = torch.tensor([each["box"] for each in found])
    iou = box_iou(ours, wanted["boxes"]) * (
        torch.tensor([each["label"] for each in found])[:, None] == wanted["labels"]
    )
    best, which = iou.max(1)
    assert best.min() > 0.95
    scores = torch.tensor([each["score"] for each in found])
    assert (scores - wanted["scores"][which]).abs().max() < 1e-2
    return found


def field(element, name: str):
    return element.locator(f"label:has(span:text-is('{name}')) select")


def test_finds_what_pytorch_finds(anywhere):
    found = is_torchs(anywhere)
    said = anywhere.locator(".said")
    assert said.get_attribute("role") == "status" and said.text_content().startswith(f"{len(found)} box")
    for each in found:
        assert f"{CLASSES[each['label']]} " in said.text_content()
    assert anywhere.locator("svg rect").count() == len(found)


def test_people_and_things_are_drawn_as_in_python(widget):
    answered(widget)
    rows = [*START, [PERSON, 4, 100, 80, 60, 20, 1], [1000, 0, 40, 90, 30, 0, 0]]
    widget.evaluate("(e, rows) => e.set({ things: rows })", rows)
    answered(widget)
    first = np.array(Image.open(io.BytesIO(ground(GROUNDS[0]))).convert("RGB"))
    difference = np.abs(pixels(widget).astype(int) - compose(first, rows))
    assert np.median(difference) <= 1 and (difference.max(2) > 12).mean() < 0.01, "edges alone may differ"


def test_a_thing_is_dragged_and_the_box_follows(widget):
    before = answered(widget)
    ball = START[3]
    handle = widget.get_by_role("application", name="dotted ball")
    page = widget.page
    handle.hover()  # which waits until nothing moves any more
    box = handle.bounding_box()
    page.mouse.down()
    scale = widget.locator(".sheet").bounding_box()["width"] / 128
    page.mouse.move(box["x"] + box["width"] / 2 - 8 * scale, box["y"] + box["height"] / 2 + 6 * scale, steps=5)
    page.mouse.up()
    (number, _, x, y, *_) = widget.evaluate("(e) => e.state.things[3]")
    assert (number, x, y) == (ball[0], ball[2] - 8, ball[3] + 6)
    after = is_torchs(widget)
    middle = lambda found: next(  # noqa: E731
        [(e["box"][0] + e["box"][2]) / 2, (e["box"][1] + e["box"][3]) / 2]
        for e in found
        if CLASSES[e["label"]] == "ball"
    )
    assert np.subtract(middle(after), middle(before)) == pytest.approx([-8, 6], abs=3)


def test_by_keyboard(widget):
    answered(widget)
    handle = widget.get_by_role("application", name="ball")
    handle.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown", "+", "-", "-"):
        widget.page.keyboard.press(key)
    assert widget.evaluate("(e) => e.state.things[3].slice(2, 5)") == [
        START[3][2] - 2,
        START[3][3] + 1,
        START[3][4] - 2,
    ]
    widget.page.keyboard.press("Delete")
    assert widget.get_by_role("application").count() == 3
    assert all(CLASSES[each["label"]] != "ball" for each in is_torchs(widget) if each["score"] > 0.5)
    widget.get_by_role("button", name="Start again").press("Enter")
    assert widget.get_by_role("application").count() == 4


def test_by_finger(touched):
    answered(touched)
    field(touched, "what").select_option("person")
    touched.get_by_role("button", name="Add").tap()
    assert touched.get_by_role("application").count() == 5
    is_torchs(touched)


def test_a_cover_hides(widget):
    before = answered(widget)
    assert any(CLASSES[each["label"]] == "ball" for each in before)
    field(widget, "what").select_option("grey cover")
    widget.get_by_role("button", name="Add").click()
    widget.evaluate("(e, at) => e.change({ x: at[2], y: at[3], side: 40 })", START[3])
    assert all(CLASSES[each["label"]] != "ball" for each in is_torchs(widget))


def test_boxes_before_suppression_and_the_confidence(widget):
    few = answered(widget)
    field(widget, "show").select_option("boxes before suppression")
    assert len(widget.evaluate("(e) => e.result.found")) > len(few)
    field(widget, "show").select_option("confidence of each cell")
    assert widget.locator("canvas.heat").is_visible()
    assert widget.locator("code").text_content() == "net.detect(scene[None], least=0.3, overlap=0.5)"


def test_links_open_a_scene_and_impossible_ones_say_why(linked):
    row = f"{PERSON},3,64,62,92,0,0"
    element = linked(f"detector?things={row}&background=gravel")
    assert [each["label"] for each in is_torchs(element)][:1] == [4]
    for fragment, words in (
        ("things=514,0,64,64,40,0,0", "knows no thing"),
        ("things=0,0,64,64,400,0,0", "whole number"),
        ("background=moon", "no background"),
    ):
        element.evaluate("(e, hash) => { location.hash = hash; }", f"detector?{fragment}")
        element.locator(".error").wait_for()
        assert words in element.locator(".error").text_content()


def test_without_script_there_is_a_picture(without_script):
    assert without_script.locator("img").count() == 1
    assert "put balls, fish, cars, people and grey covers" in without_script.inner_text()
    assert json.loads(without_script.locator("script").text_content())["things"] == [list(row) for row in START]
