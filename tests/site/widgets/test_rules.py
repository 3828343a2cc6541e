"""What all widgets have in common: a line that says what to do, boxes where one types, and signs that can be told apart."""

import re

import pytest

from tests.site.conftest import SITE

PAGES = sorted(
    path.stem for path in SITE.glob("book/*.html") if re.search(r"<cnn-(?!lab)", path.read_text(encoding="utf-8"))
)
PHONE = {"width": 360, "scheme": "dark"}

TASKS = """() => [...document.querySelectorAll(".widget.live, cnn-lab.live")].map((widget) => [
  widget.id, [...widget.children].slice(-99).filter((e) => e.matches(".title, .task")).map((e) => e.className),
  widget.querySelector(".title").nextElementSibling.className, widget.querySelector(".task").textContent])"""


@pytest.mark.parametrize("name", [*PAGES, "lab"])
def test_a_widget_begins_with_what_to_do(visit, name):
    page = visit(f"book/{name}.html")
    page.locator(":is(.widget, cnn-lab).live .foot").first.wait_for()
    found = page.evaluate(TASKS)
    assert found
    for widget, parts, second, words in found:
        assert parts == ["title", "task"] and second == "task", widget
        assert 20 < len(words) < 120 and words.endswith("."), widget


def test_the_front_page_says_what_to_do_where_scripts_run(visit, plain_page, origin):
    page = visit("book/index.html")
    assert page.locator(".forward-pass > .task").is_visible()
    plain_page.goto(f"{origin}/book/index.html")
    assert not plain_page.locator(".forward-pass > .task").is_visible()


BOXES = """() => [...document.querySelectorAll("table.numbers td")].map((cell) => {
  const box = cell.querySelector("input");
  return [Boolean(box), box ? getComputedStyle(box).borderRadius : getComputedStyle(cell).borderRadius];
})"""


@pytest.mark.parametrize("name", ["convolution", "pooling"])
@pytest.mark.parametrize("forced", ["none", "active"])
def test_only_numbers_that_can_be_typed_over_are_boxes(visit, name, forced):
    page = visit(f"book/{name}.html")
    page.emulate_media(forced_colors=forced)
    page.locator(".widget.live .foot").first.wait_for()
    found = page.evaluate(BOXES)
    assert {box for box, _ in found} == {True, False}
    assert all((radius != "0px") is box for box, radius in found)
    page.emulate_media(forced_colors="none")


LOOK = """(e) => { const s = getComputedStyle(e);
  return { ring: s.outlineStyle === "none" ? "" : [s.outlineStyle, s.outlineWidth, s.outlineOffset].join(" "),
           ground: s.backgroundColor, words: s.color }; }"""


@pytest.mark.parametrize("forced", ["none", "active"])
@pytest.mark.parametrize("place", [{}, PHONE], ids=["light", "phone, dark"])
def test_chosen_and_focused_differ(visit, place, forced):
    """A chosen button is filled, a focused one has a ring; each can be one without the other."""
    page = visit("book/convolution-settings.html#alexnet-sizes", **place)
    page.emulate_media(forced_colors=forced)
    button = page.locator("#alexnet-sizes .layers button")
    chosen, plain = button.nth(0).evaluate(LOOK), button.nth(2).evaluate(LOOK)
    page.keyboard.press("Tab")
    button.nth(2).focus()
    focused = button.nth(2).evaluate(LOOK)
    assert chosen["ring"] == plain["ring"] == "" and chosen["ground"] != plain["ground"]
    assert focused["ring"] == "solid 3px 2px" and focused["ground"] == plain["ground"]
    assert chosen["words"] != chosen["ground"]
    page.emulate_media(forced_colors="none")


@pytest.mark.parametrize("width", [360, 768, 1100])
def test_back_to_top_stays_within_the_bar_at_the_top(visit, width):
    page = visit("book/alexnet.html", width=width)
    page.mouse.move(width / 2, 500)  # not over the list of chapters, which scrolls by itself
    page.mouse.wheel(0, 3000)
    page.wait_for_function("scrollY > 2000")
    page.mouse.wheel(0, -300)
    button = page.locator("#pst-back-to-top")
    button.wait_for(state="visible")
    bar = page.locator(".bd-header-article").bounding_box()
    box = button.bounding_box()
    assert bar["y"] <= box["y"] and box["y"] + box["height"] <= bar["y"] + bar["height"]
    for other in page.locator(".bd-header-article :is(button, a, label)").all():
        it = other.bounding_box() if other.is_visible() else None
        assert not it or it["x"] >= box["x"] + box["width"] or it["x"] + it["width"] <= box["x"]
    button.click()
    page.wait_for_function("scrollY === 0")
