"""Convolution and pooling in plain loops: slow, and meant for reading.

Both take and return NumPy arrays (N, C, H, W), mean what ``torch.nn.functional`` means by the same
names, and are held equal to it by the tests.
"""

import numpy as np

from insidecnn.arithmetic import Pair, output_size, pair
from insidecnn.checks import array, whole


def conv2d(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """Slide every kernel over every image; at each place multiply, add up, and write one number.

    Deep learning calls this convolution; a mathematician would call it cross-correlation, since
    the kernel is not flipped.

    Args:
        x: images (N, C_in, H, W).
        weight: kernels (C_out, C_in / groups, kH, kW).
        bias: (C_out,), or None for zeros.

    Returns:
        feature maps (N, C_out, H_out, W_out), in the data type of ``x · weight + bias``; of whole numbers
        in int64, where no sum of pixels wraps around.

    Raises:
        ValueError: no numbers, shapes that do not fit one another, a setting out of its range, or a
            kernel larger than the padded image.
    """
    x, weight = four(x, "x"), four(weight, "weight")
    (images, channels, height, width), (kernels, depth, kernel_height, kernel_width) = x.shape, weight.shape
    groups = whole("groups", groups, least=1)
    if depth * groups != channels or kernels % groups:
        raise ValueError(
            f"Kernels of depth {depth} in {groups} group(s) read {depth * groups} channels and x has {channels}; "
            f"the depth must be {channels}/{groups}, and the {kernels} kernels must share out evenly."
        )
    bias = np.zeros(kernels, weight.dtype) if bias is None else array("bias", bias, NUMBERS, "numbers")
    if bias.shape != (kernels,):
        raise ValueError(f"bias has shape {bias.shape}; it must hold one number per kernel: ({kernels},).")
    dtype = np.result_type(x, weight, bias)
    x = x.astype(dtype if dtype.kind == "f" else np.int64)
    (down, right), (pad_y, pad_x), (gap_y, gap_x) = pair(stride), pair(padding), pair(dilation)
    out_height = output_size(height, kernel_height, down, pad_y, gap_y)
    out_width = output_size(width, kernel_width, right, pad_x, gap_x)
    x = np.pad(x, ((0, 0), (0, 0), (pad_y, pad_y), (pad_x, pad_x)))
    out = np.zeros((images, kernels, out_height, out_width), x.dtype)
    for n in range(images):
        for k in range(kernels):
            first = k // (kernels // groups) * depth  # the first channel of this kernel's group
            for row in range(out_height):
                for column in range(out_width):
                    top, left = row * down, column * right
                    window = x[
                        n,
                        first : first + depth,
                        top : top + gap_y * kernel_height : gap_y,
                        left : left + gap_x * kernel_width : gap_x,
                    ]
                    out[n, k, row, column] = (window * weight[k]).sum() + bias[k]
    return out


def max_pool2d(
    x: np.ndarray,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Keep the largest value of each window; each channel by itself.

    Args:
        x: feature maps (N, C, H, W), floats or whole numbers.
        stride: the kernel size if not given, so that windows touch and do not overlap.
        padding: cells of minus infinity around the map, at most half the kernel size: they never win.

    Returns:
        (N, C, H_out, W_out).

    Raises:
        ValueError: no numbers, a setting out of its range, padding over half a window, or a window larger
            than the padded map.
    """
    x = four(x, "x")
    images, channels, height, width = x.shape
    kernel_height, kernel_width = pair(kernel_size)
    down, right = pair(kernel_size if stride is None else stride)
    (pad_y, pad_x), (gap_y, gap_x) = pair(padding), pair(dilation)
    if pad_y > kernel_height // 2 or pad_x > kernel_width // 2:
        raise ValueError(
            f"padding {padding} is more than half of kernel_size {kernel_size}: a window could hold padding alone."
        )
    out_height = output_size(height, kernel_height, down, pad_y, gap_y, ceil_mode)
    out_width = output_size(width, kernel_width, right, pad_x, gap_x, ceil_mode)
    lowest = -np.inf if np.issubdtype(x.dtype, np.floating) else np.iinfo(x.dtype).min
    x = np.pad(x, ((0, 0), (0, 0), (pad_y, pad_y), (pad_x, pad_x)), constant_values=lowest)
    out = np.empty((images, channels, out_height, out_width), x.dtype)
    for row in range(out_height):
        for column in range(out_width):
            top, left = row * down, column * right
            window = x[:, :, top : top + gap_y * kernel_height : gap_y, left : left + gap_x * kernel_width : gap_x]
            out[:, :, row, column] = window.max(axis=(2, 3))
    return out


NUMBERS = "iuf"  # NumPy's letters for int, uint and float


def four(value: np.ndarray, name: str) -> np.ndarray:
    found = array(name, value, NUMBERS, "numbers of shape (N, C, H, W)")
    if found.ndim != 4:
        raise ValueError(f"{name} has shape {found.shape}; it must have four axes, as in (N, C, H, W).")
    return found
