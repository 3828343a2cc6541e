"""Receptive fields on a photograph against the package and against torch's gradients; by keyboard, finger and link."""

import pytest
import torch
from torch import nn
from torchvision.models import alexnet as torchvision_alexnet

from insidecnn import alexnet, arithmetic, weights, widgets
from tests.site.widgets.reading import at_links, in_states, number, shown

PAGE = "book/alexnet.html"
ELEMENT = "cnn-receptive-field"
STAGES = {
    "conv1": 0, "pool1": 2, "conv2": 3, "pool2": 5, "conv3": 6, "conv4": 8, "conv5": 10, "pool3": 12
}  # fmt: skip
SIZES = dict(zip(STAGES, (55, 27, 27, 13, 13, 13, 13, 6), strict=True))
START = [62, 62, 161, 161]  # the middle cell of conv3


def words(element):
    return element.locator(".said").inner_text()


def result(element):
    return element.evaluate("e => e.result[0]")


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


SIDES = ("y", "x", "height", "width")
TEXTS = {"sums": ".sums dd", "layers": ".layers th[scope=row], .layers td", "sliders": "label.field span"}
ATTRIBUTES = {
    "blocks": ["rect.block:not([hidden])", *SIDES],
    "outside": ["rect.outside:not([hidden])", *SIDES],
    "dark": ["path.dark", "d"],
    "piece": ["svg.piece", "viewBox", "aria-label"],
    "pressed": ["button.map", "aria-pressed"],
    "sliders": ["input[type=range]", "max", "aria-valuetext"],
}


def kernels():
    """(kernel_size, stride, padding) of torchvision's layers with windows."""
    found = [layer for layer in torchvision_alexnet().features if hasattr(layer, "kernel_size")]
    return [[arithmetic.pair(getattr(layer, n))[0] for n in ("kernel_size", "stride", "padding")] for layer in found]


def is_shown(found, state, box, windows):
    """Words, rectangles and sums of a state, with the field that the package finds."""
    name, row, column = state["layer"], state["row"], state["column"]
    left, top, right, bottom = box
    field, last = bottom - top, SIZES[name] - 1
    assert found["result"][0] == list(box), state
    drawn = [top, left, bottom - top, right - left]
    for kind in ("blocks", "outside"):
        assert list(map(int, found["attributes"][kind][0])) == drawn, state
    inside = [min(224, max(0, side)) for side in box]
    dark = f"M0 0H224V224H0ZM{inside[0]} {inside[1]}H{inside[2]}V{inside[3]}H{inside[0]}Z"
    assert found["attributes"]["dark"] == [[dark]], state
    label = f"The {field} by {field} pixels that the cell sees"
    assert found["attributes"]["piece"] == [[f"{left} {top} {field} {field}", label]]
    assert [pressed for (pressed,) in found["attributes"]["pressed"]] == [str(n == name).lower() for n in STAGES]
    cells = [f"{value} of 0 to {last}" for value in (row, column)]
    assert found["attributes"]["sliders"] == [[str(last), each] for each in cells]
    assert found["texts"]["sliders"] == [f"row {cells[0]}", f"column {cells[1]}"]
    assert [found["fields"][axis] for axis in ("row", "column")] == [str(row), str(column)]
    line = f'alexnet.receptive_field(model, "features.{STAGES[name]}", ({row}, {column}))'
    assert found["code"] == f"{line}  # {box}"

    share = (inside[2] - inside[0]) * (inside[3] - inside[1]) / field**2
    where = "all of them in the photograph"
    if share < 1:
        where = f"{min(99, int(100 * share + 0.5))} % of them in the photograph, the rest in the padding"
    r, j, first, layers = 1, 1, 0, []
    for layer, (k, s, p) in zip(STAGES, windows, strict=True):
        before = (r, j, first)
        r, j, first = r + (k - 1) * j, j * s, first - p * j
        layers += [layer, *map(number, (k, s, p, r, j, first))]
        if layer == name:
            break
    assert found["texts"]["layers"] == layers, state
    wide, apart, begins = before
    assert found["texts"]["sums"] == [
        f"{wide} + (kernel_size {k} − 1) · jump {apart} = {field} px",
        f"jump {apart} · stride {s} = {j} px",
        f"{number(begins)} − padding {p} · jump {apart} = {number(first)}",
        *(
            f"from first {number(first)} + {cell}·jump {j} = {number(start)} to {number(start)} + {field} − 1 = {number(end - 1)}"
            for cell, start, end in ((row, top, bottom), (column, left, right))
        ),
    ], state
    lines = f"rows {number(top)} to {number(bottom - 1)}, columns {number(left)} to {number(right - 1)}"
    assert found["said"] == f"Cell ({row}, {column}) of {name} depends on {field} × {field} pixels, {where}: {lines}."
    return share


def test_starts_in_the_middle_of_conv3(anywhere):
    found = shown(anywhere, TEXTS, ATTRIBUTES)
    assert is_shown(found, dict(layer="conv3", row=6, column=6), (62, 62, 161, 161), kernels()) == 1
    assert found["spoken"] and found["link"] == "#receptive-field"
    assert "Chelsea the cat (Stefan van der Walt, CC0)." in anywhere.inner_text()
    loaded = (
        "e => Promise.all([...e.querySelectorAll('image')].map(i => i.decode ? i.decode().then(() => true) : true))"
    )
    assert all(anywhere.evaluate(loaded))


def test_every_field_is_the_package_s(linked, model):
    states = []
    for name in STAGES:
        last = SIZES[name] - 1
        places = {(0, 0), (0, last), (last // 2, 1), (last, last // 3), (last, last), (1, last // 2)}
        states += [dict(layer=name, row=row, column=column) for row, column in sorted(places)]
    shares, windows = set(), kernels()
    for state, found in zip(states, in_states(linked("receptive-field"), states, TEXTS, ATTRIBUTES), strict=True):
        stage = f"features.{STAGES[state['layer']]}"
        box = tuple(alexnet.receptive_field(model, stage, (state["row"], state["column"])))
        assert found["taken"]
        shares.add(is_shown(found, state, box, windows))
    assert min(shares) < 0.5 and max(shares) == 1


def test_the_cone_is_where_torch_s_gradient_goes(linked, positive):
    cells = [("conv1", 54, 0), ("pool1", 13, 26), ("conv2", 0, 13), ("conv3", 6, 6), ("conv4", 12, 1), ("conv5", 0, 12), ("pool3", 5, 0), ("pool3", 2, 3)]  # fmt: skip
    states = [dict(layer=name, row=row, column=column) for name, row, column in cells]
    everything = in_states(linked("receptive-field"), states, TEXTS, ATTRIBUTES)
    for (name, row, column), found in zip(cells, everything, strict=True):
        x = torch.zeros(1, 1, 224, 224, dtype=torch.double, requires_grad=True)
        maps = [x]
        for layer in positive[: list(STAGES).index(name) + 1]:
            maps.append(layer(maps[-1]))
            maps[-1].retain_grad()
        maps[-1][0, 0, row, column].backward()
        drawn = [list(map(int, sides)) for sides in found["attributes"]["blocks"]]
        assert len(drawn) == len(maps) == len(found["result"]), name
        for each, (top, left, height, width) in zip(maps, drawn, strict=True):
            touched = each.grad[0, 0].nonzero()
            size = each.shape[-1]
            inside = [[max(0, first), min(size, first + n) - 1] for first, n in ((top, height), (left, width))]
            assert inside == list(map(list, zip(touched.amin(0).tolist(), touched.amax(0).tolist(), strict=True))), name
            assert len(touched) == (inside[0][1] - inside[0][0] + 1) * (inside[1][1] - inside[1][0] + 1)


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


def test_a_click_on_the_photograph_finds_the_nearest_cell(widget, model):
    picture = widget.locator("div.photo svg")
    box = picture.bounding_box()
    x, y, width, height = map(float, picture.get_attribute("viewBox").split())
    middles = [(a + b) / 2 for a, _, b, _ in (alexnet.receptive_field(model, "features.6", (i, i)) for i in range(13))]
    for across, down in [(0.5, 0.5), (0.21, 0.72), (0.02, 0.98)]:
        widget.locator("div.photo").click(position={"x": across * box["width"], "y": down * box["height"]})
        row = min(range(13), key=lambda i: abs(middles[i] - (y + down * height)))
        column = min(range(13), key=lambda i: abs(middles[i] - (x + across * width)))
        assert words(widget).startswith(f"Cell ({row}, {column}) of conv3")


def test_a_map_chosen_by_key_keeps_the_place(linked, model):
    """The cell whose field has its middle nearest to that of the cell before."""
    element = linked("receptive-field?layer=conv3&row=2&column=10")
    for name in ("pool3", "conv1", "pool1"):
        state = element.evaluate("e => e.state")
        left, top, right, bottom = result(element)
        element.get_by_role("button", name=name).press("Enter")
        fields = [alexnet.receptive_field(model, f"features.{STAGES[name]}", (i, i)) for i in range(SIZES[name])]
        middles = [(a + b) / 2 for a, _, b, _ in fields]
        found = element.evaluate("e => e.state")
        assert found["layer"] == name != state["layer"]
        for axis, middle in (("row", (top + bottom) / 2), ("column", (left + right) / 2)):
            assert abs(middles[found[axis]] - middle) == min(abs(each - middle) for each in middles)


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
    assert again.locator(".foot a").get_attribute("href") == "#receptive-field"
    assert result(again) == START


BROKEN = {
    "receptive-field?layer=conv6": "There is no layer conv6; choose one of conv1, pool1,",
    "receptive-field?row=13": "row is 13; conv3 has 13, counted from 0.",
    "receptive-field?column=0.5": "column is 0.5",
    "receptive-field?row=top": "a number that is none",
}


def test_a_broken_link_says_so_and_starts_afresh(linked):
    element = linked("receptive-field?row=1")
    for found, (fragment, reason) in zip(at_links(element, list(BROKEN)), BROKEN.items(), strict=True):
        assert reason in found["said"] and found["wrong"], fragment
        assert found["result"][0] == START and found["link"] == "#receptive-field"
    assert element.page.wrong == []


def test_without_javascript_the_fields_are_in_a_table(without_script):
    assert without_script.locator("img.photo").get_attribute("alt").startswith("Chelsea the cat, with boxes")
    assert without_script.locator("table tr").last.inner_text().split() == ["pool3", "195", "32", "−66"]
    assert "CC0" in without_script.inner_text()


def test_an_unknown_layer_or_photograph_is_refused():
    model = weights.load().model
    with pytest.raises(ValueError, match="choose one of conv1"):
        widgets.receptive_field(model, layer="relu1")
    with pytest.raises(ValueError, match="no sample photograph"):
        widgets.receptive_field(model, sample="dog")
