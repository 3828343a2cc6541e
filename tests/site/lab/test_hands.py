"""The lab by mouse, finger and keyboard, without scripts, and from a folder."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from insidecnn import preprocess
from insidecnn.lab import samples
from tests.site.conftest import SITE
from tests.site.lab.conftest import PAGE, browser_digests, digests, said, settle


def test_by_keyboard_alone(opened):
    lab = opened()
    page = lab.page
    lab.get_by_role("button", name="A cup of coffee").focus()
    page.keyboard.press("Enter")
    browser_digests(lab)
    assert lab.evaluate("lab => lab.photo.name") == "coffee.jpg"
    lab.get_by_role("button", name=re.compile("^pool1")).focus()
    page.keyboard.press("Space")
    lab.get_by_role("application", name=re.compile("^All channels")).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    lab.get_by_role("application", name=re.compile("^One channel")).focus()
    row, column = lab.evaluate("lab => lab.cell")
    page.keyboard.press("ArrowDown" if row < 26 else "ArrowUp")
    page.keyboard.press("ArrowLeft" if column else "ArrowRight")
    settle(lab)
    wanted = (row + (1 if row < 26 else -1), column + (-1 if column else 1))
    assert said(lab).startswith(f"pool1, channel 10, row {wanted[0]}, column {wanted[1]}:")
    lab.get_by_role("application", name=re.compile("^The photo")).focus()
    page.keyboard.press("ArrowRight")
    assert lab.evaluate("lab => [lab.state.right, lab.state.down]") == [1, 0]
    lab.locator("summary", has_text="Change a kernel").focus()
    page.keyboard.press("Enter")
    lab.get_by_role("application", name=re.compile("^The kernel")).focus()
    for key in ("ArrowUp", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    assert lab.evaluate("lab => lab.state.paint") == "r44pg44pb44p"
    browser_digests(lab)


def test_by_finger(browser, origin):
    context = browser.new_context(viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{origin}/{PAGE}")
    lab = page.locator("cnn-lab")
    browser_digests(lab)
    lab.get_by_role("button", name=re.compile("^conv5")).tap()
    lab.get_by_role("application", name=re.compile("^All channels")).tap(position={"x": 5, "y": 5})
    assert lab.evaluate("lab => lab.state.channel") == 0
    one = lab.get_by_role("application", name=re.compile("^One channel"))
    box = one.bounding_box()
    one.tap(position={"x": box["width"] - 3, "y": box["height"] - 3})
    assert lab.evaluate("lab => lab.cell") == [12, 12]
    small = lab.locator("button:visible, select:visible, summary:visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).filter(r => Math.min(r.width, r.height) < 24).length"
    )
    assert small == 0
    # the stages stay in sight, and so does the note that a kernel is another one
    lab.evaluate("lab => lab.set({ kernel: 'blur' })")
    lab.locator(".why").evaluate("(why) => why.scrollIntoView()")
    for seen in (lab.get_by_role("button", name=re.compile("^conv5")), lab.get_by_role("button", name="Put it back")):
        box = seen.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["y"] >= 0 and box["y"] + box["height"] <= 800
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_only_a_drag_that_began_on_the_picture_acts(opened):
    lab = opened()
    box = lab.get_by_role("application", name=re.compile("^The photo")).bounding_box()
    mouse = lab.page.mouse
    mouse.move(box["x"] + 50, box["y"] - 60)
    mouse.down()
    mouse.move(box["x"] + 50, box["y"] + 50, steps=5)
    mouse.move(box["x"] + 90, box["y"] + 90, steps=5)
    mouse.up()
    assert lab.evaluate("lab => [lab.state.right, lab.state.down]") == [0, 0]


def test_a_dragged_photograph_moves_and_stays_within_its_pixels(opened):
    lab = opened()
    box = lab.get_by_role("application", name=re.compile("^The photo")).bounding_box()
    page = lab.page
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 110, steps=8)
    page.mouse.up()
    right, down = lab.evaluate("lab => [lab.state.right, lab.state.down]")
    assert (right, down) == (round(30 * 224 / box["width"]), round(10 * 224 / box["height"]))
    browser_digests(lab)
    image = samples.small("chelsea")
    left, top = round((image.width - 224) / 2) - right, round((image.height - 224) / 2) - down
    jpeg = preprocess.resize(decoded("chelsea")).crop((left, top, left + 224, top + 224))
    x = preprocess.normalize(preprocess.to_tensor(jpeg))[None]
    page.wait_for_timeout(400)
    assert browser_digests(lab) == digests(x)
    lab.evaluate("lab => lab.move(1000, -1000)")
    assert lab.evaluate("lab => [lab.photo.left - lab.state.right >= 0, lab.photo.top - lab.state.down + 224 <= lab.photo.height]") == [True, True]  # fmt: skip


def decoded(name):
    return Image.open(io.BytesIO(samples.jpeg(name))).convert("RGB")


def test_moving_by_the_stride_moves_the_maps(opened):
    """Four pixels are one cell of conv1: its maps move along, away from the border."""
    lab = opened()
    maps = "lab => [...lab.maps[0].subarray(0, 3025)]"
    before = np.array(lab.evaluate(maps)).reshape(55, 55)
    lab.evaluate("lab => { lab.move(4, 0); }")
    browser_digests(lab)
    after = np.array(lab.evaluate(maps)).reshape(55, 55)
    np.testing.assert_array_equal(after[1:-1, 2:-1], before[1:-1, 1:-2])


def test_without_javascript_the_stages_are_named(browser, origin):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}/{PAGE}")
    assert page.locator("cnn-lab .static td", has_text="features.12").is_visible()
    assert page.get_by_text("sent nowhere").first.is_visible()
    assert page.locator("img.pixels").count() >= 2
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_works_from_a_folder(opened, scheme):
    lab = opened(base=SITE.as_uri(), scheme=scheme, width=360)
    assert lab.locator(".verdict").get_attribute("data-same") == "true"
    lab.get_by_role("button", name="A dahlia").click()
    browser_digests(lab)
    assert lab.locator(".verdict").get_attribute("data-same") == "true"
    assert lab.page.wrong == []
