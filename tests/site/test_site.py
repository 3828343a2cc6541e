"""The built site in a real browser: every page, narrow and wide, light and dark."""

import http.server
import os
import shutil
import threading
from functools import partial
from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "_build" / "html"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGES = sorted(p.relative_to(SITE).as_posix() for p in SITE.glob("book/*.html"))

if not BROWSER and os.environ.get("CI"):
    raise RuntimeError("No Chromium or Chrome on this machine; the tests of the site need one.")
if not PAGES:
    raise RuntimeError("The book is not built; run `make book` first.")
pytestmark = pytest.mark.skipif(not BROWSER, reason="no Chromium or Chrome on this machine")


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, origin):
    """Open a page and collect what went wrong on the way."""
    contexts = []

    def go(path, width=1280, scheme="light", base=None):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.wrong = []
        page.on("console", lambda m: page.wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("response", lambda r: page.wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        start = base or origin
        page.on(
            "request",
            lambda r: (
                page.wrong.append(f"off-site: {r.url}") if not r.url.startswith((start, "data:", "blob:")) else None
            ),
        )
        page.goto(f"{start}/{path}")
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_page_is_quiet_complete_and_described(visit, path):
    page = visit(path)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    page.wait_for_function("[...document.images].every(i => i.complete)")
    images = page.evaluate("[...document.images].map(i => [i.src, i.alt, i.naturalWidth])")
    assert all(width for _, _, width in images), [src for src, _, width in images if not width]
    assert all(len(alt) > 20 and not alt.endswith((".png", ".jpg")) for _, alt, _ in images), images
    drawn = page.evaluate(
        "[...document.querySelectorAll('svg.chart, .drawing')].map(s => s.getAttribute('aria-label') || '')"
    )
    assert all(len(label) > 20 for label in drawn), drawn
    assert page.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_fits_a_phone(visit, path, scheme):
    page = visit(path, width=360, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.wrong == []


def test_dark_pages_have_readable_charts_and_no_white_boxes(visit):
    page = visit("book/alexnet.html", scheme="dark")
    colours = page.evaluate(
        "[...document.querySelectorAll('svg.chart text')].slice(0, 5).map(t => getComputedStyle(t).fill)"
    )
    assert colours and all(min(map(int, c[4:-1].split(","))) > 150 for c in colours), colours
    boxes = page.evaluate(
        "[...document.querySelectorAll('.cell_output .text_html')].filter(e => e.querySelector('svg'))"
        ".map(e => getComputedStyle(e).backgroundColor)"
    )
    assert set(boxes) == {"rgba(0, 0, 0, 0)"}


def test_formulas_are_html_with_mathml(visit):
    page = visit("book/convolution.html")
    assert page.locator(".katex-html").count() == page.locator("math").count() > 1
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))")


def test_pages_work_from_a_folder(visit):
    page = visit("book/first-layer.html", base=SITE.as_uri())
    assert page.locator("img.pixels").first.evaluate("i => getComputedStyle(i).imageRendering") == "pixelated"
    assert page.wrong == []


def test_every_internal_link_leads_somewhere(visit):
    missing = []
    for path in PAGES:
        page = visit(path)
        for href in page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))"):
            if href.startswith(("http", "mailto:", "#", "data:")):
                continue
            target = (SITE / path).parent / href.split("#")[0].split("?")[0]
            if not target.resolve().exists():
                missing.append((path, href))
    assert missing == []


def test_search_finds_a_page(visit):
    page = visit("search.html?q=receptive")
    page.wait_for_selector("ul.search li")
    assert page.locator("ul.search li").count() >= 1
