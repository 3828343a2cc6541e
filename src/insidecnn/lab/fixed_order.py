"""AlexNet with every addition in a stated order: the same bits on every machine, and in the browser.

A sum of rounded numbers depends on its order, and libraries choose theirs by processor and thread count:
PyTorch's results differ in the last digits from one machine to another. Here, and in ``book/_static/lab``
(``kernel.c`` and ``network.js``), the order is part of the definition, so that results can be compared by a hash.
"""

import hashlib

import numpy as np
import torch
from torch import nn

from insidecnn.arithmetic import output_size, pair
from insidecnn.lab import chunks


def conv2d(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
    """What ``F.conv2d`` gives for one image, in float32 without fused multiply-add, summed in this order.

    The products of one row of a kernel are added up from left to right, at each place channel by
    channel; then the sums of the rows are added to the bias, from top to bottom.

    Args:
        x: (C_in, H, W) float32.
        weight: (C_out, C_in, k, k) float32.
        bias: (C_out,) float32.

    Returns:
        (C_out, H_out, W_out) float32.
    """
    channels, height, width = x.shape
    kernel_size = weight.shape[-1]
    out_height, out_width = (output_size(n, kernel_size, stride, padding) for n in (height, width))
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    total = np.broadcast_to(bias, (out_height, out_width, len(bias))).copy()
    for ky in range(kernel_size):
        row = np.zeros_like(total)
        for kx in range(kernel_size):
            rows, columns = (slice(k, k + stride * n, stride) for k, n in ((ky, out_height), (kx, out_width)))
            for c in range(channels):
                row += x[c, rows, columns, None] * weight[:, c, ky, kx]  # (H_out, W_out, C_out)
        total += row
    return np.ascontiguousarray(total.transpose(2, 0, 1))


def stages(features: nn.Sequential, x: torch.Tensor) -> list[tuple[str, np.ndarray]]:
    """The output of each layer of AlexNet's ``features``, as :func:`insidecnn.alexnet.stages` gives it to 5e-5.

    Args:
        features: convolutions without groups and dilation, ReLU and max pooling.
        x: one image, (1, 3, H, W), normalised.

    Returns:
        (name, (C, H, W) float32), one a layer; max pooling and ReLU only choose numbers, and round nothing.
    """
    maps, found = x.detach().numpy()[0], []
    for number, layer in enumerate(features):
        if isinstance(layer, nn.Conv2d):
            weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
            maps = conv2d(maps, weight, bias, pair(layer.stride)[0], pair(layer.padding)[0])
        elif isinstance(layer, nn.ReLU):
            maps = relu(maps)
        else:
            maps = layer(torch.from_numpy(maps)[None])[0].numpy()
        found.append((f"features.{number}", maps))
    return found


def classifier(factors: dict[str, torch.Tensor], maps: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """What the classifier makes of pool3's maps, out of its thin factors: PyTorch's logits to 1e-4.

    Args:
        factors: see :func:`insidecnn.factors.dense`.
        maps: (256, 6, 6).

    Returns:
        (name, output) of fc6, relu6, fc7, relu7: (4096,) float32 each; and of fc8: (1000,).
    """
    found = []
    for name, parts in chunks.classifier({key: tensor.numpy() for key, tensor in factors.items()}).items():
        for weight, bias in parts:
            maps = conv2d(maps, weight, bias)
        found.append((name, maps.ravel()))
        maps = relu(maps)
        found.append((name.replace("fc", "relu"), maps.ravel()))
    kind, colour, pattern = found[-2][1][:30].reshape(3, 10)
    logits = kind[:, None, None] + colour[:, None] + pattern  # from left to right
    return [*found[:-2], ("fc8", logits.ravel())]


def dense(classifier: nn.Sequential, maps: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """What dense layers make of the last maps, each as one convolution: PyTorch's numbers to 1e-4.

    Args:
        classifier: as torchvision's AlexNet has it: Linear, ReLU, and Dropout, which does nothing here.
        maps: (C, H, W) float32.

    Returns:
        (name, output) of fc6, relu6, fc7, relu7 and fc8, (units,) float32 each.
    """
    found, number = [], 5
    for layer in classifier:
        if isinstance(layer, nn.Linear):
            number += 1
            weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
            maps = conv2d(maps, weight.reshape(len(weight), *maps.shape), bias)
            found.append((f"fc{number}", maps.ravel()))
        elif isinstance(layer, nn.ReLU):
            maps = relu(maps)
            found.append((f"relu{number}", maps.ravel()))
    return found


def relu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.float32(0))


def digest(maps: np.ndarray) -> str:
    """SHA-256 of the maps' float32 numbers (C, H, W), little end first: equal only if every bit is."""
    return hashlib.sha256(np.ascontiguousarray(maps, "<f4").tobytes()).hexdigest()
