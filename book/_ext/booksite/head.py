"""What others see of a page before they open it: its description, the card of a shared link, icons, the sitemap, 404.

Where the site will stand is said by the environment, ``BOOK_URL=https://example.org/book/``, or by ``html_baseurl`` in
``_config.yml``. Without it the site works anywhere; but only with it pages name their canonical address, there is a
sitemap, a card has the absolute address that most readers of it want, and the page for what is not found knows its way.
"""

import os
import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from PIL import Image, ImageDraw
from sphinx.errors import ConfigError

from booksite import card, chapters, reader
from booksite.build import committed

ROOT = Path(__file__).parents[3]
CARD = "_static/card.jpg"
LONGEST = 200  # letters of a description, about; the rest is not shown anyway


def address(app, config):
    """``html_baseurl``, from the environment or the configuration, with a slash at its end."""
    given = os.environ.get("BOOK_URL") or config.html_baseurl
    if given and (urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).netloc):
        raise ConfigError(
            f"BOOK_URL (or html_baseurl) is {given!r}; give the site's address: https://example.org/book/."
        )
    config.html_baseurl = given.rstrip("/") + "/" if given else ""


def draw_card(app, env):
    """The picture of a shared link, from the figure of the first page; none where that has no such figure."""
    first = app.config.root_doc
    outputs = reader.OUTPUTS.get(chapters.read(Path(app.srcdir) / f"{first}.md", first), [])
    found = [out.get("data", {}).get("text/html", "") for cell in outputs for out in cell]
    figure = next((html for html in found if 'class="widget forward-pass"' in html), None)
    doctree = env.get_doctree(first)
    app.booksite_card = figure and card.draw(figure, env.titles[first].astext(), question(doctree))


def question(doctree) -> str:
    """What a page says first in bold."""
    found = next(doctree.findall(nodes.strong), None)
    return found.astext() if found is not None else ""


def description(doctree) -> str:
    """The first paragraph of a page, which is the chapter's question; whole sentences, if it is long."""
    paragraph = next(doctree.findall(nodes.paragraph), None)
    words = " ".join(paragraph.astext().split()) if paragraph is not None else ""
    while len(words) > LONGEST and (shorter := re.match(r"(.*[.?!]) \S", words)):
        words = shorter[1]
    return words


def describe(app, pagename, templatename, context, doctree):
    """The tags of a page's head, a line each."""
    first, book = app.config.root_doc, app.config.html_title or app.config.project
    title = book if pagename == first else re.sub(r"<[^>]*>", "", context.get("title", "")) or book
    words = description(doctree) if doctree is not None else ""
    base = app.config.html_baseurl
    said = {"og:type": "website" if pagename == first else "article", "og:title": title, "og:site_name": book}
    said |= {"og:description": words, "og:url": base and f"{base}{pagename}.html"}
    if getattr(app, "booksite_card", None):
        picture = base + CARD if base else context["pathto"](CARD, 1)
        wide, high = card.SIZE
        said |= {"og:image": picture, "og:image:width": wide, "og:image:height": high}
        said |= {"og:image:alt": app.booksite_card[1], "twitter:card": "summary_large_image"}
    else:
        said |= {"twitter:card": "summary"}
    lines = [meta("name", "description", words)] if words else []
    lines += [
        meta("name" if name.startswith("twitter") else "property", name, value) for name, value in said.items() if value
    ]
    for rel, sizes, name in (("icon", "32x32", "favicon.ico"), ("apple-touch-icon", "180x180", "_static/favicon.png")):
        lines.append(f'<link rel="{rel}" sizes="{sizes}" href="{context["pathto"](name, 1)}" />')
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines])


def meta(kind: str, name: str, value) -> str:
    return f'<meta {kind}="{name}" content="{escape(str(value))}" />'


def icon(svg: str, side: int) -> Image.Image:
    """The squares of ``favicon.svg`` as pixels (side × side), for those that read no SVG."""
    large = Image.new("RGBA", (side * 4, side * 4))
    draw = ImageDraw.Draw(large)
    scale = large.width / float(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    for x, y, width, height, fill in re.findall(
        r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)".*?fill="(.*?)"', svg
    ):
        left, top, right, bottom = (scale * n for n in (int(x), int(y), int(x) + int(width), int(y) + int(height)))
        draw.rounded_rectangle((left, top, right - 1, bottom - 1), 2 * scale, fill)
    return large.resize((side, side), Image.Resampling.BOX)


def sitemap(base: str, pages: list[str], date: str) -> str:
    """``sitemap.xml``.

    Args:
        base: the site's address, with a slash at its end.
        date: of the last change, YYYY-MM-DD; empty if nobody knows.
    """
    changed = f"<lastmod>{date}</lastmod>" if date else ""
    lines = [f"<url><loc>{escape(f'{base}{page}.html')}</loc>{changed}</url>" for page in pages]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n"
    )


# A host shows this page at the address that it has not found, at any depth. So nothing in it is relative to a file: its
# style and its icon stand in it, and it has no script.
NOT_FOUND = """<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="robots" content="noindex" />
<title>Not found – {title}</title>
<link rel="icon" href="data:image/svg+xml,{icon}" />
<style>
{fonts}:root {{ color-scheme: light dark; --ink: #1c2128; --paper: #fffdfa; --link: #9a3412; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e6e2db; --paper: #14171c; --link: #fdba74; }} }}
body {{ margin: 0 auto; padding: 12vh 1rem 2rem; max-width: 40rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 "Inside Sans", system-ui, sans-serif; }}
h1 {{ font: 600 clamp(2.1rem, 1.5rem + 2.6vw, 3rem)/1.2 "Inside Serif", Georgia, serif; margin: 0 0 1rem; }}
svg {{ width: 4rem; }}
a {{ color: var(--link); text-underline-offset: 0.15em; }}
form {{ display: flex; gap: 0.5rem; margin: 1.5rem 0; }}
input, button {{ font: inherit; min-height: 2.75rem; padding: 0 0.9rem; color: inherit; background: none;
  border: 1px solid; border-radius: 4px; }}
input {{ flex: 1; min-width: 0; }}
</style>
<main>
{svg}
<h1>There is no page at this address</h1>
<p>The address may be mistyped, or the page may have moved.</p>
{ways}
</main>
</html>
"""
SEARCH = """<form action="{base}search.html" role="search"><input type="search" name="q" aria-label="Search this book"
placeholder="Search this book" /><button>Search</button></form>
<p>Or begin at <a href="{base}{first}.html">the front page</a>, or with <a href="{base}genindex.html">the index</a>.</p>"""
UPWARDS = """<p>One of these links leads to the front page of the book, where you can search it:
<a href="./">the folder of this address</a>, <a href="../">the folder above it</a>,
<a href="../../">the second one above it</a>.</p>"""
FACE = (
    '@font-face {{ font-family: "Inside {0}"; src: url("{1}_static/fonts/inside-{2}.woff2"); font-weight: 400 700; }}\n'
)


def not_found(base: str, title: str, first: str, svg: str) -> str:
    """``404.html``.

    Args:
        base: the site's address, with a slash at its end; empty if it is not known: then the links lead upwards.
        first: the front page, without ``.html``.
        svg: the site's icon.
    """
    path = urlsplit(base).path
    fonts = "".join(FACE.format(name, path, name.lower()) for name in ("Sans", "Serif")) if base else ""
    ways = SEARCH.format(base=path, first=first) if base else UPWARDS
    quoted = re.sub(r'[<>#"]', lambda match: f"%{ord(match[0]):02X}", svg)
    svg = svg.replace("<svg ", '<svg aria-hidden="true" ', 1).strip()
    return NOT_FOUND.format(title=escape(title), icon=quoted.strip(), fonts=fonts, svg=svg, ways=ways)


def write(app, error):
    """The files that stand beside the pages."""
    if error or app.builder.format != "html":
        return
    site, first, base = Path(app.outdir), app.config.root_doc, app.config.html_baseurl
    svg = (ROOT / "book/_static/favicon.svg").read_text(encoding="utf-8")
    icon(svg, 32).save(site / "favicon.ico", sizes=[(16, 16), (32, 32)])
    icon(svg, 180).save(site / "_static/favicon.png", optimize=True)
    title = app.config.html_title or app.config.project
    (site / "404.html").write_text(not_found(base, title, first, svg), encoding="utf-8")
    if app.booksite_card:
        (site / CARD).write_bytes(app.booksite_card[0])
    if base:
        pages = [first, *app.env.toctree_includes[first]]
        (site / "sitemap.xml").write_text(sitemap(base, pages, committed(ROOT)), encoding="utf-8")


def setup(app):
    app.connect("config-inited", address, priority=1)
    app.connect("env-updated", draw_card)
    app.connect("html-page-context", describe)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
