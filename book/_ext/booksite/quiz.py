"""``{quiz}``: a question with options, answered in the page.

    ```{quiz}
    How many numbers has a 3 × 3 filter for an RGB image?
    - [ ] 9 :: that is one of its three channels
    - [x] 27 :: 3 channels of 3 × 3
    ```

Radio buttons and the reason at once (``book/_static/quiz.js``); without JavaScript all reasons stand open.

An answer that code can give is computed on the page: ``insidecnn.glue.glue_answer`` keeps the right option under a
name, and ``:answer: name`` in the quiz compares it with the option marked ``[x]``.
"""

import re

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.variables import RetrievalError
from myst_nb.ext.glue.utils import retrieve_glue_data
from sphinx.util.docutils import SphinxDirective

OPTION = re.compile(r"^- \[(?P<right>[ x])\] (?P<text>.*?)(?: :: (?P<why>.*))?$")


class Quiz(SphinxDirective):
    has_content = True
    option_spec = {"answer": directives.unchanged_required}  # noqa: RUF012 - as docutils has it

    def check(self, marked: str) -> None:
        """The option marked is the one that the page computed."""
        if not (name := self.options.get("answer")):
            return
        try:
            computed = retrieve_glue_data(self.state.document, name).data["text/plain"]
        except RetrievalError:
            raise self.error(f"quiz: no cell of this page computes the answer {name}.") from None
        if marked != computed:
            raise self.error(f"quiz: {marked!r} is marked [x], but the page computes {computed!r}.")

    def inline(self, text: str, line: int) -> list[nodes.Node]:
        found, messages = self.state.inline_text(text, line)
        return found + messages

    def run(self):
        question, options = [], []
        for offset, line in enumerate(self.content):
            if match := OPTION.match(line):
                options.append((match, self.content_offset + offset))
            elif options and line.strip():
                raise self.error(f"quiz: a line after the options that is none: {line!r}")
            else:
                question.append(line)
        if len(options) < 2 or sum(match["right"] == "x" for match, _ in options) != 1:
            raise self.error("quiz: it needs two options or more, and exactly one marked [x].")
        self.check(next(match["text"] for match, _ in options if match["right"] == "x"))
        name = f"quiz-{self.env.new_serialno('quiz') + 1}"
        body: list[nodes.Node] = [raw('<fieldset class="quiz"><legend>')]
        body += self.inline(" ".join(question).strip(), self.lineno)
        body.append(raw("</legend>"))
        for number, (match, line) in enumerate(options):
            right = ' data-right="1"' if match["right"] == "x" else ""
            body.append(
                raw(f'<div class="option"{right}><label><input type="radio" name="{name}" value="{number}"> <span>')
            )
            body += self.inline(match["text"], line)
            body.append(raw('</span></label><p class="why"><strong></strong> '))
            body += self.inline(match["why"] or "", line)
            body.append(raw("</p></div>"))
        body.append(raw('<p class="verdict" role="status"></p></fieldset>'))
        box = nodes.container(classes=["quiz-box"], ids=[name])
        box += body
        return [box]


def parts(box: nodes.container) -> tuple[list[nodes.Node], list[tuple[bool, list[nodes.Node], list[nodes.Node]]]]:
    """The question of a quiz that was read, and of each option whether it is right, its text, and why."""
    question, options, here = [], [], None
    for node in box.children:
        html = node.astext() if isinstance(node, nodes.raw) else ""
        if not html:
            here.append(node)
        elif "<legend>" in html:
            here = question
        elif 'class="option"' in html:
            here = []
            options.append(("data-right" in html, here, []))
        elif 'class="why"' in html:
            here = options[-1][2]
    return question, options


def raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def setup(app):
    app.add_directive("quiz", Quiz)
    app.add_js_file("quiz.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
