"""Execute chapters side by side, and stop their kernels at once.

jupyter-book has no ``-j``. Sphinx reads in parallel when more than five pages have changed and every
extension says that it can. A kernel takes all cores for its arithmetic unless told otherwise, and
half a second to say goodbye. A build whose parallel readers fail can hang: there is a time limit.
"""

import os
import signal

from nbclient import NotebookClient

SAFE = ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex", "sphinx_external_toc", "sphinx_togglebutton")


def go_parallel(app, config):
    cores = os.cpu_count() or 1
    app.parallel = int(os.environ.get("BOOK_JOBS", cores))
    if app.parallel > 1:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    for name in SAFE:  # they keep no state between pages; they only never said so
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = True
            app.extensions[name].parallel_write_safe = True


def start_clock(app):
    if hasattr(signal, "alarm"):  # not on Windows
        signal.alarm(int(os.environ.get("BOOK_TIME_LIMIT", "1800")))  # seconds; then the build is ended


def stop_clock(app, error):
    if hasattr(signal, "alarm"):
        signal.alarm(0)


def setup(app):
    NotebookClient.shutdown_kernel.default_value = "immediate"
    app.connect("config-inited", go_parallel, priority=900)
    app.connect("builder-inited", start_clock)
    app.connect("build-finished", stop_clock)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
