"""The convolution stepper against torch, and by keyboard, finger and link."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

PAGE = "book/convolution.html"
ELEMENT = "cnn-convolution"
DECK = [[1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0], [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 0]]  # fmt: skip
FILTER1 = [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]


def torch_map(image, kernel, stride=1, padding=0, dilation=1):
    image, kernel = (torch.tensor(rows, dtype=torch.float64)[None, None] for rows in (image, kernel))
    return F.conv2d(image, kernel, None, stride, padding, dilation)[0, 0].tolist()


def words(element):
    return element.locator(".said").inner_text()


def test_starts_with_the_deck_s_image_and_first_filter(widget):
    assert words(widget) == "Window 1 of 16 (row 0, column 0): 1 + 0 + 0 + 0 + 1 + 0 + 0 + 0 + 1 = 3"
    assert widget.evaluate("e => e.result") == torch_map(DECK, FILTER1)


def test_every_setting_gives_torch_s_map_or_a_sentence(linked):
    element = linked("convolution-windows")
    random = np.random.default_rng(0)
    tried = {True: 0, False: 0}
    for stride, padding, dilation in itertools.product((1, 2, 3, 4), (0, 1, 2, 3), (1, 2, 3)):
        size, kernel_size = random.integers(3, 11, 2).tolist(), random.integers(1, 6, 2).tolist()
        image, kernel = random.integers(-9, 10, size).tolist(), (random.integers(-99, 99, kernel_size) / 10).tolist()
        state = dict(image=image, filter=kernel, stride=stride, padding=padding, dilation=dilation, step=0, name="x")
        fits = all(n + 2 * padding >= dilation * (k - 1) + 1 for n, k in zip(size, kernel_size, strict=True))
        assert element.evaluate("(e, state) => e.set(state)", state) is fits, state
        tried[fits] += 1
        if fits:
            wanted = torch_map(image, kernel, stride, padding, dilation)
            np.testing.assert_allclose(element.evaluate("e => e.result"), wanted, atol=1e-9)
            assert f"stride={stride}, padding={padding}, dilation={dilation}" in element.locator("code").inner_text()
        else:
            assert "does not fit" in words(element)
    assert min(tried.values()) > 3, tried


def test_by_keyboard_alone(widget):
    page = widget.page
    widget.get_by_role("button", name="One step on").focus()
    for _ in range(12):
        page.keyboard.press("Enter")
    assert words(widget).startswith("Window 13 of 16 (row 3, column 0)") and words(widget).endswith("= 3")
    widget.locator("input[type=range]").focus()
    page.keyboard.press("End")
    assert words(widget).startswith("Window 16 of 16")
    widget.get_by_role("spinbutton", name="stride").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    assert widget.evaluate("e => e.result") == torch_map(DECK, FILTER1, stride=2)

    first = widget.get_by_role("textbox", name="image, row 0, column 0", exact=True)
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("5")
    page.keyboard.press("ArrowDown")
    changed = [list(row) for row in DECK]
    changed[0][1] = 5
    assert widget.evaluate("e => e.result") == torch_map(changed, FILTER1, stride=2)
    assert widget.locator("table.numbers [tabindex='0']").count() == 3  # one stop an array


def test_a_click_in_the_map_goes_to_its_window(widget):
    widget.get_by_role("grid", name="feature map").get_by_label("row 3, column 0").click()
    assert words(widget).startswith("Window 13 of 16")
    assert widget.locator("figure.array").first.locator("td.window").count() == 9


def test_a_finger_changes_a_pixel(touched):
    assert not touched.get_by_role("button", name="Play").is_visible()  # less motion was asked for
    cell = touched.get_by_role("textbox", name="filter, row 1, column 1", exact=True)
    cell.tap()
    cell.fill("-4")
    touched.get_by_role("button", name="One step on").tap()
    kernel = [list(row) for row in FILTER1]
    kernel[1][1] = -4
    assert touched.evaluate("e => e.result") == torch_map(DECK, kernel)
    assert touched.locator("select").input_value() == "my own"
    assert "filter=1,-1,-1;-1,-4,-1;-1,-1,1" in touched.locator(".foot a").get_attribute("href")


def test_play_walks_to_the_end_and_stops(linked):
    element = linked("convolution-windows?step=14")
    element.get_by_role("button", name="Play").click()
    element.get_by_role("button", name="Play").wait_for(timeout=5000)
    assert words(element).startswith("Window 16 of 16")


def test_a_link_brings_the_state_back(linked):
    element = linked("convolution-windows")
    element.evaluate("e => e.set({ stride: 2, padding: 1, image: [[1, 2, 3], [4, 5, 6], [7, 8, -9.5]], step: 3 })")
    fragment = element.locator(".foot a").get_attribute("href").lstrip("#")
    again = linked(fragment)
    assert again.evaluate("e => e.result") == torch_map([[1, 2, 3], [4, 5, 6], [7, 8, -9.5]], FILTER1, 2, 1)
    assert words(again).startswith("Window 4 of 4")
    again.get_by_role("button", name="Start again").click()
    assert again.evaluate("e => e.result") == torch_map(DECK, FILTER1)


@pytest.mark.parametrize(
    ("fragment", "reason"),
    [
        ("convolution-windows?stride=0", "stride is 0; it must be a whole number from 1 to 4."),
        ("convolution-windows?image=1,2;3", "rows of the image"),
        ("convolution-windows?filter=a,b", "a number that is none"),
        ("convolution-windows?dilation=3&padding=0&image=1,2;3,4", "does not fit"),
        ("convolution-windows?%E0%A4%A", ""),
    ],
)
def test_a_broken_link_says_so_and_starts_afresh(linked, fragment, reason):
    element = linked(fragment)
    assert reason in words(element)
    assert element.evaluate("e => e.result") == torch_map(DECK, FILTER1)
    assert element.page.wrong == []


def test_wrong_input_is_named_and_nothing_is_lost(widget):
    cell = widget.get_by_role("textbox", name="image, row 0, column 0", exact=True)
    cell.fill("one")
    cell.press("ArrowDown")
    assert words(widget) == "“one” is not a number; the image stays as it was."
    field = widget.get_by_role("spinbutton", name="dilation")
    field.fill("9")
    field.press("Tab")
    assert words(widget) == "dilation is 9; it must be a whole number from 1 to 3."
    assert field.get_attribute("aria-invalid") == "true"
    assert widget.evaluate("e => e.result") == torch_map(DECK, FILTER1)


def test_without_javascript_the_maps_are_there(without_script):
    assert without_script.locator("svg.grids").count() == 2
    assert "sum of the products" in without_script.inner_text()
