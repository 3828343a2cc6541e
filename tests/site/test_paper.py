"""Pages on paper: nothing to press, nothing cut, light; and three chapters as a PDF, read again."""

import re
import subprocess
import sys

import pytest

from tests.site.conftest import BROWSER, SITE, needs

PAGES = ("convolution", "model-card", "detection", "lab")
WIDTH = 658  #: pixels between the margins of A4
SHOWN = """() => {
  const there = (each) => each.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const name = (each) => `${each.localName}.${each.className?.baseVal ?? each.className}`;
  const article = document.querySelector("article.bd-article");
  return {
    pressed: [...document.querySelectorAll("button, select, input[type=range], input[type=search], nav, .headerlink")]
      .filter(there).map(name),
    folded: [...article.querySelectorAll("details > :not(summary)")].filter((each) => !there(each)).map(name),
    wide: [...article.querySelectorAll("*")].filter((each) => there(each) && !each.closest(".katex, svg, .forward-pass")
      && each.getBoundingClientRect().right > innerWidth + 1).map(name),
    scrolls: [...article.querySelectorAll("*")].filter((each) => there(each) && !each.closest(".katex, svg, .forward-pass")
      && /auto|scroll/.test(getComputedStyle(each).overflowX)).map(name),
  };
}"""


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_nothing_is_pressed_folded_or_cut(visit, name):
    page = visit(f"book/{name}.html", width=WIDTH)
    page.emulate_media(media="print")
    try:
        assert page.evaluate(SHOWN) == {"pressed": [], "folded": [], "wide": [], "scrolls": []}
    finally:
        page.emulate_media(media="screen")


def test_a_dark_page_prints_light(visit):
    page = visit("book/convolution.html", scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    inside = """() => { dispatchEvent(new Event("beforeprint")); const now = document.documentElement.dataset.theme;
      dispatchEvent(new Event("afterprint")); return [now, document.documentElement.dataset.theme]; }"""
    assert page.evaluate(inside) == ["light", "dark"]


def test_addresses_stand_at_the_end_on_paper_alone(visit):
    page = visit("book/model-card.html")
    there = "document.querySelector('.addresses').checkVisibility()"
    assert not page.evaluate(there)
    page.emulate_media(media="print")
    numbers = page.eval_on_selector_all("[data-note]", "all => all.map((each) => Number(each.dataset.note))")
    try:
        assert page.evaluate(there) and set(numbers) == set(range(1, page.locator(".addresses li").count() + 1))
    finally:
        page.emulate_media(media="screen")


def titles(reader, outline, depth=0):
    for each in outline:
        if isinstance(each, list):
            yield from titles(reader, each, depth + 1)
        else:
            yield depth, each.title, reader.get_destination_page_number(each)


@pytest.mark.slow
def test_chapters_as_a_pdf(tmp_path):
    needs(BROWSER, "Chromium or Chrome")
    pypdf = pytest.importorskip("pypdf")
    pdf = tmp_path / "some.pdf"
    # a process of its own: the browser of the other tests runs in this one
    command = [sys.executable, "-m", "booksite.paper", "convolution", "pooling", "segmentation", "--to", str(pdf)]
    subprocess.run(command, check=True, cwd=SITE.parents[1])
    assert pdf.stat().st_size < 10_000_000
    reader = pypdf.PdfReader(pdf)
    texts = [page.extract_text() for page in reader.pages]
    found = list(titles(reader, reader.outline))
    names = {title: number for _, title, number in found}
    assert {"Contents", "3 Convolution", "Exercises", "Solutions"} <= set(names)
    assert 20 < len(texts) < 120
    for number, page in enumerate(reader.pages):  # words, or a picture
        drawn = page["/Resources"].get("/XObject", {})
        assert len(texts[number].split()) > 8 or drawn, f"page {number + 1} is empty"
        assert not number or re.search(rf"\b{number + 1}\b", texts[number])
    assert "3 Convolution" in texts[names["3 Convolution"] + 1]  # above each page of the chapter
    whole = " ".join("\n".join(texts).split())
    assert "Figure 3.1." in whole and "Solution to Exercise" in whole
    listed = f"3 Convolution ?{names['3 Convolution'] + 1}"  # in the contents, with its page
    assert re.search(listed, " ".join(texts[names["Contents"]].split()))
    fonts = {
        font.get_object()["/BaseFont"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
        if "/BaseFont" in font.get_object()
    }
    assert any("KaTeX_Math" in font for font in fonts) and reader.trailer["/Root"].get("/MarkInfo")
