"""Small faults, put in one at a time: are they noticed? ``python -m tests.faults.run [glob] …``

A fault is ``NAME.patch`` beside this file: a unified diff whose first line names the tests that must fail with it::

    # test: tests/figures/test_charts.py -k bars

Each is applied to a copy of the checkout, and only its tests are run, two faults at a time. The same tests must pass
without the fault. Where they are tests of the site or of chapters, the copy's site is brought up to date first, and
a build that fails has noticed the fault too.
"""

import importlib
import multiprocessing
import os
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
AT_A_TIME = 2
LIMIT = 300  # seconds for one fault's tests
LARGE = [
    "pytest",
    "numpy",
    "scipy.optimize",
    "sklearn.datasets",
    "cv2",
    "torch",
    "torchvision.models",
    "matplotlib.figure",
]


class Failed(Exception):
    """The faults cannot be tried; ``str()`` says why."""


@dataclass(frozen=True)
class Fault:
    name: str
    tests: tuple[str, ...]  #: arguments of pytest
    files: tuple[str, ...]  #: that it changes
    patch: Path

    @property
    def reads_site(self) -> bool:
        return any(test.startswith(("tests/site", "tests/chapters")) for test in self.tests)


def faults(patterns: list[str]) -> list[Fault]:
    """The faults whose names match one of the patterns.

    Raises:
        Failed: no such fault, or one that names no tests or no file.
    """
    found = []
    for path in sorted(HERE.glob("*.patch")):
        if any(fnmatch(path.stem, pattern) or fnmatch(path.name, pattern) for pattern in patterns):
            first, *rest = path.read_text(encoding="utf-8").splitlines()
            files = tuple(line[6:].split("\t")[0] for line in rest if line.startswith("+++ b/"))
            if not first.startswith("# test: ") or not files:
                raise Failed(f"{path.name}: its first line must be '# test: TESTS', and a unified diff must follow.")
            found.append(Fault(path.stem, tuple(shlex.split(first.removeprefix("# test: "))), files, path))
    if not found:
        raise Failed(f"There is no fault called {' or '.join(patterns)} in {HERE.relative_to(ROOT)}.")
    return found


class Copy:
    """A copy of the checkout to put faults into."""

    def __init__(self, place: Path, with_site: bool):
        self.root = place
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True, text=True,
        )  # fmt: skip
        self.given = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
        for name in self.given:
            self.restore(name)
        if with_site:
            if not (ROOT / "_build/html").exists():
                raise Failed("The book is not built, and some of these tests read it; run `make book` first.")
            ignored = shutil.ignore_patterns("lock", "work", ".doctrees", ".jupyter_cache", "jupyter_execute")
            shutil.copytree(ROOT / "_build", place / "_build", symlinks=True, ignore=ignored)

    def restore(self, name: str) -> None:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, target)
        else:  # a file that the fault made
            target.unlink(missing_ok=True)

    def apply(self, fault: Fault) -> None:
        command = ["git", "apply", "--unsafe-paths", f"--directory={self.root}", str(fault.patch)]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"it no longer applies; make the diff anew: {' '.join(done.stderr.split())}")

    def environment(self) -> dict[str, str]:
        return {
            "PYTHONPATH": os.pathsep.join(map(str, (self.root / "src", self.root / "book/_ext", self.root))),
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",  # two states of a file may have one date
            "BOOK_JOBS": "1",
        }

    def bring_up_to_date(self, files: tuple[str, ...]) -> bool:
        """The copy's site shows its sources; False if it cannot be built."""
        if not all(name.startswith("book/_static/") for name in files):
            command = [sys.executable, "-m", "booksite"]
            try:
                built = subprocess.run(
                    command, cwd=self.root, env=os.environ | self.environment(), capture_output=True, timeout=4 * LIMIT
                )
            except subprocess.TimeoutExpired:
                raise Failed(f"the site was not built in {4 * LIMIT} s; run `make book` first") from None
            return built.returncode == 0
        for name in files:
            shutil.copy2(self.root / name, self.root / "_build/html" / name.removeprefix("book/"))
        return True

    def test(self, tests: tuple[str, ...]) -> int | None:
        """pytest's exit status; None if it took too long."""
        child = forks().Process(target=run_pytest, args=(self.root, self.environment(), tests))
        child.start()
        child.join(LIMIT)
        if child.exitcode is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.join()
            return None
        return child.exitcode


def forks():
    """Processes that begin with the large libraries imported: that is most of what a few tests cost."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LARGE)
    return context


def run_pytest(root: Path, environment: dict[str, str], tests: tuple[str, ...]) -> None:
    """In a process of its own: the tests of a copy, in that copy."""
    os.setsid()
    os.environ |= environment
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    for name in [name for name in sys.modules if name.split(".")[0] in ("tests", "insidecnn", "booksite")]:
        del sys.modules[name]  # those are of this checkout
    os.chdir(root)
    sys.path[:0] = environment["PYTHONPATH"].split(os.pathsep)
    sys.dont_write_bytecode = True
    sys.exit(int(importlib.import_module("pytest").main(["-x", "-q", "-p", "no:cacheprovider", *tests])))


def try_one(fault: Fault, copy: Copy) -> tuple[str, str]:
    """``noticed``, ``missed`` or ``error``, and how or why."""
    try:
        copy.apply(fault)
        if fault.reads_site and not copy.bring_up_to_date(fault.files):
            return "noticed", "by the build"
        status = copy.test(fault.tests)
        if status in (4, 5):
            return "error", f"there are no such tests: {shlex.join(fault.tests)}"
        return ("missed", "") if status == 0 else ("noticed", "by the time limit" if status is None else "")
    except Failed as failed:
        return "error", str(failed)
    finally:
        for name in fault.files:
            copy.restore(name)
        if fault.reads_site and all(name.startswith("book/_static/") for name in fault.files):
            copy.bring_up_to_date(fault.files)


def main(patterns: list[str]) -> int:
    try:
        found = faults(patterns or ["*"])
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 2
    start = time.monotonic()
    copies: queue.Queue[Copy] = queue.Queue()

    def lent(work, argument):
        copy = copies.get()
        try:
            return work(argument, copy)
        finally:
            copies.put(copy)

    # what fails without a fault too notices nothing
    sound = list(dict.fromkeys(fault.tests for fault in found))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_A_TIME) as pool:
        try:
            for number in range(AT_A_TIME):
                copies.put(Copy(Path(folder) / str(number), any(fault.reads_site for fault in found)))
        except Failed as failed:
            print(failed, file=sys.stderr)
            return 2
        passed = dict(zip(sound, pool.map(lambda tests: lent(lambda t, c: c.test(t), tests), sound), strict=True))
        tried = [fault for fault in found if passed[fault.tests] == 0]
        told = {fault: ("error", "its tests fail, or are not there, without the fault") for fault in found}
        for fault, result in zip(tried, pool.map(lambda fault: lent(try_one, fault), tried), strict=True):
            told[fault] = result
            print(f"{result[0]:8} {fault.name}{f': {result[1]}' if result[1] else ''}", flush=True)
    for fault in found:
        if passed[fault.tests] != 0:
            print(f"{'error':8} {fault.name}: {told[fault][1]}")
    count = {word: sum(result[0] == word for result in told.values()) for word in ("noticed", "missed", "error")}
    print(
        f"{len(found)} faults in {time.monotonic() - start:.0f} s: {count['noticed']} noticed, "
        f"{count['missed']} not noticed, {count['error']} could not be tried."
    )
    return 0 if count["noticed"] == len(found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
