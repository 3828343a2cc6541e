"""How long the reader waits, and for how many bytes: bounds that a slow machine keeps; benchmarks/lab.py measures."""

import gzip
import http.server
import threading
import time
from functools import partial

import pytest

from tests.site.conftest import SITE
from tests.site.lab.conftest import PAGE, browser_digests, give
from tests.site.lab.test_photos import jpeg, scene

MEGABIT = 1_000_000 / 8


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
    """Under 4.5 MB in all; until the first map, under 60 KB besides the page and its scripts, and under 76 KB with them."""
    origin, sent = gzipping
    sent.clear()
    page = browser.new_page()
    page.goto(f"{origin}/{PAGE}")
    browser_digests(page.locator("cnn-lab"))
    page.wait_for_load_state("networkidle")
    page.close()
    own = {path: count for path, count in sent.items() if "/lab/" in path}
    scripts = sum(count for path, count in own.items() if path.endswith((".js", ".css")))
    later = [count for path, count in own.items() if path.endswith(".bin") and "features.0" not in path]
    assert len(later) == 4
    data = sum(own.values()) - scripts - sum(later)
    assert data < 60_000 and data + scripts < 76_000, own
    assert sum(sent.values()) < 4_500_000, sum(sent.values())


@pytest.mark.parametrize(("rate", "latency", "first", "whole"), [(10, 20, 1.5, 7)])
def test_on_a_slow_line_maps_come_while_weights_are_on_their_way(browser, gzipping, rate, latency, first, whole):
    origin, _ = gzipping
    page = browser.new_page()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        dict(offline=False, latency=latency, downloadThroughput=rate * MEGABIT, uploadThroughput=rate * MEGABIT),
    )
    page.goto(f"{origin}/{PAGE}")
    browser_digests(page.locator("cnn-lab"))
    marks = dict(page.evaluate("performance.getEntriesByType('mark').map(m => [m.name, m.startTime / 1000]).reverse()"))
    page.close()
    assert marks["lab-first-map"] < first + 0.5, marks
    assert marks["lab-all-maps"] < whole, marks
    assert marks["lab-first-map"] < marks["lab-all-maps"] - 1


def test_no_long_task_for_a_photo_of_12_megapixels(lab, tmp_path):
    """The page's own thread stays free while the worker decodes and computes; shares of what other tests do to the
    processor are forgiven by taking the best of three."""
    file = tmp_path / "large.jpg"
    file.write_bytes(jpeg(scene(4032, 3024, 1), subsampling=2))
    longest = []
    for _ in range(3):
        lab.evaluate(
            "() => { self.tasks = []; new PerformanceObserver((list) => self.tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' }); }"
        )
        give(lab, file)
        browser_digests(lab)
        lab.page.wait_for_timeout(200)
        longest.append(max(lab.evaluate("() => self.tasks"), default=0))
        if longest[-1] == 0:
            return
    assert min(longest) < 50, longest


def test_a_warm_lab_answers_at_once(lab):
    """A new kernel, all thirteen stages: what painting feels like."""
    lab.evaluate("lab => { lab.set({ kernel: 'blur', paint: '', filter: 0 }); }")
    browser_digests(lab)
    times = []
    for name in ("noise", "Sobel x", "Sobel y", "blur"):
        start = time.perf_counter()
        lab.evaluate("(lab, kernel) => { lab.set({ kernel }); }", name)
        browser_digests(lab)
        times.append(time.perf_counter() - start)
    lab.evaluate("lab => { lab.reset(); }")
    browser_digests(lab)
    assert min(times) < 1, times
