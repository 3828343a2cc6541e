"""LeNet-5 to the last connection."""

import pytest
import torch
import torch.nn.functional as F

from insidecnn.classification import lenet5

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
