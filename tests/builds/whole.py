"""The property of the build: ``_build/html`` is at every moment the whole result of one state of the sources.

    python -m tests.builds.whole            a book of three small chapters
    python -m tests.builds.whole --whole    this book (an hour)

Kills builds at random moments, changes the sources in twenty ways, and compares every file with a clean build in a
folder of another name.
"""

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.builds import run, small


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"{path.name} has no {old!r} to change.")
    path.write_text(text.replace(old, new), encoding="utf-8")


def older(path: Path, text: str) -> None:
    """Another content with a date before the first."""
    path.write_text(text)
    __import__("os").utime(path, (1e9, 1e9))


CHANGES = {
    "a sentence": lambda r: replace(r / "book/three.md", "alone", "by itself"),
    "a title": lambda r: replace(r / "book/two.md", "# Two", "# Second"),
    "a cell": lambda r: replace(r / "book/three.md", '"three prints", 3', '"three prints", 4'),
    "a comment in the package": lambda r: replace(r / "src/insidecnn/deep.py", "def total", "# why\ndef total"),
    "a docstring": lambda r: replace(r / "src/insidecnn/deep.py", "The sum.", "The sum of all."),
    "a function": lambda r: replace(r / "src/insidecnn/deep.py", "sum(numbers())", "sum(numbers()) + 1"),
    "a function that no chapter reaches": lambda r: replace(r / "src/insidecnn/deep.py", "return 1", "return 2"),
    "a function two imports away": lambda r: replace(r / "src/insidecnn/shallow.py", "json.loads(", "[0] + json.loads("),
    "a data file": lambda r: (r / "src/insidecnn/parameters/small.json").write_text("[1, 2, 4]"),
    "an included file": lambda r: (r / "book/part.txt").write_text("Another sentence.\n"),
    "an entry of the bibliography": lambda r: replace(r / "book/references.bib", "Gradient-based", "Gradient-Based"),
    "a glossary entry": lambda r: replace(r / "book/glossary.md", "A word.", "One word."),
    "a term of the glossary": lambda r: replace(r / "book/glossary.md", "\nterm\n", "\nchapter\n"),
    "the Sphinx side": lambda r: replace(r / "book/_ext/booksite/quiz.py", 'class="quiz"', 'class="quiz asked"'),
    "a style sheet": lambda r: (r / "book/_static/book.css").write_text("p { color: red }"),
    "a script, with an older date": lambda r: older(r / "book/_static/quiz.js", "// nothing"),
    "a static file gone": lambda r: (r / "book/_static/claims.css").unlink(),
    "a module gone": lambda r: (r / "src/insidecnn/reference.py").unlink(),
    "a page gone": lambda r: (replace(r / "_toc.yml", "  - file: book/three\n", ""),
                              replace(r / "book/two.md", " See {ref}`third-part`.", "")),
    "the configuration": lambda r: replace(r / "_config.yml", "title: Inside a CNN", "title: Another name"),
    "a chapter's address": lambda r: (replace(r / "_toc.yml", "book/two", "book/zwei"),
                                      (r / "book/two.md").rename(r / "book/zwei.md"),
                                      replace(r / "book/index.md", "two.md", "zwei.md")),
}  # fmt: skip

MISTAKES = {  # what is done, where it is said to be, and words of the sentence
    "an unclosed fence": (lambda r: replace(r / "book/two.md", "- [x] two :: yes\n```", "- [x] two :: yes"),
                          "book/two.md:17", "not closed"),
    "a syntax error": (lambda r: replace(r / "book/two.md", "print(", "print(("), "book/two.md:14", "no Python"),
    "a cell that raises": (lambda r: replace(r / "book/two.md", "numbers())", "numbers() / 0)"),
                           "book/two.md:14", "TypeError"),
    "a cell that never ends": (lambda r: (replace(r / "book/two.md", "print(", "while True: pass\nprint("),
                                          replace(r / "_config.yml", "timeout: 300", "timeout: 3")),
                               "book/two.md:12", "more than 3 s"),
    "a cell that exits": (lambda r: replace(r / "book/two.md", "print(", "exit()\nprint("), "book/two.md:12", "exit"),
    "a kernel that dies": (lambda r: replace(r / "book/two.md", "print(", "import os; os._exit(1)\nprint("),
                           "book/two.md:12", "died"),
    "a cell that writes to stderr": (lambda r: replace(r / "book/two.md", "print(", "import sys; print('x', file=sys.stderr)\nprint("),
                                     "book/two.md:12", "stderr: x"),
    "a dangling reference": (lambda r: replace(r / "book/two.md", "{ref}`third-part`", "{ref}`fourth-part`"),
                             "book/two.md:9", "fourth-part"),
    "a link to no page": (lambda r: replace(r / "book/index.md", "[one](one.md)", "[one](none.md)"), "book/index.md:4", "none"),
    "a link to no file in raw HTML": (lambda r: replace(r / "book/index.md", "A page", '<a href="none.html">x</a> A page'),
                                      "book/index.md:3", "none.html"),
    "a script of another host": (lambda r: replace(r / "book/index.md", "A page",
                                                   '<script src="https://example.org/a.js"></script> A page'),
                                 "book/index.md:3", "another host"),
    "a picture that is not there": (lambda r: replace(r / "book/three.md", "alone.", "alone. ![a thing to be seen](none.png)"),
                                    "book/three.md", "none.png"),
    "a picture without words": (lambda r: replace(r / "book/three.md", "alone.", "alone. ![](_static/favicon.svg)"),
                                "book/three.md", "without alt text"),
    "a formula": (lambda r: replace(r / "book/two.md", "$a^2", r"$\nothing{a}^2"), "book/two.md:9", "formula"),
    "an unknown citation": (lambda r: replace(r / "book/one.md", "lecun1998", "lecun1898"), "book/one.md:9", "lecun1898"),
    "an unknown glued number": (lambda r: replace(r / "book/one.md", "{glue:}`sum`", "{glue:}`sun`"), "book/one.md:9", "sun"),
    "an unknown directive": (lambda r: replace(r / "book/two.md", "```{quiz}", "```{quis}"), "book/two.md:17", "quis"),
    "a file in Latin-1": (lambda r: (r / "book/two.md").write_bytes((r / "book/two.md").read_bytes() + b"\n\xe9\n"),
                          "book/two.md", "UTF-8"),
    "a quiz without an answer": (lambda r: replace(r / "book/two.md", "- [x] two", "- [ ] two"), "book/two.md:17", "exactly one"),
}  # fmt: skip


def compare(root: Path, clean: Path, what: str) -> list[str]:
    here, there = run.contents(root / "_build/html"), run.contents(clean / "_build/html")
    names = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    return [f"{what}: {name} differs from a clean build" for name in names]


def cleanly(root: Path, clean: Path, keep_outputs: bool, **environment: str) -> None:
    """Build what is in ``root`` from nothing, in another folder."""
    shutil.rmtree(clean, ignore_errors=True)
    shutil.copytree(root, clean, ignore=shutil.ignore_patterns("_build"))
    if keep_outputs:  # no cell has changed, and what they give is not in question
        shutil.copytree(root / "_build/executed", clean / "_build/executed")
    code, said = run.build(clean, **environment)
    if code:
        raise RuntimeError(f"a clean build failed: {said}")


def test_changes(root: Path, clean: Path) -> list[str]:
    """After each change the book is what a clean build makes of the same sources."""
    wrong = []
    run.build(root)
    kept = root.with_name("kept")
    shutil.copytree(root, kept, symlinks=True)
    for what, change in CHANGES.items():
        change(root)
        code, said = run.build(root)
        executes = "package" in what or "function" in what or what in ("a cell", "a data file", "a docstring")
        cleanly(root, clean, keep_outputs=not executes)
        wrong += [f"{what}: exit {code}: {said}"] if code else compare(root, clean, what)
        if what in ("a comment in the package", "a docstring", "a function that no chapter reaches", "a sentence"):
            wrong += [f"{what}: chapters were executed again: {said}"] if "Executing" in said else []
        if what == "a function":
            wrong += [f"{what}: {said}"] if "Executing 1 of 3" not in said else []
        shutil.rmtree(root)
        shutil.copytree(kept, root, symlinks=True)
    return wrong


def test_mistakes(root: Path) -> list[str]:
    """Each mistake ends the build, twice, with its place and a sentence, and leaves the site as it was."""
    wrong = []
    run.build(root)
    before = run.contents(root / "_build/html")
    for what, (make, place, words) in MISTAKES.items():
        kept = {p: p.read_bytes() for p in [*root.glob("book/*.md"), root / "_config.yml", root / "_toc.yml"]}
        make(root)
        for again in ("", ", built again"):
            code, said = run.build(root)
            lines = [line for line in said.splitlines() if not line.startswith(("Executing", "  executed", "Writing"))]
            if code == 0 or place not in said or words not in said or "Traceback" in said or len(lines) > 6:
                wrong.append(f"{what}{again}: exit {code}, wanted {place!r} and {words!r}, it said: {said}")
        if run.contents(root / "_build/html") != before:
            wrong.append(f"{what}: the site has changed")
        for path, data in kept.items():
            path.write_bytes(data)
    return wrong


def test_kills(root: Path, clean: Path, count: int, seed: int) -> list[str]:
    """Killed at random moments, cold and warm, the old site stays; then a build gives what a clean one gives."""
    wrong, chance = [], random.Random(seed)
    code, said = run.build(root)
    if code:
        return [said]
    cold = root.with_name("cold")
    for number in range(count):
        place = root
        if number % 4 == 0:  # a checkout that has never been built
            shutil.rmtree(cold, ignore_errors=True)
            shutil.copytree(root, cold, ignore=shutil.ignore_patterns("_build"))
            place = cold
        older = run.contents(place / "_build/html")
        replace(place / "book/three.md", 'prints", ', f'prints", {number}, ')
        replace(place / "book/one.md", "The first chapter", f"The first chapter, changed {number} times")
        start = time.monotonic()
        seconds = chance.uniform(0, 4.0)
        run.kill(place, seconds)
        now = run.contents(place / "_build/html")
        if now != older and older:
            code, said = run.build(place)  # it had finished: then it is the whole new one
            wrong += [f"kill {number} after {seconds:.2f} s: half a site"] if "Nothing has changed" not in said else []
        code, said = run.build(place)
        wrong += [f"kill {number} after {seconds:.2f} s: then exit {code}: {said}"] if code else []
        if number % 4 == 0 or number == count - 1:
            cleanly(place, clean, keep_outputs=False)
            wrong += compare(place, clean, f"kill {number} after {seconds:.2f} s")
        del start
    time.sleep(1.5)  # a kernel looks for its parent once a second
    wrong += [f"still running: {command}" for command in run.left_over(root.parent)]
    return wrong


def main() -> int:
    run.prepare()
    whole, wrong = "--whole" in sys.argv, []
    tests = [test_mistakes, test_changes, test_kills] if not whole else [test_kills]
    with tempfile.TemporaryDirectory() as place:
        for number, test in enumerate(tests):
            start = time.monotonic()
            root, clean = Path(place) / str(number) / "mein Büch (2)", Path(place) / str(number) / "clean"
            root.mkdir(parents=True)
            small.write(root)
            arguments = {test_mistakes: (root,), test_changes: (root, clean), test_kills: (root, clean, 40, 1)}[test]
            found = test(*arguments)
            print(f"{test.__name__}: {len(found)} wrong, {time.monotonic() - start:.0f} s", flush=True)
            wrong += found
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
