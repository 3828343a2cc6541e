"""Nothing that axe finds, on any page: wide and light, narrow and dark."""

import pytest

from tests.site.axe import findings
from tests.site.conftest import SITE

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if "_static" not in path.parts)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit, name, width, scheme):
    assert findings(visit(name, width, scheme)) == []
