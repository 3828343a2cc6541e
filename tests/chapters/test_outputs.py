"""What the built pages show is the same wherever they were built."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
PAGES = sorted(SITE.glob("book/*.html"))


def test_the_book_is_built():
    if not PAGES:
        raise RuntimeError("The book is not built; run `make book` first.")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_page_holds_a_path_of_the_machine_that_built_it(path):
    text = path.read_text(encoding="utf-8")
    folders = {str(ROOT), str(Path.home()), sys.prefix} - {"/"}
    assert [folder for folder in folders if f"{folder}/" in text] == []
