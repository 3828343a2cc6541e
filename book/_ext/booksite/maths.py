"""Formulas become HTML and MathML when a page is read: no script in the browser, no third party.

KaTeX (vendored, MIT) runs in the V8 engine of the ``mini-racer`` package. A formula that KaTeX does
not understand is a warning, and so an error of the build. Not when a page is written: Sphinx writes
the first page itself and forks for the rest, and an engine does not survive a fork. KaTeX's fonts keep the
letters that the book's formulas have.
"""

import re
from functools import cache
from html import escape, unescape
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from booksite.theme import subset_font

HERE = Path(__file__).parent / "katex"
logger = logging.getLogger(__name__)
DRAWN = '<span class="katex-html"'
TOKEN = re.compile(r"<(?P<end>/?)span\b[^>]*>|<[^>]*>|(?P<text>[^<]+)")


@cache
def engine() -> MiniRacer:
    context = MiniRacer()
    context.eval((HERE / "katex.min.js").read_text(encoding="utf-8"))
    return context


@cache
def html(tex: str, display: bool) -> str:
    options = {"displayMode": display, "throwOnError": True, "strict": "error", "output": "htmlAndMathml"}
    return engine().call("katex.renderToString", tex, options)


def render(app, doctree):
    for node in doctree.findall(lambda n: isinstance(n, (nodes.math, nodes.math_block))):
        try:
            display = isinstance(node, nodes.math_block)
            # formulas side by side: on a narrow page the second stands below the first, whole
            parts = node.astext().split(r"\qquad") if display else [node.astext()]
            node["html"] = "".join(html(part.strip(), display) for part in parts)
        except JSEvalException as error:
            logger.warning("formula %r: %s", node.astext(), str(error).splitlines()[0], location=node)
            node["html"] = escape(node.astext())


def inline(self, node):
    self.body.append(f'<span class="math">{node["html"]}</span>')
    raise nodes.SkipNode


def block(self, node):
    # a wide formula scrolls by itself, reachable by keyboard, instead of widening the page
    number = f'<span class="eqno">({get_node_equation_number(self, node)})</span>' if node.get("number") else ""
    anchor = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    self.body.append(
        f'<div class="math" role="group" aria-label="formula" tabindex="0"{anchor}>{number}{node["html"]}</div>'
    )
    raise nodes.SkipNode


def letters(page: str) -> set[str]:
    """The characters of all formulas of a page, as they are drawn."""
    found = set()
    for start in re.finditer(DRAWN, page):
        depth = 0
        for token in TOKEN.finditer(page, start.start()):
            if token["text"]:
                found |= set(unescape(token["text"]))
            elif token["end"] is not None:
                depth += -1 if token["end"] else 1
                if not depth:
                    break
    return found


def cut_fonts(app, error):
    """Of each of KaTeX's fonts, the letters that some formula has."""
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    pages = (path.read_text(encoding="utf-8") for path in site.rglob("*.html"))
    characters = "".join(sorted(set().union(*map(letters, pages))))
    for font in (site / "_static/katex/fonts").glob("*.woff2"):
        subset_font(font, characters)


def add_files(app, config):
    config.html_static_path.append(str(HERE / "static"))
    config.html_math_renderer = "katex"


def setup(app):
    app.add_html_math_renderer("katex", (inline, None), (block, None))
    app.connect("config-inited", add_files, priority=900)
    app.connect("doctree-read", render)
    app.connect("build-finished", cut_fonts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
