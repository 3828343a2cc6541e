"""Highlighted code in a page: the same letters in fewer elements, and long lines that know their indentation."""

import re

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from booksite.code import LONG, slim

SOURCE = f'''
def first(a, b):
    """Words
    over three lines, of which this one is {"long " * LONG}

    and the last."""
    return a < b and "{"x" * LONG}"  # <
'''.lstrip()
PAGE = highlight(SOURCE, PythonLexer(), HtmlFormatter())


def text(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


def test_no_letter_changes_and_names_need_no_element():
    slimmed = slim(PAGE)
    assert text(slimmed) == text(PAGE) and len(slimmed) < len(PAGE)
    assert 'class="n"' in PAGE and 'class="n"' not in slimmed and 'class="k">return<' in slimmed


def test_long_lines_say_how_far_they_are_indented():
    found = re.findall(r'<span class="line" style="--n:(\d+)">(.*?\n)</span>', slim(PAGE))
    assert [int(indent) for indent, _ in found] == [4, 4]
    assert [text(line).split()[0] for _, line in found] == ["over", "return"]


def test_an_element_ends_with_its_line():
    for line in re.search("<pre>(.*)</pre>", PAGE, re.S)[1].splitlines():
        assert line.count("<span") == line.count("</span>"), line


def test_what_is_no_code_stays():
    page = '<p>a <span class="n">name</span></p><pre>' + "output " * LONG + "</pre>"
    assert slim(page) == page
