"""Quizzes and solutions: what is marked right is what the page computes, and no solution states what nothing checks."""

import re
from pathlib import Path

import pytest

from tests.chapters import executed, prose

QUIZ = re.compile(r"^```\{quiz\}\n(?::answer: (?P<answer>\S+)\n)?(?P<rest>.*?)^```", re.M | re.S)
SOLUTION = re.compile(r"^`{3,4}\{solution-start\} (?P<label>\S+).*?^`{3,4}\{solution-end\}", re.M | re.S)
OPTION = re.compile(r"^- \[(?P<mark>[ x])\] (?P<text>.*?)(?: :: .*)?$", re.M)
# nothing to compute: what follows from a result, and why networks are built in an order
REASONS = {
    "by-hand": ["A convolution, perhaps with a large kernel", "The kernel is flipped or transposed"],
    "classifier": ["That it has no preference"],
    "fooling": ["Its changes all work in the same direction", "No: there the shortcut works"],
    "one-number": [
        "One true term of a very long sum",
        "For one picture the network is a linear function of its pixels",
    ],
    "training": ["It overfits", "No, the loss is still falling"],
    "transfer": ["A linear head, on an earlier layer, too", "One cannot tell"],
    "what-it-looked-at": ["The picture", "Its things are drawn, so each pixel of the thing is known"],
    "what-layers-know": [
        "The kind can be read off the layer as a whole",
        "The gradient asks each pixel by itself",
    ],
    "why-alexnet-won": ["Nothing yet: run both with several seeds"],
    "why-not-an-mlp": ["Too much of the object would be lost before any pattern was found"],
}
PAGES = [page for page in prose.PAGES if "```{quiz}" in executed.text(page)]


@pytest.mark.parametrize("page", PAGES)
def test_the_marked_option_is_the_computed_one(page):
    glued, reasons = executed.outputs(page).glued, []
    for quiz in QUIZ.finditer(executed.text(page)):
        options = {option["text"]: option["mark"] == "x" for option in OPTION.finditer(quiz["rest"])}
        marked = [text for text, right in options.items() if right]
        if quiz["answer"]:
            assert marked == [glued[quiz["answer"]]], quiz["answer"]
        else:
            reasons += marked
    assert reasons == REASONS.get(page, [])


@pytest.mark.parametrize("page", [page for page in prose.PAGES if "{solution-start}" in executed.text(page)])
def test_every_solution_asserts_what_it_states(page):
    bare = [
        found["label"] for found in SOLUTION.finditer(executed.text(page)) if not re.search(r"(?m)^ *assert ", found[0])
    ]
    assert bare == []


@pytest.mark.parametrize("page", executed.pages())
def test_every_glued_number_is_shown(page):
    """A number that is typed where a glued one stood leaves the glued one unused; some are for the table of rows."""
    text, glued = executed.text(page), set(executed.outputs(page).glued)
    shown = {first or second for first, second in re.findall(r"\{glue:\}`([\w-]+)`|^:answer: (\S+)$", text, re.M)}
    rows = Path(__file__).with_name("test_rows.py").read_text(encoding="utf-8")
    assert shown - glued == set()
    assert {name for name in glued - shown if f'"{name}"' not in rows} == set()
