"""Stages, cells, receptive fields and reasons, each against PyTorch and the package."""

import random

import numpy as np
import pytest
import torch

from insidecnn import alexnet, weights
from insidecnn.lab import samples
from insidecnn.lab.samples import tensor
from tests.site.lab.conftest import choose, features, maps, settled, snapshot

NAMES = [f"features.{number}" for number in range(13)]


@pytest.fixture(scope="module")
def torch_stages():
    """What PyTorch makes of the first sample."""
    return [
        stage.output[0].numpy() for stage in alexnet.stages(weights.embedded().model, tensor(samples.NAMES[0]))[:13]
    ]


def test_all_thirteen_stages_are_pytorch_s_to_5e_5(lab, torch_stages):
    for number, (found, wanted) in enumerate(zip(maps(lab, *range(13)), torch_stages, strict=True)):
        assert np.abs(found.reshape(wanted.shape) - wanted).max() < 5e-5, NAMES[number]


# chooses each stage by its button, then its cells; stage → what the page says of each cell
EXPLAIN = """async (lab, places) => {
  const found = [];
  for (const [stage, cells] of places.entries()) {
    lab.querySelectorAll('button.stage')[stage].click();
    for (const [channel, row, column] of cells) {
      lab.set({ channel, row, column });
      const { explanation, field } = await lab.whenSettled();
      const lines = [...lab.querySelectorAll('.parts > tbody > tr')].map((line) =>
        [line.querySelector('th').textContent, line.querySelector('.number').textContent.replace('−', '-')]);
      const [said, caption] = ['.said', '.piece figcaption'].map((name) => lab.querySelector(name).textContent);
      found.push({ stage, cell: [channel, row, column], explanation, field, lines, said, caption });
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def explained(shared_page, torch_stages):
    """The page's reasons for corners and some other cells of each stage."""
    lab, chance = shared_page.locator("cnn-lab"), random.Random(0)
    lab.evaluate("async (lab) => { lab.reset(); await lab.whenSettled(); }")
    places = []
    for stage in torch_stages:
        some = [[chance.randrange(size) for size in stage.shape] for _ in range(3)]
        places.append([[0, 0, 0], [size - 1 for size in stage.shape], *some])
    return lab.evaluate(EXPLAIN, places)


def windows_of(layer, given):
    """(C_in, k·k, H·W) of what a convolution sees."""
    windows = torch.nn.functional.unfold(given[None], layer.kernel_size, padding=layer.padding, stride=layer.stride)
    return windows[0].reshape(layer.in_channels, -1, windows.shape[-1])


def test_any_cell_of_every_stage_has_its_value_and_its_reason(explained, torch_stages):
    inputs = [tensor(samples.NAMES[0])[0], *map(torch.tensor, torch_stages)]
    assert len(explained) == 13 * 5
    for found in explained:
        (channel, row, column), number = found["cell"], found["stage"]
        lines = {name: float(value) for name, value in found["lines"] if value}
        place = (NAMES[number], channel, row, column)
        value = torch_stages[number][channel, row, column]
        *parts, (last, total) = lines.items()
        assert abs(total - value) < 6e-4, place
        assert f"channel {channel}, row {row}, column {column}" in found["said"]
        layer = features()[number]
        if not isinstance(layer, torch.nn.Conv2d):
            continue
        assert last == "together"
        assert round(sum(part for _, part in parts) - total, 6) == 0  # what is shown adds up to what is shown
        assert abs(lines["bias"] - layer.bias[channel].item()) < 6e-4
        width = torch_stages[number].shape[2]
        window = windows_of(layer, inputs[number])[:, :, row * width + column]
        each = (window * layer.weight[channel].detach().flatten(1)).sum(1)
        told = [share["channel"] for share in found["explanation"]["shares"]]
        others = [n for n in range(len(each)) if n not in told]
        assert abs(found["explanation"]["rest"] - each[others].sum().item()) < 1e-4, place
        for name, shown in parts:
            if "other" in name or name in ("bias", "roundings"):
                continue
            source = ["red", "green", "blue"].index(name) if number == 0 else int(name.split()[1])
            assert abs(shown - each[source].item()) < 6e-4, (place, name)
        if number:  # the strongest one is among them
            assert any(name.split()[-1] == str(each.abs().argmax().item()) for name, _ in parts)


def test_the_receptive_field_drawn_is_the_package_s(explained):
    model = weights.embedded().model
    for found in explained:
        left, top, _, bottom = alexnet.receptive_field(model, NAMES[found["stage"]], found["cell"][1:])
        size = bottom - top
        assert found["field"] == {"top": top, "left": left, "size": size}
        outside = min(top, left) < 0 or max(top, left) + size > 224
        assert found["caption"] == f"It sees {size} × {size} pixels" + "; grey: outside of the photo" * outside


def frame_on_photo(lab):
    """The box drawn on the photograph, in its pixels: (left, top, width), read from the canvas."""
    return lab.evaluate(
        """lab => { const c = lab.querySelector('.photo canvas'), copy = new OffscreenCanvas(c.width, c.height).getContext('2d'), xs = [], ys = [];
        copy.drawImage(c, 0, 0);
        const d = copy.getImageData(0, 0, c.width, c.height).data;
        for (let i = 0; i < d.length; i += 4) if (d[i] === 255 && d[i + 1] === 196 && d[i + 2] === 0) { xs.push((i / 4) % c.width); ys.push(Math.floor(i / 4 / c.width)); }
        const ends = (all) => [Math.min(...all), Math.max(...all)]; const [x0, x1] = ends(xs), [y0, y1] = ends(ys);
        return [(x0 + 1) / 2, (y0 + 1) / 2, (x1 - x0 - 2) / 2].map(Math.round); }"""
    )


def test_the_frame_is_drawn_where_the_explained_cell_looks(lab):
    for sample in (None, "A cup of coffee"):
        if sample:
            lab.get_by_role("button", name=sample).click()
        now = settled(lab)
        field = now["field"]
        left, top, width = frame_on_photo(lab)  # as far as it is on the photograph
        assert (left, top) == pytest.approx((max(0, field["left"]), max(0, field["top"])), abs=1.01)
        assert width == pytest.approx(min(224, field["left"] + field["size"]) - max(0, field["left"]), abs=1.01)
        row, column = now["explanation"]["row"], now["explanation"]["column"]
        assert (field["top"], field["left"]) == (4 * row - 2, 4 * column - 2)


def test_the_strongest_cell_can_be_followed_back(lab, torch_stages):
    """From stage to stage the cell stays over the same place of the photograph, as near as cells lie."""
    choose(lab, stage=12, channel=3)
    lab.get_by_role("button", name="Strongest cell").click()
    strongest = np.unravel_index(torch_stages[12][3].argmax(), (6, 6))
    assert snapshot(lab)["cell"] == list(strongest)

    def middle():
        field = snapshot(lab)["field"]
        return field["top"] + (field["size"] - 1) / 2

    start = middle()
    for number, jump in ((11, 16), (8, 16), (5, 16), (2, 8), (0, 4)):
        lab.locator("button.stage").nth(number).click()
        assert abs(middle() - start) <= 8 + jump / 2, number


# shows a channel with its corner chosen; the words under it, and the colours in the middle of some of its cells
COLOURS = """async (lab, { stage, channel, cells, size }) => {
  lab.set({ stage, channel, row: 0, column: 0 });
  await lab.whenSettled();
  const canvas = lab.querySelector('.one canvas');
  const [high, wide] = [canvas.height / size[0], canvas.width / size[1]];
  const at = ([row, column]) => [Math.floor((column + 0.5) * wide), Math.floor((row + 0.5) * high)];
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const colours = cells.map((cell) => [...copy.getImageData(...at(cell), 1, 1).data]);
  return { words: lab.querySelector('.one .range').textContent, colours };
}"""


@pytest.mark.parametrize("stage", [0, 1, 2, 3, 12])
def test_the_words_under_a_map_name_its_colours(lab, torch_stages, stage):
    wanted = torch_stages[stage]
    channel = int(wanted.max((1, 2)).argmax())
    one = wanted[channel]
    ends = [[int(i) for i in np.unravel_index(place, one.shape)] for place in (one.argmax(), one.argmin())]
    asked = {"stage": stage, "channel": channel, "cells": ends, "size": one.shape}
    found = lab.evaluate(COLOURS, asked)
    (red, green, blue, _), lowest = found["colours"]
    most = f"{np.abs(one).max():.2f}"
    if one.min() < 0:
        assert found["words"] == f"blue: −{most}, grey: 0, yellow: {most}"
        assert min(red, green) > blue
        assert one.min() > -0.3 * one.max() or lowest[2] > max(lowest[:2])
    else:
        assert found["words"] == f"dark: 0, bright: {most}"
        assert red + green + blue > sum(lowest[:3]) + 200
