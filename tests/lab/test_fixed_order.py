"""The fixed order of additions: it is the stated one, and torch's convolution."""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from insidecnn import weights
from insidecnn.lab import fixed_order


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.data())
def test_the_fixed_order_is_torch_s_convolution(channels, filters, kernel_size, stride, padding, data):
    least = max(1, kernel_size - 2 * padding)
    height, width = (data.draw(st.integers(least, least + 12)) for _ in "hw")
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    shapes = (channels, height, width), (filters, channels, kernel_size, kernel_size), (filters,)
    x, weight, bias = (random.standard_normal(shape).astype(np.float32) for shape in shapes)
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


def test_dense_layers_are_torch_s():
    random = torch.Generator().manual_seed(0)
    layers = nn.Sequential(
        nn.Dropout(), nn.Linear(45, 20), nn.ReLU(), nn.Dropout(), nn.Linear(20, 9), nn.ReLU(), nn.Linear(9, 4)
    ).eval()
    maps = torch.randn(5, 3, 3, generator=random)
    found = fixed_order.dense(layers, maps.numpy())
    x, wanted = maps.flatten()[None], []
    with torch.no_grad():
        for layer in layers:
            x = layer(x)
            if not isinstance(layer, nn.Dropout):
                wanted.append(x[0].numpy())
    assert [name for name, _ in found] == ["fc6", "relu6", "fc7", "relu7", "fc8"]
    for (_, ours), torchs in zip(found, wanted, strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, torchs, atol=1e-5)


def test_the_thin_classifier_is_torch_s_to_1e_4():
    """On maps of usual size and sparseness: PyTorch multiplies by the whole matrices."""
    loaded = weights.embedded()
    maps = torch.randn(256, 6, 6, generator=torch.Generator().manual_seed(0)).relu()
    found = dict(fixed_order.classifier(loaded.factors, maps.numpy()))
    assert {name: each.shape for name, each in found.items()} == {
        **dict.fromkeys(["fc6", "relu6", "fc7", "relu7"], (4096,)),
        "fc8": (1000,),
    }
    with torch.no_grad():
        wanted = loaded.model.classifier(maps.flatten()[None])[0].numpy()
    assert found["fc8"].dtype == np.float32
    np.testing.assert_allclose(found["fc8"], wanted, atol=1e-4)
    assert np.abs(wanted).max() > 1  # or the test would say little
