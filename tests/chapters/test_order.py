"""In the first part nothing is used before it is taught, unless the page calls it a black box."""

import ast
import re

import pytest
import yaml

from tests.chapters import executed, prose
from tests.conftest import ROOT

# page → what its text or its code introduces
TAUGHT = {
    "regression-and-classification": {
        *("nn.BCEWithLogitsLoss", "nn.CrossEntropyLoss", "nn.Linear", "nn.MSELoss", "nn.ReLU"),
        *("nn.Sequential", "nn.Softmax", "F.cross_entropy", "F.mse_loss", "F.one_hot"),
    },
    "why-not-an-mlp": {"nn.Flatten", "nn.Module"},
    "convolution": {"nn.Conv2d", "F.conv2d", "F.unfold", "reference.conv2d"},
    "convolution-settings": {"F.pad"},
    "image-to-tensor": {
        *(
            "preprocess.resize",
            "preprocess.to_tensor",
            "preprocess.MEAN",
            "preprocess.STD",
            "preprocess.center_crop",
            "preprocess.denormalize",
        ),
        *("preprocess.normalize", "preprocess.preprocess"),
    },
    "pooling": {
        *("F.adaptive_avg_pool2d", "F.adaptive_max_pool2d", "F.avg_pool2d", "F.max_pool2d"),
        "reference.max_pool2d",
    },
    "by-hand": {"F.conv_transpose2d", "checker.conv2d", "checker.max_pool2d", "checker.true_conv2d"},
}
# page → what it uses all the same, and says so
BLACK_BOXES = {
    "why-not-an-mlp": {"nn.Conv2d", "nn.MaxPool2d"},
    "convolution": {"preprocess.resize", "preprocess.to_tensor"},
    "convolution-settings": {"nn.MaxPool2d"},
    "image-to-tensor": {"weights.load"},
    "pooling": {"weights.load"},
}
MODULES = ("nn", "F", "checker", "losses", "preprocess", "reference", "weights")
CELL = re.compile(r"^```\{code-cell\} ipython3\n(?P<tags>:tags: [^\n]*\n)?(?P<code>.*?)^```$", re.M | re.S)
PART = [
    chapter["file"].split("/")[1] for chapter in yaml.safe_load((ROOT / "_toc.yml").read_text())["parts"][0]["chapters"]
]


def used(page: str) -> set[str]:
    """What of PyTorch's layers and of the package the code that a reader sees calls."""
    found = set()
    for cell in CELL.finditer(executed.text(page)):
        if "remove" not in (cell["tags"] or ""):
            for node in ast.walk(ast.parse(cell["code"])):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in MODULES:
                    found.add(f"{node.value.id}.{node.attr}")
    return {name for name in found if not name.startswith("losses.")}  # introduced where they are compared


@pytest.mark.parametrize("page", PART)
def test_what_is_used_was_taught(page):
    before = set().union(*(TAUGHT[earlier] for earlier in PART[: PART.index(page)]))
    assert used(page) - before == TAUGHT[page] | BLACK_BOXES.get(page, set())


def test_black_boxes_are_opened_later_or_never_taught():
    for page, names in BLACK_BOXES.items():
        assert not names & set().union(*(TAUGHT[earlier] for earlier in PART[: PART.index(page) + 1])), page


@pytest.mark.parametrize("page", BLACK_BOXES)
def test_black_boxes_are_called_so(page):
    paragraphs = [text for text in prose.source(page).split("\n\n") if re.search(r"\bblack box(es)?\b", text)]
    silent = {
        name
        for name in BLACK_BOXES[page]
        if not any(re.search(rf"`(\w+\.)?{name.split('.')[1]}\b", text) for text in paragraphs)
    }
    assert silent == set()
