"""The photographs that the lab offers."""

import io

import pytest
import torch
from PIL import Image

from insidecnn import photos, preprocess
from insidecnn.lab import samples


@pytest.mark.parametrize("name", samples.NAMES)
def test_a_sample_s_file_is_read_alike_by_all(name, tmp_path):
    file = tmp_path / f"{name}.jpg"
    file.write_bytes(samples.jpeg(name))
    pixels = photos.read(file)
    assert min(pixels.shape[:2]) == 256 and max(pixels.shape[:2]) <= 384
    assert torch.equal(preprocess.preprocess(pixels), samples.tensor(name))
    assert Image.open(io.BytesIO(samples.thumbnail(name))).size == (56, 56)
    assert samples.title(name) and samples.licence(name)
    assert len(file.read_bytes()) < 25_000
