"""AlexNet's parameters from a file and from the package, and which of them the environment asks for."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file

from insidecnn import weights
from insidecnn.checkpoint import stated_hash
from insidecnn.weights import WeightsError
from insidecnn.world import classes
from insidecnn.world.classes import CATEGORIES
from tests.weights.conftest import check_parameters, save

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


def parallel(state):
    """As DataParallel and DistributedDataParallel name their parameters."""
    return {f"module.{key}": tensor for key, tensor in state.items()}


READ = {
    "the format before torch 1.6": {"_use_new_zipfile_serialization": False},
    "half precision": {"change": lambda state: state | {key: state[key].half() for key in state if "features" in key}},
    "double precision": {"change": lambda state: state | {key: state[key].double() for key in state if "bias" in key}},
    "a checkpoint": {"change": lambda state: {"epoch": 3, "state_dict": state, "optimizer": {"lr": 0.1}}},
    "of DataParallel": {"change": parallel},
    "a checkpoint under another name": {"change": lambda state: {"model": state, "epoch": 3}},
    "a checkpoint of DataParallel": {"change": lambda state: {"state_dict": parallel(state)}},
}


@pytest.mark.parametrize("case", READ)
def test_what_is_read_too(tmp_path, case):
    check_parameters(weights.from_file(save(tmp_path / "mine.pth", **READ[case])))


@pytest.mark.parametrize("name", ["mine.safetensors", "mine.pth"])
def test_safetensors_are_known_by_what_they_hold(tmp_path, whole, name):
    state = torch.load(save(tmp_path / "other.pth"))
    save_file({key: tensor.half().contiguous() for key, tensor in state.items()}, tmp_path / name)
    check_parameters(weights.from_file(tmp_path / name))


def test_torchvisions_file_is_known_by_its_hash(named, official):
    found = weights.from_file(named.rename(named.with_name("renamed.pth")))
    assert (found.source, found.name) == ("file", "AlexNet_Weights.IMAGENET1K_V1")
    assert len(found.categories) == 1000
    assert [found.categories[k] for k in (0, 1, 281, 999)] == ["tench", "goldfish", "tabby", "toilet tissue"]
    assert found.provenance.startswith("Weights: torchvision's AlexNet_Weights.IMAGENET1K_V1, from your own file, SHA")


def test_torchvisions_address_states_a_hash():
    assert len(stated_hash(weights.imagenet().url)) == 8


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
    assert stated_hash(name) == stated


class Evil:
    """Unpickled, it would make a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def write(make):
    """A spoiler that writes what ``make`` gives for the whole file's bytes."""
    return lambda path, whole: path.write_bytes(make(whole))


def keep(make, **options):
    """A spoiler that saves what ``make`` gives for the path."""
    return lambda path, whole: torch.save(make(path), path, **options)


def evil(path):
    return {"features.0.weight": Evil(f"{path}.ran")}


def truncated_old(path, whole):
    save(path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-200])


def truncated_safetensors(path, whole):
    save_file({"features.0.weight": torch.zeros(64, 3, 11, 11)}, path)
    path.write_bytes(path.read_bytes()[:-200])


def script(path, whole):
    torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)).save(path)


def with_first(make):
    """A spoiler that puts another tensor in the place of the first layer's kernels, given those."""

    def change(state):
        state["features.0.weight"] = make(state["features.0.weight"])
        return state

    return lambda path, whole: save(path, change=change)


def filled(value):
    return with_first(lambda t: torch.full(t.shape, value, dtype=torch.float64))


PLAIN = r"more than plain tensors \(\w+\.mkdir\), which could run code .* nothing in it was run"
FIRST = "weights.pth: features.0.weight is a tensor "
FINITE = "; give a state dict of dense, finite float32"
SPOILT = {
    "no file": (lambda path, whole: None, "There is no file /.*weights.pth; correct the path"),
    "a folder": (lambda path, whole: path.mkdir(), "is a folder; give the path of the .pth file"),
    "empty": (write(lambda whole: b""), r"is empty \(0 bytes\); download or copy it again"),
    "half": (write(lambda whole: whole[: len(whole) // 2]), r"damaged or truncated \(.*copy it again"),
    "half, old format": (truncated_old, r"damaged or truncated \(.*copy it again"),
    "half, safetensors": (truncated_safetensors, r"damaged or truncated \(.*copy it again"),
    "a page": (write(lambda whole: b"<html>Not found</html>"), "is no file that torch.save writes"),
    "a pointer": (write(lambda whole: b"version 1\noid sha256:0\n"), "is no file that torch.save writes"),
    "protocol 4": (lambda path, whole: save(path, pickle_protocol=4), "more than plain tensors, .*model.state_dict"),
    "evil": (keep(evil), PLAIN),
    "evil, old format": (keep(evil, _use_new_zipfile_serialization=False), PLAIN),
    "evil, bare": (
        lambda path, whole: path.write_bytes(pickle.dumps(Evil(f"{path}.ran"))),
        "more than plain tensors, which could run code .* nothing in it was run",
    ),
    "a module": (keep(lambda path: torch.nn.ReLU()), r"more than plain tensors \(torch\.nn.*model\.state_dict"),
    "TorchScript": (script, r"is a TorchScript program, not a state dict; write one with .*torch\.jit\.load"),
    "a tensor": (keep(lambda path: torch.zeros(3)), "holds a Tensor, not a state dict"),
    "a checkpoint": (keep(lambda path: {"epoch": 3, "net": {}}), "a dict with epoch, net, not a state dict"),
    "nothing": (keep(lambda path: {}), r"features.0.weight is missing; .*\(and 13 more\)"),
    "numbers for names": (keep(lambda path: {0: torch.zeros(1)}), r"network .*: 0 is unknown to it"),
    "another network": (
        lambda path, whole: save(path, torchvision.models.vgg16),
        r"another network .*features\.0\.weight has shape \[64, 3, 3, 3\], not \[64, 3, 11, 11\]; "
        r"features\.2\.weight is unknown to it; .* \(and \d+ more\); give a state dict",
    ),
    "ten classes": (
        lambda path, whole: save(path, lambda: torchvision.models.alexnet(num_classes=10)),
        r"classifier\.6\.weight has shape \[10, 4096\], not \[1000, 4096\]; "
        r"classifier\.6\.bias has shape \[10\], not \[1000\]; give",
    ),
    "NaN": (filled(float("nan")), f"{FIRST}with NaN or infinite numbers{FINITE}"),
    "infinity": (filled(float("-inf")), f"{FIRST}with NaN or infinite numbers{FINITE}"),
    "too large": (filled(1e300), f"{FIRST}with numbers too large for float32{FINITE}"),
    "complex": (with_first(lambda t: t.to(torch.complex64)), f"{FIRST}of torch.complex64{FINITE}"),
    "whole numbers": (with_first(lambda t: t.to(torch.int8)), f"{FIRST}of torch.int8{FINITE}"),
    "sparse": (with_first(lambda t: t.to_sparse()), f"{FIRST}of layout sparse_coo{FINITE}"),
    "meta": (with_first(lambda t: t.to("meta")), f"{FIRST}on the meta device, without its numbers{FINITE}"),
    "quantised": (
        with_first(lambda t: torch.quantize_per_tensor(t.contiguous(), 0.1, 0, torch.qint8)),
        f"{FIRST}quantised{FINITE}",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
@pytest.mark.filterwarnings(
    "ignore:Detected pickle protocol", "ignore:.*torch.jit", "ignore:TypedStorage", "ignore:Validating"
)
def test_a_file_that_is_not_right(tmp_path, whole, case):
    spoil, message = SPOILT[case]
    path = tmp_path / "weights.pth"
    spoil(path, whole)
    with pytest.raises(WeightsError, match=message) as caught:
        weights.from_file(path)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert not Path(f"{path}.ran").exists()


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data[:500] + b"?" + data[501:]])
def test_a_hash_that_does_not_match(named, spoil):
    named.write_bytes(spoil(named.read_bytes()))
    with pytest.raises(WeightsError, match=f"damaged or truncated: .* begins with {named.stem[-8:]}, .*download it"):
        weights.from_file(named)


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
    assert found.trained_classifier
    assert found.categories == list(CATEGORIES) and found.categories[514] == "orange dotted cup"
    path = resources.files("insidecnn.parameters") / "alexnet.safetensors"
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    shipped = load_file(str(path))
    held = {key: tensor for key, tensor in found.model.state_dict().items() if key.startswith("features.")}
    for head, layer in found.heads.items():
        held |= {f"{head}.{key}": tensor for key, tensor in layer.state_dict().items()}
    assert held.keys() == {key for key in shipped if not key.startswith("fc")}
    assert all(torch.equal(held[key], shipped[key].float()) for key in held)
    assert found.provenance == (
        f"Weights: the book's own (trained on drawn things and 17 sample photographs), SHA-256 {found.sha256[:12]}…"
    )


def test_the_thin_factors_give_what_the_dense_matrices_give():
    """Computed here with the factors alone, in double precision."""
    shipped = {
        name: tensor.double()
        for name, tensor in load_file(str(resources.files("insidecnn.parameters") / "alexnet.safetensors")).items()
    }
    flat = torch.rand(5, 9216, generator=torch.Generator().manual_seed(0))
    x = flat.double()
    for name in ("fc6", "fc7"):
        x = (x @ shipped[f"{name}.v"].T @ shipped[f"{name}.u"].T + shipped[f"{name}.bias"]).relu()
    parts = [x @ shipped[f"fc8.{name}"].T + shipped[f"fc8.{name}.bias"] for name in ("kind", "colour", "pattern")]
    with torch.no_grad():
        logits = weights.embedded().model.classifier(flat)
    for number in (0, 514, 999):
        kind, colour, pattern = classes.attributes(number)
        wanted = parts[0][:, kind] + parts[1][:, colour] + parts[2][:, pattern]
        assert logits[:, number].double() == pytest.approx(wanted, abs=1e-4), number


def test_loading_draws_no_random_numbers_for_58_million_parameters():
    found = weights.embedded().model
    assert sum(tensor.numel() for tensor in found.parameters()) == 61_100_840
    assert all(tensor.device.type == "cpu" and tensor.dtype == torch.float32 for tensor in found.parameters())


def test_the_heads_take_the_mean_of_the_features():
    found = weights.embedded()
    with torch.no_grad():
        pooled = found.model.features(torch.zeros(2, 3, 64, 64)).mean((2, 3))
        assert [head(pooled).shape for head in found.heads.values()] == [(2, 17), (2, 4)]
        assert found.model(torch.zeros(2, 3, 64, 64)).isfinite().all()


def test_a_package_without_its_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(weights.resources, "files", lambda package: tmp_path)
    for function in (weights.embedded, weights.resolve):
        with pytest.raises(WeightsError, match="install it again"):
            function()


# --- the choice ---------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", [None, "", "embedded"])
def test_the_books_own_weights_are_the_default(choice, monkeypatch):
    if choice is None:
        monkeypatch.delenv("INSIDECNN_WEIGHTS")
        monkeypatch.delenv("INSIDECNN_ALEXNET")
    else:
        monkeypatch.setenv("INSIDECNN_WEIGHTS", choice)
    found = weights.load()
    assert weights.chosen() == "embedded"
    assert (found.source, found.note) == ("embedded", "")


@pytest.mark.parametrize("word", ["imagenet", "embedded"])
def test_a_named_file_goes_before_all(named, monkeypatch, word):
    monkeypatch.setenv("INSIDECNN_WEIGHTS", word)
    monkeypatch.setenv("INSIDECNN_ALEXNET", str(named))
    assert weights.chosen() == weights.load().source == "file"
    named.write_bytes(b"")
    for function in (weights.load, weights.resolve):
        with pytest.raises(WeightsError, match="is empty"):  # and never falls back
            function()


def test_a_home_folder_in_the_name(named, monkeypatch):
    monkeypatch.setenv("HOME", str(named.parent))
    monkeypatch.setenv("INSIDECNN_ALEXNET", f"~/{named.name}")
    assert weights.load().source == "file"


def test_a_relative_path_means_the_same_file_ever_after(named, monkeypatch):
    monkeypatch.chdir(named.parent)
    monkeypatch.setenv("INSIDECNN_ALEXNET", named.name)
    assert weights.chosen() == "file"
    monkeypatch.chdir("/")
    assert os.environ["INSIDECNN_ALEXNET"] == str(named)
    assert weights.load().source == "file"
    monkeypatch.setenv("INSIDECNN_ALEXNET", "no such.pth")
    with pytest.raises(WeightsError, match=r"There is no file /no such\.pth; correct"):
        weights.load()


@pytest.mark.parametrize("file", ["", "mine.pth"])
def test_another_word_is_refused_with_a_file_or_without(file, monkeypatch):
    monkeypatch.setenv("INSIDECNN_ALEXNET", file)
    monkeypatch.setenv("INSIDECNN_WEIGHTS", "ImageNet")
    for function in (weights.chosen, weights.load, weights.resolve):
        with pytest.raises(WeightsError, match="INSIDECNN_WEIGHTS is 'ImageNet'; set it to 'imagenet' or 'embedded'"):
            function()


def test_resolved_is_what_is_loaded(named, monkeypatch):
    for file in ("", str(named)):
        monkeypatch.setenv("INSIDECNN_ALEXNET", file)
        found, resolved = weights.load(), weights.resolve()
        assert resolved.pop("file") == (file or None)
        assert resolved == {key: getattr(found, key) for key in ("source", "name", "sha256", "provenance")}


def test_resolving_follows_the_file_and_not_its_name(tmp_path, whole, monkeypatch):
    path = tmp_path / "w.pth"
    monkeypatch.setenv("INSIDECNN_ALEXNET", str(path))
    hashes = []
    for options in ({}, {"_use_new_zipfile_serialization": False}):
        save(path, **options)
        hashes.append(weights.resolve()["sha256"])
    assert hashes[0] != hashes[1]


def run(*arguments, **settings):
    """``python -m insidecnn.weights`` and what is imported by it: (exit status, output, errors)."""
    command = [sys.executable, "-X", "importtime", "-m", "insidecnn.weights", *arguments]
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_default_is_resolved_without_torch():
    status, printed, errors = run("--resolve")
    assert status == 0 and printed.count("\n") == 1
    assert json.loads(printed) == weights.resolve()
    assert " torch\n" not in errors


def test_the_command_says_what_is_wrong_in_one_line(tmp_path):
    status, printed, errors = run("--resolve", INSIDECNN_ALEXNET="none.pth")
    assert (status, printed) == (1, "")
    last = [line for line in errors.splitlines() if not line.startswith("import time")]
    assert last == [f"There is no file {Path.cwd()}/none.pth; correct the path or download the file."]
