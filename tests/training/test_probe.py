"""Linear probes: the rows that they learn from, what they are given, and how they are scored."""

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from insidecnn import digits
from insidecnn.preprocess import normalize
from insidecnn.training import alexnet_features, probe


def test_the_first_digits_of_each_class_train():
    images, labels, training = probe.enlarged_digits(300, per_class=4)
    assert images.shape == (300, 3, 96, 96) and np.bincount(labels[training]).tolist() == [4] * 10
    assert labels.tolist() == digits.small().labels[:300].tolist()
    assert all(training[np.flatnonzero(labels == k)[:4]].all() for k in range(10))
    assert torch.equal(images[:, 0], images[:, 2]) and images.amax() <= 1


CORNERS = {"triangle": 3, "square": 4, "star": 10, "cross": 12, "disc": 48, "ring": 48}


@pytest.mark.parametrize("shape", CORNERS)
def test_an_outline_has_its_corners_at_its_radius(shape):
    corners = probe.outline(shape, 20.0, 0.3)
    away = np.linalg.norm(corners, axis=1)
    assert corners.shape == (CORNERS[shape], 2) and away.max() == pytest.approx(20)
    assert len(np.unique(away.round(6))) == (2 if shape in ("star", "cross") else 1)
    assert corners.mean(0) == pytest.approx([0, 0], abs=1e-6)


def test_shapes_are_drawn_as_their_labels_say():
    images, labels, training = probe.shapes(count=120, training=50)
    assert images.shape == (120, 3, 96, 96) and images.min() >= 0 and images.max() <= 1
    assert training.tolist() == [True] * 50 + [False] * 70 and set(labels) == set(range(len(probe.SHAPES)))
    again, same, _ = probe.shapes(count=120, training=50)
    assert torch.equal(images, again) and np.array_equal(labels, same)


def test_a_summary_is_the_means_of_the_quarters_and_the_maximum():
    maps = torch.zeros(1, 2, 4, 6)
    maps[0, 0, :2, :3], maps[0, 0, 2:, 3:], maps[0, 1, 3, 0] = 1, 2, 12
    assert probe.summary(maps).tolist() == [[1, 0, 0, 2, 0, 0, 2, 0, 2, 12]]


@torch.no_grad()
def test_a_layer_is_what_the_network_has_computed_so_far():
    torch.manual_seed(0)
    model = torchvision.models.alexnet().eval()
    images = torch.rand(3, 3, 96, 96)
    seen = {}
    for name, module in {"conv1": model.features[1], "conv5": model.features[11], "fc7": model.classifier[5]}.items():
        module.register_forward_hook(lambda module, given, found, name=name: seen.update({name: found.clone()}))
    model(normalize(images))
    assert np.allclose(probe.layer(model, images, "conv1"), probe.summary(seen["conv1"]), atol=1e-5)
    stages = {"conv1": 64 * 5, "conv2": 192 * 5, "conv3": 384 * 5, "conv4": 256 * 5, "conv5": 256 * 5}
    assert {name: probe.layer(model, images, name).shape[1] for name in stages} == stages
    assert probe.layer(model, images, "conv5") == pytest.approx(probe.summary(seen["conv5"]), abs=1e-5)
    assert np.allclose(probe.layer(model, images, "fc7"), seen["fc7"], atol=1e-5)
    assert probe.layer(model, images, "fc6").shape == (3, 4096)


def test_only_rows_that_did_not_train_are_scored():
    labels, training = np.arange(40) % 2, np.arange(40) < 20
    features = np.column_stack([labels, np.random.default_rng(0).normal(size=40)]).astype(float)
    assert probe.accuracy(features, labels, training) == 1
    features[~training, 0] = 1 - features[~training, 0]
    assert probe.accuracy(features, labels, training) == 0


def test_the_description_by_hand_tells_upright_from_level_stripes():
    upright = (torch.arange(96) // 8 % 2).float().expand(3, 96, 96)
    described = probe.hog(torch.stack([upright, upright.transpose(1, 2), upright]))
    assert described.shape[1] == 5 * 36 and np.allclose(described[0], described[2])
    assert np.abs(described[0] - described[1]).max() > 0.1


def test_the_contrastive_loss_is_small_where_pairs_are_alike():
    a = nn.functional.normalize(torch.randn(6, 16, generator=torch.Generator().manual_seed(0)), dim=1)
    alike, shuffled = torch.cat([a, a]), torch.cat([a, a.roll(1, 0)])
    assert alexnet_features.contrastive(alike) < 0.5 < 2 < alexnet_features.contrastive(shuffled)
    likeness = (alike @ alike.T / 0.2).fill_diagonal_(-torch.inf)
    wanted = nn.functional.cross_entropy(likeness, torch.tensor([*range(6, 12), *range(6)]))
    assert alexnet_features.contrastive(alike).item() == pytest.approx(wanted.item())


def test_the_rate_rises_and_falls_along_half_a_cosine():
    recipe = alexnet_features.Recipe(steps=1000, rate=0.4)
    rates = [alexnet_features.rate(recipe, step) for step in range(1001)]
    assert rates[0] == pytest.approx(0.4 / 200) and rates[500] == pytest.approx(0.2) and rates[-1] < 1e-9
    assert rates.index(max(rates)) == pytest.approx(199, abs=2)
