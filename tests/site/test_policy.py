"""What pages do under a strict Content-Security-Policy: some universities allow no script inside a page."""

import pytest

from tests.site.conftest import SITE

PAGES = sorted(p.relative_to(SITE).as_posix() for p in SITE.glob("**/*.html") if "_static" not in p.parts)
CHOICE = "[document.documentElement.dataset.mode, document.documentElement.dataset.theme]"


@pytest.mark.parametrize("path", [*PAGES, "search.html?q=padding"])
def test_nothing_is_forbidden_or_fails(strict, origin, path):
    strict.violations, strict.errors = [], []
    strict.goto(f"{origin}/{path}")
    assert strict.violations + strict.errors == []


@pytest.mark.parametrize("path", ["book/pooling.html", "book/families.html"])
def test_solutions_are_folded_until_they_are_asked_for(strict, origin, path):
    strict.goto(f"{origin}/{path}")
    solutions = strict.locator(".solution.dropdown")
    assert solutions.count() >= 5
    for solution in solutions.all():
        assert not solution.locator(".section, p:not(.admonition-title), pre").first.is_visible()
        solution.locator("button.toggle-button").click()
        assert solution.locator(".section, p:not(.admonition-title), pre").first.is_visible()


@pytest.mark.parametrize("path", ["book/pooling.html", "book/families.html"])
def test_dark_is_remembered_on_every_page(strict, origin, path):
    strict.goto(f"{origin}/{path}")
    strict.evaluate("localStorage.clear()")
    strict.reload()
    button = strict.locator(".theme-switch-button:visible").first
    while strict.evaluate(CHOICE) != ["dark", "dark"]:
        before = strict.evaluate(CHOICE)
        button.click()
        assert strict.evaluate(CHOICE) != before
    strict.reload()
    assert strict.evaluate(CHOICE) == ["dark", "dark"]
    strict.goto(f"{origin}/book/index.html")
    assert strict.evaluate(CHOICE) == ["dark", "dark"]
    late = "**/_static/scripts/*.js*"  # the theme's scripts come after the page is drawn: light-or-dark.js is first
    strict.route(late, lambda route: route.abort())
    strict.goto(f"{origin}/{path}")
    assert strict.evaluate(CHOICE) == ["dark", "dark"]
    strict.unroute(late)
    strict.evaluate("localStorage.clear()")
