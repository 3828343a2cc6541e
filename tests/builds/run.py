"""Builds in forks of one process that has the libraries: a tenth of a second to start instead of two."""

import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path

LIBRARIES = """
    IPython fontTools.subset jupyter_book.sphinx myst_nb.sphinx_ nbclient pydata_sphinx_theme py_mini_racer
    sphinx.application sphinx.ext.autodoc sphinx.ext.napoleon sphinx_book_theme sphinx_copybutton sphinx_design
    sphinx_exercise sphinx_external_toc sphinx_togglebutton sphinxcontrib.bibtex
"""


def prepare() -> None:
    for name in LIBRARIES.split():
        importlib.import_module(name)


def start(root: Path, said: Path, before=lambda: None, **environment: str) -> int:
    """Begin to build a book as ``make book`` does, after ``before()``; the process's number. It speaks to a file."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setpgid(0, 0)
        target = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(target, 1)
        os.dup2(target, 2)
        # pytest and its workers put objects of their own in the place of these
        sys.stdout, sys.stderr = (open(number, "w", buffering=1, closefd=False) for number in (1, 2))  # noqa: SIM115
        for name in [name for name in sys.modules if name.split(".")[0] in ("booksite", "insidecnn")]:
            del sys.modules[name]
        sys.path[:0] = [str(root / "src"), str(root / "book/_ext")]
        os.environ.update(environment)
        os.chdir(root)
        sys.argv[1:] = [str(root)]
        before()
        code = importlib.import_module("booksite.build").main()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def build(root: Path, before=lambda: None, **environment: str) -> tuple[int, str]:
    """Build a book; the exit status and what it said."""
    said = root.parent / f"{root.name}.said"
    return end(start(root, said, before, **environment), said)


def end(child: int, said: Path) -> tuple[int, str]:
    """Wait for a build; its exit status and what it said."""
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status), said.read_text()


def kill(root: Path, after: float) -> None:
    """Begin to build a book, and kill the build, it alone, after some seconds."""
    child = start(root, root.parent / f"{root.name}.said")
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def left_over(group_of: Path) -> list[str]:
    """The commands of processes that still work for a book in this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if str(group_of) in (place / "environ").read_text() and int(place.name) != os.getpid():
                found.append((place / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def contents(site: Path) -> dict[str, bytes]:
    """Every file of a site."""
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
