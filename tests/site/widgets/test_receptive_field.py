"""Receptive fields on a photograph against the package and against torch's gradients; by keyboard, finger and link."""

import pytest
import torch
from torch import nn
from torchvision.models import alexnet as torchvision_alexnet

from insidecnn import alexnet, weights, widgets

PAGE = "book/deeper-layers.html"
ELEMENT = "cnn-receptive-field"
STAGES = {
    "conv1": 0, "pool1": 2, "conv2": 3, "pool2": 5, "conv3": 6, "conv4": 8, "conv5": 10, "pool3": 12
}  # fmt: skip
SIZES = dict(zip(STAGES, (55, 27, 27, 13, 13, 13, 13, 6), strict=True))
START = [62, 62, 161, 161]  # the middle cell of conv3


def words(element):
    return element.locator(".said").inner_text()


def result(element):
    return element.evaluate("e => e.result")


@pytest.fixture(scope="module")
def model():
    return torchvision_alexnet().eval()


@pytest.fixture(scope="module")
def positive():
    """AlexNet's windows with one channel, weights above zero and no maximum: no pixel that a cell sees can hide."""
    layers = []
    for layer in torchvision_alexnet().features:
        if isinstance(layer, nn.Conv2d):
            layers.append(nn.Conv2d(1, 1, layer.kernel_size, layer.stride, layer.padding, bias=False).double())
            nn.init.constant_(layers[-1].weight, 1 / layers[-1].weight.numel())
        elif isinstance(layer, nn.MaxPool2d):
            layers.append(nn.AvgPool2d(layer.kernel_size, layer.stride))
    return nn.Sequential(*layers)


def test_starts_in_the_middle_of_conv3(widget):
    assert words(widget).startswith(
        "Cell (6, 6) of conv3 depends on 99 × 99 pixels, all of them in the photograph: rows"
    )
    assert "−34 + 6·16 = 62 to 62 + 99 − 1 = 160" in words(widget)
    assert result(widget) == START
    assert "Chelsea the cat (Stefan van der Walt, CC0)." in widget.inner_text()
    loaded = (
        "e => Promise.all([...e.querySelectorAll('image')].map(i => i.decode ? i.decode().then(() => true) : true))"
    )
    assert all(widget.evaluate(loaded))


def test_every_field_is_the_package_s(linked, model):
    element = linked("receptive-field")
    shares = set()
    for name, number in STAGES.items():
        last = SIZES[name] - 1
        for row, column in {(0, 0), (0, last), (last // 2, 1), (last, last // 3), (last, last)}:
            state = dict(layer=name, row=row, column=column)
            assert element.evaluate("(e, state) => e.set(state)", state)
            box = alexnet.receptive_field(model, f"features.{number}", (row, column))
            assert result(element) == list(box), state
            line = f'alexnet.receptive_field(model, "features.{number}", ({row}, {column}))'
            assert element.locator("code").inner_text().replace("\u00a0", " ") == f"{line}  # {box}"
            left, top, right, bottom = box
            inside = (min(224, bottom) - max(0, top)) * (min(224, right) - max(0, left))
            share = inside / ((bottom - top) * (right - left))
            shares.add(share)
            assert ("all of them in the photograph" if share == 1 else f"{int(100 * share)} % of them") in words(
                element
            )
    assert min(shares) < 0.5 and max(shares) == 1


def test_the_cone_is_where_torch_s_gradient_goes(linked, positive):
    element = linked("receptive-field")
    for name, row, column in [("conv1", 54, 0), ("pool1", 13, 26), ("conv2", 0, 13), ("conv3", 6, 6), ("conv4", 12, 1), ("conv5", 0, 12), ("pool3", 5, 0), ("pool3", 2, 3)]:  # fmt: skip
        element.evaluate("(e, state) => e.set(state)", dict(layer=name, row=row, column=column))
        x = torch.zeros(1, 1, 224, 224, dtype=torch.double, requires_grad=True)
        maps = [x]
        for layer in positive[: list(STAGES).index(name) + 1]:
            maps.append(layer(maps[-1]))
            maps[-1].retain_grad()
        maps[-1][0, 0, row, column].backward()
        spans = element.evaluate("e => e.spans")
        blocks = element.locator(".block:not([hidden])").all()
        assert len(spans[0]) == len(spans[1]) == len(maps) == len(blocks)
        for each, down, across, block in zip(maps, *spans, blocks, strict=True):
            touched = each.grad[0, 0].nonzero()
            size = each.shape[-1]
            inside = [[max(0, first), min(size - 1, last)] for first, last in (down, across)]
            assert inside == list(map(list, zip(touched.amin(0).tolist(), touched.amax(0).tolist(), strict=True))), name
            assert len(touched) == (inside[0][1] - inside[0][0] + 1) * (inside[1][1] - inside[1][0] + 1)
            drawn = [int(block.get_attribute(side)) for side in ("y", "height", "x", "width")]
            assert drawn == [down[0], down[1] - down[0] + 1, across[0], across[1] - across[0] + 1]


def test_the_recurrence_is_written_out(linked):
    element = linked("receptive-field?layer=conv2&row=0&column=0")
    rows = [row.inner_text().replace("\u00a0", " ").split("\t") for row in element.locator(".sums tbody tr").all()]
    assert rows == [
        ["conv1", "11 = 1 + (11 − 1)·1", "4 = 1·4", "−2 = 0 − 2·1"],
        ["pool1", "19 = 11 + (3 − 1)·4", "8 = 4·2", "−2 = −2 − 0·4"],
        ["conv2", "51 = 19 + (5 − 1)·8", "8 = 8·1", "−18 = −2 − 2·8"],
    ]


def test_by_keyboard_alone(widget, model):
    page = widget.page
    widget.get_by_role("button", name="pool3").focus()
    page.keyboard.press("Enter")
    # from the middle pixel 111.5 of conv3's cell: pool3's middles are 31.5 + 32·i
    assert words(widget).startswith(("Cell (2, 2) of pool3", "Cell (3, 3) of pool3"))
    widget.get_by_role("slider", name="row").focus()
    page.keyboard.press("End")
    widget.get_by_role("slider", name="column").focus()
    page.keyboard.press("Home")
    assert words(widget).startswith("Cell (5, 0) of pool3")
    widget.locator("div.photo").focus()
    for key in ("ArrowDown", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)  # the first one is at the end of the map already
    assert words(widget).startswith("Cell (4, 1) of pool3")
    assert result(widget) == list(alexnet.receptive_field(model, "features.12", (4, 1)))


@pytest.mark.parametrize("place", [(0.5, 0.5), (0.21, 0.72), (0.02, 0.98)])
def test_a_click_on_the_photograph_finds_the_nearest_cell(widget, model, place):
    box = widget.locator("div.photo svg").bounding_box()
    x, y, width, height = map(float, widget.locator("div.photo svg").get_attribute("viewBox").split())
    widget.locator("div.photo").click(position={"x": place[0] * box["width"], "y": place[1] * box["height"]})
    middles = [[(a + b) / 2 for a, b in ((box[0], box[2]), (box[1], box[3]))] for box in
               (alexnet.receptive_field(model, "features.6", (i, i)) for i in range(13))]  # fmt: skip
    row = min(range(13), key=lambda i: abs(middles[i][1] - (y + place[1] * height)))
    column = min(range(13), key=lambda i: abs(middles[i][0] - (x + place[0] * width)))
    assert words(widget).startswith(f"Cell ({row}, {column}) of conv3")


def test_a_finger_chooses_a_layer_and_a_cell(touched):
    button = touched.get_by_role("button", name="conv5")
    box = button.locator("svg").bounding_box()
    share = float(button.locator(".edge").get_attribute("width")) / float(
        button.locator("svg").get_attribute("viewBox").split()[2]
    )
    reach = (1 - share) / 2 + share * 0.97  # in the last cell
    button.locator("svg").tap(position={"x": reach * box["width"], "y": box["height"] / 2})
    assert words(touched).startswith(
        "Cell (6, 12) of conv5 depends on 163 × 163 pixels, 60 % of them in the photograph"
    )
    assert button.get_attribute("aria-pressed") == "true"
    assert "layer=conv5&column=12" in touched.locator(".foot a").get_attribute("href")
    small = [b.bounding_box() for b in touched.locator("button.map").all()]
    assert min(min(b["width"], b["height"]) for b in small) >= 44
    assert touched.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_link_brings_the_state_back(linked, model):
    element = linked("receptive-field")
    element.evaluate("e => e.set({ layer: 'pool1', row: 26, column: 3 })")
    again = linked(element.locator(".foot a").get_attribute("href").lstrip("#"))
    assert result(again) == list(alexnet.receptive_field(model, "features.2", (26, 3)))
    again.get_by_role("button", name="Start again").click()
    assert result(again) == START


@pytest.mark.parametrize(
    ("fragment", "reason"),
    [
        ("receptive-field?layer=conv6", "There is no layer conv6; choose one of conv1, pool1,"),
        ("receptive-field?row=13", "row is 13; conv3 has 13, counted from 0."),
        ("receptive-field?column=0.5", "column is 0.5"),
        ("receptive-field?row=top", "a number that is none"),
    ],
)
def test_a_broken_link_says_so_and_starts_afresh(linked, fragment, reason):
    element = linked(fragment)
    assert reason in words(element)
    assert result(element) == START
    assert element.page.wrong == []


def test_without_javascript_the_fields_are_in_a_table(without_script):
    assert without_script.locator("img.photo").get_attribute("alt").startswith("Chelsea the cat, with boxes")
    assert without_script.locator("table tr").last.inner_text().split() == ["pool3", "195", "32", "-66"]
    assert "CC0" in without_script.inner_text()


def test_an_unknown_layer_or_photograph_is_refused():
    model = weights.load().model
    with pytest.raises(ValueError, match="choose one of conv1"):
        widgets.receptive_field(model, layer="relu1")
    with pytest.raises(ValueError, match="no sample photograph"):
        widgets.receptive_field(model, sample="dog")
