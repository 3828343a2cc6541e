"""Every chapter can be downloaded as a notebook: the cells that the build executed, in an empty folder, top to bottom."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from tests.chapters import executed
from tests.conftest import ROOT

FOLDER = ROOT / "_build" / "html" / "_static" / "notebooks"
LEFTOVERS = (
    "{glue:",
    "{cite",
    "{exercise",
    "{solution",
    "{admonition",
    "{quiz",
    "{term",
    "{eq}",
    "{ref}",
    "{fig}",
    "{caption",
)


def read(page: str):
    path = FOLDER / f"{page}.ipynb"
    assert path.exists(), f"{path.relative_to(ROOT)} is missing; run `make book`."
    return nbformat.read(path, as_version=4)


def test_the_site_carries_the_package_and_its_chapters():
    assert len(list(FOLDER.glob("insidecnn-*.whl"))) == 1, "run `make book` first"
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(executed.pages())


@pytest.mark.parametrize("page", executed.pages())
def test_notebook_holds_the_cells_that_were_executed(page):
    notebook = read(page)
    nbformat.validate(notebook)
    first, *code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert "%pip install" in first and all(line.startswith("#") for line in first.splitlines())
    assert code == [cell.code for cell in executed.outputs(page).cells]


@pytest.mark.parametrize("page", executed.pages())
def test_notebook_is_plain_markdown(page):
    text = "\n".join(cell.source for cell in read(page).cells if cell.cell_type == "markdown")
    assert [leftover for leftover in LEFTOVERS if leftover in text] == []
    numbers = [int(n) for n in re.findall(r"(?m)^\*\*Figure \d+\.(\d+)\.\*\* \S", text)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == executed.text(page).count("\n:::{caption}\n") or page == "index"


@pytest.mark.slow
def test_a_notebook_runs_as_it_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(read("pooling"), timeout=300, shutdown_kernel="immediate", resources=where).execute()
