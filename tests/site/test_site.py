"""The built site in a real browser: every page, narrow and wide, light and dark."""

import pytest

from tests.site.conftest import SITE

PAGES = sorted(p.relative_to(SITE).as_posix() for p in SITE.glob("book/*.html"))

if not PAGES:
    raise RuntimeError("The book is not built; run `make book` first.")


def leads_somewhere(path, href):
    """Whether a page's link has a target; those to other sites are not asked."""
    if href.startswith(("http", "mailto:", "#", "data:", "blob:")):
        return True
    return ((SITE / path).parent / href.split("#")[0].split("?")[0]).exists()


@pytest.mark.parametrize("path", PAGES)
def test_page_is_quiet_complete_and_described(visit, path):
    page = visit(path)
    links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    assert len(links) > 5 and [href for href in links if not leads_somewhere(path, href)] == []
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


def test_search_finds_a_page(visit):
    page = visit("search.html?q=receptive")
    page.wait_for_selector("ul.search li")
    assert page.locator("ul.search li").count() >= 1


def test_a_wide_formula_starts_at_its_left_end(visit):
    page = visit("book/convolution.html", width=360)
    starts = page.evaluate(
        "[...document.querySelectorAll('div.math')].map(m => m.querySelector('.katex-html').getBoundingClientRect().left"
        " - m.getBoundingClientRect().left)"
    )
    assert starts and min(starts) >= 0, starts
