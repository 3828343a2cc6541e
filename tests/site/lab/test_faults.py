"""What can go wrong, goes wrong: a plain sentence each, and the page goes on working."""

import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error

from insidecnn import preprocess
from insidecnn.lab import element, samples
from tests.site.lab import networks
from tests.site.lab.conftest import (
    OPEN_ALL,
    PAGE,
    as_base64,
    crop,
    digests,
    give,
    is_python_s,
    loaded,
    python_crop,
    python_crop_digest,
    python_digests,
    settled,
    snapshot,
)
from tests.site.lab.photographs import encoded, jpeg, photograph, scene


def cut(data, share=0.6):
    return data[: int(len(data) * share)]


def damaged():
    data = bytearray(encoded(scene(300, 300), "PNG"))
    data[200:260] = bytes(60)
    return bytes(data)


def huge():
    """A PNG that says it has 30000 × 30000 pixels."""
    data = bytearray(encoded(scene(64, 64), "PNG"))
    data[16:24] = (30000).to_bytes(4, "big") * 2
    return bytes(data)


REFUSED = {
    "notes.png": (lambda: b"Dear diary, today I learned what a convolution is.\n", "notes.png is no picture: it starts with “Dear diary"),
    "empty.jpg": (lambda: b"", "empty.jpg is empty (0 bytes)"),
    "archive.jpg": (lambda: b"PK\x03\x04" + bytes(500), "is no picture: it starts with 50 4b 03 04"),
    "cut.png": (lambda: cut(encoded(scene(300, 200), "PNG")), "cut.png is a PNG file that ends too early"),
    "cut.jpg": (lambda: cut(jpeg(scene(300, 200))), "cut.jpg is a JPEG file that ends too early"),
    "cut.webp": (lambda: cut(encoded(scene(300, 200), "WEBP")), "cut.webp is a WebP file that ends too early"),
    "damaged.png": (damaged, "damaged.png is a PNG file that this browser cannot open"),
    "huge.png": (huge, "huge.png has 30000 × 30000 pixels, more than 50 million"),
    "scan.tif": (lambda: encoded(scene(100, 100), "TIFF"), "scan.tif is a TIFF file, which browsers do not open"),
}  # fmt: skip


def test_files_are_refused_in_a_sentence_and_the_page_goes_on(lab):
    before = settled(lab)
    verdict = lab.locator(".verdict").text_content()
    files = {name: make() for name, (make, _) in REFUSED.items()}
    found = lab.page.evaluate(OPEN_ALL, as_base64(files))
    for name, (_, words) in REFUSED.items():
        assert words in found[name], name
    after = snapshot(lab)
    assert (after["choice"], after["digests"]) == (before["choice"], before["digests"])
    assert lab.locator(".verdict").text_content() == verdict
    assert lab.locator(".complaint").inner_text() == found[list(REFUSED)[-1]]
    # each of them once more, and a good one after it
    good = photograph("exact.png")
    files = {key: each for name, data in files.items() for key, each in ((name, data), (f"after {name}", good))}
    found = lab.page.evaluate(OPEN_ALL, as_base64(files))
    wanted = python_crop_digest(good)
    assert all(found[f"after {name}"] == wanted for name in REFUSED), found
    assert lab.locator(".complaint").inner_text() == ""


def test_a_file_of_more_than_100_megabytes_is_refused(lab):
    """Made in the page: of this size nothing is sent to a browser."""
    file = "new File([new TextEncoder().encode('BM'), new Uint8Array(1e8 + 1)], 'a.bmp')"
    now = lab.evaluate(f"async (lab) => {{ await lab.open({file}); return lab.whenOpened(); }}")
    assert "a.bmp has 100 MB; at most 100 MB are opened here" in now["complaint"]


def test_the_same_file_can_be_given_again(lab, tmp_path):
    file = tmp_path / "photo.png"
    for width, height, seed in ((260, 300, 0), (300, 260, 3)):
        file.write_bytes(encoded(scene(width, height, seed), "PNG"))
        assert give(lab, file) == ""
        np.testing.assert_array_equal(crop(lab), python_crop(file))


def animation(kind):
    frames = [scene(200, 150, seed) for seed in range(3)]
    settings = {"lossless": True} if kind == "WEBP" else {}
    return encoded(frames[0], kind, **settings, save_all=True, append_images=frames[1:], duration=100, loop=0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_is_used(lab, tmp_path, kind):
    file = tmp_path / f"film.{kind.lower()}"
    file.write_bytes(animation(kind))
    assert give(lab, file) == ""
    assert "It moves: the first picture" in lab.locator(".notes").inner_text()
    first = np.array(preprocess.center_crop(preprocess.resize(Image.open(file).convert("RGB"))))
    np.testing.assert_array_equal(crop(lab), first)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparent_pixels_are_laid_over_white(lab, tmp_path, kind):
    image = scene(300, 260)
    y, x = np.mgrid[:260, :300]
    image.putalpha(Image.fromarray(((x + y) % 256).astype(np.uint8)))
    file = tmp_path / f"glass.{kind.lower()}"
    file.write_bytes(encoded(image, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {})))
    assert give(lab, file) == ""
    assert "transparent, white is behind it" in lab.locator(".notes").inner_text()
    assert np.abs(crop(lab).astype(int) - python_crop(file)).max() <= 1


@pytest.mark.parametrize(
    ("size", "words"),
    [((1, 1), "only 1 × 1 pixels"), ((20000, 10), "only the middle"), ((60000, 20), "only the middle")],
)
def test_odd_sizes_work_and_are_explained(lab, tmp_path, size, words):
    file = tmp_path / "odd.png"
    file.write_bytes(encoded(scene(*size), "PNG"))
    assert give(lab, file) == ""
    assert words in lab.locator(".notes").inner_text()
    np.testing.assert_array_equal(crop(lab), python_crop(file))


def test_an_engine_that_is_ready_late_wipes_nothing_out(fresh, tmp_path):
    """Its note comes after the photograph's, if the kernel is the last thing to arrive."""
    late = (
        "const post = Worker.prototype.postMessage; let kept; self.release = () => kept();"
        "Worker.prototype.postMessage = function (message) { if (message.type === 'start') {"
        " post.call(this, message); const listen = this.onmessage; this.onmessage = (event) =>"
        " event.data.type === 'ready' ? (kept = () => listen(event)) : listen(event); } else post.call(this, message); };"
    )
    lab = fresh(late)
    settled(lab)
    file = tmp_path / "small.png"
    file.write_bytes(photograph("small.png"))
    assert give(lab, file) == ""
    lab.page.evaluate("release()")
    assert "only 40 × 30 pixels" in lab.locator(".notes").inner_text()


# ---- what a browser may lack


@pytest.fixture
def fresh(browser, origin):
    """A lab in a browser of which something has been taken away before the page came."""
    contexts = []

    def go(script="", before=None, headers=None, fragment="", **settings):
        context = browser.new_context(**settings)
        contexts.append(context)
        context.add_init_script(script)
        page = context.new_page()
        if headers:

            def with_headers(route):
                with suppress(Error):  # the page may have given the file up meanwhile, as it does when it is closed
                    answer = route.fetch()
                    route.fulfill(response=answer, headers=answer.headers | headers)

            page.route("**/*", with_headers)
        if before:
            before(page)
        page.goto(f"{origin}/{PAGE}{fragment}")
        return page.locator("cnn-lab")

    yield go
    for context in contexts:
        context.close()


LACKS = {
    "no WebAssembly in the worker": (
        "const B = Blob; self.Blob = class extends B { constructor(parts, how) { super(how?.type === 'text/javascript' ? ['delete self.WebAssembly;', ...parts] : parts, how); } }",
        "WebAssembly is not available here",
    ),
    "no worker": ("delete self.Worker", "Workers are blocked here"),
    "a worker that fails": (
        "self.Worker = class extends EventTarget { constructor() { super(); setTimeout(() => this.onerror(new Event('error'))); } terminate() {} }",
        "Workers are blocked here",
    ),
    "neither": ("delete self.Worker; delete self.WebAssembly", "WebAssembly is not available here"),
    "no camera": ("delete Navigator.prototype.mediaDevices", None),
    "no OffscreenCanvas and no worker": ("delete self.Worker; delete self.OffscreenCanvas", "Workers are blocked here"),
}  # fmt: skip


@pytest.mark.parametrize("name", LACKS)
def test_the_same_bits_whatever_the_browser_lacks(fresh, name):
    script, words = LACKS[name]
    lab = fresh(script)
    assert is_python_s(lab)
    notes = lab.locator(".notes").inner_text()
    assert words in notes if words else notes == ""
    assert lab.get_by_role("button", name="Camera").is_visible() == (name != "no camera")


def test_weights_that_came_damaged_can_be_asked_for_again(fresh):
    """A login page of a hotel's network answers everything with 200."""
    lab = fresh(before=lambda page: page.route("**/features.6.bin", lambda r: r.fulfill(body="<h1>Welcome</h1>")))
    again = lab.get_by_role("button", name="Try again")
    again.wait_for()
    assert "weights of conv3 could not be loaded" in lab.locator(".progress").inner_text()
    lab.page.unroute("**/features.6.bin")
    again.click()
    assert is_python_s(lab)


def test_without_the_classifier_the_maps_are_usable(fresh, tmp_path):
    """Damaged, it is named, and can be asked for again; all stages before it work meanwhile, also of other photographs."""
    broken = "**/classifier.bin"
    lab = fresh(before=lambda page: page.route(broken, lambda route: route.fulfill(body="<h1>Welcome</h1>")))
    again = lab.get_by_role("button", name="Try again")
    again.wait_for()
    assert "weights of fc6 to fc8 could not be loaded" in lab.locator(".progress").inner_text()
    assert lab.locator(".answer").inner_text().strip() == "The answer needs the weights of all layers."
    file = tmp_path / "mine.png"
    file.write_bytes(photograph("exact.png"))
    assert give(lab, file) == ""
    wait_for_stages(lab, 13)
    lab.get_by_role("button", name=re.compile("^pool3")).click()
    lab.locator(".said", has_text="pool3, channel 0").wait_for()
    lab.page.unroute(broken)
    again.click()
    assert settled(lab)["digests"] == python_digests(file)
    lab.locator(".answer", has_text="The answer: ").wait_for()


def test_weights_with_dense_layers_end_at_pool3(fresh):
    """The page as it is made of a file of yours; such weights are no thin factors."""
    first = samples.NAMES[0]
    wanted = digests(samples.tensor(first))[:13]
    dense = replace(loaded(), factors={}, categories=None)
    markup = element.lab(dense, {name: wanted for name in samples.NAMES})._repr_mimebundle_()["text/html"]
    own = re.compile("<cnn-lab.*?</cnn-lab>", re.S)

    def of_dense(route):
        answer = route.fetch()
        page = own.sub(lambda _: own.search(markup)[0], answer.text())
        route.fulfill(response=answer, body=page)

    asked = []

    def before(page):
        page.route("**/lab.html", of_dense)
        page.on("request", lambda request: asked.append(request.url))

    lab = fresh(before=before)
    assert is_python_s(lab)
    now = snapshot(lab)
    assert (now["stages"], now["best"], now["complaint"]) == (13, None, "")
    words = (
        "The lab ends at pool3: the dense layers of these weights have 59 million numbers, too many to send with a page. "
        "Open the file of the weights here, and it goes on."
    )
    assert lab.locator(".answer").inner_text() == words
    assert "All weights are here" in lab.locator(".progress").inner_text()
    assert not any("classifier" in url for url in asked)
    assert "classifier" not in lab.locator(".proof code").text_content()
    # a network of the reader's has all its stages here, too
    code = as_base64({"": networks.zipped(networks.thin(5))})[""]
    lab.evaluate("(lab, code) => lab.open(new File([insidecnn.decodeBase64(code)], 'mine.pth'))", code)
    now = settled(lab)
    assert (now["stages"], len(now["best"]), lab.locator("button.stage").count()) == (18, 5, 18)
    lab.get_by_role("button", name="Back to the book’s network").click()
    assert is_python_s(lab) and lab.locator("button.stage").count() == 13
    assert lab.locator(".answer").inner_text() == words


def shown(lab):
    now = snapshot(lab)
    return now["photo"]["sample"], now["choice"]["sample"]


def test_the_last_choice_counts(fresh, tmp_path):
    """Two choices at once, in each order of arrival; what is refused costs nothing that is shown."""
    waiting = []
    lab = fresh(before=lambda page: page.route("**/china.jpg", lambda route: waiting.append(route)))
    assert is_python_s(lab)
    with lab.page.expect_request("**/china.jpg"):
        lab.get_by_role("button", name="A pavilion in Beijing").click()
    lab.get_by_role("button", name="A cup of coffee").click()
    assert is_python_s(lab) and shown(lab) == ("coffee", "coffee")
    with lab.page.expect_response("**/china.jpg"):
        waiting[0].continue_()
    lab.page.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert is_python_s(lab) and shown(lab) == ("coffee", "coffee")
    for right in (1, 0):  # the worker, too, still has the cup
        lab.evaluate("(lab, right) => lab.movePhoto(right, 0)", right)
        settled(lab)
    assert is_python_s(lab)

    # a large photograph is still being decoded when a sample is chosen
    name, large = "large.png", encoded(scene(1600, 1200), "PNG")
    lab.evaluate(
        """async (lab, [name, code]) => { await lab.open(new File([insidecnn.decodeBase64(code)], name));
        await lab.openSample('rings'); }""",
        [name, as_base64({name: large})[name]],
    )
    assert is_python_s(lab) and shown(lab) == ("rings", "rings")
    lab.page.context.set_offline(True)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    assert "is no picture" in give(lab, bad)
    lab.get_by_role("button", name=re.compile("^conv2")).click()
    assert shown(lab) == ("rings", "rings") and "Rings" in lab.locator(".photo figcaption").inner_text()
    assert "is no picture" in lab.locator(".complaint").inner_text(), "it stays until another photograph is chosen"
    lab.get_by_role("button", name=samples.title(samples.NAMES[0])).click()
    assert lab.locator(".complaint").inner_text() == ""


def test_an_old_browser_is_told_so(fresh):
    lab = fresh("delete self.DecompressionStream")
    lab.locator(".complaint", has_text="too old for the lab: it has no DecompressionStream").wait_for()


STRICT = (
    "default-src 'self'; script-src 'self'{}; style-src 'self' 'unsafe-inline'; img-src 'self'{}; object-src 'none'"
)


@pytest.mark.parametrize(
    ("extra", "slow"), [("", True), (" 'wasm-unsafe-eval'", False)], ids=["no WebAssembly", "with WebAssembly"]
)
def test_a_strict_content_security_policy(fresh, extra, slow):
    policy = STRICT.format(extra, "")
    lab = fresh(headers={"content-security-policy": policy})
    assert is_python_s(lab)
    notes = lab.locator(".notes").inner_text()
    assert ("WebAssembly is not available" in notes) == slow
    assert "Workers" not in notes
    # nothing of the lab's own is drawn with what the policy forbids
    assert lab.locator("[style]").evaluate_all("all => all.filter(e => e.tagName !== 'CANVAS').length") == 0


def test_a_policy_that_forbids_workers(fresh):
    lab = fresh(headers={"content-security-policy": STRICT.format(" 'wasm-unsafe-eval'", "") + "; worker-src 'none'"})
    assert is_python_s(lab)
    assert "Workers are blocked here" in lab.locator(".notes").inner_text()


def wait_for_stages(lab, count):
    lab.page.wait_for_function(f"document.querySelector('cnn-lab').snapshot().stages === {count}")


def test_a_connection_lost_in_the_middle_of_the_weights(fresh):
    lost = []

    def before(page):
        page.route("**/features.6.bin", lambda route: lost.append(1) or route.abort())

    lab = fresh(before=before)
    again = lab.get_by_role("button", name="Try again")
    again.wait_for()
    assert "weights of conv3 could not be loaded: the connection seems lost" in lab.locator(".progress").inner_text()
    wait_for_stages(lab, 6)  # conv1 to pool2
    lab.get_by_role("button", name=re.compile("^pool2")).click()
    lab.locator(".explanation .title", has_text=re.compile("^Why −?\\d")).wait_for()
    lab.get_by_role("button", name=re.compile("^conv3")).click()
    for figure in (".one", ".all"):
        words = lab.locator(f"{figure} .awaited").inner_text()
        assert words == "This needs the weights of conv3: see above."
    lab.get_by_role("button", name=re.compile("^pool2")).click()
    assert lab.locator(".one .awaited").inner_text() == ""
    again.click()  # still lost
    again.wait_for()
    assert len(lost) == 2
    lab.page.unroute("**/features.6.bin")
    again.click()
    assert is_python_s(lab)


def test_a_sample_that_cannot_be_loaded(fresh):
    lab = fresh(before=lambda page: page.route("**/coffee.jpg", lambda route: route.abort()))
    settled(lab)
    lab.get_by_role("button", name="A cup of coffee").click()
    lab.locator(".complaint", has_text="“A cup of coffee” could not be loaded").wait_for()
    lab.page.unroute("**/coffee.jpg")
    lab.get_by_role("button", name="A cup of coffee").click()
    assert is_python_s(lab)
    assert lab.locator(".complaint").inner_text() == "" and snapshot(lab)["photo"]["name"] == "coffee.jpg"


def test_no_false_alarm_while_photographs_change(fresh):
    """The hashes of one photograph are never held against another's."""
    lab = fresh()
    assert is_python_s(lab)
    lab.evaluate(
        """lab => { const verdict = lab.querySelector('.verdict'), told = (self.verdicts = []);
        new MutationObserver(() => told.push(verdict.dataset.same ?? verdict.textContent))
        .observe(verdict, { attributes: true, childList: true, characterData: true, subtree: true }); }"""
    )
    for name in ("A cup of coffee", "Rings", "A dahlia"):
        lab.get_by_role("button", name=name).click()
        assert is_python_s(lab)
    lab.evaluate("lab => lab.movePhoto(3, 3)")
    settled(lab)
    told = lab.page.evaluate("verdicts")
    assert "true" in told and "false" not in told and not any("not the bits" in words for words in told)


def test_once_loaded_it_works_without_a_network(fresh, tmp_path):
    lab = fresh()
    lab.locator(".progress", has_text="no connection is needed any more").wait_for()
    lab.page.context.set_offline(True)
    file = tmp_path / "mine.jpg"
    file.write_bytes(jpeg(scene(500, 400, 3)))
    assert give(lab, file) == ""
    assert settled(lab)["digests"] == python_digests(file)


def test_nothing_is_sent(fresh, tmp_path):
    asked = []
    lab = fresh(before=lambda page: page.on("request", lambda r: asked.append((r.method, r.url, r.post_data))))
    settled(lab)
    lab.page.wait_for_load_state("networkidle")
    asked.clear()
    file = tmp_path / "mine.jpg"
    file.write_bytes(jpeg(scene(500, 400, 3)))
    give(lab, file)
    settled(lab)
    # Chromium asks for the icon again when the address changes
    assert [each for each in asked if not each[1].endswith("favicon.svg")] == []


def test_who_saves_data_is_asked_first(fresh):
    lab = fresh("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    more = lab.get_by_role("button", name="Load them")
    more.wait_for()
    wait_for_stages(lab, 3)  # conv1 to pool1
    more.click()
    assert is_python_s(lab)


def test_dropped_and_pasted_files(lab, tmp_path):
    data = list(jpeg(scene(400, 300, 5)))
    file = tmp_path / "photo.jpg"
    file.write_bytes(bytes(data))
    wanted = python_crop(file)
    transfer = "const t = new DataTransfer(); t.items.add(new File([new Uint8Array(data)], 'photo.jpg'));"
    for event in (
        "lab.dispatchEvent(new DragEvent('drop', { dataTransfer: t, bubbles: true, cancelable: true }))",
        "document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: t, bubbles: true }))",
    ):
        lab.evaluate("lab => lab.openSample('rings')")
        lab.evaluate(f"(lab, data) => {{ {transfer} {event}; }}", data)
        assert settled(lab)["choice"]["sample"] == "yours"
        np.testing.assert_array_equal(crop(lab), wanted)
    lab.evaluate(
        "lab => lab.dispatchEvent(new DragEvent('drop', { dataTransfer: new DataTransfer(), cancelable: true }))"
    )
    assert "What was dropped is no file" in lab.locator(".complaint").inner_text()


def test_a_camera_that_may_not_be_used(fresh):
    lab = fresh()
    settled(lab)
    lab.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )
    lab.get_by_role("button", name="Camera").click()
    lab.locator(".complaint", has_text="The camera cannot be used: it was not allowed").wait_for()


def test_a_picture_from_the_camera(fresh):
    lab = fresh()
    settled(lab)
    # a made camera: a canvas that streams the scene's place in colours
    lab.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = async () => { const c = document.createElement('canvas'); c.width = 320; c.height = 240;
        const p = c.getContext('2d'); p.fillStyle = 'rgb(200 40 80)'; p.fillRect(0, 0, 320, 240); const s = c.captureStream(30); p.fillRect(0, 0, 320, 240); return s; }; }"""
    )
    lab.get_by_role("button", name="Camera").click()
    lab.get_by_role("button", name="Close the camera").click()
    lab.get_by_role("button", name="Camera", exact=True).click()
    assert lab.get_by_role("button", name="Camera", exact=True).is_disabled()  # one at a time
    lab.page.wait_for_function("document.querySelector('cnn-lab video')?.videoWidth > 0")
    stream = lab.page.evaluate_handle("document.querySelector('cnn-lab video').srcObject")
    lab.get_by_role("button", name="Take the picture").click()
    lab.page.wait_for_function("document.querySelector('cnn-lab').snapshot().photo.name === 'camera.png'")
    pixels = crop(lab).reshape(-1, 3)
    assert np.abs(pixels.astype(int) - (200, 40, 80)).max() < 12  # video is not exact
    assert lab.locator("video").count() == 0
    assert stream.evaluate("s => s.getTracks().map((t) => t.readyState)") == ["ended"]
    assert settled(lab)["digests"] == digests(preprocess.preprocess(Image.fromarray(crop(lab)), 224, 224))
