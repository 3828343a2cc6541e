"""What a link and the lines of Python bring back: the same state, the same bits."""

import contextlib
import io
import os
import re

import pytest

from insidecnn.lab import samples
from tests.site.conftest import SITE
from tests.site.lab.conftest import PAGE, browser_digests, give


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
