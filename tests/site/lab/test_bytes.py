"""How many bytes the lab needs; how long a reader waits for them is measured by benchmarks/lab.py."""

import gzip
import http.server
import threading
from functools import partial

import pytest

from tests.site.conftest import SITE
from tests.site.lab.conftest import PAGE, settled


@pytest.fixture(scope="module")
def gzipping():
    """A server that compresses text, as static hosts do, and remembers what it sent: path → bytes."""
    sent = {}

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            path = SITE / self.path.split("?")[0].lstrip("/")
            if not path.is_file():
                return self.send_error(404)
            data = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(str(path)))
            if path.suffix in (".html", ".css", ".js", ".svg"):
                data = gzip.compress(data, 6)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            sent[self.path] = len(data)
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()


def test_bytes(browser, gzipping):
    """Under 7.2 MB in all; until the first map, under 60 KB besides the page and its scripts, and under 107 KB with them."""
    origin, sent = gzipping
    sent.clear()
    page = browser.new_page()
    page.goto(f"{origin}/{PAGE}")
    settled(page.locator("cnn-lab"))
    page.wait_for_load_state("networkidle")
    page.close()
    own = {path: count for path, count in sent.items() if "/lab/" in path}
    scripts = sum(count for path, count in own.items() if path.endswith((".js", ".css")))
    later = [count for path, count in own.items() if path.endswith(".bin") and "features.0" not in path]
    assert len(later) == 5
    data = sum(own.values()) - scripts - sum(later)
    assert data < 60_000 and data + scripts < 110_000, own
    assert sum(sent.values()) < 7_200_000, sum(sent.values())
