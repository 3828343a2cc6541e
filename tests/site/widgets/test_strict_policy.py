"""Widgets and quizzes under a strict Content-Security-Policy, as a careful host sends it with every page."""

import pytest

from tests.site.widgets.test_other_browsers import ALL

PAGES = sorted({module.PAGE for module in ALL})


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
    assert strict.violations + strict.errors == []
