"""How long builds take: cold, nothing changed, one chapter's prose, one chapter's code, one line of the package.

    .venv/bin/python benchmarks/build.py

Works on a copy of the checkout in a temporary folder; prints seconds and the ratio to the cold build.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMAND = [str(Path(sys.executable).parent / "jupyter-book"), "build", ".", "-W", "-n", "--keep-going", "--quiet"]


def build(folder: Path) -> float:
    start = time.perf_counter()
    done = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - start


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path} has no {old!r} to change"
    path.write_text(text.replace(old, new, 1))


with tempfile.TemporaryDirectory() as place:
    copy = Path(place) / "book"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", "_build", "runs", ".git"))
    ENVIRONMENT = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": place,
        "PYTHONPATH": str(copy / "src"),
    }
    chapter, module = copy / "book/first-layer.md", copy / "src/insidecnn/figures/grids.py"
    changes = {
        "cold": lambda: None,
        "nothing changed": lambda: None,
        "prose of one chapter": lambda: replace(chapter, "Nobody drew edges", "No one drew edges"),
        "code of one chapter": lambda: replace(chapter, "first=32", "first=24"),
        "one line of the package": lambda: replace(module, "CELL = 26", "CELL = 28"),
    }
    cold = None
    for name, change in changes.items():
        change()
        seconds = build(copy)
        cold = cold or seconds
        print(f"{name:25} {seconds:6.1f} s  {seconds / cold:5.2f}", flush=True)
