"""Maps of what matters: on networks in which one knows what does."""

import pytest
import torch
import torchvision
from torch import nn

from insidecnn import attribution


class Looks(nn.Module):
    """A network of which output 0 is the sum of a square of the picture, twice its red and once its green."""

    def __init__(self, rows=slice(64, 96), columns=slice(128, 160)):
        super().__init__()
        self.rows, self.columns = rows, columns

    def forward(self, x):
        part = x[:, :, self.rows, self.columns]
        logit = (2 * part[:, 0] + part[:, 1]).sum((1, 2)) / 100
        return torch.stack([logit, torch.zeros_like(logit)], 1)


@pytest.fixture
def x():
    return torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)) + 0.5


SQUARE = torch.zeros(224, 224, dtype=torch.bool)
SQUARE[64:96, 128:160] = True


def test_the_gradient_is_the_weight(x):
    found = attribution.gradient(Looks(), x, 0)
    assert torch.allclose(found[SQUARE], torch.tensor(0.02)) and not found[~SQUARE].any()
    assert attribution.gradient(Looks(), x, 1).abs().max() == 0


def test_gradient_times_input_adds_up_to_the_logit(x):
    found = attribution.gradient_times_input(Looks(), x, 0)
    assert found.sum().item() == pytest.approx(Looks()(x)[0, 0].item(), rel=1e-4)
    assert not found[~SQUARE].any()


def test_occlusion_finds_what_is_missed(x):
    found = attribution.occlusion(Looks(), x, 0)
    best = found.max()
    assert best.item() == pytest.approx(found[SQUARE].max().item()) and found[:48].abs().max() < 1e-4 * best
    whole = attribution.occlusion(Looks(), x, 0, window=32, stride=32)
    assert whole[SQUARE].mean().item() == pytest.approx(Looks()(x)[0, 0].item(), rel=1e-4)
    assert whole[~SQUARE].abs().max() < 1e-3
    with pytest.raises(ValueError, match="do not end at the edge of 224×224"):
        attribution.occlusion(Looks(), x, 0, stride=15)


def test_occlusion_is_the_mean_over_the_squares_that_cover_a_pixel():
    """Where all squares cost the same, so do all pixels, though a pixel in a corner lies in one square alone."""
    even = torch.full((1, 3, 96, 96), 0.5)
    found = attribution.occlusion(lambda x: x.sum((1, 2, 3))[:, None], even, 0, window=32, stride=16)
    assert torch.allclose(found, torch.full((96, 96), 3 * 32 * 32 * 0.5), rtol=1e-4)


def test_grad_cam_is_the_weighted_sum_of_the_last_maps():
    torch.manual_seed(0)
    model, x = torchvision.models.alexnet().eval(), torch.randn(1, 3, 224, 224)
    kept = {}

    def keep(module, given):
        kept["maps"] = given[0].detach().clone().requires_grad_()
        return (kept["maps"],)

    found = [attribution.grad_cam(model, x, unit) for unit in range(4)]
    model.features[12].register_forward_pre_hook(keep)
    for unit, given in enumerate(found):
        model(x)[0, unit].backward()
        weights = kept["maps"].grad.mean((2, 3), keepdim=True)
        wanted = (weights * kept["maps"].detach()).sum(1, keepdim=True).relu()
        wanted = torch.nn.functional.interpolate(wanted, (224, 224), mode="bilinear", align_corners=False)[0, 0]
        assert torch.allclose(given, wanted, atol=1e-7)
    assert max(given.max() for given in found) > 0


def test_the_pointing_game():
    found = torch.zeros(224, 224)
    found[70, 130] = 1
    assert attribution.points_at(found, SQUARE)
    found[0, 0] = 2
    assert not attribution.points_at(found, SQUARE)


def test_deleting_the_right_pixels_costs_the_answer_at_once(x):
    right, wrong = SQUARE.float(), -SQUARE.float()
    curves = {
        name: attribution.deletion(Looks(), x, 0, found) for name, found in {"right": right, "wrong": wrong}.items()
    }
    assert curves["right"][0] == curves["wrong"][0] == Looks()(x).softmax(1)[0, 0]
    assert curves["right"][1] == 0.5 and curves["wrong"][-2] > 0.99 and curves["wrong"][-1] == 0.5
    assert len(curves["right"]) == 17


def test_inserting_the_right_pixels_brings_the_answer_at_once(x):
    x[:, :, SQUARE] += torch.arange(1024.0) % 2 * 4 - 2  # a blurred picture has other sums only at the square's edge
    right, wrong = SQUARE.float(), -SQUARE.float()
    first = attribution.insertion(Looks(), x, 0, right)
    last = attribution.insertion(Looks(), x, 0, wrong)
    assert first[1] == first[-1] == last[-1] == Looks()(x).softmax(1)[0, 0]
    assert torch.equal(last[:-2], last[:1].expand(15))
