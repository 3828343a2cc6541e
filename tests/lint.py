"""Formatters and linters of all languages here: ``python -m tests.lint``, with ``--fix`` to mend what they can."""

import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
STATIC = Path("book/_static")
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("oxfmt", "--check", str(STATIC)),
    ("oxlint", "--deny-warnings", str(STATIC)),
)
FIXES = (("ruff", "check", "--fix", "."), ("ruff", "format", "."), ("oxfmt", str(STATIC)))


def long_lines() -> list[str]:
    """Lines of scripts over 120 columns, which the formatter leaves where a text is long."""
    return [
        f"{path}:{number}: {len(line)} columns; 120 at most."
        for path in sorted(STATIC.rglob("*.js"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 120
    ]


def main() -> int:
    status = 0
    for program, *arguments in FIXES if "--fix" in sys.argv else CHECKS:
        run = subprocess.run([str(BIN / program), *arguments], capture_output=True, text=True, check=False)
        if run.returncode:
            print(f"{program} {' '.join(arguments)}:\n{run.stdout}{run.stderr}", file=sys.stderr)
            status = 1
    for line in long_lines():
        print(line, file=sys.stderr)
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
