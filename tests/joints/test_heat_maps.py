"""A heat map is brightest where its joint is, and the place is read back."""

import pytest
import torch

from insidecnn.joints.heat_maps import confidence_maps, heat_maps, peaks


def test_the_largest_value_is_in_the_cell_of_the_joint():
    joints = torch.tensor([[[9.5, 37.5, 2], [61.5, 1.5, 0]]])  # x, y, seen
    maps = heat_maps(joints)
    assert maps.shape == (1, 2, 16, 16)
    assert maps[0, 0, 9, 2] == maps[0, 1, 0, 15] == maps.max() == 1


def test_one_deviation_away_it_is_down_to_0_61():
    maps = heat_maps(torch.tensor([[[29.5, 29.5]]]), blur=8.0)
    assert maps[0, 0, 7, 9].item() == pytest.approx(torch.tensor(-0.5).exp().item())
    assert maps[0, 0, 7, 9] == maps[0, 0, 9, 7] == maps[0, 0, 5, 7]


def test_a_map_of_several_people_has_the_larger_of_their_dots():
    two = torch.tensor([[[10.0, 10, 2]], [[22, 10, 1]]])
    (both,) = confidence_maps(two, 16, 4, 4.0)
    one, other = (confidence_maps(each[None], 16, 4, 4.0)[0] for each in two)
    assert torch.equal(both, torch.maximum(one, other))


def test_peaks_find_joints_between_cells_to_a_tenth_of_a_pixel():
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        joint = 20 + 90 * torch.rand(2, generator=generator)
        maps = confidence_maps(torch.tensor([[[*joint.tolist(), 2.0]]]), 32, 4, 4.0)
        ((places, values),) = peaks(maps, 4)
        assert places.shape == (1, 2) and values.shape == (1,)
        assert (places[0] - joint).abs().max() < 0.1


def test_peaks_are_sorted_and_what_is_low_is_none():
    map_ = torch.zeros(1, 8, 8)
    map_[0, 1, 1], map_[0, 5, 6], map_[0, 3, 3] = 0.5, 0.9, 0.05
    ((places, values),) = peaks(map_, 4, least=0.1)
    assert values.tolist() == pytest.approx([0.9, 0.5]) and places.tolist() == [[26, 22], [6, 6]]


def test_a_neighbour_of_a_higher_cell_is_no_peak():
    map_ = torch.zeros(1, 8, 8)
    map_[0, 4, 4], map_[0, 4, 5] = 0.9, 0.8
    assert len(peaks(map_, 4)[0][1]) == 1


def test_of_equal_neighbours_one_is_the_peak():
    """A joint on the corner of four cells is drawn as large in each of them."""
    ((places, _),) = peaks(confidence_maps(torch.tensor([[[16.0, 40, 2]]]), 16, 4, 4.0), 4)
    assert places.tolist() == [[16, 40]]
