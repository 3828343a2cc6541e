"""Widgets and quizzes under a strict Content-Security-Policy, as a careful host sends it with every page."""

import pytest

from tests.site.widgets.test_other_browsers import ALL

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:"
)
PAGES = sorted({module.PAGE for module in ALL})


@pytest.fixture(scope="module")
def strict(browser, origin):
    """A page that gets the policy with every document; ``violations`` lists what it forbade."""
    context = browser.new_context()
    page = context.new_page()

    def answer(route):
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"content-security-policy": POLICY})

    page.route("**/*.html*", answer)
    page.on("console", lambda m: page.violations.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("pageerror", lambda error: page.errors.append(f"{error} {error.stack}"))
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_widgets_and_quizzes_work(strict, origin, path):
    strict.violations, strict.errors = [], []
    strict.goto(f"{origin}/{path}")
    assert strict.evaluate(
        "document.querySelectorAll('.widget').length === document.querySelectorAll('.widget.live').length"
    )
    for module in (each for each in ALL if path == each.PAGE):
        element = strict.locator(module.ELEMENT).first
        before, field = element.inner_text(), element.locator("input:visible").first
        if field.get_attribute("type"):
            field.press("ArrowUp")
        else:
            field.fill("3")
        field.press("Tab")
        assert element.inner_text() != before, f"{module.ELEMENT} does not answer"
        assert element.locator("input").evaluate_all("all => all.every((i) => !i.getAttribute('onchange'))")
    for quiz in strict.locator(".quiz").all():
        quiz.locator("[data-right] input").check()
        assert quiz.locator(".verdict").text_content().startswith("Right. ")
    ours = ("_static/widgets/", "quiz.js", "shared.js")
    assert [words for words in strict.violations + strict.errors if any(name in words for name in ours)] == []
