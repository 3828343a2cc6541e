"""A chapter's key changes with the code that it reaches, and with nothing else."""

import pytest

from booksite import dependencies

FILES = {
    "__init__.py": '"""A package."""\nfrom pkg.shapes import area as surface\n',
    "shapes.py": '''"""Shapes."""
from pkg import units
from pkg.numbers import *

SIDE = 2
_seen = {}


def area(side):
    """Its square."""
    return units.square(side)  # a comment


def corner(side):
    return side


class Box:
    """A box."""

    SIZE = 3

    def __init__(self, side):
        self.side = side

    def volume(self):
        return area(self.side) * helper(self.side)


def helper(side):
    return side + SIDE
''',
    "units.py": "def square(x):\n    return x * x\n\n\ndef double(x):\n    return 2 * x\n",
    "numbers.py": "SEVEN = 7\n\n\ndef eight():\n    return 8\n",
    "marked.py": """KEPT = []


def keep(function):
    KEPT.append(function)
    return function


@keep
def first():
    return 1


def second():
    return 2
""",
    "tables/__init__.py": "",
    "tables/reading.py": """from importlib import resources


def read():
    return resources.files("pkg.tables").joinpath("table.csv").read_text()


def other():
    return resources.files("pkg.tables").joinpath("other.csv").read_text()
""",
    "tables/table.csv": "1,2\n",
    "tables/other.csv": "3,4\n",
    "plain/__init__.py": "",
    "plain/any.py": 'def every():\n    return "pkg.plain"\n',
    "plain/a.json": "{}",
    "relative.py": "from . import units as u\nfrom .numbers import SEVEN as S\n\n\ndef seven():\n    return u.double(S)\n",
    "lazy.py": "def late():\n    from pkg.units import double\n\n    return double(1)\n",
}

# what a cell says; the file that is changed; from what to what; whether the cell's key must change
AREA, CORNER = "from pkg import shapes\nshapes.area(2)", "from pkg.shapes import corner\ncorner(1)"
CASES = {
    "a comment": (AREA, "shapes.py", "  # a comment", "  # another", False),
    "a docstring of a function": (AREA, "shapes.py", '"""Its square."""', '"""Its area."""', False),
    "a docstring of a module": (AREA, "shapes.py", '"""Shapes."""', '"""Forms."""', False),
    "a docstring of a class": ("from pkg.shapes import Box", "shapes.py", '"""A box."""', '"""A cube."""', False),
    "formatting": (AREA, "shapes.py", "return units.square(side)", "return (units . square(\n        side))", False),
    "the function": (AREA, "shapes.py", "units.square(side)", "units.square(side + 1)", True),
    "another function": (AREA, "shapes.py", "return side\n", "return side - 1\n", False),
    "a function two files away": (AREA, "units.py", "x * x", "x ** 2", True),
    "beside the function two files away": (AREA, "units.py", "2 * x", "x + x", False),
    "a new function that nobody calls": (CORNER, "units.py", "def double", "def new():\n    pass\n\n\ndef double", False),
    "a name imported from it": (CORNER, "shapes.py", "return side\n", "return side - 1\n", True),
    "and not its neighbours": (CORNER, "units.py", "x * x", "x ** 2", False),
    "an alias of a module": ("import pkg.shapes as s\ns.corner(1)", "shapes.py", "return side\n", "return 0\n", True),
    "an alias of a name": ("from pkg.shapes import corner as c\nc(1)", "shapes.py", "return side\n", "return 0\n", True),
    "a dotted module": ("import pkg.shapes\npkg.shapes.corner(1)", "shapes.py", "return side\n", "return 0\n", True),
    "a re-export under another name": ("import pkg\npkg.surface(1)", "units.py", "x * x", "x ** 2", True),
    "beside a re-export": ("from pkg import surface\nsurface(1)", "shapes.py", "return side\n", "return 0\n", False),
    "a method": ("from pkg.shapes import Box\nBox(1)", "shapes.py", "self.side = side", "self.side = 2 * side", True),
    "what a method calls": ("from pkg.shapes import Box\nBox(1)", "shapes.py", "return side + SIDE", "return side", True),
    "what that calls": ("from pkg.shapes import Box\nBox(1)", "units.py", "x * x", "x ** 2", True),
    "a constant that a reached function reads": ("from pkg.shapes import Box\nBox(1)", "shapes.py", "SIDE = 2", "SIDE = 4", True),
    "a constant that none reads": (CORNER, "shapes.py", "SIDE = 2", "SIDE = 4", False),
    "an attribute of a class": ("from pkg.shapes import Box\nBox(1)", "shapes.py", "SIZE = 3", "SIZE = 4", True),
    "a constant by its name": ("from pkg.shapes import SIDE\nSIDE", "shapes.py", "SIDE = 2", "SIDE = 4", True),
    "from x import *": ("from pkg.numbers import *\neight()", "numbers.py", "return 8", "return 9", True),
    "a name that came by *": ("from pkg import shapes\nshapes.eight()", "numbers.py", "return 8", "return 9", True),
    "a relative import": ("from pkg.relative import seven\nseven()", "numbers.py", "SEVEN = 7", "SEVEN = 6", True),
    "a module by a relative import": ("from pkg.relative import seven\nseven()", "units.py", "2 * x", "x + x", True),
    "an import inside a function": ("from pkg.lazy import late\nlate()", "units.py", "2 * x", "x + x", True),
    "getattr on a module": ("from pkg import units\ngetattr(units, 'dou' + 'ble')(1)", "units.py", "2 * x", "x + x", True),
    "a module handed around": ("from pkg import units\nprint(units)", "units.py", "2 * x", "x + x", True),
    "importlib": ("import importlib\nimport pkg\nimportlib.import_module('pkg.units')", "units.py", "2 * x", "x + x", True),
    "a decorated function, by what the decorator keeps": ("from pkg.marked import KEPT", "marked.py", "return 1", "return 3", True),
    "the decorator": ("from pkg.marked import first", "marked.py", "KEPT.append(function)", "KEPT.insert(0, function)", True),
    "beside a decorated function": ("from pkg.marked import first", "marked.py", "return 2", "return 3", False),
    "a statement that runs at import": (CORNER, "shapes.py", "_seen = {}", "_seen = {}\nprint('hello')", True),
    "an import that is added": (CORNER, "shapes.py", "from pkg import units", "from pkg import units, marked", True),
    "a data file that is read": ("from pkg.tables.reading import read\nread()", "tables/table.csv", "1,2", "1,3", True),
    "a data file beside it": ("from pkg.tables.reading import read\nread()", "tables/other.csv", "3,4", "3,5", False),
    "a data file that none reads": (AREA, "tables/table.csv", "1,2", "1,3", False),
    "any file of a folder that is named": ("from pkg.plain.any import every\nevery()", "plain/a.json", "{}", "[]", True),
    "a comment, where the source is shown": (
        "import inspect\nfrom pkg import shapes\ninspect.getsource(shapes.area)", "shapes.py", "  # a comment", "  # b", True,
    ),
    "a docstring, where it is shown": ("from pkg.shapes import area\nhelp(area)", "shapes.py", '"""Its sq', '"""A sq', True),
    "nothing of the package": ("import math", "shapes.py", "SIDE = 2", "SIDE = 4", False),
}  # fmt: skip


@pytest.fixture
def key(tmp_path):
    """The key of a cell, and the modules that it reaches, once a package lies there."""

    def compute(cell: str, changed: dict[str, str] | None = None):
        for name, text in {**FILES, **(changed or {})}.items():
            path = tmp_path / "pkg" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return dependencies.fingerprint([cell], dependencies.Package(tmp_path, "pkg"))

    return compute


@pytest.mark.parametrize("case", CASES)
def test_the_key_changes_with_what_is_reached_and_with_nothing_else(key, case):
    cell, file, old, new, changes = CASES[case]
    assert FILES[file].count(old) == 1
    before, _ = key(cell)
    after, _ = key(cell, {file: FILES[file].replace(old, new)})
    assert (before != after) == changes
    assert key(cell)[0] == before, "and back again"


def test_the_modules_that_are_reached_are_named(key):
    assert key(AREA)[1] >= {"pkg", "pkg.shapes", "pkg.units", "pkg.numbers"}
    assert "pkg.tables.reading" not in key(AREA)[1]
    assert key("import math")[1] == set()


def test_cells_count_all_together_and_not_by_their_order_in_the_package(tmp_path, key):
    key(AREA)
    package = dependencies.Package(tmp_path, "pkg")
    both = dependencies.fingerprint(["from pkg import shapes", "shapes.area(1)"], package)[0]
    assert both == key("from pkg import shapes\nshapes.area(1)")[0]


def test_the_real_package_is_followed_from_a_figure_to_the_arithmetic():
    from tests.conftest import ROOT

    package = dependencies.Package(ROOT / "src", "insidecnn")
    _, modules = dependencies.fingerprint(["from insidecnn.figures import network\nnetwork.draw"], package)
    assert {"insidecnn.figures.network", "insidecnn.arithmetic"} <= modules
    assert not {"insidecnn.weights", "insidecnn.history", "insidecnn.losses"} & modules
