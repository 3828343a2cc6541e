"""What several tests share: the chapters' code, run as a reader would run it."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"

settings.register_profile("no-deadline", deadline=None)  # a busy machine is no fault
settings.load_profile("no-deadline")


def code_cells(page: str) -> list[str]:
    """The code cells of a chapter, without their options."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    cells = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```", text, flags=re.M | re.S)
    return [re.sub(r"(?m)^:.*\n", "", cell) for cell in cells]


@cache
def run_chapter(page: str) -> dict:
    """Execute a chapter's cells from top to bottom in one namespace; the namespace that results."""
    namespace = {"__name__": f"chapter_{page.replace('-', '_')}"}
    for number, cell in enumerate(code_cells(page), 1):
        exec(compile(cell, f"{page}.md, cell {number}", "exec"), namespace)
    return namespace


@pytest.fixture(scope="session")
def chapter():
    return run_chapter
