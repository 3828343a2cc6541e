"""The parameters of the convolutions as the browser takes them: one small file a layer."""

import gzip

import numpy as np

BLOCK = 8  # output channels that the browser computes at once


def pack(weight: np.ndarray, bias: np.ndarray) -> bytes:
    """A layer's parameters for ``book/_static/lab/network.js``, with half the bits of float32.

    The weights stand in the order in which the kernel reads them, (C_out/8, ky, kx, C_in, 8), behind
    the bias; as float16, first all high bytes, then all low ones, since gzip finds more in common
    among bytes of one kind.

    Args:
        weight: (C_out, C_in, k, k), C_out a multiple of 8.
        bias: (C_out,).

    Raises:
        ValueError: another shape, or a number that float16 cannot hold.
    """
    if weight.ndim != 4 or weight.shape[0] % BLOCK or bias.shape != weight.shape[:1]:
        raise ValueError(
            f"weight {weight.shape} and bias {bias.shape}: wanted are (C_out, C_in, k, k) and (C_out,), C_out a multiple of {BLOCK}."
        )
    out_channels, in_channels, height, width = weight.shape
    blocks = weight.reshape(out_channels // BLOCK, BLOCK, in_channels, height, width).transpose(0, 3, 4, 2, 1)
    numbers = np.concatenate([bias.ravel(), blocks.ravel()])
    with np.errstate(over="ignore"):
        halves = numbers.astype(np.float16)
    if not np.isfinite(halves).all():
        raise ValueError(f"The largest parameter is {np.abs(numbers).max():g}; float16 ends at 65504.")
    planes = halves.astype("<f2").view(np.uint8).reshape(-1, 2)
    return gzip.compress(planes[:, 1].tobytes() + planes[:, 0].tobytes(), 9, mtime=0)


def convolutions(tensors: dict[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Layer → (weight, bias) of the four-axis weights in a state dict, in the order of ``features``."""
    names = sorted(
        (
            key.removesuffix(".weight")
            for key, value in tensors.items()
            if key.startswith("features.") and value.ndim == 4
        ),
        key=lambda name: int(name.split(".")[1]),
    )
    return {name: (tensors[f"{name}.weight"], tensors[f"{name}.bias"]) for name in names}
