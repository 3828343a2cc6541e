"""Pictures that cells put into a page's text become files beside it, which load when the reader comes near.

A notebook has to hold its pictures; a page would have to be fetched with all of them before its first line is shown.
What loads at once (``fetchpriority``), and pictures whose pixels a script reads, which a page from a disk may not do
with files, stay where they are.
"""

import base64
import hashlib
import re
from pathlib import Path

LEAST = 1000  #: letters; a smaller picture costs less than asking for it
INLINE = re.compile(
    r'(?P<tag><(?:img|image) [^>]*?(?:src|href)="|"sprite":")data:image/(?P<kind>jpeg|webp);base64,'
    rf'(?P<data>[\w+/=]{{{LEAST},}})"(?P<rest>[^>]*)'
)


def moved(html: str, folder: Path, address: str) -> str:
    """A page's text with the names of files instead of large pictures.

    Args:
        folder: where the files are written, named by what is in them.
        address: of the folder, as the page has to call it.
    """

    def file(match: re.Match) -> str:
        if "fetchpriority" in match["tag"] + match["rest"]:
            return match[0]
        data = base64.b64decode(match["data"])
        name = f"{hashlib.sha256(data).hexdigest()[:20]}.{match['kind'].replace('jpeg', 'jpg')}"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
        tag = match["tag"].replace("<img ", '<img loading="lazy" decoding="async" ', 1)
        return f'{tag}{address}/{name}"{match["rest"]}'

    return INLINE.sub(file, html)


def move(app, pagename, templatename, context, doctree):
    if app.builder.format == "html" and context.get("body"):
        folder = Path(app.outdir) / app.builder.imagedir
        address = context["pathto"](app.builder.imagedir, 1)
        context["body"] = moved(context["body"], folder, address)


def setup(app):
    app.connect("html-page-context", move)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
