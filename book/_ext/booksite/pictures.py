"""Pictures, charts and drawings as numbered figures: each has its own words, a caption, and a frame of one of three widths.

The package's pictures carry their alt text in the notebook output's metadata, which myst-nb's own renderer drops.
A figure's caption is the Markdown of a ``{caption}`` after the cell; it says what to see and why, the alt text what is
there. Several captions in a row belong to the last figures of the cell, in their order.

    :::{caption}
    :name: eyes
    Two dark spots in nearly every map are the eyes.
    :::

    In {fig}`eyes` the fur is gone.

Figures are numbered through each chapter, and chapters by their order in the book: ``{fig}`` prints "Figure 10.2" on
every page. A picture without words, one without a caption and an unknown name are warnings, and so errors of the
build. What has a second form for narrow pages shows one of the two; the code that draws it is folded below it.
A cell with the tag ``no-caption``, and one in the solution of an exercise, shows its pictures as outputs,
without a frame or a number.
"""

import posixpath
import re
import struct
from binascii import a2b_base64
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.render import NbElementRenderer
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import solution_node

logger = logging.getLogger(__name__)
CHART = re.compile(r'<svg class="chart" (?P<rest>[^>]*width="(?P<width>[\d.]+)pt".*?</svg>)', re.S)
WHOLE = re.compile(r'class="(?:network(?: filled)?|unet-drawing|widget forward-pass)"')  # as wide as the column
DRAWING = re.compile(r'(<div class="drawing"[^>]*>)(.*)(</div>)\s*', re.S)
SIDES = ("width", "height")
OUTSIDE = re.compile(r'class="(drawing|chart|widget)\b')  # what an output is; what stands inside a widget belongs to it
WIDTHS = {"text": 640, "wide": 768, "full": 864}  #: of frames, in pixels, as book.css has them
NARROW = "screen and (max-width: 600px)"  #: pages that show the second form, as in book.css
LEAST = 1.105  #: pixels for each point of a chart's width at which its letters of 10 points have 11 pixels


class Renderer(NbElementRenderer):
    """Outputs of cells as pages show them; myst-nb finds it by its entry point ``booksite``."""

    def render_unhandled(self, data):
        return self.render_image(data) if data.mime_type == "image/webp" else super().render_unhandled(data)

    def render_image(self, data):
        words = data.output_metadata.get(data.mime_type, {})
        if "alt" not in words:
            return super().render_image(data)
        wide = self.image(data.content, data.mime_type, words["alt"], words["class"].split(), words)
        if "narrow" not in words:
            return [wide]
        narrow = words["narrow"]
        return [Sheet("", self.image(narrow["data"], data.mime_type, words["alt"], ["narrow"], narrow), wide)]

    def image(self, data: str, mime: str, alt: str, style: list[str], size) -> nodes.image:
        """A picture as a file of its own, named by what is in it."""
        file = a2b_base64(data)
        uri = self.write_file([f"{sha256(file).hexdigest()}.{mime.rpartition('/')[2]}"], file, exists_ok=True)
        return nodes.image(uri=uri, alt=alt, classes=style, **{side: str(size[side]) for side in SIDES})

    def render_text_html(self, data):
        found = super().render_text_html(data)
        narrow = data.output_metadata.get(data.mime_type, {}).get("narrow")
        for node in found:
            wide = node.astext().replace(" ± ", "\u00a0±\u00a0")  # which no line ends with
            node.children = [nodes.Text(both(wide, narrow) if narrow else CHART.sub(scrolls, wide))]
        return found


def both(wide: str, narrow: str) -> str:
    """Two forms of a chart or a drawing, of which a page shows the one that fits it; a drawing keeps its one frame."""
    before, inner, after = DRAWING.fullmatch(wide).groups() if DRAWING.fullmatch(wide) else ("", wide, "")
    return f'{before}<div class="on-wide">{inner}</div><div class="on-narrow">{narrow}</div>{after}'


def scrolls(chart: re.Match) -> str:
    """A chart that shrinks until its letters would be too small to read; from there on it scrolls."""
    least = round(LEAST * float(chart["width"]))
    svg = f'<svg class="chart" style="min-width: {least}px" {chart["rest"]}'
    return f'<div class="scrolls" tabindex="0">{svg}</div>'


class Caption(SphinxDirective):
    """What to see in a figure of the cell above, and why; the picture's own words stay its alternative text."""

    has_content = True
    option_spec = {  # noqa: RUF012 - as docutils has it
        "name": directives.unchanged_required,
        "width": lambda given: directives.choice(given, WIDTHS),
    }

    def run(self):
        caption = Figcaption(name=self.options.get("name", ""), width=self.options.get("width"))
        self.state.nested_parse(self.content, self.content_offset, caption)
        self.set_source_info(caption)
        return [caption]


class Figure(SphinxRole):
    """A figure by its number, as a link to it."""

    def run(self):
        reference = FigureReference(name=self.text)
        self.set_source_info(reference)
        return [reference], []


class Sheet(nodes.General, nodes.Element):
    """A picture in two forms, the one for narrow pages first."""


class Described(nodes.General, nodes.Element):
    """A picture and its caption."""


class Figcaption(nodes.General, nodes.Element):
    """A caption; it looks for its picture when the page is whole."""


class FigureReference(nodes.Inline, nodes.TextElement):
    """A figure's name, until all pages are read."""


def names(env) -> dict[str, list[str]]:
    """Page → the names of its figures in their order, empty for those without."""
    if not hasattr(env, "booksite_figures"):
        env.booksite_figures = {}
    return env.booksite_figures


def note(app, doctree):
    names(app.env)[app.env.docname] = [caption["name"] for caption in doctree.findall(Figcaption)]


def forget(app, env, page):
    names(env).pop(page, None)


def gather(app, env, pages, other):
    names(env).update({page: found for page, found in names(other).items() if page in pages})


def labels(env, page: str) -> list[str]:
    """What the figures of a page are called: ``Figure 10.2``; on the front page they have no numbers."""
    chapters = [env.config.root_doc, *env.toctree_includes.get(env.config.root_doc, [])]
    chapter = chapters.index(page) if page in chapters else 0
    return [f"Figure {chapter}.{n}" if chapter else "" for n, _ in enumerate(names(env).get(page, []), 1)]


def named(env) -> dict[str, tuple[str, str]]:
    """Name → page and number of each figure that has a name."""
    found = {}
    for page, own in names(env).items():
        for name, label in zip(own, labels(env, page), strict=True):
            if name in found:
                logger.warning("two figures are called %s; the other one is in %s", name, found[name][0], location=page)
            if name:
                found[name] = page, label
    return found


def refer(app, doctree, docname):
    """Names become numbers, and links."""
    found = named(app.env) if next(iter(doctree.findall(FigureReference)), None) else {}
    for reference in list(doctree.findall(FigureReference)):
        if reference["name"] not in found:
            logger.warning("there is no figure called %s", reference["name"], location=reference)
            continue
        page, label = found[reference["name"]]
        address = "" if page == docname else app.builder.get_relative_uri(docname, page)
        address += f"#figure-{reference['name']}"
        reference.replace_self(nodes.reference("", label, refuri=address, internal=True))


def join(app, doctree, docname):
    """Each caption goes to its picture; those in a row to the last pictures of the cell before them."""
    numbers = iter(enumerate(labels(app.env, docname), 1))
    captions = list(doctree.findall(Figcaption))
    while captions:
        caption = captions.pop(0)
        parent, place = caption.parent, caption.parent.index(caption)
        row = [caption]
        while captions and place + len(row) < len(parent) and parent[place + len(row)] is captions[0]:
            row.append(captions.pop(0))
        cell = parent[place - 1] if place else nodes.container()
        found = [node for node in cell.findall(nodes.Node) if shown(node)][-len(row) :]
        if len(found) < len(row):
            logger.warning("a caption without a picture, a chart or a drawing in the cell above it", location=caption)
            continue
        for picture, own in zip(found, row, strict=True):
            parent.remove(own)
            frame(picture, own, *next(numbers))
    for picture in doctree.findall(lambda node: shown(node) and not isinstance(whole(node).parent, Described)):
        if not uncaptioned(picture):
            words = picture.get("alt") or " ".join(re.findall(r'aria-label="([^"]*)"', picture.astext())[:1])
            logger.warning("a picture without a caption: %s", words, location=docname)


def frame(picture, caption, number: int, label: str) -> None:
    """A picture in its frame, with its number before its caption."""
    box = Described(
        ids=[f"figure-{caption['name'] or number}"], classes=["described", caption["width"] or width(picture)]
    )
    if label and isinstance(first := next(iter(caption.children), None), nodes.paragraph):
        first.insert(0, nodes.inline("", f"{label}.", classes=["number"]))
        first.insert(1, nodes.Text(" "))
    inside = whole(picture)
    inside.parent.replace(inside, box)
    box += [inside, caption]


def whole(picture):
    """A picture with its second form, if it has one."""
    return picture.parent if isinstance(picture.parent, Sheet) else picture


def unfold(app, doctree, docname):
    """Folded code goes below what it draws, so that nothing stands between a sentence and its figure."""
    for code in list(doctree.findall(HideCodeCellNode)):
        cell = code.parent
        if "above-input" in code["classes"] and len(cell) > 1:
            cell.remove(code)
            cell.append(code)


def width(picture) -> str:
    """The narrowest frame that a picture fits; drawings of whole networks get the widest."""
    if isinstance(picture, nodes.image):
        wanted = int(picture["width"]) if str(picture.get("width", "")).isdigit() else 0
        return next((name for name, pixels in WIDTHS.items() if wanted <= pixels), "full")
    return "full" if WHOLE.search(picture.astext()) else "text"


def uncaptioned(picture) -> bool:
    """Whether it stands in the solution of an exercise, or its cell says that its pictures have no caption."""
    while picture is not None:
        if isinstance(picture, solution_node) or "tag_no-caption" in picture.get("classes", []):
            return True
        picture = picture.parent
    return False


def shown(node) -> bool:
    """Whether it is a picture, a chart or a drawing; those inside a widget belong to it."""
    if isinstance(node, nodes.image):
        return bool({"photo", "pixels"} & set(node["classes"]))
    found = OUTSIDE.search(node.astext()) if isinstance(node, nodes.raw) else None
    return found is not None and found[1] != "widget"


def visit_image(self, node):
    """As Sphinx draws it, but it loads when it is near, and keeps its place free."""
    size = "".join(f' {name}="{node[name]}"' for name in SIDES if str(node.get(name, "")).isdigit())
    if "narrow" in node["classes"]:
        address = posixpath.join(self.builder.imgpath, quote(self.builder.images[node["uri"]]))
        self.body.append(f'<source media="{NARROW}" srcset="{address}"{size} />')
        raise nodes.SkipNode
    if size:
        node.attributes = {name: value for name, value in node.attributes.items() if name not in SIDES}
    HTML5Translator.visit_image(self, node)
    self.body[-1] = self.body[-1].replace("<img ", f'<img loading="lazy" decoding="async"{size} ', 1)


def opens_and_closes(tag: str, **attributes):
    """How a node is written as one HTML element."""

    def visit(self, node):
        self.body.append(self.starttag(node, tag, "", **attributes))

    return visit, lambda self, node: self.body.append(f"</{tag}>")


def depart_image(self, node):
    HTML5Translator.depart_image(self, node)


def visit_hidden_code(self, node):
    start = len(self.body)
    visit_HideCellInput(self, node)
    what = "the imports" if re.match(r"(import|from) ", node.astext()) else "code"
    # the words inside say what it does; a label that differs from them confuses who speaks to the page
    for old, new in ((' aria-label="Toggle hidden content"', ""), ("code cell source", what), ("code cell o", "o")):
        self.body[start:] = [part.replace(old, new) for part in self.body[start:]]


def visit_table(self, node):
    # the theme's translator; what it lets scroll can be reached by keyboard too, as the tables of cells
    type(self).visit_table(self, node)
    self.body[-2] = self.body[-2].replace("<div ", '<div tabindex="0" role="group" aria-label="table" ', 1)


def depart_table(self, node):
    type(self).depart_table(self, node)


def png_size(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels, from the first bytes of a PNG file."""
    with path.open("rb") as file:
        head = file.read(24)
    return struct.unpack(">II", head[16:24]) if head[:8] == b"\x89PNG\r\n\x1a\n" else None


def check(app, doctree, docname):
    """Every picture has words, and a size, so that the page does not jump while it loads."""
    for image in doctree.findall(nodes.image):
        alt = image.get("alt", "")
        if not alt or alt == image.get("uri") or alt.endswith((".png", ".svg", ".webp", ".jpg", ".jpeg")):
            logger.warning("a picture without alt text: %s", image.get("uri"), location=docname)
        path = Path(app.srcdir) / image["uri"]
        if "width" not in image and path.is_file() and (size := png_size(path)):
            image["width"], image["height"] = (str(pixels) for pixels in size)


def setup(app):
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    app.add_node(nodes.table, override=True, html=(visit_table, depart_table))
    app.add_node(Sheet, html=opens_and_closes("picture"))
    app.add_node(Described, html=opens_and_closes("figure"))
    app.add_node(Figcaption, html=opens_and_closes("figcaption"))
    app.add_node(FigureReference, html=opens_and_closes("span"))
    app.add_directive("caption", Caption)
    app.add_role("fig", Figure())
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_code, depart_HideCellInput))
    app.connect("config-inited", lambda app, config: setattr(config, "nb_render_plugin", "booksite"), priority=1)
    app.connect("doctree-read", note)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", gather)
    app.connect("doctree-resolved", check)
    app.connect("doctree-resolved", join)
    app.connect("doctree-resolved", unfold)
    app.connect("doctree-resolved", refer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
