"""The book, from its sources to the site: ``python -m booksite``.

A site is made from the sources and from what their cells gave (``execute.py`` keeps that, under a key of all that
it depends on), checked, and only then shown (``folder.py``). A build that fails or is killed leaves nothing that
a later one could see.
"""

import contextlib
import gc
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
import traceback
import warnings
from pathlib import Path

import yaml

from booksite import chapters, dependencies, execute, links, reader
from booksite.chapters import Mistake
from booksite.folder import Folder


class Failed(Exception):
    """The book cannot be built; each line of ``str()`` is one thing to mend."""


class Sources:
    """Every file that the site is made from, as it is now."""

    def __init__(self, root: Path):
        self.root = root
        found = [path for pattern in ("*.yml", "*.toml", "*.md") for path in root.glob(pattern)]
        found += [path for folder in ("book", "src") for path in (root / folder).rglob("*") if path.is_file()]
        kept = (path for path in found if "__pycache__" not in path.parts and ".egg-info" not in str(path))
        self.hashes = {p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(kept)}
        self.pages = re.findall(
            r"^\s*(?:-\s*)?(?:root|file):\s*(\S+)", chapters.read(root / "_toc.yml", "_toc.yml"), flags=re.M
        )
        self.config = yaml.safe_load(chapters.read(root / "_config.yml", "_config.yml"))

    def key(self, *others, keep=lambda name: True) -> str:
        """A hash of the files that ``keep`` names, and of other things."""
        chosen = [(name, value) for name, value in self.hashes.items() if keep(name)]
        return hashlib.sha256(json.dumps([chosen, *others]).encode()).hexdigest()

    def made_from(self) -> dict[str, str]:
        """What the site depends on: ``all`` of it, and what all pages ``share``."""
        around = [execute.libraries(), execute.weights(self.root), committed(self.root), str(self.root)]
        around.append(os.environ.get("BOOK_URL"))
        own = {f"{page}.md" for page in self.pages}
        shared = self.key(around, keep=lambda name: name not in own and not name.startswith("src/"))
        return {"all": self.key(around), "shared": shared}


def committed(root: Path) -> str:
    """The date of the last commit, as YYYY-MM-DD; empty outside a git checkout."""
    command = ["git", "log", "-1", "--format=%cs"]
    with contextlib.suppress(OSError):
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout.strip()
    return ""


def keyed(sources: Sources, known: dict[str, list[str]]) -> list[execute.Chapter]:
    """Each page with its key.

    Args:
        known: pages' texts (hashed) and keys from an earlier build with the same package and surroundings.

    Raises:
        Failed: what is wrong in the sources, before anything runs.
    """
    extensions = sources.config.get("parse", {}).get("myst_enable_extensions", [])
    package = dependencies.Package(sources.root / "src", execute.PACKAGE)
    found, mistakes = [], []
    for page in sources.pages:
        name = f"{page}.md"
        try:
            text = chapters.read(sources.root / name, name)
            old_text, old_key = known.get(page, ("", ""))
            if old_text == sources.hashes.get(name):
                found.append(execute.Chapter(name, text, old_key, chapters.is_chapter(text)))
            else:
                chapters.check_fences(text.splitlines(), name)
                found.append(execute.prepare(sources.root, name, text, tuple(extensions), package))
        except FileNotFoundError:
            mistakes.append(f"_toc.yml: there is no file {name}.")
        except Mistake as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise Failed("\n".join(mistakes))
    return found


def executed(found: list[execute.Chapter], sources: Sources, store: execute.Store, jobs: int, say) -> None:
    """See to it that every chapter's outputs are kept.

    Raises:
        Failed: the cells that raise, hang or end their kernel.
    """
    todo = [chapter for chapter in found if chapter.runs and store.get(chapter.key) is None]
    if todo:
        count = sum(chapter.runs for chapter in found)
        say(f"Executing {len(todo)} of {count} chapters, {jobs} at a time (all of them take one to two minutes).")
    limit = sources.config.get("execute", {}).get("timeout", 300)
    extensions = tuple(sources.config.get("parse", {}).get("myst_enable_extensions", []))
    if mistakes := execute.execute_all(todo, extensions, sources.root, limit, jobs, store, say):
        raise Failed("\n".join(map(str, mistakes)))


def render(root: Path, folder: Folder, changed: list[str], jobs: int) -> None:
    """Sphinx reads the pages that have changed and writes all of them to ``folder.work / "html"``.

    Raises:
        Failed: its warnings and errors.
    """
    from jupyter_book.sphinx import build_sphinx

    aside = io.StringIO()
    overrides = {"nitpicky": True, "latex_individualpages": False, "booksite_changed": changed, "booksite_jobs": jobs}
    with contextlib.redirect_stderr(aside), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's, of libraries; Sphinx's own are errors here
        result = build_sphinx(
            root,
            folder.work / "html",
            noconfig=True,
            path_config=root / "_config.yml",
            doctreedir=folder.work / "doctrees",
            confoverrides=overrides,
            quiet=True,
            warningiserror=True,
            keep_going=True,
            force_all=True,
        )
    if isinstance(result, KeyboardInterrupt):
        raise result
    said = re.sub(r"\x1b\[[0-9;]*m", "", aside.getvalue()).replace(f"{root}{os.sep}", "")
    lines = [line for line in said.splitlines() if ": WARNING: " in line or ": ERROR: " in line]
    if isinstance(result, Exception) and not lines:
        log = folder.path / "error.log"
        log.write_text(said + "".join(traceback.format_exception(result)))
        lines = [f"{type(result).__name__}: {' '.join(str(result).split())} (the whole trace is in _build/{log.name})"]
    if result or said:
        raise Failed("\n".join(lines) or said or "Sphinx failed and did not say why.")


FRONT = """<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}.html" />
<link rel="icon" href="_static/favicon.svg" />
{tags}
<p><a href="{page}.html">{title}</a></p>
</html>
"""


def front(site: Path, sources: Sources) -> None:
    """``index.html`` leads to the first page, and tells of it what that does; jupyter-book's has no icon either."""
    first = (site / f"{sources.pages[0]}.html").read_text(encoding="utf-8")
    tags = re.findall(r'^<meta (?:name="(?:description|twitter:)|property="og:).*$', first, flags=re.M)
    tags = [tag.replace('content="../', 'content="') for tag in tags]
    page = {"title": sources.config["title"], "page": sources.pages[0], "tags": "\n".join(tags)}
    (site / "index.html").write_text(FRONT.format(**page), encoding="utf-8")


def make(root: Path, jobs: int, say=print) -> None:
    """Bring ``_build/html`` up to date.

    Raises:
        Failed: what is to be mended; the site is as it was.
    """
    folder, start = Folder(root), time.monotonic()
    with folder.alone(say):
        sources = Sources(root)
        made_from, note = sources.made_from(), folder.note()
        if note.get("all") == made_from["all"]:
            say("Nothing has changed since the last build.")
            return
        folder.sweep()
        package = sources.key(keep=lambda name: name.startswith("src/"))
        reuse = note.get("shared") == made_from["shared"]
        found = keyed(sources, note["pages"] if reuse and note["package"] == package else {})
        store = execute.Store(folder.path / "executed")
        executed(found, sources, store, jobs, say)
        say("Writing the pages.")
        reader.OUTPUTS.clear()
        reader.OUTPUTS |= {chapter.text: store.get(chapter.key) for chapter in found if chapter.runs}
        pages = {c.name.removesuffix(".md"): [sources.hashes[c.name], c.key] for c in found}
        depend_on_package = {c.name.removesuffix(".md") for c in found if "automodule" in c.text}
        folder.start(reuse)
        changed = [page for page, keys in pages.items() if not reuse or note["pages"].get(page) != keys]
        changed += sorted(depend_on_package) if reuse and note["package"] != package else []
        wrong = None
        try:
            render(root, folder, changed, jobs)
            front(folder.work / "html", sources)
            if found_wrong := links.check(folder.work / "html", root):
                raise Failed("\n".join(found_wrong))
        except Failed as failed:
            wrong = failed  # of these sources, or of a file that was saved in the middle
        unchanged = Sources(root).made_from() == made_from
        if unchanged and wrong:
            raise wrong
        if unchanged:
            folder.turn(made_from | {"pages": pages, "package": package})
            folder.sweep()
            store.prune({chapter.key for chapter in found})
            say(f"Done in {time.monotonic() - start:.0f} s.")
    if not unchanged:
        say("A source was changed while the book was built; building once more.")
        make(root, jobs, say)


def main() -> int:
    gc.disable()  # a build is short, and makes millions of objects that stay: a fifth of its time
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").absolute()
    try:
        make(root, int(os.environ.get("BOOK_JOBS") or os.cpu_count() or 1))
    except (Failed, Mistake) as failed:
        print(failed, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    except OSError as error:
        several = error.args[0] if isinstance(error, shutil.Error) else None  # (from, to, why) for each file
        why = several[0][2] if several else f"{error.filename or root}: {error.strerror or error}"
        free = shutil.disk_usage(root).free >> 20
        print(f"{why}." + (f" There are {free} MiB free on that disk." if free < 200 else ""), file=sys.stderr)
    else:
        return 0
    print("The book was not built; _build/html is as it was.", file=sys.stderr)
    return 1
