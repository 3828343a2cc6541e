"""A browser, the built site under a sub-path, and a visit that collects what went wrong."""

import http.server
import os
import shutil
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.site import firefox, webkit

SITE = Path(__file__).parents[2] / "_build" / "html"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def needs(program, name):
    """Skip the test if a browser is not installed, in one sentence; in CI it must be there."""
    if not program and os.environ.get("CI"):
        pytest.fail(f"{name} is not installed, and in CI the site is tested in it.", pytrace=False)
    if not program:
        pytest.skip(f"{name} is not installed.")


@pytest.fixture(scope="session")
def origin():
    """The site under a sub-path, as on a project page of a static host."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path):
            return super().translate_path(path.removeprefix("/some/where"))

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/some/where"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    needs(BROWSER, "Chromium or Chrome")
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=quiet)
        yield chromium
        chromium.close()


POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:"
)


@pytest.fixture(scope="module")
def strict(browser):
    """A page that gets a strict Content-Security-Policy with every document, as a careful host sends it.

    ``violations`` lists what it forbade, ``errors`` what went wrong otherwise.
    """
    context = browser.new_context()
    page = context.new_page()
    page.violations, page.errors = [], []

    def answer(route):
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"content-security-policy": POLICY})

    page.route("**/*.html*", answer)
    page.on("console", lambda m: page.violations.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("pageerror", lambda error: page.errors.append(f"{error} {error.stack}"))
    yield page
    context.close()


OTHERS = {
    "Firefox": (firefox.PROGRAM, "Firefox", firefox.Firefox),
    "WebKit": (webkit.PROGRAM, "WebKitWebDriver (or Xvfb, its screen)", webkit.WebKit),
}


@pytest.fixture(scope="module", params=OTHERS)
def other(request, tmp_path_factory):
    """Browsers besides Chromium, where the machine has them."""
    program, name, kind = OTHERS[request.param]
    needs(program, name)
    browser = kind(tmp_path_factory.mktemp(request.param))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def pages(browser):
    """Pages that no test holds just now: a new one takes a second, an open one goes elsewhere in a quarter of it."""
    free = {}  # (width, colour scheme) → pages

    def take(width, scheme):
        if waiting := free.setdefault((width, scheme), []):
            page = waiting.pop()
            page.set_viewport_size({"width": width, "height": 900})
            return page
        page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
        page.place = (width, scheme)
        page.on("console", lambda m: page.wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("response", lambda r: page.wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.on("request", lambda r: None if r.url.startswith(page.own) else page.wrong.append(f"off-site: {r.url}"))
        return page

    def give_back(page):
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.mouse.move(0, 0)
        page.own = ("about:",)
        page.goto("about:blank")
        free[page.place].append(page)

    yield take, give_back
    for waiting in free.values():
        for page in waiting:
            page.context.close()


@pytest.fixture
def visit(pages, origin):
    """Open a page and collect what goes wrong on the way in ``page.wrong``."""
    take, give_back = pages
    taken = []

    def go(path, width=1280, scheme="light", base=None):
        page = take(width, scheme)
        taken.append(page)
        start = base or origin
        page.wrong, page.own = [], (start, "data:", "blob:")
        page.goto(f"{start}/{path}")
        return page

    yield go
    for page in taken:
        give_back(page)
