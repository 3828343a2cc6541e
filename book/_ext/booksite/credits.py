"""In a photograph's credit the licence is a link: ``photos.credit`` ends with the address of its text."""

import re

from docutils import nodes

CREDIT = re.compile(r"(.*, )([^,]+), (https://\S+)")


def link(app, doctree, page):
    for shown in list(doctree.findall(nodes.inline)):
        match = "text_plain" in shown["classes"] and CREDIT.fullmatch(shown.astext())
        if match:
            before, licence, address = match.groups()
            shown.children = []
            shown += [nodes.Text(before), nodes.reference("", licence, refuri=address)]


def setup(app):
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
