"""A number that a page's cells hand to its prose is never typed there a second time."""

import re

import pytest

from tests.chapters import executed, prose

NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?: ?%)?(?!\w)")
# the same digits, another thing: a size that names a layer or a setting of an exercise
REVIEWED = {
    "classifier": {"1000"},
    "convolution": {"36"},
    "deeper-layers": {"192"},
    "detection": {"60", "80"},  # pixels and scenes, kinds of things on COCO
    "families": {"0.5", "28"},
    "first-layer": {"64"},
    "model-card": {"64"},
    "practice": {"64"},
    "regression-and-classification": {"100"},
    "segmentation": {"16"},
    "tracking": {"0.3", "0.5", "50", "100"},  # an IoU, a score, frames of an exercise, the length of a gallery
    "training": {"64"},
}


def numbers(text: str) -> set[str]:
    """Numbers above twelve, and all with a decimal point or a percent sign."""
    found = {number.strip(" ,").replace(" ", "") for number in NUMBER.findall(text)}
    return {n for n in found if "." in n or "%" in n or float(n.replace(",", "")) > 12}


@pytest.mark.parametrize("page", executed.pages())
def test_no_glued_number_is_typed_too(page):
    outputs = executed.outputs(page)
    answers = re.findall(r"(?m)^:answer: (\S+)$", executed.text(page))
    given = {
        n
        for name, value in outputs.glued.items()
        if name not in answers
        for n in numbers(value)
        if n == value.replace(" ", "")
    }
    typed = numbers(re.sub(r"(?ms)^- \[[ x]\].*?$", "", prose.words(page)))  # the options of quizzes are typed
    assert typed & given == REVIEWED.get(page, set())
