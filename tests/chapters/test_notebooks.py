"""Every notebook that the site offers runs from top to bottom, in an empty folder."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "_build" / "html" / "_static" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_the_site_carries_the_package_and_its_chapters():
    if not NOTEBOOKS:
        raise RuntimeError("The book is not built; run `make book` first.")
    assert len(list(FOLDER.glob("insidecnn-*.whl"))) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for leftover in ("{glue:", "{cite", "{exercise", "{solution", "{admonition", "{quiz", "{term"):
        assert leftover not in text, leftover
    NotebookClient(
        notebook, timeout=300, shutdown_kernel="immediate", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
