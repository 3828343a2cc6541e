"""The convolution stepper against torch, and by keyboard, finger and link."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F

from tests.site.widgets.reading import at_links, errors, in_states, in_table, number, shown, total

PAGE = "book/convolution.html"
ELEMENT = "cnn-convolution"
DECK = [[1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0], [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 0]]  # fmt: skip
FILTER1 = [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]


def torch_map(image, kernel, stride=1, padding=0, dilation=1):
    image, kernel = (torch.tensor(rows, dtype=torch.float64)[None, None] for rows in (image, kernel))
    return F.conv2d(image, kernel, None, stride, padding, dilation)[0, 0].tolist()


def words(element):
    return element.locator(".said").inner_text()


def wanted(state):
    """All that must be shown in a state: computed by torch."""
    image, kernel = np.array(state["image"], float), np.array(state["filter"], float)
    stride, padding, dilation = (state[name] for name in ("stride", "padding", "dilation"))
    feature_map = np.array(torch_map(image, kernel, stride, padding, dilation))
    step = min(state["step"], feature_map.size - 1)
    row, column = divmod(step, feature_map.shape[1])
    padded = np.pad(image, padding)
    rows = [row * stride + y * dilation for y in range(kernel.shape[0])]
    columns = [column * stride + x * dilation for x in range(kernel.shape[1])]
    products = kernel * padded[np.ix_(rows, columns)]
    so_far = [
        [v if r * len(line) + c <= step else None for c, v in enumerate(line)] for r, line in enumerate(feature_map)
    ]
    where = f"Window {step + 1} of {feature_map.size} (row {row}, column {column})"
    result = number(feature_map[row, column])
    arrays = {
        "image": in_table(padded, padding, marked=lambda r, c: "window" if r in rows and c in columns else ""),
        "filter": in_table(kernel),
        "products": in_table(products),
        "feature map": in_table(
            so_far,
            largest=np.abs(feature_map).max(),
            marked=lambda r, c: "window" if (r, c) == (row, column) else "",
        ),
    }
    settings = f"stride={stride}, padding={padding}, dilation={dilation}"
    return {
        "arrays": arrays,
        "said": f"{where}: {total(products.ravel())} = {result}",
        "steps": [str(step), str(feature_map.size - 1), f"{where}: {result}"],
        "code": f"F.conv2d(image, filter, {settings})  # (1, 1, {', '.join(map(str, feature_map.shape))})",
        "wrong": False,
        "invalid": [],
    }


START = dict(image=DECK, filter=FILTER1, stride=1, padding=0, dilation=1, step=0)


def is_shown(found, state):
    for name, value in wanted(state).items():
        assert found[name] == value, (name, state)
    for name in ("stride", "padding", "dilation"):
        assert found["fields"][name] == str(state[name])
    return True


def test_starts_with_the_deck_s_image_and_first_filter(anywhere):
    assert words(anywhere) == "Window 1 of 16 (row 0, column 0): 1 + 0 + 0 + 0 + 1 + 0 + 0 + 0 + 1 = 3"
    found = shown(anywhere)
    assert is_shown(found, START) and found["spoken"] and found["signs"] == ["×", "=", "Σ →"]
    assert found["fields"]["filter"] == "filter 1" and found["link"] == "#convolution-windows"


def test_every_setting_gives_torch_s_map_or_a_sentence(linked, every=1):
    element = linked("convolution-windows")
    random = np.random.default_rng(0)
    states, fit = [], []
    for stride, padding, dilation in itertools.product((1, 2, 3, 4), (0, 1, 2, 3), (1, 2, 3)):
        size, kernel_size = random.integers(3, 11, 2).tolist(), random.integers(1, 6, 2).tolist()
        image, kernel = random.integers(-9, 10, size).tolist(), (random.integers(-999, 999, kernel_size) / 100).tolist()
        step = int(random.integers(0, 40))
        states.append(dict(image=image, filter=kernel, stride=stride, padding=padding, dilation=dilation, step=step))
        fit.append(all(n + 2 * padding >= dilation * (k - 1) + 1 for n, k in zip(size, kernel_size, strict=True)))
    states, fit = states[::every], fit[::every]
    for state, fits, found in zip(states, fit, in_states(element, states), strict=True):
        assert found["taken"] is fits, state
        if fits:
            assert is_shown(found, state)
        else:
            assert "does not fit" in found["said"] and found["wrong"]
    assert min(fit.count(True), fit.count(False)) > 3 / every


def test_every_window_of_one_map_is_shown(linked):
    """The state is followed window by window, back and forth: nothing of the window before is left."""
    element = linked("convolution-windows")
    state = START | dict(image=[[1, -2, 3, 4], [5, 6, 7, -8], [9, 1, 2, 3]], filter=[[1, 2], [-3, 4]], padding=1)
    order = [*range(20), 7, 0, 19]
    states = [state | {"step": step} for step in order]
    for each, found in zip(states, in_states(element, states), strict=True):
        assert is_shown(found, each)
        assert ("step=" in found["link"]) is (each["step"] > 0)


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
    assert widget.evaluate("e => e.result.map") == torch_map(DECK, FILTER1, stride=2)

    first = widget.get_by_role("textbox", name="image, row 0, column 0", exact=True)
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("5")
    page.keyboard.press("ArrowDown")
    changed = [list(row) for row in DECK]
    changed[0][1] = 5
    assert widget.evaluate("e => e.result.map") == torch_map(changed, FILTER1, stride=2)
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
    assert touched.evaluate("e => e.result.map") == torch_map(DECK, kernel)
    assert touched.locator("select").input_value() == "my own"
    assert "filter=1,-1,-1;-1,-4,-1;-1,-1,1" in touched.locator(".foot a").get_attribute("href")


def test_play_walks_to_the_end_and_stops(linked):
    element = linked("convolution-windows?step=14")
    element.get_by_role("button", name="Play").click()
    assert element.get_by_role("button", name="Pause").count() == 1
    assert not shown(element)["spoken"]  # a screen reader would speak at every step
    element.get_by_role("button", name="Play").wait_for(timeout=5000)
    assert words(element).startswith("Window 16 of 16") and shown(element)["spoken"]


def test_a_link_brings_the_state_back(linked):
    element = linked("convolution-windows")
    element.evaluate("e => e.set({ stride: 2, padding: 1, image: [[1, 2, 3], [4, 5, 6], [7, 8, -9.5]], step: 3 })")
    fragment = element.locator(".foot a").get_attribute("href").lstrip("#")
    again = linked(fragment)
    assert again.evaluate("e => e.result.map") == torch_map([[1, 2, 3], [4, 5, 6], [7, 8, -9.5]], FILTER1, 2, 1)
    assert words(again).startswith("Window 4 of 4")
    again.get_by_role("button", name="Start again").click()
    assert again.locator(".foot a").get_attribute("href") == "#convolution-windows"
    assert again.evaluate("e => e.result.map") == torch_map(DECK, FILTER1)


BROKEN = {
    "convolution-windows?stride=0": "stride is 0; it must be a whole number from 1 to 4.",
    "convolution-windows?padding=-1": "padding is -1; it must be a whole number from 0 to 3.",
    "convolution-windows?image=1,2;3": "rows of the image",
    "convolution-windows?filter=a,b": "a number that is none",
    "convolution-windows?dilation=3&padding=0&image=1,2;3,4": "A window of 7 pixels does not fit into 2 + 2·0",
    "convolution-windows?step=-1": "The window's number is -1; the first one is 0.",
    "convolution-windows?%E0%A4%A": "Window 1 of 16",
}


def test_a_broken_link_says_so_and_starts_afresh(linked):
    element = linked("convolution-windows?stride=2")
    for found, (fragment, reason) in zip(at_links(element, list(BROKEN)), BROKEN.items(), strict=True):
        assert reason in found["said"] and found["wrong"] is ("Window 1" not in reason), fragment
        assert found["result"]["map"] == torch_map(DECK, FILTER1) and found["link"] == "#convolution-windows"
    assert element.page.wrong == []


def test_a_broken_link_is_named_when_the_page_opens(linked):
    element = linked("convolution-windows?stride=0")
    assert errors(element) == ["stride is 0; it must be a whole number from 1 to 4."]
    element.get_by_role("button", name="One step on").click()
    assert errors(element) == [] and words(element).startswith("Window 2 of 16")
    assert element.page.wrong == []


NOT_A_NUMBER = (
    "image, row 0, column 0: “one” is not a number; type one such as −1 or 0.5 (until then it still counts as 1)."
)
NO_DILATION = "dilation is 9; it must be a whole number from 1 to 3."


def test_what_is_wrong_stays_until_it_is_mended(widget):
    cell = widget.get_by_role("textbox", name="image, row 0, column 0", exact=True)
    cell.fill("one")
    cell.press("ArrowDown")
    assert errors(widget) == [NOT_A_NUMBER]
    dilation, padding = (widget.get_by_role("spinbutton", name=name) for name in ("dilation", "padding"))
    dilation.fill("9")
    dilation.press("Tab")
    assert sorted(errors(widget)) == [NO_DILATION, NOT_A_NUMBER]
    padding.fill("1")  # the image gets a border, and the cell is still the same
    padding.press("Tab")
    widget.get_by_role("button", name="One step on").click()
    assert sorted(errors(widget)) == [NO_DILATION, NOT_A_NUMBER]
    assert cell.input_value() == "one" and dilation.input_value() == "9"
    assert words(widget).startswith("Window 2 of 36")
    assert widget.evaluate("e => e.result.map") == torch_map(DECK, FILTER1, padding=1)
    cell.fill("5")
    cell.press("Enter")
    assert errors(widget) == [NO_DILATION] and cell.get_attribute("aria-invalid") is None
    dilation.fill("2")
    dilation.press("Tab")
    changed = [[5, *DECK[0][1:]], *DECK[1:]]
    assert errors(widget) == [] and is_shown(shown(widget), START | dict(image=changed, padding=1, dilation=2, step=1))


def test_what_did_not_fit_is_taken_as_soon_as_it_fits(linked):
    element = linked("convolution-windows?image=1,2,3;4,5,6;7,8,9")
    dilation, padding = (element.get_by_role("spinbutton", name=name) for name in ("dilation", "padding"))
    dilation.fill("2")
    dilation.press("Tab")
    assert "A window of 5 pixels does not fit into 3 + 2·0" in errors(element)[0]
    padding.fill("1")
    padding.press("Tab")
    assert errors(element) == [] and element.evaluate("e => e.state.dilation") == 2


def test_without_javascript_the_maps_are_there(without_script):
    assert without_script.locator("svg.grids").count() == 2
    assert "sum of the products" in without_script.inner_text()
