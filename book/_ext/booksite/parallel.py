"""Sphinx reads the pages that have changed, one after the other, and writes all of them, side by side."""

import ctypes
import os
import signal
import sys

# they keep no state between pages; they only never said so
SAFE = ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex", "sphinx_external_toc", "sphinx_togglebutton")


def declare_safe(app, config):
    for name in SAFE:
        if name in app.extensions:
            app.extensions[name].parallel_write_safe = True


def die_with_parent():
    """In a forked worker: end when the build is killed, at once and not after the next page."""
    if sys.platform == "linux":
        parent_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGKILL)


os.register_at_fork(after_in_child=die_with_parent)


def outdated(app, env, added, changed, removed):
    return [page for page in app.config.booksite_changed if page in env.found_docs]


def write_in_parallel(app, env):
    app.parallel = app.config.booksite_jobs


def setup(app):
    app.add_config_value("booksite_changed", [], "")  # pages to read again; others are as a former build read them
    app.add_config_value("booksite_jobs", 1, "")
    app.connect("config-inited", declare_safe, priority=900)
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", write_in_parallel)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
