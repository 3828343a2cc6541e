"""The film of conv1: each frame's filters, step and losses are those of the shipped film; by mouse, keyboard, finger and link."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from insidecnn.figures import tiles
from insidecnn.training.film import shipped
from tests.site.widgets.reading import at_links, file, in_states, loaded, pixels, shown

PAGE = "book/training.html"
ELEMENT = "cnn-film"
FRAMES, CARD = shipped()
STEPS, CURVE = CARD["frames"], CARD["curve"]
LAST = len(STEPS) - 1
ATTRIBUTES = {
    "filters": [".filters", "aria-label", "role", "style"],
    "moment": [".moment", "x1", "x2"],
    "dots": ["circle", "class", "cx", "cy"],
    "lines": ["polyline", "class", "points"],
    "sliders": [".stepper input", "max", "aria-valuetext"],
}


def expected(frame):
    point = next(k for k, step in enumerate(CURVE["step"]) if step >= STEPS[frame])
    return {
        "step": STEPS[frame],
        "at": CURVE["step"][point],
        "loss": CURVE["loss"][point],
        "unseen": CURVE["unseen"][point],
    }


def is_shown(found, frame):
    wanted = expected(frame)
    assert found["result"] == wanted
    loss, unseen = wanted["loss"], wanted["unseen"]
    said = f"Frame {frame + 1} of {LAST + 1}, after step {wanted['step']}: loss {loss:.2f} in training, "
    assert found["said"] == f"{said}{unseen:.2f} on unseen things (at step {wanted['at']})."
    assert found["code"].endswith(f"# film[{frame}], after step {wanted['step']}")
    label, role, style = found["attributes"]["filters"][0]
    assert label == f"The 64 filters of 11 by 11 pixels after {wanted['step']} steps" and role == "img"
    place = float(re.search(r"background-position: 0(?:px|%)? ([\d.e-]+)%", style)[1])
    assert place == pytest.approx(100 * frame / LAST, abs=1e-3)
    assert found["attributes"]["sliders"] == [[str(LAST), f"after step {wanted['step']}"]]

    # the marks lie on the lines that they mark
    lines = {
        kind: np.array([p.split(",") for p in points.split()], float) for kind, points in found["attributes"]["lines"]
    }
    for kind, x, y in found["attributes"]["dots"]:
        k = CURVE["step"].index(wanted["at"])
        np.testing.assert_allclose([float(x), float(y)], lines[kind][k], atol=0.06)
    (x1, x2) = map(float, found["attributes"]["moment"][0])
    xs = np.interp(STEPS[frame], [CURVE["step"][0], CURVE["step"][-1]], lines["loss"][[0, -1], 0]) if frame else None
    assert x1 == x2 and (STEPS[frame] < CURVE["step"][0] or x1 == pytest.approx(xs, abs=0.1))
    for kind in ("loss", "unseen"):  # a line is its numbers, upside down and scaled
        fit = np.polyfit(CURVE[kind], lines[kind][:, 1], 1)
        assert fit[0] < 0
        np.testing.assert_allclose(np.polyval(fit, CURVE[kind]), lines[kind][:, 1], atol=0.1)
    return True


def at(element, frame):
    return is_shown(shown(element, attributes=ATTRIBUTES), frame)


def test_starts_with_the_first_frame(anywhere):
    found = shown(anywhere, attributes=ATTRIBUTES)
    assert is_shown(found, 0) and found["spoken"] and found["link"] == "#film-of-conv1"
    box = anywhere.locator(".filters").bounding_box()
    assert box["width"] >= 200 and box["height"] == pytest.approx(box["width"], rel=0.02)


def test_every_frame_is_the_shipped_one(widget):
    states = [{"frame": frame} for frame in range(LAST + 1)]
    for frame, found in enumerate(in_states(widget, states, attributes=ATTRIBUTES)):
        assert found["taken"] and not found["wrong"] and is_shown(found, frame)
    data = widget.evaluate("e => e.data")
    sprite = pixels(data["sprite"])
    assert len(file(data["sprite"])) < 300_000 and sprite.shape == ((LAST + 1) * data["height"], data["width"], 3)
    for sheet, frame in zip(np.split(sprite, LAST + 1), FRAMES, strict=True):
        wanted = tiles.arrange(tiles.as_colours(frame), 8, 128)
        assert np.abs(sheet.astype(int) - wanted).max() <= 9  # sixteen shades


def test_what_is_seen_is_the_frame(widget):
    """The browser shows the part of the picture that belongs to the frame: its mean colours are the filters'."""
    data = widget.evaluate("e => e.data")
    sprite = pixels(data["sprite"])
    loaded(widget, data["sprite"])
    for frame in (0, 7, LAST):
        widget.evaluate("(e, frame) => e.set({ frame })", frame)
        seen = Image.open(io.BytesIO(widget.locator(".filters").screenshot())).convert("RGB")
        small = np.array(seen.resize((8, 8), Image.Resampling.BOX)).astype(int)
        sheet = Image.fromarray(sprite[frame * data["height"] : (frame + 1) * data["height"]])
        wanted = np.array(sheet.resize((8, 8), Image.Resampling.BOX)).astype(int)
        assert np.abs(small - wanted).max() < 14


def test_impossible_frames_are_refused_in_a_sentence(linked):
    element = linked("film-of-conv1")
    for frame in (-1, LAST + 1, 2.5):
        (found,) = in_states(element, [{"frame": frame}])
        assert not found["taken"] and found["wrong"] and "must be a whole number from 0" in found["said"]


def test_links_open_a_frame(linked):
    element = linked("film-of-conv1?frame=7")
    assert at(element, 7)
    found = at_links(element, ["film-of-conv1?frame=12", "film-of-conv1?frame=99", "film-of-conv1"])
    assert [each["result"]["step"] for each in found] == [STEPS[12], 0, 0] and [e["wrong"] for e in found] == [
        False,
        True,
        False,
    ]


def test_by_keyboard(widget):
    slider = widget.get_by_role("slider", name="frame")
    slider.focus()
    for key, frame in (("ArrowRight", 1), ("End", LAST), ("ArrowLeft", LAST - 1), ("Home", 0)):
        widget.page.keyboard.press(key)
        assert at(widget, frame)
    widget.get_by_role("button", name="One step on").press("Enter")
    assert at(widget, 1)
    widget.get_by_role("button", name="Start again").press("Enter")
    assert at(widget, 0)


def test_plays_to_the_end_and_stops(widget):
    widget.evaluate("(e, frame) => e.set({ frame })", LAST - 2)
    widget.get_by_role("button", name="Play").click()
    widget.get_by_role("button", name="Pause").wait_for()
    widget.get_by_role("button", name="Play").wait_for()
    assert at(widget, LAST)
    assert widget.locator(".said").get_attribute("aria-live") is None
    widget.get_by_role("button", name="Play").click()
    widget.get_by_role("button", name="Pause").click()
    assert shown(widget)["result"]["step"] < STEPS[3]


def test_a_click_into_the_chart_goes_to_the_nearest_frame(widget):
    box = widget.locator("svg.losses").bounding_box()
    line = shown(widget, attributes=ATTRIBUTES)["attributes"]["lines"][0][1].split()
    end = float(line[-1].split(",")[0]) / 340 * box["width"]
    widget.locator("svg.losses").click(position={"x": end, "y": box["height"] / 2})
    assert at(widget, LAST)


def test_by_finger_and_without_motion(touched):
    assert not touched.get_by_role("button", name="Play").is_visible()
    touched.get_by_role("button", name="One step on").tap()
    assert at(touched, 1)


def test_readers_without_script_see_stills(without_script):
    assert without_script.locator(".stills img").count() == 4 and without_script.locator("svg.chart").count() == 1
    captions = without_script.locator(".stills figcaption").all_text_contents()
    assert captions[0] == "step 0" and captions[-1] == f"step {STEPS[-1]:,}"
