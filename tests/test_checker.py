"""The checker: the right functions pass, and each wrong one is told its own mistake."""

import numpy as np
import pytest

from insidecnn import checker


def conv(x, kernel, bias=0.0, stride=1, padding=0):
    x = np.pad(x, padding)
    rows, columns = ((n - k) // stride + 1 for n, k in zip(x.shape, kernel.shape, strict=True))
    out = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            window = x[r * stride : r * stride + kernel.shape[0], c * stride : c * stride + kernel.shape[1]]
            out[r, c] = (window * kernel).sum() + bias
    return out


def pool(x, size, stride):
    rows, columns = ((n - size) // stride + 1 for n in x.shape)
    return np.array(
        [
            [x[r * stride : r * stride + size, c * stride : c * stride + size].max() for c in range(columns)]
            for r in range(rows)
        ]
    )


def test_the_right_ones_pass():
    verdict = checker.conv2d(conv)
    assert verdict.right and repr(verdict).startswith("Right, in all 6 cases: a 6 × 6 image")
    assert max(map(len, repr(verdict).splitlines())) <= 72
    assert checker.max_pool2d(pool).right


def off_by_one(x, kernel, bias, stride, padding):
    x = np.pad(x, padding)
    rows, columns = ((n - k) // stride for n, k in zip(x.shape, kernel.shape, strict=True))
    return conv(x, kernel, bias, stride)[:rows, :columns]


def in_place(x, kernel, bias, stride, padding):
    x = np.pad(x, padding) if padding else x
    out = np.zeros([(n - k) // stride + 1 for n, k in zip(x.shape, kernel.shape, strict=True)])
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            window = x[r * stride : r * stride + kernel.shape[0], c * stride : c * stride + kernel.shape[1]]
            out[r, c] = (window * kernel).sum() + bias
            window *= 1.5
    return out


WRONG_CONV = {
    "the kernel is flipped": lambda x, k, b, s, p: conv(x, k[::-1, ::-1], b, s, p),
    "the kernel is transposed": lambda x, k, b, s, p: conv(x, k.T, b, s, p),
    "rows and columns of the result": lambda x, k, b, s, p: conv(x, k, b, s, p).T,
    "last window of each row and column is missing": off_by_one,
    "a bias of 0.7: the bias is missing": lambda x, k, b, s, p: conv(x, k, 0, s, p),
    "bias is added at each product": lambda x, k, b, s, p: conv(x, k, b * k.size, s, p),
    "mean of the products": lambda x, k, b, s, p: conv(x, k / k.size, b, s, p),
    "a padding of 1: the padding is forgotten": lambda x, k, b, s, p: conv(x, k, b, s, 0),
    "padding is at two sides only": lambda x, k, b, s, p: conv(np.pad(x, ((0, p), (0, p))), k, b, s, 0),
    "padding repeats the edge": lambda x, k, b, s, p: conv(np.pad(x, p, mode="edge"), k, b, s, 0),
    "a stride of 2: the stride is forgotten": lambda x, k, b, s, p: conv(x, k, b, 1, p),
    "windows are still one cell apart": (
        lambda x, k, b, s, p: conv(x, k, b, 1, p)[: conv(x, k, b, s, p).shape[0], : conv(x, k, b, s, p).shape[1]]
    ),
    "cut to whole ones": lambda x, k, b, s, p: conv(x, k, b, s, p).astype(int),
    "it has changed its input": in_place,
    "returns nothing": lambda x, k, b, s, p: None,
    "raises ZeroDivisionError": lambda x, k, b, s, p: 1 / 0,
    "should have (4, 4)": lambda x, k, b, s, p: np.zeros((2, 2)),
    "row 0, column 0 is": lambda x, k, b, s, p: conv(x, k, b, s, p) + 1,
    "the result has shape (2, 4, 4)": lambda x, k, b, s, p: np.stack([conv(x, k, b, s, p)] * 2),
}

WRONG_POOL = {
    "average pooling": lambda x, k, s: checker.pooled(x, k, s, np.mean),
    "smallest": lambda x, k, s: -pool(-x, k, s),
    "largest absolute value": lambda x, k, s: pool(abs(x), k, s),
    "negative windows give 0": lambda x, k, s: np.maximum(pool(x, k, s), 0),
    "with stride 2, which overlap: the stride is forgotten": lambda x, k, s: pool(x, k, k),
    "one cell apart": lambda x, k, s: pool(x, k, 1),
    "(off by one)": lambda x, k, s: pool(x, k, s)[:-1, :-1],
    "exchanged": lambda x, k, s: pool(x, k, s).T,
    "window's corner": lambda x, k, s: x[::s, ::s][: pool(x, k, s).shape[0], : pool(x, k, s).shape[1]],
}


@pytest.mark.parametrize("words", WRONG_CONV)
def test_a_wrong_convolution_is_told_its_mistake(words):
    verdict = checker.conv2d(WRONG_CONV[words])
    assert not verdict.right and words in verdict.words, verdict


@pytest.mark.parametrize("words", WRONG_POOL)
def test_a_wrong_pooling_is_told_its_mistake(words):
    verdict = checker.max_pool2d(WRONG_POOL[words])
    assert not verdict.right and words in verdict.words, verdict


def test_each_known_mistake_is_one():
    """Somewhere among the cases each differs from the truth, and no two give the same numbers everywhere."""
    for cases, truth, mistakes in (
        (checker.CONV_CASES, checker.true_conv2d, checker.CONV_MISTAKES),
        (checker.POOL_CASES, checker.true_max_pool2d, checker.POOL_MISTAKES),
    ):
        results = {
            words: [make(*case) for case in cases.values()] for words, make in {"truth": truth, **mistakes}.items()
        }
        names = list(results)
        for k, one in enumerate(names):
            for other in names[k + 1 :]:
                same = (checker.alike(a, b) for a, b in zip(results[one], results[other], strict=True))
                assert not all(same), (one, other)
