"""The property of the build: ``_build/html`` is at every moment the whole result of one state of the sources.

    python -m tests.builds.whole            a book of three small chapters
    python -m tests.builds.whole --whole    this book, killed (half an hour)

Kills builds at random moments, changes the sources in twenty ways, breaks them in twenty, and compares every file with a clean build in a
folder of another name.
"""

import os
import random
import resource
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
    os.utime(path, (1e9, 1e9))


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


def test_trouble(root: Path) -> list[str]:
    """Two builds at once, a disk that takes no more, a folder where nothing may be written: a sentence each."""
    wrong = []
    both = [root.parent / "first.said", root.parent / "second.said"]
    children = [run.start(root, said) for said in both]
    ends = [run.end(child, said) for child, said in zip(children, both, strict=True)]
    wrong += [f"two builds at once: {ends}"] if any(code for code, _ in ends) else []
    wrong += [f"two builds at once: neither waited: {ends}"] if "waiting" not in ends[0][1] + ends[1][1] else []
    before = run.contents(root / "_build/html")
    replace(root / "book/three.md", "alone", "by itself")
    troubles = {
        "a full disk": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
        "a folder that is not ours": lambda: os.setuid(65534),
        "weights that are not there": lambda: os.environ.update(INSIDECNN_ALEXNET="none.pth"),
    }
    for what, trouble in troubles.items():
        place = root
        if "not ours" in what:
            if os.getuid() != 0:
                continue  # we cannot become somebody else
            place = Path(tempfile.mkdtemp(prefix="mein Büch ")) / "book"
            place.parent.chmod(0o755)
            shutil.copytree(root, place, symlinks=True)
        code, said = run.build(place, trouble)
        if code == 0 or "Traceback" in said or len(said.splitlines()) > 6:
            wrong.append(f"{what}: exit {code}: {said}")
        wrong += [f"{what}: the site has changed"] if run.contents(root / "_build/html") != before else []
    return wrong


def test_kills(root: Path, clean: Path, count: int = 40, seed: int = 1) -> list[str]:
    """Killed at random moments, cold and warm, once and again, the site stays; then a build gives what a clean one does.

    Args:
        count: kills; after every fourth one the book is built to its end and compared with a clean build.
    """
    wrong, chance, site = [], random.Random(seed), "_build/html"
    start = time.monotonic()
    code, said = run.build(root)
    if code:
        return [said]
    longest = time.monotonic() - start
    cold = root.with_name("cold")
    for number in range(count):
        if number % 8 == 0:  # a checkout that has never been built
            shutil.rmtree(cold, ignore_errors=True)
            shutil.copytree(root, cold, ignore=shutil.ignore_patterns("_build"))
        place = cold if number % 8 < 4 else root
        replace(place / "book/three.md", 'prints", ', f'prints", {number}, ')
        replace(place / "book/one.md", "The first chapter", f"The first chapter, changed {number} times")
        before, seconds = run.contents(place / site), chance.uniform(0, longest)
        run.kill(place, seconds)
        after = run.contents(place / site)
        if after != before or number % 4 == 3:
            code, said = run.build(place)
            wrong += [f"kill {number} after {seconds:.2f} s: then exit {code}: {said}"] if code else []
            if after not in (before, run.contents(place / site)):
                wrong.append(f"kill {number} after {seconds:.2f} s: half a site")
        if number % 4 == 3:
            cleanly(place, clean, keep_outputs=False)
            wrong += compare(place, clean, f"kill {number} after {seconds:.2f} s")
    time.sleep(1.5)  # a kernel looks for its parent once a second
    wrong += [f"still running: {command}" for command in run.left_over(root.parent)]
    return wrong


TESTS = {"mistakes": test_mistakes, "trouble": test_trouble, "changes": test_changes, "kills": test_kills}


def check(name: str, root: Path, write=small.write) -> list[str]:
    """Run one of ``TESTS`` on a book that is written to a folder with an unusual name; what is wrong."""
    book, clean = root / "mein Büch (2)", root / "clean"
    book.mkdir(parents=True)
    write(book)
    return TESTS[name](book) if name in ("mistakes", "trouble") else TESTS[name](book, clean)


def this_book(root: Path) -> None:
    """A copy of this checkout, with the three lines that the changes look for."""
    shutil.copytree(small.ROOT, root, ignore=shutil.ignore_patterns(".venv", "_build", ".git"), dirs_exist_ok=True)
    for name in ("one", "three"):
        (root / f"book/{name}.md").write_text(small.CHAPTERS[name].replace("{glue:}`sum`", "it").replace("deep", "one"))
    (root / "book/one.md").write_text("# One\n\nThe first chapter\n")
    (root / "book/part.txt").write_text("An included sentence.\n")
    toc = root / "_toc.yml"
    toc.write_text(toc.read_text() + "      - file: book/one\n      - file: book/three\n")


def main() -> int:
    run.prepare()
    wrong = []
    whole = "--whole" in sys.argv
    with tempfile.TemporaryDirectory() as place:
        for name in ["kills"] if whole else TESTS:
            start = time.monotonic()
            found = check(name, Path(place) / name, this_book if whole else small.write)
            print(f"{name}: {len(found)} wrong, {time.monotonic() - start:.0f} s", flush=True)
            wrong += found
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
