"""The lab in use: stages, cells, reasons, moved photographs, changed kernels; by mouse, finger, keyboard and link."""

import contextlib
import io
import os
import random
import re

import numpy as np
import pytest
import torch

from insidecnn import alexnet, preprocess, weights
from insidecnn.lab import samples
from insidecnn.widgets.lab import tensor
from tests.site.conftest import SITE
from tests.site.lab.conftest import PAGE, browser_digests, features, give

NAMES = [f"features.{number}" for number in range(13)]


@pytest.fixture
def opened(visit):
    def go(fragment="", **place):
        page = visit(f"{PAGE}{fragment}", **place)
        lab = page.locator("cnn-lab")
        browser_digests(lab)
        page.wait_for_function("document.querySelector('cnn-lab .reasons, cnn-lab .parts tr')")
        return lab

    return go


@pytest.fixture(scope="module")
def torch_stages():
    """What PyTorch makes of the first sample."""
    return [
        stage.output[0].numpy() for stage in alexnet.stages(weights.embedded().model, tensor(samples.NAMES[0]))[:13]
    ]


def said(lab):
    return lab.locator(".said").inner_text()


def parts(lab):
    """The lines of the sum: name → number."""
    rows = lab.locator(".parts > tbody > tr").evaluate_all(
        "rows => rows.map(r => [r.querySelector('th').textContent, r.querySelector('.number').textContent])"
    )
    return {name: float(value.replace("−", "-")) for name, value in rows if value}


def settle(lab):
    """Let the answer to the last question come."""
    lab.evaluate(
        """async lab => { for (let i = 0; i < 200; i++) { if (lab.why.found?.ask === lab.asked) return;
        await new Promise(f => setTimeout(f, 20)); } throw new Error(`no answer to ${lab.asked}`); }"""
    )


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
            top, left, bottom, _ = alexnet.receptive_field(model, NAMES[number], cell)
            assert lab.evaluate("lab => lab.view") == {"top": top, "left": left, "field": bottom - top}
            caption = lab.evaluate("async lab => { lab.explain(); await new Promise((f) => setTimeout(f, 150)); return lab.why.caption.textContent; }")  # fmt: skip
            outside = min(top, left) < 0 or max(top, left) + bottom - top > 224
            assert (
                caption == f"It sees {bottom - top} × {bottom - top} pixels" + "; grey: outside of the photo" * outside
            )


def run_python(lab, folder):
    """Run the lines that the page shows; returns the hashes that they print, and the difference from PyTorch."""
    code = lab.locator(".proof code").text_content()
    file = re.search(r'photos\.read\("(.*?)"\)', code)[1]
    (folder / file).write_bytes((SITE / "_static" / "lab" / file).read_bytes())
    printed = io.StringIO()
    here = os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, {})
    finally:
        os.chdir(here)
    *stages, difference = printed.getvalue().strip().splitlines()
    return [line.split()[-1] for line in stages], float(re.search(r"tensor\((.*?)[,)]", difference)[1])


STATES = {
    "as it is": "#lab?sample=coffee",
    "moved": "#lab?sample=rocket&right=-7&down=3&stage=6",
    "another kernel": "#lab?kernel=Sobel%20x&filter=5",
    "a painted one": "#lab?sample=flower&filter=63&paint=r00pg5amb99z",
    "both, and moved": "#lab?sample=hopper&right=4&filter=1&kernel=red%20against%20green&paint=b55m&stage=12&channel=9",
}


@pytest.mark.parametrize("name", STATES)
def test_the_lines_of_python_give_the_page_s_bits(opened, tmp_path, name):
    lab = opened(STATES[name])
    hashes, difference = run_python(lab, tmp_path)
    assert [digest[:16] for digest in browser_digests(lab)] == hashes
    assert difference < 5e-5
    assert hashes[lab.evaluate("lab => lab.state.stage")] in lab.locator(".verdict").inner_text()
    assert (lab.locator(".verdict").get_attribute("data-same") == "true") == (name == "as it is")


def test_a_link_brings_everything_back(opened):
    lab = opened("#lab?sample=china&stage=8&channel=100&row=3&column=7&right=5&down=-4&kernel=blur&filter=2&paint=r55p")
    before = browser_digests(lab)
    state = lab.evaluate("lab => lab.state")
    link = lab.locator(".foot a").get_attribute("href")
    again = opened(link)
    assert again.evaluate("lab => lab.state") == state
    assert browser_digests(again) == browser_digests(lab)
    assert state["stage"] == 8 and before


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("#lab?sample=dog", "There is no sample “dog”"),
        ("#lab?sample=toString", "There is no sample “toString”"),
        ("#lab?kernel=constructor", "There is no kernel “constructor”"),
        ("#lab?stage=13", "There is no stage 13"),
        ("#lab?stage=0&channel=64", "conv1 has channels 0 to 63"),
        ("#lab?row=55&column=0", "55 × 55 cells"),
        ("#lab?kernel=magic", "There is no kernel “magic”"),
        ("#lab?paint=hello", "The paint in this link cannot be read"),
        ("#lab?channel=x", "a number that is none"),
    ],
)
def test_a_broken_link_is_named_and_the_lab_starts(visit, fragment, words):
    page = visit(f"{PAGE}{fragment}")
    page.wait_for_function("document.querySelector('cnn-lab').verdict?.dataset.same === 'true'")
    assert words in page.locator("cnn-lab .complaint").inner_text()  # it stays
    page.wait_for_function("document.querySelector('cnn-lab').verdict.dataset.same === 'true'")
    assert page.wrong == []


def test_a_link_to_a_photo_of_the_reader_s_waits_for_it(opened, tmp_path):
    lab = opened("#lab?sample=yours&stage=4&channel=7&row=2&column=3")
    assert "A link cannot hold your photo: open it again" in lab.locator(".complaint").inner_text()
    file = tmp_path / "mine.jpg"
    file.write_bytes(samples.jpeg("flower"))
    give(lab, file)
    state = lab.evaluate("lab => lab.state")
    assert [state[name] for name in ("sample", "stage", "channel", "row", "column")] == ["yours", 4, 7, 2, 3]


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


def test_every_channel_and_every_kernel_can_be_typed(opened):
    lab = opened("#lab?stage=12")
    field = lab.get_by_role("spinbutton", name="channel", exact=True)
    field.fill("255")
    field.press("Enter")
    assert lab.evaluate("lab => lab.state.channel") == 255 and lab.locator(".complaint").inner_text() == ""
    field.fill("256")
    field.press("Enter")
    assert lab.locator(".complaint").inner_text() == "channel is 256; it must be a whole number from 0 to 255."
    lab.locator("button.stage").first.click()
    lab.locator("summary", has_text="Change a kernel").click()
    number = lab.get_by_role("spinbutton", name="number")
    number.fill("5")
    number.press("Enter")
    assert lab.evaluate("lab => [lab.state.filter, lab.state.channel]") == [5, 5]
    lab.locator(".easel select").first.select_option("Sobel x")
    browser_digests(lab)
    assert "Kernel 5 of conv1 is changed: Sobel x" in lab.locator(".notice").inner_text()
    assert "differ by" in lab.locator(".effect").inner_text()
    lab.get_by_role("button", name="Put it back").click()
    browser_digests(lab)
    assert lab.locator(".verdict").get_attribute("data-same") == "true"


def test_what_a_kernel_changes_is_measured(opened):
    lab = opened("#lab?stage=6")
    before = np.array(lab.evaluate("lab => [...lab.maps[6]]"))
    lab.evaluate("lab => { lab.set({ kernel: 'noise' }); }")
    browser_digests(lab)
    after = np.array(lab.evaluate("lab => [...lab.maps[6]]"))
    share = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert share > 0 and lab.evaluate("lab => lab.change") == pytest.approx(share, rel=1e-6)
    assert f"{share:.1%}".replace("%", " %") in lab.locator(".effect").text_content()


def test_only_a_drag_that_began_on_the_picture_acts(opened):
    lab = opened()
    box = lab.get_by_role("application", name=re.compile("^The photo")).bounding_box()
    mouse = lab.page.mouse
    mouse.move(box["x"] + 50, box["y"] - 60)
    mouse.down()
    mouse.move(box["x"] + 50, box["y"] + 50, steps=5)
    mouse.move(box["x"] + 90, box["y"] + 90, steps=5)
    mouse.up()
    assert lab.evaluate("lab => [lab.state.right, lab.state.down]") == [0, 0]


def test_painting_and_resetting(opened):
    lab = opened()
    start = browser_digests(lab)
    lab.locator("summary", has_text="Change a kernel").click()
    sheet = lab.locator(".easel > canvas")
    box = sheet.bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.5)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.5, steps=30)
    lab.page.mouse.up()
    changed = browser_digests(lab)
    assert changed[0] != start[0] and changed[12] != start[12]
    assert len(lab.evaluate("lab => lab.state.paint")) > 4 * 3 * 5
    # only one channel of conv1 has changed
    shown = lab.evaluate("lab => lab.maps[0].slice(3025, 6050)")
    lab.get_by_role("button", name="Start again").click()
    assert browser_digests(lab) == start
    assert lab.evaluate("lab => lab.maps[0].slice(3025, 6050)") == shown


def test_strokes_are_undone_one_by_one(opened):
    lab = opened("#lab?kernel=blur")
    start, paint = browser_digests(lab), "lab => lab.state.paint"
    lab.locator("summary", has_text="Change a kernel").click()
    undo, sheet, mouse = lab.get_by_role("button", name="Undo"), lab.locator(".easel > canvas"), lab.page.mouse
    assert undo.is_disabled()
    box = sheet.bounding_box()
    mouse.move(box["x"] + 5, box["y"] + 5)
    mouse.down()
    mouse.move(box["x"] + box["width"] - 5, box["y"] + 5, steps=20)
    mouse.up()
    first = lab.evaluate(paint)
    assert len(first) == 4 * 3 * 11
    for key in ("ArrowDown", "Space", "ArrowDown", "Enter"):
        sheet.press(key)
    assert len(lab.evaluate(paint)) == len(first) + 2 * 12
    undo.click()
    undo.click()
    assert lab.evaluate(paint) == first
    undo.click()
    assert lab.evaluate("lab => [lab.state.paint, lab.state.kernel]") == ["", "blur"] and undo.is_disabled()
    assert browser_digests(lab) == start


def test_another_channel_puts_the_kernel_before_it_right(opened):
    lab = opened("#lab?kernel=noise&filter=3")
    for change in ({"filter": 10}, {"kernel": "learned"}):
        lab.evaluate("(lab, change) => { lab.set(change); }", change)
        browser_digests(lab)
    assert lab.locator(".verdict").get_attribute("data-same") == "true"


def test_by_keyboard_alone(opened):
    lab = opened()
    page = lab.page
    lab.get_by_role("button", name="A cup of coffee").focus()
    page.keyboard.press("Enter")
    browser_digests(lab)
    assert lab.evaluate("lab => lab.photo.name") == "coffee.jpg"
    lab.get_by_role("button", name=re.compile("^pool1")).focus()
    page.keyboard.press("Space")
    lab.get_by_role("application", name=re.compile("^All channels")).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    lab.get_by_role("application", name=re.compile("^One channel")).focus()
    row, column = lab.evaluate("lab => lab.cell")
    page.keyboard.press("ArrowDown" if row < 26 else "ArrowUp")
    page.keyboard.press("ArrowLeft" if column else "ArrowRight")
    settle(lab)
    wanted = (row + (1 if row < 26 else -1), column + (-1 if column else 1))
    assert said(lab).startswith(f"pool1, channel 10, row {wanted[0]}, column {wanted[1]}:")
    lab.get_by_role("application", name=re.compile("^The photo")).focus()
    page.keyboard.press("ArrowRight")
    assert lab.evaluate("lab => [lab.state.right, lab.state.down]") == [1, 0]
    lab.locator("summary", has_text="Change a kernel").focus()
    page.keyboard.press("Enter")
    lab.get_by_role("application", name=re.compile("^The kernel")).focus()
    for key in ("ArrowUp", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    assert lab.evaluate("lab => lab.state.paint") == "r44pg44pb44p"
    browser_digests(lab)


def test_by_finger(browser, origin):
    context = browser.new_context(viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{origin}/{PAGE}")
    lab = page.locator("cnn-lab")
    browser_digests(lab)
    lab.get_by_role("button", name=re.compile("^conv5")).tap()
    lab.get_by_role("application", name=re.compile("^All channels")).tap(position={"x": 5, "y": 5})
    assert lab.evaluate("lab => lab.state.channel") == 0
    one = lab.get_by_role("application", name=re.compile("^One channel"))
    box = one.bounding_box()
    one.tap(position={"x": box["width"] - 3, "y": box["height"] - 3})
    assert lab.evaluate("lab => lab.cell") == [12, 12]
    small = lab.locator("button:visible, select:visible, summary:visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).filter(r => Math.min(r.width, r.height) < 24).length"
    )
    assert small == 0
    # the stages stay in sight, and so does the note that a kernel is another one
    lab.evaluate("lab => lab.set({ kernel: 'blur' })")
    lab.locator(".why").evaluate("(why) => why.scrollIntoView()")
    for seen in (lab.get_by_role("button", name=re.compile("^conv5")), lab.get_by_role("button", name="Put it back")):
        box = seen.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["y"] >= 0 and box["y"] + box["height"] <= 800
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_a_dragged_photograph_moves_and_stays_within_its_pixels(opened):
    lab = opened()
    box = lab.get_by_role("application", name=re.compile("^The photo")).bounding_box()
    page = lab.page
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 110, steps=8)
    page.mouse.up()
    right, down = lab.evaluate("lab => [lab.state.right, lab.state.down]")
    assert (right, down) == (round(30 * 224 / box["width"]), round(10 * 224 / box["height"]))
    browser_digests(lab)
    image = samples.small("chelsea")
    left, top = round((image.width - 224) / 2) - right, round((image.height - 224) / 2) - down
    jpeg = preprocess.resize(_decoded("chelsea")).crop((left, top, left + 224, top + 224))
    x = preprocess.normalize(preprocess.to_tensor(jpeg))[None]
    from tests.site.lab.conftest import digests

    page.wait_for_timeout(400)
    assert browser_digests(lab) == digests(x)
    lab.evaluate("lab => lab.move(1000, -1000)")
    assert lab.evaluate("lab => [lab.photo.left - lab.state.right >= 0, lab.photo.top - lab.state.down + 224 <= lab.photo.height]") == [True, True]  # fmt: skip


def _decoded(name):
    from PIL import Image

    return Image.open(io.BytesIO(samples.jpeg(name))).convert("RGB")


def test_moving_by_the_stride_moves_the_maps(opened):
    """Four pixels are one cell of conv1: its maps move along, away from the border."""
    lab = opened()
    maps = "lab => [...lab.maps[0].subarray(0, 3025)]"
    before = np.array(lab.evaluate(maps)).reshape(55, 55)
    lab.evaluate("lab => { lab.move(4, 0); }")
    browser_digests(lab)
    after = np.array(lab.evaluate(maps)).reshape(55, 55)
    np.testing.assert_array_equal(after[1:-1, 2:-1], before[1:-1, 1:-2])


def test_without_javascript_the_stages_are_named(browser, origin):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}/{PAGE}")
    assert page.locator("cnn-lab .static td", has_text="features.12").is_visible()
    assert page.get_by_text("sent nowhere").first.is_visible()
    assert page.locator("img.pixels").count() >= 2
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_works_from_a_folder(opened, scheme):
    lab = opened(base=SITE.as_uri(), scheme=scheme, width=360)
    assert lab.locator(".verdict").get_attribute("data-same") == "true"
    lab.get_by_role("button", name="A dahlia").click()
    browser_digests(lab)
    assert lab.locator(".verdict").get_attribute("data-same") == "true"
    assert lab.page.wrong == []
