"""A checker for the reader's own ``conv2d`` and ``max_pool2d``: it says what is wrong with a wrong try.

It runs the function on small cases and compares with torch. Where the results differ it looks for the mistake: it
makes the usual ones itself, and says which of them gives the reader's numbers.
"""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

Function = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Verdict:
    """What the checker found; shown as its sentence."""

    right: bool
    words: str

    def __repr__(self) -> str:
        return textwrap.fill(self.words, 72)


def image(height: int, width: int, seed: int) -> np.ndarray:
    """(height, width) float64 with one digit after the point, negative numbers among them."""
    return np.random.default_rng(seed).integers(-50, 50, (height, width)) / 10


def true_conv2d(x, kernel, bias=0.0, stride=1, padding=0) -> np.ndarray:
    tensors = [torch.from_numpy(np.ascontiguousarray(a, float))[None, None] for a in (x, kernel)]
    return F.conv2d(*tensors, torch.tensor([bias], dtype=torch.float64), stride, padding)[0, 0].numpy()


def windows(x, kernel, bias, stride, padding, make=lambda window, kernel, bias: (window * kernel).sum() + bias):
    """The loops of conv2d, with what is done at each place as an argument, since mistakes differ there."""
    x = np.pad(x, padding)
    rows, columns = ((n - k) // stride + 1 for n, k in zip(x.shape, kernel.shape, strict=True))
    out = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            top, left = r * stride, c * stride
            out[r, c] = make(x[top : top + kernel.shape[0], left : left + kernel.shape[1]], kernel, bias)
    return out


def mean_of_products(window, kernel, bias):
    return (window * kernel).mean() + bias


def bias_at_each_product(window, kernel, bias):
    return (window * kernel + bias).sum()


# what goes wrong → what comes out then; each is given (x, kernel, bias, stride, padding)
CONV_MISTAKES = {
    "the kernel is flipped. That is a mathematician's convolution; deep learning does not flip": (
        lambda x, k, b, s, p: true_conv2d(x, k[::-1, ::-1].copy(), b, s, p)
    ),
    "the kernel is transposed: its rows and columns are exchanged": lambda x, k, b, s, p: true_conv2d(x, k.T, b, s, p),
    "rows and columns of the result are exchanged": lambda *case: true_conv2d(*case).T,
    "the last window of each row and column is missing (off by one): there are (n − k) // stride + 1 windows": (
        lambda *case: true_conv2d(*case)[:-1, :-1]
    ),
    "the bias is missing": lambda x, k, b, s, p: true_conv2d(x, k, 0.0, s, p),
    "the bias is added at each product; it belongs to the sum, once": (
        lambda x, k, b, s, p: windows(x, k, b, s, p, bias_at_each_product)
    ),
    "it takes the mean of the products; a convolution is their sum": (
        lambda x, k, b, s, p: windows(x, k, b, s, p, mean_of_products)
    ),
    "the padding is forgotten": lambda x, k, b, s, p: true_conv2d(x, k, b, s, 0),
    "the padding is at two sides only; zeros belong to all four": (
        lambda x, k, b, s, p: true_conv2d(np.pad(x, ((0, p), (0, p))), k, b, s, 0)
    ),
    "the padding repeats the edge; it should be zeros": (
        lambda x, k, b, s, p: true_conv2d(np.pad(x, p, mode="edge"), k, b, s, 0)
    ),
    "the stride is forgotten: neighbouring windows are one cell apart": lambda x, k, b, s, p: true_conv2d(
        x, k, b, 1, p
    ),
    "the stride is used for the size of the result, and the windows are still one cell apart": (
        lambda x, k, b, s, p: true_conv2d(x, k, b, 1, p)[: shape_of(x, k, s, p)[0], : shape_of(x, k, s, p)[1]]
    ),
    "the numbers are cut to whole ones: make the result an array of floats": (
        lambda *case: np.trunc(true_conv2d(*case))
    ),
}

CONV_CASES = {
    "a 6 × 6 image and a 3 × 3 kernel": (image(6, 6, 0), image(3, 3, 1), 0.0, 1, 0),
    "a 5 × 7 image and a 2 × 3 kernel": (image(5, 7, 2), image(2, 3, 3), 0.0, 1, 0),
    "a bias of 0.7": (image(6, 6, 0), image(3, 3, 1), 0.7, 1, 0),
    "a padding of 1": (image(6, 6, 0), image(3, 3, 1), 0.0, 1, 1),
    "a stride of 2": (image(7, 7, 4), image(3, 3, 1), 0.0, 2, 0),
    "a stride of 2 that does not fit, and a padding of 2": (image(6, 8, 5), image(3, 3, 1), 0.3, 2, 2),
}


def shape_of(x, kernel, stride, padding) -> tuple[int, int]:
    return tuple((n + 2 * padding - k) // stride + 1 for n, k in zip(x.shape, kernel.shape, strict=True))


def true_max_pool2d(x, kernel_size, stride) -> np.ndarray:
    return F.max_pool2d(torch.from_numpy(x)[None, None], kernel_size, stride)[0, 0].numpy()


def pooled(x, size, stride, make) -> np.ndarray:
    """The loops of max_pool2d, with what is done to each window as an argument."""
    return windows(x, np.ones((size, size)), 0, stride, 0, lambda window, *_: make(window))


POOL_MISTAKES = {
    "it takes the mean; that is average pooling": lambda x, k, s: pooled(x, k, s, np.mean),
    "it takes the smallest number": lambda x, k, s: pooled(x, k, s, np.min),
    "it takes the largest absolute value; a negative number is small however far from zero it is": (
        lambda x, k, s: pooled(x, k, s, lambda window: abs(window).max())
    ),
    "negative windows give 0: the running maximum starts at 0; start at −∞, or at a number of the window": (
        lambda x, k, s: true_max_pool2d(x, k, s).clip(0)
    ),
    "the stride is forgotten, or taken to be the window's size: they are two settings": (
        lambda x, k, s: true_max_pool2d(x, k, k)
    ),
    "the windows are one cell apart, whatever the stride": lambda x, k, s: true_max_pool2d(x, k, 1),
    "the last window of each row and column is missing (off by one): there are (n − k) // stride + 1 windows": (
        lambda x, k, s: true_max_pool2d(x, k, s)[:-1, :-1]
    ),
    "rows and columns of the result are exchanged": lambda *case: true_max_pool2d(*case).T,
    "it takes the number in the window's corner, not the largest": lambda x, k, s: pooled(x, k, s, lambda w: w[0, 0]),
}

POOL_CASES = {
    "a 6 × 6 map, windows of 2, stride 2": (image(6, 6, 0), 2, 2),
    "a 4 × 7 map of negative numbers": (-abs(image(4, 7, 1)) - 0.1, 2, 2),
    "windows of 3 with stride 2, which overlap": (image(7, 9, 2), 3, 2),
    "windows of 2 with stride 3, between which cells are left out": (image(8, 8, 3), 2, 3),
}


def conv2d(function: Function) -> Verdict:
    """Judge ``function(x, kernel, bias, stride, padding)``: (H, W) and (kH, kW) to (H_out, W_out), all float64."""
    return judged(function, CONV_CASES, true_conv2d, CONV_MISTAKES)


def max_pool2d(function: Function) -> Verdict:
    """Judge ``function(x, kernel_size, stride)``: (H, W) to (H_out, W_out), float64."""
    return judged(function, POOL_CASES, true_max_pool2d, POOL_MISTAKES)


def judged(function: Function, cases: dict, truth: Function, mistakes: dict[str, Function]) -> Verdict:
    """The first case that is wrong, and why; or that all are right."""
    for name, case in cases.items():
        given = [np.array(part) if isinstance(part, np.ndarray) else part for part in case]
        try:
            found = function(*given)
        except Exception as error:
            return Verdict(False, f"With {name} it raises {type(error).__name__}: {error}")
        if changed(case, given):
            return Verdict(
                False,
                f"With {name} it has changed its input: a slice of an array is no copy. "
                "Compute with a new array, or write window.copy().",
            )
        wanted = truth(*case)
        if not alike(found, wanted):
            return Verdict(False, f"With {name}: {why(found, case, wanted, mistakes)}")
    return Verdict(True, f"Right, in all {len(cases)} cases: " + "; ".join(cases) + ".")


def why(found, case, wanted: np.ndarray, mistakes: dict[str, Function]) -> str:
    """The mistake that gives what was found; or where the first wrong number is."""
    for words, make in mistakes.items():
        made = make(*case)
        if alike(found, made) and not alike(made, wanted):
            return f"{words}."
    if found is None:
        return "it returns nothing; is there a return at its end?"
    shape = np.shape(found)
    if shape != wanted.shape:
        return f"the result has shape {shape} and should have {wanted.shape}."
    place = tuple(int(i) for i in np.argwhere(~np.isclose(found, wanted))[0])
    return f"row {place[0]}, column {place[1]} is {np.asarray(found)[place]:.4g} and should be {wanted[place]:.4g}."


def alike(found, wanted: np.ndarray) -> bool:
    """Whether they have one shape and, up to rounding, the same numbers."""
    try:
        numbers = np.asarray(found, float)
    except (TypeError, ValueError):
        return False
    return numbers.shape == wanted.shape and np.allclose(numbers, wanted, atol=1e-6)


def changed(case, given) -> bool:
    """Whether an array that was given is no longer what it was."""
    pairs = [(a, b) for a, b in zip(case, given, strict=True) if isinstance(a, np.ndarray)]
    return any(a.shape != b.shape or not np.array_equal(a, b) for a, b in pairs)
