"""A widget of a page, open in a real browser; the same demands for all of them."""

import pytest

from tests.site.conftest import SITE

PLACES = {
    "served": {},
    "from a folder": {"base": SITE.as_uri()},
    "on a phone in the dark": {"width": 360, "scheme": "dark"},
}


def first(page, module):
    """The first element of the test file's ``ELEMENT``, once its script has run."""
    element = page.locator(module.ELEMENT).first
    element.locator(".foot").wait_for()
    return element


def check_page(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.wrong == []


@pytest.fixture(params=PLACES)
def anywhere(visit, request):
    """The widget on the test file's ``PAGE``, in each of the places."""
    page = visit(request.module.PAGE, **PLACES[request.param])
    element = first(page, request.module)
    assert page.locator(f"[id='{element.get_attribute('id')}']").count() == 1, "a heading has this name already"
    yield element
    check_page(page)


@pytest.fixture
def widget(visit, request):
    """The widget on the test file's ``PAGE``."""
    page = visit(request.module.PAGE)
    yield first(page, request.module)
    check_page(page)


@pytest.fixture
def linked(visit, request):
    """The widget as a link with a fragment opens it: ``linked("convolution?stride=2")``."""

    def go(fragment, **place):
        return first(visit(f"{request.module.PAGE}#{fragment}", **place), request.module)

    return go


@pytest.fixture(scope="session")
def plain_page(browser):
    """A page of a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def without_script(plain_page, origin, request):
    """The widget's text in a browser that runs no scripts."""
    plain_page.goto(f"{origin}/{request.module.PAGE}")
    return plain_page.locator(request.module.ELEMENT).first


@pytest.fixture(scope="session")
def phone(browser):
    """A page on a device with a finger and no mouse, whose reader asked for less motion."""
    context = browser.new_context(
        viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def touched(phone, origin, request):
    """The widget on that device."""
    phone.goto(f"{origin}/{request.module.PAGE}")
    yield first(phone, request.module)
    phone.evaluate("localStorage.clear()")
    phone.goto("about:blank")
