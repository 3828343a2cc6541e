"""What teachers get: the slide view of a chapter, the plans of lectures, the sheet of exercises, the quiz answers."""

import re
from functools import cache

import pytest
import yaml
from bs4 import BeautifulSoup

from booksite import teach
from tests.chapters import executed, sources
from tests.conftest import ROOT
from tests.site.conftest import SITE

HEIGHT = 720
# the page as it is, without what the theme and the address change in it
STATE = """() => [document.querySelector("article.bd-article").outerHTML, scrollY,
  [...document.querySelectorAll("body, body *")].filter((e) => /slides-/.test(e.className)).map((e) => e.className),
  document.documentElement.className]"""
SHOWN = """() => {
  const article = document.querySelector("article.bd-article");
  const box = (e) => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const letters = [...article.querySelectorAll(".slides-head, .slides-text, figcaption.slides-side")]
    .filter((e) => e.checkVisibility() && e.textContent.trim());
  const zoom = (e) => (e ? Number(getComputedStyle(e).zoom || 1) * zoom(e.parentElement) : 1);
  return {
    kind: article.dataset.kind,
    head: article.querySelector(".slides-head").textContent,
    counter: article.querySelector(".counter").textContent,
    said: article.querySelector("[role=status].slides-said, .slides-foot [role=status]").textContent,
    // letters of code and of what it printed, and what they stand in
    code: [...article.querySelectorAll(":is(.cell_input, .output).slides-main pre")].map((e) => parseFloat(getComputedStyle(e).fontSize) * zoom(e)),
    wider: [...article.querySelectorAll(".slides-main")].some((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0),
    boxes: [...article.querySelectorAll(".slides-main, .slides-side, .slides-text")].filter((e) => e.checkVisibility()).map(box),
    size: Math.min(...letters.map((e) => parseFloat(getComputedStyle(e).fontSize) * zoom(e))),
  };
}"""


def texts(name):
    return BeautifulSoup((SITE / f"book/{name}.html").read_text(encoding="utf-8"), "html.parser").select_one("article")


def words(element):
    return " ".join(element.get_text().split())


def begin(visit, name, place="1", **options):
    page = visit(f"book/{name}.html", **options)
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    page.wait_for_load_state()
    page.evaluate("place => { location.hash = `slides=${place}`; }", place)
    page.wait_for_selector(".slides-stage .slides-head")
    return page


@pytest.mark.parametrize("name", ["convolution", "segmentation", "training"])
def test_slides_by_keys(visit, name):
    page = begin(visit, name)
    first = page.evaluate(SHOWN)
    assert first["kind"] == "title" and first["head"] == words(texts(name).h1).rstrip("#").strip()
    count = int(first["counter"].split("/")[1])
    kinds, figures = set(), 0
    for number in range(1, count + 1):
        shown = page.evaluate(SHOWN)
        assert shown["counter"] == f"{number} / {count}"
        assert shown["said"] == f"Slide {number} of {count}: {shown['head']}"
        assert page.url.endswith(f"#slides={number}")
        assert shown["boxes"] and shown["size"] >= 23.9
        for left, top, right, bottom in shown["boxes"]:
            assert left >= 0 and top >= 0 and right <= 1281 and bottom <= HEIGHT + 1, (number, shown["head"])
        kinds.add(shown["kind"])
        figures += shown["kind"] == "figure"
        page.keyboard.press(("ArrowRight", "PageDown")[number % 2])
    assert kinds >= {"title", "text", "figure", "question", "table"}
    assert figures == len([each for each in texts(name).select("figure.described") if not each.find_parent("details")])
    assert page.evaluate(SHOWN)["counter"] == f"{count} / {count}", "it stays on the last one"
    page.keyboard.press("Home")
    assert page.evaluate(SHOWN)["counter"] == f"1 / {count}"
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(SHOWN)["counter"] == f"{count - 1} / {count}"
    assert page.wrong == []


@pytest.mark.parametrize(("name", "wide", "scheme"), [("alexnet", 1280, "light"), ("tracking", 1920, "dark")])
def test_code_is_read_from_the_back_of_the_room(visit, name, wide, scheme):
    """Code and printed results have large letters, their long lines break, and only the code is shown, not its output."""
    page = begin(visit, name)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": wide, "height": wide * 9 // 16})
    button = page.locator(".slides-foot button[aria-pressed]")
    sizes = []
    for _ in range(int(page.evaluate(SHOWN)["counter"].split("/")[1])):
        views = [page.evaluate(SHOWN)]
        if button.is_visible():
            page.keyboard.press("c")
            views.append(page.evaluate(SHOWN))
            assert not page.locator(".slides-main .cell_output, .slides-main.cell_output").is_visible()
        for shown in views:
            sizes += shown["code"]
            assert not shown["code"] or not shown["wider"], shown["head"]
            assert all(right <= wide + 1 and bottom <= wide * 9 // 16 + 1 for _, _, right, bottom in shown["boxes"])
        page.keyboard.press("PageDown")
    assert len(sizes) > 8 and min(sizes) >= 19.5 * wide / 1280


def test_the_keys_are_said_on_the_slide(visit):
    page = begin(visit, "pooling")
    said = page.eval_on_selector_all(
        ".slides-foot button", "all => all.map((e) => getComputedStyle(e, '::after').content)"
    )
    assert said == ['"C"', '"←"', '"→"', '"Esc"']


@pytest.mark.parametrize("name", ["convolution", "segmentation"])
def test_escape_leaves_the_page_as_it_was(visit, name):
    page = visit(f"book/{name}.html")
    page.wait_for_load_state()
    page.evaluate("scrollTo({ top: 700, behavior: 'instant' })")
    before = page.evaluate(STATE)
    page.evaluate("location.hash = 'slides=2'")
    page.wait_for_selector(".slides-stage")
    for key in ("ArrowRight", "PageDown", "End", "Home"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    assert page.evaluate(STATE) == before and "#" not in page.url
    page.evaluate("location.hash = 'slides=3'")  # and once more
    page.wait_for_selector(".slides-stage")
    page.get_by_role("button", name="Close the slides").click()
    assert page.evaluate(STATE) == before and page.wrong == []


def test_slides_begin_where_the_address_says(visit):
    page = begin(visit, "convolution", "every-window")
    assert page.evaluate(SHOWN)["head"] == "Every window"


def test_the_menu_opens_the_slides(visit):
    page = visit("book/pooling.html")
    page.wait_for_load_state()
    page.locator("summary", has_text="Download this page").click()
    page.locator(".btn-slides-button").click()
    page.wait_for_selector(".slides-stage")
    assert page.evaluate(SHOWN)["counter"].startswith("1 / ")


def test_a_quiz_is_answered_on_its_slide(visit):
    page = begin(visit, "convolution", "check-yourself")
    option = page.locator(".slides-main .option").first
    option.locator("label").click()
    page.locator(".slides-main .verdict").filter(has_text=re.compile("Right|Not quite")).wait_for()
    before = page.evaluate(SHOWN)["counter"]
    page.keyboard.press("ArrowRight")  # up and down choose, left and right turn
    assert page.evaluate(SHOWN)["counter"] != before


def test_widgets_work_on_a_slide_and_keep_their_keys(visit):
    page = begin(visit, "convolution", "every-window")
    while page.evaluate(SHOWN)["kind"] != "widget":
        page.keyboard.press("PageDown")
    widget = page.locator(".slides-main.widget")
    assert widget.is_visible()
    before = page.evaluate(SHOWN)["counter"]
    widget.locator("button, input, select, [tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(SHOWN)["counter"] == before
    page.keyboard.press("PageDown")
    assert page.evaluate(SHOWN)["counter"] != before


def test_slides_work_from_a_folder(visit):
    page = visit("book/pooling.html#slides=3", base=SITE.as_uri())
    page.wait_for_selector(".slides-stage")
    assert page.evaluate(SHOWN)["counter"].startswith("3 / ") and page.wrong == []


def test_a_strict_policy_forbids_nothing_of_the_slides(strict, origin):
    strict.violations.clear()
    strict.goto(f"{origin}/book/pooling.html#slides=2")
    strict.wait_for_selector(".slides-stage")
    strict.keyboard.press("ArrowRight")
    assert strict.violations + strict.errors == []


def test_the_sheet_has_every_exercise_and_no_solution():
    sheet = texts("exercise-sheet")
    heads = sheet.select("dl.exercises > dt")
    shown = [f"{words(each)} {words(each.find_next_sibling('dd'))}" for each in heads]
    labels = [
        label
        for name in executed.every_page()
        for label in re.findall(r"^`{3,}\{exercise-start\}\n:label: (\S+)", executed.text(name), re.M)
    ]
    links = [each.a["href"].partition("#")[2] for each in heads]
    assert links == labels and len(shown) == len(labels)
    for text in shown:
        assert re.match(r"Exercise \d[\d.]* \((easy|medium|hard)\) \S", text), text
    assert not sheet.select(".solution, .cell_input") and "Solution to" not in words(sheet)


def test_the_answers_are_those_of_the_chapters():
    plain = lambda text: re.sub(r"[^a-z0-9]", "", text.lower())  # noqa: E731
    given = [words(each.strong) for each in texts("quiz-answers").select("dl.answers .right")]
    right = [answer for name in executed.every_page() for answer in sources.quizzes(executed.text(name)).values()]
    assert len(given) == len(right) > 80
    for shown, source in zip(given, right, strict=True):
        if not re.search(r"[$`{\[(]", source):  # maths and roles are written otherwise on the page
            assert plain(shown) == plain(source)


def test_each_answer_leads_to_its_question():
    plain = lambda element: re.sub(r"\W", "", words(element))  # noqa: E731
    article = cache(texts)
    for head in texts("quiz-answers").select("dl.answers > dt"):
        name, _, anchor = head.a["href"].partition(".html#")
        question = article(name).find(id=anchor).legend
        assert plain(question) == plain(head.find_next_sibling("dd").p)


def test_answers_agree_with_what_the_cells_computed():
    answers = {words(each.strong) for each in texts("quiz-answers").select("dl.answers .right")}
    for name in executed.pages():
        text = executed.text(name)
        for answer, body in re.findall(r"^```\{quiz\}\n:answer: (\S+)\n(.*?)^```", text, re.M | re.S):
            marked = re.search(r"^- \[x\] (.*?)(?: :: .*)?$", body, re.M)[1]
            assert executed.outputs(name).glued[answer].strip("'\"") == marked
            assert re.search(r"[$`{*]", marked) or marked in answers, (name, answer)


def test_plans_name_chapters_and_fit_their_lectures():
    """The build itself refuses a plan that names what is not there; the page says what it found."""
    page = texts("teach")
    plans = page.select("p.lecture")
    assert len(plans) == len(page.select("table.lecture")) == 1 + 2 + 6
    for plan, table in zip(plans, page.select("table.lecture"), strict=True):
        total, left = map(int, re.search(r"(\d+) minutes to read; (\d+) are left", words(plan)).groups())
        assert total + left == teach.LECTURE and left >= 15
        rows = [each.find_all("td") for each in table.select("tbody tr")]
        assert abs(sum(int(words(cells[1])) for cells in rows) - total) <= len(rows) / 2 + 1
        for cells in rows:
            for link in (each["href"] for each in cells[0].find_all("a")):
                assert (SITE / "book" / link.partition("#")[0]).exists()


def test_the_citation_is_that_of_the_file():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    page = words(texts("teach").select_one("#how-to-cite"))
    assert page.count(cited["title"]) == 2 and page.count(cited["authors"][0]["name"]) == 2


def test_a_plan_is_a_list_of_cards_on_a_phone(visit):
    page = visit("book/teach.html")
    page.set_viewport_size({"width": 360, "height": 740})
    widths = page.eval_on_selector_all(
        "table.lecture td", "all => all.filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect().width)"
    )
    assert len(widths) > 100 and min(widths) > 250 and max(widths) <= 360


def test_boxes_have_no_shadows_and_quizzes_the_measure_of_the_text(visit):
    page = visit("book/convolution.html")
    blurred = """() => [...document.querySelectorAll("article.bd-article *")]
      .map((e) => [e.className, getComputedStyle(e).boxShadow]).filter(([_, shadow]) => /^rgb[^)]*[)] -?[0-9.]+px -?[0-9.]+px [1-9]/.test(shadow))"""
    assert page.evaluate(blurred) == []
    wide = "all => Math.max(...all.map((e) => e.getBoundingClientRect().width))"
    text = page.eval_on_selector_all("article section section > p", wide)
    assert page.eval_on_selector_all(".quiz, .admonition:not(details)", wide) <= text + 1
