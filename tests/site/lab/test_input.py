"""The lab by mouse, finger and keyboard, without scripts, and from a folder."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from insidecnn import preprocess
from insidecnn.lab import samples
from tests.site.conftest import SITE
from tests.site.lab.conftest import PAGE, crop, is_python_s, maps, said, settled, snapshot


def picture(lab, name):
    return lab.get_by_role("application", name=re.compile(f"^{name}"))


def test_by_keyboard_alone(lab):
    page = lab.page
    lab.get_by_role("button", name="A cup of coffee").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('cnn-lab').snapshot().photo.name === 'coffee.jpg'")
    settled(lab)
    lab.get_by_role("button", name=re.compile("^pool1")).focus()
    page.keyboard.press("Space")
    picture(lab, "All channels").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    picture(lab, "One channel").focus()
    row, column = snapshot(lab)["cell"]
    page.keyboard.press("ArrowDown" if row < 26 else "ArrowUp")
    page.keyboard.press("ArrowLeft" if column else "ArrowRight")
    settled(lab)
    wanted = (row + (1 if row < 26 else -1), column + (-1 if column else 1))
    assert said(lab).startswith(f"pool1, channel 10, row {wanted[0]}, column {wanted[1]}:")
    picture(lab, "The photo").focus()
    page.keyboard.press("ArrowRight")
    choice = snapshot(lab)["choice"]
    assert (choice["right"], choice["down"]) == (1, 0)
    lab.locator("summary", has_text="Change a kernel").focus()
    page.keyboard.press("Enter")
    picture(lab, "The kernel").focus()
    for key in ("ArrowUp", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    assert settled(lab)["choice"]["paint"] == "r44pg44pb44p"


def test_by_finger(by_finger):
    lab = by_finger()
    lab.get_by_role("button", name=re.compile("^conv5")).tap()
    picture(lab, "All channels").tap(position={"x": 5, "y": 5})
    assert snapshot(lab)["choice"]["channel"] == 0
    one = picture(lab, "One channel")
    box = one.bounding_box()
    one.tap(position={"x": box["width"] - 3, "y": box["height"] - 3})
    assert snapshot(lab)["cell"] == [12, 12]
    small = lab.locator("button:visible, select:visible, summary:visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).filter(r => Math.min(r.width, r.height) < 24).length"
    )
    assert small == 0
    # the stages stay in sight, and so does the note that a kernel is another one
    lab.evaluate("lab => lab.set({ kernel: 'blur' })")
    lab.locator(".explanation").evaluate("(element) => element.scrollIntoView()")
    for seen in (lab.get_by_role("button", name=re.compile("^conv5")), lab.get_by_role("button", name="Put it back")):
        box = seen.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["y"] >= 0 and box["y"] + box["height"] <= 800
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= 360


def drag(lab, *places):
    """Press at the first place, in pixels of the photograph's picture, and release at the last."""
    box, mouse = picture(lab, "The photo").bounding_box(), lab.page.mouse
    for number, (x, y) in enumerate(places):
        mouse.move(box["x"] + x, box["y"] + y, steps=8 if number else 1)
        if not number:
            mouse.down()
    mouse.up()
    return box["width"]


def test_only_a_drag_that_began_on_the_picture_acts(lab):
    drag(lab, (50, -60), (50, 50), (90, 90))
    choice = snapshot(lab)["choice"]
    assert (choice["right"], choice["down"]) == (0, 0)


def test_a_dragged_photograph_moves_and_stays_within_its_pixels(lab):
    width = drag(lab, (100, 100), (130, 110))
    choice = settled(lab)["choice"]
    right, down = choice["right"], choice["down"]
    assert (right, down) == (round(30 * 224 / width), round(10 * 224 / width))
    whole = preprocess.resize(Image.open(io.BytesIO(samples.jpeg("chelsea"))).convert("RGB"))
    left, top = round((whole.width - 224) / 2) - right, round((whole.height - 224) / 2) - down
    np.testing.assert_array_equal(crop(lab), np.array(whole.crop((left, top, left + 224, top + 224))))
    lab.evaluate("lab => lab.movePhoto(1000, -1000)")
    corner = settled(lab)["choice"]  # 64 pixels around the crop are kept
    left, top = round((whole.width - 224) / 2) - corner["right"], round((whole.height - 224) / 2) - corner["down"]
    np.testing.assert_array_equal(crop(lab), np.array(whole.crop((left, top, left + 224, top + 224))))
    assert corner["right"] > right and corner["down"] < down and left >= 0 and top + 224 <= whole.height


def test_moving_by_the_stride_moves_the_maps(lab):
    """Four pixels are one cell of conv1: its maps move along, away from the border."""
    before = maps(lab, 0)[0].reshape(64, 55, 55)
    lab.evaluate("lab => lab.movePhoto(4, 0)")
    settled(lab)
    after = maps(lab, 0)[0].reshape(64, 55, 55)
    np.testing.assert_array_equal(after[:, 1:-1, 2:-1], before[:, 1:-1, 1:-2])


def test_without_javascript_the_stages_are_named(browser, origin):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}/{PAGE}")
    assert page.locator("cnn-lab .static td", has_text="features.12").is_visible()
    assert page.get_by_text("sent nowhere").first.is_visible()
    assert page.locator("img.pixels").count() >= 2
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_works_from_a_folder(visited, scheme):
    lab = visited(base=SITE.as_uri(), scheme=scheme, width=360)
    assert is_python_s(lab)
    lab.get_by_role("button", name="A dahlia").click()
    assert is_python_s(lab)
    assert lab.page.wrong == []
