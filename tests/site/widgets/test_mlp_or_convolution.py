"""The three layers' costs against torch's own layers, and by keyboard, finger and link."""

import itertools
import json
import re
from math import floor, log10, prod

import pytest
from torch import nn

from insidecnn.arithmetic import ledger
from insidecnn.widgets import mlp_or_convolution
from tests.site.widgets import reading
from tests.site.widgets.reading import errors, number

PAGE = "book/why-not-an-mlp.html"
ELEMENT = "cnn-mlp-or-convolution"
CONV1 = dict(height=224, width=224, in_channels=3, out_channels=64, kernel_size=11, stride=4, padding=2, bias=1)
SETTINGS = ("in_channels", "out_channels", "kernel_size", "stride", "padding")


def size(module):
    return sum(p.numel() for p in module.parameters())


def torchs(state):
    """Parameters and multiply-accumulates of (dense, locally connected, convolution), counted from torch's modules."""
    bias = bool(state["bias"])
    conv = nn.Conv2d(*(state[name] for name in SETTINGS), bias=bias, device="meta")
    row = ledger(nn.Sequential(conv), (state["in_channels"], state["height"], state["width"]))[0]
    dense = nn.Linear(state["in_channels"] * state["height"] * state["width"], prod(row.shape), bias, device="meta")
    # locally connected: each place has a convolution of its own
    parameters = [size(dense), size(conv) * prod(row.shape[1:]), size(conv)]
    return {"parameters": parameters, "macs": [dense.weight.numel(), row.macs, row.macs]}


TEXTS = {"sizes": "p.sizes", "bars": "svg.bars text"}
ATTRIBUTES = {
    "left": ["rect.left", "width"], "saved": ["rect.saved", "x", "width"], "label": ["svg.bars", "aria-label"],
}  # fmt: skip
UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB")


def digits(value):
    """Three significant digits, thousands grouped."""
    if value >= 99.95:
        return f"{number(value, 0)}" if value < 1000 else f"{int(value + 0.5):,}"
    return number(value, 2 - floor(log10(value)))


def memory(parameters):
    size, unit = 4 * parameters, 0
    while size >= 999.5:
        size, unit = size / 1000, unit + 1
    return f"{digits(size)} {UNITS[unit]}"


def is_shown(found, state, counts=None):
    """Numbers, words and bars in a state are torch's."""
    counts = counts or torchs(state)
    result = {name: [int(count) for count in found["result"][name]] for name in ("parameters", "macs")}
    assert result == counts, state
    for name in (*SETTINGS, "height", "width"):
        assert found["fields"][name] == str(state[name])
    assert found["fields"]["bias"] is bool(state["bias"])
    (dense, windows, shared), (dense_work, work, _) = counts["parameters"], counts["macs"]
    (label,) = found["attributes"]["label"][0]
    kinds = ("dense", "locally connected", "convolution")
    parameters = [f"{count:,}, {memory(count)}" for count in counts["parameters"]]
    macs = [f"{count:,}" for count in counts["macs"]]
    for name, written in (("parameters, memory as float32", parameters), ("multiply-accumulates for one image", macs)):
        listed = "; ".join(f"{kind} {words}" for kind, words in zip(kinds, written, strict=True))
        assert f"{name}: {listed}." in label, state
    texts = [text for text in found["texts"]["bars"] if text in (*kinds, *parameters, *macs)]
    pairs = [each for kind, words in zip(kinds * 2, parameters + macs, strict=True) for each in (kind, words)]
    assert texts == pairs, state

    span = 3 * max(1, -(-max(len(str(count - 1)) for count in counts["parameters"] + counts["macs"]) // 3))
    places = [100 * log10(count) / span for count in counts["parameters"] + counts["macs"]]
    bars = [float(width.rstrip("%")) for (width,) in found["attributes"]["left"]]
    assert bars == pytest.approx([max(0.6, place) for place in places], abs=1e-6), state
    saved = [(places[i], places[i - 1]) for i in (1, 2, 4, 5) if places[i] < places[i - 1]]
    outlines = [[float(each.rstrip("%")) for each in pair] for pair in found["attributes"]["saved"]]
    wanted = [pytest.approx([low, max(0.6, high - low)], abs=1e-6) for low, high in saved]
    assert outlines == wanted, state
    numbers = counts["parameters"] + counts["macs"]
    ratios = [f"÷ {digits(numbers[i - 1] / numbers[i])}" for i in (1, 2, 4, 5) if places[i - 1] - places[i] > 16]
    assert [text for text in found["texts"]["bars"] if text.startswith("÷")] == ratios, state

    assert found["said"] == compared(dense, windows, shared, dense_work, work), state
    c_in, c_out, k = (state[name] for name in ("in_channels", "out_channels", "kernel_size"))
    height, width = ((state[n] + 2 * state["padding"] - k) // state["stride"] + 1 for n in ("height", "width"))
    inputs, outputs = c_in * state["height"] * state["width"], c_out * height * width
    assert found["texts"]["sizes"] == [
        f"{c_in} × {state['height']} × {state['width']} = {inputs:,} inputs, {c_out} × {height} × {width} = {outputs:,} "
        f"outputs; a window holds {c_in} × {k} × {k} = {c_in * k * k:,} numbers."
    ]
    last = "" if state["bias"] else ", bias=False"
    assert found["code"] == (
        f"nn.Linear({c_in} * {state['height']} * {state['width']}, {c_out} * {height} * {width}{last})  # dense\n"
        f"nn.Conv2d({c_in}, {c_out}, kernel_size={k}, stride={state['stride']}, padding={state['padding']}{last})"
    )
    return True


def compared(dense, windows, shared, dense_work, work):
    effect = "leave the parameters as many as they are"
    if dense > windows:
        effect = f"divide the parameters by {digits(dense / windows)}"
    elif dense < windows:
        effect = f"multiply the parameters by {digits(windows / dense)}, for they are larger than the image"
    sharing = f"Sharing divides them again by {digits(windows / shared)}"
    if windows == shared:
        sharing = "There is one place, so nothing is shared"
    change = "stays the same"
    if dense_work > work:
        change = f"is divided by {digits(dense_work / work)}, by windows alone"
    elif dense_work < work:
        change = f"is multiplied by {digits(work / dense_work)}"
    return f"Windows {effect}. {sharing}. The work {change}."


def shown(element):
    result = element.evaluate("e => ({ parameters: e.result.parameters.map(String), macs: e.result.macs.map(String) })")
    return {name: [int(count) for count in result[name]] for name in ("parameters", "macs")}


def words(element):
    return element.locator(".said").inner_text()


def test_starts_with_alexnet_s_first_layer(anywhere):
    found = reading.shown(anywhere, TEXTS, ATTRIBUTES)
    assert is_shown(found, CONV1) and found["spoken"] and found["link"] == "#mlp-or-convolution"
    assert found["fields"]["layer"] == "AlexNet's conv1"
    assert words(anywhere) == (
        "Windows divide the parameters by 414. Sharing divides them again by 3,025. "
        "The work is divided by 415, by windows alone."
    )
    label = anywhere.get_by_role("img").get_attribute("aria-label")
    assert "dense 29,142,414,400, 117 GB; locally connected 70,470,400, 282 MB; convolution 23,296, 93.2 KB" in label


def test_every_setting_gives_torch_s_counts_or_a_sentence(linked, every=1):
    element = linked("mlp-or-convolution")
    sizes = ((1, 1), (5, 9), (28, 28), (224, 160))
    grid = itertools.product(sizes, ((1, 6), (64, 3)), (1, 2, 5, 11), (1, 2, 4), (0, 2), (0, 1))
    states = [
        dict(zip(CONV1, (height, width, c_in, c_out, kernel_size, stride, padding, bias), strict=True))
        for (height, width), (c_in, c_out), kernel_size, stride, padding, bias in grid
    ]
    tried, states = {True: 0, False: 0}, states[::every]
    for state, found in zip(states, reading.in_states(element, states, TEXTS, ATTRIBUTES), strict=True):
        fits = min(state["height"], state["width"]) + 2 * state["padding"] >= state["kernel_size"]
        assert found["taken"] is fits, state
        tried[fits] += 1
        if fits:
            assert is_shown(found, state) and found["fields"]["layer"] == "my own"
        else:
            assert "does not fit" in found["said"]
    assert min(tried.values()) > 20 / every, tried


def test_numbers_beyond_2_to_the_53_are_exact(linked):
    large = CONV1 | dict(
        height=1023, width=1021, in_channels=509, out_channels=499, kernel_size=63, stride=1, padding=31
    )
    element = linked("mlp-or-convolution")
    assert element.evaluate("(e, state) => e.set(state)", large)
    assert shown(element) == torchs(large) and torchs(large)["parameters"][0] > 2**53
    assert f"{torchs(large)['parameters'][0]:,}" in element.locator("svg.bars").text_content()
    # torch cannot count so many: Python's integers can
    largest = dict(
        height=2047, width=2047, in_channels=4095, out_channels=4095, kernel_size=1, stride=1, padding=0, bias=1
    )
    assert element.evaluate("(e, state) => e.set(state)", largest)
    units = 2047 * 2047 * 4095
    assert shown(element)["parameters"] == [units * (units + 1), units * 4096, 4095 * 4096]
    assert "1.18 ZB" in element.get_by_role("img").get_attribute("aria-label")


def test_bars_are_as_long_as_their_logarithms(linked):
    element = linked("mlp-or-convolution")
    bars = element.locator("rect.left").evaluate_all("all => all.map((bar) => parseFloat(bar.getAttribute('width')))")
    saved = element.locator("rect.saved").evaluate_all(
        "all => all.map((bar) => ['x', 'width'].map((name) => parseFloat(bar.getAttribute(name))))"
    )
    digits = element.evaluate("e => [...e.result.parameters, ...e.result.macs].map(Number).map(Math.log10)")
    assert bars == pytest.approx([100 * each / 12 for each in digits])  # the axis ends at ten to the power of 12
    dense, local, shared = bars[:3]
    assert saved == [
        pytest.approx(each) for each in ([local, dense - local], [shared, local - shared], [bars[4], bars[3] - bars[4]])
    ]
    inside = element.locator("svg.bars").evaluate(
        "svg => [...svg.querySelectorAll('text')].every((text) => { const [a, b] = [text, svg].map((e) => e.getBoundingClientRect());"
        " return a.left >= b.left - 1 && a.right <= b.right + 1; })"
    )
    assert inside


@pytest.mark.parametrize(
    "fragment", ["mlp-or-convolution", "mlp-or-convolution?height=2048&width=2048&in_channels=4096&out_channels=4096"]
)
def test_words_do_not_overlap_on_a_phone(linked, fragment):
    element = linked(fragment, width=360)
    overlaps = element.locator("svg.bars").evaluate(
        """svg => { const all = [...svg.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
        return all.filter((a, i) => all.slice(i + 1).some((b) =>
          a.left < b.right && b.left < a.right && a.top + 4 < b.bottom && b.top + 4 < a.bottom)).length; }"""
    )
    assert overlaps == 0


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (dict(height=6, width=6, kernel_size=6, stride=1, padding=0), "Windows leave the parameters as many as they are. There is one place, so nothing is shared. The work stays the same."),
        (dict(height=2, width=2, in_channels=1, out_channels=1, kernel_size=5, stride=1), "Windows multiply the parameters by 5.2, for they are larger than the image. Sharing divides them again by 4. The work is multiplied by 6.25."),
    ],
)  # fmt: skip
def test_where_an_idea_saves_nothing_it_is_said(linked, state, said):
    element = linked("mlp-or-convolution")
    assert element.evaluate("(e, state) => e.set(state)", state)
    assert words(element) == said


def test_by_keyboard_alone(widget):
    page = widget.page
    widget.get_by_role("spinbutton", name="kernel_size").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    assert shown(widget) == torchs(CONV1 | {"kernel_size": 12})
    widget.get_by_role("checkbox", name="bias").focus()
    page.keyboard.press("Space")
    assert shown(widget) == torchs(CONV1 | {"kernel_size": 12, "bias": 0})
    layer = widget.get_by_role("combobox", name="layer")
    assert layer.input_value() == "my own"
    layer.focus()
    page.keyboard.type("LeNet")
    lenet = dict(height=32, width=32, in_channels=1, out_channels=6, kernel_size=5, stride=1, padding=0, bias=1)
    assert layer.input_value() == "LeNet's first" and shown(widget) == torchs(lenet)


def test_the_lines_of_pytorch_have_the_counted_parameters(linked):
    element = linked("mlp-or-convolution?height=20&width=30&stride=3&bias=0")
    for bias in (0, 1):
        element.evaluate("(e, bias) => e.set({ bias })", bias)
        dense, conv = (eval(line, {"nn": nn}) for line in element.locator("code").inner_text().splitlines())
        parameters = shown(element)["parameters"]
        assert [size(dense), size(conv)] == [parameters[0], parameters[2]]


def test_a_finger_chooses_a_layer(touched):
    touched.get_by_role("checkbox", name="bias").tap()
    assert shown(touched) == torchs(CONV1 | {"bias": 0})
    touched.get_by_role("spinbutton", name="height").fill("448")
    touched.get_by_role("spinbutton", name="width").tap()
    assert shown(touched) == torchs(CONV1 | {"bias": 0, "height": 448})
    assert touched.locator(".foot a").get_attribute("href") == "#mlp-or-convolution?height=448&bias=0"


def test_a_link_brings_the_state_back(linked):
    state = dict(height=20, width=31, in_channels=7, out_channels=9, kernel_size=4, stride=3, padding=1, bias=0)
    element = linked("mlp-or-convolution")
    element.evaluate("(e, state) => e.set(state)", state)
    again = linked(element.locator(".foot a").get_attribute("href").lstrip("#"))
    assert shown(again) == torchs(state)
    again.get_by_role("button", name="Start again").click()
    assert again.locator(".foot a").get_attribute("href") == "#mlp-or-convolution"
    assert shown(again) == torchs(CONV1)


BROKEN = {
    "mlp-or-convolution?stride=0": "stride is 0; it must be a whole number from 1 to 63.",
    "mlp-or-convolution?height=2.5": "height is 2.5; it must be a whole number from 1 to 2048.",
    "mlp-or-convolution?in_channels=1e99": "in_channels is 1e+99",
    "mlp-or-convolution?bias=yes": "a number that is none",
    "mlp-or-convolution?bias=2": "bias is 2; it must be 1, with biases, or 0, without.",
    "mlp-or-convolution?width=4&padding=0": "A window of 11 pixels does not fit into 4 + 2·0",
}


def test_a_broken_link_says_so_and_starts_afresh(linked):
    element = linked("mlp-or-convolution?bias=0")
    for found, (fragment, reason) in zip(reading.at_links(element, list(BROKEN)), BROKEN.items(), strict=True):
        assert reason in found["said"] and found["wrong"], fragment
        assert found["link"] == "#mlp-or-convolution" and found["fields"]["bias"] is True
    assert shown(element) == torchs(CONV1)
    assert element.page.wrong == []


def test_wrong_input_is_named_and_nothing_is_lost(widget):
    field = widget.get_by_role("spinbutton", name="padding")
    field.fill("-1")
    field.press("Tab")
    assert errors(widget) == ["padding is -1; it must be a whole number from 0 to 31."]
    assert field.get_attribute("aria-invalid") == "true" and field.input_value() == "-1"
    field.fill("2")
    field.press("Tab")
    assert errors(widget) == [] and shown(widget) == torchs(CONV1)


def test_without_javascript_the_bars_and_numbers_are_there(without_script):
    (chart,) = without_script.locator("svg.chart").all()
    words = "Parameters of AlexNet's conv1: dense 29,142,414,400, locally connected 70,470,400, convolution 23,296."
    assert words in chart.get_attribute("aria-label")
    assert without_script.locator("tbody tr").count() == 5


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (nn.Conv2d(1, 1, (3, 5)), "odd has kernel_size 3 × 5; it must be the same for both axes."),
        (nn.Conv2d(4, 4, 3, groups=2), "it must have one group and no dilation."),
        (nn.Conv2d(1, 1, 3, dilation=2), "it must have one group and no dilation."),
        (nn.Conv2d(1, 1, 11), "A window of 11 pixels does not fit"),
    ],
)
def test_refuses_what_it_cannot_count(layer, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        mlp_or_convolution({"odd": (layer, (8, 8))})


def test_padding_in_words_is_a_number_for_the_page():
    markup = mlp_or_convolution({"same": (nn.Conv2d(3, 4, 5, padding="same"), (8, 8))})._repr_mimebundle_()["text/html"]
    start = json.loads(re.search(r'<script type="application/json">(.*?)</script>', markup).group(1))["layers"]["same"]
    assert start == dict(height=8, width=8, in_channels=3, out_channels=4, kernel_size=5, stride=1, padding=2, bias=1)
