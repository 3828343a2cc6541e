"""Pictures: the words for those who cannot see them, a caption, and bytes that load only when needed.

The package's pictures carry their alt text in the notebook output's metadata, which myst-nb's own renderer drops.
A picture without words is a warning, and so an error of the build. Below a picture stand these words, or, better,
what to see in it: the Markdown of a ``{caption}`` that follows the cell.

    :::{caption}
    Find the eyes: two dark spots in nearly every map.
    :::
"""

import re
import struct
from html import escape
from pathlib import Path

from docutils import nodes
from myst_nb.core.render import NbElementRenderer
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)
CAPTIONED = re.compile(r'<figure class="described">(.*?)<figcaption.*?</figcaption></figure>', re.S)
CHART = re.compile(r'<svg class="chart" role="img" aria-label="(?P<words>[^"]*)".*?</svg>', re.S)


class Renderer(NbElementRenderer):
    """Outputs of cells as pages show them; myst-nb finds it by its entry point ``booksite``."""

    def render_image(self, data):
        found = super().render_image(data)
        words = data.output_metadata.get(data.mime_type, {})
        for image in found:
            if "alt" in words:
                image["alt"] = words["alt"]
            image["classes"] = image.get("classes", []) + words.get("class", "").split()
        return found

    def render_text_html(self, data):
        found = super().render_text_html(data)
        for node in found:
            html = CHART.sub(lambda match: captioned(match[0], match["words"]), node.astext())
            node.children = [nodes.Text(html)]
        return found


class Caption(SphinxDirective):
    """What to see in the last picture of the cell above; the picture's own words stay its alternative text."""

    has_content = True

    def run(self):
        caption = Figcaption()
        self.state.nested_parse(self.content, self.content_offset, caption)
        self.set_source_info(caption)
        return [caption]


class Described(nodes.General, nodes.Element):
    """A picture and its caption."""


class Figcaption(nodes.General, nodes.Element):
    """A caption; it looks for its picture when the page is whole."""


def join(app, doctree, docname):
    """Each caption goes to the last picture of the cell before it."""
    for caption in list(doctree.findall(Figcaption)):
        place = caption.parent.index(caption)
        cell = caption.parent[place - 1] if place else nodes.container()
        found = [node for node in cell.findall(nodes.Node) if shown(node)]
        if not found:
            logger.warning("a caption without a picture, a chart or a drawing in the cell above it", location=caption)
            continue
        caption.parent.remove(caption)
        picture, box = found[-1], Described()
        picture.replace_self(box)
        if isinstance(picture, nodes.image):
            picture["captioned"] = True
        else:
            picture.children = [nodes.Text(CAPTIONED.sub(r"\1", picture.astext()))]
        box += [picture, caption]


def shown(node) -> bool:
    """Whether it is a picture, a chart or a drawing."""
    if isinstance(node, nodes.image):
        return bool({"photo", "pixels"} & set(node["classes"]))
    return isinstance(node, nodes.raw) and bool(
        CAPTIONED.search(text := node.astext()) or '<div class="drawing"' in text
    )


def captioned(html: str, words: str) -> str:
    """A picture with its words below it, for those who see it too; ``words`` are HTML already."""
    caption = f'<figcaption aria-hidden="true">{words}</figcaption>'  # read out as the picture's own
    return f'<figure class="described">{html}{caption}</figure>'


def visit_image(self, node):
    """As Sphinx draws it, but it loads when it is near, keeps its place free, and has its words below it."""
    size = "".join(f' {name}="{node[name]}"' for name in ("width", "height") if str(node.get(name, "")).isdigit())
    if size:
        node.attributes = {name: value for name, value in node.attributes.items() if name not in ("width", "height")}
    HTML5Translator.visit_image(self, node)
    tag = self.body[-1].replace("<img ", f'<img loading="lazy" decoding="async"{size} ', 1)
    own = shown(node) and not node.get("captioned")
    self.body[-1] = captioned(tag, escape(node.get("alt", ""))) if own else tag


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
    # the words inside say what it does; a label that differs from them confuses who speaks to the page
    self.body[start:] = [part.replace(' aria-label="Toggle hidden content"', "") for part in self.body[start:]]


def png_size(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels, from the first bytes of a PNG file."""
    with path.open("rb") as file:
        head = file.read(24)
    return struct.unpack(">II", head[16:24]) if head[:8] == b"\x89PNG\r\n\x1a\n" else None


def check(app, doctree, docname):
    """Every picture has words, and a size, so that the page does not jump while it loads."""
    for image in doctree.findall(nodes.image):
        alt = image.get("alt", "")
        if not alt or alt == image.get("uri") or alt.endswith((".png", ".svg", ".jpg", ".jpeg")):
            logger.warning("a picture without alt text: %s", image.get("uri"), location=docname)
        path = Path(app.srcdir) / image["uri"]
        if "width" not in image and path.is_file() and (size := png_size(path)):
            image["width"], image["height"] = (str(pixels) for pixels in size)


def setup(app):
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    app.add_node(Described, html=opens_and_closes("figure", CLASS="described"))
    app.add_node(Figcaption, html=opens_and_closes("figcaption"))
    app.add_directive("caption", Caption)
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_code, depart_HideCellInput))
    app.connect("config-inited", lambda app, config: setattr(config, "nb_render_plugin", "booksite"), priority=1)
    app.connect("doctree-resolved", check)
    app.connect("doctree-resolved", join)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
