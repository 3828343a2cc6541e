"""``python -m booksite.preview``: serve the book, build it again when a file is saved, reload the page.

This process imports the large libraries once; each build is a fork of it, so that it starts at once and leaves
nothing behind. What is imported here is no file of the project: those are read anew by every build.
"""

import http.server
import importlib
import os
import sys
import threading
import time
import traceback
from functools import partial
from pathlib import Path

LIBRARIES = """
    IPython cv2 fontTools.subset jupyter_book.sphinx matplotlib.figure myst_nb.sphinx_ nbclient pydata_sphinx_theme
    py_mini_racer safetensors scipy.optimize skimage.data sklearn.datasets sphinx.application sphinx.ext.autodoc
    sphinx.ext.napoleon sphinx_book_theme sphinx_copybutton sphinx_design sphinx_exercise sphinx_external_toc
    sphinx_togglebutton sphinxcontrib.bibtex torch torchvision.models torchvision.transforms
""".split()
RELOAD = """<script>
new EventSource("/__built").onmessage = (event) => { if (window.built && window.built !== event.data) location.reload();
window.built = event.data; };
</script></body>"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """The built site; its pages are told when there is a new one."""

    def __init__(self, *arguments, state, **keywords):
        self.state = state
        super().__init__(*arguments, **keywords)

    def do_GET(self):
        if self.path == "/__built":
            self.tell()
            return
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if path.suffix == ".html" and path.exists():
            page = path.read_bytes().replace(b"</body>", RELOAD.encode())
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(page)
        else:
            super().do_GET()

    def tell(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        told = None
        try:
            while True:
                if self.state["built"] != told:
                    told = self.state["built"]
                    self.wfile.write(f"data: {told}\n\n".encode())
                    self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass  # the page was closed

    def log_message(self, *arguments):
        pass


def saved(root: Path) -> dict[str, tuple]:
    """Every file that a build reads, with its date and size."""
    files = [path for pattern in ("*.yml", "*.toml", "*.md") for path in root.glob(pattern)]
    for folder in ("book", "src"):
        for place, folders, names in os.walk(root / folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            files += [Path(place) / name for name in names]
    found = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue  # an editor's file that has gone again
        found[str(path)] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def build(root: Path) -> bool:
    """Build in a fork; whether it succeeded."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            sys.argv[1:] = [str(root)]
            code = importlib.import_module("booksite.build").main()
        except BaseException:  # the fork must not go on as the server
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def main() -> int:
    root, port = Path.cwd(), int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    print("Starting: the large libraries are imported once (some seconds).", flush=True)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # a fork must not wait for threads that it does not have
    for name in LIBRARIES:
        importlib.import_module(name)
    state = {"built": "0"}
    before = saved(root)
    build(root)
    state["built"] = str(time.time())
    handler = partial(Handler, directory=str(root / "_build" / "html"), state=state)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://localhost:{server.server_port}/  (stop with Ctrl-C)", flush=True)
    try:
        while True:
            time.sleep(0.2)
            now = saved(root)
            if now != before:
                before = now
                if build(root):
                    state["built"] = str(time.time())
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
