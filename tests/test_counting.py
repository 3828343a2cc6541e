"""Counts by torch against the ledger and torchvision's metadata."""

from torch import nn

from insidecnn import arithmetic, counting
from insidecnn.classification import small


def test_macs_are_the_ledgers_where_it_reaches():
    for name in ("AlexNet-like", "VGG-like"):
        network = small.SMALL[name]()
        assert counting.macs(network) == sum(row.macs for row in arithmetic.ledger(network, (1, 32, 32)))
    grouped = nn.Sequential(nn.Conv2d(4, 8, 3, padding=1, groups=4))
    assert counting.macs(grouped, (4, 5, 5)) == 8 * 25 * 9
    assert small.SMALL["VGG-like"]().training, "counting leaves the network as it was"


class Branches(nn.Module):
    """What a ledger cannot follow: two ways that are added, and a weight that is not trained."""

    def __init__(self):
        super().__init__()
        self.one, self.three = nn.Conv2d(2, 6, 1, bias=False), nn.Conv2d(2, 6, 3, padding=1)
        self.head = nn.Linear(6, 4)
        self.one.weight.requires_grad_(False)

    def forward(self, x):
        return self.head((self.one(x) + self.three(x)).mean((2, 3)))


def test_branches_are_counted_and_only_what_is_trained():
    assert counting.parameters(Branches()) == (6 * 2 * 9 + 6) + (6 * 4 + 4)
    assert counting.macs(Branches(), (2, 5, 7)) == 35 * 6 * 2 * (1 + 9) + 6 * 4
