"""One file from one address: in time, in pieces, and whole or not at all.

Not pooch: it compares whole hashes, where torchvision's names state the first eight digits; it does not go on
where an attempt broke off; and what it leaves when it is killed has a name that nobody can clear away.
"""

import glob
import os
import queue
import socket
import threading
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from tqdm import tqdm

from insidecnn.checkpoint import sha256

CONNECT = 3.0  # seconds in which a server must accept a connection; none does without a network
PAUSE = 1.0  # seconds before the second attempt to fetch; twice as long before each further one
STALE = 600.0  # a partial download that nobody has written to for so many seconds is nobody's


class DownloadError(OSError):
    """A download that failed: how often it was tried, and what ended the last attempt."""


def fetch(url: str, path: Path, stated: str, progress: bool = True, timeout: float = 20, attempts: int = 3) -> str:
    """The SHA-256 of the file at ``path``, which is downloaded unless it is there and right.

    A second attempt goes on where the first broke off. A server that cannot be reached at all is not
    tried again.

    Args:
        url: where the file is.
        path: where it shall be; nothing stands there that does not have the hash.
        stated: how its SHA-256 begins.
        progress: show a progress bar on stderr.
        timeout: seconds without a byte after which an attempt is given up.
        attempts: how often to try, at least 1.

    Raises:
        DownloadError: the last attempt failed too.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        for attempt in range(1, attempts + 1):
            connected = False
            try:
                clear(path, stated)
                if not path.exists():
                    reach(url)
                    connected = True
                    download(url, partial, progress, timeout)
                    if not sha256(partial).startswith(stated):
                        partial.unlink()
                        raise OSError(f"the SHA-256 of what came does not begin with {stated}")
                    partial.replace(path)
                return sha256(path)
            except (OSError, HTTPException) as error:
                if not connected or attempt == attempts:
                    reason = str(error).strip("<>") or type(error).__name__
                    raise DownloadError(f"attempt {attempt} of {attempts} ended with “{reason}”") from error
            time.sleep(PAUSE * 2 ** (attempt - 1))
    finally:
        if partial.exists():
            partial.unlink()
    raise DownloadError(f"{attempts} attempts were allowed, and at least 1 is needed")


def clear(path: Path, stated: str) -> None:
    """Make the folder, and take out of it what is wrong or was left by a run that was killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for partial in path.parent.glob(f"{glob.escape(path.name)}.*.partial"):
        if time.time() - partial.stat().st_mtime > STALE:  # a younger one may be another process's
            partial.unlink(missing_ok=True)
    if path.exists() and not sha256(path).startswith(stated):
        path.unlink(missing_ok=True)  # at once: torchvision itself trusts a file by its name


def reach(url: str) -> None:
    """Fail unless the server, or the proxy before it, accepts a connection within ``CONNECT`` seconds.

    In a thread, since looking up a name has no time limit of its own.
    """
    parts = urlsplit(url)
    proxy = None if urllib.request.proxy_bypass(parts.hostname) else urllib.request.getproxies().get(parts.scheme)
    if proxy:
        parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    place = (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
    answers: queue.SimpleQueue[OSError | None] = queue.SimpleQueue()

    def connect():
        try:
            socket.create_connection(place, CONNECT).close()
            answers.put(None)
        except OSError as error:
            answers.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        error = answers.get(timeout=CONNECT)
    except queue.Empty:
        raise TimeoutError(f"no connection to {place[0]} in {CONNECT:g} seconds") from None
    if error:
        raise error


def download(url: str, partial: Path, progress: bool, timeout: float) -> None:
    """Add to ``partial`` what it lacks of the file at ``url``."""
    had = partial.stat().st_size if partial.exists() else 0
    try:
        request = urllib.request.Request(url, headers={"Range": f"bytes={had}-"} if had else {})
        answer = urllib.request.urlopen(request, timeout=timeout)
    except HTTPError as error:
        error.close()  # a refusal comes with an open connection
        raise
    with answer:
        if answer.status != 206:  # the server begins again
            had = 0
        length = answer.headers.get("Content-Length")
        total = had + int(length) if length else None
        with (
            partial.open("ab" if had else "wb") as file,
            tqdm(total=total, initial=had, unit="B", unit_scale=True, disable=not progress) as bar,
        ):
            while block := answer.read1(1 << 17):
                bar.update(file.write(block))
            if total is not None and file.tell() < total:
                raise OSError(f"the connection ended after {file.tell():,} of {total:,} bytes")
