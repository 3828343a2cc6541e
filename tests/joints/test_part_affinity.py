"""Fields point along limbs, line integrals read them, and people come out of parts as they went in."""

from itertools import permutations

import pytest
import torch

from insidecnn.joints.heat_maps import confidence_maps, peaks
from insidecnn.joints.nearest import nearest_people
from insidecnn.joints.part_affinity import fields, group, line_integrals, pairs
from insidecnn.joints.scores import people_of, scenes_pck
from insidecnn.world.scenes import BONES, scene

LINE = ((0, 1),)  # one limb, of two joints


def person(*joints) -> list[list[float]]:
    return [[x, y, 2.0] for x, y in joints]


def test_a_field_is_the_unit_vector_along_its_limb_and_zero_elsewhere():
    (field,) = fields(torch.tensor([person((10, 10), (40, 50))]), LINE, cells=16, stride=4, width=3)
    on = field.norm(dim=0) > 0
    assert torch.allclose(field[:, on], torch.tensor([[0.6], [0.8]]).expand(2, int(on.sum())))
    middles = (torch.arange(16) + 0.5) * 4
    y, x = torch.meshgrid(middles, middles, indexing="ij")
    share = (((x - 10) * 0.6 + (y - 10) * 0.8) / 50).clamp(0, 1)
    away = ((x - 10 - 30 * share) ** 2 + (y - 10 - 40 * share) ** 2).sqrt()
    assert torch.equal(on, away <= 3)


def test_where_two_limbs_lie_over_one_another_the_field_is_their_mean():
    cross = torch.tensor([person((8, 32), (56, 32)), person((32, 8), (32, 56))])
    (field,) = fields(cross, LINE, 16, 4, 3)
    assert field[:, 8, 8].tolist() == [0.5, 0.5] and field[:, 8, 3].tolist() == [1, 0]


def test_even_the_shortest_limb_has_a_cell():
    for x in range(8, 16):
        for y in range(8, 16):
            one = fields(torch.tensor([person((x, y), (x + 0.1, y))]), LINE, 8, 4, 3)
            assert one.norm(dim=1).max() > 0.99


def test_a_hidden_joint_is_drawn_and_one_outside_of_the_picture_is_not():
    both = torch.tensor([[[10.0, 10, 1], [40, 50, 1]]])
    gone = torch.tensor([[[10.0, 10, 2], [0, 0, 0]]])
    assert fields(both, LINE, 16, 4, 3).any() and confidence_maps(both, 16, 4, 4.0).amax((1, 2)).min() > 0.8
    assert not fields(gone, LINE, 16, 4, 3).any() and not confidence_maps(gone, 16, 4, 4.0)[1].any()


def test_a_picture_without_people_has_empty_maps():
    nobody = torch.zeros(0, 2, 3)
    assert fields(nobody, LINE, 16, 4, 3).shape == (1, 2, 16, 16) and not fields(nobody, LINE, 16, 4, 3).any()
    assert confidence_maps(nobody, 16, 4, 4.0).shape == (2, 16, 16) and not confidence_maps(nobody, 16, 4, 4.0).any()


def test_the_line_integral_is_that_of_the_formula():
    field = torch.zeros(2, 16, 16)
    field[0] = 1  # everywhere to the right
    start, ends = torch.tensor([[20.0, 30]]), torch.tensor([[50.0, 30], [20, 50], [10, 30], [44, 62]])
    found = line_integrals(field, start, ends, 4)
    assert found.shape == (1, 4)
    assert found[0].tolist() == pytest.approx([1, -1, -1, 0.6])  # across it and against it nothing agrees


def test_two_gaps_of_ten_samples_are_allowed_and_three_are_not():
    field = torch.zeros(2, 1, 100)
    field[0] = 1
    ends = torch.tensor([[0.5, 0.5]]), torch.tensor([[90.5, 0.5]])  # samples at the middles of cells 0, 10, … 90
    field[0, 0, :11] = 0
    assert line_integrals(field, *ends, 1).item() == pytest.approx(0.8)
    field[0, 0, :21] = 0
    assert line_integrals(field, *ends, 1).item() == -1


def best_sum(scores: torch.Tensor, least: float) -> float:
    """By trying every way to pair rows with columns, some of them left over."""
    if scores.shape[0] > scores.shape[1]:
        scores = scores.T
    gain = (scores - least).clamp_min(0)
    return max(
        sum(gain[a, b].item() for a, b in enumerate(way)) for way in permutations(range(gain.shape[1]), len(gain))
    )


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 4), (5, 3), (3, 6)])
def test_the_matching_is_the_best_of_all(shape):
    for seed in range(20):
        scores = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1
        for least in (0.0, 0.3):
            found = pairs(scores, least)
            assert len({a for a, _ in found}) == len({b for _, b in found}) == len(found)
            assert all(scores[pair] > least for pair in found)
            assert sum(scores[pair].item() - least for pair in found) == pytest.approx(
                best_sum(scores, least), abs=1e-5
            )


def test_nothing_matches_nothing():
    assert pairs(torch.zeros(0, 3), 0.0) == [] and pairs(torch.full((2, 2), -1.0), 0.0) == []


def regrouped(people: torch.Tensor, bones=BONES) -> list:
    return group(peaks(confidence_maps(people, 32, 4, 4.0), 4), fields(people, bones, 32, 4, 3.0), bones, 4)


def test_crossing_limbs_are_told_apart_by_the_fields_and_not_by_distance():
    """Two limbs cross: each end lies nearer to the start of the other limb."""
    bones = ((0, 1), (1, 2), (2, 3))
    one = person((20, 100), (24, 60), (60, 40), (70, 20))
    other = person((20, 12), (24, 44), (60, 60), (70, 100))
    people = torch.tensor([one, other])
    assert (people[0, 1] - people[0, 2]).norm() > (people[0, 1] - people[1, 2]).norm()
    found = regrouped(people, bones)
    assert len(found) == 2
    in_order = sorted((p.keypoints for p in found), key=lambda joints: -joints[0, 1])
    assert (torch.stack(in_order)[..., :2] - people[..., :2]).abs().max() < 1
    wrong = nearest_people(confidence_maps(people, 32, 4, 4.0), bones, 4)
    ends = {(round(p.keypoints[1, 1].item()), round(p.keypoints[2, 1].item())) for p in wrong}
    assert ends == {(60, 60), (44, 40)}


def test_without_its_neck_a_person_falls_to_pieces():
    (whole,) = people_of(scene(1, "validation", objects=(1, 1), kinds=("person",)))[0]
    beheaded = whole.clone()
    beheaded[BONES[0][0], 2] = 0
    assert len(regrouped(whole[None])) == 1
    pieces = regrouped(beheaded[None])
    assert [int((p.keypoints[:, 2] > 0).sum()) for p in pieces] == [3, 3, 3, 3]  # arms and legs; the head is alone


def test_true_fields_give_the_true_people_back():
    """The best that a network could reach: scenes of several people, hidden joints among them."""
    crowd = [scene(seed, "validation", objects=(2, 6), kinds=("person",)) for seed in range(30)]
    by_fields, by_distance = [], []
    for one in crowd:
        people, _ = people_of(one)
        maps = confidence_maps(people, 32, 4, 4.0)
        by_fields.append(torch.stack([p.keypoints for p in regrouped(people)]))
        by_distance.append(torch.stack([p.keypoints for p in nearest_people(maps, BONES, 4)]))
    assert scenes_pck(by_fields, crowd) > max(0.94, scenes_pck(by_distance, crowd) + 0.01)


def test_bad_input_is_told():
    with pytest.raises(ValueError, match="field"):
        line_integrals(torch.zeros(3, 8, 8), torch.zeros(1, 2), torch.zeros(1, 2), 4)
    with pytest.raises(ValueError, match="scores"):
        pairs(torch.zeros(3), 0.0)
