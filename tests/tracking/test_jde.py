"""JDE's network: a trunk, two heads, and losses whose weights are learned."""

import pytest
import torch

from insidecnn.metrics import box_iou
from insidecnn.tracking.jde import Balance, JdeNet, shipped
from insidecnn.world.clips import clip


def test_an_embedding_of_length_1_in_each_cell():
    net = JdeNet().eval()
    with torch.no_grad():
        maps, looks = net(torch.rand(2, 3, 64, 96))
    assert maps.confidence.shape[2:] == looks.shape[2:] == (8, 12) and looks.shape == (2, 64, 8, 12)
    assert looks.norm(dim=1) == pytest.approx(torch.ones(2, 8, 12).numpy(), abs=1e-5)


def test_one_trunk_serves_both_heads():
    net = JdeNet()
    images = torch.rand(1, 3, 64, 64)
    for part in (lambda out: out[0].confidence.sum(), lambda out: out[1].sum()):
        net.zero_grad()
        part(net(images)).backward()
        assert net.yolo.trunk[0][0].weight.grad.abs().sum() > 0
    assert net.yolo.last.weight.grad is None or not net.yolo.last.weight.grad.any(), "the second head is its own"


def test_the_balance_weighs_by_uncertainty():
    """Left to itself each s goes to the logarithm of its loss: then every loss counts the same."""
    balance, losses = Balance([0.0, 0.0]), torch.tensor([4.0, 0.25])
    assert balance(list(losses)).item() == pytest.approx(losses.sum().item() / 2)
    optimizer = torch.optim.SGD(balance.parameters(), 0.5)
    for _ in range(200):
        optimizer.zero_grad()
        balance(list(losses)).backward()
        optimizer.step()
    assert balance.s.detach().numpy() == pytest.approx(losses.log().numpy(), abs=1e-3)


def test_people_are_found_with_what_they_look_like():
    seen = clip(3, frames=3, people=3, things=1, posts=0)
    images = torch.from_numpy(seen.images).permute(0, 3, 1, 2).float() / 255
    net = shipped()[0]
    found = net.detect(images)
    assert len(found) == 3
    right = total = 0
    for t, (boxes, scores, looks) in enumerate(found):
        assert len(boxes) == len(scores) == len(looks) and (scores >= 0.1).all() and (scores.diff() <= 0).all()
        assert looks.shape[1:] == (64,) and looks.norm(dim=1) == pytest.approx([1] * len(looks), abs=1e-4)
        names, truth = seen.seen(t, 0.6)
        right += int((box_iou(truth, boxes[scores >= 0.3]) >= 0.5).any(1).sum())
        total += len(names)
    assert right >= 0.8 * total
    assert sum(len(boxes) for boxes, _, _ in net.detect(images, least=0.8)) < sum(len(b) for b, _, _ in found)


def test_nobody_on_an_empty_picture():
    ((boxes, scores, looks),) = shipped()[0].detect(torch.full((1, 3, 64, 64), 0.5))
    assert boxes.shape[1:] == (4,) and looks.shape[1:] == (64,) and (scores < 0.5).all()


@pytest.mark.parametrize("given", [torch.rand(3, 64, 64), torch.rand(1, 3, 60, 64), [1], torch.rand(1, 1, 64, 64)])
def test_what_are_no_pictures_is_refused(given):
    with pytest.raises(ValueError, match="give"):
        JdeNet().detect(given)


def test_the_card_is_of_the_shipped_network():
    net, card = shipped()
    assert card["parameters"] == sum(p.numel() for p in net.parameters())
    assert card["scores"]["test"]["rank1"] > 0.5 and len(card["weights"]) == 3
