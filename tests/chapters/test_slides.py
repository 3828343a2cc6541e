"""The page for the reader who holds the slides: every address leads to a heading, every verdict is computed."""

import re

import pytest
from docutils.nodes import make_id

from insidecnn.deck import places
from tests.chapters import executed
from tests.conftest import BOOK

ALL_ROWS = [f"R{n}" for n in range(1, 27)]


@pytest.fixture(scope="module")
def page():
    return executed.outputs("from-the-slides")


def slips(page) -> list[list[str]]:
    """Slide, what it says and what runs, of each statement that the page calls a slip."""
    lines = [line for words in page.words for line in words.split("\n")]
    return [re.split(": | \\| ", line.removeprefix("slip: ")) for line in lines if line.startswith("slip: ")]


def anchors(name: str) -> set[str]:
    text = (BOOK / f"{name}.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), flags=re.M)
    return {make_id(heading) for heading in headings} | set(re.findall(r"^\((.+)\)=$", text, flags=re.M))


def test_each_slide_has_its_place():
    assert list(places.PLACES) == ALL_ROWS


def test_addresses_lead_to_headings(page):
    addresses = {address for _, homes in places.PLACES.values() for address, _ in homes}
    shown = {link for cell in page.cells for figure in cell.figures for link in figure.links.split()}
    assert addresses < shown
    dead = []
    for address in sorted(shown):
        name, _, anchor = address.replace(".html", "").partition("#")
        if not (BOOK / f"{name}.md").exists() or (anchor and anchor not in anchors(name)):
            dead.append(address)
    assert dead == []


@pytest.mark.parametrize(
    "slide, says",
    [
        ("The whole CNN", "padding=0"),
        ("1st convolution", "padding=1"),
        ("from 1st convolution", "(55 + 2·2 − 3) / 2 + 1 = 27"),
        ("3rd convolution", "394"),
        ("from 3rd convolution", "MaxPool2d"),
        ("Image pre-processing", "N(0, 1)"),
        ("Image pre-processing", "mean=[0.5"),
        ("Width and height", "H_out"),
    ],
)
def test_the_known_slips_are_found(page, slide, says):
    found = [said for said in slips(page) if slide in said[0] and says in ": ".join(said[1:-1])]
    assert found and all(says not in said[-1] for said in found)


def test_each_verdict_is_computed(page):
    """A slip differs from what runs; the page counts as many as it shows."""
    assert [said for said in slips(page) if said[-1] in said[1:-1]] == []
    shown = [line.split(":")[0] for words in page.words for line in words.split("\n")]
    assert (shown.count("slip"), shown.count("note")) == (int(page.glued["slip"]), int(page.glued["note"]))


def test_most_of_the_deck_is_right(page):
    right, note, slip = (int(page.glued[verdict]) for verdict in ("right", "note", "slip"))
    assert right > note + slip
