"""Numbers typed into sentences. What code can give is glued; what is left was reviewed and stands in a record.

The record, ``typed_numbers.json``, holds for each page how often each number is typed: years, sizes that name a
layer, what a cited paper or the deck says. Whoever changes a sentence changes the record by hand, and looks.
"""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.chapters import prose

RECORD = json.loads(Path(__file__).with_name("typed_numbers.json").read_text(encoding="utf-8"))
NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?: ?%)?(?!\w)")


def typed(page: str) -> Counter:
    """Numbers above twelve, and all with a decimal point or a percent sign."""
    found = (number.strip(" ,").replace(" ", "") for number in NUMBER.findall(prose.words(page)))
    return Counter(n for n in found if "." in n or "%" in n or float(n.replace(",", "")) > 12)


@pytest.mark.parametrize("page", prose.PAGES)
def test_numbers_are_glued_or_reviewed(page):
    now, reviewed = typed(page), Counter(RECORD.get(page, {}))
    said = f"{page}.md: new {dict(now - reviewed)}, gone {dict(reviewed - now)}; glue them, or correct the record"
    assert now == reviewed, said
