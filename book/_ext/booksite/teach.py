"""What teachers need, made from the chapters themselves: plans of lectures, a sheet of exercises, answers, a citation.

    ```{lecture} The convolution
    convolution: every-window, more-filters-more-maps | sixteen-windows | How many places are there | conv-predict
    pooling                                           | widget pooling  |                           |
    ```

A line of a ``{lecture}`` is a part of a chapter: its page and the sections to read (all without exercises, if none is
named); the figure to show, by its name, or ``widget`` and the section it is in; the question to ask the room, by some
of its words; the exercise to give, by its label. Chapters, numbers and the questions' whole text come from the
chapters, and the minutes from their reading times, shared out by their words. What does not exist, words that fit two
questions, and a lecture that is longer than ``LECTURE`` minutes are errors of the build.

``{exercise-sheet}`` has all exercises of the book without their solutions, ``{quiz-answers}`` all questions with the
right option and why, ``{citation}`` what ``CITATION.cff`` says, as a line and for BibTeX.
"""

import re
from pathlib import Path

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import exercise_enumerable_node, solution_node

from booksite import pictures
from booksite.build import committed
from booksite.quiz import parts

logger = logging.getLogger(__name__)
ROOT = Path(__file__).parents[3]
LECTURE = 90  #: minutes
TIME = re.compile(r"(?:Reading|Working) time: (?:about )?(?:(\d+) to )?(\d+) minutes")
ASIDE = ("exercises", "check-yourself", "further-reading")  #: sections that a reading time leaves out
HEADS = {"Read": 36, "Minutes": 9, "Show": 12, "Ask the room": 29, "Exercise": 14}  #: and their widths, in percent


class Pending(nodes.General, nodes.Element):
    """What a directive of this file becomes when all pages are read."""


class FromChapters(SphinxDirective):
    """``{exercise-sheet}`` and ``{quiz-answers}``."""

    def run(self):
        return [located(self, Pending(kind=self.name))]


class Lecture(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        lines = [[part.strip() for part in line.split("|")] for line in self.content if line.strip()]
        if wrong := next((line for line in lines if len(line) != 4), None):
            raise self.error(f"{' | '.join(wrong)}: wanted is page: sections | figure | question | exercise.")
        return [located(self, Pending(kind=self.name, title=self.arguments[0], lines=lines))]


class Citation(SphinxDirective):
    option_spec = {"as": lambda given: directives.choice(given, ("line", "bibtex"))}  # noqa: RUF012 - as docutils has it

    def run(self):
        path = ROOT / "CITATION.cff"
        self.env.note_dependency(str(path))
        cited = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [cite(cited, committed(ROOT)[:4], self.config.html_baseurl, self.options.get("as", "line"))]


def located(directive, node):
    directive.set_source_info(node)
    return node


def cite(cited: dict, year: str, address: str, form: str) -> nodes.Element:
    """A citation as a paragraph, or as an entry for BibTeX.

    Args:
        cited: what ``CITATION.cff`` says.
        year: of the last change; empty if nobody knows.
        address: of the site, if it is known.
    """
    people = [each.get("name") or f"{each['given-names']} {each['family-names']}" for each in cited["authors"]]
    if form == "line":
        words = nodes.paragraph("", f"{', '.join(people)}{f' ({year})' if year else ''}. ")
        words += [nodes.emphasis("", cited["title"]), nodes.Text("." + (f" {address}" if address else ""))]
        return words
    fields = {"title": f"{{{cited['title']}}}", "author": " and ".join(f"{{{name}}}" for name in people)}
    fields |= {"year": year, "url": address}
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return nodes.literal_block("", "\n".join(["@misc{insidecnn,", *lines, "}"]), language="bibtex")


class Wrong(Exception):
    """A plan names something that is not there."""


class Fill(SphinxPostTransform):
    """Each ``Pending`` becomes what it stands for, before references are resolved."""

    default_priority = 2

    def run(self):
        for node in list(self.document.findall(Pending)):
            try:
                made = {
                    "exercise-sheet": lambda node: self.by_chapter(self.exercises, "exercises"),
                    "quiz-answers": lambda node: self.by_chapter(self.answers, "answers"),
                    "lecture": self.lecture,
                }[node["kind"]](node)
            except Wrong as wrong:
                logger.warning("%s: %s", node["kind"], wrong, location=node)
                made = []
            node.replace_self(made)

    @property
    def pages(self) -> list[str]:
        """All pages in their order."""
        root = self.config.root_doc
        return [root, *self.env.toctree_includes.get(root, [])]

    def address(self, page: str, anchor: str = "") -> str:
        return self.app.builder.get_relative_uri(self.env.docname, page) + (f"#{anchor}" if anchor else "")

    def link(self, words: str, page: str, anchor: str = "") -> nodes.reference:
        return nodes.reference("", words, refuri=self.address(page, anchor), internal=True)

    def title(self, page: str) -> str:
        return self.env.titles[page].astext()

    def taken(self, found, page: str) -> list[nodes.Node]:
        """Copies of nodes of another page, whose links lead where they led."""
        copies = [node.deepcopy() for node in found]
        for node in (each for copy in copies for each in copy.findall(nodes.Element)):
            if isinstance(node, addnodes.pending_xref) and node["refdomain"] != "cite":
                node["refdoc"] = self.env.docname  # a citation knows its number by the page that it stands on
            elif not isinstance(node, addnodes.pending_xref):
                node["ids"], node["names"] = [], []
        return copies

    # ---- by chapter ----

    def by_chapter(self, made, name: str) -> list[nodes.Node]:
        """A list of the pages that have any of what ``made`` finds in them, and a section for each."""
        listed, found = nodes.bullet_list(classes=["sheet-chapters"]), []
        for page in self.pages:
            if items := made(page, self.env.get_doctree(page)):
                anchor = f"{name}-{page.rpartition('/')[2]}"
                leads = nodes.reference("", self.title(page), refuri=f"#{anchor}", internal=True)
                listed += nodes.list_item("", nodes.paragraph("", "", leads))
                title = nodes.title("", "", self.link(self.title(page), page))
                found.append(
                    nodes.section("", title, nodes.definition_list("", *items, classes=["sheet", name]), ids=[anchor])
                )
        return [listed, *found]

    def number(self, page: str, exercise) -> str:
        """Of an exercise, as its chapter prints it."""
        numbers = self.env.toc_fignumbers.get(page, {}).get("exercise", {})
        return ".".join(map(str, numbers.get(exercise["ids"][0], ())))

    def exercises(self, page: str, doctree) -> list[nodes.Node]:
        found = []
        for exercise in doctree.findall(exercise_enumerable_node):
            content = [child for child in exercise.children[1:] if not isinstance(child, nodes.title)]
            inside = [node for child in content for node in (child if isinstance(child, nodes.section) else [child])]
            found.append(defined(self.exercise(page, exercise), self.taken(inside, page)))
        return found

    def exercise(self, page: str, exercise) -> nodes.reference:
        return self.link(f"Exercise {self.number(page, exercise)}".strip(), page, exercise["ids"][0])

    def answers(self, page: str, doctree) -> list[nodes.Node]:
        found = []
        for number, box in enumerate(quizzes(doctree), 1):
            asked, options = parts(box)
            right, why = next((text, why) for is_right, text, why in options if is_right)
            question = nodes.paragraph("", "", *self.taken(asked, page))
            answer = nodes.paragraph("", "", nodes.strong("", "", *self.taken(right, page)), classes=["right"])
            if why:
                answer += [nodes.Text(" – "), *self.taken(why, page)]
            found.append(defined(self.link(f"Question {number}", page, box["ids"][0]), [question, answer]))
        return found

    # ---- lectures ----

    def lecture(self, node) -> list[nodes.Node]:
        rows = [self.row(*line) for line in node["lines"]]
        minutes = sum(round(row[1]) for row in rows)  # as the table has them
        if minutes > LECTURE:
            raise Wrong(f"{node['title']} is {minutes} minutes to read, and a lecture has {LECTURE}.")
        cells = [[read, [nodes.Text(f"{time:.0f}")], *rest] for read, time, *rest in rows]
        left = f"{minutes} minutes to read; {LECTURE - minutes} are left for questions, for running cells and for an exercise."
        label = nodes.paragraph("", "", nodes.strong("", node["title"]), nodes.Text(f": {left}"), classes=["lecture"])
        return [label, table(HEADS, cells)]

    def row(self, read: str, show: str, ask: str, give: str):
        """The cells of a line: what to read, its minutes, what to show, the question, the exercise."""
        name, _, names = (part.strip() for part in read.partition(":"))
        page = f"{self.config.root_doc.rpartition('/')[0]}/{name}".lstrip("/")
        if page not in self.env.all_docs:
            raise Wrong(f"the book has no chapter {name}.")
        doctree = self.env.get_doctree(page)
        sections = {anchor: each for each in doctree.findall(nodes.section) for anchor in each["ids"]}
        chosen = [each.strip() for each in names.split(",") if each.strip()]
        if unknown := next((each for each in chosen if each not in sections), None):
            raise Wrong(f"{name} has no section {unknown}; it has {', '.join(sections)}.")
        cell = [self.link(self.title(page), page)]
        if chosen:
            cell.append(nodes.Text(": "))
            for n, each in enumerate(chosen):
                cell += [nodes.Text(", ")] * bool(n) + [self.link(sections[each][0].astext(), page, each)]
        slides = self.link("slides", page, f"slides={chosen[0] if chosen else 1}")
        cell += [nodes.Text(" ("), slides, nodes.Text(")")]
        share = sum(length(sections[each]) for each in chosen) / length(doctree) if chosen else 1
        return cell, share * self.minutes(page, doctree), self.shown(page, sections, show), self.asked(page, doctree, ask), self.given(page, doctree, give)  # fmt: skip

    def minutes(self, page: str, doctree) -> float:
        """The chapter's own reading time; the middle of one that is from–to."""
        words = " ".join(doctree.astext().split())
        if not (found := TIME.search(words)):
            raise Wrong(f"{page} says no reading time.")
        return (int(found[1] or found[2]) + int(found[2])) / 2

    def shown(self, page: str, sections, name: str) -> list[nodes.Node]:
        if not name:
            return []
        if name.startswith("widget "):
            place = name.removeprefix("widget ").strip()
            if place not in sections or "<cnn-" not in sections[place].astext():
                raise Wrong(f"{page} has no widget in a section {place}.")
            return [self.link("the widget", page, place)]
        there, label = pictures.named(self.env).get(name, ("", ""))
        if there != page:
            raise Wrong(f"{page} has no figure {name}.")
        return [self.link(label, page, f"figure-{name}")]

    def asked(self, page: str, doctree, words: str) -> list[nodes.Node]:
        if not words:
            return []
        found = [question for question in questions(doctree) if words in plain(question)]
        if len(found) != 1:
            raise Wrong(f"{len(found)} questions of {page} have the words “{words}”; one should.")
        return self.taken(found[0], page)

    def given(self, page: str, doctree, label: str) -> list[nodes.Node]:
        if not label:
            return []
        for exercise in doctree.findall(exercise_enumerable_node):
            if exercise["label"] == label:
                level = re.search(r"\((easy|medium|hard)\)", exercise.astext())
                return [self.exercise(page, exercise), nodes.Text(f" ({level[1]})" if level else "")]
        raise Wrong(f"{page} has no exercise {label}.")


def plain(question) -> str:
    return " ".join("".join(node.astext() for node in question).split())


def quizzes(doctree):
    return doctree.findall(lambda node: isinstance(node, nodes.container) and "quiz-box" in node["classes"])


def questions(doctree) -> list[list[nodes.Node]]:
    """What a page asks: its *Predict, then run* boxes, then its quizzes, as inline nodes."""
    boxes = [box for box in doctree.findall(nodes.admonition) if box[0].astext().startswith("Predict")]
    found = []
    for box in boxes:
        words = []
        for paragraph in box.findall(nodes.paragraph):
            words += [nodes.Text(" ")] * bool(words) + list(paragraph.children)
        found.append(words)
    return found + [parts(box)[0] for box in quizzes(doctree)]


def defined(link: nodes.reference, content: list[nodes.Node]) -> nodes.definition_list_item:
    return nodes.definition_list_item("", nodes.term("", "", link), nodes.definition("", *content))


def length(node) -> int:
    """The words of a page or a section, without its code, its solutions and what a reading time leaves out."""
    if isinstance(node, (nodes.literal_block, nodes.raw, nodes.image, solution_node)):
        return 0
    if isinstance(node, nodes.section) and set(node["ids"]) & set(ASIDE):
        return 0
    if isinstance(node, nodes.Text):
        return len(node.split())
    return sum(length(child) for child in node.children)


def table(heads: dict[str, int], rows) -> nodes.table:
    """A table of cells that are lists of inline nodes, under heads with the widths of their columns."""
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=width) for width in heads.values()]

    def row(cells):
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))

    group += nodes.thead("", row([[nodes.Text(head)] for head in heads]))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group, classes=["lecture", "colwidths-given"])


def drop_ids(app, doctree, docname):
    """Citations that were copied have the ids of their own pages, several times."""
    for sheet in doctree.findall(nodes.definition_list):
        if "sheet" in sheet["classes"]:
            for node in sheet.findall(nodes.Element):
                node["ids"] = []


def add_button(app, pagename, templatename, context, doctree):
    """A line in the download menu of each chapter that opens it as slides (``_static/slides.js``)."""
    if doctree is None or "kernelspec" not in app.env.metadata.get(pagename, {}) or pagename == app.config.root_doc:
        return
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            button = {"url": "#slides=1", "tooltip": "Show this page as slides"}
            group["buttons"].append(button | {"icon": "fas fa-expand", "label": "slides-button"})


def setup(app):
    app.add_node(Pending)
    app.add_directive("exercise-sheet", FromChapters)
    app.add_directive("quiz-answers", FromChapters)
    app.add_directive("lecture", Lecture)
    app.add_directive("citation", Citation)
    app.add_post_transform(Fill)
    app.connect("doctree-resolved", drop_ids, priority=850)
    app.connect("html-page-context", add_button, priority=910)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
