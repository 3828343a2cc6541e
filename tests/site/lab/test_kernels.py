"""Kernels of conv1 chosen, typed, painted and put back."""

import numpy as np
import pytest

from tests.site.lab.conftest import browser_digests


def test_every_channel_and_every_kernel_can_be_typed(opened):
    lab = opened("#lab?stage=12")
    field = lab.get_by_role("spinbutton", name="channel", exact=True)
    field.fill("255")
    field.press("Enter")
    assert lab.evaluate("lab => lab.state.channel") == 255 and lab.locator(".complaint").inner_text() == ""
    field.fill("256")
    field.press("Enter")
    assert lab.locator(".complaint").inner_text() == "channel is 256; it must be a whole number from 0 to 255."
    lab.locator("button.stage").first.click()
    lab.locator("summary", has_text="Change a kernel").click()
    number = lab.get_by_role("spinbutton", name="number")
    number.fill("5")
    number.press("Enter")
    assert lab.evaluate("lab => [lab.state.filter, lab.state.channel]") == [5, 5]
    lab.locator(".easel select").first.select_option("Sobel x")
    browser_digests(lab)
    assert "Kernel 5 of conv1 is changed: Sobel x" in lab.locator(".notice").inner_text()
    assert "differ by" in lab.locator(".effect").inner_text()
    lab.get_by_role("button", name="Put it back").click()
    browser_digests(lab)
    assert lab.locator(".verdict").get_attribute("data-same") == "true"


def test_what_a_kernel_changes_is_measured(opened):
    lab = opened("#lab?stage=6")
    before = np.array(lab.evaluate("lab => [...lab.maps[6]]"))
    lab.evaluate("lab => { lab.set({ kernel: 'noise' }); }")
    browser_digests(lab)
    after = np.array(lab.evaluate("lab => [...lab.maps[6]]"))
    share = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert share > 0 and lab.evaluate("lab => lab.change") == pytest.approx(share, rel=1e-6)
    assert f"{share:.1%}".replace("%", " %") in lab.locator(".effect").text_content()


def test_painting_and_resetting(opened):
    lab = opened()
    start = browser_digests(lab)
    lab.locator("summary", has_text="Change a kernel").click()
    sheet = lab.locator(".easel > canvas")
    box = sheet.bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.5)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.5, steps=30)
    lab.page.mouse.up()
    changed = browser_digests(lab)
    assert changed[0] != start[0] and changed[12] != start[12]
    assert len(lab.evaluate("lab => lab.state.paint")) > 4 * 3 * 5
    # only one channel of conv1 has changed
    shown = lab.evaluate("lab => lab.maps[0].slice(3025, 6050)")
    lab.get_by_role("button", name="Start again").click()
    assert browser_digests(lab) == start
    assert lab.evaluate("lab => lab.maps[0].slice(3025, 6050)") == shown


def test_strokes_are_undone_one_by_one(opened):
    lab = opened("#lab?kernel=blur")
    start, paint = browser_digests(lab), "lab => lab.state.paint"
    lab.locator("summary", has_text="Change a kernel").click()
    undo, sheet, mouse = lab.get_by_role("button", name="Undo"), lab.locator(".easel > canvas"), lab.page.mouse
    assert undo.is_disabled()
    box = sheet.bounding_box()
    mouse.move(box["x"] + 5, box["y"] + 5)
    mouse.down()
    mouse.move(box["x"] + box["width"] - 5, box["y"] + 5, steps=20)
    mouse.up()
    first = lab.evaluate(paint)
    assert len(first) == 4 * 3 * 11
    for key in ("ArrowDown", "Space", "ArrowDown", "Enter"):
        sheet.press(key)
    assert len(lab.evaluate(paint)) == len(first) + 2 * 12
    undo.click()
    undo.click()
    assert lab.evaluate(paint) == first
    undo.click()
    assert lab.evaluate("lab => [lab.state.paint, lab.state.kernel]") == ["", "blur"] and undo.is_disabled()
    assert browser_digests(lab) == start


def test_another_channel_puts_the_kernel_before_it_right(opened):
    lab = opened("#lab?kernel=noise&filter=3")
    for change in ({"filter": 10}, {"kernel": "learned"}):
        lab.evaluate("(lab, change) => { lab.set(change); }", change)
        browser_digests(lab)
    assert lab.locator(".verdict").get_attribute("data-same") == "true"
