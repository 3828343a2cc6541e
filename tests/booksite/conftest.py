"""The Sphinx side of the book lies outside the package."""

import sys

from tests.conftest import BOOK

sys.path.insert(0, str(BOOK / "_ext"))
