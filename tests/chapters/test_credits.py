"""Every photograph has its author and its licence, and those under CC BY 2.0 its text's address on every page."""

import io
import re

import pytest
from PIL import Image

from insidecnn import photos
from insidecnn.lab import samples
from tests.conftest import BOOK, ROOT

SITE = ROOT / "_build" / "html"
ATTRIBUTION = [name for name, credit in photos.CREDITS.items() if credit.licence.startswith("CC BY")]

# pages on which pieces of all sample photographs, or files of them, can be seen
SHOWING = ("first-layer", "deeper-layers", "how-this-book-is-made", "lab")


def test_two_photographs_ask_for_attribution():
    assert sorted(ATTRIBUTION) == ["china", "flower"]
    for name in ATTRIBUTION:
        assert "https://creativecommons.org/licenses/by/2.0/" in photos.credit(name)


@pytest.mark.parametrize("page", SHOWING)
def test_pages_credit_the_photographs_that_ask_for_it(page):
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    prose = re.sub(r"^```\{code-cell\}.*?^```", "", text, flags=re.M | re.S)
    for name in ATTRIBUTION:
        assert f"{{glue:}}`{name}`" in prose and f'"{name}"' in text, name
    assert re.search(r"\b(scaled|cropped)\b", prose), "the licence asks for a word that a copy was changed"


@pytest.mark.parametrize("page", SHOWING)
def test_on_the_page_the_licence_is_a_link_with_words(page):
    text = (SITE / f"book/{page}.html").read_text(encoding="utf-8")
    link = r'<a [^>]*href="https://creativecommons.org/licenses/by/2.0/">CC BY 2.0</a>'
    assert len(re.findall(link, text)) >= len(ATTRIBUTION)
    assert not re.search(r">[^<]*https://creativecommons[^<]*</(span|a)", text)


def test_the_pavilion_has_its_credit_below_it():
    text = (BOOK / "why-not-an-mlp.md").read_text(encoding="utf-8")
    assert 'photos.path("china")' in text and 'glue("china", photos.credit("china"))' in text
    assert "{glue:}`china`. The boxes are drawn on it." in text


@pytest.mark.parametrize("name", samples.NAMES)
def test_a_sample_of_the_lab_carries_its_credit(name):
    inside = Image.open(io.BytesIO(samples.jpeg(name))).info["comment"].decode()
    assert samples.title(name) in inside and samples.licence(name) in inside
    if name in photos.CREDITS:
        assert photos.CREDITS[name].uri in inside and "cropped and scaled" in inside
