"""What several tests share."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"

settings.register_profile("no-deadline", deadline=None)  # a busy machine is no fault
settings.load_profile("no-deadline")


@pytest.fixture(autouse=True, scope="module")
def free():
    """A file's networks, 244 MB for each AlexNet, go before the next file's come."""
    yield
    gc.collect()


def pytest_collection_finish(session):
    """What the imports made stays for good: to look through it again after each file took a fifth of all time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config):
    gc.unfreeze()  # libraries look for what was never freed when Python ends


def pytest_sessionfinish(session, exitstatus):
    """In continuous integration everything is there that a test needs: one that is skipped has failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} tests were skipped; in continuous integration none may be.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
