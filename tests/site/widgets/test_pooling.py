"""The pooling stepper against torch, and by keyboard, finger and link."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F

from tests.site.widgets.reading import at_links, classes, errors, in_states, in_table, number, shown, total

PAGE = "book/pooling.html"
ELEMENT = "cnn-pooling"
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


def cells_of(state, row, column):
    """The cells of a window: (row, column, value) in the map, None for a value beyond the padding."""
    feature_map, k, s, p = (state[name] for name in ("map", "kernel_size", "stride", "padding"))
    height, across = len(feature_map), len(feature_map[0])
    border = float("-inf") if state["mode"] == "max" else 0
    cells = []
    for r, c in itertools.product(range(row * s - p, row * s - p + k), range(column * s - p, column * s - p + k)):
        inside = 0 <= r < height and 0 <= c < across
        value = feature_map[r][c] if inside else border if r < height + p and c < across + p else None
        cells.append((r, c, value))
    return cells


def wanted(state):
    """All that must be shown in a state: what is kept is torch's."""
    pooled, winners = torch_pool(state["map"], **state)
    feature_map, padding, k = state["map"], state["padding"], state["kernel_size"]
    (height, across), (rows, columns) = np.shape(feature_map), np.shape(pooled)
    step = min(state["step"], rows * columns - 1)
    windows = [cells_of(state, *divmod(i, columns)) for i in range(rows * columns)]
    places = [{cell[:2] for cell in window} for window in windows]
    read = set.union(*places)
    winner = divmod(winners[step], across) if state["mode"] == "max" else None
    largest = np.abs(feature_map).max()

    extent = [max(n + 2 * padding, (m - 1) * state["stride"] + k) for n, m in ((height, rows), (across, columns))]
    border = float("-inf") if state["mode"] == "max" else 0
    inside = {(r, c): value for r, line in enumerate(feature_map) for c, value in enumerate(line)}

    def value(r, c):
        return inside.get((r, c), border if r < height + padding and c < across + padding else None)

    def mark(r, c):
        place = (r - padding, c - padding)
        names = {"window": place in places[step], "winner": place == winner, "unread": place not in read}
        return classes(*(name for name, on in names.items() if on))

    def mark_pooled(r, c):
        i = r * columns + c
        won = winner is not None and i <= step and winners[i] == winners[step]
        return classes("window" if i == step else "", "winner" if won else "")

    padded = [[value(r - padding, c - padding) for c in range(extent[1])] for r in range(extent[0])]
    window = [windows[step][r * k : (r + 1) * k] for r in range(k)]
    so_far = [[v if r * columns + c <= step else None for c, v in enumerate(line)] for r, line in enumerate(pooled)]
    arrays = {
        "map": in_table(padded, padding, (height, across), largest, mark),
        "window": in_table(
            [[cell[2] for cell in line] for line in window],
            largest=largest,
            marked=lambda r, c: classes(
                "" if window[r][c][:2] in inside else "border", "winner" if window[r][c][:2] == winner else ""
            ),
        ),
        "pooled": in_table(so_far, largest=largest, marked=mark_pooled),
    }
    where = f"Window {step + 1} of {rows * columns} (row {step // columns}, column {step % columns})"
    kept = number(pooled[step // columns][step % columns])
    flags = {name: bool(state[name]) for name in ("ceil_mode", "count_include_pad")}
    names = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")
    settings = ", ".join(f"{n}={flags.get(n, state[n])}" for n in names[: 4 if state["mode"] == "max" else 5])
    return {
        "arrays": arrays,
        "steps": [str(step), str(rows * columns - 1), f"{where}: {kept}"],
        "code": f"F.{state['mode']}_pool2d(x, {settings})  # (1, 1, {rows}, {columns})",
        "signs": ["→", "max →" if state["mode"] == "max" else "mean →"],
        "wrong": False,
        "said": f"{where}: {in_words(state, windows[step], kept, winner, winners, step)}{unread(inside, read)}",
    }


def in_words(state, window, kept, winner, winners, step):
    real = [v for r, c, v in window if 0 <= r < len(state["map"]) and 0 <= c < len(state["map"][0])]
    if winner:
        wins = winners.count(winners[step])
        more = f", which wins {wins} windows" if wins > 1 else ""
        return (
            f"the largest of {', '.join(map(number, real))} is {kept}, from row {winner[0]}, column {winner[1]}{more}."
        )
    padded = sum(v is not None for _, _, v in window) - len(real)
    beyond = len(window) - len(real) - padded
    count = len(real) + (padded if state["count_include_pad"] else 0)
    words = f"({total(real)}) / {count} = {kept}."
    if padded:
        counted = "count as 0" if state["count_include_pad"] else "left out"
        words += f" {padded} more {'cells are' if padded > 1 else 'cell is'} padding and {counted}."
    return words + (f" {beyond} beyond the padding never count{'' if beyond > 1 else 's'}." if beyond else "")


def unread(inside, read):
    lost = len(set(inside) - read)
    if not lost:
        return ""
    return f" {lost} {'numbers' if lost > 1 else 'number'} of the map {'are' if lost > 1 else 'is'} in no window."


START = dict(map=FIVE, mode="max", kernel_size=3, stride=2, padding=0, ceil_mode=0, count_include_pad=1, step=0)


def is_shown(found, state):
    for name, value in wanted(state).items():
        assert found[name] == value, (name, state)
    for name in ("kernel_size", "stride", "padding"):
        assert found["fields"][name] == str(state[name])
    for name in ("ceil_mode", "count_include_pad"):
        assert found["fields"][name] is bool(state[name])
    assert found["fields"]["keep"] == state["mode"]
    return True


def test_starts_with_alexnet_s_windows(anywhere):
    assert words(anywhere).startswith("Window 1 of 4 (row 0, column 0): the largest of 2, 0, 2, 0, 6, 1, 2, 1, 0 is 6")
    found = shown(anywhere)
    assert is_shown(found, START) and found["spoken"] and found["link"] == "#pooling-windows"
    assert found["result"]["pooled"] == [[6, 9], [4, 9]]


def test_every_setting_gives_torch_s_numbers_or_a_sentence(linked, every=1):
    element = linked("pooling-windows")
    random = np.random.default_rng(0)
    states = []
    for kernel_size, stride, padding, ceil_mode in itertools.product(range(1, 6), range(1, 6), range(3), range(2)):
        # few different numbers, so that there are equals; all below zero now and then, so that a border of zeros would win
        size, lift = random.integers(1, 9, 2).tolist(), random.choice([0, -9])
        feature_map = (random.integers(-4, 5, size) / 2 + lift).tolist()
        state = dict(map=feature_map, kernel_size=kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode)
        for mode, count_include_pad in (("max", 1), ("avg", 1), ("avg", 0)):
            step = int(random.integers(0, 30))
            states.append(state | dict(mode=mode, count_include_pad=count_include_pad, step=step))
    states = states[::every]
    fits = 0
    for state, found in zip(states, in_states(element, states), strict=True):
        torchs = torch_pool(state["map"], **state)
        assert found["taken"] is (torchs is not None), state
        if torchs is None:
            assert "at most half" in found["said"] or "does not fit" in found["said"]
            continue
        fits += 1
        assert is_shown(found, state)
        np.testing.assert_allclose(found["result"]["pooled"], torchs[0], atol=1e-12, err_msg=str(state))
        assert found["result"]["winners"] == torchs[1], state
    assert 50 / every < fits < len(states) - 50 / every


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
    assert widget.evaluate("e => e.result.pooled") == torch_pool(FIVE, "avg")[0]
    widget.get_by_role("spinbutton", name="padding").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # ceil_mode changes nothing here: the windows fill 5 + 2 pixels
    assert widget.get_by_role("checkbox", name="ceil_mode").is_checked()
    assert widget.evaluate("e => e.result.pooled") == torch_pool(FIVE, "avg", padding=1, ceil_mode=1)[0]

    first = widget.get_by_role("textbox", name="map, row 0, column 0", exact=True)
    first.focus()
    page.keyboard.press("End")
    page.keyboard.type("-7")
    page.keyboard.press("ArrowDown")
    changed = [list(row) for row in FIVE]
    changed[0][4] = -7
    assert widget.evaluate("e => e.result.pooled") == torch_pool(changed, "avg", padding=1)[0]
    assert widget.locator("table.numbers [tabindex='0']").count() == 2  # one stop an array


SAID = {
    "pooling-windows?mode=avg&padding=1": "(2 + 0 + 0 + 6) / 9 = 0.889. 5 more cells are padding and count as 0.",
    "pooling-windows?mode=avg&padding=1&count_include_pad=0": "/ 4 = 2. 5 more cells are padding and left out.",
    "pooling-windows?mode=avg&kernel_size=2&ceil_mode=1&step=2": "(3 + 3) / 2 = 3. 2 beyond the padding never count.",
    "pooling-windows?kernel_size=2": "9 numbers of the map are in no window.",
    "pooling-windows?map=-1,-2;-3,-4&kernel_size=2&padding=1": "the largest of −1 is −1",
}


def test_padding_and_what_is_left_over_are_said(linked):
    for found, says in zip(at_links(linked("pooling-windows"), list(SAID)), SAID.values(), strict=True):
        assert says in found["said"]


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
    assert touched.evaluate("e => e.result.pooled") == torch_pool(changed)[0] == [[6, 3], [4, 3]]
    assert "ceil_mode=1&step=1" in touched.locator(".foot a").get_attribute("href")


def test_a_link_brings_the_state_back(linked):
    element = linked("pooling-windows")
    element.evaluate(
        "e => e.set({ mode: 'avg', kernel_size: 2, map: [[1, 2, 3], [4, 5, -9.5]], ceil_mode: 1, step: 1 })"
    )
    again = linked(element.locator(".foot a").get_attribute("href").lstrip("#"))
    assert again.evaluate("e => e.result.pooled") == torch_pool([[1, 2, 3], [4, 5, -9.5]], "avg", 2, ceil_mode=1)[0]
    assert words(again).startswith("Window 2 of 2") and "(3 − 9.5) / 2 = −3.25" in words(again)
    again.get_by_role("button", name="Start again").click()
    assert again.locator(".foot a").get_attribute("href") == "#pooling-windows"
    assert again.evaluate("e => e.result.pooled") == torch_pool(FIVE)[0]


BROKEN = {
    "pooling-windows?stride=0": "stride is 0; it must be a whole number from 1 to 5.",
    "pooling-windows?padding=2": "padding is 2; it must be at most half of kernel_size, which is 3",
    "pooling-windows?map=1,2;3": "rows of the map",
    "pooling-windows?map=1,2;x,4": "a number that is none",
    "pooling-windows?map=1,2;3,4": "does not fit",
    "pooling-windows?mode=median": "mode is median; it must be max or avg.",
    "pooling-windows?ceil_mode=2": "ceil_mode is 2",
}


def test_a_broken_link_says_so_and_starts_afresh(linked):
    element = linked("pooling-windows?padding=1")
    for found, (fragment, reason) in zip(at_links(element, list(BROKEN)), BROKEN.items(), strict=True):
        assert reason in found["said"] and found["wrong"], fragment
        assert found["result"]["pooled"] == torch_pool(FIVE)[0] and found["link"] == "#pooling-windows"
    assert element.page.wrong == []


def test_wrong_input_is_named_and_nothing_is_lost(widget):
    cell = widget.get_by_role("textbox", name="map, row 0, column 0", exact=True)
    cell.fill("two")
    cell.press("ArrowDown")
    assert "“two” is not a number" in errors(widget)[0] and cell.input_value() == "two"
    field = widget.get_by_role("spinbutton", name="padding")
    field.fill("2")
    field.press("Tab")
    assert any("at most half of kernel_size" in each for each in errors(widget))
    assert field.get_attribute("aria-invalid") == "true"
    assert widget.evaluate("e => e.result.pooled") == torch_pool(FIVE)[0]


def test_without_javascript_both_results_are_there(without_script):
    assert without_script.locator("svg.grids").count() == 2
    assert "max pooling keeps the largest number" in without_script.inner_text()
