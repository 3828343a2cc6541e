"""A widget of a page, open in a real browser; the same demands for all of them."""

import pytest

from tests.site.conftest import SITE

PLACES = {
    "served": {},
    "from a folder": {"base": SITE.as_uri()},
    "on a phone in the dark": {"width": 360, "scheme": "dark"},
}


@pytest.fixture(params=PLACES)
def widget(visit, request):
    """The first element of the test file's ``ELEMENT`` on its ``PAGE``, in each of the places."""
    page = visit(request.module.PAGE, **PLACES[request.param])
    element = page.locator(request.module.ELEMENT).first
    element.locator(".foot").wait_for()
    assert page.locator(f"[id='{element.get_attribute('id')}']").count() == 1, "a heading has this name already"
    yield element
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.wrong == []


@pytest.fixture
def linked(visit, request):
    """The widget as a link with a fragment opens it: ``linked("convolution?stride=2")``."""

    def go(fragment, **place):
        page = visit(f"{request.module.PAGE}#{fragment}", **place)
        element = page.locator(request.module.ELEMENT).first
        element.locator(".foot").wait_for()
        return element

    return go


@pytest.fixture
def without_script(browser, origin, request):
    """The widget's text in a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}/{request.module.PAGE}")
    yield page.locator(request.module.ELEMENT).first
    context.close()


@pytest.fixture
def touched(browser, origin, request):
    """The widget on a device with a finger and no mouse, whose reader asked for less motion."""
    context = browser.new_context(
        viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{origin}/{request.module.PAGE}")
    element = page.locator(request.module.ELEMENT).first
    element.locator(".foot").wait_for()
    yield element
    context.close()
