"""The Python side of the lab: the fixed order against torch, the files that the browser gets, the kernel's bytes."""

import gzip
import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from insidecnn import photos, preprocess, weights
from insidecnn.lab import chunks, fixed_order, presets, samples
from insidecnn.widgets.lab import layers, proof, rounded, tensor

KERNEL = Path(__file__).parents[1] / "book" / "_static" / "lab" / "kernel.c"
RNG = np.random.default_rng(0)


def noise(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.data())
def test_the_fixed_order_is_torch_s_convolution(channels, filters, kernel_size, stride, padding, data):
    least = max(1, kernel_size - 2 * padding)
    height, width = (data.draw(st.integers(least, least + 12)) for _ in "hw")
    x, weight, bias = noise(channels, height, width), noise(filters, channels, kernel_size, kernel_size), noise(filters)
    ours = fixed_order.conv2d(x, weight, bias, stride, padding)
    torchs = F.conv2d(*map(torch.from_numpy, (x[None], weight, bias)), stride, padding)[0].numpy()
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, torchs, atol=2e-5)


def test_the_order_is_the_stated_one():
    """Rows alone, left to right, channel by channel; bias first. Of these numbers every other order gives another sum."""
    random = np.random.default_rng(3)
    x, weight, bias = (random.uniform(-9, 9, size).astype(np.float32) for size in ((20, 3, 4, 4), (1, 3, 4, 4), (1,)))
    ours, others = [], []
    for image in x:
        total, products = bias[0], image * weight[0]
        for row in range(4):
            part = np.float32(0)
            for column in range(4):
                for channel in range(3):
                    part = np.float32(part + products[channel, row, column])
            total = np.float32(total + part)
        assert fixed_order.conv2d(image, weight, bias)[0, 0, 0] == total
        ours.append(total)
        plain = products.transpose(1, 2, 0).ravel()
        others.append([np.add.accumulate(np.append(bias, each))[-1] for each in (plain, plain[::-1], products.ravel())])
    different = (np.array(ours)[:, None] != np.array(others)).mean(0)
    assert (different > 0.3).all()  # of twenty sums, else the test would say nothing


def test_all_samples_are_torch_s_to_5e_5():
    features = weights.embedded().model.features
    digests, differences = proof(features)
    assert list(digests) == list(samples.NAMES) and differences.shape == (len(samples.NAMES), 13)
    assert differences.max() < 5e-5
    assert len({digest for each in digests.values() for digest in each}) >= 12 * len(samples.NAMES)


def test_a_chunk_holds_the_layer_bit_for_bit():
    for name, (weight, bias) in chunks.convolutions(dict(_state())).items():
        data = gzip.decompress(chunks.pack(weight, bias))
        high, low = np.frombuffer(data, np.uint8).reshape(2, -1)
        numbers = (high.astype(np.uint16) << 8 | low).view(np.float16)
        count = len(bias)
        np.testing.assert_array_equal(numbers[:count], bias, err_msg=name)
        out, depth, side, _ = weight.shape
        blocks = numbers[count:].reshape(out // 8, side, side, depth, 8)
        np.testing.assert_array_equal(blocks.transpose(0, 4, 3, 1, 2).reshape(weight.shape), weight, err_msg=name)


def _state():
    for name, value in weights.embedded().model.state_dict().items():
        yield name, value.numpy()


def test_what_cannot_be_packed_is_named():
    with pytest.raises(ValueError, match="float16 ends at 65504"):
        chunks.pack(np.full((8, 1, 1, 1), 1e6, np.float32), np.zeros(8, np.float32))
    with pytest.raises(ValueError, match="C_out a multiple of 8"):
        chunks.pack(np.zeros((6, 1, 1, 1), np.float32), np.zeros(6, np.float32))


def test_the_convolutions_come_in_the_order_of_the_network():
    names = list(chunks.convolutions(dict(_state())))
    assert names == ["features.0", "features.3", "features.6", "features.8", "features.10"]


def test_the_embedded_weights_lose_nothing_in_float16():
    features = weights.embedded().model.features
    for before, after in zip(features.parameters(), rounded(features).parameters(), strict=True):
        assert torch.equal(before, after)


def test_the_layers_are_those_of_the_network():
    entries = layers(weights.embedded().model.features)
    names = "conv1, relu1, pool1, conv2, relu2, pool2, conv3, relu3, conv4, relu4, conv5, relu5, pool3"
    assert ", ".join(entry["short"] for entry in entries) == names
    x = torch.zeros(1, 3, 224, 224)
    for entry, layer in zip(entries, weights.embedded().model.features, strict=True):
        assert entry["given"] == tuple(x.shape[1:])
        x = layer(x.clone())
        assert entry["shape"] == tuple(x.shape[1:])
    with pytest.raises(ValueError, match=r"the lab computes Conv2d without groups, ReLU and MaxPool2d"):
        layers(nn.Sequential(nn.Conv2d(3, 6, 3, groups=3)))


@pytest.mark.parametrize("name", samples.NAMES)
def test_a_sample_s_file_is_read_alike_by_all(name, tmp_path):
    file = tmp_path / f"{name}.jpg"
    file.write_bytes(samples.jpeg(name))
    pixels = photos.read(file)
    assert min(pixels.shape[:2]) == 256 and max(pixels.shape[:2]) <= 384
    assert torch.equal(preprocess.preprocess(pixels), tensor(name))
    assert Image.open(io.BytesIO(samples.thumbnail(name))).size == (56, 56)
    assert samples.title(name) and samples.licence(name)
    assert len(file.read_bytes()) < 25_000


def test_preset_kernels_are_exact_and_do_what_they_are_called():
    kernels = presets.presets()
    for name, kernel in kernels.items():
        assert kernel.shape == (3, 11, 11) and np.abs(kernel).max() == 1, name
        np.testing.assert_array_equal(kernel * 64, np.round(kernel * 64))
    ramp = np.broadcast_to(np.arange(11.0), (3, 11, 11))
    assert (kernels["Sobel x"] * ramp).sum() > 0 == (kernels["Sobel y"] * ramp).sum()
    assert kernels["Laplacian"].sum() == kernels["red against green"].sum() == 0
    assert (kernels["blur"] >= 0).all()


def debian_s_clang():
    """Other versions may give other bytes for the same source."""
    if not (shutil.which("clang") and shutil.which("wasm-ld")):
        return False
    said = subprocess.run(["clang", "--version"], capture_output=True, text=True, check=True).stdout
    return "Debian clang version 14." in said


@pytest.mark.skipif(not debian_s_clang(), reason="Debian 12's clang and lld are not installed")
def test_the_kernel_s_bytes_come_from_its_source(tmp_path):
    line = KERNEL.read_text().splitlines()[1].removeprefix("// ")
    assert line.startswith("clang --target=wasm32")
    shutil.copy(KERNEL, tmp_path)
    subprocess.run(line, shell=True, cwd=tmp_path, check=True)
    assert (tmp_path / "kernel.wasm").read_bytes() == KERNEL.with_name("kernel.wasm").read_bytes()
    source = "\n".join(line.split("//")[0] for line in KERNEL.read_text().splitlines())
    assert "fma" not in source and "relaxed" not in source
