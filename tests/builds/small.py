"""A book of three small chapters, with this project's own Sphinx side, to build again and again."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]

HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst, format_version: 0.13}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
CHAPTERS = {
    "index": "# A small book\n\nA page that leads to [one](one.md) and [two](two.md).\n",
    "one": HEADER
    + """
# One

The first chapter, on a term and {cite:t}`lecun1998`. It prints {glue:}`sum`.

```{code-cell} ipython3
from insidecnn.deep import total
from insidecnn.glue import glue

glue("sum", total())
print("one prints", total())
```
""",
    "two": HEADER
    + """
# Two

The second chapter: $a^2 + b^2 = c^2$. See {ref}`third-part`.

```{code-cell} ipython3
from insidecnn.shallow import numbers

print("two prints", numbers())
```

```{quiz}
How many?
- [ ] one :: no
- [x] two :: yes
```
""",
    "three": HEADER
    + """
# Three

The third chapter, alone.

(third-part)=
## Its part

```{code-cell} ipython3
print("three prints", 3)
```

```{include} part.txt
```
""",
    "glossary": "# Glossary\n\n```{glossary}\nterm\n  A word.\n```\n",
    "references": "# References\n\n```{bibliography}\n```\n",
}
PACKAGE = {
    "deep.py": """
from insidecnn.shallow import numbers


def total():
    \"\"\"The sum.\"\"\"
    return sum(numbers())


def unused():
    return 1
""",
    "shallow.py": """
import json
from importlib import resources


def numbers():
    return json.loads((resources.files("insidecnn.parameters") / "small.json").read_text())
""",
}


def write(root: Path) -> None:
    """Put the small book into an empty folder."""
    for name in ("book/_ext", "book/_static", "book/_templates", "src/insidecnn"):
        leave = shutil.ignore_patterns("__pycache__", "alexnet.safetensors" if "src" in name else "__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=leave)
    for name in ("_config.yml", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, root / name)
    shutil.copyfile(ROOT / "book/references.bib", root / "book/references.bib")
    for name, text in CHAPTERS.items():
        (root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    (root / "book/part.txt").write_text("An included sentence.\n")
    for name, text in PACKAGE.items():
        (root / "src/insidecnn" / name).write_text(text)
    (root / "src/insidecnn/parameters/small.json").write_text("[1, 2, 3]")
    files = "".join(f"  - file: book/{name}\n" for name in CHAPTERS if name != "index")
    (root / "_toc.yml").write_text(f"format: jb-book\nroot: book/index\nchapters:\n{files}")
