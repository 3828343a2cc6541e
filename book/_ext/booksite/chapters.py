"""A chapter's source: its cells with their lines, and the mistakes that show before anything runs."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,}|:{3,})(?P<info>.*)$")
CODE = ("{code-cell}", "{code-block}", "{raw}", "{math}", "{quiz}")  # what stands in them is no Markdown


class Mistake(Exception):
    """Something to be mended in a source file: ``str()`` is ``file:line: what is wrong``."""

    def __init__(self, path: Path | str, line: int | None, what: str):
        super().__init__(f"{path}:{line}: {what}" if line else f"{path}: {what}")


@dataclass(frozen=True)
class Cell:
    code: str
    line: int  #: of the first line of code in the chapter's file, from 1
    tags: tuple[str, ...]


def read(path: Path, name: str) -> str:
    """A source file's text; ``name`` is what messages call it."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Mistake(name, line, f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8.") from None


@cache
def notebook(text: str, extensions: tuple[str, ...]):
    """The text of a chapter as a notebook whose cells know their lines (``metadata.source_map``, from 0)."""
    config = MdParserConfig(enable_extensions=set(extensions))
    return read_myst_markdown_notebook(text, config=config, add_source_map=True)


def is_chapter(text: str) -> bool:
    """Whether a page has code cells, by its header."""
    return is_myst_markdown_notebook(text)


def cells(book, text: str) -> list[Cell]:
    """The code cells of a notebook made by :func:`notebook` from ``text``."""
    lines = text.splitlines()
    found = []
    for cell, start in zip(book.cells, book.metadata["source_map"], strict=True):
        if cell.cell_type == "code":
            first = cell.source.split("\n", 1)[0]
            line = start + 1
            while line < len(lines) and lines[line - 1].strip() != first.strip():
                line += 1  # past the fence and the options
            found.append(Cell(cell.source, line, tuple(cell.metadata.get("tags", ()))))
    return found


def python(code: str) -> str:
    """A cell's code as plain Python, magics and shell lines turned into calls."""
    return TransformerManager().transform_cell(code)


def check_fences(lines: list[str], name: str, first: int = 1) -> None:
    """Every fence is closed before the text around it ends.

    Raises:
        Mistake: names the line of the fence that is not closed.
    """
    at = 0
    while at < len(lines):
        opened = FENCE.match(lines[at])
        at += 1
        if not opened or (opened["mark"][0] == "`" and "`" in opened["info"]):
            continue
        mark, info = opened["mark"], opened["info"].strip()
        start = at
        closing = re.compile(rf"^ {{0,3}}{mark[0]}{{{len(mark)},}}\s*$")
        again = re.compile(rf"^ {{0,3}}{mark[0]}{{{len(mark)},}}\{{[\w-]+\}}")
        while at < len(lines) and not closing.match(lines[at]):
            if again.match(lines[at]):
                raise Mistake(name, first + start - 1, f"{mark}{info} is not closed before line {first + at}.")
            at += 1
        if at == len(lines):
            raise Mistake(name, first + start - 1, f"{mark}{info} is not closed.")
        if info.startswith("{") and not info.startswith(CODE):
            check_fences(lines[start:at], name, first + start)
        at += 1


def check_syntax(found: list[Cell], name: str) -> None:
    """Every cell parses.

    Raises:
        Mistake: names the line in the chapter.
    """
    for cell in found:
        if "raises-exception" in cell.tags:
            continue
        try:
            ast.parse(python(cell.code))
        except SyntaxError as error:
            line = cell.line + (error.lineno or 1) - 1
            raise Mistake(name, line, f"this cell is no Python: {error.msg}.") from None
