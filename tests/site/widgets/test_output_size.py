"""The size calculator against torch, for one layer and for AlexNet's chain of them."""

import itertools
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import alexnet

from insidecnn import widgets

PAGE = "book/convolution.html"
ELEMENT = "cnn-output-size"
ALEXNET = [[11, 4, 2], [3, 2, 0], [5, 1, 2], [3, 2, 0], [3, 1, 1], [3, 1, 1], [3, 1, 1], [3, 2, 0]]
POOLS = (1, 3, 7)
NAMES = ("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool3")
# set a state and read all that is shown, in one go
SHOW = """(e, state) => ({
  set: e.set(state), result: e.result, least: e.least, said: e.querySelector(".said").textContent,
  drawn: e.querySelectorAll("svg.pixel-row .window").length, broken: e.querySelectorAll("li.broken").length,
  formula: e.querySelector(".formula").textContent, code: e.querySelector("code").textContent,
})"""


def torch_sizes(size, layers, pools=POOLS):
    """What torch makes of a size, layer by layer; None from the first layer on that it refuses."""
    x, sizes = torch.zeros(1, 1, 1, size, device="meta"), []  # one row is enough
    for i, (kernel_size, stride, padding) in enumerate(layers):
        window = dict(kernel_size=(1, kernel_size), stride=(1, stride), padding=(0, padding))
        layer = nn.MaxPool2d(**window) if i in pools else nn.Conv2d(1, 1, **window, device="meta")
        try:
            x = layer(x)
        except RuntimeError:
            return sizes + [None] * (len(layers) - i)
        sizes.append(x.shape[-1])
    return sizes


def words(element):
    return element.locator(".said").inner_text()


@pytest.fixture
def chain(linked):
    """The page's second calculator: AlexNet's features."""

    def go(fragment="alexnet-sizes", **place):
        return linked(fragment, **place).page.locator("#alexnet-sizes")

    return go


def test_starts_with_one_small_layer(widget):
    assert words(widget).startswith("6 + 2·0 = 6 pixels, 2 windows. After the last window 1 pixel is left over (of the")
    assert widget.evaluate("e => e.result") == torch_sizes(6, [[3, 2, 0]], ()) == [2]
    assert widget.locator("svg.pixel-row .window").count() == 2
    assert widget.locator("svg.pixel-row .ghost").count() == 1


def test_every_setting_gives_torch_s_size_or_a_sentence(linked):
    element = linked("map-size")
    tried = {True: 0, False: 0}
    for size, kernel_size, stride, padding in itertools.product(
        (1, 2, 5, 6, 13), (1, 2, 3, 11), (1, 2, 3, 4), (0, 1, 2, 5)
    ):
        wanted = torch_sizes(size, [[kernel_size, stride, padding]], ())
        state = dict(size=size, layers=[[kernel_size, stride, padding]])
        shown = element.evaluate(SHOW, state)
        said = shown["said"]
        assert shown["set"] and shown["result"] == wanted and shown["drawn"] == (wanted[0] or 0), state
        tried[wanted[0] is not None] += 1
        if wanted[0] is None:
            assert f"does not fit into {size} + 2·{padding} = {size + 2 * padding}." in said
            continue
        # what no window reads: pixels that get no gradient
        x = torch.zeros(1, 1, 1, size + 2 * padding, requires_grad=True)
        nn.functional.conv2d(x, torch.ones(1, 1, 1, kernel_size), stride=(1, stride)).sum().backward()
        read = x.grad[0, 0, 0] > 0
        over = len(read) - 1 - int(read.nonzero().max())
        assert (f"{over} pixel{'s are' if over > 1 else ' is'} left over" in said) is (over > 0), state
        assert ("at the last pixel" in said) is (over == 0)
        assert shown["formula"].endswith(f"= {wanted[0]}")
        line = f"nn.Conv2d(1, 1, kernel_size={kernel_size}, stride={stride}, padding={padding})"
        assert shown["code"].startswith(line)
        assert f"fits is {next(n for n in range(1, 99) if torch_sizes(n, state['layers'], ())[0])}." in said
    assert min(tried.values()) > 20, tried


def test_the_formula_is_written_out_step_by_step(chain):
    steps = chain().locator(".formula span").all_inner_texts()
    assert steps == [
        "⌊(size + 2·padding − kernel_size) / stride⌋ + 1", "= ⌊(224 + 2·2 − 11) / 4⌋ + 1",
        "= ⌊217 / 4⌋ + 1", "= ⌊54.25⌋ + 1", "= 54 + 1 = 55",
    ]  # fmt: skip


def test_the_chain_is_torchvision_s_alexnet(chain):
    element = chain()
    layers = [layer for layer in alexnet().features if hasattr(layer, "kernel_size")]
    numbers = [[torch.tensor(getattr(layer, name)).flatten()[0].item() for name in ("kernel_size", "stride", "padding")] for layer in layers]  # fmt: skip
    assert element.evaluate("e => e.state.layers") == numbers == ALEXNET
    assert tuple(i for i, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)) == POOLS
    for i, layer in enumerate(layers):
        element.locator(".layers button").nth(i).click()
        line = element.locator("code").inner_text()
        if isinstance(layer, nn.Conv2d):
            assert line.startswith(f"nn.Conv2d({layer.in_channels}, {layer.out_channels}, ")
        else:
            assert line.startswith("nn.MaxPool2d(")


@pytest.mark.parametrize("size", [1, 11, 62, 63, 64, 200, 224, 227, 256, 1024])
def test_chains_end_where_torch_s_end(chain, size):
    element = chain()
    random = np.random.default_rng(size)
    broken = 0
    for turn in range(30):
        layers = [list(layer) for layer in ALEXNET]
        for _ in range(min(turn, 4)):
            i, j = random.integers(8), random.integers(3)
            layers[i][j] = int(random.integers(*((1, 12), (1, 5), (0, 4))[j]))
        wanted = torch_sizes(size, layers)
        shown = element.evaluate(SHOW, dict(size=size, layers=layers))
        assert shown["set"] and shown["result"] == wanted, layers
        assert shown["broken"] == (wanted[-1] is None)
        if wanted[-1] is None:
            broken += 1
            assert f"breaks at {NAMES[wanted.index(None)]}" in shown["said"]
        else:
            assert f"The chain ends with {wanted[-1]}." in shown["said"]
        if all(2 * p <= k for k, _, p in (layers[i] for i in POOLS)):
            least = shown["least"]
            assert f"passes is {least}." in shown["said"]
            assert torch_sizes(least, layers)[-1] and (least == 1 or not torch_sizes(least - 1, layers)[-1]), layers
    assert broken > 0


def test_dropped_pixels_are_said_for_every_layer(chain):
    element = chain("alexnet-sizes?size=60")
    went = element.locator(".went").all_inner_texts()
    assert went == ["60 → 14, 1 dropped", "14 → 6, 1 dropped", "6 → 6", "6 → 2, 1 dropped", "2 → 2", "2 → 2", "2 → 2",
                    "A window of 3 pixels does not fit into 2 + 2·0 = 2."]  # fmt: skip
    assert "is left over (padding)" in words(element)
    element.get_by_role("button", name="pool1").click()
    assert words(element).startswith("pool1: 14 + 2·0 = 14 pixels, 6 windows. After the last window 1 pixel is left over (of the image).")  # fmt: skip


def test_by_keyboard_alone(chain):
    element = chain()
    page = element.page
    element.get_by_role("spinbutton", name="size of the input").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("63")
    page.keyboard.press("Tab")
    assert element.evaluate("e => e.result") == torch_sizes(63, ALEXNET)
    page.keyboard.press("Tab")  # past the button of conv1
    page.keyboard.press("ArrowDown")  # its kernel_size: 10
    page.keyboard.press("Tab")
    assert element.evaluate("e => e.result") == torch_sizes(63, [[10, 4, 2], *ALEXNET[1:]])
    element.get_by_role("button", name="conv5").focus()
    page.keyboard.press("Enter")
    assert words(element).startswith("conv5: ")
    assert element.get_by_role("button", name="conv5").get_attribute("aria-pressed") == "true"


def test_a_finger_breaks_the_chain(touched):
    element = touched.page.locator("#alexnet-sizes")
    element.get_by_role("button", name="pool1").tap()
    field = element.get_by_role("spinbutton", name="pool1 padding")
    field.tap()
    field.fill("2")
    field.blur()
    assert words(element) == (
        "pool1: PyTorch pools with a padding of at most half of kernel_size; here it is 2 of 3. The chain breaks at pool1."
    )
    element.get_by_role("button", name="conv3").tap()
    assert words(element).startswith("conv3: nothing arrives here.")
    assert touched.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_drawing_fits_its_box_when_the_window_is_made_narrow(chain):
    element = chain()
    element.page.set_viewport_size({"width": 360, "height": 800})
    element.page.wait_for_function("() => document.querySelector('#alexnet-sizes svg.pixel-row').clientWidth < 330")


def test_a_link_brings_the_state_back(chain):
    element = chain()
    layers = [[7, 2, 3], *ALEXNET[1:]]
    element.evaluate("(e, layers) => e.set({ size: 300, layers, layer: 3 })", layers)
    again = chain(element.locator(".foot a").get_attribute("href").lstrip("#"))
    assert again.evaluate("e => e.result") == torch_sizes(300, layers)
    assert words(again).startswith("pool2: ")
    again.get_by_role("button", name="Start again").click()
    assert again.evaluate("e => e.result") == torch_sizes(224, ALEXNET)


@pytest.mark.parametrize(
    ("fragment", "reason"),
    [
        ("alexnet-sizes?size=0", "The size is 0; it must be a whole number from 1 to 1024."),
        ("alexnet-sizes?layer=8", "The layer's number is 8; it must be from 0 to 7."),
        ("alexnet-sizes?layers=3,1,1", "The link has 1 layers; it must have 8."),
        ("alexnet-sizes?layers=3,1;3,1;3,1;3,1;3,1;3,1;3,1;3,1", "must have a kernel_size, a stride and a padding"),
        (
            "alexnet-sizes?layers=11,0,2;3,2,0;5,1,2;3,2,0;3,1,1;3,1,1;3,1,1;3,2,0",
            "stride is 0; it must be a whole number",
        ),
        ("alexnet-sizes?size=many", "a number that is none"),
    ],
)
def test_a_broken_link_says_so_and_starts_afresh(chain, fragment, reason):
    element = chain(fragment)
    assert reason in words(element)
    assert element.evaluate("e => e.result") == torch_sizes(224, ALEXNET)
    assert element.page.wrong == []


def test_wrong_input_is_named_and_nothing_is_lost(widget):
    field = widget.get_by_role("spinbutton", name="stride")
    field.fill("0")
    field.press("Tab")
    assert words(widget) == "stride is 0; it must be a whole number from 1 to 16."
    assert field.get_attribute("aria-invalid") == "true"
    assert widget.evaluate("e => e.result") == [2]


def test_without_javascript_the_sizes_are_in_a_table(without_script):
    assert without_script.locator("svg.pixel-row .window").count() == 2
    assert "⌊(6 + 2·0 − 3) / 2⌋ + 1 = 2" in without_script.inner_text()
    table = without_script.page.locator("#alexnet-sizes table").inner_text().split()
    assert table[-7:] == ["pool3", "3", "2", "0", "13", "6", "0"]


def test_a_network_that_cannot_be_shown_is_refused():
    with pytest.raises(ValueError, match="square windows"):
        widgets.output_size(nn.Sequential(nn.Conv2d(3, 1, 3, dilation=2)), 9)
    with pytest.raises(ValueError, match="is a Linear"):
        widgets.output_size(nn.Sequential(OrderedDict(fc=nn.Linear(9, 9))), 9)
