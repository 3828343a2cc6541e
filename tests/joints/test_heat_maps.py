"""A heat map is brightest where its joint is, and the place is read back."""

import pytest
import torch

from insidecnn.joints.heat_maps import brightest, heat_maps


def test_the_brightest_cell_is_the_joints():
    joints = torch.tensor([[[9.5, 37.5, 2], [61.5, 1.5, 0]]])  # x, y, seen
    maps = heat_maps(joints)
    assert maps.shape == (1, 2, 16, 16)
    assert brightest(maps).tolist() == [[[2, 9], [15, 0]]]
    assert maps[0, 0, 9, 2] == 1 and maps[0, 1].max() == 1


def test_one_deviation_away_it_is_down_to_0_61():
    maps = heat_maps(torch.tensor([[[29.5, 29.5]]]), blur=8.0)
    assert maps[0, 0, 7, 9].item() == pytest.approx(torch.tensor(-0.5).exp().item())
    assert maps[0, 0, 7, 9] == maps[0, 0, 9, 7] == maps[0, 0, 5, 7]
