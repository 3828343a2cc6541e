"""Chapters are executed here, before Sphinx sees them, and what their cells gave is kept.

What is kept has a key that holds all that it depends on: the cells, what they reach in the package (see
``dependencies.py``), the installed libraries, the weights in use, and the settings below. A kernel gets only
the environment that is listed here, and an empty folder to work in, so that nothing else can matter.
"""

import asyncio
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from traitlets.config import Config

from booksite import chapters, dependencies
from booksite.chapters import Mistake

PACKAGE = "insidecnn"
SETTINGS = ("INSIDECNN_ALEXNET", "INSIDECNN_WEIGHTS")
PASSED = re.compile(
    r"PATH|HOME|USER|TMPDIR|LD_LIBRARY_PATH|SYSTEMROOT|OPENBLAS_\w+|SSL_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|TORCH_HOME|XDG_CACHE_HOME|(?i:https?_proxy|no_proxy)"
)  # what a program needs to run, or to fetch weights, and no chapter shows
FORMAT = 1  # of what is kept; another number makes all of it old
KEPT = 60  # executions; the least recently used go


@dataclass(frozen=True)
class Chapter:
    name: str  #: as messages call it, ``book/pooling.md``
    text: str
    key: str
    runs: bool  #: whether it has code cells


def environment(root: Path) -> dict[str, str]:
    """What a kernel finds in its environment."""
    found = {name: value for name, value in os.environ.items() if PASSED.fullmatch(name)}
    for name in SETTINGS:
        if value := os.environ.get(name):
            found[name] = str(Path(value).expanduser().absolute()) if name == "INSIDECNN_ALEXNET" else value
    return found | {
        "PYTHONPATH": str(root / "src"),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",  # chapters run side by side
        "MATPLOTLIBRC": str(Path(find_spec("matplotlib").origin).parent / "mpl-data" / "matplotlibrc"),
        "IPYTHONDIR": str(root / "_build" / "ipython"),  # no start-up files of the user's
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "120",
    }


def needed(extra: str) -> set[str]:
    """The names of all distributions that the package with one of its extras needs, at any distance."""
    found, todo = set(), [(PACKAGE, extra)]
    while todo:
        name, extra = todo.pop()
        try:
            requirements = [Requirement(text) for text in metadata.requires(name) or []]
        except metadata.PackageNotFoundError:
            continue
        for wanted in requirements:
            if not wanted.marker or wanted.marker.evaluate({"extra": extra}):
                for further in ["", *wanted.extras]:
                    if (step := (canonicalize_name(wanted.name), further)) not in found:
                        found.add(step)
                        todo.append(step)
    return {name for name, _ in found}


@cache
def libraries() -> list[str]:
    """Every installed distribution with its version, and Python's own; not those that only the tests need."""
    # install.py installs trackeval without what it requires; so no metadata names it
    left_out = (needed("test") | {"trackeval"}) - needed("book") | {PACKAGE}
    files = {path.stem for place in sys.path for path in Path(place).glob("*.dist-info")}  # name-version
    return [sys.version, *sorted(name for name in files if canonicalize_name(name.split("-")[0]) not in left_out)]


@cache
def weights(root: Path) -> dict:
    """Which AlexNet weights the settings choose: ``sha256``, ``provenance``, ``source``.

    Raises:
        Mistake: the settings name weights that cannot be had; the sentence says why.
    """
    if not any(os.environ.get(name) for name in SETTINGS):
        file = root / "src" / PACKAGE / "parameters" / "alexnet.safetensors"
        digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""
        return {"sha256": digest, "source": "embedded", "provenance": "the book’s own AlexNet weights"}
    command = [sys.executable, "-m", f"{PACKAGE}.weights", "--resolve"]
    asked = subprocess.run(command, env=environment(root), stdout=subprocess.PIPE, text=True, check=False)
    if asked.returncode:
        raise Mistake(" and ".join(n for n in SETTINGS if os.environ.get(n)), None, "these weights cannot be used.")
    return json.loads(asked.stdout.splitlines()[-1])


def prepare(root: Path, name: str, text: str, extensions: tuple[str, ...], package: dependencies.Package) -> Chapter:
    """Check a page and compute its key; of a page without code cells its text is all of its key.

    Raises:
        Mistake: a cell that does not parse.
    """
    if not chapters.is_chapter(text):
        return Chapter(name, text, hashlib.sha256(text.encode()).hexdigest(), False)
    cells = chapters.cells(chapters.notebook(text, extensions), text)
    chapters.check_syntax(cells, name)
    codes = [chapters.python(cell.code) for cell in cells if "raises-exception" not in cell.tags]
    reached, modules = dependencies.fingerprint(codes, package)
    parts = [FORMAT, [(cell.code, cell.tags) for cell in cells], reached, libraries()]
    if f"{PACKAGE}.weights" in modules:
        parts += [weights(root)["sha256"], weights(root)["provenance"]]
    if "INSIDECNN_" in text:
        parts += [os.environ.get(setting) for setting in SETTINGS]
    return Chapter(name, text, hashlib.sha256(json.dumps(parts).encode()).hexdigest(), True)


class Store:
    """Outputs by key; an entry is there whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder

    def get(self, key: str) -> list[list] | None:
        path = self.folder / f"{key}.json"
        try:
            kept = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError):
            return None
        return [[nbformat.from_dict(output) for output in outputs] for outputs in kept]

    def put(self, key: str, outputs: list[list]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{key}.{os.getpid()}.part"
        part.write_text(json.dumps(outputs))
        os.replace(part, self.folder / f"{key}.json")

    def prune(self, used: set[str]) -> None:
        """Drop parts of killed builds, and what has not been used for long."""
        for part in self.folder.glob("*.part"):
            part.unlink(missing_ok=True)
        entries = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in [path for path in entries if path.stem not in used][KEPT:]:
            path.unlink(missing_ok=True)


def joined(outputs: list) -> list:
    """Pieces of one printed text that arrived one after the other, as one."""
    found = []
    for output in outputs:
        last = found[-1] if found else {}
        if output["output_type"] == "stream" == last.get("output_type") and output["name"] == last["name"]:
            last["text"] += output["text"]
        else:
            found.append(output)
    return found


def raised_at(error: CellExecutionError, cell: chapters.Cell) -> int:
    """The line of the chapter on which a cell raised."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
    inside = re.findall(r"Cell In\[\d+\], line (\d+)", plain)
    return cell.line + (int(inside[0]) - 1 if inside else 0)


async def execute(chapter: Chapter, cells: list[chapters.Cell], root: Path, limit: int) -> list[list]:
    """What each code cell of a chapter gives, from top to bottom in a kernel of its own.

    Raises:
        Mistake: a cell that raises, ends its kernel, writes to stderr, or takes longer than ``limit`` seconds.
    """
    left = []

    def replied(cell, cell_index, execute_reply):
        if any(item.get("source") == "ask_exit" for item in execute_reply["content"].get("payload", [])):
            left.append(cell_index)

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.code) for cell in cells])
    for cell, node in zip(cells, notebook.cells, strict=True):
        node.metadata["tags"] = [tag for tag in cell.tags if tag == "raises-exception"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "empty"
        folder.mkdir()
        connection = {"connection_file": f"{place}/kernel.json"}
        if os.name == "posix":  # files, not ports: nobody listens in, and a machine without a network will do
            connection["transport"] = "ipc"
        client = NotebookClient(
            notebook,
            timeout=limit,
            kernel_name="python3",
            shutdown_kernel="immediate",
            record_timing=False,
            on_cell_executed=replied,
            resources={"metadata": {"path": str(folder)}},
            config=Config({"KernelManager": connection}),
        )
        async with client.async_setup_kernel(env=environment(root)):
            for number in (signal.SIGINT, signal.SIGTERM):  # nbclient would go on after Ctrl-C
                asyncio.get_running_loop().remove_signal_handler(number)
            for number, (cell, node) in enumerate(zip(cells, notebook.cells, strict=True)):
                try:
                    await client.async_execute_cell(node, number)
                except CellExecutionError as error:
                    said = " ".join(f"{error.ename}: {error.evalue}".split())
                    raise Mistake(chapter.name, raised_at(error, cell), said) from None
                except CellTimeoutError:
                    said = f"this cell ran for more than {limit} s, the limit that _config.yml sets (execute: timeout)."
                    raise Mistake(chapter.name, cell.line, said) from None
                except DeadKernelError:
                    raise Mistake(chapter.name, cell.line, "the kernel died while this cell ran.") from None
                if left:
                    raise Mistake(chapter.name, cell.line, "this cell ends the kernel; take exit() or quit() out.")
                for output in node.outputs:
                    if output["output_type"] == "stream" and output["name"] == "stderr":
                        first = output["text"].strip().split("\n")[0]
                        raise Mistake(chapter.name, cell.line, f"this cell writes to stderr: {first}")
    return [joined(node.outputs) for node in notebook.cells]


def execute_all(
    todo: list[Chapter], extensions: tuple[str, ...], root: Path, limit: int, jobs: int, store: Store, say
) -> list[Mistake]:
    """Execute chapters, ``jobs`` at a time, keep what they give, and tell how far it is; the mistakes found."""
    mistakes = []

    async def one(chapter, free):
        async with free:
            start = time.monotonic()
            cells = chapters.cells(chapters.notebook(chapter.text, extensions), chapter.text)
            try:
                outputs = await execute(chapter, cells, root, limit)
            except Mistake as mistake:
                mistakes.append(mistake)
            else:
                store.put(chapter.key, outputs)
                done.append(chapter.name)
                say(f"  executed {chapter.name} in {time.monotonic() - start:.0f} s ({len(done)} of {len(todo)})")

    async def every():
        free = asyncio.Semaphore(jobs)
        await asyncio.gather(*(one(chapter, free) for chapter in todo))

    done = []
    if todo:
        asyncio.run(every())
    return sorted(mistakes, key=str)
