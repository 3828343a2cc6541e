"""A network of the reader's own in the lab: its numbers are PyTorch's, and what is no AlexNet is refused in a sentence."""

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from torchvision.models import AlexNet_Weights

from insidecnn import photos, preprocess
from insidecnn.lab import samples
from tests.site.conftest import POLICY, SITE
from tests.site.lab import networks
from tests.site.lab.conftest import (
    PAGE,
    as_base64,
    choose,
    give,
    is_python_s,
    maps,
    settled,
    snapshot,
)
from tests.site.lab.photographs import photograph
from tests.site.lab.test_links import run_python

READER = {"network-reader.js", "unpickle.js", "tensor-file.js", "sha256.js", "checkpoint.js"}
# opens files (name → base64), all at once, as a drop does
OPEN = """async (lab, files) => {
  const made = Object.entries(files).map(([name, code]) => new File([insidecnn.decodeBase64(code)], name));
  await lab.open(...made);
  return lab.whenSettled();
}"""


def drop(lab, **files):
    return lab.evaluate(OPEN, as_base64({name.replace("_", "."): data for name, data in files.items()}))


def give_network(lab, *paths):
    """Choose files with the button, and wait until all is computed."""
    lab.get_by_label("Open a network of yours…").set_input_files(list(paths))
    return settled(lab)


def logits(model, x):
    with torch.no_grad():
        return model(x)[0]


def of_sample(model, name=samples.NAMES[0]):
    return logits(model, samples.tensor(name))


def assert_answers(lab, model, x=None):
    """The logits of the page are PyTorch's, and its best five are their largest."""
    now = settled(lab)
    wanted = of_sample(model) if x is None else logits(model, x)
    assert wanted.std() > 0.05  # or the test would say little
    (found,) = maps(lab, 17)
    np.testing.assert_allclose(found[: len(wanted)], wanted, atol=1e-3)
    best = wanted.topk(min(5, len(wanted)))
    assert [each["number"] for each in now["best"]] == best.indices.tolist()
    np.testing.assert_allclose(
        [each["probability"] for each in now["best"]], wanted.softmax(0)[best.indices], atol=1e-3
    )
    return now


FORMS = {
    "zip": (networks.zipped, torch.float32, 7),
    "row of pickles, half precision, module.": (lambda s: networks.rowed(networks.parallel(s)), torch.float16, 10),
    "under state_dict, bfloat16": (lambda s: networks.zipped({"epoch": 3, "state_dict": s}), torch.bfloat16, 1000),
    "one output": (networks.zipped, torch.float32, 1),
    "997 outputs": (networks.zipped, torch.float32, 997),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_answer_is_pytorch_s(lab, form):
    save, dtype, outputs = FORMS[form]
    state = networks.thin(outputs, dtype, seed=2)
    now = drop(lab, mine_pth=save(state))
    assert now["complaint"] == "" and now["choice"]["network"] == "yours"
    if outputs > 1:
        assert_answers(lab, networks.network(state))
    assert lab.locator(".answer li:visible").count() == min(5, outputs)
    assert f"; {outputs} output" in lab.locator(".network").inner_text()
    assert f"{outputs} units" in lab.locator("button.stage").last.get_attribute("aria-label")
    lab.get_by_role("button", name="Back to the book’s network").click()
    assert is_python_s(lab)


def test_the_whole_of_a_network_of_random_numbers(lab, tmp_path):
    """All stages to the bit, by the lines of Python that the page shows; why a number has its value, and the way down."""
    state, model = networks.drawn(7, torch.float16)
    (tmp_path / "net").mkdir()
    file = tmp_path / "net" / "mine.pth"
    torch.save(networks.parallel(state), file)
    now = give_network(lab, file)
    assert now["complaint"] == "" and now["own"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    hashes, difference = run_python(lab, file.parent)
    assert [digest[:16] for digest in now["digests"]] == hashes and difference < 1e-4
    assert (
        f"Weights: your own file mine.pth, SHA-256 {now['own']['sha256'][:12]}…" in lab.locator(".proof").inner_text()
    )
    with torch.no_grad():
        pool3 = model.features(samples.tensor(samples.NAMES[0]))[0]
        products = model.classifier[1].weight[70] * pool3.ravel()
    now = choose(lab, stage=13, row=1, column=6)  # unit 70 of fc6
    wanted = products.abs().topk(6).indices.tolist()
    assert [share["input"] for share in now["explanation"]["shares"]] == wanted
    shares, why = [share["sum"] for share in now["explanation"]["shares"]], now["explanation"]
    np.testing.assert_allclose(shares, products[wanted], atol=1e-6)
    assert why["value"] == pytest.approx(why["bias"] + sum(shares) + why["rest"], abs=1e-5)
    lab.locator("button.follow").first.click()  # to a number of pool3, and up again
    now, (channel, cell) = settled(lab), divmod(wanted[0], 36)
    place = [now["choice"][name] for name in ("stage", "channel", "row", "column")]
    assert place == [12, channel, *divmod(cell, 6)]
    assert now["explanation"]["value"] == pytest.approx(pool3[channel].ravel()[cell].item(), abs=1e-5)
    lab.locator("button.up").click()
    assert settled(lab)["choice"]["stage"] == 13


@pytest.mark.slow
@pytest.mark.parametrize("form", ["zip", "row of pickles", "safetensors"])
def test_a_file_of_233_megabytes(browser, origin, tmp_path, form):
    """As torch.save writes torchvision's AlexNet; beside the lab itself, the page needs at most 2.5 times as much memory."""
    state, model = networks.drawn(1000, torch.float32)
    others = peaks()
    context = browser.new_context()  # with a process of its own
    page = context.new_page()
    page.goto(f"{origin}/{PAGE}")
    lab = page.locator("cnn-lab")
    settled(lab)
    before = {process: most for process, most in peaks().items() if process not in others}
    data = {"zip": networks.zipped, "row of pickles": networks.rowed, "safetensors": networks.safe}[form](state)
    file = tmp_path / "mine.pth"
    file.write_bytes(data)
    assert len(data) > 244e6
    lab.evaluate(
        """lab => { const words = (self.told = new Set()), element = lab.querySelector('.network .reading');
        new MutationObserver(() => element.hidden || words.add(element.textContent))
        .observe(element, { attributes: true, childList: true, characterData: true, subtree: true }); }"""
    )
    assert give_network(lab, file)["complaint"] == ""
    assert_answers(lab, model)
    after = peaks()
    needed = sum(after[process] - most for process, most in before.items())
    print(f"{form}: {needed / len(data):.2f} times the file")
    assert len(data) < needed < 2.5 * len(data)
    told = lab.page.evaluate("[...told].filter(Boolean)")
    assert len(told) > 50 and all(re.fullmatch(r"Reading mine\.pth \(244 MB\): \d+ % …", words) for words in told)
    context.close()


def parent(process):
    return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])


def peaks():
    """Process → the most bytes that it has had, of this test's browser's processes for pages."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            if b"--type=renderer" not in (process / "cmdline").read_bytes():
                continue
            above = process
            while above.name not in ("0", "1", str(os.getpid())):
                above = Path("/proc", str(parent(above)))
            if above.name == str(os.getpid()):
                found[process.name] = int(re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())[1]) * 1024
    return found


# ---- what is refused


def test_what_is_no_alexnet_is_refused_in_a_sentence_and_the_page_goes_on(lab):
    state = networks.thin(seed=3)
    model = networks.network(state)
    assert drop(lab, good_pth=networks.zipped(state))["complaint"] == ""
    before = assert_answers(lab, model)
    for name, (make, words) in networks.REFUSED.items():
        now = lab.evaluate(OPEN, as_base64({name: make()}))
        assert now["complaint"].startswith(name) and words in now["complaint"], name
        assert (now["own"], now["digests"]) == (before["own"], before["digests"]), name
    assert lab.locator(".complaint").inner_text() == now["complaint"]
    assert drop(lab, again_pth=networks.zipped(state))["complaint"] == ""
    assert_answers(lab, model)


def test_a_whole_model_of_torchvision_is_named(lab, tmp_path):
    """Its tensors are on the meta device, which makes the file small; it is refused before."""
    file = tmp_path / "model.pth"
    torch.save(networks.empty(), file)
    complaint = give_network(lab, file)["complaint"]
    assert "asks for Python’s torchvision.models.alexnet.AlexNet" in complaint
    assert "torch.save(model.state_dict(), " in complaint
    assert is_python_s(lab)


def test_the_newest_file_counts(lab):
    first, second = (networks.thin(seed=seed) for seed in (4, 5))
    lab.evaluate(
        """(lab, files) => { for (const [name, code] of Object.entries(files))
        lab.open(new File([insidecnn.decodeBase64(code)], name)); }""",
        as_base64({"first.pth": networks.zipped(first), "second.pth": networks.zipped(second)}),
    )
    assert assert_answers(lab, networks.network(second))["own"]["name"] == "second.pth"


# ---- names, links, and the rest of the lab


def test_names_of_outputs(lab, tmp_path):
    state = networks.thin(3, seed=6)
    best = of_sample(networks.network(state)).argmax().item()
    names = ["cat", "dog", "a third thing"]
    text = "\n".join(names).encode()
    assert "open that first" in drop(lab, names_txt=text)["complaint"] or snapshot(lab)["own"]
    drop(lab, mine_pth=networks.zipped(state))
    title = lab.locator(".answer .title")
    assert re.match(rf"The answer of mine\.pth: class {best}, ", title.inner_text())
    assert "without names" in lab.locator(".network").inner_text()
    assert "wrong.txt has 2 lines, and the network 3 outputs" in drop(lab, wrong_txt=b"cat\ndog\n")["complaint"]
    assert drop(lab, names_txt=text + b"\r\n")["complaint"] == ""
    assert re.match(rf"The answer of mine\.pth: {names[best]}, ", title.inner_text())
    lab.locator(".answer button").first.click()
    settled(lab)
    assert f"fc8, unit {best} ({names[best]}): " in lab.locator(".said").inner_text()
    # both at once, with the button
    (tmp_path / "again.pth").write_bytes(networks.zipped(state))
    (tmp_path / "names.txt").write_bytes(text)
    give_network(lab, tmp_path / "again.pth", tmp_path / "names.txt")
    lab.locator(".answer .title", has_text=f"The answer of again.pth: {names[best]}, ").wait_for()


def test_torchvision_s_file_is_known_by_its_hash(lab, tmp_path):
    """Here another file is taken for it."""
    meta = AlexNet_Weights.IMAGENET1K_V1.meta["categories"]
    data = networks.zipped(networks.thin(1000, seed=7))
    digest = hashlib.sha256(data).hexdigest()
    real = lab.evaluate("lab => lab.data.imagenet")
    assert real == {"name": "AlexNet_Weights.IMAGENET1K_V1", "hash": "7be5be79"}
    try:
        lab.evaluate("(lab, hash) => { lab.data.imagenet.hash = hash; }", digest[:8])
        now = lab.evaluate(OPEN, as_base64({f"alexnet-owt-{digest[:8]}.pth": data}))
    finally:
        lab.evaluate("(lab, { hash }) => { lab.data.imagenet.hash = hash; }", real)
    assert now["own"]["names"] == meta
    assert meta[now["best"][0]["number"]] in lab.locator(".answer .title").inner_text()
    assert "torchvision’s AlexNet_Weights.IMAGENET1K_V1, from your file" in lab.locator(".network").inner_text()


def test_a_link_claims_no_network_that_is_not_here(visited):
    lab = visited("#lab?network=yours&stage=17&row=0&column=2&right=3")
    now = snapshot(lab)
    assert now["complaint"].startswith("A link cannot hold your network: open its file")
    assert now["choice"]["network"] == "book" and is_python_s(lab)
    assert "Network: the book’s." in lab.locator(".network").inner_text()
    state = networks.thin(seed=8)
    now = drop(lab, mine_pth=networks.zipped(state))
    assert {"network": "yours", "stage": 17, "row": 0, "column": 2, "right": 3}.items() <= now["choice"].items()
    link = lab.locator(".foot a").get_attribute("href")
    assert "network=yours" in link
    lab.get_by_role("button", name="Start again").click()
    assert is_python_s(lab)
    assert "network" not in lab.locator(".foot a").get_attribute("href")
    lab.get_by_role("button", name="Back to mine.pth").click()
    assert_answers(lab, networks.network(state))


def test_photographs_kernels_and_things_on_it(lab, tmp_path):
    state = networks.thin(seed=9)
    model = networks.network(state)
    drop(lab, mine_pth=networks.zipped(state))
    # a photo of the reader's: the network stays
    file = tmp_path / "photo.png"
    file.write_bytes(photograph("exact.png"))
    assert give(lab, file) == ""
    assert_answers(lab, model, preprocess.preprocess(photos.read(file)))
    lab.evaluate("lab => lab.openSample('coffee')")
    assert_answers(lab, model, samples.tensor("coffee"))
    # a kernel of conv1 is changed on it, and goes when it goes
    learned = maps(lab, 0)[0].reshape(64, -1)
    lab.evaluate("lab => { lab.set({ filter: 63, kernel: 'blur' }); }")
    settled(lab)
    changed = maps(lab, 0)[0].reshape(64, -1)
    assert (changed != learned).any(1).tolist() == [False] * 63 + [True]
    lab.evaluate("lab => { lab.set({ kernel: 'learned', network: 'book' }); }")
    assert is_python_s(lab)
    lab.evaluate("lab => { lab.set({ network: 'yours' }); }")
    assert_answers(lab, model, samples.tensor("coffee"))
    # a thing: its name is none of the network's
    lab.locator("summary", has_text="Put a thing").click()
    lab.get_by_role("button", name="Add", exact=True).click()
    now = settled(lab)
    assert len(now["choice"]["things"]) == 1 and now["best"]
    lab.locator(".answered", has_text=f"class {now['best'][0]['number']}, ").wait_for()


# ---- how it gets there


def test_the_first_load_has_nothing_of_it_and_nothing_is_sent(visit, tmp_path):
    asked = []
    page = visit("book/index.html")
    page.on("request", lambda r: asked.append((r.method, r.url.split("/")[-1].split("?")[0], r.post_data)))
    page.goto(page.url.replace("index.html", "lab.html"))
    lab = page.locator("cnn-lab")
    settled(lab)
    page.wait_for_load_state("networkidle")
    assert not READER & {name for _, name, _ in asked} and "imagenet.json" not in {name for _, name, _ in asked}
    asked.clear()
    file = tmp_path / "mine.pth"
    file.write_bytes(networks.zipped(networks.thin()))
    give_network(lab, file)
    sent = {each for each in asked if each[1] != "favicon.svg"}
    assert sent == {("GET", name, None) for name in READER}


STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:"
PLACES = {
    "from a folder": {"folder": True},
    "a careful host": {"policy": POLICY},
    "a host that allows no Blob as a worker": {"policy": STRICT},
    "no worker": {"script": "delete self.Worker"},
    "neither worker nor WebAssembly": {"script": "delete self.Worker; delete self.WebAssembly"},
}


@pytest.mark.parametrize("place", PLACES)
def test_it_is_read_everywhere(browser, origin, place):
    settings = PLACES[place]
    context = browser.new_context()
    context.add_init_script(settings.get("script", ""))
    page = context.new_page()
    if policy := settings.get("policy"):

        def answer(route):
            response = route.fetch()
            route.fulfill(response=response, headers=response.headers | {"content-security-policy": policy})

        page.route("**/*.html*", answer)
        page.route("**/*.js*", answer)
    page.goto((SITE / PAGE).as_uri() if settings.get("folder") else f"{origin}/{PAGE}")
    lab = page.locator("cnn-lab")
    settled(lab)
    state = networks.thin(seed=10)
    assert drop(lab, mine_pth=networks.zipped(state))["complaint"] == ""
    assert_answers(lab, networks.network(state))
    assert "is no file of tensors" in drop(lab, bad_pth=b"nothing")["complaint"]
    context.close()


def test_a_reader_that_cannot_be_loaded(visited):
    lab = visited()
    broken = "**/checkpoint.js"
    lab.page.route(broken, lambda route: route.abort())
    data = networks.zipped(networks.thin(seed=11))
    assert "could not be loaded, the connection seems lost" in drop(lab, mine_pth=data)["complaint"]
    lab.page.unroute(broken)
    lab.page.wrong.clear()
    assert drop(lab, mine_pth=data)["complaint"] == ""


def test_dropped_and_by_keyboard(lab, tmp_path):
    data = networks.zipped(networks.thin(seed=12))
    lab.evaluate(
        """(lab, code) => { const t = new DataTransfer();
        t.items.add(new File([insidecnn.decodeBase64(code)], 'dropped.pth'));
        lab.dispatchEvent(new DragEvent('drop', { dataTransfer: t, bubbles: true, cancelable: true })); }""",
        as_base64({"": data})[""],
    )
    lab.page.wait_for_function("document.querySelector('cnn-lab').snapshot().own?.name === 'dropped.pth'")
    settled(lab)
    field = lab.get_by_label("Open a network of yours…")
    lab.page.on("filechooser", lambda _: None)  # else the first key may come before the browser is told to report
    field.focus()
    expect(field).to_be_focused()
    with lab.page.expect_file_chooser() as chooser:
        lab.page.keyboard.press("Enter")
    (tmp_path / "chosen.pth").write_bytes(data)
    chooser.value.set_files(tmp_path / "chosen.pth")
    lab.page.wait_for_function("document.querySelector('cnn-lab').snapshot().own?.name === 'chosen.pth'")
    settled(lab)
