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
        data = gzip.decompress(chunks.pack((weight, bias)))
        high, low = np.frombuffer(data, np.uint8).reshape(2, -1)
        numbers = (high.astype(np.uint16) << 8 | low).view(np.float16)
        count = len(bias)
        np.testing.assert_array_equal(numbers[:count], bias, err_msg=name)
        out, depth, side, _ = weight.shape
        blocks = numbers[count:].reshape(out // 8, side, side, depth, 8)
        np.testing.assert_array_equal(blocks.transpose(0, 4, 3, 1, 2).reshape(weight.shape), weight, err_msg=name)


def test_what_cannot_be_packed_is_named():
    with pytest.raises(ValueError, match="float16 ends at 65504"):
        chunks.pack((np.full((8, 1, 1, 1), 1e6, np.float32), np.zeros(8, np.float32)))
    with pytest.raises(ValueError, match="C_out a multiple of 8"):
        chunks.pack((np.zeros((6, 1, 1, 1), np.float32), np.zeros(6, np.float32)))


def test_the_convolutions_come_in_the_order_of_the_network():
    names = list(chunks.convolutions(dict(_state())))
    assert names == ["features.0", "features.3", "features.6", "features.8", "features.10"]


def _factors():
    return {name: value.numpy() for name, value in weights.embedded().factors.items()}


def test_the_classifier_s_convolutions_are_its_matrices():
    """Multiplied out they are what the model has."""
    model, parts = weights.embedded().model, chunks.classifier(_factors())
    flat = {name: [weight.reshape(len(weight), -1) for weight, _ in each] for name, each in parts.items()}
    for name, number in (("fc6", 1), ("fc7", 4)):
        v, u = flat[name]
        np.testing.assert_allclose(u @ v, model.classifier[number].weight.detach(), atol=1e-5)
        (_, none), (_, bias) = parts[name]
        assert not none.any() and np.array_equal(bias, model.classifier[number].bias.detach())
    rows, (_, bias) = flat["fc8"][0], parts["fc8"][0]
    assert len(rows) == 32 and not rows[30:].any() and not bias[30:].any()
    for number in (0, 514, 999):
        chosen = [number // 100, 10 + number // 10 % 10, 20 + number % 10]
        np.testing.assert_allclose(rows[chosen].sum(0), model.classifier[6].weight[number].detach(), atol=1e-5)
        np.testing.assert_allclose(bias[chosen].sum(), model.classifier[6].bias[number].detach(), atol=1e-6)


def test_the_classifier_is_one_file_behind_the_others():
    tensors = dict(_state()) | _factors()
    files = chunks.files(tensors)
    assert list(files) == [*(f"features.{n}.bin" for n in (0, 3, 6, 8, 10)), "classifier.bin"]
    assert len(files["classifier.bin"]) < 3_200_000
    numbers = sum(part.size for parts in chunks.classifier(_factors()).values() for both in parts for part in both)
    assert len(gzip.decompress(files["classifier.bin"])) == 2 * numbers
    assert "classifier.bin" not in chunks.files(dict(_state()))  # of dense weights there is none
