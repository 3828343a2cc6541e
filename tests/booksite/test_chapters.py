"""A chapter's source: cells know their lines, and mistakes are named with theirs before anything runs."""

import pytest

from booksite import chapters
from booksite.chapters import Mistake

HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
PAGE = (
    HEAD
    + """# A title

```{code-cell} ipython3
import math

first = 1
```

Some text, and `code`.

```{code-cell} ipython3
:tags: [hide-input, raises-exception]

second = first
second += 1
```

````{admonition} In a box
```python
shown = "and not run"
```
````

```{code-cell} ipython3
third = 3
```
"""
)


def cells_of(text: str) -> list[chapters.Cell]:
    return chapters.cells(chapters.notebook(text, ("colon_fence",)), text)


def test_cells_know_their_code_their_lines_and_their_tags():
    found, lines = cells_of(PAGE), PAGE.splitlines()
    assert [cell.code.splitlines()[0] for cell in found] == ["import math", "second = first", "third = 3"]
    assert [lines[cell.line - 1] for cell in found] == ["import math", "second = first", "third = 3"]
    assert [cell.tags for cell in found] == [(), ("hide-input", "raises-exception"), ()]
    assert found[1].code == "second = first\nsecond += 1"


def test_a_chapter_is_a_page_with_a_kernel():
    assert chapters.is_chapter(PAGE) and not chapters.is_chapter("# A title\n\nText.\n")


def fences(text: str):
    return chapters.check_fences(text.splitlines(), "page.md")


CLOSED = {
    "plain": "```\ncode\n```\ntext",
    "longer at the end": "```\ncode\n`````",
    "tildes": "~~~python\n```\n~~~",
    "colons": ":::{note}\ntext\n:::",
    "nested directives": "::::{note}\n:::{tip}\ntext\n:::\n::::",
    "backticks in colons": ":::{note}\n```python\nx\n```\n:::",
    "code that looks like a fence": "````{code-cell}\n```\n````",
    "a shorter fence inside": "````\n```\n````",
    "inline code at the start of a line": "```not a fence``` and text",
    "a line of three spaces": "   ```\ncode\n   ```",
    "none": "text",
}


@pytest.mark.parametrize("case", CLOSED)
def test_a_closed_fence_is_no_mistake(case):
    fences(CLOSED[case])


OPEN = {  # text, line that is named, what is said
    "at the end": ("text\n\n```python\ncode\n", 3, "```python is not closed."),
    "before the next directive": (
        "```{code-cell}\nx = 1\n\n```{code-cell}\ny = 2\n```\n",
        1,
        "is not closed before line 4.",
    ),
    "inside a directive": ("text\n::::{note}\ntext\n```python\ncode\n::::\n", 4, "```python is not closed."),
    "two deep": ("::::{note}\n:::{tip}\n```{math}\nx\n:::\n::::\n", 3, "```{math} is not closed."),
    "closed by fewer": ("````\ncode\n```\n", 1, "```` is not closed."),
    "colons": ("text\n:::{note}\ntext\n", 2, ":::{note} is not closed."),
    "closed by another mark": ("```\ncode\n~~~\n", 1, "``` is not closed."),
}


@pytest.mark.parametrize("case", OPEN)
def test_an_open_fence_is_named_with_its_line(case):
    text, line, said = OPEN[case]
    with pytest.raises(Mistake) as raised:
        fences(text)
    assert str(raised.value).startswith(f"page.md:{line}: ") and str(raised.value).endswith(said)


def cell(code: str, *tags: str) -> str:
    options = f":tags: [{', '.join(tags)}]\n\n" if tags else ""
    return f"{HEAD}text\n\n```{{code-cell}} ipython3\n{options}{code}\n```\n"


WRONG = {  # code, which of its lines is named
    "in the first line": ("x = = 1", 1),
    "in the third line": ("x = 1\ny = 2\nz = (\n", 3),
    "after a magic": ("%matplotlib inline\nx = 1\ny = = 2", 3),
    "after a shell line": ("!ls\nx = 1\n\nfor\n", 4),
    "indented": ("x = 1\n    y = 2", 2),
}


@pytest.mark.parametrize("tagged", [False, True])
@pytest.mark.parametrize("case", WRONG)
def test_a_syntax_error_is_named_with_the_chapter_s_line(case, tagged):
    code, line = WRONG[case]
    text = cell(code, *(["hide-input"] if tagged else []))
    with pytest.raises(Mistake) as raised:
        chapters.check_syntax(cells_of(text), "page.md")
    wanted = text.splitlines()[: text.splitlines().index(code.splitlines()[0]) + line]
    assert str(raised.value).startswith(f"page.md:{len(wanted)}: this cell is no Python: ")


RIGHT = [
    "x = 1",
    "%matplotlib inline\nx = 1",
    "files = !ls\nx = 1",
    "!pip list",
    "%%time\nx = 1",
    "print?",
    "x = 5 % 2",
]


@pytest.mark.parametrize("code", RIGHT)
def test_magics_are_no_mistake(code):
    chapters.check_syntax(cells_of(cell(code)), "page.md")
    chapters.check_syntax(cells_of(cell("x = = 1", "raises-exception")), "page.md")
    compile(chapters.python(code), "cell", "exec")


def test_a_file_that_is_not_utf_8_is_named_with_the_line_of_its_byte(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("Größe\n", encoding="utf-8")
    assert chapters.read(path, "book/page.md") == "Größe\n"
    path.write_bytes(b"one\ntwo\ngr\xf6\xdfe\n")
    with pytest.raises(Mistake) as raised:
        chapters.read(path, "book/page.md")
    assert str(raised.value) == "book/page.md:3: byte 0xf6 is not UTF-8; save the file as UTF-8."


def test_the_book_s_own_chapters_have_no_mistake():
    from tests.conftest import BOOK

    for path in sorted(BOOK.glob("*.md")):
        text = chapters.read(path, path.name)
        chapters.check_fences(text.splitlines(), path.name)
        if chapters.is_chapter(text):
            lines = text.splitlines()
            for each in cells_of(text):
                assert lines[each.line - 1].strip() == each.code.splitlines()[0].strip(), path.name
