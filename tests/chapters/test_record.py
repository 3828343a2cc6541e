"""What each page shows is what was recorded and reviewed."""

import pytest

from booksite import execute
from tests.chapters import executed, record
from tests.conftest import ROOT

PAGES = executed.every_page()


def test_every_page_has_its_record():
    assert sorted(path.stem for path in record.FOLDER.glob("*.json")) == sorted(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_wider_limits_are_of_cells_that_exist_and_say_why(page):
    known = record.recorded(page)
    for place, limits in known.get("tolerances", {}).items():
        assert place in known["cells"] and record.Limits(**limits).why, place


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_what_was_recorded(page):
    if execute.weights(ROOT)["source"] != "embedded":
        pytest.skip("The record is of the embedded weights; the settings choose others.")
    if found := record.differences(page):
        pytest.fail("\n".join(found), pytrace=False)
