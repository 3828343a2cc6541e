"""What a link and the lines of Python bring back: the same state, the same bits."""

import contextlib
import copy
import io
import os
import re
from types import SimpleNamespace

import pytest
import torch

from insidecnn import weights
from insidecnn.lab import fixed_order, samples
from tests.site.conftest import SITE
from tests.site.lab.conftest import FOLLOW, give, is_python_s, settled, snapshot


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


WHOLE = "#lab?sample=hopper&right=4&filter=1&kernel=red%20against%20green&paint=b55m&stage=12&channel=9"
STATES = {
    "as it is": "#lab?sample=coffee",
    "moved": "#lab?sample=rocket&right=-7&down=3&stage=6",
    "another kernel": "#lab?kernel=Sobel%20x&filter=5",
    "a painted one": "#lab?sample=flower&filter=63&paint=r00pg5amb99z",
}


def test_the_lines_of_python_give_the_page_s_bits(opened, tmp_path):
    lab = opened(WHOLE)
    hashes, difference = run_python(lab, tmp_path)
    now = settled(lab)
    assert [digest[:16] for digest in now["digests"]] == hashes
    assert difference < 1e-4
    assert hashes[now["choice"]["stage"]] in lab.locator(".verdict").inner_text()
    assert not is_python_s(lab)


@pytest.mark.parametrize("name", STATES)
def test_the_lines_of_python_give_conv1_of_other_states(opened, tmp_path, monkeypatch, name):
    """Pixels and kernel differ from state to state, the stages behind conv1 do not: they are left out."""
    lab = opened(STATES[name])
    conv1 = torch.nn.Sequential()
    conv1.features = copy.deepcopy(weights.embedded().model.features[:1])
    monkeypatch.setattr(weights, "load", lambda: SimpleNamespace(model=conv1, factors={}))
    monkeypatch.setattr(fixed_order, "classifier", lambda factors, maps: [])
    hashes, difference = run_python(lab, tmp_path)
    assert hashes == [settled(lab)["digests"][0][:16]]
    assert difference < 5e-5
    assert is_python_s(lab) == (name == "as it is")


def test_a_link_brings_everything_back(visited, opened):
    link = "#lab?sample=china&stage=8&channel=100&row=3&column=7&right=5&down=-4&kernel=blur&filter=2&paint=r55p"
    now, lab = settled(visited(link)), opened()
    assert now["choice"] == {"sample": "china", "stage": 8, "channel": 100, "row": 3, "column": 7, "right": 5,
                             "down": -4, "network": "book", "things": [], "kernel": "blur", "filter": 2, "paint": "r55p"}  # fmt: skip
    lab.evaluate(
        "async (lab, choice) => { await lab.openSample('china'); await lab.whenOpened(); lab.set(choice); }",
        now["choice"],
    )
    assert settled(lab)["digests"] == now["digests"]
    again = opened(lab.locator(".foot a").get_attribute("href"))
    assert settled(again)["choice"] == now["choice"] and settled(again)["digests"] == now["digests"]


BROKEN = {
    "#lab?sample=dog": "There is no sample “dog”",
    "#lab?sample=toString": "There is no sample “toString”",
    "#lab?kernel=constructor": "There is no kernel “constructor”",
    "#lab?stage=18": "There is no stage 18",
    "#lab?stage=0&channel=64": "conv1 has channels 0 to 63",
    "#lab?row=55&column=0": "55 × 55 cells",
    "#lab?kernel=magic": "There is no kernel “magic”",
    "#lab?paint=hello": "The paint in this link cannot be read",
    "#lab?channel=x": "a number that is none",
}


def test_a_broken_link_is_named_and_the_lab_starts(visited):
    link, words = next(iter(BROKEN.items()))
    lab = visited(link)
    assert words in lab.locator(".complaint").inner_text()  # it stays
    assert is_python_s(lab) and lab.page.wrong == []


def test_every_fault_of_a_link_is_named(lab):
    said = lab.evaluate(
        f"""async (lab, links) => {{ {FOLLOW} const said = [];
        for (const link of links) {{
          follow(link);
          const {{ complaint, choice }} = await lab.whenSettled();
          const shown = lab.querySelector('.complaint').textContent;
          said.push([complaint, shown, JSON.stringify(choice) === JSON.stringify(lab.initial)]);
        }}
        return said; }}""",
        list(BROKEN),
    )
    for (link, words), (known, shown, started) in zip(BROKEN.items(), said, strict=True):
        assert words in known and shown == known and started, link
    assert is_python_s(lab)


def test_a_link_to_a_photo_of_the_reader_s_waits_for_it(opened, tmp_path):
    lab = opened("#lab?sample=yours&stage=4&channel=7&row=2&column=3")
    assert "A link cannot hold your photo: open it again" in lab.locator(".complaint").inner_text()
    file = tmp_path / "mine.jpg"
    file.write_bytes(samples.jpeg("flower"))
    give(lab, file)
    choice = snapshot(lab)["choice"]
    assert [choice[name] for name in ("sample", "stage", "channel", "row", "column")] == ["yours", 4, 7, 2, 3]
