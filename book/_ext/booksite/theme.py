"""The theme's pages: nothing that they do not use, no script inside them, and a line that says what made them.

``book/_templates/layout.html`` takes the place of two blocks of the theme's own; here are the rest. What of the
theme and the extensions this relies on stands in ``patches.py``.
"""

import logging as logging_of_python
import re
from html import escape, unescape
from importlib.metadata import version
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sphinx.util import logging

from booksite import execute
from booksite.build import committed
from booksite.patches import INLINE_SCRIPTS
from booksite.styles import DATA

logger = logging.getLogger(__name__)
ROOT = Path(__file__).parents[3]
TABS, TABS_SCRIPT = "sd-tab-set", "design-tabs.js"
ICONS = "vendor/fontawesome/webfonts/fa-solid-900.woff2"
# Sphinx's own, for its search and for keys that the theme has too
WITHOUT = ("doctools.js", "sphinx_highlight.js", "searchtools.js", "language_data.js")
UNUSED = (
    "**/*.map",
    "**/fontawesome.js*",
    "**/bootstrap.js*",
    "vendor/fontawesome/**/*",
    "locales/**/*",
    *WITHOUT,
)  # what the theme copies
# scripts that can wait until the page is there
LATER = re.compile(
    r"(documentation_options|settings|clipboard\.min|copybutton|sphinx-book-theme|togglebutton|design-tabs)\.js"
)


def made_with(app, config):
    date = committed(ROOT)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "torchvision", "jupyter-book"))
    used = execute.weights(ROOT)
    weights = f"{escape(used['provenance'])} (SHA-256 {used['sha256'][:12]}…)"
    config.html_theme_options["extra_footer"] = (
        f'<p class="made-with">Made{f" on {date}" if date else ""} with {libraries} and {weights}; '
        "the pictures and numbers on this page come from code that ran when it was built, those of long trainings from the "
        "files that the recipes wrote.</p>"
    )


def scripts(app, pagename, templatename, context, doctree):
    """Scripts wait for the page where they can, and none stands inside it: some universities forbid that."""
    kept = []
    for script in context["script_files"]:
        body = getattr(script, "attributes", {}).get("body") if not script.filename else None
        if body is None:
            name = str(script.filename).rpartition("/")[2]
            unused = name in WITHOUT or (name == TABS_SCRIPT and TABS not in context.get("body", ""))
            kept += [] if unused else [script]
        elif not INLINE_SCRIPTS.fullmatch(body):
            logger.warning("an extension puts a script into the page that _static/settings.js lacks: %s", body)
    context["script_files"] = kept
    plain = context["js_tag"]

    def js_tag(script) -> str:
        tag = plain(script)
        wait = LATER.search(tag) and " defer" not in tag
        return tag.replace("<script ", "<script defer ", 1) if wait else tag

    context["js_tag"] = js_tag


def drop_files(app, error):
    """Files that the theme copies and no page asks for."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    (Path(app.outdir) / ".buildinfo").unlink()  # Sphinx's note for itself; nobody reads it here
    for pattern in UNUSED:
        for path in static.glob(pattern):
            if path.is_file() and path != static / ICONS:
                path.unlink()


def cut_icons(app, error):
    """Of the theme's icon font, only the icons that are used."""
    static = Path(app.outdir) / "_static"
    if not error and (static / ICONS).exists():
        subset_font(static / ICONS, used_icons(static))


def cut_typefaces(app, error):
    """Of the book's typefaces, the letters that its pages and scripts have; all of ASCII, for what readers type."""
    if error or app.builder.format != "html":
        return
    site, used = Path(app.outdir), set(map(chr, range(0x20, 0x7F)))
    for path in site.rglob("*"):
        if path.suffix in (".html", ".js") and not DATA.search(path.as_posix()):
            used |= set(unescape(path.read_text(encoding="utf-8")))
    for font in (site / "_static/fonts").glob("*.woff2"):
        subset_font(font, "".join(sorted(used)))


def used_icons(static: Path) -> str:
    """The characters of the icons that style sheets draw: the theme's named ones, and others' own."""
    found = set()
    for sheet in static.rglob("*.css"):
        css = sheet.read_text(encoding="utf-8")
        found |= set(re.findall(r'--pst-icon-[\w-]+:\s*"(.)"', css))
        found |= {chr(int(code, 16)) for code in re.findall(r'content:\s*"\\(f[0-9a-f]{3})"', css)}
    return "".join(sorted(found))


def subset_font(path: Path, characters: str) -> None:
    """Keep only some characters of a font file."""
    logging_of_python.getLogger("fontTools").setLevel(logging_of_python.WARNING)  # it tells each table that it cuts
    font = TTFont(path, recalcTimestamp=False)  # the same bytes at every build
    subsetter = Subsetter(Options(hinting=False))
    subsetter.populate(text=characters)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(path)


def setup(app):
    app.add_config_value("comments_config", {}, "")  # jupyter-book sets it even without its extension
    app.connect("config-inited", made_with)
    app.connect("html-page-context", scripts, priority=950)
    app.connect("build-finished", drop_files, priority=550)  # before styles.py reads what scripts name
    app.connect("build-finished", cut_icons, priority=700)  # those of the one sheet
    app.connect("build-finished", cut_typefaces, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
