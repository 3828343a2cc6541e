"""What chapters' outputs are kept under, what a kernel is given, and what is kept of its answers."""

import json
import os
from pathlib import Path

import nbformat
import pytest

from booksite import dependencies, execute
from tests.conftest import ROOT

HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst, format_version: 0.13}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
USES = HEADER + "```{code-cell} ipython3\nfrom insidecnn import weights\nweights.load()\n```\n"
USES_NOT = HEADER + "```{code-cell} ipython3\nfrom insidecnn import arithmetic\n```\n"


@pytest.fixture(scope="module")
def package():
    return dependencies.Package(ROOT / "src", "insidecnn")


def key(text: str, package) -> str:
    return execute.prepare(ROOT, "page.md", text, ("colon_fence",), package).key


@pytest.mark.parametrize("text, differs", [(USES, True), (USES_NOT, False)])
def test_other_weights_make_another_key_for_chapters_that_use_them(package, monkeypatch, text, differs):
    own = key(text, package)
    others = {"sha256": "0" * 64, "provenance": "a file of the reader's", "source": "file"}
    monkeypatch.setattr(execute, "weights", lambda root: others)
    assert (key(text, package) != own) == differs


@pytest.mark.parametrize("word, differs", [("INSIDECNN_WEIGHTS", True), ("HOME", False)])
def test_a_chapter_that_names_a_setting_has_it_in_its_key(package, monkeypatch, word, differs):
    text = USES_NOT.replace("from insidecnn import arithmetic", f"import os; os.environ.get('{word}')")
    own = key(text, package)
    monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
    assert (key(text, package) != own) == differs


def test_libraries_and_code_and_tags_are_in_the_key(package, monkeypatch):
    own = key(USES_NOT, package)
    assert key(USES_NOT.replace("arithmetic", "losses"), package) != own
    assert key(USES_NOT.replace("ipython3\n", "ipython3\n:tags: [raises-exception]\n"), package) != own
    assert key(USES_NOT.replace("```{code", "Words.\n\n```{code"), package) == own
    monkeypatch.setattr(execute, "libraries", lambda: ["numpy 0"])
    assert key(USES_NOT, package) != own


def test_a_kernel_gets_nothing_of_the_users_environment_but_what_it_needs(monkeypatch, tmp_path):
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("INSIDECNN_ALEXNET", "mine.pth")
    monkeypatch.chdir(tmp_path)
    found = execute.environment(ROOT)
    assert "MPLBACKEND" not in found and found["LANG"] == "C.UTF-8" and found["OMP_NUM_THREADS"] == "1"
    assert found["INSIDECNN_ALEXNET"] == str(tmp_path / "mine.pth")
    assert found["PYTHONPATH"] == str(ROOT / "src")


def stream(name: str, text: str):
    return nbformat.v4.new_output("stream", name=name, text=text)


def test_pieces_of_one_print_are_one():
    shown = nbformat.v4.new_output("display_data", data={"text/plain": "x"})
    found = execute.joined([stream("stdout", "a"), stream("stdout", "b\n"), shown, stream("stdout", "c\n")])
    assert [output.get("text", "x") for output in found] == ["ab\n", "x", "c\n"]


def test_an_entry_is_kept_whole_or_not_at_all(tmp_path):
    store = execute.Store(tmp_path)
    outputs = [[stream("stdout", "a\n")], []]
    store.put("one", outputs)
    assert store.get("one") == outputs and store.get("two") is None
    (tmp_path / "two.json").write_text(json.dumps(outputs)[:20])  # half a file
    (tmp_path / "three.7.part").write_text("x")
    assert store.get("two") is None
    store.prune({"one"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.json", "two.json"]


def test_what_has_not_been_used_for_long_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "KEPT", 1)
    store = execute.Store(tmp_path)
    for number, name in enumerate(("old", "used", "new")):
        store.put(name, [])
        Path(tmp_path / f"{name}.json").touch()
        os.utime(tmp_path / f"{name}.json", (number, number))
    store.prune({"used"})
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["new", "used"]


def test_what_only_the_tests_need_is_not_in_the_key():
    """So that installing the tests after a build executes nothing again."""
    names = {name.split("-")[0] for name in execute.libraries()[1:]}
    assert {"torch", "scikit_learn", "ipykernel", "numpy"} <= names
    assert not names & {"pytest", "motmetrics", "pandas", "playwright", "pytest_xdist", "execnet", "insidecnn"}
