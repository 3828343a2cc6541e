"""``python -m tests.chapters.record [PAGE …]``: what the pages show now becomes the record; prints what changed."""

import difflib
import sys

from booksite import chapters, execute
from tests.chapters import executed, record


def main(pages: list[str]) -> None:
    if execute.weights(executed.ROOT)["source"] != "embedded":
        sys.exit("The record is of the embedded weights: unset INSIDECNN_ALEXNET and INSIDECNN_WEIGHTS.")
    for page in pages:
        before = record.path(page).read_text(encoding="utf-8") if record.path(page).exists() else ""
        try:
            now = record.accepted(page)
        except (AssertionError, chapters.Mistake, FileNotFoundError) as mistake:
            sys.exit(str(mistake))
        record.path(page).write_text(now, encoding="utf-8")
        name = record.path(page).name
        for line in difflib.unified_diff(before.splitlines(), now.splitlines(), name, name, n=1, lineterm=""):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:] or executed.every_page())
