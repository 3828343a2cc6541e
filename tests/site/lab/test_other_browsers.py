"""The lab in Firefox and WebKit: the same pixels and the same bits as in Chromium and in NumPy."""

import base64
import hashlib
import json

import numpy as np
import pytest
import torch

from insidecnn.lab import samples
from tests.site.conftest import SITE, needs
from tests.site.firefox import PROGRAM, Firefox
from tests.site.lab import networks
from tests.site.lab.conftest import COMPOSE_ALL, LAB, OPEN_ALL, PAGE, as_base64, python_crop_digest
from tests.site.lab.photographs import MAKERS, photograph

# what takes WebKit seconds, and what differs little from another kind
RARE = {"12-megapixels.jpg", "tall.jpg", "progressive.jpg", *(f"turned-{n}.jpg" for n in (2, 3, 4, 5, 7, 8))}
KINDS = [
    pytest.param(name, marks=pytest.mark.slow) if name in RARE else name for name in MAKERS if not name.startswith("48")
]


def settled(browser):
    return browser.evaluate(f"{LAB}.whenSettled()")


def verdict(browser):
    return browser.evaluate(f"{LAB}.querySelector('.verdict').dataset.same ?? ''")


@pytest.fixture(scope="module")
def lab(other, origin):
    """The page, open in the other browser."""
    other.open(f"{origin}/{PAGE}")
    yield other


def test_samples_have_python_s_bits(lab):
    assert settled(lab)["notes"] == ""  # WebAssembly, a worker, honest pixels
    assert verdict(lab) == "true"


@pytest.fixture(scope="module")
def found(lab):
    """What the browser makes of the kinds that are not rare: hash of the pixels, or a complaint."""
    files = as_base64({name: photograph(name) for name in KINDS if isinstance(name, str)})
    return lab.evaluate(f"{OPEN_ALL}({json.dumps(files)})")


@pytest.mark.parametrize("name", KINDS)
def test_every_pixel_is_python_s(lab, found, name):
    if name not in found:
        found |= lab.evaluate(f"{OPEN_ALL}({json.dumps(as_base64({name: photograph(name)}))})")
    assert found[name] == python_crop_digest(photograph(name))


def test_things_have_chromium_s_pixels(lab, shared_page):
    """Sine and cosine may differ in their last bit; that moves no more than a sample here and there."""
    grey = base64.b64encode(bytes([128]) * 224 * 224 * 3).decode()
    rows = [
        [number, number % 4, 112, 100, 60 + number % 150, number % 180, number % 2] for number in range(7, 1000, 83)
    ]
    asked = [grey, [[row] for row in rows]]
    theirs = lab.evaluate(f"{COMPOSE_ALL}({json.dumps(asked)})")
    for row, one, other in zip(rows, theirs, shared_page.evaluate(COMPOSE_ALL, asked), strict=True):
        ours, found = (np.frombuffer(base64.b64decode(code), np.uint8).astype(int) for code in (other, one))
        assert ours.std() > 5 and (ours != found).mean() < 1e-3, row


# opens a network of the reader's (base64): its best five, or why it is refused; the book's network is shown afterwards
ANSWER = f"""(async (code) => {{
  const lab = {LAB};
  lab.reset();
  await lab.openSample('{samples.NAMES[0]}');
  await lab.whenSettled();
  await lab.open(new File([insidecnn.decodeBase64(code)], 'mine.pth'));
  const {{ best, complaint, own }} = await lab.whenSettled();
  lab.reset();
  await lab.whenSettled();
  return {{ complaint, sha256: own?.sha256, best: best.map((each) => [each.number, each.logit]) }};
}})"""


def assert_reads_a_network(browser):
    state = networks.thin(seed=13)
    data = networks.rowed(networks.parallel(state))
    found = browser.evaluate(f"{ANSWER}({json.dumps(as_base64({'': data})[''])})")
    assert found["complaint"] == "" and found["sha256"] == hashlib.sha256(data).hexdigest()
    with torch.no_grad():
        wanted = networks.network(state)(samples.tensor(samples.NAMES[0]))[0].topk(5)
    assert [number for number, _ in found["best"]] == wanted.indices.tolist()
    np.testing.assert_allclose([logit for _, logit in found["best"]], wanted.values, atol=1e-3)


def test_a_network_of_the_reader_s(lab):
    assert_reads_a_network(lab)
    assert verdict(lab) == "true"


def test_from_a_folder(other):
    other.open((SITE / PAGE).as_uri())
    notes = settled(other)["notes"]
    assert verdict(other) == "true"
    assert_reads_a_network(other)
    if isinstance(other, Firefox):
        assert notes == ""
    else:  # WebKit lets no worker of a page that is a file read pictures
        assert notes.startswith("Workers are blocked here")


def test_changed_pixels_are_said(tmp_path, origin):
    needs(PROGRAM, "Firefox")
    browser = Firefox(tmp_path, {"privacy.resistFingerprinting": True})
    try:
        browser.open(f"{origin}/{PAGE}")
        assert "changes the pixels" in settled(browser)["notes"]
        assert verdict(browser) != "true"
    finally:
        browser.close()
