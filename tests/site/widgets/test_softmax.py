"""Softmax and cross entropy against torch, and by keyboard, finger and link."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from insidecnn.widgets import softmax

PAGE = "book/regression-and-classification.html"
ELEMENT = "cnn-softmax"
FIRST, SECOND = ([2.0, 1.0, -1.0], 0), ([0.0, 3.0, 0.5], 2)  # the chapter's two pictures


def torchs(logits, target, added=0.0, temperature=1.0):
    z = ((torch.tensor([logits], dtype=torch.float64) + added) / temperature).requires_grad_()
    loss = F.cross_entropy(z, torch.tensor([target]))
    loss.backward()
    return {"p": F.softmax(z, dim=1)[0].tolist(), "loss": loss.item(), "slope": z.grad[0].tolist()}


def is_torchs(element, *state, found=None):
    found = found or element.evaluate("e => e.result")
    for name, wanted in torchs(*state).items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-9, atol=1e-12, err_msg=f"{name} of {state}")
    return True


def words(element):
    return element.locator(".said").inner_text()


def widths(element, column):
    """The bars of a column, as shares of its width."""
    bars = element.locator(".class:not(.heads)").locator(f".effect:nth-last-child({column}) rect")
    return bars.evaluate_all("all => all.map((bar) => parseFloat(bar.getAttribute('width')) / 100)")


def test_starts_with_the_chapter_s_first_picture(widget):
    assert is_torchs(widget, *FIRST)
    assert words(widget) == "Loss −ln 0.705 = 0.349; all logits alike would cost ln 3 = 1.099."
    np.testing.assert_allclose(widths(widget, 2), torchs(*FIRST)["p"], atol=1e-6)
    np.testing.assert_allclose(widths(widget, 1), np.abs(torchs(*FIRST)["slope"]) / 2, atol=1e-6)


def test_every_state_is_torchs(linked):
    element = linked("softmax")
    random = np.random.default_rng(0)
    rows = [random.normal(0, scale, 3).round(3).tolist() for scale in (0.1, 1, 10, 300)]
    rows += [[1000, -1000, 0], [-1000, -1000, -1000], [1000, 1000, 999], [1000, 990, 0], [0, 0, 0]]
    for row, target, added, temperature in itertools.product(
        rows, range(3), (0, -1000, 88.5, 1000), (0.01, 1, 7.5, 100)
    ):
        row = np.clip(row, -1000, 1000).tolist()
        state = {"logits": [row], "target": target, "added": added, "temperature": temperature}
        found = element.evaluate("(e, state) => e.set(state) && e.result", state)
        assert found, state
        assert is_torchs(element, row, target, added, temperature, found=found)
    assert "NaN" not in element.inner_text() and "Infinity" not in element.inner_text()


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
    assert is_torchs(again, *FIRST)


@pytest.mark.parametrize(
    ("fragment", "reason"),
    [
        ("softmax?logits=1,2", "one row of 3 logits"),
        ("softmax?logits=1,2,3;4,5,6", "one row of 3 logits"),
        ("softmax?logits=1,2,2000", "The logit of class 2 is 2000; it must be a number from −1000 to 1000."),
        ("softmax?target=3", "The true class is number 3; the classes are 0 to 2."),
        ("softmax?target=0.5", "The true class is number 0.5"),
        ("softmax?temperature=0", "The temperature is 0; it must be a number from 0.01 to 100."),
        ("softmax?added=x", "a number that is none"),
    ],
)
def test_a_broken_link_says_so_and_starts_afresh(linked, fragment, reason):
    element = linked(fragment)
    assert reason in words(element)
    assert is_torchs(element, *FIRST)
    assert element.page.wrong == []


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("two", "“two” is not a number; the logit of class 1 is still 1."),
        ("", "“” is not a number; the logit of class 1 is still 1."),
        ("1001", "The logit of class 1 is 1001; it must be a number from −1000 to 1000."),
    ],
)
def test_wrong_input_is_named_and_nothing_is_lost(linked, typed, reason):
    element = linked("softmax")
    field = element.get_by_role("textbox", name="logit of class 1, as a number")
    field.fill(typed)
    field.press("Tab")
    assert words(element) == reason
    assert field.get_attribute("aria-invalid") == "true" and field.input_value() == typed
    assert is_torchs(element, *FIRST)
    field.fill("−1,5")
    field.press("Tab")
    assert field.get_attribute("aria-invalid") is None and is_torchs(element, [2, -1.5, -1], 0)


def test_without_javascript_both_pictures_are_there(without_script):
    assert without_script.locator("svg.chart").count() == 2
    text = without_script.inner_text()
    for number, (logits, target) in enumerate((FIRST, SECOND), 1):
        wanted = torchs(logits, target)
        share = f"{wanted['p'][target]:.3f}: the loss is {wanted['loss']:.3f}"
        assert f"Picture {number} is of class {target}, which gets the probability {share}" in text


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
