"""The lab in Firefox and WebKit: the same bits as in Chromium and in NumPy."""

import base64
import json
import os

import pytest

from tests.site.conftest import SITE
from tests.site.firefox import PROGRAM, Firefox
from tests.site.lab.conftest import LAB, PAGE, SETTLED, python_digests
from tests.site.lab.test_photos import KINDS


@pytest.fixture(scope="module")
def lab(other, origin):
    """The page, open in the other browser."""
    other.open(f"{origin}/{PAGE}")
    other.wait(f"{LAB}?.digests")
    return other


def give(browser, name, data):
    """Hand a file to the page; returns the complaint, or nothing once the maps are there."""
    code = base64.b64encode(data).decode()
    browser.evaluate(
        f"(() => {{ const lab = {LAB}; lab.complain(''); "
        f"lab.sources.read(new File([Uint8Array.from(atob('{code}'), (c) => c.charCodeAt(0))], {json.dumps(name)})); }})()"
    )
    browser.wait(f"{SETTLED}({LAB}) || {LAB}.complaint.textContent")
    return browser.evaluate(f"{LAB}.complaint.textContent")


def test_samples_have_python_s_bits(lab):
    assert lab.wait(f"{LAB}.verdict.dataset.same") == "true"
    assert lab.evaluate(f"{LAB}.notes.textContent") == ""  # WebAssembly, a worker, honest pixels


@pytest.mark.parametrize("name", [name for name in KINDS if not name.startswith("48")])
def test_every_bit_is_python_s(lab, tmp_path, name):
    file = tmp_path / name
    file.write_bytes(KINDS[name]())
    assert give(lab, name, file.read_bytes()) == ""
    assert lab.evaluate(f"{LAB}.digests") == python_digests(file)


def test_from_a_folder(other):
    other.open((SITE / PAGE).as_uri())
    other.wait(f"{LAB}?.digests")
    assert other.wait(f"{LAB}.verdict.dataset.same") == "true"
    notes = other.evaluate(f"{LAB}.notes.textContent")
    if isinstance(other, Firefox):
        assert notes == ""
    else:  # WebKit lets no worker of a page that is a file read pictures
        assert notes.startswith("Workers are blocked here")


@pytest.mark.skipif(not PROGRAM and not os.environ.get("CI"), reason="no Firefox on this machine")
def test_changed_pixels_are_said(tmp_path, origin):
    browser = Firefox(tmp_path, {"privacy.resistFingerprinting": True})
    try:
        browser.open(f"{origin}/{PAGE}")
        browser.wait(f"{LAB}?.digests")
        assert "changes the pixels" in browser.evaluate(f"{LAB}.notes.textContent")
        assert browser.evaluate(f"{LAB}.verdict.dataset.same ?? ''") != "true"
    finally:
        browser.close()
