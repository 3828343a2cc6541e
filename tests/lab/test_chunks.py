"""The files of parameters that the browser gets."""

import gzip

import numpy as np
import pytest

from insidecnn import weights
from insidecnn.lab import chunks


def _state():
    for name, value in weights.embedded().model.state_dict().items():
        yield name, value.numpy()


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


def test_what_cannot_be_packed_is_named():
    with pytest.raises(ValueError, match="float16 ends at 65504"):
        chunks.pack(np.full((8, 1, 1, 1), 1e6, np.float32), np.zeros(8, np.float32))
    with pytest.raises(ValueError, match="C_out a multiple of 8"):
        chunks.pack(np.zeros((6, 1, 1, 1), np.float32), np.zeros(6, np.float32))


def test_the_convolutions_come_in_the_order_of_the_network():
    names = list(chunks.convolutions(dict(_state())))
    assert names == ["features.0", "features.3", "features.6", "features.8", "features.10"]
