"""Tables of computed numbers."""

import html


class Table:
    """Rows under a head; whole numbers get thousands separators, numbers stand at the right."""

    def __init__(self, head: list[str], rows: list[tuple]):
        self.head, self.rows = head, rows

    def _repr_mimebundle_(self, include=None, exclude=None):
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.head)
        body = "".join("<tr>" + "".join(cell(value) for value in row) + "</tr>" for row in self.rows)
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


def cell(value) -> str:
    kind = "number" if isinstance(value, (int, float)) else "shape" if isinstance(value, tuple) else "text"
    return f'<td class="{kind}">{html.escape(written(value))}</td>'
