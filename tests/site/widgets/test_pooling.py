"""The pooling stepper against torch, and by keyboard, finger and link."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

PAGE = "book/pooling.html"
ELEMENT = "cnn-pooling"
SHOW = """(e, state) => ({
  set: e.set(state), result: e.result, winners: e.winners,
  said: e.querySelector(".said").textContent, code: e.querySelector("code").textContent,
})"""
FIVE = [[2, 0, 2, 1, 3], [0, 6, 1, 0, 3], [2, 1, 0, 9, 1], [0, 3, 1, 0, 2], [4, 3, 2, 1, 3]]


def torch_pool(feature_map, mode="max", kernel_size=3, stride=2, padding=0, ceil_mode=0, count_include_pad=1, **_):
    """What torch makes of it, and where its largest numbers come from; None where it refuses."""
    x = torch.tensor(feature_map, dtype=torch.float64)[None, None]
    try:
        largest, winners = F.max_pool2d(x, kernel_size, stride, padding, 1, bool(ceil_mode), return_indices=True)
        mean = F.avg_pool2d(x, kernel_size, stride, padding, bool(ceil_mode), bool(count_include_pad))
    except RuntimeError:
        return None
    return (largest if mode == "max" else mean)[0, 0].tolist(), winners.flatten().tolist()


def words(element):
    return element.locator(".said").inner_text()


def test_starts_with_alexnet_s_windows(widget):
    assert words(widget).startswith("Window 1 of 4 (row 0, column 0): the largest of 2, 0, 2, 0, 6, 1, 2, 1, 0 is 6")
    assert widget.evaluate("e => e.result") == torch_pool(FIVE)[0] == [[6, 9], [4, 9]]


def test_every_setting_gives_torch_s_numbers_or_a_sentence(linked):
    element = linked("pooling-windows")
    random = np.random.default_rng(0)
    tried = {True: 0, False: 0}
    for kernel_size, stride, padding, ceil_mode in itertools.product(range(1, 6), range(1, 6), range(3), range(2)):
        # few different numbers, so that there are equals; all below zero now and then, so that a border of zeros would win
        size, lift = random.integers(1, 9, 2).tolist(), random.choice([0, -9])
        feature_map = (random.integers(-4, 5, size) / 2 + lift).tolist()
        for mode, count_include_pad in (("max", 1), ("avg", 1), ("avg", 0)):
            state = dict(map=feature_map, mode=mode, kernel_size=kernel_size, stride=stride, padding=padding)
            state |= dict(ceil_mode=ceil_mode, count_include_pad=count_include_pad, step=0)
            wanted = torch_pool(feature_map, **state)
            shown = element.evaluate(SHOW, state)
            assert shown["set"] is (wanted is not None), state
            tried[wanted is not None] += 1
            if wanted is None:
                assert "at most half" in shown["said"] or "does not fit" in shown["said"]
                continue
            np.testing.assert_allclose(shown["result"], wanted[0], atol=1e-12, err_msg=str(state))
            assert shown["winners"] == wanted[1], state
            flag = f", count_include_pad={bool(count_include_pad)}" if mode == "avg" else ""
            line = f"F.{mode}_pool2d(x, kernel_size={kernel_size}, stride={stride}, padding={padding}, ceil_mode={bool(ceil_mode)}{flag})"
            assert line in shown["code"]
    assert min(tried.values()) > 50, tried


def test_by_keyboard_alone(widget):
    page = widget.page
    widget.get_by_role("button", name="One step on").focus()
    page.keyboard.press("Enter")
    assert words(widget).endswith("is 9, from row 2, column 3, which wins 2 windows.")
    assert widget.get_by_role("grid", name="pooled").locator("td.winner").count() == 1
    widget.locator("input[type=range]").focus()
    page.keyboard.press("End")
    assert words(widget).startswith("Window 4 of 4")
    assert widget.get_by_role("grid", name="pooled").locator("td.winner").count() == 2
    widget.get_by_role("combobox", name="keep").focus()
    page.keyboard.press("ArrowDown")
    assert widget.evaluate("e => e.result") == torch_pool(FIVE, "avg")[0]
    widget.get_by_role("spinbutton", name="padding").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # ceil_mode changes nothing here: the windows fill 5 + 2 pixels
    assert widget.get_by_role("checkbox", name="ceil_mode").is_checked()
    assert widget.evaluate("e => e.result") == torch_pool(FIVE, "avg", padding=1, ceil_mode=1)[0]

    first = widget.get_by_role("textbox", name="map, row 0, column 0", exact=True)
    first.focus()
    page.keyboard.press("End")
    page.keyboard.type("-7")
    page.keyboard.press("ArrowDown")
    changed = [list(row) for row in FIVE]
    changed[0][4] = -7
    assert widget.evaluate("e => e.result") == torch_pool(changed, "avg", padding=1)[0]
    assert widget.locator("table.numbers [tabindex='0']").count() == 2  # one stop an array


@pytest.mark.parametrize(
    ("fragment", "says"),
    [
        ("pooling-windows?mode=avg&padding=1", "(2 + 0 + 0 + 6) / 9 = 0.889. 5 more cells are padding and count as 0."),
        ("pooling-windows?mode=avg&padding=1&count_include_pad=0", "/ 4 = 2. 5 more cells are padding and left out."),
        (
            "pooling-windows?mode=avg&kernel_size=2&ceil_mode=1&step=2",
            "(3 + 3) / 2 = 3. 2 beyond the padding never count.",
        ),
        ("pooling-windows?kernel_size=2", "9 numbers of the map are in no window."),
        ("pooling-windows?map=-1,-2;-3,-4&kernel_size=2&padding=1", "the largest of −1 is −1"),
    ],
)
def test_padding_and_what_is_left_over_are_said(linked, fragment, says):
    assert says in words(linked(fragment))


def test_a_click_in_the_result_goes_to_its_window(widget):
    widget.get_by_role("grid", name="pooled").get_by_label("row 1, column 0").click()
    assert words(widget).startswith("Window 3 of 4")
    window = widget.locator("figure.array").first.locator("td.window")
    assert [cell.input_value() for cell in window.locator("input").all()] == list("210031432")


def test_the_cells_of_a_map_stay_where_they_are_when_its_border_changes(linked):
    element = linked("pooling-windows?padding=1")  # 7 × 7 with its border
    element.evaluate("e => e.set({ padding: 0, map: Array.from({ length: 7 }, () => Array(7).fill(1)) })")
    assert element.locator("figure.array").first.locator("input").count() == 49


def test_a_finger_changes_a_number(touched):
    cell = touched.get_by_role("textbox", name="map, row 2, column 3", exact=True)
    cell.tap()
    cell.fill("-4")
    touched.get_by_role("button", name="One step on").tap()
    touched.get_by_role("checkbox", name="ceil_mode").tap()
    changed = [list(row) for row in FIVE]
    changed[2][3] = -4
    assert touched.evaluate("e => e.result") == torch_pool(changed)[0] == [[6, 3], [4, 3]]
    assert "ceil_mode=1&step=1" in touched.locator(".foot a").get_attribute("href")


def test_a_link_brings_the_state_back(linked):
    element = linked("pooling-windows")
    element.evaluate(
        "e => e.set({ mode: 'avg', kernel_size: 2, map: [[1, 2, 3], [4, 5, -9.5]], ceil_mode: 1, step: 1 })"
    )
    again = linked(element.locator(".foot a").get_attribute("href").lstrip("#"))
    assert again.evaluate("e => e.result") == torch_pool([[1, 2, 3], [4, 5, -9.5]], "avg", 2, ceil_mode=1)[0]
    assert words(again).startswith("Window 2 of 2") and "(3 − 9.5) / 2 = −3.25" in words(again)
    again.get_by_role("button", name="Start again").click()
    assert again.evaluate("e => e.result") == torch_pool(FIVE)[0]


@pytest.mark.parametrize(
    ("fragment", "reason"),
    [
        ("pooling-windows?stride=0", "stride is 0; it must be a whole number from 1 to 5."),
        ("pooling-windows?padding=2", "padding is 2; it must be at most half of kernel_size, which is 3"),
        ("pooling-windows?map=1,2;3", "rows of the map"),
        ("pooling-windows?map=1,2;x,4", "a number that is none"),
        ("pooling-windows?map=1,2;3,4", "does not fit"),
        ("pooling-windows?mode=median", "mode is median; it must be max or avg."),
        ("pooling-windows?ceil_mode=2", "ceil_mode is 2"),
    ],
)
def test_a_broken_link_says_so_and_starts_afresh(linked, fragment, reason):
    element = linked(fragment)
    assert reason in words(element)
    assert element.evaluate("e => e.result") == torch_pool(FIVE)[0]
    assert element.page.wrong == []


def test_wrong_input_is_named_and_nothing_is_lost(widget):
    cell = widget.get_by_role("textbox", name="map, row 0, column 0", exact=True)
    cell.fill("two")
    cell.press("ArrowDown")
    assert words(widget) == "“two” is not a number; the map stays as it was."
    field = widget.get_by_role("spinbutton", name="padding")
    field.fill("2")
    field.press("Tab")
    assert "at most half of kernel_size" in words(widget)
    assert field.get_attribute("aria-invalid") == "true"
    assert widget.evaluate("e => e.result") == torch_pool(FIVE)[0]


def test_without_javascript_both_results_are_there(without_script):
    assert without_script.locator("svg.grids").count() == 2
    assert "max pooling keeps the largest number" in without_script.inner_text()


@pytest.mark.parametrize(("mode", "border"), [("max", "−∞"), ("avg", "0")])
def test_the_border_shows_what_it_holds(linked, mode, border):
    cells = linked(f"pooling-windows?mode={mode}&padding=1").locator("figure.array").first.locator("td.border")
    assert set(cells.all_inner_texts()) == {border} and cells.count() == 7 * 7 - 5 * 5
