"""Chapters are executed again when what they import has changed, and only then.

jupyter-cache looks at a chapter's code cells alone: after a change in the package it would go on
showing old pictures. Here the key also holds the package files that the cells import, directly or
through one another, the versions of the libraries, and the settings that choose the weights.
"""

import ast
import hashlib
import json
import os
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.cache.main import JupyterCacheBase

PACKAGE = "insidecnn"
LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib", "opencv-python-headless", "pillow", "scikit-learn")
SETTINGS = ("INSIDECNN_ALEXNET", "INSIDECNN_WEIGHTS")
SOURCE = Path(__file__).parents[3] / "src"


def imports(code: str) -> set[str]:
    """The package's modules that some Python code imports, by dotted name."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == PACKAGE}


@cache
def files(module: str) -> frozenset[Path]:
    """A module's file, those of the packages around it, and the data that lies beside them."""
    found = set()
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        place = SOURCE.joinpath(*parts[:depth])
        found |= {place.with_suffix(".py"), place / "__init__.py"}
    return frozenset(path for path in found if path.is_file())


def reached(code: str) -> set[Path]:
    """Every file of the package that some code reaches through its imports."""
    todo, seen = list(imports(code)), set()
    while todo:
        for path in files(todo.pop()) - seen:
            seen.add(path)
            todo += imports(path.read_text(encoding="utf-8"))
    if any(path.name == "weights.py" for path in seen):
        seen |= set((SOURCE / PACKAGE / "parameters").glob("*.*"))
    return seen


def fingerprint(code: str) -> str:
    """A hash of all that the outputs of some code depend on, besides the code itself."""
    key = hashlib.sha256()
    for path in sorted(reached(code)):
        key.update(path.read_bytes())
    key.update(repr([(name, version(name)) for name in LIBRARIES]).encode())
    key.update(repr([(name, os.environ.get(name)) for name in SETTINGS]).encode())
    return key.hexdigest()


def readable(cells: list[str]) -> str:
    """Code cells as one text that parses: magics become ``pass``."""
    return "\n".join(re.sub(r"(?m)^(\s*)[%!].*", r"\1pass", cell) for cell in cells)


def key_on_imports():
    plain = JupyterCacheBase.create_hashed_notebook

    def create_hashed_notebook(self, nb, *args, **kwargs):
        nb, key = plain(self, nb, *args, **kwargs)
        code = readable([cell.source for cell in nb.cells if cell.cell_type == "code"])
        return nb, hashlib.md5((key + fingerprint(code)).encode()).hexdigest()

    JupyterCacheBase.create_hashed_notebook = create_hashed_notebook


def cache_folder(app) -> Path:
    return Path(app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")


def open_cache(app):
    # the database is made before the readers fork: two of them making it at once is an error
    get_cache(str(cache_folder(app))).db  # noqa: B018


def outdated(app, env, added, changed, removed):
    """Pages that did not change themselves, but reach a file that did: Sphinx reads them again."""
    app.fingerprints = {}
    for page in env.found_docs:
        source = Path(env.doc2path(page)).read_text(encoding="utf-8")
        cells = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```", source, flags=re.M | re.S)
        app.fingerprints[page] = fingerprint(readable([re.sub(r"(?m)^:.*", "", cell) for cell in cells]))
    known = cache_folder(app) / "fingerprints.json"
    before = json.loads(known.read_text()) if known.exists() else {}
    return [page for page, key in app.fingerprints.items() if before.get(page, key) != key]


def remember(app, error):
    if not error and hasattr(app, "fingerprints"):
        (cache_folder(app) / "fingerprints.json").write_text(json.dumps(app.fingerprints, indent=1))


def setup(app):
    key_on_imports()
    app.connect("builder-inited", open_cache, priority=900)
    app.connect("env-get-outdated", outdated)
    app.connect("build-finished", remember)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
