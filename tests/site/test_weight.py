"""What a phone has to fetch before a page can be read: little, compressed as hosts send it."""

import gzip
from functools import cache
from urllib.parse import unquote, urlparse

import pytest

from tests.site.conftest import SITE

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.glob("book/*.html"))
MOST = 200_000  #: bytes
MORE = {"lab": 256_000}  # it has a network for the reader
PACKED = {".png", ".jpg", ".webp", ".woff2"}
ASKED = """() => [location.href, ...performance.getEntriesByType("resource").map((entry) => entry.name)]
  .filter((address) => address.startsWith(location.origin))"""


@cache
def sent(name: str) -> int:
    data = (SITE / name).read_bytes()
    return len(data) if name.endswith(tuple(PACKED)) else len(gzip.compress(data, 6))


@pytest.fixture
def phone(browser):
    """A page of a browser that has visited no other."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_weighs_little_until_the_reader_scrolls(phone, origin, page):
    phone.goto(f"{origin}/{page}", wait_until="networkidle")
    names = {unquote(urlparse(address).path) for address in phone.evaluate(ASKED)}
    start = urlparse(origin).path + "/"
    weights = {name: sent(name.removeprefix(start)) for name in names if name.startswith(start)}
    whole, most = sum(weights.values()), MORE.get(page.split("/")[-1].removesuffix(".html"), MOST)
    assert whole <= most, sorted(weights.items(), key=lambda item: -item[1])[:6]
