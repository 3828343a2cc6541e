"""The small networks: their sizes, and the scores that are shipped with them."""

import json
from importlib import resources

import pytest
import torch

from insidecnn import counting, digits
from insidecnn.classification import layers, resnet, small, vgg
from insidecnn.training import classification


@pytest.mark.parametrize("name", small.SMALL)
def test_member_has_its_size_and_its_shipped_score(name):
    card = json.loads((resources.files("insidecnn.parameters") / "classification.json").read_text(encoding="utf-8"))
    record, network = card["members"][name], small.trained(name)
    assert network(torch.zeros(3, 1, 32, 32)).shape == (3, 10)
    assert 20_000 <= counting.parameters(network) == record["parameters"] <= 60_000
    assert counting.macs(network) == record["macs"]
    test = digits.part("test")
    assert abs(classification.right(network, test) - record["test_right"][0]) <= 1
    assert record["seconds"] < 60 and len(record["test_right"]) == len(card["recipe"]["seeds"])


def test_unknown_member():
    with pytest.raises(ValueError, match="no small network 'LSTM'"):
        small.trained("LSTM")


def test_weights_start_so_that_relus_keep_the_size_of_the_signal():
    torch.manual_seed(0)
    net = layers.he(torch.nn.Sequential(*[m for _ in range(6) for m in (torch.nn.Linear(400, 400), torch.nn.ReLU())]))
    x = torch.randn(300, 400)
    with torch.no_grad():
        assert 0.6 < (net(x).square().mean() / x.square().mean()).item() < 1.7
    assert all(not module.bias.any() for module in net if isinstance(module, torch.nn.Linear))


def test_a_convolution_with_batch_norm_keeps_the_size_but_for_the_stride():
    x = torch.zeros(2, 4, 9, 12)
    assert layers.conv_bn(4, 6, 3)(x).shape == (2, 6, 9, 12) and layers.conv_bn(4, 6, 5, 2)(x).shape == (2, 6, 5, 6)
    kinds = [type(m).__name__ for m in layers.conv_bn(4, 8, groups=4, act=None)]
    assert kinds == ["Conv2d", "BatchNorm2d"] and layers.conv_bn(4, 8, groups=4)[0].weight.shape == (8, 1, 3, 3)


def test_vgg16_has_the_papers_layers():
    """13 convolutions and 3 dense layers; 64 times fewer weights at an eighth of the channels."""
    with torch.device("meta"):
        whole, thin = vgg.VGG16(thinner=1, classes=1000), vgg.VGG16()
    layers = [m for m in whole.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 16 == sum(isinstance(m, torch.nn.Conv2d) for m in layers) + 3
    assert counting.parameters(whole.features) == 14_714_688 - 2 * 64 * 9, "the paper's, less two colours"
    assert {m.kernel_size for m in layers[:13]} == {(3, 3)} and thin.features[-3].out_channels == 512 // 8
    assert vgg.VGG16()(torch.zeros(2, 1, 32, 32)).shape == (2, 10)
    with pytest.raises(ValueError, match="thinner is 3; it must divide 64"):
        vgg.VGG16(thinner=3)


def test_resnet_20_has_the_papers_size():
    network = resnet.ResNet()
    assert network(torch.zeros(2, 1, 32, 32)).shape == (2, 10)
    assert 0.265e6 < counting.parameters(network) < 0.275e6, "0.27 million in table 6"
    longest = [m for name, m in network.named_modules() if isinstance(m, torch.nn.Conv2d) and "skip" not in name]
    assert len(longest) + 1 == 20
    with pytest.raises(ValueError, match="n is 0; each group needs at least 1 block"):
        resnet.ResNet(0)
