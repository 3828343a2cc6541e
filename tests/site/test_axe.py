"""Nothing that axe finds, on any page and in what a reader makes of it: wide and light, narrow and dark."""

import pytest

from tests.site.axe import findings
from tests.site.axe_states import STATES
from tests.site.conftest import SITE

PAGES = sorted(path.relative_to(SITE).as_posix() for path in (*SITE.glob("*.html"), *SITE.glob("book/*.html")))
PAGES.remove("index.html")  # leads to book/index.html at once


FORMS = pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])


@FORMS
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit, name, width, scheme):
    assert findings(visit(name, width, scheme)) == []


@FORMS
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_a_changed_page(visit, state, width, scheme):
    name, change = STATES[state]
    page = visit(f"book/{name}.html", width, scheme)
    change(page)
    assert findings(page) == []
