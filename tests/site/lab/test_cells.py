"""Stages, cells, receptive fields and reasons, each against PyTorch and the package."""

import random

import numpy as np
import pytest
import torch

from insidecnn import alexnet, answer
from insidecnn.figures import tiles
from insidecnn.lab import element, samples
from insidecnn.lab.samples import tensor
from tests.site.lab.conftest import choose, loaded, maps, said, settled, snapshot

NAMES = [entry["name"] for entry in element.stages(loaded())]
LAST = len(NAMES) - 1
FC6 = 13


def torch_outputs(name):
    """What PyTorch makes of a sample: (C, H, W) each; of a vector as the map as which the page draws it."""
    outputs = {stage.name: stage.output[0].numpy() for stage in alexnet.stages(loaded().model, tensor(name))}
    return [outputs[entry["name"]].reshape(entry["shape"]) for entry in element.stages(loaded())]


@pytest.fixture(scope="module")
def torch_stages():
    return torch_outputs(samples.NAMES[0])


@pytest.mark.parametrize("name", samples.NAMES[:3])
def test_all_stages_and_the_answer_are_pytorch_s(lab, name):
    """Of the features to 5e-5, of the logits, for which PyTorch multiplies by the whole matrices, to 1e-4."""
    lab.evaluate("(lab, name) => lab.openSample(name)", name)
    best = settled(lab)["best"]
    wanted = torch_outputs(name)
    for number, (found, stage) in enumerate(zip(maps(lab, *range(LAST + 1)), wanted, strict=True)):
        assert np.abs(found.reshape(stage.shape) - stage).max() < (1e-4 if number == LAST else 5e-5), NAMES[number]
    logits = torch.tensor(wanted[-1].ravel())
    classes = answer.best(logits, loaded().categories)
    assert [loaded().categories[each["number"]] for each in best] == list(classes)
    for each, probability in zip(best, classes.values(), strict=True):
        assert each["logit"] == pytest.approx(logits[each["number"]].item(), abs=1e-4)
        assert each["probability"] == pytest.approx(probability, rel=1e-3)
    lines = [[name, f"{probability:.1%}".replace("%", " %")] for name, probability in classes.items()]
    shown = lab.locator(".answer li").evaluate_all(
        "all => all.map((li) => [li.querySelector('button').textContent, li.querySelector('.number').textContent])"
    )
    assert shown == lines
    assert lab.locator(".answer [role=status]").inner_text() == f"The answer: {', '.join(lines[0])}"
    bars = lab.locator(".answer rect").evaluate_all("all => all.map((bar) => bar.width.baseVal.value)")
    assert bars == pytest.approx([each["probability"] for each in best], abs=1e-5)


def test_an_answer_leads_to_its_logit(lab):
    second = settled(lab)["best"][1]
    name = loaded().categories[second["number"]]
    lab.locator(".answer").get_by_role("button", name=name).click()
    now = settled(lab)
    assert now["choice"]["stage"] == LAST and now["explanation"]["value"] == pytest.approx(second["logit"])
    assert said(lab).startswith(f"fc8, unit {second['number']} ({name}): ")


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
    assert len(explained) == len(NAMES) * 5
    for found in explained:
        (channel, row, column), number = found["cell"], found["stage"]
        lines = {name: float(value) for name, value in found["lines"] if value}
        place = (NAMES[number], channel, row, column)
        value = torch_stages[number][channel, row, column]
        *parts, (last, total) = lines.items()
        assert abs(total - value) < 6e-4, place
        unit = row * torch_stages[number].shape[2] + column
        words = f"unit {unit}" if number >= FC6 else f"channel {channel}, row {row}, column {column}"
        assert words in found["said"]
        layer = loaded().model.get_submodule(NAMES[number])
        if not isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            continue
        assert last == "together"
        assert round(sum(part for _, part in parts) - total, 6) == 0  # what is shown adds up to what is shown
        if isinstance(layer, torch.nn.Linear):
            products = layer.weight[unit].detach() * inputs[number].flatten()
            reasons_of_a_unit(found["explanation"], products, layer.bias[unit].item())
            continue
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


def reasons_of_a_unit(explanation, products, bias):
    """Its largest products, and what the others add, are those of the whole matrix's row."""
    told = [share["input"] for share in explanation["shares"]]
    assert len(told) == 6 and products[told].abs().min() > products.abs().kthvalue(len(products) - 6)[0] - 1e-5
    for share in explanation["shares"]:
        assert share["sum"] == pytest.approx(products[share["input"]].item(), abs=1e-4)
        assert share["given"] * share["weight"] == pytest.approx(share["sum"], abs=1e-6)
    others = products.sum() - products[told].sum()
    assert explanation["rest"] == pytest.approx(others.item(), abs=2e-4)
    assert explanation["bias"] == pytest.approx(bias, abs=1e-5)


def test_the_receptive_field_drawn_is_the_package_s(explained):
    model = loaded().model
    for found in explained:
        if found["stage"] < FC6:
            left, top, _, bottom = alexnet.receptive_field(model, NAMES[found["stage"]], found["cell"][1:])
        else:  # from the first of the cells of pool3 to the last
            left, top, *_ = alexnet.receptive_field(model, NAMES[FC6 - 1], (0, 0))
            *_, bottom = alexnet.receptive_field(model, NAMES[FC6 - 1], (5, 5))
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


def test_a_number_is_followed_down_to_the_pixels_and_up_again(lab, torch_stages):
    """From the best logit into the first line each time, through every stage to conv1; each number is PyTorch's."""
    best = settled(lab)["best"][0]
    lab.locator(".answer").get_by_role("button").first.click()
    seen = [settled(lab)["explanation"]]
    while seen[-1]["number"] > 0:
        lab.locator(".parts .follow").first.click()
        seen.append(settled(lab)["explanation"])
        number, cell = seen[-1]["number"], tuple(seen[-1][key] for key in ("channel", "row", "column"))
        assert number == seen[-2]["number"] - 1
        assert seen[-1]["value"] == pytest.approx(torch_stages[number][cell].item(), abs=1e-4)
        above = seen[-2]
        given = (
            above.get("before")
            if "before" in above
            else max(above["window"], key=lambda value: -np.inf if value is None else value)
            if "window" in above
            else above["shares"][0]["given"]
            if "given" in above["shares"][0]
            else largest_given(above["shares"][0])
        )
        assert seen[-1]["value"] == pytest.approx(given, abs=1e-5), number
    assert seen[0]["value"] == pytest.approx(best["logit"]) and len(seen) == len(NAMES)
    assert not lab.locator(".parts .follow").count()  # below conv1 there are pixels
    for wanted in reversed(seen[:-1]):
        lab.locator("button.up").click()
        now = settled(lab)["explanation"]
        assert [now[key] for key in ("number", "value")] == [wanted[key] for key in ("number", "value")]
    assert lab.locator("button.up").is_hidden()


def largest_given(share):
    """The input of the largest product of a channel; padding counts as 0."""
    pairs = [(abs((x or 0) * w), x or 0) for x, w in zip(share["inputs"], share["weights"], strict=True)]
    return max(pairs, key=lambda pair: pair[0])[1]


def test_another_choice_ends_the_way_up(lab):
    settled(lab)
    lab.locator(".answer").get_by_role("button").first.click()
    settled(lab)
    lab.locator(".parts .follow").first.click()
    settled(lab)
    assert lab.locator("button.up").inner_text().startswith("↑ back up to fc8 ")
    choose(lab, stage=4, channel=7, row=3, column=3)
    assert lab.locator("button.up").is_hidden()


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


@pytest.mark.parametrize("stage", [0, 1, 2, 3, 12, 13, 14, 17])
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
        assert found["words"] == f"blue: −{most}, dark: 0, yellow: {most}"
        assert min(red, green) > blue
        assert one.min() > -0.3 * one.max() or lowest[2] > max(lowest[:2])
    else:
        assert found["words"] == f"dark: 0, yellow: {most}"
        assert red + green + blue > sum(lowest[:3]) + 200


@pytest.mark.parametrize("stage", [0, 1, 12, 14, 17])
def test_a_map_has_the_colours_of_the_book_s_figures(lab, stage):
    """But for a step of the palette, since numbers half way between two are rounded otherwise."""
    settled(lab)
    channels, height, width = element.stages(loaded())[stage]["shape"]
    channel = channels // 2
    one = maps(lab, stage)[0].reshape(channels, height, width)[channel]
    cells = [[row, column] for row in range(height) for column in range(width) if row > 2 or column > 2]  # no frame
    cells = random.Random(stage).sample(cells, min(100, len(cells)))
    found = lab.evaluate(COLOURS, {"stage": stage, "channel": channel, "cells": cells, "size": one.shape})
    wanted = tiles.levels(torch.tensor(one), np.abs(one).max() or 1)
    for (row, column), (*colour, _) in zip(cells, found["colours"], strict=True):
        level = int(wanted[row, column])
        assert colour in tiles.PALETTE[max(0, level - 1) : level + 2, :3].tolist(), (row, column)
