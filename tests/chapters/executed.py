"""What the build's execution of a chapter gave: printed, glued and displayed, cell by cell.

Tests read what ``make book`` has kept. A chapter whose key is not there is executed here, once, and kept.
"""

import fcntl
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache

import yaml

from booksite import chapters, dependencies, execute
from tests.chapters import figures
from tests.conftest import BOOK, ROOT

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
EXTENSIONS = tuple(CONFIG["parse"]["myst_enable_extensions"])
STORE = execute.Store(ROOT / "_build" / "executed")


@dataclass(frozen=True)
class Cell:
    line: int  #: of its first line of code, in the chapter's file
    place: str  #: the heading or the solution that it stands under, and its number there
    code: str
    tags: tuple[str, ...]
    printed: str
    glued: dict[str, str]
    figures: list[figures.Figure]

    @property
    def shows(self) -> bool:
        return bool(self.printed or self.glued or self.figures)


@dataclass(frozen=True)
class Page:
    name: str
    cells: list[Cell]
    glued: dict[str, str] = field(default_factory=dict)  #: of all cells

    @property
    def printed(self) -> str:
        return "".join(cell.printed for cell in self.cells)

    @property
    def words(self) -> list[str]:
        """Of all figures and tables, in their order."""
        return [figure.words for cell in self.cells for figure in cell.figures]

    def table(self, *head: str) -> list[list[str]]:
        """The rows of the one table that begins with these columns."""
        found = [words.split("\n") for words in self.words if words.split("\n")[0].split("\t")[: len(head)] == [*head]]
        assert len(found) == 1, f"{self.name}.md has {len(found)} tables of {', '.join(head)}"
        return [row.split("\t") for row in found[0][1:]]


def every_page() -> list[str]:
    """The names of all pages that the book holds."""
    return re.findall(r"(?m)^\s*(?:- )?(?:root|file): book/([\w-]+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))


def pages() -> list[str]:
    """Those with code cells."""
    return [name for name in every_page() if chapters.is_chapter(text(name))]


def text(page: str) -> str:
    return (BOOK / f"{page}.md").read_text(encoding="utf-8")


@cache
def package() -> dependencies.Package:
    return dependencies.Package(ROOT / "src", execute.PACKAGE)


@cache
def outputs(page: str) -> Page:
    """What each code cell of a chapter gave.

    Raises:
        AssertionError: a cell fails; with the file, the line and what it raised.
    """
    source = text(page)
    chapter = execute.prepare(ROOT, f"book/{page}.md", source, EXTENSIONS, package())
    kept = STORE.get(chapter.key)
    if kept is None:
        kept = run(chapter)
    found = chapters.cells(chapters.notebook(source, EXTENSIONS), source)
    places = placed(source, [cell.line for cell in found])
    cells = [made(cell, place, out) for cell, place, out in zip(found, places, kept, strict=True)]
    return Page(page, cells, {name: value for cell in cells for name, value in cell.glued.items()})


def run(chapter: execute.Chapter) -> list[list]:
    """Execute a chapter, or wait for another process that does."""
    STORE.folder.mkdir(parents=True, exist_ok=True)
    with (STORE.folder.parent / f"{chapter.key[:16]}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept = STORE.get(chapter.key)
        if kept is None:
            limit = CONFIG["execute"]["timeout"]
            with ThreadPoolExecutor(1) as thread:  # a browser's event loop may be running in this one
                work = thread.submit(
                    execute.execute_all, [chapter], EXTENSIONS, ROOT, limit, 1, STORE, lambda said: None
                )
            mistakes = work.result()
            assert not mistakes, "\n".join(map(str, mistakes))
            kept = STORE.get(chapter.key)
    (STORE.folder.parent / f"{chapter.key[:16]}.lock").unlink(missing_ok=True)
    return kept


def placed(source: str, lines: list[int]) -> list[str]:
    """Where each of some lines stands: ``Exercises, solution pool-conv1, 2`` is the second below its solution."""
    heading, solution, places, fenced, counts = "", "", {}, False, {}
    for number, line in enumerate(source.splitlines(), 1):
        fenced ^= bool(re.match(r"```(?:\{code-cell\}|$)", line)) and (fenced or "code-cell" in line)
        if not fenced and (found := re.match(r"#+ (.+)", line)):
            heading = found[1]
        elif found := re.search(r"\{solution-start\} (\S+)", line):
            solution = found[1]
        elif "{solution-end}" in line:
            solution = ""
        places[number] = f"solution of {solution}" if solution else heading
    found = []
    for line in lines:
        counts[places[line]] = counts.get(places[line], 0) + 1
        found.append(f"{places[line]}, cell {counts[places[line]]}")
    return found


def made(cell: chapters.Cell, place: str, given: list) -> Cell:
    """A cell with its outputs told apart."""
    printed, glued, shown = "", {}, []
    for output in given:
        if output["output_type"] == "stream":
            printed += output["text"]
        elif output["output_type"] == "error":
            printed += f"{output['ename']}: {output['evalue']}\n"
        elif name := output["metadata"].get("scrapbook", {}).get("name"):
            glued[name] = output["data"]["application/papermill.record/text/plain"]
        elif set(output["data"]) == {"text/plain"}:
            printed += output["data"]["text/plain"] + "\n"
        else:
            shown.append(figures.read(output))
    return Cell(cell.line, place, cell.code, cell.tags, printed, glued, shown)
