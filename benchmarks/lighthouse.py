"""Lighthouse's scores of the built pages, as on a slow phone: a table, the worst first.

    .venv/bin/python benchmarks/lighthouse.py [book/alexnet.html …]

Needs Node and Lighthouse on the path (``npm install --global lighthouse``); the project installs neither. The machine
must have nothing else to do, and be an ordinary one: Lighthouse slows its processor four times, whichever it is;
``speed`` is Lighthouse's BenchmarkIndex of it, for which 1,500 and more is usual.
"""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from functools import partial

from first_view import SITE, Packing

KINDS = ("performance", "accessibility", "best-practices", "seo")
TIMES = {"first": "first-contentful-paint", "largest": "largest-contentful-paint", "blocked": "total-blocking-time"}
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def measured(address: str) -> dict:
    """Scores from 0 to 100 and times in seconds of one visit."""
    command = ["lighthouse", address, "--quiet", "--output=json"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"CHROME_PATH": BROWSER})
    found = json.loads(run.stdout)
    scores = {kind: round(100 * found["categories"][kind]["score"]) for kind in KINDS}
    times = {name: found["audits"][audit]["numericValue"] / 1000 for name, audit in TIMES.items()}
    return scores | times | {"speed": found["environment"]["benchmarkIndex"]}


if __name__ == "__main__":
    if not shutil.which("lighthouse") or not BROWSER:
        sys.exit("Lighthouse and Chromium are needed: npm install --global lighthouse, and a browser.")
    pages = sys.argv[1:] or sorted(path.relative_to(SITE).as_posix() for path in SITE.glob("book/*.html"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Packing, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rows = {}
    for page in pages:
        rows[page] = measured(f"http://127.0.0.1:{server.server_port}/{page}")
        print(f"{len(rows)} of {len(pages)}: {page}", file=sys.stderr)
    print(f"{'page':40}" + "".join(f"{name:>16}" for name in next(iter(rows.values()))))
    for page, row in sorted(rows.items(), key=lambda item: item[1]["performance"]):
        print(f"{page:40}" + "".join(f"{value:16.5g}" for value in row.values()))
