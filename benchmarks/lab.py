"""How fast and how exact the lab is, beside PyTorch, TensorFlow.js and ONNX Runtime Web; how long a reader waits.

    .venv/bin/python benchmarks/lab.py [FOLDER]

FOLDER holds the other two libraries, which the site does not use; without it they are left out:
``npm install --prefix FOLDER @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm onnxruntime-web`` and
``pip install onnx``. All run AlexNet's features on one thread, in turns; printed are medians and their ratios.
"""

import base64
import gzip
import http.server
import io
import shutil
import sys
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import sync_playwright
from tqdm import tqdm

from insidecnn import weights
from insidecnn.lab import fixed_order, samples
from insidecnn.lab.element import layers
from insidecnn.lab.samples import tensor

SITE = Path(__file__).parents[1] / "_build" / "html"
LIBRARIES = Path(sys.argv[1]) / "node_modules" if len(sys.argv) > 1 else None
ROUNDS = 15
PACKED = (".html", ".css", ".js", ".mjs", ".svg", ".json")
sent: dict[str, int] = {}


class Handler(http.server.BaseHTTPRequestHandler):
    """The site, the libraries under /js/, an empty page at /empty; text compressed, as static hosts do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.split("?")[0]
        file = LIBRARIES / path[4:] if path.startswith("/js/") else SITE / path[1:]
        data = made[path] if path in made else file.read_bytes() if file.is_file() else None
        self.send_response(404 if data is None else 200)
        data = data or b""
        kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript",
                 ".wasm": "application/wasm", ".svg": "image/svg+xml"}  # fmt: skip
        self.send_header(
            "Content-Type", kinds.get(file.suffix, "text/html" if path in made else "application/octet-stream")
        )
        if file.suffix in PACKED:
            data = gzip.compress(data, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        sent[path] = len(data)
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def onnx_model(features) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, last = [], [], "x"
    for number, layer in enumerate(features):
        name = f"s{number}"
        if isinstance(layer, torch.nn.Conv2d):
            for part in ("weight", "bias"):
                constants.append(numpy_helper.from_array(getattr(layer, part).detach().numpy(), f"{name}{part}"))
            pads = [layer.padding[0]] * 4
            nodes.append(
                helper.make_node(
                    "Conv", [last, f"{name}weight", f"{name}bias"], [name], strides=layer.stride, pads=pads
                )
            )
        elif isinstance(layer, torch.nn.ReLU):
            nodes.append(helper.make_node("Relu", [last], [name]))
        else:
            size = [layer.kernel_size] * 2
            nodes.append(helper.make_node("MaxPool", [last], [name], kernel_shape=size, strides=[layer.stride] * 2))
        last = name
    ends = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
        for n, s in (("x", (1, 3, 224, 224)), (last, (1, 256, 6, 6)))
    ]
    graph = helper.make_graph(nodes, "features", ends[:1], ends[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


OURS = """async ([layers, x]) => {
  for (const name of ['network']) await new Promise((done) => { const s = document.createElement('script'); s.src = `/_static/lab/${name}.js`; s.onload = done; document.head.append(s); });
  const bytes = async (name) => (await fetch('/_static/lab/' + name)).arrayBuffer();
  for (const kind of ['wasm', 'js']) {
    const keep = self.WebAssembly;
    if (kind === 'js') delete self.WebAssembly;
    const net = insidecnnNetwork(layers);
    await net.start(kind === 'js' ? null : await bytes('kernel.wasm'));
    self.WebAssembly = keep;
    for (const [n, l] of layers.entries()) if (l.kind === 'Conv2d') await net.unpack(n, await bytes(l.name + '.bin'));
    net.feed(Float32Array.from(x));
    self['run_' + kind] = () => { const t = performance.now(); layers.forEach((_, n) => net.run(n)); return performance.now() - t; };
  }
}"""
TENSORFLOW = """async ([layers, x, state]) => {
  const load = (src) => new Promise((done, failed) => { const s = document.createElement('script'); s.src = src; s.onload = done; s.onerror = failed; document.head.append(s); });
  await load('/js/@tensorflow/tfjs-core/dist/tf-core.min.js');
  await load('/js/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js');
  tf.wasm.setWasmPaths('/js/@tensorflow/tfjs-backend-wasm/dist/');
  tf.wasm.setThreadsCount(1);
  await tf.setBackend('wasm');
  await tf.ready();
  const input = tf.tensor4d(Float32Array.from(x), [1, 224, 224, 3]), w = {};
  for (const [name, [shape, code]] of Object.entries(state)) w[name] = tf.tensor(new Float32Array(Uint8Array.from(atob(code), (c) => c.charCodeAt(0)).buffer), shape);
  self.run_tfjs = async () => { const t = performance.now(); const out = tf.tidy(() => { let y = input;
    layers.forEach((l) => { if (l.kind === 'Conv2d') y = tf.add(tf.conv2d(tf.pad(y, [[0, 0], [l.padding, l.padding], [l.padding, l.padding], [0, 0]]), w[l.name + '.weight'], l.stride, 'valid'), w[l.name + '.bias']);
      else y = l.kind === 'ReLU' ? tf.relu(y) : tf.maxPool(y, l.kernel_size, l.stride, 'valid'); }); return y; });
    self.out_tfjs = [...await out.data()]; out.dispose(); return performance.now() - t; };
}"""
ONNX = """async ([x]) => {
  await new Promise((done, failed) => { const s = document.createElement('script'); s.src = '/js/onnxruntime-web/dist/ort.wasm.min.js'; s.onload = done; s.onerror = failed; document.head.append(s); });
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/js/onnxruntime-web/dist/';
  const session = await ort.InferenceSession.create('/model.onnx', { executionProviders: ['wasm'] });
  const input = new ort.Tensor('float32', Float32Array.from(x), [1, 3, 224, 224]);
  self.run_ort = async () => { const t = performance.now(); const out = await session.run({ x: input }); self.out_ort = [...Object.values(out)[0].data]; return performance.now() - t; };
}"""

# run_one(), run_all(): milliseconds from conv1 to fc8 in an engine of one worker, and in one with the helpers
ENGINES = """async (name) => {
  const { load, startEngine, startHelpers } = insidecnn.lab, { data } = document.querySelector('cnn-lab');
  for (const kind of ['one', 'all']) {
    let heard = () => {}, request = 1;
    const next = (type) => new Promise((done) => { heard = (message) => message.type === type && done(message); });
    const send = await startEngine((message) => heard(message), () => {}, () => {});
    send({ type: 'start', layers: data.layers, preset: data.preset, kernel: await load('kernel.wasm') });
    for (const file of new Set(data.layers.map((layer) => layer.file).filter(Boolean))) {
      const unpacked = next('unpacked');
      send({ type: 'weights', number: data.layers.findIndex((layer) => layer.file === file), file: await load(file) });
      await unpacked;
    }
    const opened = next('photo');
    send({ type: 'photo', request, name, file: await load(name) });
    const { left, top } = await opened;
    if (kind === 'all') await startHelpers(send);
    self[`run_${kind}`] = async () => {
      const answered = next('answer');
      send({ type: 'answer', request: ++request, left, top });
      return (await answered).milliseconds;
    };
  }
}"""

SETTLED = "document.querySelector('cnn-lab').whenSettled()"
# wait(act): milliseconds until the first map, until all maps, and of the longest task of the page's own thread (tasks
# of less than 50 ms are not told, and count as 0)
WAIT = """const lab = document.querySelector('cnn-lab'), tasks = [0];
const wait = async (act) => {
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration)));
  observer.observe({ type: 'longtask' });
  performance.clearMarks();
  const from = performance.now();
  await act();
  await lab.whenSettled();
  await new Promise((done) => setTimeout(done, 100));
  observer.disconnect();
  const since = (name) => performance.getEntriesByName(name).at(-1).startTime - from;
  return [since('lab-first-map'), since('lab-all-maps'), Math.max(...tasks)];
};"""

torch.set_num_threads(1)
features = weights.embedded().model.features
entries, x = layers(features), tensor(samples.NAMES[0])
made = {"/empty": b"<!doctype html><title>bench</title>"}

print("stage       largest number   largest difference from PyTorch, over all samples")
differences, sizes = np.zeros(13), np.zeros(13)
for name in samples.NAMES:
    y = given = tensor(name)
    for number, ((_, fixed), layer) in enumerate(zip(fixed_order.stages(features, given), features, strict=True)):
        with torch.no_grad():
            y = layer(y.clone())
        differences[number] = max(differences[number], np.abs(fixed - y[0].numpy()).max())
        sizes[number] = max(sizes[number], np.abs(fixed).max())
for entry, difference, size in zip(entries, differences, sizes, strict=True):
    print(f"{entry['short']:12}{size:10.2f}       {difference:.1e}")

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
origin = f"http://127.0.0.1:{server.server_port}"

with sync_playwright() as playwright:
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    browser = playwright.chromium.launch(executable_path=next(found), args=["--no-sandbox", "--disable-gpu"])
    page = browser.new_page()
    page.goto(f"{origin}/empty")
    pixels = x[0].permute(1, 2, 0).flatten().tolist()
    page.evaluate(OURS, [entries, pixels])
    runs = {"lab, WebAssembly": "run_wasm", "lab, JavaScript": "run_js"}
    if LIBRARIES:
        state = {
            name: (list(v.permute(2, 3, 1, 0).shape) if v.ndim == 4 else list(v.shape),
                   base64.b64encode((v.permute(2, 3, 1, 0) if v.ndim == 4 else v).contiguous().numpy().tobytes()).decode())
            for name, v in ((f"features.{k}", v) for k, v in features.state_dict().items())
        }  # fmt: skip
        page.evaluate(TENSORFLOW, [entries, pixels, state])
        made["/model.onnx"] = onnx_model(features)
        page.evaluate(ONNX, [x[0].flatten().tolist()])
        runs |= {"TensorFlow.js, wasm": "run_tfjs", "ONNX Runtime Web, wasm": "run_ort"}
    times = {"PyTorch, 1 thread": [], **{name: [] for name in runs}}
    for _ in tqdm(range(ROUNDS + 2), desc="rounds", file=sys.stderr):
        with torch.inference_mode():
            start = time.perf_counter()
            wanted = features(x)
            times["PyTorch, 1 thread"].append((time.perf_counter() - start) * 1000)
        for name, run in runs.items():
            times[name].append(page.evaluate(f"{run}()"))
    middle = {name: median(each[2:]) for name, each in times.items()}
    print(f"\nAlexNet's features, one photograph, {ROUNDS} rounds in turns: median ms, and times PyTorch")
    for name, each in middle.items():
        print(f"{name:24}{each:8.1f} {each / middle['PyTorch, 1 thread']:8.2f}")
    if LIBRARIES:
        for name, out, shape, order in (
            ("tfjs", "out_tfjs", (6, 6, 256), (2, 0, 1)),
            ("ort", "out_ort", (256, 6, 6), (0, 1, 2)),
        ):
            other = np.array(page.evaluate(out), np.float32).reshape(shape).transpose(order)
            print(f"  {name} differs from PyTorch by at most {np.abs(other - wanted[0].numpy()).max():.1e}")
    page.close()

    page = browser.new_page()
    page.goto(f"{origin}/book/lab.html")
    page.evaluate(SETTLED)
    page.evaluate(ENGINES, f"{samples.NAMES[0]}.jpg")
    model = weights.embedded().model
    whole = {"PyTorch, 1 thread": [], "lab, 1 worker": [], "lab, with helpers": []}
    for _ in tqdm(range(ROUNDS + 2), desc="rounds", file=sys.stderr):
        with torch.inference_mode():
            start = time.perf_counter()
            model(x)
            whole["PyTorch, 1 thread"].append((time.perf_counter() - start) * 1000)
        whole["lab, 1 worker"].append(page.evaluate("run_one()"))
        whole["lab, with helpers"].append(page.evaluate("run_all()"))
    cores = page.evaluate("navigator.hardwareConcurrency")
    page.close()
    print(f"\nThe whole network, from conv1 to fc8, {cores} cores: median ms, and times PyTorch")
    for name, each in whole.items():
        print(f"{name:24}{median(each[2:]):8.1f} {median(each[2:]) / median(whole['PyTorch, 1 thread'][2:]):8.2f}")

    print("\nOpening the page, cold, 20 ms away: seconds from the start of navigation; KB on the wire")
    for rate in (None, 50, 10, 2):
        firsts, alls, loads = [], [], []
        for _ in range(3):
            sent.clear()
            page = browser.new_context().new_page()
            if rate:
                line = page.context.new_cdp_session(page)
                line.send("Network.enable")
                speed = rate * 1e6 / 8
                line.send(
                    "Network.emulateNetworkConditions",
                    dict(offline=False, latency=20, downloadThroughput=speed, uploadThroughput=speed),
                )
            page.goto(f"{origin}/book/lab.html")
            page.evaluate(SETTLED)
            marks = page.evaluate(
                "Object.fromEntries(performance.getEntriesByType('mark').map((m) => [m.name, m.startTime / 1000]).reverse())"
            )
            begun = page.evaluate(
                "performance.getEntriesByName(new URL('../_static/lab/kernel.wasm', location).href)[0].startTime / 1000"
            )
            firsts.append((marks["lab-first-map"], marks["lab-first-map"] - begun))
            alls.append((marks["lab-all-maps"], marks["lab-all-maps"] - begun))
            page.context.close()
        own = {path: n for path, n in sent.items() if "/lab/" in path}
        first, whole = (tuple(median(each[i] for each in list_) for i in (0, 1)) for list_ in (firsts, alls))
        print(f"{f'{rate} Mbit/s' if rate else 'no limit':>10}: first map {first[0]:5.2f} (since the lab began {first[1]:.2f}), "
              f"all maps {whole[0]:5.2f} ({whole[1]:.2f}); {sum(sent.values()) / 1000:.0f} KB in all, {sum(own.values()) / 1000:.0f} of them the lab's")  # fmt: skip
    code = sum(n for path, n in own.items() if path.endswith((".js", ".css")))
    print(
        f"            until the first map, of the lab's: weights and kernel {(own['/_static/lab/features.0.bin'] + own['/_static/lab/kernel.wasm']) / 1000:.1f} KB, scripts and style {code / 1000:.1f} KB"
    )

    print("\nA warm lab, median ms, and times PyTorch's features: first map, all maps, the page's longest task")
    page = browser.new_page()
    page.goto(f"{origin}/book/lab.html")
    page.evaluate(SETTLED)
    random = np.random.default_rng(0)
    once = middle["PyTorch, 1 thread"]

    def waits(title, act, rounds=5):
        found = [
            page.evaluate(f"async () => {{ {WAIT} return wait(async () => {{ {act} }}); }}") for _ in range(rounds)
        ]
        each = [median(some) for some in zip(*found, strict=True)]
        print(f"  {title:34}" + "".join(f"{ms:8.0f} {ms / once:6.1f}" for ms in each))

    for width, height in ((640, 480), (1920, 1080), (4032, 3024)):
        small = Image.fromarray(random.integers(0, 256, (height // 16, width // 16, 3), np.uint8))
        file = io.BytesIO()
        small.resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
        code = base64.b64encode(file.getvalue()).decode()
        page.evaluate("(code) => { self.bytes = insidecnn.decodeBase64(code); }", code)
        waits(f"a photo of {width} × {height}", "lab.open(new File([self.bytes], 'photo.jpg'));")
    # two kernels in turns, as when painting: each is another one than before
    waits("another kernel of conv1", "self.other = !self.other; lab.set({ kernel: self.other ? 'blur' : 'noise' });")
    browser.close()

static = Path(__file__).parents[1] / "book" / "_static"
print("\nLines of our own code, without blank ones and comments")
for title, pattern in (
    ("lab, kernel in C", "lab/*.c"),
    ("lab, scripts", "lab/*.js"),
    ("widgets, scripts", "widgets/*.js"),
):
    lines = [line.strip() for path in sorted(static.glob(pattern)) for line in path.read_text().splitlines()]
    print(f"  {title:20}{sum(bool(line) and not line.startswith('//') for line in lines):6}")
