"""A widget: its data and, for pages without JavaScript and for notebooks, what stands in its place."""

import html
import json
from dataclasses import dataclass

SHELL = '<script defer src="../_static/widgets/shell.js"></script>'


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
    """

    name: str
    title: str
    data: dict
    static: str
    text: str
    id: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = json.dumps({"title": self.title} | self.data, ensure_ascii=False, separators=(",", ":"))
        data = data.replace("<", "\\u003c")
        markup = (
            '<link rel="stylesheet" href="../_static/widgets/widgets.css">'
            f'<cnn-{self.name} class="widget" id="{html.escape(self.id or self.name)}">'
            f'<script type="application/json">{data}</script><div class="static">{self.static}</div></cnn-{self.name}>'
            f'{SHELL}<script defer src="../_static/widgets/{self.name}.js"></script>'
        )
        return {"text/html": markup, "text/plain": self.text}
