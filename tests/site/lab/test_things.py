"""Things put onto the photo: the same pixels as Python's, by mouse, finger and keyboard, by link and from a folder."""

import base64
import contextlib
import io
import os
import re
from random import Random

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from insidecnn import preprocess, weights
from insidecnn.lab import samples, things
from insidecnn.world.classes import CATEGORIES
from insidecnn.world.draw import Place, draw
from tests.site.conftest import SITE
from tests.site.lab.conftest import (
    BYTES,
    COMPOSE_ALL,
    LAB,
    PAGE,
    choose,
    crop,
    digests,
    maps,
    settled,
    snapshot,
    swipe,
    watched,
)

CUP = [514, 0, 112, 112, 96, 0, 0]


def composed(pixels, rows):
    """Things drawn onto a crop by Python: (224, 224, 3) uint8, and how much of each pixel the last one covers."""
    picture = pixels.astype(np.float32) / 255
    for number, variant, x, y, side, turn, mirrored in rows:
        covered = draw(picture, things.look(number, variant, side), Place(x, y, side, turn, bool(mirrored)))
    return np.round(picture.clip(0, 1) * 255).astype(np.uint8), covered


def sample_crop(name="chelsea"):
    photo = Image.open(io.BytesIO(samples.jpeg(name))).convert("RGB")
    return np.array(preprocess.center_crop(preprocess.resize(photo)))


def drawn(page, pixels, many):
    """What things.js makes of a crop and lists of rows: (224, 224, 3) uint8 each."""
    codes = page.evaluate(COMPOSE_ALL, [base64.b64encode(pixels.tobytes()).decode(), many])
    return [np.frombuffer(base64.b64decode(code), np.uint8).reshape(224, 224, 3) for code in codes]


def random_row(number, random):
    variant = 0 if number == things.COVER else random.randrange(things.VARIANTS)
    place = [random.randrange(225), random.randrange(225), random.choice((16, 24, 48, 96, 160, 240))]
    return [number, variant, *place, random.randrange(-180, 181), random.randrange(2)]


def test_things_are_drawn_as_in_python(shared_page):
    """Inside they agree to one level; at the edges a sample more or less is covered."""
    random, pixels = Random(3), sample_crop("coffee")
    numbers = [11 * kind + 100 * kind + step for kind in range(10) for step in range(10)] + [things.COVER] * 4
    many = [[random_row(number % 1001, random)] for number in numbers]
    for rows, ours in zip(many, drawn(shared_page, pixels, many), strict=True):
        expected, covered = composed(pixels, rows)
        difference = np.abs(ours.astype(int) - expected)
        inside = cv2.erode((covered == 1).astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
        assert difference[inside == 1].max(initial=0) <= 1, rows
        assert difference.mean() < 0.2, rows
        assert np.abs(expected.astype(int) - pixels).max(initial=0) > 10 or covered.max() < 0.5, rows


def test_the_last_thing_lies_on_top(shared_page):
    pixels = sample_crop()
    one, other = [514, 0, 100, 100, 90, 0, 0], [900, 0, 120, 110, 90, 20, 1]
    orders = [[one, other], [other, one]]
    found = drawn(shared_page, pixels, orders)
    for rows, ours in zip(orders, found, strict=True):
        assert np.abs(ours.astype(int) - composed(pixels, rows)[0]).mean() < 0.1
    assert (found[0] != found[1]).any()


def panel(lab):
    summary = lab.locator("summary", has_text="Put a thing")
    if lab.locator("details.things").get_attribute("open") is None:
        summary.click()
    return lab.locator("details.things")


def control(lab, name):
    return panel(lab).locator(f"label:has(span:text-is('{name}')) :is(select, input)")


def add(lab):
    panel(lab).get_by_role("button", name="Add", exact=True).click()
    return settled(lab)["choice"]["things"]


def handle(lab, name):
    return lab.get_by_role("application", name=re.compile(f"^{name};"))


def is_where_it_should_be(lab):
    """Whether the page's pixels are those of Python's things on its photograph, and the worker's are the page's."""
    rows = settled(lab)["choice"]["things"]
    seen = crop(lab)
    expected, _ = composed(sample_crop(), rows)
    x = preprocess.normalize(preprocess.to_tensor(Image.fromarray(seen)))[None]
    assert settled(lab)["digests"][0] == digests(x)[0]
    return np.abs(seen.astype(int) - expected).mean() < 0.2


def test_a_thing_is_added_changed_and_removed(lab):
    assert add(lab) == [CUP]
    assert is_where_it_should_be(lab)
    opened = panel(lab)
    control(lab, "colour").select_option("blue")
    assert settled(lab)["choice"]["things"] == [[554, *CUP[1:]]]
    opened.get_by_role("button", name="Another shape").click()
    opened.get_by_role("button", name="Mirror").click()
    assert settled(lab)["choice"]["things"] == [[554, 1, *CUP[2:6], 1]]
    assert is_where_it_should_be(lab)
    control(lab, "pattern").select_option("striped")
    assert settled(lab)["choice"]["things"] == [[552, 1, *CUP[2:6], 1]]
    opened.get_by_role("button", name="Add a grey cover").click()
    cup, cover = settled(lab)["choice"]["things"]
    assert cup == [552, 1, *CUP[2:6], 1] and cover[0] == things.COVER
    assert control(lab, "kind").is_disabled() and opened.get_by_role("button", name="Another shape").is_disabled()
    assert is_where_it_should_be(lab)
    handle(lab, "blue striped cup").focus()
    assert control(lab, "kind").is_enabled() and control(lab, "pattern").input_value() == "striped"
    for count in (3, 4):
        opened.get_by_role("button", name="Add", exact=True).click()
        assert len(settled(lab)["choice"]["things"]) == count
    assert opened.get_by_role("button", name="Add", exact=True).is_disabled()
    for count in (3, 2, 1, 0):
        opened.get_by_role("button", name="Remove").click()
        assert len(settled(lab)["choice"]["things"]) == count == lab.locator(".thing").count()
    np.testing.assert_array_equal(crop(lab), sample_crop())


def test_a_thing_is_dragged_and_the_photo_beside_it_too(lab):
    add(lab)
    box, sheet = handle(lab, "orange dotted cup").bounding_box(), lab.locator(".sheet").bounding_box()
    mouse = lab.page.mouse
    mouse.move(box["x"] + 30, box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + 60, box["y"] + 10, steps=8)
    mouse.up()
    number, variant, x, y, *rest = settled(lab)["choice"]["things"][0]
    scale = 224 / sheet["width"]
    assert (x, y) == (112 + round(30 * scale), 112 - round(20 * scale)) and [number, variant, *rest] == [
        *CUP[:2],
        *CUP[4:],
    ]
    assert is_where_it_should_be(lab)
    before = snapshot(lab)["choice"]
    mouse.move(sheet["x"] + 10, sheet["y"] + 10)
    mouse.down()
    mouse.move(sheet["x"] + 30, sheet["y"] + 10, steps=4)
    mouse.up()
    after = settled(lab)["choice"]
    assert after["things"] == before["things"] and after["right"] == round(20 * scale)


def torch_answer(lab):
    """The logits that torch gives for the pixels that the page shows."""
    x = preprocess.normalize(preprocess.to_tensor(Image.fromarray(crop(lab))))[None]
    with torch.no_grad():
        return weights.embedded().model(x)[0]


def is_torch_s(best, logits):
    """Whether the page's five are torch's, to the rounding of another order of additions."""
    values = [each["logit"] for each in best]
    own = logits[[each["number"] for each in best]]
    chances = torch.softmax(logits, 0)[[each["number"] for each in best]]
    pairs = ((own, values), (logits.topk(5).values, values), (chances, [each["probability"] for each in best]))
    return all(np.allclose(ours.numpy(), theirs, atol=1e-4) for ours, theirs in pairs)


ROWS = {
    "a cup": [CUP],
    "two things": [[737, 2, 60, 150, 100, -30, 1], [322, 1, 150, 90, 130, 12, 0]],
    "a cover": [[things.COVER, 0, 112, 112, 150, 45, 0]],
}


@pytest.mark.parametrize("name", ROWS)
def test_the_answer_is_torch_s(lab, name):
    before = settled(lab)["best"]
    best = choose(lab, things=ROWS[name])["best"]
    assert best != before and is_torch_s(best, torch_answer(lab))
    words = lab.locator(".answered").inner_text()
    assert words == f"The network says: {CATEGORIES[best[0]['number']]}, {best[0]['probability'] * 100:.0f} %"


def test_the_answer_follows_while_a_thing_is_dragged(lab):
    add(lab)
    before, old_maps = settled(lab), maps(lab, 0)[0]
    box, mouse = handle(lab, "orange dotted cup").bounding_box(), lab.page.mouse
    mouse.move(box["x"] + 30, box["y"] + 30)
    mouse.down()
    for step in (20, 40, 60):
        mouse.move(box["x"] + 30 + step, box["y"] + 30 + step, steps=6)
    expected = torch_answer(lab)
    lab.page.wait_for_function(
        f"Math.abs({LAB}.snapshot().best[0].logit - {float(expected.max())}) < 1e-4", timeout=10_000
    )
    held = snapshot(lab)
    assert is_torch_s(held["best"], expected) and held["best"] != before["best"]
    assert not held["settled"] and (maps(lab, 0)[0] == old_maps).all()
    assert lab.locator(".answer .title").get_attribute("aria-live") == "off"  # or each answer would be read aloud
    mouse.up()
    after = settled(lab)
    assert is_torch_s(after["best"], expected) and (maps(lab, 0)[0] != old_maps).any()
    assert lab.locator(".answer .title").get_attribute("aria-live") == "polite"


def test_every_key_does_what_the_line_says(lab):
    add(lab)
    keyboard = lab.page.keyboard
    steps = {"ArrowRight": (2, 1), "ArrowDown": (3, 1), "ArrowLeft": (2, -1), "ArrowUp": (3, -1),
             "+": (4, 4), "-": (4, -4), "]": (5, 5), "[": (5, -5)}  # fmt: skip
    for key, (place, by) in steps.items():  # the thing has the focus when it is added
        before = snapshot(lab)["choice"]["things"][0]
        keyboard.press(key)
        after = settled(lab)["choice"]["things"][0]
        assert [b - a for a, b in zip(before, after, strict=True)] == [by * (i == place) for i in range(7)], key
    keyboard.press("]")
    keyboard.press("Shift+ArrowRight")
    assert is_where_it_should_be(lab)
    control(lab, "size").focus()
    keyboard.press("ArrowRight")
    assert settled(lab)["choice"]["things"][0][4] == 97
    handle(lab, "orange dotted cup").focus()
    keyboard.press("Delete")
    assert settled(lab)["choice"]["things"] == []
    assert lab.page.evaluate("document.activeElement.textContent") == "Add"


def test_a_finger_drags_a_thing_and_scrolls_beside_it(by_finger):
    lab = by_finger(f"#lab?things={','.join(map(str, CUP))}")
    page = lab.page
    lab.locator(".sheet").evaluate("(sheet) => scrollBy(0, sheet.getBoundingClientRect().top - 250)")
    sheet, box = lab.locator(".sheet").bounding_box(), handle(lab, "orange dotted cup").bounding_box()
    scrolled = page.evaluate("scrollY")
    swipe(page, (box["x"] + 40, box["y"] + 40), (24, 48))
    x, y = settled(lab)["choice"]["things"][0][2:4]
    scale = 224 / sheet["width"]
    assert abs(x - 112 - 24 * scale) <= 1 and abs(y - 112 - 48 * scale) <= 1
    assert page.evaluate("scrollY") == scrolled
    swipe(page, (sheet["x"] + 20, sheet["y"] + 60), (0, -100))
    page.wait_for_function(f"scrollY > {scrolled} + 30")
    assert settled(lab)["choice"]["things"][0][2:4] == [x, y]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


TWO = "#lab?things=514,1,80,90,70,10,1;1000,0,150,150,60,-20,0"


def test_a_link_brings_things_back(visited, opened):
    lab = visited(TWO)
    now = settled(lab)
    assert now["choice"]["things"] == [[514, 1, 80, 90, 70, 10, 1], [1000, 0, 150, 150, 60, -20, 0]]
    assert is_where_it_should_be(lab)
    again = opened(lab.locator(".foot a").get_attribute("href"))
    assert settled(again)["digests"] == now["digests"]


@pytest.mark.parametrize(
    "link", ["1", "514,0,112,112,96,0", "514,0,112,112,500,0,0", "1001,0,1,1,90,0,0", "514,9,1,1,90,0,0"]
)
def test_a_link_with_things_that_cannot_be_is_named(opened, link):
    lab = opened(f"#lab?things={link}")
    assert re.search("A thing has 7 numbers|must be a whole number", lab.locator(".complaint").inner_text())
    assert snapshot(lab)["choice"]["things"] == []


def test_the_lines_of_python_give_the_bits_of_the_crop_with_things(opened, tmp_path):
    lab = opened(TWO)
    now = settled(lab)
    lab.page.wait_for_function("document.querySelector('.proof a').download === 'crop.png'")
    code = lab.evaluate(
        f"""async (lab) => {{ {BYTES} const answer = await fetch(lab.querySelector('.proof a').href);
        return bytesOf(new Uint8Array(await answer.arrayBuffer())); }}"""
    )
    (tmp_path / "crop.png").write_bytes(base64.b64decode(code))
    printed, here = io.StringIO(), os.getcwd()
    os.chdir(tmp_path)
    try:
        with contextlib.redirect_stdout(printed):
            exec(lab.locator(".proof code").text_content(), {})
    finally:
        os.chdir(here)
    hashes = [line.split()[-1] for line in printed.getvalue().splitlines()]
    assert hashes[0] == now["digests"][0][:16]


def test_things_come_from_a_folder_and_under_a_strict_policy(visited, strict, origin):
    lab = visited(TWO, base=SITE.as_uri())
    assert is_where_it_should_be(lab) and lab.page.wrong == []
    strict.goto(f"{origin}/{PAGE}{TWO}")
    lab = strict.locator("cnn-lab")
    assert is_where_it_should_be(lab)
    assert strict.violations == [] and strict.errors == []


def test_a_lost_connection_is_said_and_the_photo_stays(browser, origin):
    page = browser.new_page()
    page.goto(f"{origin}/{PAGE}")
    lab = page.locator("cnn-lab")
    settled(lab)
    page.route("**/things.json", lambda route: route.abort())
    panel(lab).get_by_role("button", name="Add", exact=True).click()
    page.wait_for_function("document.querySelector('cnn-lab').snapshot().complaint.includes('could not be loaded')")
    assert settled(lab)["choice"]["things"] == []
    np.testing.assert_array_equal(crop(lab), sample_crop())
    page.unroute("**/things.json")
    assert add(lab) == [CUP]
    assert is_where_it_should_be(lab)
    page.close()


def test_with_other_weights_there_is_no_panel(browser, origin):
    """The names of the made world are not theirs. The page is served as it is built for them, as far as things go."""
    page = watched(browser.new_page())

    def answer(route):
        body, count = re.subn(r'"things":\{.*?\}', '"things":null', route.fetch().text())
        assert count == 1
        route.fulfill(body=body, content_type="text/html")

    page.route("**/lab.html*", answer)
    page.goto(f"{origin}/{PAGE}{TWO}")
    lab = page.locator("cnn-lab")
    now = settled(lab)
    assert "only where the book’s own weights" in now["complaint"] and now["choice"]["things"] == []
    assert lab.locator("details.things").count() == 0 and page.wrong == []
    page.close()
