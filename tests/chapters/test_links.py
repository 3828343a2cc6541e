"""Links between chapters lead where their words say."""

import re
from importlib.util import find_spec
from pkgutil import resolve_name

import pytest

from tests.conftest import BOOK

PAGES = sorted(path.stem for path in BOOK.glob("[!_]*.md"))
LINK = re.compile(r"(?<!!)\[([^\][]+)\]\(([a-z-]+\.md)(#[^)]*)?\)")


def source(page: str) -> str:
    """The text of a page, with the files that it includes."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    included = re.findall(r"^```\{include\} (\S+)", text, re.M)
    return "\n".join([text, *((BOOK / file).read_text(encoding="utf-8") for file in included)])


def plain(words: str) -> str:
    """Words as they may stand in a title or a sentence: no article, no capitals, no marks."""
    words = re.sub(r"[*`]", "", words).strip().lower()
    return re.sub(r"^(the|a|an) ", "", words)


def name(page: str) -> str:
    """A page's title up to its colon or comma: ``model card``."""
    title = re.search(r"^# (.+)$", source(page), re.M)[1]
    return plain(re.split(r"[:,]", title)[0])


NAMES = {name(page): page for page in PAGES}


def test_no_two_pages_have_one_name():
    assert len(NAMES) == len(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_pages_name_leads_to_that_page(page):
    wrong = [
        f"[{words}]({target}), which is the name of {NAMES[plain(words)]}.md"
        for words, target, _ in LINK.findall(source(page))
        if NAMES.get(plain(words), target[:-3]) != target[:-3]
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_links_to_itself(page):
    assert [
        words for words, target, anchor in LINK.findall(source(page)) if target == f"{page}.md" and not anchor
    ] == []


@pytest.mark.parametrize("page", PAGES)
def test_names_of_the_package_are_names_that_it_has(page):
    """What a sentence calls `insidecnn.…` is a module of the package, or something in one."""
    for name in re.findall(r"(?<!`)`(insidecnn(?:\.\w+)+)(?:\(.*?\))?`", source(page)):
        module = find_spec(name) if find_spec(name.rsplit(".", 1)[0]) else None
        assert module or resolve_name(name), name
