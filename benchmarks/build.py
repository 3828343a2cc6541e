"""How long a build takes after each kind of change, in a copy of the checkout, as a ratio to the cold build.

    .venv/bin/python benchmarks/build.py            builds, and the page's way through `make preview`
    .venv/bin/python benchmarks/build.py --tests    `make check` and `make test` as well

Prints seconds and ratios; needs a quiet machine and what `make test` installs.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if old not in text:
        sys.exit(f"{path} has no {old!r} to change.")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def changes(copy: Path) -> dict:
    chapter, module = copy / "book/practice.md", copy / "src/insidecnn/figures/grids.py"
    return {
        "nothing changed": lambda: None,
        "prose of one chapter": lambda: replace(chapter, "\n## ", "\n## And "),
        "code of one chapter": lambda: replace(
            chapter, "```{code-cell} ipython3\n", "```{code-cell} ipython3\n1 + 1\n"
        ),
        "a comment in the package": lambda: replace(module, "def ", "# why\ndef "),
        "a function that one chapter reaches": lambda: replace(module, "size: int = 17)", "size: int = 18)"),
        "a constant that six chapters reach": lambda: replace(module, "CELL = 26", "CELL = 28"),
    }


def tell(name: str, seconds: float, cold: float) -> None:
    print(f"{name:40} {seconds:6.1f} s  {seconds / cold:6.3f}", flush=True)


def run(copy: Path, *command: str) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, env=environment(copy), check=False)
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    return time.perf_counter() - start


def environment(copy: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{copy / 'src'}:{copy / 'book/_ext'}", "PYTHONUNBUFFERED": "1"}


def preview(copy: Path, cold: float) -> None:
    """From saving a file to the new site, with `make preview` running."""
    command = [sys.executable, "-m", "booksite.preview", "0"]
    link = copy / "_build/html"
    with subprocess.Popen(command, cwd=copy, env=environment(copy), stdout=subprocess.PIPE, text=True) as server:
        for line in server.stdout:
            if line.startswith("http://"):
                break
        for name, change in list(changes(copy).items())[1:4]:
            shown = os.readlink(link)
            start = time.perf_counter()
            change()
            while os.readlink(link) == shown:
                time.sleep(0.02)
            tell(f"preview: {name}", time.perf_counter() - start, cold)
        server.terminate()


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "book"
        left = shutil.ignore_patterns(".venv", "_build", "runs", ".git", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=left)
        (copy / ".venv").symlink_to(ROOT / ".venv")
        cold = run(copy, sys.executable, "-m", "booksite")
        tell("cold", cold, cold)
        for name, change in changes(copy).items():
            change()
            tell(name, run(copy, sys.executable, "-m", "booksite"), cold)
        preview(copy, cold)
        if "--tests" in sys.argv:
            for name in ("check", "test"):
                tell(f"make {name}", run(copy, "make", name), cold)


main()
