"""What a reader sees can be run as it is seen: names come from imports that are shown, and no import is for nothing."""

import ast

import pytest

from tests.chapters import executed

NO_LESSONS = {"lab", "how-this-book-is-made"}  # what makes these two stands behind the scenes


def imported(tree) -> set[str]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {(alias.asname or alias.name).split(".")[0] for node in found for alias in node.names}


def used(tree) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("page", executed.pages())
def test_imports_are_shown_and_used(page):
    cells = executed.outputs(page).cells
    trees = [(ast.parse(cell.code), bool({"remove-cell", "remove-input"} & set(cell.tags))) for cell in cells]
    assert set().union(*(imported(tree) for tree, _ in trees)) <= set().union(*(used(tree) for tree, _ in trees))
    behind, shown = set(), set()
    for tree, hidden in trees:
        (behind if hidden else shown).update(imported(tree))
        assert page in NO_LESSONS or hidden or not used(tree) & (behind - shown), "imported where no reader sees it"
