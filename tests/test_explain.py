"""One number taken apart: against what the network computes, and against autograd."""

from itertools import pairwise

import pytest
import torch
import torchvision
from torch import nn

from insidecnn import alexnet, explain


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    made = torchvision.models.alexnet().eval()
    with torch.no_grad():
        for layer in made.modules():
            if hasattr(layer, "weight"):
                layer.weight *= 2  # numbers that are not all near zero
    return made


@pytest.fixture(scope="module")
def x():
    return torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
@pytest.mark.parametrize("settings", [{"padding": 2, "stride": 4}, {"padding": 0}, {"padding": 1, "stride": (2, 3)}])
def test_a_cell_of_a_convolution_is_its_sum(settings):
    torch.manual_seed(0)
    layer, x = nn.Conv2d(3, 5, (3, 4), **settings), torch.randn(1, 3, 12, 14)
    y = layer(x)
    for place in [(0, 0, 0), (4, y.shape[2] - 1, y.shape[3] - 1), (2, 1, 1)]:
        found = explain.convolution("c", layer, x, place)
        assert found.total == pytest.approx(y[0][place].item(), abs=1e-5)
        terms = found.largest(4)
        assert found.bias + sum(t.product for t in terms) + found.rest(terms) == pytest.approx(
            y[0][place].item(), abs=1e-5
        )
        for term in terms:
            inside = all(0 <= at < size for at, size in zip(term.place, x.shape[1:], strict=True))
            assert term.given == (x[0][term.place].item() if inside else 0)


def test_the_largest_terms_are_those_that_make_the_number_what_it_is():
    layer = nn.Linear(4, 2)
    with torch.no_grad():
        layer.weight[:] = torch.tensor([[1.0, -2.0, 3.0, 0.5], [-1.0, 2.0, -3.0, -0.5]])
        layer.bias[:] = torch.tensor([0.25, -0.25])
    given = torch.tensor([[1.0, 1.0, 1.0, 4.0]])
    positive, negative = (explain.dense("d", layer, given, unit) for unit in (0, 1))
    assert (positive.total, negative.total) == (4.25, -4.25)
    assert [term.place for term in positive.largest(2)] == [(2,), (3,)] == [term.place for term in negative.largest(2)]
    assert [term.product for term in negative.largest(2)] == [-3, -2]
    assert positive.rest(positive.largest(2)) == -1


@torch.no_grad()
def test_the_winner_of_a_pooling_holds_the_same_number():
    layer, x = nn.MaxPool2d(3, 2), torch.randn(1, 4, 13, 13, generator=torch.Generator().manual_seed(2))
    y = layer(x)
    for place in [(0, 0, 0), (3, 5, 5), (1, 2, 4)]:
        channel, row, column = explain.winner(layer, x, place)
        assert x[0, channel, row, column] == y[0][place] and channel == place[0]
        assert 0 <= row - 2 * place[1] < 3 and 0 <= column - 2 * place[2] < 3


def test_a_path_goes_from_the_logit_to_a_pixel(model, x):
    found = explain.path(model, x, 7)
    assert [each.name for each in found] == [
        *("classifier.6", "classifier.4", "classifier.1"),
        *("features.10", "features.8", "features.6", "features.3", "features.0"),
    ]
    outputs = {stage.name: stage.output for stage in alexnet.stages(model, x)}
    for each in found:
        assert each.total == pytest.approx(outputs[each.name][0][each.place].item(), abs=1e-4), each.name
    assert x[0][found[-1].largest(1)[0].place].item() == found[-1].largest(1)[0].given
    for upper, lower in pairwise(found):  # the lower number is what the upper sum was given
        assert max(lower.total, 0) == pytest.approx(upper.largest(1)[0].given, abs=1e-4)


def test_all_paths_together_carry_the_logit_but_for_the_biases():
    """In a network so small that every path is kept; autograd knows what they carry: gradient × pixel."""
    torch.manual_seed(3)
    small = nn.Module()
    layers = [nn.Conv2d(3, 2, 3, stride=6), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Conv2d(2, 2, 2)]
    small.features = nn.Sequential(*layers, *[nn.Identity() for _ in range(13 - len(layers))])
    small.avgpool, small.classifier = nn.Identity(), nn.Sequential(nn.Linear(2 * 4 * 4, 3))
    small.eval()
    pixels = torch.randn(1, 3, 63, 63, requires_grad=True)
    logit = small.classifier(small.features(pixels).flatten(1))[0, 1]
    logit.backward()
    carried = (pixels.grad * pixels).sum().item() / logit.item()
    found = explain.shares_of_paths(small, pixels.detach(), 1, 1_000_000)
    assert found["features.0"] == pytest.approx(carried, abs=1e-3)


def test_more_paths_carry_more_of_the_number(model, x):
    few, many = (explain.shares_of_paths(model, x, 7, count) for count in (1, 50))
    assert list(few) == [each.name for each in explain.path(model, x, 7)]
    first = explain.path(model, x, 7)[0]
    logit = first.total
    largest = first.products[first.products.abs().argmax()].item()
    assert few["classifier.6"] == pytest.approx(largest / logit, rel=1e-4)
    kept = first.products[first.products.abs().topk(50).indices].sum().item()
    assert many["classifier.6"] == pytest.approx(kept / logit, rel=1e-3)


def test_more_than_one_image_or_a_larger_one_is_refused(model):
    for shape in [(2, 3, 224, 224), (1, 3, 384, 384)]:
        with pytest.raises(ValueError, match="give one image"):
            explain.path(model, torch.zeros(shape), 0)


def test_paths_are_counted(model):
    assert explain.total_paths(model) == 363 * 1600 * 1728 * 3456 * 2304 * 9216 * 4096 * 4096
