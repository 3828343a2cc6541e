"""A widget: its data and, for pages without JavaScript and for notebooks, what stands in its place."""

import html
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Widget:
    """A custom element of the page, ``<cnn-name>``, that ``book/_static/widgets/name.js`` brings to life.

    Its state stands in the page's address, after its id: ``convolution.html#convolution-windows?stride=2``.

    Args:
        name: of the element and its file: ``convolution``.
        title: what it is, in a few words.
        data: what the script starts from; JSON can hold it.
        static: HTML with a figure and the same text, shown where no script runs.
        text: the same in plain words.
        id: in the page, where there are two of a kind, or where a heading has the name.
        scripts: its files under ``book/_static``, without ``.js``, where they are not ``widgets/name`` alone.
        sheet: a style sheet of its own under ``book/_static``, without ``.css``.
    """

    name: str
    title: str
    data: dict
    static: str
    text: str
    id: str = ""
    scripts: tuple[str, ...] = ()
    sheet: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = json.dumps({"title": self.title} | self.data, ensure_ascii=False, separators=(",", ":"))
        data = data.replace("<", "\\u003c")
        sheets = ("widgets/widgets", self.sheet) if self.sheet else ("widgets/widgets",)
        scripts = ("shared", "widgets/widget", *(self.scripts or (f"widgets/{self.name}",)))
        markup = (
            "".join(f'<link rel="stylesheet" href="../_static/{sheet}.css">' for sheet in sheets)
            + f'<cnn-{self.name} class="widget" id="{html.escape(self.id or self.name)}">'
            f'<script type="application/json">{data}</script><div class="static">{self.static}</div></cnn-{self.name}>'
            + "".join(f'<script defer src="../_static/{script}.js"></script>' for script in scripts)
        )
        return {"text/html": markup, "text/plain": self.text}
