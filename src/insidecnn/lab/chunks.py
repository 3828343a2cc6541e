"""The parameters as the browser takes them: one small file a convolution, and one for the classifier."""

import gzip

import numpy as np

BLOCK = 8  # output channels that the browser computes at once
CLASSIFIER = "classifier.bin"


def pack(*layers: tuple[np.ndarray, np.ndarray]) -> bytes:
    """Parameters for ``book/_static/lab/network.js``, with half the bits of float32.

    The weights stand in the order in which the kernel reads them, (C_out/8, ky, kx, C_in, 8), behind
    their bias, layer after layer; as float16, first all high bytes, then all low ones, since gzip finds
    more in common among bytes of one kind.

    Args:
        layers: (weight, bias) each: (C_out, C_in, k, k), C_out a multiple of 8, and (C_out,).

    Raises:
        ValueError: another shape, or a number that float16 cannot hold.
    """
    numbers = np.concatenate([part for layer in layers for part in ordered(*layer)])
    with np.errstate(over="ignore"):
        halves = numbers.astype(np.float16)
    if not np.isfinite(halves).all():
        raise ValueError(f"The largest parameter is {np.abs(numbers).max():g}; float16 ends at 65504.")
    planes = halves.astype("<f2").view(np.uint8).reshape(-1, 2)
    return gzip.compress(planes[:, 1].tobytes() + planes[:, 0].tobytes(), 9, mtime=0)


def files(tensors: dict[str, np.ndarray]) -> dict[str, bytes]:
    """File → its bytes, in the order in which the network needs them; the classifier's only if it is thin."""
    packed = {f"{name}.bin": pack(both) for name, both in convolutions(tensors).items()}
    if "fc6.u" in tensors:
        packed[CLASSIFIER] = pack(*(part for parts in classifier(tensors).values() for part in parts))
    return packed


def ordered(weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bias, and the weights in the kernel's order; one axis each."""
    if weight.ndim != 4 or weight.shape[0] % BLOCK or bias.shape != weight.shape[:1]:
        raise ValueError(
            f"weight {weight.shape} and bias {bias.shape}: wanted are (C_out, C_in, k, k) and (C_out,), C_out a multiple of {BLOCK}."
        )
    out_channels, in_channels, height, width = weight.shape
    blocks = weight.reshape(out_channels // BLOCK, BLOCK, in_channels, height, width).transpose(0, 3, 4, 2, 1)
    return bias, blocks.ravel()


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


def classifier(tensors: dict[str, np.ndarray]) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """Layer → the convolutions, one after the other, that do what the thin factors of the classifier do.

    A convolution whose kernel is as large as its input is a matrix. Those of fc6 and fc7 are V, without a
    bias, and U; that of fc8 gives what each kind, colour and pattern adds to a logit, in this order, and
    zeros up to a multiple of 8.

    Args:
        tensors: :func:`insidecnn.factors.dense` says which.
    """
    parts = ("fc8.kind", "fc8.colour", "fc8.pattern")
    weight, bias = (np.concatenate([tensors[part + end] for part in parts]) for end in ("", ".bias"))
    zeros = -len(bias) % BLOCK
    return {
        "fc6": thin(tensors, "fc6", 6),
        "fc7": thin(tensors, "fc7", 1),
        "fc8": [(np.pad(weight, ((0, zeros), (0, 0)))[..., None, None], np.pad(bias, (0, zeros)))],
    }


def thin(tensors: dict[str, np.ndarray], name: str, side: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """V and U of a layer whose input is ``side`` × ``side`` pixels, as convolutions."""
    u, v = tensors[f"{name}.u"], tensors[f"{name}.v"]
    no_bias = np.zeros(len(v), u.dtype)
    return [(v.reshape(len(v), -1, side, side), no_bias), (u[..., None, None], tensors[f"{name}.bias"])]
