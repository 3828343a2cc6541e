"""The search: what of the book is found under which word, in small files that the page of the search asks for.

An entry is a section, a term of the glossary, an object of the package or a cited work. ``_static/search/`` holds

* ``entries.js``: all entries (page, anchor, title, terms that it defines) and the first words of the word files;
* ``words-N.js``: words in their order, each with its entries and its weight in them;
* ``text-N.js``: the text of some entries, for the lines that a result shows.

They are scripts, since a page that was opened from a folder may read no other file; ``_static/search.js`` loads
those that a question needs.
"""

import json
import re
import shutil
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

WORDS_AT_ONCE, TEXT_AT_ONCE = 6_000, 3_000  # characters of a file, about
STOP = [
    "a",
    "about",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "but",
    "by",
    "can",
    "do",
    "does",
    "for",
    "from",
    "had",
    "has",
    "have",
    "how",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "no",
    "not",
    "of",
    "on",
    "or",
    "so",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "to",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "will",
    "with",
    "you",
    "your",
]
TITLE, DEFINED, TEXT, CODE = 50, 40, 10, 2  # weights of a word, by its place
PAGES = {  # what a page weighs beside the chapters
    "book/api": 0.3,
    "book/contributing": 0.4,
    "book/exercise-sheet": 0.2,
    "book/from-the-slides": 0.5,
    "book/glossary": 0.4,
    "book/how-this-book-is-made": 0.5,
    "book/quiz-answers": 0.2,
    "book/references": 0.3,
    "book/teach": 0.5,
}
ASIDE = {"Exercises": 0.4, "Check yourself": 0.4, "Further reading": 0.4}  # and sections beside the argument
PASSED_OVER = (
    *(nodes.raw, nodes.image, nodes.comment, nodes.system_message),
    *(addnodes.index, addnodes.toctree, addnodes.desc_signature),
)


@dataclass
class Entry:
    page: str
    anchor: str
    title: str
    defines: list[str] = field(default_factory=list)
    text: str = ""
    code: str = ""

    @property
    def share(self) -> float:
        return PAGES.get(self.page, 1) * ASIDE.get(self.title, 1)


def folded(word: str) -> str:
    """One form for *filters* and *filter*, *normalize* and *normalise*, *Dollár* and *dollar*; as in search.js."""
    word = unicodedata.normalize("NFKD", word.lower())
    word = "".join(letter for letter in word if not unicodedata.combining(letter))
    word = re.sub(r"iz(?=[aei])", "is", word)
    return word[:-1] if re.search(r"[^siu]s$", word) and len(word) > 3 else word


def words(text: str) -> list[str]:
    """The words under which a text is found."""
    found = (word for word in re.findall(r"[^\W_]+", text.lower()) if word not in STOP)
    return [folded(word) for word in found]


def formula(tex: str) -> str:
    return tex if re.fullmatch(r"[\w\s=+()×.,−-]{1,24}", tex) else "…"


def named(node) -> tuple[str, str] | None:
    """Anchor and title of a node that begins an entry."""
    if isinstance(node, nodes.section) and isinstance(node[0], nodes.title):
        return node["ids"][0], node[0].astext()
    if isinstance(node, addnodes.desc) and not isinstance(node.parent, addnodes.desc_content):
        signature = node.next_node(addnodes.desc_signature)
        return (signature["ids"][0], signature["fullname"]) if signature.get("ids") else None
    if isinstance(node, nodes.definition_list_item) and (term := node.next_node(nodes.term)).get("ids"):
        return term["ids"][0], term.astext()
    if isinstance(node, nodes.list_item) and node["ids"]:  # of the bibliography: authors and year are its title
        return node["ids"][0], re.split(r"(?<=\))\. ", node.astext())[0]
    return None


def entries(page: str, doctree) -> list[Entry]:
    """The entries of a page, in its order."""
    found = []

    def walk(node, entry, is_output=False):
        titles_entry = isinstance(node, nodes.title) and isinstance(node.parent, nodes.section)
        if isinstance(node, PASSED_OVER) or titles_entry or (isinstance(node, nodes.term) and node["ids"]):
            return
        if isinstance(node, nodes.Text):
            entry.text += str(node)
        elif isinstance(node, nodes.math | nodes.math_block):
            entry.text += formula(node.astext())
        elif isinstance(node, nodes.literal_block):
            entry.code += "" if is_output else f"{node.astext()}\n"
        else:
            if isinstance(node, nodes.strong) and len(node.astext()) < 40:
                entry.defines.append(node.astext())
            if begins := named(node):
                labels = [label.replace("-", " ") for label in node.get("ids", [])[1:]]  # (output-size)=
                entry = Entry(page, *begins, labels)
                found.append(entry)
            is_output = is_output or "cell_output" in node.get("classes", [])
            for child in node.children:
                walk(child, entry, is_output)
            if not isinstance(node, nodes.Inline):
                entry.text += " "

    walk(doctree, Entry(page, "", ""))
    for entry in found:
        entry.text = " ".join(entry.text.split())
    return found


def weights(entry: Entry) -> dict[str, int]:
    """How much each word says about an entry."""
    text, code = Counter(words(entry.text)), set(words(entry.code))
    title, defined = set(words(entry.title)), set(words(" ".join(entry.defines)))
    long = 1 + sum(text.values()) / 150
    found = {}
    for word in {*text, *code, *title, *defined}:
        weight = TITLE * (word in title) + DEFINED * (word in defined) + CODE * (word in code)
        weight += TEXT * 2 * text[word] / (text[word] + long)
        found[word] = max(1, round(weight * entry.share))
    return found


def runs(items: list[tuple], limit: int) -> list[list[tuple]]:
    """Items that follow each other, together until they have ``limit`` characters as JSON."""
    found, size = [], limit
    for item in items:
        own = len(json.dumps(item, ensure_ascii=False, separators=(",", ":")))
        if size + own > limit and (size > limit / 4 or own > limit):
            found.append([])
            size = 0
        found[-1].append(item)
        size += own
    return found


def index(all_entries: list[Entry]) -> dict[str, list[int]]:
    """Each word with the numbers of its entries, as steps from the one before, and its weights: flat."""
    found = {}
    last = {}
    for number, entry in enumerate(all_entries):
        for word, weight in weights(entry).items():
            found.setdefault(word, []).extend((number - last.get(word, 0), weight))
            last[word] = number
    return dict(sorted(found.items()))


def files(all_entries: list[Entry], titles: dict[str, str]) -> dict[str, object]:
    """What each file says, by its name."""
    word_runs = runs(list(index(all_entries).items()), WORDS_AT_ONCE)
    text_runs = runs([(n, entry.text, entry.code) for n, entry in enumerate(all_entries)], TEXT_AT_ONCE)
    pages = list(titles)
    said = {f"words-{n}": dict(run) for n, run in enumerate(word_runs)}
    said |= {f"text-{n}": [rest for _, *rest in run] for n, run in enumerate(text_runs)}
    return said | {
        "entries": {
            "pages": [[f"{page}.html", title] for page, title in titles.items()],
            "entries": [
                [pages.index(e.page), e.anchor, e.title, *(["\n".join(e.defines)] if e.defines else [])]
                for e in all_entries
            ],
            "words": [run[0][0] for run in word_runs],
            "texts": [run[0][0] for run in text_runs],
            "stop": STOP,
        }
    }


def noted(app) -> Path:
    return Path(app.doctreedir) / "search"


def note(app, pagename, templatename, context, doctree):
    """Pages are written side by side: each notes its entries in a file."""
    if doctree is not None:
        path = noted(app) / f"{pagename}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([asdict(entry) for entry in entries(pagename, doctree)]))


def write(app, error):
    if error or app.builder.format != "html":
        return
    first = app.config.root_doc
    titles = {page: app.env.titles[page].astext() for page in [first, *app.env.toctree_includes[first]]}
    read = (json.loads((noted(app) / f"{page}.json").read_text()) for page in titles)
    found = [Entry(**entry) for entries_of_page in read for entry in entries_of_page]
    shutil.rmtree(noted(app))
    folder = Path(app.outdir) / "_static" / "search"
    folder.mkdir(parents=True, exist_ok=True)
    for name, said in files(found, titles).items():
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.js").write_text(f'insidecnnSearch("{name}",{text});\n', encoding="utf-8")


def without_sphinx(app):
    """Sphinx's own index is not made; its page of the search is, from ``book/_templates/search.html``."""
    app.builder.search = False
    app.config.html_additional_pages["search"] = "search.html"


def setup(app):
    app.connect("builder-inited", without_sphinx)
    app.connect("html-page-context", note)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
