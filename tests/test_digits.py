"""The digits: split once, and nothing is lost."""

import pytest
import torch

from insidecnn import digits


def test_digits_are_split_once_and_share_nothing():
    parts = [digits.part(name) for name in digits.PARTS]
    assert [len(p) for p in parts] == list(digits.PARTS.values()) and sum(map(len, parts)) == len(digits.whole())
    together = torch.cat([p.images for p in parts]).flatten(1)
    everything = digits.whole().images.flatten(1)
    assert torch.equal(together.sum(1).sort().values, everything.sum(1).sort().values)
    assert everything.min() == pytest.approx(-0.1, abs=1e-6) and everything.max() == pytest.approx(1.175, abs=1e-6)
    assert digits.whole().images.shape == (1797, 1, 32, 32)
    assert all(p.labels.bincount(minlength=10).min() > 15 for p in parts)
    with pytest.raises(ValueError, match="no part 'exam'"):
        digits.part("exam")


def test_small_digits_are_the_file_s():
    from sklearn.datasets import load_digits

    images, labels = digits.small().images, digits.small().labels
    assert torch.equal(images[:, 0].double() * 16, torch.tensor(load_digits().images))
    assert torch.equal(labels, torch.tensor(load_digits().target)) and torch.equal(labels, digits.whole().labels)


def test_a_digit_keeps_its_label_and_its_way_up():
    from sklearn.datasets import load_digits

    images, labels = digits.whole().images, digits.whole().labels
    again = torch.nn.functional.avg_pool2d(images, 4)[:, 0]  # 8×8 again, the edges a little washed out
    for i in (0, 1, 250, 1796):
        original = torch.tensor(load_digits().images[i] / 16)
        ways = [original, original.T, original.flip(0), original.flip(1)]
        away = [(again[i] - (way * 1.275 - 0.1)).abs().mean().item() for way in ways]
        assert min(away) == away[0] < 0.15
    where = {image.numpy().tobytes(): int(label) for image, label in zip(images, labels, strict=True)}
    for name in digits.PARTS:
        part = digits.part(name)
        assert [where[image.numpy().tobytes()] for image in part.images] == part.labels.tolist(), name
    assert digits.part("test").labels[:10].tolist() != digits.whole().labels[-360:][:10].tolist(), "shuffled"
