"""Stages, cells, receptive fields and reasons, each against PyTorch and the package."""

import random

import numpy as np
import pytest
import torch

from insidecnn import alexnet, weights
from insidecnn.lab import samples
from insidecnn.lab.samples import tensor
from tests.site.lab.conftest import browser_digests, features, parts, said, settle

NAMES = [f"features.{number}" for number in range(13)]


@pytest.fixture(scope="module")
def torch_stages():
    """What PyTorch makes of the first sample."""
    return [
        stage.output[0].numpy() for stage in alexnet.stages(weights.embedded().model, tensor(samples.NAMES[0]))[:13]
    ]


def test_all_thirteen_stages_are_pytorch_s_to_5e_5(opened, torch_stages):
    lab = opened()
    for number, wanted in enumerate(torch_stages):
        maps = np.array(lab.evaluate("(lab, n) => [...lab.maps[n]]", number), np.float32).reshape(wanted.shape)
        assert np.abs(maps - wanted).max() < 5e-5, NAMES[number]


def test_every_stage_can_be_chosen_and_any_cell_has_its_value_and_its_reason(opened, torch_stages):
    lab = opened()
    net, chance = features(), random.Random(0)
    inputs = [tensor(samples.NAMES[0])[0].numpy(), *torch_stages]
    for number in range(13):
        lab.locator("button.stage").nth(number).click()
        channels, height, width = torch_stages[number].shape
        layer = net[number]
        if isinstance(layer, torch.nn.Conv2d):
            windows = torch.nn.functional.unfold(
                torch.tensor(inputs[number])[None], layer.kernel_size, padding=layer.padding, stride=layer.stride
            )[0].reshape(layer.in_channels, -1, height, width)
        cells = [(0, 0, 0), (channels - 1, height - 1, width - 1)]
        cells += [(chance.randrange(channels), chance.randrange(height), chance.randrange(width)) for _ in range(3)]
        for channel, row, column in cells:
            lab.evaluate("(lab, cell) => lab.set(cell)", dict(channel=channel, row=row, column=column))
            settle(lab)
            value = torch_stages[number][channel, row, column]
            found = parts(lab)
            *lines, (last, total) = found.items()
            assert abs(total - value) < 6e-4, (NAMES[number], channel, row, column)
            assert f"channel {channel}, row {row}, column {column}" in said(lab)
            if isinstance(layer, torch.nn.Conv2d):
                assert last == "together"
                assert round(sum(v for _, v in lines) - total, 6) == 0  # what is shown adds up to what is shown
                assert abs(found["bias"] - layer.bias[channel].item()) < 6e-4
                window = windows[:, :, row, column]
                each = (window * layer.weight[channel].detach().flatten(1)).sum(1)
                rest = lab.evaluate("lab => lab.why.found.rest")
                told = lab.evaluate("lab => lab.why.found.shares.map((share) => share.channel)")
                others = [n for n in range(len(each)) if n not in told]
                assert abs(rest - each[others].sum().item()) < 1e-4, (NAMES[number], channel)
                for name, shown in lines:
                    if "other" in name or name in ("bias", "roundings"):
                        continue
                    source = ["red", "green", "blue"].index(name) if number == 0 else int(name.split()[1])
                    assert abs(shown - each[source].item()) < 6e-4, (NAMES[number], name)
                if number:  # the strongest one is among them
                    assert any(name.split()[-1] == str(each.abs().argmax().item()) for name, _ in lines)


def test_the_receptive_field_drawn_is_the_package_s(opened):
    lab = opened()
    model = weights.embedded().model
    for number in (0, 2, 5, 12):
        lab.locator("button.stage").nth(number).click()
        shape = lab.evaluate("lab => lab.shape")
        for cell in [(0, 0), (shape[1] // 2, shape[2] - 1)]:
            lab.evaluate("(lab, [row, column]) => lab.set({ row, column })", list(cell))
            left, top, _, bottom = alexnet.receptive_field(model, NAMES[number], cell)
            assert lab.evaluate("lab => lab.view") == {"top": top, "left": left, "field": bottom - top}
            caption = lab.evaluate("async lab => { lab.explain(); await new Promise((f) => setTimeout(f, 150)); return lab.why.caption.textContent; }")  # fmt: skip
            outside = min(top, left) < 0 or max(top, left) + bottom - top > 224
            assert (
                caption == f"It sees {bottom - top} × {bottom - top} pixels" + "; grey: outside of the photo" * outside
            )


def frame_on_photo(lab):
    """The box drawn on the photograph, in its pixels: (left, top, width), read from the canvas."""
    return lab.evaluate(
        """lab => { const c = lab.bench.photo, d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, xs = [], ys = [];
        for (let i = 0; i < d.length; i += 4) if (d[i] === 255 && d[i + 1] === 196 && d[i + 2] === 0) { xs.push((i / 4) % c.width); ys.push(Math.floor(i / 4 / c.width)); }
        const ends = (all) => [Math.min(...all), Math.max(...all)]; const [x0, x1] = ends(xs), [y0, y1] = ends(ys);
        return [(x0 + 1) / 2, (y0 + 1) / 2, (x1 - x0 - 2) / 2].map(Math.round); }"""
    )


def test_the_frame_is_drawn_where_the_explained_cell_looks(opened):
    lab = opened()
    for sample in (None, "A cup of coffee"):
        if sample:
            lab.get_by_role("button", name=sample).click()
            browser_digests(lab)
        settle(lab)
        view = lab.evaluate("lab => lab.view")
        left, top, width = frame_on_photo(lab)  # as far as it is on the photograph
        assert (left, top) == pytest.approx((max(0, view["left"]), max(0, view["top"])), abs=1.01)
        assert width == pytest.approx(min(224, view["left"] + view["field"]) - max(0, view["left"]), abs=1.01)
        row, column = lab.evaluate("lab => [lab.why.found.row, lab.why.found.column]")
        assert (view["top"], view["left"]) == (4 * row - 2, 4 * column - 2)


def test_the_strongest_cell_can_be_followed_back(opened):
    """From stage to stage the cell stays over the same place of the photograph, as near as cells lie."""
    lab = opened("#lab?stage=12&channel=3")
    lab.get_by_role("button", name="Strongest cell").click()
    row = lab.evaluate("lab => lab.state.row")
    assert row >= 0
    middle = "lab => { const { top, field } = lab.view; return top + (field - 1) / 2; }"
    start = lab.evaluate(middle)
    for number in (11, 8, 5, 2, 0):
        lab.locator("button.stage").nth(number).click()
        jump = lab.evaluate("lab => lab.data.layers[lab.state.stage].jump")
        assert abs(lab.evaluate(middle) - start) <= 8 + jump / 2, number
