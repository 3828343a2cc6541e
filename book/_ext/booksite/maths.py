"""Formulas become HTML and MathML when a page is written: no script in the browser, no third party.

KaTeX (vendored, MIT) runs in the V8 engine of the ``mini-racer`` package. A formula that KaTeX does
not understand is a warning, and so an error of the build.
"""

from functools import cache
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.util import logging

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


def write(self, node, display: bool):
    tex = node.astext()
    try:
        text = html(tex, display)
    except JSEvalException as error:
        logger.warning("formula %r: %s", tex, str(error).splitlines()[0], location=node)
        text = self.encode(tex)
    return text


def inline(self, node):
    self.body.append(f'<span class="math">{write(self, node, False)}</span>')
    raise nodes.SkipNode


def block(self, node):
    # a wide formula scrolls by itself, reachable by keyboard, instead of widening the page
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    anchor = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    self.body.append(
        f'<div class="math" role="group" aria-label="formula" tabindex="0"{anchor}>{number}{write(self, node, True)}</div>'
    )
    raise nodes.SkipNode


def add_files(app, config):
    config.html_static_path.append(str(HERE / "static"))
    config.html_math_renderer = "katex"


def setup(app):
    app.add_html_math_renderer("katex", (inline, None), (block, None))
    app.connect("config-inited", add_files, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
