"""What several tests share."""

from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"

settings.register_profile("no-deadline", deadline=None)  # a busy machine is no fault
settings.load_profile("no-deadline")
