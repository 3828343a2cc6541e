"""The page for the reader who holds the slides: every address leads to a heading, every verdict is computed."""

import re

import pytest
from docutils.nodes import make_id

from insidecnn.deck import places
from tests.conftest import BOOK

ALL_ROWS = [f"R{n}" for n in range(1, 27)]


@pytest.fixture(scope="module")
def page(chapter):
    return chapter("from-the-slides")


def anchors(name: str) -> set[str]:
    text = (BOOK / f"{name}.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), flags=re.M)
    return {make_id(heading) for heading in headings} | set(re.findall(r"^\((.+)\)=$", text, flags=re.M))


def test_each_slide_has_its_place():
    assert list(places.PLACES) == ALL_ROWS


def test_addresses_lead_to_headings(page):
    addresses = {address for _, homes in places.PLACES.values() for address, _ in homes}
    addresses |= {claim.home for topic in page["topics"] for claim in topic.claims if claim.home}
    dead = []
    for address in sorted(addresses):
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
    slips = [c for topic in page["topics"] for c in topic.claims if c.verdict == "slip"]
    assert any(slide in c.slide and says in c.form.format(c.says) for c in slips)


def test_most_of_the_deck_is_right(page):
    right, note, slip = (sum(t.count(v) for t in page["topics"]) for v in ("right", "note", "slip"))
    assert right > note + slip
