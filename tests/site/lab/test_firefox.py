"""The lab in Firefox: the same bits as in Chromium and in NumPy."""

import base64
import json
import os

import pytest

from tests.site.conftest import SITE
from tests.site.firefox import PROGRAM, Firefox
from tests.site.lab.conftest import PAGE, python_digests
from tests.site.lab.test_photos import KINDS

pytestmark = pytest.mark.skipif(not PROGRAM and not os.environ.get("CI"), reason="no Firefox on this machine")

LAB = "document.querySelector('cnn-lab')"


@pytest.fixture(scope="module")
def firefox(tmp_path_factory, origin):
    browser = Firefox(tmp_path_factory.mktemp("firefox"))
    browser.open(f"{origin}/{PAGE}")
    browser.wait(f"{LAB}?.digests")
    yield browser
    browser.close()


def give(browser, name, data):
    """Hand a file to the page; returns the complaint, or nothing once the maps are there."""
    code = base64.b64encode(data).decode()
    browser.evaluate(
        f"(() => {{ const lab = {LAB}; lab.digests = null; lab.complain(''); "
        f"lab.sources.read(new File([Uint8Array.from(atob('{code}'), (c) => c.charCodeAt(0))], {json.dumps(name)})); }})()"
    )
    browser.wait(f"{LAB}.digests || {LAB}.complaint.textContent")
    return browser.evaluate(f"{LAB}.complaint.textContent")


def test_samples_have_python_s_bits(firefox):
    assert firefox.wait(f"{LAB}.verdict.dataset.same") == "true"
    assert firefox.evaluate(f"{LAB}.notes.textContent") == ""  # WebAssembly, a worker, honest pixels


@pytest.mark.parametrize("name", [name for name in KINDS if not name.startswith("48")])
def test_every_bit_is_python_s(firefox, tmp_path, name):
    file = tmp_path / name
    file.write_bytes(KINDS[name]())
    assert give(firefox, name, file.read_bytes()) == ""
    assert firefox.evaluate(f"{LAB}.digests") == python_digests(file)


def test_from_a_folder(tmp_path):
    browser = Firefox(tmp_path)
    try:
        browser.open((SITE / PAGE).as_uri())
        browser.wait(f"{LAB}?.digests")
        assert browser.wait(f"{LAB}.verdict.dataset.same") == "true"
        assert browser.evaluate(f"{LAB}.notes.textContent") == ""
    finally:
        browser.close()


def test_changed_pixels_are_said(tmp_path, origin):
    browser = Firefox(tmp_path, {"privacy.resistFingerprinting": True})
    try:
        browser.open(f"{origin}/{PAGE}")
        browser.wait(f"{LAB}?.digests")
        assert "changes the pixels" in browser.evaluate(f"{LAB}.notes.textContent")
        assert browser.evaluate(f"{LAB}.verdict.dataset.same ?? ''") != "true"
    finally:
        browser.close()
