"""What the Sphinx side changes of the theme's pages, seen on all pages that were built; no browser is needed."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from tests.conftest import ROOT
from tests.site.conftest import SITE

PAGES = sorted(path for path in SITE.rglob("*.html") if "_static" not in path.relative_to(SITE).parts)
# the one only leads to the first page, the other has no scripts (test_front.py)
PAGES = [path for path in PAGES if path not in (SITE / "index.html", SITE / "404.html")]
SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.S)


def test_the_book_is_built():
    if not PAGES:
        raise RuntimeError("The book is not built; run `make book` first.")


@pytest.fixture(scope="module", params=PAGES, ids=lambda path: path.stem)
def page(request):
    return request.param.relative_to(SITE).as_posix(), request.param.read_text(encoding="utf-8")


def test_no_script_stands_inside_a_page_but_data(page):
    for attributes, body in SCRIPT.findall(page[1]):
        if 'type="application/json"' in attributes:
            json.loads(body)
        else:
            assert "src=" in attributes and not body.strip()
    handlers = re.findall(r'\son\w+="([^"]*)"', re.sub(r"<pre.*?</pre>", "", page[1], flags=re.S))
    assert set(handlers) <= {"window.print()"}, "the theme's line that prints"


def test_scripts_are_in_the_order_in_which_they_need_each_other(page):
    name, text = page
    scripts = [attributes for attributes, _ in SCRIPT.findall(text) if "src=" in attributes]
    at = {key: [n for n, each in enumerate(scripts) if f"{key}.js" in each]
          for key in ("documentation_options", "settings", "togglebutton", "quiz", "light-or-dark")}  # fmt: skip
    assert all(len(places) == 1 for places in at.values()), at
    assert at["documentation_options"] < at["settings"] < at["togglebutton"]
    now = [each for each in scripts if " defer" not in f" {each}"]
    assert len(now) <= 3, now
    assert not any("fontawesome" in each for each in scripts)
    assert not any("searchtools" in each or "searchindex" in each for each in scripts), "Sphinx's own search"
    assert any("_static/search.js" in each for each in scripts) == (name == "search.html")


def test_hidden_code_has_no_label_that_differs_from_its_words(page):
    assert not re.search(r"<summary[^>]*aria-label", page[1])


def test_every_picture_has_words_a_size_and_waits_until_it_is_near(page):
    shown = re.sub(r"<noscript>.*?</noscript>", "", page[1], flags=re.S)
    # the maps of a network's drawing, which has words as a whole
    maps = "".join(re.findall(r'<span class="maps[^>]* aria-hidden="true">.*?</span>', shown))
    for tag in re.findall(r"<img [^>]*>", shown):
        assert re.search(r'alt="[^"]', tag) or tag in maps, tag[:200]
        if "_images/" in tag and "dark-light" in tag:
            assert 'loading="lazy"' in tag and re.search(r' width="\d+" height="\d+"', tag), tag[:200]


def test_figures_have_captions_that_are_not_their_words_and_numbers_in_a_row(page):
    figures = re.findall(r'<figure class="described (?:text|wide|full)" id="[^"]+">(.*?)</figure>', page[1], flags=re.S)
    assert len(figures) == page[1].count('<figure class="described')
    numbers = []
    for figure in figures:
        words = re.search(r'alt="([^"]*)"|aria-label="([^"]*)"', figure)
        caption = re.search(r"<figcaption>(.*?)</figcaption>", figure, flags=re.S)[1]
        number = re.search(r'<span class="number">Figure (\d+)\.(\d+)\.</span> ', caption)
        numbers.append((int(number[1]), int(number[2])) if number else None)
        plain = unescape(re.sub(r"<[^>]*>", "", caption)).strip()
        assert len(plain) > 40 and plain != unescape(words[1] or words[2])
    chapter = {number and number[0] for number in numbers}
    if page[0] == "book/index.html":
        assert chapter <= {None}
    else:
        assert len(chapter - {None}) == len(chapter) <= 1 and [n for _, n in numbers] == list(
            range(1, len(numbers) + 1)
        )


def test_a_chapter_offers_its_notebook_and_says_its_question(page):
    name, text = page
    notebook = SITE / "_static/notebooks" / f"{name.split('/')[-1].removesuffix('.html')}.ipynb"
    offered = re.findall(r'href="([^"]*\.ipynb)"[^>]*>', text)
    if notebook.exists():
        assert any((SITE / name).parent.joinpath(address).resolve() == notebook.resolve() for address in offered)
        question = re.search(r'<meta name="description" content="([^"]{10,})"', text)
        assert question and question[1].rstrip().endswith(("?", "."))
    else:
        assert name.split("/")[-1] not in {"convolution.html", "alexnet.html", "tasks.html"}


def test_formulas_are_finished_and_links_to_the_glossary_come_once(page):
    assert not any("mathjax" in attributes.lower() for attributes, _ in SCRIPT.findall(page[1]))
    assert page[1].count('class="katex"') >= page[1].count('class="math"')
    terms = re.findall(r'<a class="[^"]*\bterm\b[^"]*" href="([^"]+)"', page[1])
    assert len(terms) == len(set(terms))


def test_heads_of_tables_say_something_and_nothing_has_two_names(page):
    heads = re.findall(r"<th\b[^>]*>(.*?)</th>", page[1], flags=re.S)
    assert all(re.sub(r"<[^>]*>", "", head).strip() for head in heads)
    assert "doc-biblioentry" not in page[1] and not re.search(
        r"<button[^>]*search-button-field[^>]*aria-label", page[1]
    )
    for title in re.findall(r"<h[1-6]\b.*?</h[1-6]>|<p class=\"admonition-title\">.*?</p>", page[1], flags=re.S):
        assert 'class="reference internal term' not in title and " term" not in re.sub(r">[^<]*<", "><", title)


def test_references_have_no_numbers_and_each_leads_somewhere():
    text = (SITE / "book/references.html").read_text(encoding="utf-8")
    items = re.findall(r'<li id="[^"]*">(.*?)</li>', text.split('id="papers-and-books"', 1)[1], flags=re.S)
    assert len(items) > 90
    assert [item for item in items if 'href="http' not in item or not re.search(r"\(\d{4}\)\.", item)] == []


def test_attributes_of_the_package_are_described_in_words():
    text = (SITE / "book/api.html").read_text(encoding="utf-8")
    (name,) = re.findall(r'id="insidecnn\.arithmetic\.Row\.name">.*?</dl>|$', text, flags=re.S)[:1]
    assert "dotted, as in" in name and "Type" not in name


def test_no_file_names_a_folder_of_the_machine_that_built_it():
    folders = {f"{ROOT}/".encode(), *([f"{Path.home()}/".encode()] if len(Path.home().parts) > 1 else [])}
    files = [path for path in SITE.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [(path, folder) for path in files for folder in folders if folder in path.read_bytes()] == []


def test_files_that_no_page_asks_for_are_not_in_the_site():
    files = [path for path in (SITE / "_static").rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".map" or path.name.startswith("fontawesome")]
    fonts = [path for path in files if "fontawesome" in path.parts]
    assert [path.name for path in fonts] == ["fa-solid-900.woff2"] and fonts[0].stat().st_size < 20_000


def test_tables_that_scroll_can_be_reached_by_keyboard(page):
    boxes = re.findall(r'<div[^>]*class="pst-scrollable-table-container"[^>]*>', page[1])
    assert len(boxes) == page[1].count("pst-scrollable-table-container")
    assert [box for box in boxes if 'tabindex="0"' not in box] == []


def test_a_typeface_has_the_letters_of_the_pages_and_no_accents_besides():
    def letters(folder):
        return set(TTFont(folder / "inside-sans.woff2").getBestCmap())

    had, has = letters(ROOT / "book/_static/fonts"), letters(SITE / "_static/fonts")
    shown = {ord(letter) for path in SITE.rglob("book/*.html") for letter in unescape(path.read_text(encoding="utf-8"))}
    assert set(range(0x20, 0x7F)) <= has and shown & had <= has < had
    assert ord("é") in has and ord("þ") not in shown | has
