"""Quizzes and glossary links, in a real browser."""

import re

import pytest

from tests.site.conftest import SITE

PAGES = sorted(path.name for path in SITE.glob("book/*.html") if '<fieldset class="quiz">' in path.read_text("utf-8"))
# choose each option of each quiz in turn; what the page shows of it then
CHOOSE = """() => [...document.querySelectorAll(".quiz")].map((quiz) => {
  const options = [...quiz.querySelectorAll(".option")];
  return options.map((option) => {
    option.querySelector("input").click();
    return {
      right: option.hasAttribute("data-right"),
      why: option.querySelector(".why").textContent.trim(),
      marks: options.map((each) => ["chosen", "right", "wrong"].filter((name) => each.classList.contains(name)).join()),
      checked: options.map((each) => each.querySelector("input").checked),
      verdict: quiz.querySelector(".verdict").textContent,
      spoken: quiz.querySelector(".verdict").getAttribute("role") === "status",
    };
  });
})"""


def sentence(text):
    return text[:1].upper() + text[1:] + ("" if not text or text[-1] in ".!?" else ".")


@pytest.mark.parametrize("name", PAGES)
def test_every_option_gets_its_own_verdict(visit, name):
    """Exactly one option of a quiz is right, and each says its own reason; nothing is left of the one before."""
    page = visit(f"book/{name}")
    for options in page.evaluate(CHOOSE):
        assert [option["right"] for option in options].count(True) == 1
        for i, option in enumerate(options):
            mark = "chosen,right" if option["right"] else "chosen,wrong"
            assert option["marks"] == [mark if k == i else "" for k in range(len(options))]
            assert option["checked"] == [k == i for k in range(len(options))]
            start = "Right. " if option["right"] else "Not quite. "
            assert option["verdict"] == start + sentence(option["why"]) and option["spoken"]
    assert page.wrong == []


def test_the_marked_option_is_the_one_of_the_source():
    """The page's right option is the one that the chapter marks with [x]: the same words, the same reason."""
    plain = lambda text: re.sub(r"[^a-z0-9]", "", re.sub(r"<[^>]*>|\\[a-z]+|{[^}]*}|&[a-z#0-9]+;", "", text.lower()))  # noqa: E731
    sources = SITE.parents[1] / "book"
    for name in PAGES:
        text = (sources / f"{name.removesuffix('.html')}.md").read_text("utf-8")
        marked = re.findall(r"^- \[x\] (.*?)(?: :: .*)?$", text, flags=re.M)
        page = (SITE / "book" / name).read_text("utf-8")
        right = re.findall(
            r'<div class="option" data-right="1"><label>.*?<span>(.*?)</span></label><p class="why">', page, flags=re.S
        )
        assert len(right) == len(marked), name
        for shown, source in zip(right, marked, strict=True):
            if not re.search(r"[$`{\[(]", source):  # maths and roles are written otherwise on the page
                assert plain(shown) == plain(source), (name, source)


def test_quiz_answers_at_once_by_keyboard(visit):
    page = visit("book/classifier.html")
    quiz = page.locator(".quiz").first
    verdict = quiz.locator(".verdict")
    assert verdict.text_content() == "" and verdict.get_attribute("role") == "status"
    quiz.locator("input").first.focus()
    page.keyboard.press("Space")
    assert verdict.text_content().startswith("Not quite.")
    page.keyboard.press("ArrowDown")
    assert verdict.text_content().startswith("Right.") and "Dropout" in verdict.text_content()
    assert page.wrong == []


def test_quiz_without_javascript_shows_its_reasons(browser, origin):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{origin}/book/classifier.html")
    assert page.locator(".quiz .why").first.is_visible()
    right = page.locator(".quiz [data-right] .why strong").first
    assert right.evaluate("e => getComputedStyle(e, '::before').content") == '"Right: "'


def test_first_use_of_a_term_leads_to_the_glossary(visit):
    page = visit("book/convolution.html")
    links = page.locator("article a.term").evaluate_all("links => links.map(a => [a.textContent, a.href])")
    names = [name.lower() for name, _ in links]
    assert "feature map" in names and len(names) == len(set(names))
    target = next(href for name, href in links if name.lower() == "feature map")
    page.goto(target)
    assert page.locator(":target").text_content().strip().startswith("feature map")
