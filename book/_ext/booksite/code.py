"""Highlighted code as a page needs it: fewer elements, and lines that keep their indentation where they wrap.

Pygments makes an element of each name and comma, also where it has the colour of the text; these stay text. A line
that a phone has to break becomes an element that says how far it is indented, and what follows stands below it.
"""

import re
from html import unescape

CODE = re.compile(r"(?<=<pre>)<span></span>(.*?)(?=</pre>)", re.S)
PLAIN = re.compile(r'<span class="(?:n|p|w|nn|nx)">([^<]*)</span>')  # in both of the book's styles
TAG = re.compile(r"<[^>]*>")
LONG = 34  #: characters that a page of 360 pixels has room for


def line(html: str) -> str:
    """A line, as an element if it may have to be broken; Pygments ends its own elements with each line."""
    text = unescape(TAG.sub("", html)).rstrip("\n")
    indent = len(text) - len(text.lstrip(" "))
    return f'<span class="line" style="--n:{indent}">{html}</span>' if len(text) > LONG else html


def slim(body: str) -> str:
    """A page's text with its code in fewer elements, and in lines."""
    return CODE.sub(lambda code: "".join(map(line, PLAIN.sub(r"\1", code[1]).splitlines(keepends=True))), body)


def apply(app, pagename, templatename, context, doctree):
    if app.builder.format == "html" and context.get("body"):
        context["body"] = slim(context["body"])


def setup(app):
    app.connect("html-page-context", apply)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
