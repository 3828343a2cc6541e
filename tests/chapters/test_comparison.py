"""What counts as the same as recorded, and what does not; and that glued numbers are computed."""

import ast

import pytest

from booksite import chapters
from tests.chapters import executed, figures, record, sources

WIDE = record.Limits(relative=0.1, why="a test")

SAME = [
    ("loss 0.5001", "loss 0.5003", record.Limits()),
    ("loss 0.5", "loss 0.54", WIDE),
    ("9 of 10", "9 of 10", record.Limits()),
    ("off by 2e-06", "off by 4e-06", record.Limits(absolute=1e-5)),
    ("18%", "19%", record.Limits(relative=0.1, whole=True)),
]
OTHER = [
    ("loss 0.500", "loss 0.502", record.Limits()),
    ("9 of 10", "10 of 10", WIDE),
    ("61,100,840", "61,100,841", record.Limits()),
    ("2.3 MiB", "2.3 MB", WIDE),
    ("−5", "5", record.Limits(whole=True, relative=1)),
    ("0.5 and 0.4", "0.4 and 0.5", record.Limits()),
    ("one", None, record.Limits()),
]


@pytest.mark.parametrize(("old", "new", "limits"), SAME)
def test_same(old, new, limits):
    assert not list(record.unlike({"a": [old]}, {"a": [new]}, limits))


@pytest.mark.parametrize(("old", "new", "limits"), OTHER)
def test_other(old, new, limits):
    assert list(record.unlike({"a": [old]}, {"a": [new]}, limits)) == [(("a", "1"), old, new or "nothing")]


def test_the_order_of_names_is_compared():
    assert list(record.unlike({"a": "1", "b": "2"}, {"b": "2", "a": "1"}, record.Limits()))


def test_points_and_colours_have_limits_of_their_own():
    here, near, far = (figures.points([(0, 0), (10, 10 + off)]) for off in (0, 0.3, 3))
    assert figures.alike_points(here, near, 0) and not figures.alike_points(here, far, 0)
    assert not figures.alike_points(here, figures.points([(10, 10), (0, 0)]), 0)
    assert figures.alike_colours("9×9: 102030.10", "9×9: 122030.12", 0)
    assert not figures.alike_colours("9×9: 102030.10", "9×9: 302010.10", 0)
    assert not figures.alike_colours("9×9: 102030.10", "9×9: 102030.90", 0)


def test_what_a_page_says_is_found():
    text = "# H\n\nSee `conv3`, [x](y.md#z), 3 MiB, −5 and $a+b$ {cite:t}`k`, twice.\n\n$$\na = b\n$$\n\n"
    text += "```{quiz}\nWhich?\n- [ ] 1 :: no\n- [x] 2 :: yes\n```\n"
    facts = sources.facts(text)["H"]
    for fact in ("`conv3`", "y.md#z", "3 MiB", "−5 and", "$a+b$", "{cite:t}`k`", "twice"):
        assert fact in facts
    assert sources.formulas(text) == ["a = b"] and sources.quizzes(text) == {"Which?": "2"}


@pytest.mark.parametrize("page", executed.pages())
def test_glued_numbers_are_computed(page):
    typed = []
    for cell in executed.outputs(page).cells:
        for node in ast.walk(ast.parse(chapters.python(cell.code))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "glue":
                inside = list(ast.walk(node.args[1]))
                numbers = any(isinstance(n, ast.Constant) and isinstance(n.value, (int, float)) for n in inside)
                if numbers and not any(isinstance(n, ast.Name) for n in inside):
                    typed.append(ast.unparse(node))
    assert typed == []
