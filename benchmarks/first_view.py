"""How soon something is to be seen on a phone: largest contentful paint over a slow line, and the bytes at load.

    .venv/bin/python benchmarks/first_view.py [book/index.html]

Chromium at 360 × 740 pixels, 1.6 Mbit/s, 150 ms round trip, processor slowed four times; text compressed with gzip.
The median of five visits with an empty cache. On a busy machine the processor is slower still: ``load`` tells.
"""

import gzip
import http.server
import os
import shutil
import sys
import threading
from functools import partial
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

SITE = Path(__file__).parents[1] / "_build" / "html"
TEXT = {".html", ".css", ".js", ".svg"}
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
WATCH = """new PerformanceObserver((list) => { window.painted = list.getEntries().at(-1); })
  .observe({ type: "largest-contentful-paint", buffered: true });"""
READ = """() => ({ at: window.painted.startTime, what: window.painted.element?.outerHTML.slice(0, 60),
  first: performance.getEntriesByName("first-contentful-paint")[0].startTime })"""


class Packing(http.server.SimpleHTTPRequestHandler):
    """The site as a host sends it that compresses text."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        self.send_response(200)
        if path.suffix in TEXT:
            data = gzip.compress(data, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


def visit(browser, address: str) -> dict:
    """One visit: when the largest thing was painted and which it was, and the bytes that came until the page rested."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    sizes = []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.add_init_script(WATCH)
    page.goto(address, wait_until="networkidle")
    found = page.evaluate(READ) | {"bytes": sum(sizes), "requests": len(sizes)}
    context.close()
    return found


if __name__ == "__main__":
    pages = sys.argv[1:] or ["book/index.html", "index.html"]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Packing, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        exe = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=exe, args=["--no-sandbox", "--disable-gpu"])
        for page in pages:
            visits = [visit(browser, f"http://127.0.0.1:{server.server_port}/{page}") for _ in range(5)]
            paints = sorted(each["at"] / 1000 for each in visits)
            last = visits[-1]
            print(
                f"{page}: largest paint {median(paints):.2f} s ({paints[0]:.2f} to {paints[-1]:.2f}), first "
                f"{median(each['first'] for each in visits) / 1000:.2f} s, {last['bytes'] / 1000:.0f} KB in "
                f"{last['requests']} requests, load {os.getloadavg()[0]:.1f}; the largest: {last['what']}"
            )
