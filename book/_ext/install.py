"""Install what the book or its tests need into ``.venv``: ``python3 book/_ext/install.py book``.

Uses uv where there is one, else pip; says what it does and how far it is.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

SIZES = {  # of what is downloaded, about
    "book": "PyTorch, Jupyter Book and some 110 packages: 300 MB, on Linux without PIP_EXTRA_INDEX_URL 3 GB",
    "test": "pytest, Playwright and some 20 packages: 60 MB",
}
STEPS = {  # arguments of pip, one installation each
    "book": [["--editable", ".[book]"]],
    # without what it requires: opencv-python would overwrite opencv-python-headless
    "test": [["--editable", ".[test]"], ["--no-deps", "trackeval"]],
}


def main(extra: str) -> int:
    start, python = time.monotonic(), Path(".venv/bin/python")
    print(
        f"Installing what the {extra} needs into .venv, once: {SIZES[extra]}; some minutes on a slow line.", flush=True
    )
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ".venv"], check=True)
    pinned = ["--constraint", "constraints.txt"]
    if uv := shutil.which("uv"):
        extra_index = os.environ.get("PIP_EXTRA_INDEX_URL")
        more = ["--extra-index-url", extra_index, "--index-strategy", "unsafe-best-match"] if extra_index else []
        command = [uv, "pip", "install", "--python", str(python), *more, *pinned]
    else:
        command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=on", *pinned]
    for step in STEPS[extra]:
        if not install([*command, *step], start):
            print(f"{command[0]} could not install what the {extra} needs; its last lines are above.", file=sys.stderr)
            return 1
    for leftover in Path("src").glob("*.egg-info"):  # it would hide the environment's own record of the package
        shutil.rmtree(leftover)
    Path(f".venv/ready-{extra}").touch()
    print(f"Installed in {time.monotonic() - start:.0f} s.")
    return 0


def install(command: list[str], start: float) -> bool:
    """Run it, saying how far it is; where it fails, show its last lines."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        said, told = [], start
        for line in run.stdout:
            said.append(line)
            now = time.monotonic()
            if line.startswith(("Collecting ", "Downloading ", "Installing collected")) and now - told > 5:
                told = now
                print(f"  {now - start:4.0f} s  {line.strip()[:100]}", flush=True)
    if run.returncode:
        print("".join(said[-20:]), file=sys.stderr)
    return run.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
