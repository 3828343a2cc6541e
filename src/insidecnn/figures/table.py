"""Tables of computed numbers."""

import html
import re

ONE = r"[+−-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)? ?%?"
#: what a cell of a column of numbers may say: ``0.59``, ``+2.0%``, ``≈ 0``, ``0.55 ± 0.04``, ``16 of 16``, ``62 (61 to 64)``
NUMBER = re.compile(rf"(?:[×≈] ?)?{ONE}(?: ?(?:±|of|to|–|…) ?{ONE})?(?: \({ONE} to {ONE}\))?")


class Table:
    """Rows under a head; whole numbers get thousands separators, columns of numbers stand at the right."""

    def __init__(self, head: list[str], rows: list[tuple]):
        self.head, self.rows = head, rows

    def _repr_mimebundle_(self, include=None, exclude=None):
        kinds = [kind([row[n] for row in self.rows]) for n in range(len(self.head))]
        head = "".join(map(title, self.head, kinds))
        body = "".join("<tr>" + "".join(map(cell, row, kinds)) + "</tr>" for row in self.rows)
        text = "\n".join("\t".join(written(value) for value in row) for row in [tuple(self.head), *self.rows])
        table = f'<table class="dataframe"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        label = html.escape("Table: " + ", ".join(self.head))
        # a wide table scrolls by itself, by keyboard too
        markup = f'<div class="table" tabindex="0" role="group" aria-label="{label}">{table}</div>'
        return {"text/html": markup, "text/plain": text}


def written(value) -> str:
    """A cell's text: ``61,100,840``, ``0.18``, ``64 × 55 × 55``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple):
        return " × ".join(f"{n:,}" for n in value)
    return str(value)


def kind(column: list) -> str:
    """``number``, ``shape`` or ``text``; a dash or nothing may stand in each."""
    texts = [text for text in map(written, column) if text.strip("–")]
    if texts and all(map(NUMBER.fullmatch, texts)):
        return "number"
    return "shape" if any(isinstance(value, tuple) for value in column) else "text"


def title(name: str, kind: str) -> str:
    return f'<th scope="col" class="{kind}">{html.escape(name)}</th>'


def cell(value, kind: str) -> str:
    text = html.escape(written(value))
    return f'<td class="{kind}">{text.replace("-", "−") if kind == "number" else text}</td>'
