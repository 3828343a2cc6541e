"""The training loop is the one written out by hand, step by step."""

import pytest
import torch
from torch import nn

from insidecnn.training import loop


def line():
    x = torch.linspace(-1, 1, 12)[:, None]
    return x, 3 * x - 1


def test_fit_is_the_loop_written_out():
    x, y = line()
    networks = []
    for _ in range(2):
        torch.manual_seed(0)
        networks.append(nn.Sequential(nn.Linear(1, 4), nn.Dropout(0.5), nn.Linear(4, 1)))
    ours, by_hand = networks
    torch.manual_seed(1)
    losses = loop.fit(ours, [(x, y)], torch.optim.SGD(ours.parameters(), 0.1), nn.functional.mse_loss, epochs=5)
    torch.manual_seed(1)
    optimizer, wanted = torch.optim.SGD(by_hand.parameters(), 0.1), []
    for _ in range(5):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(by_hand(x), y)
        loss.backward()
        optimizer.step()
        wanted.append(loss.item())
    assert losses == wanted and losses[-1] < losses[0]
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), by_hand.parameters(), strict=True))
    assert not ours.training


def test_schedule_moves_with_the_steps_and_the_epochs_are_reported():
    x, y = line()
    network = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(network.parameters(), 1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    modes = []
    batches = [(x[:6], y[:6]), (x[6:], y[6:])]
    losses = loop.fit(
        network, batches, optimizer, nn.functional.mse_loss, 3, schedule, lambda: modes.append(network.training)
    )
    assert len(losses) == 6 and optimizer.param_groups[0]["lr"] == 0.5**6 and modes == [False] * 3


def test_random_batches_keep_inputs_with_their_targets():
    x = torch.arange(10)
    found = list(loop.random_batches(x, 2 * x, 4, 50, torch.Generator().manual_seed(0)))
    assert len(found) == 50 and all(torch.equal(2 * a, b) and len(a.unique()) == 4 for a, b in found)
    assert torch.cat([a for a, _ in found]).unique().equal(x)
    assert len(next(loop.random_batches(x, x, 99, 1))[0]) == 10


REFUSED = {
    "no epoch": (lambda x, y: [(x, y)], 0, "epochs is 0"),
    "a generator for two epochs": (lambda x, y: loop.random_batches(x, y, 4, 3), 2, "generator"),
    "no batch": (lambda x, y: [], 1, "batches is empty"),
    "lengths differ": (lambda x, y: loop.random_batches(x, y[:5], 4, 3), 1, "12 inputs and 5 targets"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_a_sentence(case):
    batches, epochs, words = REFUSED[case]
    network = nn.Linear(1, 1)
    with pytest.raises(ValueError, match=words):
        optimizer = torch.optim.SGD(network.parameters(), 0.1)
        loop.fit(network, batches(*line()), optimizer, nn.functional.mse_loss, epochs)


def test_with_replacement_an_example_can_come_twice():
    x = torch.arange(10)
    a, b = next(loop.random_batches(x, 2 * x, 64, 1, torch.Generator().manual_seed(0), replacement=True))
    assert len(a) == 64 and torch.equal(2 * a, b)
