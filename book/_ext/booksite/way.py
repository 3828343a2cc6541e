"""The chapters as a picture of the way through the network: a ``{way}`` on the front page.

    ```{way}
    tensor | Image and tensor | image-to-tensor
    convolution | Convolution | convolution, convolution-settings
    - | Behind the book | glossary, references
    ```

A line is a place on the way: its sign (one of ``SIGNS``; ``-`` stands beside the way), its name, its chapters. A
chapter of the table of contents that no line names comes after the one before it there, so that none is left out.
"""

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)


def squares(*at: tuple[float, float, float, str]) -> str:
    """Squares of a side at places, filled with a colour of charts, or (``none``) not."""
    return "".join(
        f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="{fill}" stroke="currentColor"/>'
        for x, y, side, fill in at
    )


BLUE, RUST, GREEN, YELLOW = "var(--chart-1)", "var(--chart-2)", "var(--chart-3)", "var(--plus-3)"
ARROW = '<path d="M{0} 24h11m-5-5l5 5l-5 5" fill="none" stroke="currentColor"/>'
IMAGE = squares(
    *(
        (1 + 12 * (n % 3), 6 + 12 * (n // 3), 12, fill)
        for n, fill in enumerate((BLUE, BLUE, YELLOW, BLUE, RUST, BLUE, GREEN, RUST, GREEN))
    )
)
SIGNS = {
    "question": IMAGE
    + ARROW.format(42)
    + "".join(f'<path d="M58 {y}h{w}" stroke="{BLUE}" stroke-width="6"/>' for y, w in ((12, 30), (24, 8), (36, 4))),
    "tensor": IMAGE
    + ARROW.format(42)
    + squares((70, 4, 26, BLUE), (64, 11, 26, GREEN), (58, 18, 26, RUST)),
    "convolution": squares(*((1 + 12 * c, 6 + 12 * r, 12, "none") for r in range(3) for c in range(3)))
    + squares((1, 6, 24, "none"))
    + f'<rect x="1" y="6" width="24" height="24" fill="{YELLOW}" fill-opacity="0.5" stroke="{RUST}" stroke-width="2.5"/>'
    + ARROW.format(42)
    + squares(*((58 + 12 * c, 12 + 12 * r, 12, YELLOW if r + c == 0 else "none") for r in range(2) for c in range(2))),
    "pooling": squares(
        *((1 + 9 * c, 6 + 9 * r, 9, BLUE if (r, c) in {(0, 1), (1, 3), (3, 0), (2, 2)} else "none") for r in range(4) for c in range(4))
    )
    + ARROW.format(42)
    + squares(*((58 + 12 * c, 12 + 12 * r, 12, BLUE) for r in range(2) for c in range(2))),
    "network": "".join(
        f'<rect x="{x}" y="{24 - h / 2}" width="{w}" height="{h}" fill="{c}" stroke="currentColor"/>'
        for x, w, h, c in (
            *((1, 5, 46, YELLOW), (12, 9, 36, BLUE), (27, 12, 26, BLUE), (45, 16, 18, BLUE)),
            *((67, 16, 18, BLUE), (90, 5, 40, RUST)),
        )
    ),
    "inside": '<circle cx="24" cy="20" r="16" fill="none" stroke="currentColor" stroke-width="2"/>'
    f'<path d="M36 32l13 13" stroke="currentColor" stroke-width="4"/>{squares((16, 12, 8, YELLOW), (24, 12, 8, "none"), (16, 20, 8, "none"), (24, 20, 8, YELLOW))}',
    "uses": squares((1, 4, 40, "none"))
    + f'<rect x="8" y="13" width="24" height="25" fill="none" stroke="{RUST}" stroke-width="2.5"/>'
    f'<path d="M52 30q8 -22 18 -14q12 -2 16 12q-6 18 -20 14q-14 2 -14 -12z" fill="{GREEN}" stroke="currentColor"/>',
    "families": '<path d="M3 24h22m0 0l24 -16h20m-44 16h64m-64 0l24 16h44" fill="none" stroke="currentColor" stroke-width="2"/>'
    + "".join(f'<circle cx="{x}" cy="{y}" r="5" fill="{c}"/>' for x, y, c in ((5, 24, YELLOW), (25, 24, BLUE), (70, 8, GREEN), (90, 24, RUST), (94, 40, BLUE))),
}  # fmt: skip


class Way(nodes.General, nodes.Element):
    """The picture; its chapters get their titles when all pages are read."""


class WayDirective(SphinxDirective):
    has_content = True

    def run(self):
        places = [tuple(part.strip() for part in line.split("|")) for line in self.content if line.strip()]
        wrong = [line for line in places if len(line) != 3 or line[0] not in (*SIGNS, "-")]
        if wrong:
            raise self.error(
                f"{' | '.join(wrong[0])}: wanted is sign | name | chapters, the sign one of {', '.join(SIGNS)}, -."
            )
        way = Way(places=[(sign, name, [each.strip() for each in names.split(",")]) for sign, name, names in places])
        self.set_source_info(way)
        return [way]


def complete(places, chapters: list[str]) -> list[tuple[str, str, list[str]]]:
    """The places with all chapters: those that no line names stand after their predecessor.

    Args:
        places: sign, name, chapters of each.
        chapters: all, in the order of the table of contents.

    Raises:
        ValueError: a line names a chapter that does not exist, or the first of all is in no line.
    """
    found = [(sign, name, list(names)) for sign, name, names in places]
    at = {chapter: names for _, _, names in found for chapter in names}
    if unknown := at.keys() - set(chapters):
        raise ValueError(f"the table of contents has no chapter {', '.join(sorted(unknown))}.")
    for before, chapter in zip([None, *chapters], chapters, strict=False):
        if chapter not in at:
            if before is None:
                raise ValueError(f"no place has the first chapter, {chapter}.")
            at[chapter] = at[before]
            at[chapter].insert(at[chapter].index(before) + 1, chapter)
    return found


def draw(app, doctree, docname):
    """Each ``Way`` becomes a list of links."""
    root = app.config.root_doc
    folder = root.rpartition("/")[0]
    for way in list(doctree.findall(Way)):
        pages = [page for page in app.env.toctree_includes[root] if page.startswith(folder)]
        names = [page.removeprefix(f"{folder}/") for page in pages]
        try:
            places = complete(way["places"], names)
        except ValueError as error:
            logger.warning("the way: %s", error, location=way)
            places = []

        def link(name):
            page = f"{folder}/{name}".lstrip("/")
            address = app.builder.get_relative_uri(docname, page)
            return nodes.reference("", app.env.titles[page].astext(), refuri=address, internal=True)

        nav, along = Nav(), nodes.enumerated_list()
        for sign, name, chapters in places:
            if sign == "-":
                words = nodes.paragraph("", f"{name}: ", classes=["aside"])
                for n, chapter in enumerate(chapters):
                    words += [nodes.Text(", ")] * bool(n) + [link(chapter)]
                nav += words
                continue
            svg = f'<svg viewBox="0 0 100 48" aria-hidden="true">{SIGNS[sign]}</svg>'
            station = nodes.inline("", name, classes=["station"])
            items = nodes.bullet_list("", *(nodes.list_item("", nodes.inline("", "", link(c))) for c in chapters))
            along += nodes.list_item("", nodes.raw("", svg, format="html"), station, items)
        nav.insert(0, along)
        way.replace_self(nav)


class Nav(nodes.General, nodes.Element):
    """A landmark with links."""


def setup(app):
    app.add_node(Way)
    app.add_node(
        Nav,
        html=(
            lambda self, node: self.body.append('<nav class="way" aria-label="The chapters">'),
            lambda self, node: self.body.append("</nav>"),
        ),
    )
    app.add_directive("way", WayDirective)
    app.connect("doctree-resolved", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
