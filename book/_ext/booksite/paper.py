"""The book on paper: links as footnotes of each page, and the whole book as one PDF, ``python -m booksite.paper``.

The PDF is Chromium's print of one page, ``_build/paper.html``: the articles of the built site in the order of
``_toc.yml``. Pages and PDF follow ``book/_static/print.css``; ``paper.css`` beside this file has what only the whole
book needs. The PDF stands in the site that it was printed from, and the front page of that site gets a link to it. The
next build makes a new site, without either: so a PDF never belongs to another state of the sources.
"""

import argparse
import copy
import json
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import yaml
from bs4 import BeautifulSoup
from PIL import Image

from booksite.folder import Folder, digest
from booksite.pdf import smaller

NAME = "inside-a-cnn.pdf"
LARGEST = 20_000_000  #: bytes
STYLE = Path(__file__).with_name("paper.css")
LOSSLESS = b"VP8L"  #: in the head of a WebP file that has every pixel as it was
LINK = re.compile(r'<a (?=[^>]*\bhref="(?P<to>https?://[^"]+)")[^>]*>(?P<words>.*?)</a>', re.S)
NAMING = ("aria-labelledby", "aria-describedby", "for", "headers")  #: attributes that hold ids
WITHIN = re.compile(r"url\((['\"]?)#")


class Failed(Exception):
    """The PDF cannot be made; ``str()`` says what to mend."""


# ---- links as footnotes, on every page of the site ----


def footnotes(html: str) -> str:
    """Numbers each link to another site, and lists the addresses at the end; screens do not show either.

    A link whose words are its address already, such as ``doi:10.1000/182``, needs no footnote.
    """
    numbers: dict[str, int] = {}

    def numbered(link: re.Match) -> str:
        words = re.sub(r"^\w+:\s*", "", re.sub(r"<[^>]*>", "", unescape(link["words"]))).strip()
        if words and unescape(link["to"]).rstrip("/").endswith(words.rstrip("/")):
            return link[0]
        number = numbers.setdefault(link["to"], len(numbers) + 1)
        return f'<a data-note="{number}" {link[0][3:]}'

    html = LINK.sub(numbered, html)
    if not numbers:
        return html
    items = "".join(f"<li>{to}</li>" for to in numbers)
    return f'{html}<ol class="addresses" hidden>{items}</ol>'


def note_links(app, pagename, templatename, context, doctree):
    if doctree is not None and context.get("body"):
        context["body"] = footnotes(context["body"])


# ---- the whole book as one page ----


@dataclass(frozen=True)
class Page:
    """A page of the book: its file, its number among the chapters, and the part that begins with it."""

    name: str  #: as in ``_toc.yml``: ``book/convolution``
    number: int
    part: str  #: empty within a part

    @property
    def anchor(self) -> str:
        return Path(self.name).name


def contents(toc: dict) -> list[Page]:
    """The front page, number 0, and the chapters in their order, from 1 on as in the numbers of figures."""
    found = [Page(toc["root"], 0, "")]
    for part in toc["parts"]:
        for place, chapter in enumerate(part["chapters"]):
            found.append(Page(chapter["file"], len(found), "" if place else part["caption"]))
    return found


def article(site: Path, page: Page, pages: list[Page]) -> BeautifulSoup:
    """The article of a built page, as a part of one document.

    Its ids begin with the page's name and a dot; links to other pages of the book lead within the document; what leads
    to other files of the site, and what only a screen can use, is taken out.

    Raises:
        Failed: the page has not been built.
    """
    path = site / f"{page.name}.html"
    if not path.is_file():
        raise Failed(f"There is no {path}; build the book first: make book.")
    text = path.read_text(encoding="utf-8")
    text = re.search(r'<article class="bd-article">.*</article>', text, re.S)[0]
    found = BeautifulSoup(text, "html.parser")
    for useless in found.select(
        "a.headerlink, script, button, p.code-on-request, .quiz input, p:has(> a.call), .verdict"
    ):
        useless.decompose()
    known = {os.path.normpath(site / f"{other.name}.html"): other.anchor for other in pages}
    for tag in found.find_all(True):
        relocate(tag, path, known, page.anchor)
    for heading in found.find_all(re.compile("^h[1-5]$")):
        heading["aria-level"] = int(heading.name[1]) + 1  # below the part's, in the PDF's outline
    for folded in found.find_all("details"):
        folded["open"] = ""
    top = found.find("h1")
    top["id"] = page.anchor
    if page.number:
        number = found.new_tag("span", attrs={"class": "chapter-number"})
        number.string = f"{page.number} "
        top.insert(0, number)
    return found


def relocate(tag, path: Path, known: dict[str, str], own: str) -> None:
    """Ids and addresses of an element of the page ``path``, as the whole book has them."""
    for name, value in list(tag.attrs.items()):
        if name == "id":
            tag["id"] = f"{own}.{value}"
        elif name in NAMING:
            values = value if isinstance(value, list) else value.split()
            tag[name] = " ".join(f"{own}.{each}" for each in values)
        elif isinstance(value, str) and "url(" in value:
            tag[name] = WITHIN.sub(rf"url(\1#{own}.", value)
        elif (
            (name == "src" or tag.name in ("link", "image")) and name in ("src", "href") and not urlsplit(value).scheme
        ):
            tag[name] = printable(os.path.relpath(path.parent / unquote(value), path.parents[2]), path.parents[2])
        elif name == "loading":
            del tag["loading"]
        elif name in ("href", "xlink:href") and not urlsplit(value).scheme:
            file, fragment = urldefrag(value)
            target = os.path.normpath(path.parent / unquote(file) if file else path)
            fragment = fragment.partition("?")[0]
            if target in known:
                tag[name] = f"#{known[target]}.{fragment}" if fragment else f"#{known[target]}"
            else:
                del tag[name]


def printable(address: str, folder: Path) -> str:
    """A photograph as a JPEG beside the page, ``paper-pictures/…``: of a WebP, Chromium would write each pixel."""
    if not address.endswith(".webp") or LOSSLESS in (folder / address).read_bytes()[:64]:
        return address
    file = folder / "paper-pictures" / f"{Path(address).stem}.jpg"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        Image.open(folder / address).save(file, quality=80, optimize=True)
    return file.relative_to(folder).as_posix()


def solutions(found: BeautifulSoup) -> None:
    """Move the solutions of exercises and the reasons of quizzes to the end of their chapter."""
    solved, quizzes = found.select(".solution"), found.select("fieldset.quiz")
    if not solved and not quizzes:
        return
    section = found.new_tag("section", attrs={"class": "solutions"})
    heading = found.new_tag("h2", attrs={"aria-level": "3"})
    heading.string = "Solutions"
    section.append(heading)
    for each in solved:
        section.append(each.extract())
    for quiz in quizzes:
        section.append(answers(found, quiz))
    found.article.find("section").append(section)


def answers(found: BeautifulSoup, quiz):
    """A quiz with its reasons, for the end; the quiz itself keeps the question and the options."""
    copied = copy.copy(quiz)
    copied["class"] = ["answers"]
    copied.name = "div"
    copied.legend.name = "p"
    for each in quiz.select(".why"):
        each.decompose()
    for option in quiz.select(".option"):
        del option["data-right"]
    for option in copied.select(".option"):
        label, why = option.label, option.select_one(".why")
        if option.has_attr("data-right"):
            label.insert(0, "Right: ")
        if why.get_text(strip=True):
            label.append(" – ")
    for part in copied.find_all(id=True):
        del part["id"]
    return copied


def join(site: Path, pages: list[Page], title: str, source: str, say) -> str:
    """The whole book as one HTML page, which stands beside the site's folder."""
    bodies, rules, listed = [], [], []
    for page in pages:
        found = article(site, page, pages)
        solutions(found)
        top = found.find("h1")
        words = " ".join(top.get_text(" ", strip=True).split())
        if page.part:
            part = f'<h1 class="part" aria-level="1" id="part.{page.anchor}">{escape(page.part)}</h1>'
            found.article.insert(0, BeautifulSoup(part, "html.parser"))
            listed.append(f'<li class="part">{escape(page.part)}</li>')
        if page.number:
            name = words.removeprefix(str(page.number)).strip()
            listed.append(
                f'<li><a href="#{page.anchor}"><span>{page.number}</span> <span>{escape(name)}</span></a>'
                f'<span class="at" data-of="{page.anchor}"></span></li>'
            )
            running = json.dumps(f"{page.number}  {name}", ensure_ascii=False)
            rules.append(f"@page p{page.number} {{ @top-left {{ content: {running}; }} }}")
            bodies.append(f'<div class="chapter" style="page: p{page.number}">{found}</div>')
        else:
            top["class"], top["aria-level"] = "book-title", 1
            made = f'<p class="made">{source}</p>'
            toc = '<nav class="contents"><h2 aria-level="1" id="contents">Contents</h2><ol>{contents}</ol></nav>'
            bodies.append(f'<div class="front">{found}{made}</div>{toc}')
        say(f"  {page.name}")
    whole = "\n".join(bodies).replace("{contents}", "".join(listed), 1)
    style = STYLE.read_text(encoding="utf-8") + "\n".join(rules)
    return (
        f'<!doctype html>\n<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="{site.name}/_static/site.css"><style>{style}</style></head>'
        '<body class="paper"><div class="bd-main"><div class="bd-content"><div class="bd-article-container">'
        f"{whole}</div></div></div></body></html>"
    )


def print_to(page: Path, pdf: Path) -> None:
    """Chromium prints an HTML file, with an outline and tags.

    Raises:
        Failed: there is no Chromium, or the page asks for a file that is not there.
    """
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not program:
        raise Failed("Chromium or Chrome is needed to print the book, and none is installed.")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise Failed("Playwright is needed to print the book; make pdf installs it.") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_context(java_script_enabled=False, color_scheme="light").new_page()
        tab.set_default_timeout(600_000)
        missing: list[str] = []
        tab.on("requestfailed", lambda request: missing.append(request.url))
        tab.goto(page.absolute().as_uri(), wait_until="load")
        if missing:
            raise Failed("The printed page lacks " + ", ".join(missing))
        tab.pdf(path=pdf, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
        browser.close()


def numbered(page: Path, pdf: Path) -> None:
    """Write the page numbers of chapters, as the PDF has them, into the page's table of contents."""
    from pypdf import PdfReader

    reader = PdfReader(pdf)
    at = {name[1:]: reader.get_destination_page_number(to) + 1 for name, to in reader.named_destinations.items()}
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'(<span class="at" data-of="([^"]+)">)[^<]*', lambda each: f"{each[1]}{at.get(each[2], '')}", text)
    page.write_text(text, encoding="utf-8")


def write(site: Path, pages: list[Page], title: str, source: str, pdf: Path, say=print) -> None:
    """Print pages of a built site to a PDF file.

    Args:
        site: the folder with the site, such as ``_build/site-1``.
        pages: a choice of :func:`contents`.
        source: HTML for the title page: what made the book.
        pdf: appears when it is whole.

    Raises:
        Failed: what is to be mended; the file is as it was.
    """
    start, part = time.monotonic(), pdf.with_name(f"{pdf.name}.part")
    whole = site.parent / f"{pdf.stem}.html"
    say(f"Joining {len(pages)} pages.")
    whole.write_text(join(site, pages, title, source, say), encoding="utf-8")
    say(
        "Printing twice, the second time with the page numbers in the contents; the whole book takes about a minute each."
    )
    print_to(whole, part)
    say(f"  printed once after {time.monotonic() - start:.0f} s")
    numbered(whole, part)
    print_to(whole, part)
    part.write_bytes(smaller(part.read_bytes()))
    if (size := part.stat().st_size) > LARGEST:
        raise Failed(f"The PDF has {size / 1e6:.1f} MB; it may have {LARGEST / 1e6:.0f}. It is kept as {part}.")
    os.replace(part, pdf)
    say(f"{pdf}: {size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s.")


def link(site: Path, first: str) -> None:
    """The front page names the PDF, and the folder's note knows both files."""
    path, note = site / f"{first}.html", site.with_suffix(".json")
    size = (site / NAME).stat().st_size / 1e6
    line = f'<p class="as-pdf"><a href="../{NAME}">The whole book as a PDF</a> ({size:.0f} MB)</p>\n'
    text = re.sub(r'<p class="as-pdf">.*?</p>\n', "", path.read_text(encoding="utf-8"))
    before, end, after = text.rpartition("</article>")
    path.write_text(before + line + end + after, encoding="utf-8")
    known = json.loads(note.read_text())
    note.write_text(json.dumps(known | {"files": digest(site)}))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="booksite.paper", description="Print the built book to a PDF.")
    parser.add_argument("pages", nargs="*", help="chapters, such as convolution; without any, the whole book")
    parser.add_argument("--to", type=Path, help=f"the file; without it, {NAME} in the site, linked from its front page")
    given = parser.parse_args(arguments)
    root = Path.cwd()
    folder = Folder(root)
    try:
        pages = contents(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")))
        if unknown := set(given.pages) - {page.anchor for page in pages}:
            raise Failed(
                f"_toc.yml has no chapter {', '.join(sorted(unknown))}; it has {', '.join(p.anchor for p in pages)}."
            )
        if given.pages and not given.to:
            raise Failed("Some chapters alone are not the book of the site; say where their PDF goes: --to FILE.")
        with folder.alone(print):
            site = folder.shown()
            if site is None or not site.is_dir():
                raise Failed("There is no site to print; build it first: make book.")
            if not given.to and (site / NAME).exists():
                print(f"_build/html/{NAME} is this site's already.")
                return 0
            first = (site / f"{pages[0].name}.html").read_text(encoding="utf-8")
            made = re.search(r'<p class="made-with">(.*?)</p>', first, re.S)
            address = re.search(r'<meta property="og:url" content="([^"]+)"', first)
            lines = [made[1]] if made else []
            lines += [f"The book with its widgets and its lab: {address[1]}"] if address else []
            chosen = [page for page in pages if not given.pages or page.anchor in (*given.pages, pages[0].anchor)]
            title = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["title"]
            write(site, chosen, title, "<br>".join(lines), given.to or site / NAME)
            if not given.to:
                link(site, pages[0].name)
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def setup(app):
    app.connect("html-page-context", note_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    sys.exit(main())
