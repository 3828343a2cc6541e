"""The convolutions on several cores: whoever computes a channel, the bits are the same."""

import pytest

from insidecnn.lab import samples
from tests.site.lab.conftest import PAGE, is_python_s, maps, settled, snapshot

CORES = "Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => %d });"
# helpers that are awake, and have been given to the engine
AWAKE = """self.awake = 0;
self.Worker = class extends Worker {
  constructor(place, how) {
    super(place, how);
    if (how.name === 'helper') this.addEventListener('message', () => setTimeout(() => { self.awake++; }));
  }
};"""
# a helper of another program: it answers each convolution with `answer`
OTHER = """const program = `postMessage({ type: 'awake' });
  onmessage = ({ data: { port } }) => { let layers;
    port.onmessage = ({ data }) => {
      if (data.type === 'start') layers = data.layers;
      if (data.type === 'convolve') port.postMessage((%s)(layers.find(({ number }) => number === data.number)));
    };
  };`;
self.Worker = class extends Worker {
  constructor(place, how) {
    super(how.name === 'helper' ? URL.createObjectURL(new Blob([program])) : place, how);
  }
};"""
ZEROS = "({ shape }) => new Float32Array(shape.reduce((a, b) => a * b))"


@pytest.fixture
def with_script(browser, origin):
    contexts = []

    def go(cores, script=""):
        context = browser.new_context()
        contexts.append(context)
        context.add_init_script(CORES % cores + script + AWAKE)
        page = context.new_page()
        page.goto(f"{origin}/{PAGE}")
        lab = page.locator("cnn-lab")
        page.wait_for_function("(count) => awake === count", arg=min(cores, 4) - 1)
        for right in (1, 0):  # the first run may have come before them
            lab.evaluate("(lab, right) => lab.movePhoto(right, 0)", right)
            settled(lab)
        return lab

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("cores", [1, 2, 3, 4, 16])
def test_the_bits_are_python_s_on_every_number_of_cores(with_script, cores):
    lab = with_script(cores)
    assert is_python_s(lab) and len(lab.page.workers) == min(cores, 4)
    # another kernel of conv1 comes to the helpers, too: channel 63 is one of theirs
    learned, *_ = maps(lab, 0)
    lab.evaluate("lab => { lab.set({ filter: 63, kernel: 'blur' }); }")
    settled(lab)
    changed, *_ = maps(lab, 0)
    differs = (learned != changed).reshape(64, -1).any(1)
    assert differs.tolist() == [False] * 63 + [True]


def test_the_numbers_of_the_helpers_are_used(with_script):
    """Of one that answers zeros, the second half of conv1 is zero."""
    lab = with_script(2, OTHER % ZEROS)
    conv1 = maps(lab, 0)[0].reshape(64, -1)
    assert conv1[:32].any(1).all() and not conv1[32:].any()


def test_a_helper_that_stops_does_no_harm(with_script):
    lab = with_script(3, OTHER % "() => null")
    assert is_python_s(lab)


# an engine of its own, to which messages are sent as a page would; all that it says until it has answered `last`
ASK = """async ([name, requests, last]) => {
  const { load, startEngine } = insidecnn.lab, { data } = document.querySelector('cnn-lab');
  const said = [], waiting = [];
  const until = (holds) => new Promise((done) => waiting.push(() => holds(said.at(-1)) && done()));
  const send = await startEngine((message) => { said.push(message); waiting.forEach((look) => look()); }, () => {}, () => {});
  send({ type: 'start', layers: data.layers, preset: data.preset, kernel: await load('kernel.wasm') });
  const opened = until(({ type }) => type === 'photo');
  send({ type: 'photo', request: 1, name, file: await load(name) });
  await opened;
  const { left, top } = said.at(-1);
  for (const [number, { file }] of data.layers.entries()) {
    if (file && data.layers.findIndex((layer) => layer.file === file) === number)
      send({ type: 'weights', number, file: await load(file) });
  }
  const answered = until(({ type, request }) => type === last.type && request === last.request);
  for (const request of requests) send({ left, top, ...request });
  await answered;
  return said.map(({ type, request, best }) => ({ type, request, best }));
}"""


def test_an_answer_alone_comes_without_maps_and_the_newest_request_wins(lab):
    settled(lab)
    wanted = snapshot(lab)["best"]
    requests = [{"type": "answer", "request": request} for request in (2, 3, 4)]
    said = lab.page.evaluate(ASK, [f"{samples.NAMES[0]}.jpg", requests, {"type": "answer", "request": 4}])
    answers = [each for each in said if each["type"] in ("answer", "stage", "done", "digests")]
    assert answers == [{"type": "answer", "request": 4, "best": wanted}]


def test_a_run_behind_an_answer_gives_all_maps(lab):
    requests = [{"type": "answer", "request": 2, "things": []}, {"type": "run", "request": 3}]
    said = lab.page.evaluate(ASK, [f"{samples.NAMES[1]}.jpg", requests, {"type": "digests", "request": 3}])
    kinds = [each["type"] for each in said if each["request"] == 3]
    assert kinds == ["stage"] * 18 + ["answer", "done", "digests"]
    assert not any(each["request"] == 2 for each in said)
