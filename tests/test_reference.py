"""The plain loops against torch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from insidecnn.reference import conv2d, max_pool2d

many = settings(max_examples=200)


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


def or_error(run, error):
    try:
        return run()
    except error:
        return None


def same(ours, theirs):
    """Both refuse, or both give the same shape and values."""
    assert (ours is None) == (theirs is None)
    if ours is not None:
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-12, atol=1e-12)


@many
@given(
    data=st.data(),
    images=st.integers(1, 2),
    groups=st.integers(1, 3),
    depth=st.integers(1, 2),
    share=st.integers(1, 2),
    size=pairs(1, 9),
    kernel_size=pairs(1, 4),
    bias=st.booleans(),
    seed=st.integers(0, 999),
)
def test_conv2d_is_torchs(data, images, groups, depth, share, size, kernel_size, bias, seed):
    draw = np.random.default_rng(seed).standard_normal
    x, weight = draw((images, groups * depth, *size)), draw((groups * share, depth, *kernel_size))
    bias = draw(groups * share) if bias else None
    settings = {
        "stride": data.draw(st.one_of(st.integers(1, 4), pairs(1, 4)), "stride"),
        "padding": data.draw(st.one_of(st.integers(0, 3), pairs(0, 3)), "padding"),
        "dilation": data.draw(st.one_of(st.integers(1, 3), pairs(1, 3)), "dilation"),
        "groups": groups,
    }
    tensors = [None if array is None else torch.from_numpy(array) for array in (x, weight, bias)]
    same(
        or_error(lambda: conv2d(x, weight, bias, **settings), ValueError),
        or_error(lambda: F.conv2d(*tensors, **settings), RuntimeError),
    )


@many
@given(
    size=pairs(1, 10),
    kernel_size=pairs(1, 4),
    stride=st.one_of(st.none(), st.integers(1, 5), pairs(1, 5)),
    padding=pairs(0, 2),
    dilation=pairs(1, 3),
    ceil_mode=st.booleans(),
    seed=st.integers(0, 999),
)
def test_max_pool2d_is_torchs(size, kernel_size, stride, padding, dilation, ceil_mode, seed):
    assume(all(2 * p <= k for p, k in zip(padding, kernel_size, strict=True)))
    x = np.random.default_rng(seed).standard_normal((2, 2, *size)) - 5  # negative: a padding of zeros would win
    settings = (kernel_size, stride, padding, dilation, ceil_mode)
    same(
        or_error(lambda: max_pool2d(x, *settings), ValueError),
        or_error(lambda: F.max_pool2d(torch.from_numpy(x), *settings), RuntimeError),
    )


IMAGE = [[1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0], [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 0]]  # fmt: skip
FILTERS = [[[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]]]
MAPS = [
    [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]],
    [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]],
]


def test_the_lectures_example():
    """A 6×6 image, two 3×3 filters, then 2×2 max pooling; whole numbers stay whole."""
    maps = conv2d(np.array([[IMAGE]]), np.array(FILTERS)[:, None])
    assert maps[0].tolist() == MAPS
    assert max_pool2d(maps, 2)[0].tolist() == [[[3, 0], [3, 1]], [[-1, 1], [0, 3]]]
    assert maps.dtype == int


def test_small_whole_numbers_do_not_wrap_around():
    pixels = np.full((1, 1, 3, 3), 200, np.uint8)
    assert conv2d(pixels, pixels[:, :, :2, :2]).tolist() == [[[[4 * 200 * 200] * 2] * 2]]
    assert conv2d(pixels, pixels, np.array([0.5])).tolist() == [[[[9 * 200 * 200 + 0.5]]]]


def test_data_types_are_kept():
    x = np.ones((1, 1, 4, 4), np.float32)
    assert conv2d(x, x[:, :, :2, :2], np.ones(1, np.float32)).dtype == np.float32
    assert max_pool2d(x, 2).dtype == np.float32
    pixels = np.zeros((1, 1, 3, 3), np.uint8)
    assert max_pool2d(pixels, 3, padding=1).dtype == np.uint8


X = np.zeros((1, 4, 5, 5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv2d(X[0], np.zeros((2, 4, 3, 3))), r"x has shape \(4, 5, 5\); it must have four axes"),
        (lambda: conv2d(X, np.zeros((4, 3, 3))), "weight has shape"),
        (lambda: conv2d(X, np.zeros((2, 3, 3, 3))), r"read 3 channels and x has 4"),
        (lambda: conv2d(X, np.zeros((3, 2, 3, 3)), groups=2), "the 3 kernels must share out evenly"),
        (lambda: conv2d(X, np.zeros((2, 4, 3, 3)), np.zeros(3)), r"bias has shape \(3,\).*\(2,\)"),
        (lambda: conv2d(X, np.zeros((2, 4, 6, 6))), "does not fit"),
        (lambda: max_pool2d(X[0], 2), "x has shape"),
        (lambda: max_pool2d(X, 3, padding=2), "padding 2 is more than half of kernel_size 3"),
        (lambda: max_pool2d(X, 6), "does not fit"),
    ],
)
def test_what_is_wrong_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
