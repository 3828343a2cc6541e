"""What the cells gave, against what the built pages show: the same text in the same lines, every figure, its words."""

import json
import re
from copy import copy
from functools import cache

import pytest
from bs4 import BeautifulSoup

from booksite import chapters, execute
from tests.chapters import executed
from tests.site.conftest import SITE


@cache
def article(page: str) -> BeautifulSoup:
    text = (SITE / "book" / f"{page}.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser").select_one("article.bd-article")


def given(page: str) -> list[tuple[chapters.Cell, list]]:
    """The cells of a page that readers see, and their outputs."""
    executed.outputs(page)
    source = executed.text(page)
    chapter = execute.prepare(executed.ROOT, f"book/{page}.md", source, executed.EXTENSIONS, executed.package())
    cells = chapters.cells(chapters.notebook(source, executed.EXTENSIONS), source)
    kept = executed.STORE.get(chapter.key)
    return [(cell, out) for cell, out in zip(cells, kept, strict=True) if "remove-cell" not in cell.tags]


def blanks(text: str) -> str:
    return "".join(text.split())


def labels(html) -> list[str]:
    return [element["aria-label"] for element in html.select("[aria-label]")]


def shown(cell) -> list[tuple[str, str]]:
    """What a cell of a built page shows, in its order: kind and words."""
    found = []
    for output in cell.select(
        ".cell_output > .output, .cell_output > figure > .output, .cell_output figure, .cell_output > img, "
        ".cell_output > picture > img"
    ):
        kinds = output.get("class", [])
        if output.name in ("figure", "img"):
            picture = output if output.name == "img" else output.find("img")
            inside = picture is not None and picture.find_parent(class_="text_html")  # of a drawing or a widget
            if picture is not None and not inside:
                found.append(("picture", picture["alt"]))
        elif "stream" in kinds or "text_plain" in kinds:
            found.append(("text", output.text.rstrip("\n")))
        elif "text_html" in kinds:
            found.append(("html", copy(output) if output.parent.name != "figure" else copy(output.parent)))
    return found


def wanted(outputs: list) -> list[tuple[str, str]]:
    """The same of the cell's outputs as they were kept."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        if output["output_type"] == "stream":
            found.append(("text", output["text"].rstrip("\n")))
        elif output.get("metadata", {}).get("scrapbook"):
            continue
        elif "image/webp" in data:
            found.append(("picture", output["metadata"]["image/webp"]["alt"]))
        elif "text/html" in data:
            found.append(("html", data["text/html"]))
        elif "text/plain" in data:
            found.append(("text", data["text/plain"].rstrip("\n")))
    return found


@pytest.mark.parametrize("page", executed.pages())
def test_a_page_shows_what_its_cells_gave(page):
    cells = article(page).select("div.cell")
    told = given(page)
    assert len(cells) == len(told)
    for cell, (source, outputs) in zip(cells, told, strict=True):
        here, there = shown(cell), wanted(outputs)
        assert [kind for kind, _ in here] == [kind for kind, _ in there], f"line {source.line}"
        for (kind, words), (_, kept) in zip(here, there, strict=True):
            if kind != "html":
                assert words == kept, f"line {source.line}"
                continue
            there = BeautifulSoup(kept, "html.parser")
            for other in words.select("figure.described > figcaption, .on-narrow"):
                other.extract()
            assert blanks(words.text) == blanks(there.text), f"line {source.line}"
            assert labels(words) == labels(there), f"line {source.line}"


@pytest.mark.parametrize("page", executed.pages())
def test_every_caption_of_a_chapter_stands_below_its_picture(page):
    written = re.findall(r"(?ms)^:::\{caption\}\n(?::\w+: [^\n]*\n)*(.*?)^:::$", executed.text(page))
    found = [copy(caption) for caption in article(page).select("figure.described > figcaption")]
    for caption in found:
        for number in caption.select(".number"):
            number.extract()
    assert [first(caption.text) for caption in found] == [first(text) for text in written]


def test_references_to_figures_name_the_number_that_the_figure_has():
    numbers, references = {}, []
    for page in executed.pages():
        for figure in article(page).select("figure.described"):
            number = figure.select_one("figcaption .number")
            numbers[f"{page}.html#{figure['id']}"] = number.text.rstrip(".") if number else ""
        for link in article(page).select('a[href*="#figure-"]'):
            address = link["href"] if not link["href"].startswith("#") else f"{page}.html{link['href']}"
            references.append((address, link.text))
    assert len(references) > 10
    assert [each for each in references if numbers.get(each[0]) != each[1]] == []


def first(text: str) -> str:
    """The first words of a sentence, without marks."""
    return " ".join(re.findall(r"[A-Za-z]+", re.sub(r"\{[\w:]+\}`[^`]*`|\]\([^)]*\)", "", text))[:4])


@pytest.mark.parametrize("page", executed.pages())
def test_code_is_shown_as_it_ran(page):
    cells = article(page).select("div.cell")
    for cell, (source, _) in zip(cells, given(page), strict=True):
        code = cell.select_one(".cell_input pre")
        if "remove-input" in source.tags:
            assert code is None
        else:
            assert code.text.strip("\n") == source.code.strip("\n"), f"line {source.line}"


def test_notebooks_hold_the_quizzes_marks():
    """A notebook names the right option of each quiz."""
    for page in executed.pages():
        text = executed.text(page)
        right = [
            next(n for n, option in enumerate(re.findall(r"(?m)^- \[(.)\]", quiz), 1) if option == "x")
            for quiz in re.findall(r"(?ms)^```\{quiz\}\n(.*?)^```", text)
        ]
        notebook = json.loads((SITE / f"_static/notebooks/{page}.ipynb").read_text(encoding="utf-8"))
        words = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
        assert [int(n) for n in re.findall(r"Right is number (\d)", words)] == right and ":answer:" not in words
