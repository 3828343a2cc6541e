"""The families: LeNet-5 to the last connection, torchvision's metadata, the small members, their pictures."""

import json
import re
from importlib import resources

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.families import blocks, compare, digits, facts, lenet5, members
from insidecnn.figures import blocks as drawn
from insidecnn.figures import scatter, timeline
from insidecnn.training import families as training
from tests.conftest import BOOK

# LeCun et al. 1998, section II.B: what the text says of each layer
PAPER = {
    "C1": ((6, 28, 28), 156, 122_304),
    "S2": ((6, 14, 14), 12, 5_880),
    "C3": ((16, 10, 10), 1_516, 151_600),
    "S4": ((16, 5, 5), 32, 2_000),
    "C5": ((120, 1, 1), 48_120, 48_120),
    "F6": ((84,), 10_164, 10_164),
    "OUTPUT": ((10,), 0, 840),
}


@pytest.fixture(scope="module")
def lenet():
    torch.manual_seed(0)
    return lenet5.LeNet5()


def test_lenet5_is_the_papers(lenet):
    rows = {name: tuple(rest) for name, *rest in lenet5.books(lenet)}
    assert rows == PAPER
    assert sum(p.numel() for p in lenet.parameters()) == 60_000
    assert sum(count for *_, count in rows.values()) == 340_908


def test_c3_sees_its_table_and_nothing_else(lenet):
    x = torch.randn(2, 6, 14, 14)
    by_map = [
        F.conv2d(x[:, list(sources)], lenet.C3.weight()[to : to + 1, list(sources)], lenet.C3.bias[to : to + 1])
        for to, sources in enumerate(lenet5.C3_TABLE)
    ]
    assert torch.allclose(lenet.C3(x), lenet5.squash(torch.cat(by_map, 1)), atol=1e-6)
    assert [len(s) for s in lenet5.C3_TABLE] == [3] * 6 + [4] * 9 + [6]
    assert [sum(source in s for s in lenet5.C3_TABLE) for source in range(6)] == [10] * 6  # ten crosses a row
    assert len(set(lenet5.C3_TABLE)) == 16


def test_subsampling_is_a_mean_at_the_start(lenet):
    x = torch.randn(2, 6, 28, 28)
    assert torch.allclose(lenet.S2(x), lenet5.squash(F.avg_pool2d(x, 2)), atol=1e-6)


def test_output_is_the_squared_distance_to_the_codes(lenet):
    codes = lenet5.codes()
    assert codes.shape == (10, 84) and set(codes.unique().tolist()) == {-1.0, 1.0}
    assert torch.allclose(lenet.OUTPUT(codes), torch.cdist(codes, codes).square(), atol=1e-3)
    assert torch.cdist(codes, codes).square().add(torch.eye(10) * 1e9).min() >= 4 * 4, "codes differ in several pixels"
    assert lenet5.squash(torch.tensor([1.0, -1.0])).tolist() == pytest.approx([1, -1], abs=1e-4)


def test_loss_is_equation_9():
    penalties, labels = torch.tensor([[1.0, 3.0, 2.0], [0.5, 0.1, 4.0]]), torch.tensor([0, 1])
    by_hand = [
        y[k] + torch.log(torch.exp(torch.tensor(-0.1)) + torch.exp(-y).sum())
        for y, k in zip(penalties, labels, strict=True)
    ]
    assert lenet5.loss(penalties, labels).item() == pytest.approx(sum(by_hand).item() / 2, rel=1e-6)


def test_digits_are_split_once_and_share_nothing():
    parts = [digits.part(name) for name in digits.PARTS]
    assert [len(p) for p in parts] == list(digits.PARTS.values()) and sum(map(len, parts)) == len(digits.whole())
    together = torch.cat([p.images for p in parts]).flatten(1)
    everything = digits.whole().images.flatten(1)
    assert torch.equal(together.sum(1).sort().values, everything.sum(1).sort().values)
    assert everything.min() == pytest.approx(-0.1, abs=1e-6) and everything.max() == pytest.approx(1.175, abs=1e-6)
    assert digits.whole().images.shape == (1797, 1, 32, 32)
    assert all(p.labels.bincount(minlength=10).min() > 15 for p in parts)
    with pytest.raises(ValueError, match="no part 'exam'"):
        digits.part("exam")


@pytest.mark.parametrize("name", members.MEMBERS)
def test_member_has_its_size_and_its_shipped_score(name):
    card = json.loads((resources.files("insidecnn.parameters") / "families.json").read_text(encoding="utf-8"))
    record, network = card["members"][name], members.trained(name)
    assert network(torch.zeros(3, 1, 32, 32)).shape == (3, 10)
    assert 20_000 <= members.parameters(network) == record["parameters"] <= 60_000
    assert members.macs(network) == record["macs"]
    test = digits.part("test")
    assert abs(training.right(network, test) - record["test_right"][0]) <= 1
    assert record["seconds"] < 60 and len(record["test_right"]) == len(card["recipe"]["seeds"])


def test_macs_are_the_ledgers_where_it_reaches():
    from insidecnn import arithmetic

    for name in ("AlexNet-like", "VGG-like"):
        network = members.MEMBERS[name]()
        assert members.macs(network) == sum(row.macs for row in arithmetic.ledger(network, (1, 32, 32)))
    grouped = nn.Sequential(nn.Conv2d(4, 8, 3, padding=1, groups=4))
    assert members.macs(grouped, (4, 5, 5)) == 8 * 25 * 9
    assert members.MEMBERS["VGG-like"]().training, "counting leaves the network as it was"


def test_unknown_member():
    with pytest.raises(ValueError, match="no member 'LSTM'"):
        members.trained("LSTM")


def test_training_learns_and_repeats():
    few = digits.Part(digits.part("train").images[:128], digits.part("train").labels[:128])
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        network = members.MEMBERS["ResNet-like"]()
        training.fit(network, few, training.Recipe(epochs=16, batch=32), seed=3)
        states.append(network.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in states), strict=True))
    assert training.right(network, few) > 64


def test_every_family_has_its_paper_in_the_references():
    keys = re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text(encoding="utf-8"), flags=re.M)
    assert len(keys) == len(set(keys))
    assert {f.key for f in facts.FAMILIES} <= set(keys)
    years = [f.year for f in facts.FAMILIES]
    assert years == sorted(years) and (years[0], years[-1]) == (1980, 2022)


def test_checkpoints_are_torchvisions():
    from torchvision import models

    found = facts.checkpoints()
    assert len({(c.builder, c.weights) for c in found}) == len(found) > 50
    assert {c.family for c in found} == {f.model for f in facts.FAMILIES if f.builders}
    for c in found:
        meta = models.get_model_weights(c.builder)[c.weights].meta
        assert (c.parameters, c.top1) == (meta["num_params"], meta["_metrics"]["ImageNet-1K"]["acc@1"])
        assert 50 < c.top1 < c.top5 < 100 and c.megabytes > 0 and c.recipe
    for name in ("squeezenet1_1", "mobilenet_v2", "resnet18"):  # metadata against a network that is really built
        network = models.get_model(name, weights=None)
        known = facts.best_of(found, name)[0]
        assert members.parameters(network) == known.parameters
        assert members.macs(network, (3, 224, 224)) / 1e9 == pytest.approx(known.gmacs, abs=0.003)
    old, new = facts.twins(found)["resnet50"]
    assert new.top1 - old.top1 > 4.5 and new.parameters == old.parameters
    with pytest.raises(ValueError, match="no checkpoint of 'lenet'"):
        facts.best_of(found, "lenet")


def test_every_checkpoint_is_a_point():
    found = facts.checkpoints()
    drawing = compare.accuracy(found, "macs", "what is to be seen")
    assert all(f"<title>{c.says}</title>" in drawing.svg for c in found)
    assert set(compare.NAMED) <= {c.builder for c in found}
    with pytest.raises(ValueError, match="no axis 'age'"):
        compare.accuracy(found, "age", "nothing")


@pytest.mark.parametrize("name", blocks.BLOCKS)
def test_blocks_are_drawn_box_by_box(name):
    drawing = drawn.draw({name: blocks.BLOCKS[name]})

    def names(block):
        for item in block:
            if isinstance(item, str):
                yield item
            else:
                for way in item.ways:
                    yield from names(way)

    boxes = list(names(blocks.BLOCKS[name]))
    joins = drawing.svg.count('class="joint"')
    assert drawing.svg.count("<rect") == len(boxes) + drawing.alt.count("joined by concat")
    assert joins == drawing.alt.count("joined by +") + drawing.alt.count("joined by ×")
    assert all(box in drawing.alt for box in boxes) and name in drawing.alt


def test_one_way_is_not_beside():
    with pytest.raises(ValueError, match="two ways"):
        drawn.beside("+", ["conv"])


def test_time_line_is_to_scale():
    events = [timeline.Event(year, f"net {year}", "words") for year in (1980, 2000, 2020)]
    drawing = timeline.timeline(events)
    dots = [float(y) for y in re.findall(r'<circle cx="\d+" cy="([\d.]+)"', drawing.svg)]
    assert dots[1] - dots[0] == pytest.approx(dots[2] - dots[1], abs=0.2)
    assert "2000 net 2000, words" in drawing.alt
    with pytest.raises(ValueError, match="two different years"):
        timeline.timeline(events[:1])


def test_points_say_who_they_are():
    points = [scatter.Point(10, 50, "a: 10 & 50", "a"), scatter.Point(1000, 80, "b")]
    drawing = scatter.scatter({"both": [points]}, "x", "y", "two points in a line")
    assert drawing.svg.count('tabindex="0" role="img"') == 2 and "<title>a: 10 &amp; 50</title>" in drawing.svg
    x = [float(v) for v in re.findall(r'<g transform="translate\(([\d.]+) ', drawing.svg)]
    assert scatter.LEFT < x[0] < x[1] < scatter.WIDTH
    assert scatter.ticks(0.2, 20) == pytest.approx([0.3, 1, 3, 10])
    for groups, words in (({}, "0 groups"), ({"a": [[scatter.Point(0, 1, "zero")]]}, "logarithmic")):
        with pytest.raises(ValueError, match=words):
            scatter.scatter(groups, "x", "y", "nothing")
