"""The lab in a real browser, and what Python makes of the same photograph."""

import functools

import numpy as np
import pytest

from insidecnn import photos, preprocess, weights
from insidecnn.lab import fixed_order

PAGE = "book/lab.html"


@functools.cache
def features():
    return weights.embedded().model.features


def digests(x):
    """SHA-256 of the thirteen stages, by the fixed order of additions in NumPy."""
    return [fixed_order.digest(maps) for _, maps in fixed_order.stages(features(), x)]


def python_digests(file):
    return digests(preprocess.preprocess(photos.read(file)))


def crop(lab):
    """The 224 × 224 pixels that the page gives to the network, (224, 224, 3) uint8."""
    flat = lab.evaluate(
        """lab => { const { pixels, width, left, top } = lab.photo, out = [];
        for (let y = 0; y < 224; y++) out.push(...pixels.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + 224) * 3));
        return out; }"""
    )
    return np.array(flat, np.uint8).reshape(224, 224, 3)


# has the network answered for what was chosen last? (the page drops the hashes the moment that something changes)
SETTLED = "(lab => lab.photo?.turn === lab.picking && lab.digests)"
LAB = "document.querySelector('cnn-lab')"


def browser_digests(lab):
    """Once the run that is under way has been finished."""
    lab.page.wait_for_function(f"{SETTLED}({LAB})", timeout=60_000)
    return lab.evaluate("lab => lab.digests")


def give(lab, path):
    """Choose a file as a reader does, and wait for the maps or for a complaint."""
    lab.locator("input[type=file]").set_input_files(path)
    lab.page.wait_for_function(f"{SETTLED}({LAB}) || {LAB}.complaint.textContent", timeout=60_000)
    return lab.locator(".complaint").inner_text()


@pytest.fixture(scope="session")
def lab(browser, origin):
    """The page, open through all tests of a file's pictures: what came before must not matter."""
    page = browser.new_page()
    page.wrong = []
    page.on("console", lambda m: page.wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(f"{origin}/{PAGE}")
    element = page.locator("cnn-lab")
    browser_digests(element)
    yield element
    assert page.wrong == []
    page.close()


@pytest.fixture
def opened(visit):
    def go(fragment="", **place):
        page = visit(f"{PAGE}{fragment}", **place)
        lab = page.locator("cnn-lab")
        browser_digests(lab)
        page.wait_for_function("document.querySelector('cnn-lab .reasons, cnn-lab .parts tr')")
        return lab

    return go


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
