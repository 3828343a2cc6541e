"""How heavy the pages are: requests and bytes on the wire (text compressed with gzip), by page and in all.

    .venv/bin/python benchmarks/pages.py

Counts what Chromium asks for when a page is opened and scrolled through, as a host that compresses would send it.
"""

import gzip
import shutil
from pathlib import Path
from urllib.parse import unquote, urlparse

from playwright.sync_api import sync_playwright

SITE = Path(__file__).parents[1] / "_build" / "html"
PACKED = {".png", ".jpg", ".jpeg", ".woff2", ".gz", ".whl"}


def wire(path: Path) -> int:
    data = path.read_bytes()
    return len(data) if path.suffix in PACKED else len(gzip.compress(data, 6))


with sync_playwright() as playwright:
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    browser = playwright.chromium.launch(executable_path=next(found), args=["--no-sandbox", "--disable-gpu"])
    for source in sorted(SITE.glob("book/*.html")):
        page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
        asked = set()
        page.on("request", lambda request, asked=asked: asked.add(unquote(urlparse(request.url).path)))
        page.goto(source.as_uri())
        while not page.evaluate("scrollBy(0, 500); scrollY + innerHeight >= document.documentElement.scrollHeight - 2"):
            page.wait_for_timeout(60)
        page.wait_for_timeout(300)
        files = [Path(path) for path in asked if path.startswith("/") and Path(path).is_file()]
        print(f"{source.stem:20} {len(files):3} requests {sum(map(wire, files)) / 1000:7.1f} KB")
everything = [path for path in SITE.rglob("*") if path.is_file()]
print(f"{'whole site':20} {len(everything):3} files    {sum(map(wire, everything)) / 1000:7.1f} KB")
