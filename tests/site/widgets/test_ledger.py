"""The ledger on the practice page, in a real browser: filled in by keyboard, marked, linked, and there without JavaScript."""

import json

import numpy as np
import pytest

from tests.site.conftest import SITE
from tests.site.widgets.reading import at_links, shown

PAGE = "book/practice.html"
ELEMENT = "cnn-ledger"
ANSWERS = {  # torchvision's AlexNet; tests/test_ledger.py holds the package's answers against torch
    "features.0": [64, 55, 55, 23296],
    "features.2": [64, 27, 27, 0],
    "classifier.6": [1000, 4097000],
}


@pytest.fixture
def page(widget):
    return widget.page


def row(page, name):
    return page.locator("cnn-ledger tr.layer").filter(has=page.get_by_text(name, exact=True))


def show(page, part):
    page.get_by_role("combobox", name="layers shown").select_option(part)


def fill(page, name, numbers):
    """Type the numbers of a row as a reader at a keyboard does: one after the other, with Enter between them."""
    show(page, "all")
    row(page, name).locator("input").first.focus()
    for number in numbers:
        page.keyboard.type(str(number))
        page.keyboard.press("Enter")


def score(page):
    return page.locator("cnn-ledger .score").inner_text()


def test_right_numbers_are_marked_right(anywhere):
    page = anywhere.page
    assert score(page) == "0 of 64 right" and shown(anywhere)["spoken"]
    for name, numbers in ANSWERS.items():
        fill(page, name, numbers)
        assert row(page, name).locator(".result").inner_text() == "all right"
        assert row(page, name).locator("input[data-mark=right]").count() == len(numbers)
    assert score(page) == "10 of 64 right"


HEIGHTS = "all => all.map((each) => each.offsetHeight).filter(Boolean)"  # of those in the part that is shown
MARKS = """(e, states) => states.map((typed) => {
  const taken = e.set({ typed });
  const rows = [...e.querySelectorAll("tr.layer")].map((row) => [
    [...row.querySelectorAll("input")].map((i) => [i.value, i.dataset.mark ?? "", i.getAttribute("aria-invalid")]),
    row.querySelector(".result").textContent, row.querySelector(".result").dataset.mark ?? "",
  ]);
  return { taken, rows, score: e.querySelector(".score").textContent, said: e.querySelector(".said").textContent };
})"""


def test_every_field_is_marked_by_its_own_answer(widget):
    """Random right, wrong and missing numbers; a number that is right elsewhere is wrong here."""
    entries = widget.evaluate("e => e.data.rows")
    everything = [list(map(str, entry["answers"].values())) for entry in entries]
    random = np.random.default_rng(0)
    ledgers = [[[str(random.choice([number, "", "7", "x", everything[i - 1][0]])) for number in numbers]
                for i, numbers in enumerate(everything)] for _ in range(12)]  # fmt: skip
    ledgers.append(everything)
    states = [";".join(",".join(numbers) for numbers in ledger) for ledger in ledgers]
    for ledger, found in zip(ledgers, widget.evaluate(MARKS, states), strict=True):
        right = wrong = 0
        for entry, given, (inputs, result, mark) in zip(entries, ledger, found["rows"], strict=True):
            remarks, empty = [], 0
            for (column, answer), text, field in zip(entry["answers"].items(), given, inputs, strict=True):
                kind = "" if not text else "right" if text == str(answer) else "wrong"
                assert field == [text, kind, "true" if kind == "wrong" else None]
                right, wrong, empty = right + (kind == "right"), wrong + (kind == "wrong"), empty + (not text)
                if kind == "wrong":
                    whole = (
                        f"{column} is not {int(text):,}"
                        if text.isdigit()
                        else f"{column}: “{text}” is not a whole number"
                    )
                    remarks.append(whole)
            done = "" if empty == len(given) else f"right so far, {empty} to go" if empty else "all right"
            assert result == (f"{', '.join(remarks)}; see formula" if remarks else done)
            assert mark == ("wrong" if remarks else "" if empty else "right")
        assert found["taken"]
        assert found["score"] == f"{right} of 64 right" + (f", {wrong} to look at again" if wrong else "")
        assert found["said"] == ("The whole ledger is right. Well done." if right == 64 else "")


def test_enter_goes_on_to_the_next_field(page):
    fill(page, "features.0", ANSWERS["features.0"])
    assert page.evaluate("document.activeElement === document.querySelectorAll('cnn-ledger input')[4]")


def test_wrong_numbers_are_named_and_can_be_corrected(page):
    fill(page, "features.2", [64, 29, "27.5", 0])
    line = row(page, "features.2")
    assert line.locator(".result").inner_text() == "height is not 29, width: “27.5” is not a whole number; see formula"
    described = line.locator("[aria-describedby]").evaluate_all(
        "all => all.map((e) => e.getAttribute('aria-describedby'))"
    )
    assert described == [line.locator(".result").get_attribute("id")] * 2
    assert line.locator("[aria-invalid=true]").count() == 2
    assert score(page) == "2 of 64 right, 2 to look at again"
    for place in (1, 2):
        line.locator("input").nth(place).fill("27")
        page.keyboard.press("Tab")
    assert line.locator(".result").inner_text() == "all right" and line.locator("[aria-describedby]").count() == 0
    assert score(page) == "4 of 64 right"


def test_empty_fields_are_not_wrong_and_thousands_may_be_grouped(page):
    line = row(page, "features.0")
    line.locator("input").last.fill("23,296")
    page.keyboard.press("Tab")
    assert line.locator(".result").inner_text() == "right so far, 3 to go"
    line.locator("input").last.fill("")
    page.keyboard.press("Tab")
    assert line.locator(".result").inner_text() == "" and score(page) == "0 of 64 right"


def test_formula_opens_by_keyboard_without_the_answer(page):
    show(page, "conv2")
    button = row(page, "features.3").get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    hint = page.locator(f"#{button.get_attribute('aria-controls')}")
    assert button.get_attribute("aria-expanded") == "true"
    assert "(27 + 2·2 − 5) / 1, rounded down, + 1" in hint.inner_text()
    assert "307" not in hint.inner_text()
    page.keyboard.press("Space")
    assert not hint.is_visible()


def layers_shown(page):
    return [
        each.inner_text() for each in page.locator("cnn-ledger th[scope=row] > span[id]").all() if each.is_visible()
    ]


PARTS = {"conv1": 3, "conv2": 3, "conv3": 2, "conv4": 2, "conv5": 3, "avgpool": 2, "fc6": 1, "fc7": 1, "fc8": 1}


def test_one_part_at_a_time(page):
    progress = page.locator("cnn-ledger .how-far")
    names = []
    for n, (part, count) in enumerate(PARTS.items(), 1):
        assert progress.inner_text().startswith(f"Part {n} of {len(PARTS)}, {part}: 0 of ")
        names += layers_shown(page)[:count]
        assert len(layers_shown(page)) == count
        if n < len(PARTS):
            page.get_by_role("button", name=f"Next: {list(PARTS)[n]}").click()
            assert page.evaluate("document.activeElement.closest('tr').className") == "layer"  # ready to type
    assert page.get_by_role("button", name="Next").count() == 0
    page.get_by_role("button", name="Back: fc7").click()
    assert layers_shown(page) == ["classifier.4"]
    show(page, "all")
    assert layers_shown(page) == names and len(names) == 18
    assert page.locator("cnn-ledger .foot a").get_attribute("href") == "#ledger?part=all"


def test_enter_stays_in_a_part_with_something_wrong(page):
    page.locator("cnn-ledger input").first.focus()
    for number in (64, 54, 55, 23296, 64, 55, 55, 0, 64, 27, 27, 0):
        page.keyboard.type(str(number))
        page.keyboard.press("Enter")
    assert layers_shown(page)[0] == "features.0" and "height is not 54" in row(page, "features.0").inner_text()
    assert page.evaluate("document.activeElement.value") == "54"
    page.keyboard.press("Control+A")
    page.keyboard.type("55")
    row(page, "features.2").locator("input").last.press("Enter")
    assert layers_shown(page)[0] == "features.3"


def test_enter_leads_from_part_to_part_and_a_reload_to_the_first_open_one(visit):
    page = visit(PAGE)
    home = page.url
    page.locator("cnn-ledger input").first.focus()
    for number in (64, 55, 55, 23296, 64, 55, 55, 0, 64, 27, 27, 0):
        page.keyboard.type(str(number))
        page.keyboard.press("Enter")
    assert layers_shown(page)[0] == "features.3"
    options = page.get_by_role("combobox", name="layers shown").locator("option").all_inner_texts()
    assert options[:2] == ["conv1 ✓", "conv2"] and options[-1] == "all layers"
    page.goto("about:blank")
    page.goto(home)
    assert page.locator("cnn-ledger .how-far").inner_text() == "Part 2 of 9, conv2: 0 of 12 right"


def test_the_whole_table_is_printed(page):
    page.emulate_media(media="print")
    assert len(layers_shown(page)) == 18
    page.emulate_media(media="screen")


def test_start_again_clears_everything(page):
    fill(page, "features.0", [64, 1])
    page.get_by_role("button", name="Start again").click()
    assert page.evaluate("[...document.querySelectorAll('cnn-ledger input')].every(i => i.value === '')")
    assert page.locator("cnn-ledger [data-mark]").count() == 0
    assert score(page) == "0 of 64 right"


def test_fields_have_names_and_results_are_announced(page):
    show(page, "all")
    for column in ("channels", "height", "width", "parameters"):
        assert page.get_by_role("textbox", name=f"features.0 {column}", exact=True).count() == 1, column
    assert page.locator("cnn-ledger .result:not([aria-live=polite])").count() == 0
    sides = page.locator("cnn-ledger input, cnn-ledger button").evaluate_all(HEIGHTS)
    assert min(sides) >= 24


def test_result_can_be_seen_without_scrolling_sideways(page):
    fill(page, "features.0", [63])
    box = row(page, "features.0").locator(".result").bounding_box()
    inside = page.locator("cnn-ledger .scroll").first.bounding_box()
    assert inside["x"] <= box["x"] and box["x"] + box["width"] <= inside["x"] + inside["width"] + 1


def test_a_whole_ledger(visit):
    """Every answer of the folded table, typed: all right."""
    page = visit(PAGE)
    page.locator("cnn-ledger .foot").wait_for()
    numbers = page.evaluate("[...document.querySelectorAll('cnn-ledger details td.number')].map(c => c.textContent)")
    inputs = page.locator("cnn-ledger input")
    assert inputs.count() == len(numbers) == 64
    inputs.first.focus()
    for number in numbers:
        page.keyboard.type(number.replace(",", ""))
        page.keyboard.press("Enter")
    assert score(page) == "64 of 64 right"
    assert page.get_by_text("The whole ledger is right. Well done.").is_visible()


def test_without_javascript_the_table_is_there(without_script):
    without_script.locator("summary").click()
    table = without_script.locator("details table")
    assert table.is_visible() and without_script.locator("input").count() == 0
    assert table.locator("tbody tr").count() == 18
    assert "23,296" in table.inner_text() and "37,752,832" in table.inner_text()


def test_only_this_page_loads_the_ledger():
    pages = {path.name: path.read_text(encoding="utf-8") for path in SITE.glob("book/*.html")}
    assert [name for name in pages if 'src="../_static/widgets/ledger.js' in pages[name]] == ["practice.html"]
    data = pages["practice.html"].split('<script type="application/json">')[1].split("</script>")[0]
    answers = {r["name"]: list(r["answers"].values()) for r in json.loads(data)["rows"]}
    assert {name: answers[name] for name in ANSWERS} == ANSWERS


def test_what_was_typed_outlives_a_reload(visit):
    page = visit(PAGE)
    home = page.url
    field = page.locator("cnn-ledger input").first
    field.fill("64")
    field.press("Enter")
    page.goto("about:blank")  # and so without the fragment
    page.goto(home)
    assert page.locator("cnn-ledger input").first.input_value() == "64"
    assert score(page).startswith("1 of")
    assert page.locator("cnn-ledger .foot a").get_attribute("href") == "#ledger?typed=64"
    page.locator("cnn-ledger .reset").click()
    page.goto("about:blank")
    page.goto(home)
    assert page.locator("cnn-ledger input").first.input_value() == ""


def test_a_link_brings_back_what_was_typed(page, linked):
    fill(page, "features.0", [64, "55", "5 5", "23 296"])
    fill(page, "features.2", [64, 29, "27,5"])
    link = page.locator("cnn-ledger .foot a").get_attribute("href")
    assert link == "#ledger?typed=64,55,5%205,23296;;64,29,27.5&part=all"  # a row each for conv1, ReLU and the pooling
    there = linked(link.lstrip("#")).page
    assert row(there, "features.0").locator(".result").inner_text() == "width: “5 5” is not a whole number; see formula"
    wrong = "height is not 29, width: “27.5” is not a whole number; see formula"
    assert row(there, "features.2").locator(".result").inner_text() == wrong
    assert score(there) == "4 of 64 right, 3 to look at again"


def test_the_address_is_enough_for_a_reload(visit):
    page = visit(PAGE)
    fill(page, "features.0", [64, 55])
    page.wait_for_function("location.hash === '#ledger?typed=64,55&part=all'")
    page.evaluate("localStorage.clear()")
    page.reload()
    assert score(page) == "2 of 64 right"


def test_a_link_wins_over_what_was_kept_and_does_not_overwrite_it(visit):
    page = visit(PAGE)
    home = page.url
    fill(page, "features.0", [64, 55, 55])
    for address, marked in ((f"{home}#ledger?typed=63", "0 of 64 right, 1 to look at again"), (home, "3 of 64 right")):
        page.goto("about:blank")
        page.goto(address)
        assert score(page) == marked


BROKEN = {
    "ledger?typed=1,2,3,4,5": "more numbers than this ledger has fields",
    f"ledger?typed={';' * 30}": "more numbers than this ledger has fields",
    f"ledger?typed={'9' * 30}": "too long for a field",
    "ledger?typed=%E0%A4%A": "",
    "ledger?part=conv6": "There is no part conv6; choose one of conv1, conv2,",
}


def test_a_broken_link_says_so(linked):
    element = linked("ledger?typed=64")
    for found, reason in zip(at_links(element, list(BROKEN)), BROKEN.values(), strict=True):
        assert reason in found["said"]
    assert element.locator("[data-mark=right]").count() == 0
    assert element.page.wrong == []


def test_a_finger_fills_in_a_card(touched):
    field = touched.get_by_role("textbox", name="features.0 channels", exact=True)
    field.tap()
    field.fill("64")
    touched.get_by_role("button", name="Formula for features.0").tap()
    assert "as many as there are filters" in touched.inner_text()
    assert score(touched.page) == "1 of 64 right"
    heights = touched.locator("input, button").evaluate_all(HEIGHTS)
    assert min(heights) >= 44
