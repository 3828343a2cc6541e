"""The book on paper, without a browser: footnotes, and how pages become one document."""

import json

import pytest
import yaml
from PIL import Image

from booksite import paper
from tests.chapters.executed import ROOT

HERE = '<article class="bd-article"><section id="here"><h1>Here<a class="headerlink" href="#here">#</a></h1>{}</section></article>'


def test_footnotes_have_one_number_for_each_address():
    html = '<p><a class="reference external" href="https://a.example/x?b&amp;c">one</a> <a href="http://b.example/">two</a> <a href="https://a.example/x?b&amp;c">three</a> <a href="#top">four</a></p>'
    made = paper.footnotes(html)
    assert made.count('data-note="1"') == 2 and made.count('data-note="2"') == 1 and made.count("data-note") == 3
    assert made.endswith("<li>https://a.example/x?b&amp;c</li><li>http://b.example/</li></ol>")


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://doi.org/10.1000/182">doi:10.1000/182</a>',
        '<a href="https://a.example/"><span>https://a.example</span></a>',
        '<a href="other.html">other</a>',
    ],
)
def test_a_link_that_says_its_address_or_leads_within_the_site_needs_no_footnote(link):
    assert paper.footnotes(link) == link


def test_pages_are_numbered_as_their_figures_are():
    pages = paper.contents(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
    assert [page.number for page in pages] == list(range(len(pages))) and pages[3].anchor == "convolution"
    assert pages[1].part == "Why convolution" and not pages[2].part


@pytest.fixture
def site(tmp_path):
    """A front page and two chapters; the second is not in the document."""
    folder = tmp_path / "_build" / "site-1"
    (folder / "book").mkdir(parents=True)

    def put(name, body):
        (folder / "book" / f"{name}.html").write_text(HERE.format(body), encoding="utf-8")

    put("index", '<a href="a.html">a</a>')
    put(
        "a",
        '<svg><clipPath id="c"></clipPath><g clip-path="url(#c)"></g><use xlink:href="#c"></use></svg>'
        '<a class="1" href="#there">x</a><a class="2" href="index.html">x</a><a class="3" href="index.html#there">x</a>'
        '<a class="4" href="../_static/a.ipynb">x</a><a class="5" href="https://a.example">x</a>'
        '<img src="../_images/a.png" loading="lazy"><details><summary>s</summary></details><button>Run</button>'
        '<div class="solution admonition"><p>Seven.</p></div>'
        '<fieldset class="quiz"><legend>How many?</legend><div class="option" data-right="1"><label>'
        '<input type="radio"> 7</label><p class="why">for a reason</p></div></fieldset><p>The end.</p>',
    )
    return folder


def chapter(site):
    pages = [paper.Page("book/index", 0, ""), paper.Page("book/a", 1, "A part")]
    return paper.article(site, pages[1], pages)


def test_ids_are_those_of_their_page_and_links_lead_within_the_document(site):
    found = chapter(site)
    assert found.select_one("h1")["id"] == "a" and found.select_one("h1").get_text() == "1 Here"
    assert found.select_one("g")["clip-path"] == "url(#a.c)" and found.select_one("use")["xlink:href"] == "#a.c"
    assert found.find("clippath")["id"] == "a.c"
    to = [found.select_one(f'a[class="{n}"]').get("href") for n in range(1, 6)]
    assert to == ["#a.there", "#index", "#index.there", None, "https://a.example"]


def test_pictures_are_loaded_from_the_site_and_nothing_is_folded_or_pressed(site):
    found = chapter(site)
    assert found.img["src"] == "site-1/_images/a.png" and "loading" not in found.img.attrs
    assert found.details.has_attr("open") and not found.select("button, input, .headerlink")


def test_solutions_and_reasons_stand_at_the_end(site):
    found = chapter(site)
    paper.solutions(found)
    before, after = found.get_text(" ", strip=True).split("Solutions")
    assert "How many? 7 The end." in before and "Seven" not in before and "reason" not in before
    assert "Seven. How many? Right: 7 – for a reason" in after


def test_a_book_that_is_not_built_says_so(tmp_path, monkeypatch, capsys):
    (tmp_path / "_toc.yml").write_text("root: book/index\nparts: []\n")
    monkeypatch.chdir(tmp_path)
    assert paper.main([]) == 1 and "make book" in capsys.readouterr().err
    assert paper.main(["nowhere"]) == 1 and "_toc.yml has no chapter nowhere" in capsys.readouterr().err


def test_the_front_page_names_the_pdf_and_the_next_build_finds_the_site_as_it_was_left(site):
    (site / paper.NAME).write_bytes(b"%PDF" + bytes(3_000_000))
    site.with_suffix(".json").write_text('{"files": "before", "all": "key"}')
    for _ in range(2):
        paper.link(site, "book/index")
    text = (site / "book/index.html").read_text(encoding="utf-8")
    assert text.count(f'<a href="../{paper.NAME}">The whole book as a PDF</a> (3 MB)') == 1
    assert json.loads(site.with_suffix(".json").read_text()) == {"files": paper.digest(site), "all": "key"}


def test_photographs_are_printed_as_jpegs_and_other_pictures_as_they_are(tmp_path):
    Image.new("RGB", (30, 20), "red").save(tmp_path / "a.webp")
    Image.new("RGBA", (30, 20), (255, 0, 0, 90)).save(tmp_path / "map.webp", lossless=True)
    address = paper.printable("a.webp", tmp_path)
    printed = Image.open(tmp_path / address)
    assert (printed.format, printed.size, address) == ("JPEG", (30, 20), "paper-pictures/a.jpg")
    assert paper.printable("map.webp", tmp_path) == "map.webp"
    assert paper.printable("a.png", tmp_path) == "a.png"
