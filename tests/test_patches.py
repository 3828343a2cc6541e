"""What excites a channel: windows, and filters chosen to be shown."""

import numpy as np
import pytest
import torch
from torch import nn

from insidecnn import alexnet, patches
from insidecnn.preprocess import normalize


@pytest.fixture(scope="module")
def images():
    return torch.randn(5, 3, 40, 47, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("padding", [0, 2])
def test_the_best_windows_give_the_largest_sums(images, padding):
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 6, 5, stride=3, padding=padding)
    windows = patches.best_windows(conv, images, count=3)
    assert windows.shape == (6, 3, 3, 5, 5)
    with torch.no_grad():
        sums = torch.einsum("cnkij,ckij->cn", windows, conv.weight) + conv.bias[:, None]
        largest = conv(images).amax((2, 3)).sort(0, descending=True)[0][:3].T
    assert torch.allclose(sums, largest, atol=1e-5)


def test_top_patches_show_the_strongest_cells_field():
    torch.manual_seed(0)
    from torchvision.models import alexnet as build

    model = build(weights=None).eval()
    x = torch.randn(3, 3, 80, 96)
    maps = model.features[0](x).detach()
    (piece,) = patches.top_patches(model, "features.0", x, [7], count=1)
    n, row, column = patches.strongest(maps, 7)
    left, top, right, bottom = alexnet.receptive_field(model, "features.0", (row, column), (80, 96))
    assert piece.shape == (bottom - top, right - left, 3) == (11, 11, 3)
    assert (piece == patches.seen(model, "features.0", x[n : n + 1], (row, column))).all()


def test_the_strongest_cell_is_the_largest_by_image_row_and_column():
    maps = torch.arange(2 * 3 * 4 * 5.0).view(2, 3, 4, 5)
    maps[1, 2, 3, 1], maps[0, 1, 2, 4] = 999, 888
    assert patches.strongest(maps, 2) == (1, 3, 1) and patches.strongest(maps, 1) == (0, 2, 4)
    assert patches.strongest(-maps, 0) == (0, 0, 0) and patches.strongest(-maps, 2) == (0, 0, 0)


def test_a_piece_is_what_the_cell_saw_and_grey_outside():
    from torchvision.models import alexnet as build

    pixels = torch.arange(80 * 96).view(1, 80, 96).repeat(3, 1, 1) % 251
    x = normalize(pixels.float()[None] / 255)
    model = build(weights=None).eval()
    inside = patches.seen(model, "features.0", x, (3, 5))  # 11 × 11, 4 apart, 2 of padding
    assert np.array_equal(inside[..., 0], pixels[0, 10:21, 18:29])
    corner = patches.seen(model, "features.0", x, (0, 5))
    assert (corner[:2] == 128).all() and np.array_equal(corner[2:, :, 1], pixels[1, 0:9, 18:29])


def test_top_patches_are_of_each_channel_in_its_turn_the_strongest_image_first():
    from torchvision.models import alexnet as build

    torch.manual_seed(0)
    model = build(weights=None).eval()
    x = torch.randn(4, 3, 80, 96)
    maps = model.features[0](x).detach()
    pieces = patches.top_patches(model, "features.0", x, [7, 2], count=3)
    assert len(pieces) == 6
    for i, channel in enumerate((7, 2)):
        order = sorted(range(4), key=lambda n, channel=channel: -maps[n, channel].max())[:3]
        for piece, n in zip(pieces[3 * i : 3 * i + 3], order, strict=True):
            _, row, column = patches.strongest(maps[n : n + 1], channel)
            assert np.array_equal(piece, patches.seen(model, "features.0", x[n : n + 1], (row, column)))


def test_likeness_is_one_for_a_brighter_copy_and_minus_one_for_the_negative():
    pattern = torch.randn(1, 3, 11, 11, generator=torch.Generator().manual_seed(2))
    assert patches.likeness(pattern, 3 * pattern + 5).item() == pytest.approx(1, abs=1e-5)
    assert patches.likeness(pattern, -pattern).item() == pytest.approx(-1, abs=1e-5)
    a, b = torch.randn(2, 4, 3, 5, 5, generator=torch.Generator().manual_seed(3))
    wanted = [np.corrcoef(p.flatten(), q.flatten())[0, 1] for p, q in zip(a, b, strict=True)]
    assert patches.likeness(a, b).tolist() == pytest.approx(wanted, abs=1e-5)


def test_colour_is_what_the_channels_do_not_share():
    grey = torch.randn(1, 1, 11, 11).expand(1, 3, 11, 11)
    opponent = torch.randn(1, 1, 11, 11) * torch.tensor([1.0, 0.0, -1.0]).view(1, 3, 1, 1)
    shares = patches.colour_share(torch.cat([grey, opponent, grey + opponent]))
    assert shares[0] < 1e-6 and shares[1] > 1 - 1e-6 and 0.05 < shares[2] < 0.95
    known = torch.tensor([3.0, 1.0, -1.0]).view(1, 3, 1, 1).expand(1, 3, 2, 5)  # mean 1: (4 + 0 + 4) of (9 + 1 + 1)
    assert patches.colour_share(known).item() == pytest.approx(8 / 11)


def test_distinct_leaves_out_shifted_and_scaled_copies_but_not_the_negative():
    edge = torch.zeros(3, 11, 11)
    edge[:, :, 3:5], edge[:, :, 5:7] = -1, 1
    upright, shifted, level = edge, 0.5 * edge.roll(2, dims=2), edge.transpose(1, 2)
    filters = torch.stack([upright, shifted, -upright, level])
    assert patches.distinct(filters, [0, 1, 2, 3], 3, limit=0.9) == [0, 2, 3]
    assert patches.distinct(filters, [1, 0, 3], 2, limit=0.9) == [1, 3]
    assert patches.distinct(filters, [0, 1], 2, limit=0.9) == [0]
