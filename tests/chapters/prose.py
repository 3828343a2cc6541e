"""A page's text as it is read: without its cells, its code and its roles."""

import re
from pathlib import Path

from tests.conftest import BOOK

PAGES = sorted(path.stem for path in Path(BOOK).glob("[!_]*.md"))
FRONT = re.compile(r"\A---\n.*?\n---\n", re.S)
FENCED = re.compile(
    r"^```(?:\{code-cell\}|python|\{(?:exercise|solution|include|literalinclude|bibliography)).*?^```\s*$"
    r"|^````\{.*?^````\s*$",
    re.M | re.S,
)
DISPLAYED = re.compile(r"^\$\$\n(.*?)^\$\$", re.M | re.S)
INLINE = re.compile(r"\$([^$\n]+)\$")


def source(page: str) -> str:
    """The page's Markdown without its header and its cells."""
    return FENCED.sub("", FRONT.sub("", (BOOK / f"{page}.md").read_text(encoding="utf-8")))


def formulas(page: str) -> list[str]:
    """The LaTeX of a page, displayed formulas first, with single blanks."""
    text = source(page)
    found = DISPLAYED.findall(text) + INLINE.findall(DISPLAYED.sub("", text))
    return [" ".join(formula.split()) for formula in found]


def words(page: str) -> str:
    """The page's sentences: no formulas, no code, no roles, no addresses."""
    text = INLINE.sub("", DISPLAYED.sub("", source(page)))
    text = re.sub(r"(?m)^:[\w-]+:.*$|^\([\w-]+\)=$|^[`:]{3,}(\{[\w-]+\})?", "", text)
    text = re.sub(r"\{[\w:]+\}`[^`]*`", "", text)
    return re.sub(r"`[^`\n]*`", "", re.sub(r"\]\([^)]*\)", "]", text))
