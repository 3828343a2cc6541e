"""What several tests share."""

import gc
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
