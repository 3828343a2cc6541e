"""The folder ``_build``: a link to the site that is shown, the lock, and what builds leave for one another.

``html`` is a link to ``site-N``, a folder that holds the whole result of one state of the sources. Beside it stand
``site-N.json``, what it was made from, and ``site-N.read``, Sphinx's pages as it read them. A build makes the
next three and then turns the link. What the link does not name is swept away by the next build.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path


def digest(folder: Path) -> str:
    """A hash of all files in a folder, with their names."""
    key = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        key.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return key.hexdigest()


class Folder:
    def __init__(self, root: Path):
        self.path = root / "_build"
        self.html = self.path / "html"
        self.work = self.path / "work"  #: where Sphinx reads and writes; the same at every build, doctrees name it

    @contextlib.contextmanager
    def alone(self, say):
        """Hold the folder's lock; wait for another build that holds it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another build of this book is running; waiting for it to end.")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def shown(self) -> Path | None:
        """The site that ``html`` stands for."""
        return self.path / os.readlink(self.html) if self.html.is_symlink() else None

    def note(self) -> dict:
        """What the site that is shown was made from; empty if it is not as it was made."""
        site = self.shown()
        if site is not None:
            with contextlib.suppress(OSError, ValueError):
                known = json.loads(site.with_suffix(".json").read_text())
                if known["files"] == digest(site):
                    return known
        return {}

    def start(self, reuse: bool) -> None:
        """An empty folder to work in, or one with the pages as the shown site's build read them."""
        shutil.rmtree(self.work, ignore_errors=True)
        if reuse:
            shutil.copytree(self.shown().with_suffix(".read"), self.work)
        else:
            self.work.mkdir()

    def turn(self, made_from: dict) -> None:
        """Show what is in ``work/html``, in one step."""
        numbers = [int(path.stem[5:]) for path in self.path.glob("site-*") if path.stem[5:].isdigit()]
        site = self.path / f"site-{max(numbers, default=0) + 1}"
        (self.work / "html").rename(site)
        self.work.rename(site.with_suffix(".read"))
        site.with_suffix(".json").write_text(json.dumps(made_from | {"files": digest(site)}))
        link = self.path / "html.next"
        link.unlink(missing_ok=True)
        link.symlink_to(site.name)
        if self.html.exists() and not self.html.is_symlink():  # a folder, from before there was a link
            self.html.rename(self.path / "site-0")
        os.replace(link, self.html)

    def sweep(self) -> None:
        """Remove what killed builds left, and sites that are no longer shown."""
        shown = self.shown()
        for path in [*self.path.glob("site-*"), self.work]:
            if shown is None or path.stem != shown.name:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
