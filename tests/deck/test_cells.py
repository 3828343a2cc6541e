"""The deck's cells run in order, without a download, and leave what the statements need."""

import matplotlib.pyplot as plt
import pytest
import torch
from torchvision.models import alexnet

from insidecnn.deck import cells


@pytest.fixture(scope="module")
def run():
    torch.manual_seed(0)
    return cells.run(alexnet().state_dict())


def test_all_cells_run_and_what_is_not_on_the_slides_is_noted(run):
    assert list(run.printed) == list(cells.CELLS)
    assert sorted(run.absent) == sorted(cells.supply())
    assert run.printed[12] == "torch.Size([1, 64, 55, 55])" and run.printed[11] == "(64, 3, 11, 11)"


def test_outputs_are_kept_from_the_relu_that_overwrites_them(run):
    for name in ("conv1_out", "conv2_out", "conv3_out"):
        assert run.before[name].min() < 0 and torch.equal(run.before[name].relu(), run.names[name].detach())


def test_pictures_are_counted_and_put_away(run):
    assert run.pictures == [1, 32, 32, 32, 32, 32, 32] and plt.get_fignums() == []
    assert any("pretrained" in str(each.message) for each in run.warned)


def test_an_error_is_one_line():
    assert cells.error_of(lambda: [][1]) == "IndexError: list index out of range"
    assert cells.error_of(lambda: 1) == "no error"
