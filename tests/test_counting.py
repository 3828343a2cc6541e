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
