"""The first use of a glossary term in each chapter leads to the glossary, without a word from the author."""

import re

from docutils import nodes
from sphinx import addnodes

GLOSSARY = "book/glossary"
SKIP = (
    nodes.reference,
    nodes.literal,
    nodes.title,
    nodes.math,
    nodes.rubric,
    nodes.raw,
    addnodes.pending_xref,
    nodes.caption,
)


def terms(env) -> dict[str, str]:
    """Glossary terms and the anchors that they have."""
    found = env.get_domain("std").get_objects()
    return {name: anchor for name, _, kind, page, anchor, _ in found if kind == "term" and page == GLOSSARY}


def plain_text(doctree):
    """The text of paragraphs and list items that is not code, a heading, a link or a formula."""
    for text in list(doctree.findall(nodes.Text)):
        node, inside = text.parent, False
        while node is not None:
            if isinstance(node, (*SKIP, nodes.table, nodes.literal_block)) or "cell" in node.get("classes", []):
                break
            inside |= isinstance(node, nodes.paragraph)
            node = node.parent
        else:
            if inside:
                yield text


def link(app, doctree, page):
    if page == GLOSSARY or not page.startswith("book/"):
        return
    todo = terms(app.env)
    if not todo:
        return
    words = sorted(todo, key=len, reverse=True)
    # plurals count: "feature maps" is a use of "feature map"
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, words))})s?(?![\w-])", re.IGNORECASE)
    known = {word.lower(): word for word in words}
    for text in plain_text(doctree):
        rest, parts = str(text), []
        for match in pattern.finditer(rest):
            word = known[match[1].lower()]
            if word in todo:
                parts.append((match.start(), match.end(), word, todo.pop(word)))
        if parts:
            replacement, at = [], 0
            for start, end, _, anchor in parts:
                replacement.append(nodes.Text(rest[at:start]))
                address = app.builder.get_relative_uri(page, GLOSSARY) + "#" + anchor
                replacement.append(
                    nodes.reference("", rest[start:end], refuri=address, internal=True, classes=["term"])
                )
                at = end
            replacement.append(nodes.Text(rest[at:]))
            text.parent.replace(text, replacement)


def setup(app):
    app.connect("doctree-resolved", link, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
