"""The chapter that contributors copy is a chapter that builds."""

import re
import shutil

import pytest

from tests.builds import run, small


@pytest.mark.slow
def test_the_template_builds(tmp_path):
    run.prepare()
    root = tmp_path / "book"
    root.mkdir()
    small.write(root)
    shutil.copyfile(small.ROOT / "book/_chapter.md", root / "book/convolution.md")
    toc = root / "_toc.yml"
    toc.write_text(toc.read_text() + "  - file: book/convolution\n")
    assert run.build(root)[0] == 0, (tmp_path / "book.said").read_text()
    page = (root / "_build/html/book/convolution.html").read_text()
    assert "finds 55 places" in re.sub(r"<[^>]+>", "", page)
    assert page.count('<svg class="chart"') == 2 and 'class="quiz"' in page
