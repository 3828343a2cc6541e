"""Formulas become HTML and MathML when a page is read: no script in the browser, no third party.

KaTeX (vendored, MIT) runs in the V8 engine of the ``mini-racer`` package. A formula that KaTeX does
not understand is a warning, and so an error of the build. Not when a page is written: Sphinx writes
the first page itself and forks for the rest, and an engine does not survive a fork.
"""

from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

HERE = Path(__file__).parent / "katex"
logger = logging.getLogger(__name__)


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
            node["html"] = html(node.astext(), isinstance(node, nodes.math_block))
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


def add_files(app, config):
    config.html_static_path.append(str(HERE / "static"))
    config.html_math_renderer = "katex"


def setup(app):
    app.add_html_math_renderer("katex", (inline, None), (block, None))
    app.connect("config-inited", add_files, priority=900)
    app.connect("doctree-read", render)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
