"""U-Net: its shapes, what is handed over, how far it sees, and what the shipped one can do."""

import json
from importlib import resources

import pytest
import torch

from insidecnn.metrics import class_iou
from insidecnn.segmentation.unet import UNet, compared, segment, shipped
from insidecnn.training.unet import class_scores, unseen_scenes
from insidecnn.world.scenes import CLASSES


def net(**settings) -> UNet:
    torch.manual_seed(0)
    return UNet(**({"width": 4, "levels": 3} | settings)).eval().requires_grad_(False)


@pytest.mark.parametrize(("size", "settings"), [((64, 64), {}), ((32, 96), {"levels": 4}), ((7, 5), {"levels": 1})])
def test_every_pixel_gets_a_logit_of_each_class(size, settings):
    assert net(classes=3, **settings)(torch.rand(2, 3, *size)).shape == (2, 3, *size)


def test_sizes_are_halved_and_channels_doubled():
    made = []
    network = net()
    for module in (*network.down, *network.upconv, *network.up):
        module.register_forward_hook(lambda module, x, y: made.append(tuple(y.shape[1:])))
    network(torch.rand(1, 3, 32, 32))
    down, up = [(4, 32, 32), (8, 16, 16), (16, 8, 8)], [(8, 16, 16), (8, 16, 16), (4, 32, 32), (4, 32, 32)]
    assert made == down + up


@pytest.mark.parametrize("skips", [True, False])
def test_the_way_up_gets_what_was_handed_over_first_and_what_comes_from_below_second(skips):
    network = net(skips=skips)
    got, given = [], {}
    for level, block in enumerate(network.down):
        block.register_forward_hook(lambda module, x, y, level=level: given.update({level: y.clone()}))
    for step, layer in enumerate(network.upconv):
        layer.register_forward_hook(lambda module, x, y, step=step: given.update({f"up{step}": y.clone()}))
    for block in network.up:
        block.register_forward_pre_hook(lambda module, x: got.append(x[0].clone()))
    network(torch.rand(1, 3, 16, 16))
    for step, level in enumerate((1, 0)):
        parts = [given[level], given[f"up{step}"]] if skips else [given[f"up{step}"]]
        assert torch.equal(got[step], torch.cat(parts, 1))


def test_how_far_an_output_sees():
    """Two 3 × 3 convolutions a level, padded: from the gradient of one output, against the sum by hand."""
    network = net().double()
    x = torch.rand(1, 3, 96, 96, dtype=torch.float64, requires_grad=True)
    network(x)[0, 0, 48, 48].backward()
    rows = x.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    # pixels to each side: twice one cell of each level on each way, and where halved cells lie
    reach = 2 * (1 + 2 + 4) + 2 * (1 + 2)
    assert 48 - reach - 4 <= rows[0] <= 48 - reach + 4 and 48 + reach - 4 <= rows[-1] <= 48 + reach + 4


def test_without_what_is_handed_over_a_small_detail_is_lost():
    """Two pictures whose 4 × 4 means and largest values agree: only the top level can tell them apart."""
    a = torch.zeros(1, 3, 16, 16)
    a[..., 8, 8] = 1
    top = net().down[0](a) - net().down[0](torch.zeros_like(a))
    assert top.abs().amax((0, 1)).nonzero().amin(0).tolist() == [6, 6]  # two convolutions see two pixels far


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (torch.rand(1, 3, 30, 32), "multiples of 4"),
        (torch.rand(3, 32, 32), "give"),
        (torch.rand(1, 1, 32, 32), "3, H, W"),
    ],
)
def test_other_pictures_are_refused(x, words):
    with pytest.raises(ValueError, match=words):
        net()(x)


def test_other_settings_are_refused():
    for settings in ({"levels": 0}, {"width": 1.5}, {"classes": 0}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            UNet(**settings)


def test_segment_takes_the_largest_logit():
    network, images = net(), torch.rand(5, 3, 16, 16)
    assert torch.equal(segment(network, images, at_once=2), network(images).argmax(1))


def test_the_shipped_net_reaches_the_score_of_its_card():
    network, card = shipped()
    assert not network.training and sum(p.numel() for p in network.parameters()) == card["parameters"]
    sample = unseen_scenes("test", 40)
    assert abs(class_scores(network, sample)["mean"] - card["scores"]["mean"]) < 0.06
    assert set(card["scores"]) == {"mean", *CLASSES} and card["tested"] >= 300
    assert card["scores"]["mean"] == pytest.approx(sum(card["scores"][name] for name in CLASSES) / 5, abs=1e-3)
    file = resources.files("insidecnn.parameters") / "unet.safetensors"
    assert len(file.read_bytes()) <= 2e6 and card["cannot"]


def test_the_compared_nets_are_those_of_their_cards():
    networks, cards = compared()
    images = [each.tensor() for each in unseen_scenes("test", 30)]
    truth = torch.stack([each.semantic() for each in unseen_scenes("test", 30)])
    for name, network in networks.items():
        assert network.skips == (name == "with") == cards[name][0]["recipe"]["skips"]
        iou = class_iou(segment(network, torch.stack(images)), truth, len(CLASSES)).mean().item()
        assert abs(iou - cards[name][0]["scores"]["mean"]) < 0.08
    same = [{k: v for k, v in runs[0]["recipe"].items() if k != "skips"} for runs in cards.values()]
    assert same[0] == same[1], "not by one recipe"
    assert json.dumps(cards)
