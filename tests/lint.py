"""Formatters and linters of all languages here: ``python -m tests.lint``, with ``--fix`` to mend what they can."""

import subprocess
import sys

CHECKS = [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."]]
FIXES = [["-m", "ruff", "check", "--fix", "."], ["-m", "ruff", "format", "."]]


def main() -> int:
    commands = FIXES if "--fix" in sys.argv else CHECKS
    return max(subprocess.run([sys.executable, *command], check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
