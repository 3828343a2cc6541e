"""Pictures: the words for those who cannot see them, and bytes that load only when needed.

The package's pictures carry their alt text in the notebook output's metadata; myst-nb drops it, so
it is put back here. A picture without words is a warning, and so an error of the build.
"""

import struct
from pathlib import Path

from docutils import nodes
from myst_nb.core.render import NbElementRenderer
from sphinx.util import logging

logger = logging.getLogger(__name__)


def keep_words():
    plain = NbElementRenderer.render_image

    def render_image(self, data):
        found = plain(self, data)
        words = data.output_metadata.get(data.mime_type, {})
        for image in found:
            if "alt" in words:
                image["alt"] = words["alt"]
            image["classes"] = image.get("classes", []) + words.get("class", "").split()
        return found

    NbElementRenderer.render_image = render_image


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
    keep_words()
    app.connect("doctree-resolved", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
