"""The widgets in Firefox and WebKit: all of them wake up, and those that compute give torch's numbers there, too."""

import json

import pytest

from tests.site.widgets import (
    test_clip,
    test_convolution,
    test_detector,
    test_film,
    test_ledger,
    test_mlp_or_convolution,
    test_output_size,
    test_pooling,
    test_receptive_field,
    test_softmax,
)

ALL = [test_clip, test_convolution, test_detector, test_film, test_ledger, test_mlp_or_convolution, test_output_size, test_pooling, test_receptive_field, test_softmax]  # fmt: skip
GRIDS = [
    test_convolution.test_every_setting_gives_torch_s_map_or_a_sentence,
    test_output_size.test_every_setting_gives_torch_s_size_or_a_sentence,
    test_mlp_or_convolution.test_every_setting_gives_torch_s_counts_or_a_sentence,
    test_pooling.test_every_setting_gives_torch_s_numbers_or_a_sentence,
    test_softmax.test_every_state_is_torchs,
]


class Element:
    """As much of Playwright's locator as the tests of the grids use."""

    def __init__(self, browser, found: str):
        self.browser, self.found = browser, found

    def evaluate(self, function: str, given=None):
        return self.browser.evaluate(f"({function})({self.found}, {json.dumps(given)})")

    def inner_text(self):
        return self.evaluate("(element) => element.innerText")


def opened(browser, origin, module):
    browser.open(f"{origin}/{module.PAGE}")
    browser.wait(f"document.querySelector('{module.ELEMENT} .foot') !== null")
    return Element(browser, f"document.querySelector('{module.ELEMENT}')")


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.ELEMENT)
def test_it_wakes_up_and_says_something(other, origin, module):
    element = opened(other, origin, module)
    assert element.evaluate("(element) => element.classList.contains('live')")
    assert element.evaluate("(element) => element.querySelector('.static') === null")
    assert len(element.inner_text()) > 80


@pytest.mark.slow
@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.__module__.rsplit(".test_", 1)[1])
def test_numbers_are_torch_s(other, origin, grid):
    module = next(each for each in ALL if each.__name__ == grid.__module__)
    grid(lambda fragment: opened(other, origin, module), every=7)
