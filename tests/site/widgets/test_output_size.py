"""The size calculator against torch, for one layer and for AlexNet's chain of them."""

import itertools
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import alexnet

from insidecnn import widgets
from tests.site.widgets.reading import at_links, classes, errors, in_states, number, shown

PAGE = "book/convolution-settings.html"
ELEMENT = "cnn-output-size"
ALEXNET = [[11, 4, 2], [3, 2, 0], [5, 1, 2], [3, 2, 0], [3, 1, 1], [3, 1, 1], [3, 1, 1], [3, 2, 0]]
POOLS = (1, 3, 7)
NAMES = ("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool3")
TEXTS = {
    "formula": ".formula dd",
    "names": ".formula dt",
    "legend": ".legend li",
    "went": ".went",
    "pixels": "svg.pixel-row text",
}
ATTRIBUTES = {
    "boxes": ["svg.pixel-row rect", "class", "x", "width"],
    "pressed": [".layers button", "aria-pressed"],
    "rows": [".layers li", "class"],
    "drawing": ["svg.pixel-row", "width", "aria-label"],
}


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


def boxes(found, kind):
    """(start, length) of the drawn boxes of a kind, in pixels of the row."""
    drawn = [(float(x) - 1, float(width)) for name, x, width in found["attributes"]["boxes"] if name == kind]
    (image,) = [float(width) for name, _, width in found["attributes"]["boxes"] if name == "image"]
    unit = image / int(found["size"])
    gap = 1 if kind == "window" else 0  # between neighbouring windows
    return [pytest.approx((x / unit, (width + gap) / unit), abs=0.02) for x, width in drawn]


def is_drawn(found, size, kernel_size, stride, padding, out, read):
    """The row of pixels: image within padding, each window at its place, what no window reads crossed out."""
    total, found = size + 2 * padding, found | {"size": size}
    state = (size, kernel_size, stride, padding)
    assert boxes(found, "pad") == [(0, total)] and boxes(found, "image") == [(padding, size)], state
    assert boxes(found, "window") == [(i * stride, kernel_size) for i in range(out or 0)], state
    left = out is None or (total - kernel_size) % stride
    ghost = ((out or 0) * stride, kernel_size)
    assert boxes(found, "ghost") == ([ghost] if left and sum(ghost) > total else []), state
    crossed = [place for x, width in boxes_raw(found, "unread") for place in range(x, x + width)]
    assert sorted(crossed) == [i for i in range(total) if read is not None and not read[i]], state
    if found["texts"]["pixels"]:
        assert found["texts"]["pixels"] == list(map(str, range(size)))
    (label,) = [words for _, words in found["attributes"]["drawing"]]
    assert (
        f"{padding} of padding at each end, and {out or 0} windows of {kernel_size} below it, {stride} apart" in label
    )
    return True


def boxes_raw(found, kind):
    return [tuple(round(each) for each in box.expected) for box in boxes(found, kind)]


@pytest.fixture
def chain(linked):
    """The page's second calculator: AlexNet's features."""

    def go(fragment="alexnet-sizes", **place):
        return linked(fragment, **place).page.locator("#alexnet-sizes")

    return go


def assert_left_over_is_said(said, size, kernel_size, stride, padding, count, read):
    """How many pixels come after the last window, of which kind, and how many lie between windows."""
    total, over = size + 2 * padding, read[::-1].index(True)
    assert said.startswith(f"{size} + 2·{padding} = {total} pixel") and f", {count} window{'s' * (count != 1)}." in said
    image = sum(not read[i] for i in range(total - over, padding + size))
    kind = f"{image} of the image, {over - image} of padding"
    if image in (0, over):
        kind = "of the image" if image else "padding"
    left = f"After the last window {over} pixel{'s are' if over > 1 else ' is'} left over ({kind})."
    assert (left in said) is (over > 0) and ("at the last pixel" in said) is (over == 0)
    gap = stride - kernel_size
    skipped = f"Between neighbouring windows {gap} pixel{' is' if gap == 1 else 's are'} skipped."
    assert (skipped in said) is (count > 1 and gap > 0)


def test_starts_with_one_small_layer(anywhere):
    found = shown(anywhere, TEXTS, ATTRIBUTES)
    assert found["said"].startswith("6 + 2·0 = 6 pixels, 2 windows. After the last window 1 pixel is left over (of the")
    assert [layer["out"] for layer in found["result"]] == torch_sizes(6, [[3, 2, 0]], ()) == [2]
    assert is_drawn(found, 6, 3, 2, 0, 2, [True] * 5 + [False]) and found["texts"]["pixels"] == list("012345")
    assert found["spoken"] and found["link"] == "#map-size" and found["texts"]["went"] == ["6 → 2 px, 1 px left over"]


def test_every_setting_gives_torch_s_size_or_a_sentence(linked, every=1):
    element = linked("map-size")
    tried = {True: 0, False: 0}
    grid = list(itertools.product((1, 2, 5, 6, 13), (1, 2, 3, 11), (1, 2, 3, 4), (0, 1, 2, 5)))[::every]
    states = [dict(size=size, layers=[settings]) for size, *settings in grid]
    least = {tuple(s): next(n for n in range(1, 99) if torch_sizes(n, [s], ())[0]) for _, *s in grid}
    for (size, *settings), found in zip(grid, in_states(element, states, TEXTS, ATTRIBUTES), strict=True):
        kernel_size, stride, padding = settings
        (wanted,) = torch_sizes(size, [settings], ())
        state, said, total = (size, *settings), found["said"], size + 2 * padding
        assert found["taken"] and [layer["out"] for layer in found["result"]] == [wanted], state
        for name, value in zip(("kernel_size", "stride", "padding"), settings, strict=True):
            (field,) = [each for label, each in found["fields"].items() if label.endswith(name)]
            assert field == str(value)
        tried[wanted is not None] += 1
        formula = [
            f"size + 2·padding = {size} + 2·{padding} = {total} px",
            f"padded size − kernel_size = {total} − {kernel_size} = {number(total - kernel_size)} px",
        ]
        line = f"nn.Conv2d(1, 1, kernel_size={kernel_size}, stride={stride}, padding={padding})"
        if wanted is None:
            plural = "" if kernel_size == 1 else "s"
            fault = f"A window of {kernel_size} pixel{plural} does not fit into {size} + 2·{padding} = {total}."
            texts = found["texts"]
            assert said.startswith(fault) and texts["formula"] == formula and texts["went"] == [fault]
            assert texts["legend"][-1] == "the window: it does not fit"
            assert found["code"] == f"{line}  # RuntimeError" and found["attributes"]["rows"] == [["shown broken"]]
            assert is_drawn(found, *state, None, None)
            continue
        # what no window reads: pixels that get no gradient
        x = torch.zeros(1, 1, 1, total, requires_grad=True)
        nn.functional.conv2d(x, torch.ones(1, 1, 1, kernel_size), stride=(1, stride)).sum().backward()
        read = (x.grad[0, 0, 0] > 0).tolist()
        assert_left_over_is_said(said, *state, wanted, read)
        over = (total - kernel_size) % stride
        share = f"⌊{number((total - kernel_size) / stride, 4)}⌋ = " if over else ""
        rest = f", and {over} px left over" if over else ", and nothing left over"
        step = f"⌊room / stride⌋ = ⌊{total - kernel_size} / {stride}⌋ = {share}{wanted - 1}{rest}"
        new = f"the first window + one a step = 1 + {wanted - 1} = {wanted} px"
        assert found["texts"]["formula"] == [*formula, step, new], state
        assert found["texts"]["names"] == ["padded size", "room to move", "steps that fit", "new size"]
        legend = found["texts"]["legend"]
        assert any("padding" in each for each in legend) is (padding > 0), state
        assert any(f"{over} px after the last window" in each for each in legend) is (over > 0), state
        assert any("between two windows" in each for each in legend) is (wanted > 1 and stride > kernel_size), state
        assert found["texts"]["went"] == [f"{size} → {wanted} px" + (f", {over} px left over" if over else "")]
        assert found["code"] == f"{line}  # (1, 1, {wanted}, {wanted})" and not found["wrong"]
        assert f"fits is {least[tuple(settings)]}." in said
        assert is_drawn(found, *state, wanted, read)
    assert min(tried.values()) > 20 / every, tried


def test_the_formula_is_written_out_step_by_step(chain):
    steps = chain().locator(".formula dd").all_inner_texts()
    assert steps == [
        "size + 2·padding = 224 + 2·2 = 228 px",
        "padded size − kernel_size = 228 − 11 = 217 px",
        "⌊room / stride⌋ = ⌊217 / 4⌋ = ⌊54.25⌋ = 54, and 1 px left over",
        "the first window + one a step = 1 + 54 = 55 px",
    ]


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


def test_chains_end_where_torch_s_end(chain):
    element = chain()
    random = np.random.default_rng(0)
    states = []
    for size, turn in itertools.product((1, 11, 62, 63, 64, 200, 224, 227, 256, 1024), range(12)):
        layers = [list(layer) for layer in ALEXNET]
        for _ in range(min(turn, 4)):
            i, j = random.integers(8), random.integers(3)
            layers[i][j] = int(random.integers(*((1, 12), (1, 5), (0, 4))[j]))
        states.append(dict(size=size, layers=layers, layer=int(random.integers(8))))
    broken = 0
    for state, found in zip(states, in_states(element, states, TEXTS, ATTRIBUTES), strict=True):
        size, layers, layer = state["size"], state["layers"], state["layer"]
        wanted = torch_sizes(size, layers)
        assert found["taken"] and [each["out"] for each in found["result"]] == wanted, layers
        sizes = [size, *wanted]
        for before, after, (k, s, p), went in zip(sizes, wanted, layers, found["texts"]["went"], strict=False):
            left = after is not None and (before + 2 * p - k) % s
            if after is not None:
                assert went == f"{before} → {after} px" + (f", {left} px left over" if left else ""), layers
            else:
                assert went == "–" if before is None else went.startswith(("A window of", "PyTorch pools"))
        at = None if wanted[-1] else wanted.index(None)
        rows = [classes("shown" * (i == layer), "broken" * (i == at)) for i in range(8)]
        assert [classes(*(kind or "").split()) for (kind,) in found["attributes"]["rows"]] == rows
        assert [pressed for (pressed,) in found["attributes"]["pressed"]] == [str(i == layer).lower() for i in range(8)]
        assert found["said"].startswith(f"{NAMES[layer]}: ")
        (k, s, p), before = layers[layer], sizes[layer]
        formula = (
            [f"padded size − kernel_size = {before + 2 * p} − {k} = {number(before + 2 * p - k)} px"] if before else []
        )
        assert found["texts"]["formula"][1:2] == formula, layers
        assert f"kernel_size={k}, stride={s}, padding={p})" in found["code"]
        drawn = [kind for kind, *_ in found["attributes"]["boxes"] if kind == "window"]
        assert len(drawn) == (wanted[layer] or 0), layers
        if at is not None:
            broken += 1
            assert f"breaks at {NAMES[at]}" in found["said"]
        else:
            assert f"The chain ends with {wanted[-1]}." in found["said"]
        if all(2 * p <= k for k, _, p in (layers[i] for i in POOLS)):
            least = int(found["said"].rsplit("passes is ", 1)[1].rstrip("."))
            assert torch_sizes(least, layers)[-1] and (least == 1 or not torch_sizes(least - 1, layers)[-1]), layers
    assert 10 < broken < len(states) - 10


def test_dropped_pixels_are_said_for_every_layer(chain):
    element = chain("alexnet-sizes?size=60")
    went = element.locator(".went").all_inner_texts()
    assert went == ["60 → 14 px, 1 px left over", "14 → 6 px, 1 px left over", "6 → 6 px", "6 → 2 px, 1 px left over",
                    "2 → 2 px", "2 → 2 px", "2 → 2 px",
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
    assert element.evaluate("e => e.result.map((layer) => layer.out)") == torch_sizes(63, ALEXNET)
    page.keyboard.press("Tab")  # past the button of conv1
    page.keyboard.press("ArrowDown")  # its kernel_size: 10
    page.keyboard.press("Tab")
    assert element.evaluate("e => e.result.map((layer) => layer.out)") == torch_sizes(63, [[10, 4, 2], *ALEXNET[1:]])
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
    assert again.evaluate("e => e.result.map((layer) => layer.out)") == torch_sizes(300, layers)
    assert words(again).startswith("pool2: ")
    again.get_by_role("button", name="Start again").click()
    assert again.locator(".foot a").get_attribute("href") == "#alexnet-sizes"
    assert again.evaluate("e => e.result.map((layer) => layer.out)") == torch_sizes(224, ALEXNET)


BROKEN = {
    "alexnet-sizes?size=0": "The size is 0; it must be a whole number from 1 to 1024.",
    "alexnet-sizes?layer=8": "The layer's number is 8; it must be from 0 to 7.",
    "alexnet-sizes?layers=3,1,1": "The link has 1 layers; it must have 8.",
    "alexnet-sizes?layers=3,1;3,1;3,1;3,1;3,1;3,1;3,1;3,1": "must have a kernel_size, a stride and a padding",
    "alexnet-sizes?layers=11,0,2;3,2,0;5,1,2;3,2,0;3,1,1;3,1,1;3,1,1;3,2,0": "stride is 0; it must be a whole number",
    "alexnet-sizes?size=many": "a number that is none",
}


def test_a_broken_link_says_so_and_starts_afresh(chain):
    element = chain("alexnet-sizes?size=300")
    for found, (fragment, reason) in zip(at_links(element, list(BROKEN)), BROKEN.items(), strict=True):
        assert reason in found["said"] and found["wrong"], fragment
        assert [each["out"] for each in found["result"]] == torch_sizes(224, ALEXNET)
    assert element.page.wrong == []


def test_wrong_input_is_named_and_nothing_is_lost(widget):
    field = widget.get_by_role("spinbutton", name="stride")
    field.fill("0")
    field.press("Tab")
    assert errors(widget) == ["stride is 0; it must be a whole number from 1 to 16."]
    assert field.get_attribute("aria-invalid") == "true"
    assert widget.evaluate("e => e.result.map((layer) => layer.out)") == [2]


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
