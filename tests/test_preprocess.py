import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision import transforms as T
from torchvision.models import AlexNet_Weights

from insidecnn import preprocess as ours

PRESET = AlexNet_Weights.IMAGENET1K_V1.transforms()
few = settings(max_examples=25)
sides = st.tuples(st.integers(1, 400), st.integers(1, 400)).filter(lambda s: max(s) <= 40 * min(s))


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)


@few
@given(sides)
@example((1, 1))
@example((1, 40))
@example((40, 1))
@example((256, 256))
@example((255, 257))
@example((1200, 31))
@example((31, 1200))
@example((768, 1024))
def test_preprocess_is_torchvisions_preset(shape):
    photo = noise(*shape)
    wanted = PRESET(Image.fromarray(photo))[None]
    assert wanted.shape == (1, 3, 224, 224) and wanted.dtype == torch.float32
    for given_as in (photo, Image.fromarray(photo)):
        assert torch.equal(ours.preprocess(given_as), wanted)


@few
@given(sides, st.integers(1, 300))
def test_resize_is_torchvisions(shape, size):
    image = Image.fromarray(noise(*shape))
    mine, theirs = ours.resize(image, size), T.Resize(size)(image)
    assert mine.size == theirs.size and mine.tobytes() == theirs.tobytes()


@few
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
@example(20, 20, 23)  # one pixel more is missing behind than before
@example(25, 27, 20)  # offsets 2.5 and 3.5: both are rounded to the even neighbour
def test_center_crop_is_torchvisions(height, width, size):
    image = Image.fromarray(noise(height, width))
    mine, theirs = ours.center_crop(image, size), T.CenterCrop(size)(image)
    assert mine.size == theirs.size == (size, size) and mine.tobytes() == theirs.tobytes()


def test_the_other_settings_reach_their_steps():
    photo, mean, std = noise(90, 70), (0.1, 0.2, 0.3), (0.5, 0.6, 0.7)
    theirs = T.Compose([T.Resize(60), T.CenterCrop(64), T.ToTensor(), T.Normalize(mean, std)])
    mine = ours.preprocess(photo, size=64, resize_to=60, mean=mean, std=std)
    assert torch.equal(mine[0], theirs(Image.fromarray(photo)))


def test_to_tensor_is_torchvisions():
    every_level = np.arange(768, dtype=np.int64).reshape(16, 16, 3).astype(np.uint8)
    assert torch.equal(ours.to_tensor(every_level), T.ToTensor()(every_level))


@pytest.mark.parametrize("shape", [(3, 5, 7), (2, 3, 5, 7)])
def test_normalize_is_torchvisions_and_can_be_undone(shape):
    tensor = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    normalized = ours.normalize(tensor)
    assert torch.equal(normalized, T.Normalize(ours.MEAN, ours.STD)(tensor))
    torch.testing.assert_close(ours.denormalize(normalized), tensor)


@pytest.mark.parametrize("step", [ours.preprocess, ours.resize, ours.center_crop, ours.to_tensor])
@pytest.mark.parametrize(
    ("photo", "given"),
    [
        (noise(9, 9) / 255, r"\(9, 9, 3\) and dtype float64"),
        (noise(9, 9)[..., 0], r"\(9, 9\) and dtype uint8"),
        (noise(9, 9).transpose(2, 0, 1), r"\(3, 9, 9\)"),
        (np.zeros((9, 9, 4), np.uint8), r"\(9, 9, 4\)"),
        (np.zeros((0, 9, 3), np.uint8), r"\(0, 9, 3\)"),
        (Image.new("L", (9, 8)), r"mode L and size \(9, 8\)"),
        (torch.zeros(3, 9, 9), "a Tensor"),
        ("cat.jpg", "'cat.jpg'"),
    ],
)
def test_not_a_photo(step, photo, given):
    with pytest.raises(ValueError, match=f"Given was .*{given}.*; wanted is a photograph"):
        step(photo)


@pytest.mark.parametrize("size", [0, -1, 2.5, (224, 224)])
@pytest.mark.parametrize("step", [ours.resize, ours.center_crop])
def test_wrong_size(step, size):
    with pytest.raises(ValueError, match=r"^size is .*; it must be (at least 1|a whole number)\.$"):
        step(noise(9, 9), size)


@pytest.mark.parametrize(
    ("tensor", "settings", "sentence"),
    [
        (torch.full((3, 2, 2), 255.0), {}, r"runs from 255 to 255; it must stay in \[0, 1\]"),
        (torch.full((3, 2, 2), -0.5), {}, "runs from -0.5"),
        (torch.zeros(3, 2, 2, dtype=torch.uint8), {}, "torch.uint8; it must be .* of floats"),
        (torch.zeros(2, 2), {}, r"is \(2, 2\) of"),
        (torch.zeros(2, 2, 3), {}, r"is \(2, 2, 3\) of"),
        (torch.zeros(0, 3, 2, 2), {}, r"is \(0, 3, 2, 2\) of"),
        (torch.zeros(3, 2, 2), {"std": (1, 0, 1)}, r"std\[1\] is 0; it must be a number above 0"),
        (torch.zeros(3, 2, 2), {"std": (1, 1, -0.2)}, r"std\[2\] is -0.2; it must be a number above 0"),
        (torch.zeros(3, 2, 2), {"mean": (124, 116, 104)}, r"mean\[0\] is 124; it must be a number from 0 to 1"),
        (torch.zeros(3, 2, 2), {"mean": (0, float("nan"), 0)}, r"mean\[1\] is nan"),
        (torch.full((3, 2, 2), float("nan")), {}, r"runs from nan to nan; it must stay in \[0, 1\]"),
        (torch.zeros(3, 2, 2), {"std": (1, 1)}, "std is .* must be three numbers"),
        (torch.zeros(3, 2, 2), {"mean": (1, 1, 1, 1)}, "mean is .* must be three numbers"),
    ],
)
def test_normalize_refuses(tensor, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        ours.normalize(tensor, **settings)


@pytest.mark.parametrize("shape", [(1, 60_000), (60_000, 1)])
def test_a_strip_is_refused_before_it_fills_the_memory(shape):
    with pytest.raises(ValueError, match=r"has \d+ × \d+ pixels; .* 256 × 15,360,000, more than 200,000,000 in all"):
        ours.preprocess(np.zeros((*shape, 3), np.uint8))
    with pytest.raises(ValueError, match="more than 200,000,000 pixels"):
        ours.center_crop(noise(9, 9), 15_000)


def test_whole_numbers_of_numpy_are_sizes():
    assert ours.resize(noise(9, 9), np.int64(5)).size == (5, 5)


def test_torchvision_is_not_imported():
    code = "import sys, insidecnn.preprocess; sys.exit('torchvision' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
