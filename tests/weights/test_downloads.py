"""Downloads from servers on the loopback that go wrong for real."""

import hashlib
import json
import os
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from insidecnn import downloads, weights
from insidecnn.downloads import DownloadError
from insidecnn.weights import WeightsError
from tests.weights.conftest import check_parameters

DATA = bytes(range(256)) * 2_000  # several blocks of what is read at once
HASH = hashlib.sha256(DATA).hexdigest()


class Hub(ThreadingHTTPServer):
    """A server on the loopback with one way to answer for each request; the last is kept up."""

    def __init__(self, data, answers=("whole",)):
        super().__init__(("127.0.0.1", 0), Answer)
        self.data, self.answers, self.requests, self.closing = data, answers, [], threading.Event()
        name = f"alexnet-{hashlib.sha256(data).hexdigest()[:8]}.pth"
        self.url = f"http://127.0.0.1:{self.server_port}/{name}"
        self.path = Path(torch.hub.get_dir(), "checkpoints", name)
        self.stated = name[-12:-4]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self.closing.set()  # those that stall
        self.shutdown()
        self.server_close()

    def fetch(self, **options):
        return downloads.fetch(self.url, self.path, self.stated, **{"progress": False, "timeout": 0.5} | options)

    def cache(self):
        return sorted(path.name for path in self.path.parent.iterdir())


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        hub = self.server
        answer = hub.answers[min(len(hub.requests), len(hub.answers) - 1)]
        hub.requests.append(self.headers["Range"])
        if answer == "silent":
            hub.closing.wait(10)
            return
        if answer == "missing":
            self.send_error(404)
            return
        data = hub.data[::-1] if answer == "wrong" else hub.data
        begin = 0
        if answer == "rest" and self.headers["Range"]:
            begin = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if begin else 200)
        if answer != "cut without length":
            self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        if answer == "slow":
            for i in range(0, len(data), len(data) // 8 + 1):
                time.sleep(0.2)
                self.wfile.write(data[i : i + len(data) // 8 + 1])
                self.wfile.flush()
            return
        self.wfile.write(data[begin:] if answer in ("whole", "wrong", "rest") else data[: len(data) // 2])
        if answer == "stall":
            self.wfile.flush()
            hub.closing.wait(10)

    def log_message(self, *args):
        pass


def test_a_good_download_then_the_cache(whole, official, capfd):
    with Hub(whole) as hub:
        found = weights.from_hub(hub.url)
        check_parameters(found)
        assert (found.source, found.name) == ("hub", "AlexNet_Weights.IMAGENET1K_V1")
        assert found.provenance.startswith(
            "Weights: torchvision's AlexNet_Weights.IMAGENET1K_V1, from its hub, SHA-256"
        )
        assert len(found.categories) == 1000
        assert "100%" in capfd.readouterr().err
        assert hub.cache() == [hub.path.name]
    again = weights.from_hub(hub.url)  # the server is gone
    assert again.sha256 == found.sha256
    assert len(hub.requests) == 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("fault", ["cut", "cut without length", "wrong", "stall", "silent", "missing"])
@pytest.mark.parametrize("then", ["whole", "rest"])
def test_a_fault_then_success(fault, then):
    with Hub(DATA, [fault, then]) as hub:
        assert hub.fetch() == HASH
        assert hub.path.read_bytes() == DATA
        assert hub.cache() == [hub.path.name]
        half = f"bytes={len(DATA) // 2}-" if fault in ("cut", "stall") else None
        assert hub.requests == [None, half]  # what has come is not asked for again


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("cut", "the connection ended after 256,000 of 512,000 bytes"),
        ("cut without length", "does not begin with"),
        ("wrong", "does not begin with"),
        ("stall", "timed out"),
        ("silent", "timed out"),
        ("missing", "404"),
    ],
)
def test_a_fault_that_stays(fault, reason):
    with Hub(DATA, [fault]) as hub:
        start = time.monotonic()
        with pytest.raises(DownloadError, match=f"attempt 2 of 2 ended with “.*{reason}.*”"):
            hub.fetch(attempts=2)
        assert time.monotonic() - start < 5
        assert len(hub.requests) == 2
        assert hub.cache() == []


def test_a_slow_download_that_moves_is_waited_for(monkeypatch):
    monkeypatch.setattr(downloads, "CONNECT", 0.5)
    with Hub(DATA, ["slow"]) as hub:  # 1.6 seconds in all
        assert hub.fetch() == HASH
        assert hub.requests == [None]


def test_a_time_limit_is_for_this_connection_alone(monkeypatch):
    def refuse(seconds):
        raise AssertionError("the time limit of every socket in this process was changed")

    monkeypatch.setattr(socket, "setdefaulttimeout", refuse)
    with Hub(DATA) as hub:
        hub.fetch()


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"", lambda data: data[::-1]])
def test_a_damaged_cache_is_fetched_again(damage):
    with Hub(DATA) as hub:
        hub.path.parent.mkdir(parents=True)
        hub.path.write_bytes(damage(DATA))
        assert hub.fetch() == HASH
        assert hub.path.read_bytes() == DATA
        hub.path.write_bytes(damage(DATA))
    with pytest.raises(DownloadError, match="attempt 1 of 3"):
        hub.fetch()
    assert hub.cache() == []  # nothing that torchvision would trust by its name


def test_what_an_interrupted_run_left_is_cleared_away():
    with Hub(DATA) as hub:
        hub.path.parent.mkdir(parents=True)
        partials = [
            hub.path.with_name(f"{name}.partial") for name in (f"{hub.path.name}.0", f"{hub.path.name}.1", "vgg.pth.2")
        ]
        for path in partials:
            path.write_bytes(DATA[:9])
        long_ago = time.time() - 2 * downloads.STALE
        for path in partials[1:]:
            os.utime(path, (long_ago, long_ago))
        hub.fetch()
        # the first may be another process's at work, the last is not ours
        assert hub.cache() == sorted([partials[0].name, partials[2].name, hub.path.name])


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    words = r"could not be fetched .*Not a directory.*by hand and set INSIDECNN_ALEXNET"
    with Hub(DATA) as hub, pytest.raises(WeightsError, match=words):
        weights.from_hub(hub.url, progress=False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/alexnet.pth", "alexnet-0123abcd.pth", "file:///alexnet-0123abcd.pth"]
)
def test_an_address_without_a_hash_or_a_server(url):
    with pytest.raises(WeightsError, match=r"is no address that states the file's hash, .*; give one like https"):
        weights.from_hub(url)


def test_no_attempt():
    with pytest.raises(WeightsError, match="0 attempts were allowed"):
        weights.from_hub("http://127.0.0.1:9/alexnet-0123abcd.pth", attempts=0)


def no_route(address, timeout):
    """A network that swallows what is sent: neither a connection nor the look-up of a name ends soon."""
    time.sleep(2)
    raise TimeoutError


@pytest.mark.parametrize(
    ("connect", "reason"),
    [
        (no_route, "no connection to .* in 0.3 seconds"),
        (None, "Connection refused"),
    ],
)
def test_no_network_falls_back_soon_and_says_so(monkeypatch, connect, reason):
    if connect:
        monkeypatch.setattr(downloads, "CONNECT", 0.3)
        monkeypatch.setattr(socket, "create_connection", connect)
    else:  # a proxy that is not there, so that a machine with a network has none either
        with socket.create_server(("127.0.0.1", 0)) as server:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.delenv("no_proxy")
    monkeypatch.setattr(downloads, "PAUSE", 10)  # there is no second attempt
    monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
    start = time.monotonic()
    found = weights.load()
    assert time.monotonic() - start < 8
    assert found.source == "embedded"
    assert f"{weights.imagenet().url} could not be fetched (attempt 1 of 3 ended with" in found.note
    assert re.search(reason, found.note)
    assert found.provenance.endswith(f"…. {found.note}")


def test_no_network_is_known_in_three_seconds():
    assert downloads.CONNECT <= 3


def test_the_hub_when_asked_for(whole, monkeypatch):
    fetch = weights.from_hub
    with Hub(whole) as hub:
        monkeypatch.setattr(weights, "from_hub", lambda: fetch(hub.url))
        monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
        assert weights.load().source == "hub"
        assert weights.resolve()["sha256"] == hashlib.sha256(whole).hexdigest()


def test_the_command(whole, official, monkeypatch, capsys):
    fetch = weights.from_hub
    with Hub(whole) as hub:
        monkeypatch.setattr(weights, "from_hub", lambda: fetch(hub.url))
        weights.main([])
        assert capsys.readouterr().out.startswith("Weights: torchvision's AlexNet_Weights.IMAGENET1K_V1, from its hub")
        monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
        weights.main(["--resolve"])
        printed = capsys.readouterr().out
        assert json.loads(printed)["source"] == "hub" and printed.count("\n") == 1
    hub.path.unlink()
    with pytest.raises(SystemExit) as stopped:
        weights.main([])
    assert "could not be fetched" in stopped.value.code  # Python prints the words and exits with 1
