"""Training and test crops: no pixel of a test crop was ever trained on, and each crop is of the photograph that it is said to be."""

import pytest
import torch

from insidecnn import photos
from insidecnn.training import crops


@pytest.fixture
def two(monkeypatch):
    """Two photographs whose pixels say where they are: red is the column, green the row, blue the photograph."""
    monkeypatch.setattr(photos, "SAMPLES", dict(list(photos.SAMPLES.items())[:2]))
    names = list(photos.SAMPLES)

    def tensor(name):
        y, x = torch.meshgrid(torch.arange(200), torch.arange(250), indexing="ij")
        return torch.stack([x, y, torch.full_like(x, 50 + 150 * names.index(name))]).byte()

    monkeypatch.setattr(crops, "tensor", tensor)


def test_the_test_strip_lies_between_what_is_trained_on():
    image = torch.arange(100).expand(3, 10, 100)
    parts = crops.parts(image)
    assert [(p[0, 0, 0].item(), p[0, 0, -1].item()) for p in (*parts["train"], *parts["test"])] == [
        (0, 59),
        (80, 99),
        (60, 79),
    ]


def test_a_pyramid_goes_from_the_smallest_square_to_the_shorter_side():
    image = (torch.arange(200) % 256).byte().expand(3, 120, 200)
    copies = crops.pyramid(image, size=30, smallest=40)
    shapes = [tuple(copy.shape[1:]) for copy in copies]
    assert shapes[0] == (90, 150) and shapes[-1] == (30, 50) and shapes == sorted(shapes, reverse=True)
    assert copies[-1][0, 15].float().diff().mean() == pytest.approx(4, abs=0.3), "four columns in one"


@pytest.mark.parametrize("part", ["train", "test"])
def test_crops_are_of_their_photograph_and_of_their_part(two, part):
    drawn = crops.Crops(part, 16)
    images, photo = drawn.draw(60, torch.Generator().manual_seed(0))
    assert images.shape == (60, 3, 16, 16) and images.dtype == torch.float32 and set(photo.tolist()) == {0, 1}
    assert (images[:, 2] * 255 - (50 + 150 * photo[:, None, None])).abs().max() < 1
    columns, low, high = images[:, 0] * 255, 150, 200  # of 250 columns, those from 60 to 80 %
    inside = (columns >= low - 1) & (columns <= high + 1)
    assert inside.all() if part == "test" else not ((columns > low + 1) & (columns < high - 1)).any()
    assert (columns.diff(dim=2) > 0).float().mean() > 0.9 and (images[:, 1].diff(dim=1) > 0).float().mean() > 0.9
    again, same = crops.Crops(part, 16).draw(60, torch.Generator().manual_seed(0))
    assert torch.equal(images, again) and torch.equal(photo, same)


def test_a_pair_overlaps_by_half_a_side_or_more(two):
    images, photo = crops.Crops("train", 16).draw(40, torch.Generator().manual_seed(1), pairs=True)
    assert images.shape == (80, 3, 16, 16) and photo.shape == (40,)
    one, other = images.split(40)
    assert torch.equal(one[:, 2], other[:, 2])
    for channel, axis in ((0, 1), (1, 2)):  # columns, rows: one number each
        a, b = (crop[:, channel].mean(axis) for crop in (one, other))
        side = a[:, -1] - a[:, 0]
        assert ((a[:, 0] - b[:, 0]).abs() <= side / 2 + 0.01).all() and (a[:, 0] != b[:, 0]).any()


def test_turning_is_counter_clockwise():
    images = torch.arange(4.0).view(1, 1, 2, 2).expand(4, 3, 2, 2)  # 0 1 / 2 3
    turned = crops.turn(images, torch.arange(4))[:, 0].flatten(1).tolist()
    assert turned == [[0, 1, 2, 3], [1, 3, 0, 2], [3, 2, 1, 0], [2, 0, 3, 1]]


def test_augmentation_changes_each_image_by_itself_and_stays_in_range():
    images = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(2)).expand(40, 3, 32, 32)
    changed = crops.augment(images, torch.Generator().manual_seed(3))
    assert changed.shape == images.shape and changed.min() >= 0 and changed.max() <= 1
    assert len({image.numpy().tobytes() for image in changed}) == 40
    assert torch.equal(changed, crops.augment(images, torch.Generator().manual_seed(3)))
    ramp = torch.linspace(0, 1, 32).expand(200, 3, 32, 32)
    left, right = (crops.augment(ramp, torch.Generator().manual_seed(4))[..., at].mean((1, 2)) for at in (2, -3))
    assert 0.3 < (left > right).float().mean() < 0.7, "half of them mirrored"
