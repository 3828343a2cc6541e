"""AlexNet's parameters from a file, a hub and the package; files and servers that go wrong for real."""

import hashlib
import os
import pickle
import socket
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torchvision
from safetensors.torch import load_file

from insidecnn import weights
from insidecnn.weights import WeightsError


def save(path, make=torchvision.models.alexnet, **options):
    """A state dict of full shapes in a few kilobytes: each tensor is one number, repeated."""
    with torch.device("meta"):
        shapes = {key: tensor.shape for key, tensor in make().state_dict().items()}
    torch.save({key: torch.full((1,), i / 8).expand(shapes[key]) for i, key in enumerate(shapes)}, path, **options)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A whole AlexNet file."""
    return save(tmp_path_factory.mktemp("weights") / "mine.pth").read_bytes()


@pytest.fixture
def named(tmp_path, whole):
    """The same with its hash in its name."""
    path = tmp_path / f"alexnet-{hashlib.sha256(whole).hexdigest()[:8]}.pth"
    path.write_bytes(whole)
    return path


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    """No setting of the reader's, an empty cache, no proxy, no pauses."""
    for name in ("INSIDECNN_ALEXNET", "INSIDECNN_WEIGHTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(urllib.request, "_opener", None)  # it remembers the proxies of its first use
    monkeypatch.setattr(weights, "PAUSE", 0)


@pytest.fixture
def official(whole, monkeypatch):
    """The little file counts as torchvision's."""

    class Official(SimpleNamespace):
        def __str__(self):
            return "AlexNet_Weights.IMAGENET1K_V1"

    url = f"https://localhost/alexnet-owt-{hashlib.sha256(whole).hexdigest()[:8]}.pth"
    monkeypatch.setattr(weights, "IMAGENET", Official(url=url, meta=weights.IMAGENET.meta))


def check_parameters(found):
    """Every tensor is in its place and can be trained on; the model runs."""
    assert not found.model.training
    for i, tensor in enumerate(found.model.state_dict().values()):
        assert tensor.dtype == torch.float32
        assert tensor.is_contiguous()
        assert (tensor == i / 8).all()
    assert found.model(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)
    assert found.trained_classifier
    assert found.heads == {}


# --- a file -------------------------------------------------------------------------------------


def test_your_own_file(tmp_path, whole):
    path = tmp_path / "mine.pth"
    path.write_bytes(whole)
    before = torch.get_rng_state()
    found = weights.from_file(str(path))
    check_parameters(found)
    assert (found.source, found.name, found.categories) == ("file", "mine.pth", None)
    assert found.provenance == f"Weights: your own file mine.pth, SHA-256 {hashlib.sha256(whole).hexdigest()[:12]}…"
    assert "Linear" not in repr(found)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_file_with_its_hash_in_its_name(named):
    check_parameters(weights.from_file(named))
    copy = named.rename(named.with_stem(f"{named.stem} (1)"))
    assert weights.from_file(copy).name == copy.name


def test_the_format_before_torch_1_6(tmp_path):
    check_parameters(weights.from_file(save(tmp_path / "mine.pth", _use_new_zipfile_serialization=False)))


def test_half_precision_is_widened(tmp_path, whole):
    state = torch.load(save(tmp_path / "mine.pth"))
    torch.save({key: tensor.half() for key, tensor in state.items()}, tmp_path / "mine.pth")
    check_parameters(weights.from_file(tmp_path / "mine.pth"))


def test_torchvisions_file_is_known_by_its_hash(named, official):
    found = weights.from_file(named.rename(named.with_name("renamed.pth")))
    assert (found.source, found.name) == ("file", "AlexNet_Weights.IMAGENET1K_V1")
    assert len(found.categories) == 1000
    assert found.categories[0] == "tench"
    assert found.provenance.startswith("Weights: torchvision's AlexNet_Weights.IMAGENET1K_V1, from your own file, SHA")


def test_torchvisions_address_states_a_hash():
    assert len(weights.stated_hash(weights.IMAGENET.url)) == 8


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("alexnet.pth", ""),
        ("alexnet-0123abc.pth", ""),
        ("alexnet-0123abcd.pth", "0123abcd"),
        ("alexnet-0123abcd (1).pth", "0123abcd"),
        ("a-0123abcd-deadbeef99.pth", "deadbeef99"),
        ("alexnet-0123abcd_v2.pth", ""),
        ("0123abcd.pth", ""),
    ],
)
def test_what_a_name_states(name, stated):
    assert weights.stated_hash(name) == stated


class Evil:
    """Unpickled, it would make a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def evil_zip(path, whole):
    torch.save({"features.0.weight": Evil(str(path) + ".ran")}, path)


def evil_old(path, whole):
    torch.save({"features.0.weight": Evil(str(path) + ".ran")}, path, _use_new_zipfile_serialization=False)


def evil_pickle(path, whole):
    path.write_bytes(pickle.dumps(Evil(str(path) + ".ran")))


def truncated_old(path, whole):
    save(path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-200])


def shapes_of_another(path, whole):
    save(path, lambda: torchvision.models.alexnet(num_classes=10))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path, whole: None, "There is no file .*weights.pth; correct the path"),
        (lambda path, whole: path.mkdir(), "is a folder; give the path of the .pth file"),
        (lambda path, whole: path.write_bytes(b""), r"is empty \(0 bytes\); download or copy it again"),
        (lambda path, whole: path.write_bytes(whole[: len(whole) // 2]), r"damaged or truncated \(.*copy it again"),
        (truncated_old, r"damaged or truncated \(.*copy it again"),
        (lambda path, whole: path.write_text("<html>Not found</html>"), "is no file that torch.save writes"),
        (lambda path, whole: path.write_text("version 1\noid sha256:0\n"), "is no file that torch.save writes"),
        (lambda path, whole: save(path, pickle_protocol=4), "more than plain tensors, .*model.state_dict"),
        (evil_zip, r"more than plain tensors \(\w+\.mkdir\), which could run code .* nothing in it was run"),
        (evil_old, r"more than plain tensors \(\w+\.mkdir\), which could run code .* nothing in it was run"),
        (evil_pickle, "more than plain tensors, which could run code .* nothing in it was run"),
        (
            lambda path, whole: torch.save(torch.nn.ReLU(), path),
            r"more than plain tensors \(torch\.nn.*model\.state_dict",
        ),
        (lambda path, whole: torch.save(torch.zeros(3), path), "holds a Tensor, not a state dict"),
        (lambda path, whole: torch.save({"epoch": 3, "model": {}}, path), "a dict with epoch, model, not a state dict"),
        (lambda path, whole: torch.save({}, path), r"features.0.weight is missing; .*\(and 13 more\)"),
        (
            lambda path, whole: save(path, torchvision.models.vgg16),
            r"another network .*features\.0\.weight has shape \[64, 3, 3, 3\], not \[64, 3, 11, 11\]; "
            r"features\.2\.weight is unknown to it; .* \(and \d+ more\); give a state dict",
        ),
        (
            shapes_of_another,
            r"classifier\.6\.weight has shape \[10, 4096\], not \[1000, 4096\]; "
            r"classifier\.6\.bias has shape \[10\], not \[1000\]; give",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_file_that_is_not_right(tmp_path, whole, spoil, message):
    path = tmp_path / "weights.pth"
    spoil(path, whole)
    with pytest.raises(WeightsError, match=message) as caught:
        weights.from_file(path)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert not Path(f"{path}.ran").exists()


def test_a_path_that_the_system_refuses():
    with pytest.raises(WeightsError, match="cannot be read"):
        weights.from_file("x" * 5000)


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data[:500] + b"?" + data[501:]])
def test_a_hash_that_does_not_match(named, spoil):
    named.write_bytes(spoil(named.read_bytes()))
    with pytest.raises(WeightsError, match=f"damaged or truncated: .* begins with {named.stem[-8:]}, .*download it"):
        weights.from_file(named)


# --- the hub ------------------------------------------------------------------------------------


class Hub(ThreadingHTTPServer):
    """A server on the loopback with one way to answer for each request; the last is kept up."""

    def __init__(self, data, answers=("whole",)):
        super().__init__(("127.0.0.1", 0), Answer)
        self.data, self.answers, self.requests, self.closing = data, answers, 0, threading.Event()
        name = f"alexnet-{hashlib.sha256(data).hexdigest()[:8]}.pth"
        self.url = f"http://127.0.0.1:{self.server_port}/{name}"
        self.path = Path(torch.hub.get_dir(), "checkpoints", name)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self.closing.set()  # those that stall
        self.shutdown()
        self.server_close()

    def cache(self):
        return sorted(path.name for path in self.path.parent.iterdir())


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        hub = self.server
        answer = hub.answers[min(hub.requests, len(hub.answers) - 1)]
        hub.requests += 1
        if answer == "silent":
            hub.closing.wait(10)
            return
        if answer == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        if answer != "cut without length":
            self.send_header("Content-Length", str(len(hub.data)))
        self.end_headers()
        if answer == "wrong":
            self.wfile.write(hub.data[::-1])
        else:
            self.wfile.write(hub.data if answer == "whole" else hub.data[: len(hub.data) // 2])
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
    assert hub.requests == 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("fault", ["cut", "cut without length", "wrong", "stall", "silent", "missing"])
def test_a_fault_then_success(whole, fault):
    with Hub(whole, [fault, "whole"]) as hub:
        check_parameters(weights.from_hub(hub.url, progress=False, timeout=0.5))
        assert hub.requests == 2
        assert hub.cache() == [hub.path.name]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("cut", "invalid hash value"),
        ("wrong", "invalid hash value"),
        ("stall", "timed out"),
        ("silent", "timed out"),
        ("missing", "404"),
    ],
)
def test_a_fault_that_stays(whole, fault, reason):
    before = socket.getdefaulttimeout()
    with Hub(whole, [fault]) as hub:
        start = time.monotonic()
        with pytest.raises(WeightsError, match=f"in 2 attempt.*{reason}.*by hand and set INSIDECNN_ALEXNET") as caught:
            weights.from_hub(hub.url, progress=False, timeout=0.5, attempts=2)
        assert time.monotonic() - start < 5
        assert hub.requests == 2
        assert hub.cache() == []
    assert hub.url in str(caught.value)
    assert socket.getdefaulttimeout() is before


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"", lambda data: data[::-1]])
def test_a_damaged_cache_is_fetched_again(whole, damage):
    with Hub(whole) as hub:
        hub.path.parent.mkdir(parents=True)
        hub.path.write_bytes(damage(whole))
        check_parameters(weights.from_hub(hub.url, progress=False))
        assert hub.path.read_bytes() == whole
        hub.path.write_bytes(damage(whole))
    with pytest.raises(WeightsError, match="could not be fetched"):
        weights.from_hub(hub.url, progress=False)
    assert hub.cache() == []  # nothing that torchvision would trust by its name


def test_what_an_interrupted_run_left_is_cleared_away(whole):
    with Hub(whole) as hub:
        hub.path.parent.mkdir(parents=True)
        partials = [
            hub.path.with_name(f"{name}.partial") for name in (f"{hub.path.name}.0", f"{hub.path.name}.1", "vgg.pth.2")
        ]
        for path in partials:
            path.write_bytes(whole[:9])
        long_ago = time.time() - 2 * weights.STALE
        for path in partials[1:]:
            os.utime(path, (long_ago, long_ago))
        weights.from_hub(hub.url, progress=False)
        # the first may be another process's at work, the last is not ours
        assert hub.cache() == sorted([partials[0].name, partials[2].name, hub.path.name])


def test_a_cache_that_cannot_be_written(tmp_path, whole, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    with Hub(whole) as hub, pytest.raises(WeightsError, match=r"Not a directory.*INSIDECNN_ALEXNET"):
        weights.from_hub(hub.url, progress=False)


def test_an_address_without_a_hash(whole):
    with pytest.raises(WeightsError, match="states no hash"):
        weights.from_hub("http://127.0.0.1:9/alexnet.pth")


def test_the_command(whole, official, monkeypatch, capsys):
    fetch = weights.from_hub
    with Hub(whole) as hub:
        monkeypatch.setattr(weights, "from_hub", lambda: fetch(hub.url))
        weights.main()
        assert capsys.readouterr().out.startswith("Weights: torchvision's AlexNet_Weights.IMAGENET1K_V1, from its hub")
    hub.path.unlink()
    with pytest.raises(SystemExit) as stopped:
        weights.main()
    assert "could not be fetched" in stopped.value.code  # Python prints the words and exits with 1


# --- the package --------------------------------------------------------------------------------


def test_the_embedded_weights():
    found = weights.embedded()
    torch.rand(1)
    before = torch.get_rng_state()
    again = weights.embedded()
    assert torch.equal(torch.get_rng_state(), before)
    for one, other in zip(found.model.state_dict().values(), again.model.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert not found.model.training
    assert not found.trained_classifier
    assert found.categories is None
    path = resources.files("insidecnn.parameters") / "alexnet.safetensors"
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    shipped = load_file(str(path))
    held = {key: tensor for key, tensor in found.model.state_dict().items() if key.startswith("features.")}
    for head, layer in found.heads.items():
        held |= {f"{head}.{key}": tensor for key, tensor in layer.state_dict().items()}
    assert held.keys() == shipped.keys()
    assert all(torch.equal(held[key], tensor.float()) for key, tensor in shipped.items())
    assert found.provenance == (
        "Weights: the book's own (features trained on 17 sample photographs; classifier untrained), "
        f"SHA-256 {found.sha256[:12]}…"
    )


def test_the_heads_take_the_mean_of_the_features():
    found = weights.embedded()
    with torch.no_grad():
        pooled = found.model.features(torch.zeros(2, 3, 64, 64)).mean((2, 3))
        assert [head(pooled).shape for head in found.heads.values()] == [(2, 17), (2, 4)]
        assert found.model(torch.zeros(2, 3, 64, 64)).isfinite().all()


def test_a_package_without_its_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(weights.resources, "files", lambda package: tmp_path)
    with pytest.raises(WeightsError, match="install it again"):
        weights.embedded()


# --- the chain ----------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", [None, "", "embedded"])
def test_the_books_own_weights_are_the_default(choice, monkeypatch):
    if choice is not None:
        monkeypatch.setenv("INSIDECNN_WEIGHTS", choice)
    found = weights.load()
    assert (found.source, found.note) == ("embedded", "")


def test_a_named_file_goes_before_all(named, monkeypatch):
    monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
    monkeypatch.setenv("INSIDECNN_ALEXNET", str(named))
    assert weights.load().source == "file"
    named.write_bytes(b"")
    with pytest.raises(WeightsError, match="is empty"):  # and never falls back
        weights.load()


def test_a_home_folder_in_the_name(named, monkeypatch):
    monkeypatch.setenv("HOME", str(named.parent))
    monkeypatch.setenv("INSIDECNN_ALEXNET", f"~/{named.name}")
    assert weights.load().source == "file"


def test_no_network_falls_back_and_says_so(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, closed)  # so that a machine with a network has none either
    monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
    found = weights.load()
    assert found.source == "embedded"
    assert "Connection refused" in found.note
    assert found.provenance.endswith(f"…. {found.note}")


def test_the_hub_when_asked_for(whole, monkeypatch):
    fetch = weights.from_hub
    with Hub(whole) as hub:
        monkeypatch.setattr(weights, "from_hub", lambda: fetch(hub.url))
        monkeypatch.setenv("INSIDECNN_WEIGHTS", "imagenet")
        assert weights.load().source == "hub"


def test_another_word(monkeypatch):
    monkeypatch.setenv("INSIDECNN_WEIGHTS", "ImageNet")
    with pytest.raises(WeightsError, match="INSIDECNN_WEIGHTS is 'ImageNet'; set it to 'imagenet' or 'embedded'"):
        weights.load()
