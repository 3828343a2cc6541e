"""The site is at every moment the whole result of one state of the sources; see ``whole.py``."""

import pytest

from tests.builds import run, whole


@pytest.mark.slow
@pytest.mark.parametrize("name", whole.TESTS)
def test_the_site_is_whole(name, tmp_path):
    run.prepare()
    assert whole.check(name, tmp_path) == []
