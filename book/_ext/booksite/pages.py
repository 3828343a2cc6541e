"""The last touch on each page: nothing that it does not use, and a line that says what made it."""

import hashlib
import os
import re
import subprocess
from html import escape
from importlib.metadata import version
from pathlib import Path

from docutils import nodes
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont

from booksite.cache import PACKAGE, SETTINGS, SOURCE

ROOT = Path(__file__).parents[3]
# the icon library is 527 KB on the wire; book/_static/book.css draws the dozen icons that are used
UNUSED = re.compile(r'\s*<script[^>]*src="[^"]*fontawesome\.js[^"]*"[^>]*></script>')
PICTURE = re.compile(r'<img [^>]*alt="(?P<words>[^"]*)" class="(?:photo|pixels) [^>]*>')
CHART = re.compile(r'<svg class="chart" role="img" aria-label="(?P<words>[^"]*)".*?</svg>', re.S)
# the index of the whole book is for the search page alone
SEARCH = re.compile(r'\s*<script[^>]*src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"[^>]*></script>')
# scripts that can wait until the page is there
LATER = re.compile(
    r'<script (?=[^>]*src="[^"]*(?:doctools|sphinx_highlight|clipboard\.min|copybutton|sphinx-book-theme|togglebutton|design-tabs)\.js)(?![^>]*defer)'
)


def committed() -> str:
    """The date of the last commit, as YYYY-MM-DD; empty outside a git checkout."""
    asked = subprocess.run(["git", "log", "-1", "--format=%cs"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def weights() -> str:
    """Which weights the chapters load, in a few words; the pages that use them say it in full."""
    if any(os.environ.get(name) for name in SETTINGS):
        from insidecnn.weights import load  # imports torchvision: four seconds that the default need not pay

        loaded = load()
        return f"AlexNet weights {loaded.name} (SHA-256 {loaded.sha256[:12]}…)"
    digest = hashlib.sha256((SOURCE / PACKAGE / "parameters" / "alexnet.safetensors").read_bytes()).hexdigest()
    return f"the book’s own AlexNet weights (SHA-256 {digest[:12]}…)"


def made_with(app, config):
    date = committed()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "torchvision", "jupyter-book"))
    config.html_theme_options["extra_footer"] = (
        f'<p class="made-with">Made{f" on {date}" if date else ""} with {libraries} and {weights()}; '
        "every picture and number on this page was computed when it was built.</p>"
    )


def captioned(match) -> str:
    """A picture of the package with its words below it, for those who see it too."""
    caption = f'<figcaption aria-hidden="true">{match["words"]}</figcaption>'  # read out as the picture's own
    return f'<figure class="described">{match[0]}{caption}</figure>'


def polish(html: str, pagename: str) -> str:
    html = UNUSED.sub("", html)
    if pagename != "search":
        html = LATER.sub("<script defer ", SEARCH.sub("", html))
    html = html.replace('<summary aria-label="Toggle hidden content">', "<summary>")  # its own words say it
    html = re.sub(r"<img (?![^>]*loading=)", '<img loading="lazy" decoding="async" ', html)
    html = PICTURE.sub(captioned, CHART.sub(captioned, html))
    # as attributes, sizes keep the place free and let the style sheet have its say
    return re.sub(r'(<img [^>]*)style="width: (\d+)px; height: (\d+)px;"', r'\1width="\2" height="\3"', html)


def polish_pages(app):
    if app.builder.format != "html":
        return
    plain = app.builder.templates.render
    app.builder.templates.render = lambda name, context: polish(plain(name, context), context.get("pagename", ""))


def describe(app, pagename, templatename, context, doctree):
    """What a search engine shows of a page: its first paragraph, which is the chapter's question."""
    paragraph = next(doctree.findall(nodes.paragraph), None) if doctree is not None else None
    if paragraph is not None:
        words = escape(" ".join(paragraph.astext().split()))
        context["metatags"] = context.get("metatags", "") + f'\n<meta name="description" content="{words}" />'


def drop_files(app, error):
    """Files that the theme copies and no page asks for; of its icon font, only the icons that are used."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    icons = static / "vendor/fontawesome/webfonts/fa-solid-900.woff2"
    for pattern in ("**/*.map", "**/fontawesome.js*", "vendor/fontawesome/**/*"):
        for path in static.glob(pattern):
            if path.is_file() and path != icons:
                path.unlink()
    if icons.exists():
        subset_font(icons, used_icons(static))


def used_icons(static: Path) -> str:
    """The characters of the icons that style sheets draw: the theme's named ones, and others' own."""
    found = set()
    for sheet in static.rglob("*.css"):
        css = sheet.read_text(encoding="utf-8")
        found |= set(re.findall(r'--pst-icon-[\w-]+:\s*"(.)"', css))
        if sheet.name != "pydata-sphinx-theme.css":  # that one names all two thousand
            found |= {chr(int(code, 16)) for code in re.findall(r'content:\s*"\\(f[0-9a-f]{3})"', css)}
    return "".join(sorted(found))


def subset_font(path: Path, characters: str) -> None:
    """Keep only some characters of a font file: a hundredth of its bytes."""
    font = TTFont(path)
    if len(font.getBestCmap()) <= len(characters):
        return  # done in an earlier build
    subsetter = Subsetter()
    subsetter.populate(text=characters)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(path)


def setup(app):
    app.add_config_value("comments_config", {}, "")  # jupyter-book sets it even without its extension
    app.connect("config-inited", made_with)
    app.connect("builder-inited", polish_pages)
    app.connect("html-page-context", describe)
    app.connect("build-finished", drop_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
