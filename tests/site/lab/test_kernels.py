"""Kernels of conv1 chosen, typed, painted and put back."""

import numpy as np
import pytest

from tests.site.lab.conftest import choose, is_python_s, maps, settled, snapshot


def test_every_channel_and_every_kernel_can_be_typed(opened):
    lab = opened("#lab?stage=12")
    field = lab.get_by_role("spinbutton", name="channel", exact=True)
    field.fill("255")
    field.press("Enter")
    now = snapshot(lab)
    assert now["choice"]["channel"] == 255 and now["complaint"] == ""
    field.fill("256")
    field.press("Enter")
    assert lab.locator(".complaint").inner_text() == "channel is 256; it must be a whole number from 0 to 255."
    lab.locator("button.stage").first.click()
    assert snapshot(lab)["complaint"] == ""
    lab.locator("summary", has_text="Change a kernel").click()
    number = lab.get_by_role("spinbutton", name="number")
    number.fill("5")
    number.press("Enter")
    choice = snapshot(lab)["choice"]
    assert (choice["filter"], choice["channel"]) == (5, 5)
    lab.get_by_role("combobox", name="kernel").select_option("Sobel x")
    settled(lab)
    assert "Kernel 5 of conv1 is changed: Sobel x" in lab.locator(".notice").inner_text()
    assert "differ by" in lab.locator(".effect").inner_text()
    lab.get_by_role("button", name="Put it back").click()
    assert is_python_s(lab)


def test_what_a_kernel_changes_is_measured(opened):
    lab = opened("#lab?stage=6")
    [before] = maps(lab, 6)
    now = choose(lab, kernel="noise")
    [after] = maps(lab, 6)
    share = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert share > 0 and now["change"] == pytest.approx(share, rel=1e-6)
    assert f"{share:.1%}".replace("%", " %") in lab.locator(".effect").text_content()


def drag(lab, sheet, start, end):
    """Paint from one place to another, both as shares of the sheet: (across, down)."""
    box, mouse = sheet.bounding_box(), lab.page.mouse
    place = [(box["x"] + box["width"] * across, box["y"] + box["height"] * down) for across, down in (start, end)]
    mouse.move(*place[0])
    mouse.down()
    mouse.move(*place[1], steps=25)
    mouse.up()


def test_painting_and_resetting(lab):
    start = settled(lab)["digests"]
    lab.locator("summary", has_text="Change a kernel").click()
    drag(lab, lab.locator(".editor > canvas"), (0.1, 0.5), (0.9, 0.5))
    now = settled(lab)
    assert now["digests"][0] != start[0] and now["digests"][12] != start[12]
    assert len(now["choice"]["paint"]) > 4 * 3 * 5
    # only one channel of conv1 has changed
    [painted] = maps(lab, 0)
    lab.get_by_role("button", name="Start again").click()
    assert settled(lab)["digests"] == start
    [learned] = maps(lab, 0)
    changed = (painted != learned).reshape(64, -1).any(1)
    assert changed.nonzero()[0].tolist() == [0]


def test_strokes_are_undone_one_by_one(opened):
    lab = opened("#lab?kernel=blur")
    start = settled(lab)["digests"]
    lab.locator("summary", has_text="Change a kernel").click()
    undo, sheet = lab.get_by_role("button", name="Undo"), lab.locator(".editor > canvas")
    assert undo.is_disabled()
    drag(lab, sheet, (0.02, 0.02), (0.98, 0.02))
    first = snapshot(lab)["choice"]["paint"]
    assert len(first) == 4 * 3 * 11
    for key in ("ArrowDown", "Space", "ArrowDown", "Enter"):
        sheet.press(key)
    assert len(snapshot(lab)["choice"]["paint"]) == len(first) + 2 * 12
    undo.click()
    undo.click()
    assert snapshot(lab)["choice"]["paint"] == first
    undo.click()
    choice = snapshot(lab)["choice"]
    assert (choice["paint"], choice["kernel"]) == ("", "blur") and undo.is_disabled()
    assert settled(lab)["digests"] == start


def test_another_channel_puts_the_kernel_before_it_right(opened):
    lab = opened("#lab?kernel=noise&filter=3")
    choose(lab, filter=10)
    choose(lab, kernel="learned")
    assert is_python_s(lab)


def test_no_control_has_an_attribute_of_an_undefined_value(lab):
    markup = lab.evaluate("lab => lab.outerHTML.replace(/<script[^]*?<\\/script>/, '')")
    assert "undefined" not in markup
