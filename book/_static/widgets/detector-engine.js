// YOLO in the browser: pixels in, what the cells say out; in a worker, or, where workers are blocked, in the page.
// The convolutions are the lab's: network.js and kernel.wasm. `layers` comes from src/insidecnn/lab/detector.py.
//
// The whole is one function, since the worker gets its text.
self.insidecnnDetector = (layers) => {
  const network = self.insidecnnNetwork(layers);
  const last = layers.length - 1;

  // returns a sentence if the browser is slow at this
  async function start(kernel, weights) {
    const note = await network.start(kernel);
    await network.unpack(0, weights);
    return note;
  }

  // every d-th pixel of maps (height, width, channels), from (top, left) on
  function phase(maps, [channels, height, width], d, top, left) {
    const out = new Float32Array(channels * height * width);
    for (let row = 0, to = 0; row < height; row++) {
      for (let column = 0; column < width; column++, to += channels) {
        const from = ((row * d + top) * width * d + column * d + left) * channels;
        out.set(maps.subarray(from, from + channels), to);
      }
    }
    return out;
  }

  // and back into their places
  function scatter(part, [channels, height, width], d, top, left, out) {
    for (let row = 0, from = 0; row < height; row++) {
      for (let column = 0; column < width; column++, from += channels) {
        out.set(part.subarray(from, from + channels), ((row * d + top) * width * d + column * d + left) * channels);
      }
    }
  }

  // One convolution. With dilation d it is d × d ordinary ones, each on every d-th pixel in both directions.
  function convolve(number, maps) {
    const { dilation: d, given, shape } = layers[number];
    if (d === 1) return network.convolved(number, maps);
    const out = new Float32Array(shape.reduce((a, b) => a * b) * d * d);
    for (let top = 0; top < d; top++) {
      for (let left = 0; left < d; left++) {
        scatter(network.convolved(number, phase(maps, given, d, top, left)), shape, d, top, left, out);
      }
    }
    return out;
  }

  // pixels (128, 128, 3) uint8 → (16, 16, 16) numbers, cell by cell: five for each of two boxes, four classes, zeros
  function run(pixels) {
    let maps = Float32Array.from(pixels, (level) => level / 255);
    for (let number = 0; number <= last; number++) {
      maps = convolve(number, maps);
      if (number < last) maps.forEach((value, i) => value < 0 && (maps[i] = 0)); // ReLU
    }
    return maps;
  }

  return { start, run };
};

// messages: {layers, kernel, weights} once, then {request, pixels} as often as wanted; answered by {note} and
// {request, cells, milliseconds}, or {failed}
self.insidecnnDetector.answering = (post) => {
  let detector, ready;
  return async ({ layers, kernel, weights, request, pixels }) => {
    try {
      if (layers) {
        detector = self.insidecnnDetector(layers);
        ready = detector.start(kernel, weights);
        return post({ note: await ready });
      }
      await ready;
      const begun = performance.now();
      const cells = detector.run(pixels);
      post({ request, cells, milliseconds: performance.now() - begun });
    } catch (error) {
      post({ failed: error.message });
    }
  };
};

// A function that sends messages to a worker, or to this page itself; receive(message) gets the answers. The worker's
// program comes as text: it needs no further files, and browsers start none from file://.
self.insidecnnDetector.open = async (receive) => {
  const PATIENCE = 5000; // milliseconds until a worker that says nothing counts as blocked
  const text = [
    `self.insidecnnNetwork = ${self.insidecnnNetwork};\n`,
    `self.insidecnnDetector = ${self.insidecnnDetector};\n`,
    `const answer = (${self.insidecnnDetector.answering})((message) => self.postMessage(message));\n`,
    "self.onmessage = ({ data }) => answer(data);\nself.postMessage({ awake: true });",
  ];
  const place = URL.createObjectURL(new Blob(text, { type: "text/javascript" }));
  try {
    const worker = new Worker(place);
    await new Promise((awake, failed) => {
      worker.onmessage = awake;
      worker.onerror = (event) => {
        event.preventDefault();
        failed(event);
      };
      setTimeout(failed, PATIENCE);
    });
    worker.onmessage = ({ data }) => receive(data);
    worker.onerror = () => receive({ failed: "the worker has stopped" });
    return (message) => worker.postMessage(message);
  } catch {
    return self.insidecnnDetector.answering(receive);
  }
};
