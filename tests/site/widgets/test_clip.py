"""The clip player: each frame is the one that was drawn, and it plays when it is asked to; by mouse, keyboard, finger and link."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.site.widgets.reading import at_links, file, in_states, loaded, pixels, shown

PAGE = "book/actions.html"
ELEMENT = "cnn-clip"
ATTRIBUTES = {
    "frame": [".frame", "aria-label", "role", "style"],
    "sliders": [".stepper input", "max", "aria-valuetext"],
}


def is_shown(found, frame, data):
    count = data["frames"]
    words = f"Frame {frame + 1} of {count}"
    assert found["said"] == f"{words}." and found["result"] == {"words": words}
    label, role, style = found["attributes"]["frame"][0]
    assert label == f"{words}. {data['alt']}" and role == "img"
    place = float(re.search(r"background-position: 0(?:px|%)? ([\d.e-]+)%", style)[1])
    assert place == pytest.approx(100 * frame / (count - 1), abs=1e-3)
    assert found["attributes"]["sliders"] == [[str(count - 1), words]]
    return True


def at(element, frame):
    return is_shown(shown(element, attributes=ATTRIBUTES), frame, element.evaluate("e => e.data"))


def frame_of(element):
    return element.evaluate("e => e.state.frame")


def test_starts_still_with_the_first_frame(anywhere):
    data = anywhere.evaluate("e => e.data")
    assert at(anywhere, 0) and shown(anywhere)["spoken"]
    box = anywhere.locator(".frame").bounding_box()
    assert box["height"] / box["width"] == pytest.approx(data["height"] / data["width"], rel=0.02)
    assert box["width"] <= data["width"] * data["enlarge"] + 1 and box["width"] >= 150
    anywhere.page.wait_for_timeout(3000 / data["fps"])
    assert at(anywhere, 0), "it began by itself"


def test_every_frame_is_seen_in_its_turn(widget):
    """The browser shows the part of the picture that belongs to the frame."""
    data = widget.evaluate("e => e.data")
    sprite = pixels(data["sprite"])
    assert len(file(data["sprite"])) <= 300_000 and sprite.shape == (
        data["frames"] * data["height"],
        data["width"],
        3,
    )
    loaded(widget, data["sprite"])
    for frame in (0, 3, data["frames"] - 1):
        widget.evaluate("(e, frame) => e.set({ frame })", frame)
        seen = Image.open(io.BytesIO(widget.locator(".frame").screenshot())).convert("RGB")
        wanted = Image.fromarray(sprite[frame * data["height"] : (frame + 1) * data["height"]])
        small = [np.array(each.resize((16, 16), Image.Resampling.BOX)).astype(int) for each in (seen, wanted)]
        assert np.abs(small[0] - small[1]).mean() < 6


def test_all_frames_are_told_and_impossible_ones_refused(widget):
    data = widget.evaluate("e => e.data")
    everything = in_states(widget, [{"frame": k} for k in range(data["frames"])], attributes=ATTRIBUTES)
    assert all(found["taken"] and is_shown(found, k, data) for k, found in enumerate(everything))
    for found in in_states(widget, [{"frame": frame} for frame in (-1, data["frames"], 2.5)]):
        assert not found["taken"] and found["wrong"] and "must be a whole number from 0" in found["said"]


def test_links_open_a_frame(linked):
    id = linked("").get_attribute("id")
    element = linked(f"{id}?frame=5")
    assert at(element, 5)
    assert [each["said"][:8] for each in at_links(element, [f"{id}?frame=2", id])] == ["Frame 3 ", "Frame 1 "]


def test_by_keyboard(widget):
    last = widget.evaluate("e => e.data.frames") - 1
    widget.get_by_role("slider", name="frame").focus()
    for key, frame in (("ArrowRight", 1), ("End", last), ("ArrowLeft", last - 1), ("Home", 0)):
        widget.page.keyboard.press(key)
        assert at(widget, frame)
    widget.get_by_role("button", name="One step on").press("Enter")
    assert at(widget, 1)
    widget.get_by_role("button", name="Start again").press("Enter")
    assert at(widget, 0)


def test_plays_round_and_round_until_it_is_told_to_stop(widget):
    data = widget.evaluate("e => e.data")
    widget.evaluate("(e, frame) => e.set({ frame })", data["frames"] - 2)
    widget.get_by_role("button", name="Play").click()
    widget.page.wait_for_function("e => e.state.frame === 1", arg=widget.element_handle())  # past the end
    assert widget.locator(".said").get_attribute("aria-live") == "off"
    widget.get_by_role("button", name="Pause").click()
    stopped = frame_of(widget)
    widget.page.wait_for_timeout(3000 / data["fps"])
    assert at(widget, stopped) and widget.locator(".said").get_attribute("aria-live") is None


def test_stops_where_nobody_sees_it(widget):
    widget.get_by_role("button", name="Play").click()
    widget.evaluate("e => { e.style.position = 'fixed'; e.style.top = '-3000px'; }")
    widget.page.wait_for_function("e => !e.stepper.timer", arg=widget.element_handle())


def test_by_finger_and_without_motion(touched):
    """Whoever asked for less motion sees it play if they ask for that too."""
    assert at(touched, 0)
    touched.get_by_role("button", name="One step on").tap()
    assert at(touched, 1)
    touched.get_by_role("button", name="Play").tap()
    touched.page.wait_for_function("e => e.state.frame > 1", arg=touched.element_handle())
    touched.get_by_role("button", name="Pause").tap()


def test_readers_without_script_see_stills(without_script):
    assert without_script.locator(".stills img").count() == 4
    assert without_script.locator(".stills figcaption").first.text_content() == "frame 1"


def test_a_frame_is_printed(widget):
    widget.page.emulate_media(media="print")
    assert widget.locator(".frame").evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"
    widget.page.emulate_media(media="screen")
