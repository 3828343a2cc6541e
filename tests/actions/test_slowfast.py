"""SlowFast is what its paper says: two frame rates, an eighth of the channels, convolutions over time where they belong."""

import pytest
import torch
from torch import nn

from insidecnn.actions.slowfast import ALPHA, BETA, NETWORKS, PATHWAYS, WIDTHS, SlowFast, changes, shipped

CLIPS = torch.rand(2, 3, 32, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return SlowFast(32).eval()


def convolutions(part):
    return [layer for layer in part.modules() if isinstance(layer, nn.Conv3d)]


@torch.no_grad()
def test_shapes_are_those_of_the_docstring(network):
    stages = network.stages(CLIPS)
    assert list(stages) == list(PATHWAYS)
    for name, frames, share in (("slow", 4, 1), ("fast", 32, BETA)):
        widths = [round(share * width) for width in WIDTHS]
        sides = (16, 16, 8, 4)
        wanted = [(2, width, frames, side, side) for width, side in zip(widths, sides, strict=True)]
        assert [tuple(maps.shape) for maps in stages[name]] == wanted
        for maps, shape in zip(stages[name], wanted, strict=True):
            assert f"(N, {', '.join(map(str, shape[1:]))})" in SlowFast.stages.__doc__, maps
    assert network(CLIPS).shape == (2, 32)
    assert sum(p.numel() for p in network.parameters()) <= 1_000_000


def test_the_fast_pathway_sees_what_changes_in_grey_and_coarse(network):
    found = changes(CLIPS)
    assert found.shape == (2, 1, 32, 16, 16) and not found[:, :, 0].any()
    square = (CLIPS[0, :, 7, 8:12, 20:24] - CLIPS[0, :, 6, 8:12, 20:24]).mean()
    assert found[0, 0, 7, 2, 5].item() == pytest.approx(square.item(), abs=1e-6)
    brighter = (CLIPS[:, :, :8] + 0.2).flip(1)  # the same steps, and others' colours
    maps = [network.stages(clips)["fast"][-1] for clips in (CLIPS[:, :, :8], brighter)]
    assert torch.allclose(*maps, atol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("height, width", [(63, 65), (62, 66), (50, 97)])
def test_both_pathways_agree_on_the_size_of_any_clip(network, height, width):
    stages = network.stages(torch.zeros(1, 3, 8, height, width))
    for slow, fast in zip(stages["slow"], stages["fast"], strict=True):
        assert slow.shape[3:] == fast.shape[3:]


@torch.no_grad()
@pytest.mark.parametrize("frames", [1, 8, 15, 17])
def test_both_pathways_agree_on_the_time_of_any_clip(network, frames):
    stages = network.stages(CLIPS[:, :, :frames])
    assert stages["slow"][-1].shape[2] == -(-frames // ALPHA) and stages["fast"][-1].shape[2] == frames


def test_convolutions_over_time_are_where_the_paper_has_them(network):
    for stage in network.slow[:2]:
        assert all(layer.kernel_size[0] == 1 for layer in convolutions(stage))
    for stage in network.slow[2:]:
        assert [layer.kernel_size[0] for layer in convolutions(stage.body)] == [3, 1]
    assert network.fast[0][0].kernel_size[0] == 5
    for stage in network.fast[1:]:
        assert [layer.kernel_size[0] for layer in convolutions(stage.body)] == [3, 1]
    pathways = [network.slow, network.fast]
    assert all(layer.stride[0] == 1 for part in pathways for layer in convolutions(part))
    pools = [layer for part in pathways for layer in part.modules() if isinstance(layer, nn.MaxPool3d)]
    assert len(pools) == 1 and all(pool.kernel_size[0] == pool.stride[0] == 1 for pool in pools)


def test_lateral_connections_are_the_paper_s(network):
    assert len(network.lateral) == len(WIDTHS) - 1
    for layer, width in zip(network.lateral, WIDTHS, strict=False):
        assert layer.kernel_size == (5, 1, 1) and layer.stride == (ALPHA, 1, 1) and layer.padding == (2, 0, 0)
        assert (layer.in_channels, layer.out_channels) == (BETA * width, 2 * BETA * width)


@torch.no_grad()
def test_the_slow_pathway_sees_every_eighth_frame_only(network):
    between = CLIPS.clone()
    kept = torch.arange(32) % ALPHA != 0
    between[:, :, kept] = between[:, :, kept].flip(2)
    for name in PATHWAYS:
        torch.manual_seed(1)
        alone = SlowFast(32, (name,)).eval()
        assert not alone.lateral and (alone.fast is None) == (name == "slow")
        assert torch.equal(alone(CLIPS), alone(between)) == (name == "slow")
    one, other = network.stages(CLIPS), network.stages(between)
    assert torch.equal(one["slow"][0], other["slow"][0]) and not torch.equal(one["slow"][1], other["slow"][1])


@torch.no_grad()
def test_the_early_slow_stages_look_at_one_frame_at_a_time():
    torch.manual_seed(2)
    alone = SlowFast(4, ("slow",)).eval()
    order = torch.tensor([2, 0, 3, 1])
    shuffled = CLIPS.unflatten(2, (4, ALPHA))[:, :, order].flatten(2, 3)
    one, other = alone.stages(CLIPS)["slow"], alone.stages(shuffled)["slow"]
    for i, maps in enumerate(one):
        assert torch.allclose(maps[:, :, order], other[i], atol=1e-5) == (i < 2)


@torch.no_grad()
def test_without_its_lateral_connections_the_slow_pathway_does_not_hear_the_fast_one():
    torch.manual_seed(3)
    network = SlowFast(4).eval()
    for layer in network.lateral:
        nn.init.zeros_(layer.weight)
    between = CLIPS.clone()
    between[:, :, 1::ALPHA] = 0
    one, other = network.stages(CLIPS), network.stages(between)
    assert all(torch.equal(a, b) for a, b in zip(one["slow"], other["slow"], strict=True))
    assert not torch.equal(one["fast"][-1], other["fast"][-1])


@torch.no_grad()
def test_the_head_reads_the_mean_of_each_pathway(network):
    stages = network.stages(CLIPS)
    means = torch.cat([stages[name][-1].flatten(2).mean(2) for name in PATHWAYS], 1)
    assert torch.allclose(network(CLIPS), means @ network.head.weight.T + network.head.bias, atol=1e-5)


def test_a_block_adds_its_input():
    torch.manual_seed(4)
    stage = SlowFast(4).fast[1].eval()
    nn.init.zeros_(stage.body[-1].weight)
    nn.init.zeros_(stage.body[-1].bias)
    x = torch.rand(1, stage.body[0].in_channels, 4, 5, 5)
    assert torch.equal(stage(x), x)


@pytest.mark.parametrize("wrong, words", [((), "give both or one"), (("quick",), "give both or one")])
def test_other_pathways_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        SlowFast(4, wrong)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_shipped_networks_load(name):
    network, card = shipped(name)
    assert network.pathways == NETWORKS[name] and not network.training and network.head.out_features == 32
    assert 0 < card["scores"][name] < 1


def test_impossible_input_is_refused(network):
    with pytest.raises(ValueError, match="no network 'quick'; choose one of both, slow, fast"):
        shipped("quick")
    with pytest.raises(ValueError, match="classes is 0"):
        SlowFast(0)
    for clips in (CLIPS[0], CLIPS[:, :2], CLIPS.numpy()):
        with pytest.raises(ValueError, match=r"\(N, 3, T, H, W\)"):
            network(clips)
