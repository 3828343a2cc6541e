"""Softmax and cross entropy against torch, and by keyboard, finger and link."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from insidecnn.widgets import softmax
from tests.site.widgets.reading import at_links, in_states, number, shown

PAGE = "book/regression-and-classification.html"
ELEMENT = "cnn-softmax"
FIRST, SECOND = ([2.0, 1.0, -1.0], 0), ([0.0, 3.0, 0.5], 2)  # the chapter's two pictures


def torchs(logits, target, added=0.0, temperature=1.0):
    z = ((torch.tensor([logits], dtype=torch.float64) + added) / temperature).requires_grad_()
    loss = F.cross_entropy(z, torch.tensor([target]))
    loss.backward()
    return {"p": F.softmax(z, dim=1)[0].tolist(), "loss": loss.item(), "slope": z.grad[0].tolist()}


TEXTS = {
    "z": ".class .z", "p": ".effect:nth-last-child(2) > span", "slope": ".effect:last-child > span", "sum": ".sizes",
    "code": "code",
}  # fmt: skip
ATTRIBUTES = {
    "p": [".effect:nth-last-child(2) rect", "width"],
    "slope": [".effect:last-child rect", "x", "width", "class"],
    "sliders": [".class > input[type=range]", "aria-valuetext"],
    "others": [".fields input[type=range]", "aria-valuetext"],
}


def share(value):
    """A number from 0 to 1 as it is shown: near 0 with its power of ten."""
    if value == 0 or value >= 0.0005:
        return number(value)
    digits, power = f"{value:.1e}".split("e-")
    return f"{digits}·10⁻{str(int(power)).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def is_shown(found, logits, target, added=0.0, temperature=1.0):
    """Numbers, words and bars are torch's."""
    wanted = torchs(logits, target, added, temperature)
    state = (logits, target, added, temperature)
    result = found["result"]
    for name, value in wanted.items():
        np.testing.assert_allclose(result[name], value, rtol=1e-9, atol=1e-12, err_msg=f"{name} of {state}")
    # the page's own numbers, now known to be torch's, so that no last digit differs in what is written
    texts, attributes, fields = found["texts"], found["attributes"], found["fields"]
    z = [(logit + added) / temperature for logit in logits]
    assert texts["z"] == [f"z = {number(each, 2 if abs(each) < 10 else 1)}" for each in z], state
    assert texts["p"] == [f"p̂ = {share(p)}" for p in result["p"]], state
    assert texts["slope"] == [f"p̂ − p = {'−' if d < 0 else ''}{share(abs(d))}" for d in result["slope"]], state
    bars = [float(width.rstrip("%")) for (width,) in attributes["p"]]
    np.testing.assert_allclose(bars, np.multiply(100, wanted["p"]), atol=1e-6)
    for (x, width, kind), slope in zip(attributes["slope"], wanted["slope"], strict=True):
        ends = sorted([50, 50 + 50 * slope])
        np.testing.assert_allclose(
            [float(x.rstrip("%")), float(width.rstrip("%"))], [ends[0], ends[1] - ends[0]], atol=1e-6
        )
        assert abs(slope) < 1e-12 or kind == ("plus-3" if slope > 0 else "minus-3"), state
    for k, logit in enumerate(logits):
        assert fields[f"logit of class {k}, as a number"] == number(logit), state
        assert fields[f"true class {k}"] is (k == target), state
        assert float(fields[f"logit of class {k}"]) == pytest.approx(np.clip(logit, -10, 10), abs=0.051), state
    assert attributes["sliders"] == [[number(logit)] for logit in logits]
    assert attributes["others"] == [[number(added, 2)], [number(temperature, 2)]]
    largest, loss = max(z), share(result["loss"])
    numbers = f"{number(largest)} − {number(z[target])} + ln {number(result['sum'])}".replace("− −", "+ ")
    name = f"z{'₀₁₂'[target]}"
    assert texts["sum"] == [
        f"With the largest z, m = {number(largest)}: loss = m − {name} + ln Σ ez − m = {numbers} = {loss}"
    ]
    chosen = [name for name, each in (("1", FIRST), ("2", SECOND)) if each == (logits, target)]
    assert fields["picture"] == (chosen or ["my own"])[0]
    assert ("added to all logits changes no probability" in found["said"]) is (added != 0)
    assert ("too large for 32 bits" in found["said"]) == (largest > np.log(np.finfo(np.float32).max.astype(float)))
    given = share(result["p"][target])
    assert found["said"].startswith(f"Loss −ln {'p̂' if given in '01' else given} = {loss}; all logits alike")
    return True


def is_torchs(element, *state):
    return is_shown(shown(element, TEXTS, ATTRIBUTES), *state)


def words(element):
    return element.locator(".said").inner_text()


def test_starts_with_the_chapter_s_first_picture(anywhere):
    found = shown(anywhere, TEXTS, ATTRIBUTES)
    assert is_shown(found, *FIRST) and found["spoken"] and found["link"] == "#softmax"
    assert words(anywhere) == "Loss −ln 0.705 = 0.349; all logits alike would cost ln 3 = 1.099."


def test_every_state_is_torchs(linked, every=1):
    element = linked("softmax")
    random = np.random.default_rng(0)
    rows = [random.normal(0, scale, 3).round(3).tolist() for scale in (0.1, 1, 10, 300)]
    rows += [[1000, -1000, 0], [-1000, -1000, -1000], [1000, 1000, 999], [1000, 990, 0], [0, 0, 0], [2, 1, -1]]
    changes = [(0, 1), (-1000, 0.01), (88.5, 7.5), (1000, 1), (0, 0.01), (0, 100), (-1000, 1), (88.5, 0.01)]
    grid = [(row, target, *change) for row, target, change in itertools.product(rows, range(3), changes)]
    grid = [(np.clip(row, -1000, 1000).tolist(), *others) for row, *others in grid][::every]
    states = [{"logits": [row], "target": t, "added": a, "temperature": c} for row, t, a, c in grid]
    for state, found in zip(grid, in_states(element, states, TEXTS, ATTRIBUTES), strict=True):
        assert found["taken"] and not found["wrong"] and is_shown(found, *state)
        everything = str([found["texts"], found["said"]])
        assert "NaN" not in everything and "Infinity" not in everything


def test_the_lines_of_pytorch_do_what_they_say(linked):
    element = linked("softmax?logits=2,-0.5,1000&target=1&added=-3&temperature=2.5")
    for changes in ({}, {"added": 0, "temperature": 1}, {"logits": [[1e-7, 3, 2]], "added": 5}):
        assert element.evaluate("(e, changes) => e.set(changes)", changes)
        lines = element.locator("code").inner_text()
        names = {"torch": torch, "F": F}
        exec(lines, names)
        wanted = element.evaluate("e => e.result")
        np.testing.assert_allclose(names["loss"].item(), wanted["loss"], rtol=1e-5)
        np.testing.assert_allclose(names["z"].grad[0].tolist(), wanted["slope"], rtol=1e-4, atol=1e-6)
        said = [line.rsplit("[[", 1)[1].rstrip("]") for line in lines.splitlines() if "#" in line and "[[" in line]
        for text, name in zip(said, ("p", "slope"), strict=True):
            np.testing.assert_allclose([float(n) for n in text.split(",")], wanted[name], rtol=6e-3)


def test_the_same_number_added_changes_nothing(widget):
    before = widget.evaluate("e => e.result")
    widget.get_by_role("slider", name="added to all logits").focus()
    widget.page.keyboard.press("End")
    after = widget.evaluate("e => e.result")
    assert [z - 100 for z in after["z"]] == pytest.approx(before["z"])
    for name in ("p", "loss", "slope"):
        assert after[name] == pytest.approx(before[name])
    assert "The 100 added to all logits changes no probability." in words(widget)
    assert "e to the power of 102 is too large for 32 bits" in words(widget)  # float32 ends at e^88.7


def test_extremes_are_said(linked):
    element = linked("softmax?logits=1000,990,0&target=2")
    assert element.evaluate("e => e.result.loss") == pytest.approx(1000)  # as in the chapter
    assert "rounds to 0 in 32 bits" in words(element) and words(element).startswith("Loss −ln p̂ = 1000;")
    element = linked("softmax?logits=88,0,0&target=0")
    assert "too large" not in words(element) and "rounds" not in words(element)


def test_by_keyboard_alone(widget):
    page = widget.page
    widget.get_by_role("slider", name="logit of class 1", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert is_torchs(widget, [2, 1.1, -1], 0)
    widget.get_by_role("radio", name="true class 0").focus()
    page.keyboard.press("ArrowDown")
    assert is_torchs(widget, [2, 1.1, -1], 1)
    field = widget.get_by_role("textbox", name="logit of class 2, as a number")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("-7,25")
    page.keyboard.press("Enter")
    assert is_torchs(widget, [2, 1.1, -7.25], 1)
    widget.get_by_role("slider", name="temperature").focus()
    page.keyboard.press("Home")
    assert is_torchs(widget, [2, 1.1, -7.25], 1, 0, 0.1)
    assert widget.get_by_role("combobox", name="picture").input_value() == "my own"
    widget.get_by_role("combobox", name="picture").select_option("2")
    assert is_torchs(widget, *SECOND)  # the other controls are back at their start


def test_a_finger_chooses_the_true_class(touched):
    touched.get_by_role("radio", name="true class 2").tap()
    assert is_torchs(touched, FIRST[0], 2)
    slider = touched.get_by_role("slider", name="logit of class 2", exact=True)
    slider.tap(position={"x": slider.bounding_box()["width"] - 3, "y": 20})
    logit = touched.evaluate("e => e.state.logits[0][2]")
    assert logit > 8 and is_torchs(touched, [2, 1, logit], 2)
    heights = touched.locator("input, select, button, label.right").evaluate_all(
        "all => all.filter((each) => each.type !== 'radio').map((each) => each.offsetHeight)"
    )
    assert min(heights) >= 44


def test_a_link_brings_the_state_back(linked):
    element = linked("softmax")
    state = {"logits": [[-3.5, 1000, 0.125]], "target": 2, "added": -12, "temperature": 0.35}
    assert element.evaluate("(e, state) => e.set(state)", state)
    again = linked(element.locator(".foot a").get_attribute("href").lstrip("#"))
    assert is_torchs(again, [-3.5, 1000, 0.125], 2, -12, 0.35)
    again.get_by_role("button", name="Start again").click()
    assert again.locator(".foot a").get_attribute("href") == "#softmax"
    assert is_torchs(again, *FIRST)


BROKEN = {
    "softmax?logits=1,2": "one row of 3 logits",
    "softmax?logits=1,2,3;4,5,6": "one row of 3 logits",
    "softmax?logits=1,2,2000": "The logit of class 2 is 2000; it must be a number from −1000 to 1000.",
    "softmax?target=3": "The true class is number 3; the classes are 0 to 2.",
    "softmax?target=0.5": "The true class is number 0.5",
    "softmax?temperature=0": "The temperature is 0; it must be a number from 0.01 to 100.",
    "softmax?added=x": "a number that is none",
}


def test_a_broken_link_says_so_and_starts_afresh(linked):
    element = linked("softmax?target=1")
    for found, (fragment, reason) in zip(at_links(element, list(BROKEN)), BROKEN.items(), strict=True):
        assert reason in found["said"] and found["wrong"], fragment
        assert found["result"]["p"] == pytest.approx(torchs(*FIRST)["p"]) and found["link"] == "#softmax"
    assert element.page.wrong == []


TYPED = {
    "two": "“two” is not a number; the logit of class 1 is still 1. Type one such as −1 or 0.5.",
    "": "“” is not a number; the logit of class 1 is still 1. Type one such as −1 or 0.5.",
    "1001": "The logit of class 1 is 1001; it must be a number from −1000 to 1000.",
}


def test_wrong_input_is_named_and_nothing_is_lost(widget):
    field = widget.get_by_role("textbox", name="logit of class 1, as a number")
    for typed, reason in TYPED.items():
        field.fill(typed)
        field.press("Tab")
        found = shown(widget, TEXTS, ATTRIBUTES)
        assert found["said"] == reason and found["wrong"] and found["invalid"] == ["logit of class 1, as a number"]
        assert found["fields"]["logit of class 1, as a number"] == typed
        assert found["result"]["p"] == pytest.approx(torchs(*FIRST)["p"])
    field.fill("−1,5")
    field.press("Tab")
    assert field.get_attribute("aria-invalid") is None and is_torchs(widget, [2, -1.5, -1], 0)


def test_without_javascript_both_pictures_are_there(without_script):
    assert without_script.locator("svg.chart").count() == 2
    text = without_script.inner_text()
    for picture, (logits, target) in enumerate((FIRST, SECOND), 1):
        wanted = torchs(logits, target)
        share = f"{wanted['p'][target]:.3f}: the loss is {wanted['loss']:.3f}"
        assert f"Picture {picture} is of class {target}, which gets the probability {share}" in text


@pytest.mark.parametrize(
    ("logits", "target", "says"),
    [
        ([[1.0]], [0], "2 to 10 classes"),
        ([[1.0, 2000.0]], [0], "up to 2000 in size"),
        ([[1.0, np.nan]], [0], "up to nan in size"),
        ([[1.0, 2.0]], [[0.5, 0.5]], r"class numbers \(N,\)"),
        ([[1.0, 2.0]], [2], "classes are 0 to 1"),
    ],
)
def test_refuses_what_it_cannot_show(logits, target, says):
    with pytest.raises(ValueError, match=says):
        softmax(np.array(logits), np.array(target))
