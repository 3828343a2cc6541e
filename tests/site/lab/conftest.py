"""The lab in a real browser, and what Python makes of the same photograph."""

import base64
import functools
import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pytest

from insidecnn import photos, preprocess, weights
from insidecnn.lab import fixed_order

PAGE = "book/lab.html"
LAB = "document.querySelector('cnn-lab')"


loaded = functools.cache(weights.embedded)


def digests(x):
    """SHA-256 of all stages, by the fixed order of additions in NumPy."""
    stages = fixed_order.stages(loaded().model.features, x)
    stages += fixed_order.classifier(loaded().factors, stages[-1][1])
    return [fixed_order.digest(maps) for _, maps in stages]


def python_digests(file):
    return digests(preprocess.preprocess(photos.read(file)))


def python_crop(file):
    """What the network is given of a photograph: (224, 224, 3) uint8."""
    return np.array(preprocess.center_crop(preprocess.resize(photos.read(file))))


@functools.cache
def python_crop_digest(data):
    """SHA-256 of the same, of a file's bytes. Equal pixels give equal maps: the network is tried on few."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo"
        file.write_bytes(data)
        return hashlib.sha256(python_crop(file).tobytes()).hexdigest()


# numbers of the page as base64: Playwright would take them one by one
BYTES = """const bytesOf = ({ buffer, byteOffset, byteLength }) => { let text = '';
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) text += String.fromCharCode(byte);
  return btoa(text); };"""


def crop(lab):
    """The pixels that the page gives to the network: (224, 224, 3) uint8."""
    code = lab.evaluate(f"lab => {{ {BYTES} return bytesOf(lab.crop()); }}")
    return np.frombuffer(base64.b64decode(code), np.uint8).reshape(224, 224, 3)


def maps(lab, *stages):
    """The maps of some stages as the page has them, each (C · H · W,) float32."""
    codes = lab.evaluate(f"(lab, stages) => {{ {BYTES} return stages.map((n) => bytesOf(lab.mapsOf(n))); }}", stages)
    return [np.frombuffer(base64.b64decode(code), np.float32) for code in codes]


# An expression for all browsers: opens files (name → base64) one after the other; name → the complaint, or the
# SHA-256 of the pixels that the network is given.
OPEN_ALL = """(async (files) => {
  const lab = document.querySelector('cnn-lab'), found = {};
  for (const [name, code] of Object.entries(files)) {
    await lab.open(new File([insidecnn.decodeBase64(code)], name));
    const { complaint } = await lab.whenOpened();
    const hash = async () => new Uint8Array(await crypto.subtle.digest('SHA-256', lab.crop()));
    found[name] = complaint || [...(await hash())].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return found;
})"""


# An expression for all browsers: what things.js makes of a crop (base64) and lists of things, each (224, 224, 3) as base64.
COMPOSE_ALL = f"""(async ([code, many]) => {{ {BYTES}
  const answer = await fetch('../_static/lab/things.json');
  const drawer = insidecnnThings(await answer.json());
  const pixels = insidecnn.decodeBase64(code);
  return many.map((rows) => bytesOf(drawer.compose(pixels, 224, insidecnn.lab.readThings(rows))));
}})"""


def as_base64(files):
    return {name: base64.b64encode(data).decode() for name, data in files.items()}


def settled(lab):
    """What the page knows once everything is computed that was asked for: see ``snapshot`` in lab.js.

    It waits in the page: Playwright's own waiting is stopped by some policies.
    """
    return lab.evaluate("lab => lab.whenSettled()")


def snapshot(lab):
    """What it knows now."""
    return lab.evaluate("lab => lab.snapshot()")


def choose(lab, **choice):
    """Another choice, and what the page then knows."""
    lab.evaluate("(lab, choice) => { lab.set(choice); }", choice)
    return settled(lab)


def give(lab, path):
    """Choose a file as a reader does, and wait until its pixels are there or it is refused; the complaint."""
    lab.get_by_label("Open a photo…").set_input_files(path)
    lab.page.wait_for_function(f"{LAB}.snapshot().opening === null", timeout=60_000)
    return snapshot(lab)["complaint"]


def watched(page):
    page.wrong = []
    page.on("console", lambda m: page.wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    return page


@pytest.fixture(scope="session")
def shared_page(browser, origin):
    """One page for many tests: what came before must not matter."""
    page = watched(browser.new_page(viewport={"width": 1280, "height": 900}))
    page.goto(f"{origin}/{PAGE}")
    settled(page.locator("cnn-lab"))
    yield page
    page.close()


# a link of the page itself, without the moment between the new address and its event, in which a widget that was touched
# just before may write its own address
FOLLOW = """const follow = (link) => {
  history.replaceState(null, '', link);
  dispatchEvent(new HashChangeEvent('hashchange'));
};"""
AGAIN = f"""async (lab, fragment) => {{ {FOLLOW}
  lab.reset();
  await lab.whenSettled();
  for (const each of lab.querySelectorAll('details')) each.open = false;
  scrollTo(0, 0);
  if (fragment) follow(fragment);
  await lab.whenSettled();
}}"""


@pytest.fixture
def opened(shared_page):
    """The lab at its start, or as a link brings it: ``opened("#lab?stage=12")``."""

    def go(fragment=""):
        lab = shared_page.locator("cnn-lab")
        shared_page.wrong.clear()
        shared_page.mouse.move(0, 0)
        lab.evaluate(AGAIN, fragment)
        return lab

    yield go
    assert shared_page.wrong == []


@pytest.fixture
def lab(opened):
    return opened()


@pytest.fixture
def visited(visit):
    """The lab on a page that has just been loaded: ``visited("#lab?stage=12", width=360)``."""

    def go(fragment="", **place):
        lab = visit(f"{PAGE}{fragment}", **place).locator("cnn-lab")
        settled(lab)
        return lab

    return go


@pytest.fixture
def by_finger(browser, origin):
    """The lab on a phone, settled: ``by_finger("#lab?stage=12")``."""
    contexts = []

    def go(fragment=""):
        contexts.append(browser.new_context(viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True))
        page = contexts[-1].new_page()
        page.goto(f"{origin}/{PAGE}{fragment}")
        lab = page.locator("cnn-lab")
        settled(lab)
        return lab

    yield go
    for context in contexts:
        context.close()


def swipe(page, start, by):
    """A finger on the screen, from a place, by so many pixels: (right, down)."""
    touch = page.context.new_cdp_session(page)
    (x, y), (right, down) = start, by
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        point = {"x": x + right * step / 8, "y": y + down * step / 8}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def said(lab):
    return lab.locator(".said").inner_text()


def is_python_s(lab):
    """Whether all bits of a sample are those that Python found when the page was made."""
    settled(lab)
    return lab.locator(".verdict").get_attribute("data-same") == "true"
