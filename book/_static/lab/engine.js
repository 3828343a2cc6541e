// The lab's work, in a worker of its own: messages in, messages out. Where workers are blocked, the page calls it.
//
// All messages, by their `type`. Those with a `request` are answered with the same number; a newer request of the same
// kind makes an older one void.
//
// to the worker
//   start     {layers, preset, kernel}        once, first: the network, the pre-processing, kernel.wasm as bytes
//   weights   {number, file}                  the weights of layer `number`: bytes, see network.unpack
//   photo     {request, name, file}           a picture's file: bytes
//   run       {request, left, top}            all stages, on the crop of the photo that begins at (left, top)
//   kernel    {channel, base, paint}          change one kernel of conv1; base: 363 numbers from −1 to 1, or null for
//                                             the learned ones; paint: a list of [plane, row, column, sign]
//   explain   {request, run, number, channel, row, column}  why has this cell of stage `number` its value?
//
// from the worker
//   awake        {}                           it can work; comes without being asked
//   ready        {note}                       answers start; note: what the reader should know, or ""
//   unpacked     {number}                     answers weights
//   not-unpacked {number, words}              the same, when they are damaged
//   photo        {request, pixels, width, height, left, top, notes, size}   answers photo, see photo.js
//   not-a-photo  {request, words}             the same, when it is refused: one sentence
//   stage        {request, number, maps}      answers run, thirteen times: (C, H, W) float32
//   done         {request, milliseconds}      then
//   digests      {request, digests}           and at last: SHA-256 of each stage; "" where the page may compute none
//   kernel       {channel, numbers}           answers kernel: the weights that are in the network now, (3, 11, 11)
//   explanation  {request, number, channel, row, column, …}   answers explain, see network.explain; no answer comes if
//                                             the stage belongs to a run that is not `run`: it will be asked again
//   failed       {what, words}                a message of type `what` could not be dealt with

// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnEngine = (post) => {
  const arrived = {}; // layer number → {promise, done}: are its weights here?
  let network, photos, layers, ready; // from start
  let picture, latestPhoto; // from photo
  let latestRun;
  let reached = -1; // the stage to which it has come
  let changed; // the kernel of conv1 that was changed last: {channel, learned}
  let newer = false; // has a kernel of conv1 changed since its maps were computed?

  // let messages in between two layers
  const pause = () =>
    new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        done();
      };
      port2.postMessage(0);
    });

  const sha256 = async (maps) => {
    if (!self.crypto?.subtle) return ""; // pages that came without https have none
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", maps));
    return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  const actions = {
    async start({ layers: given, preset, kernel }) {
      layers = given;
      network = self.insidecnnNetwork(layers);
      photos = self.insidecnnPhoto(preset);
      layers.forEach((layer, number) => {
        if (layer.kind !== "Conv2d") return;
        arrived[number] = {};
        arrived[number].promise = new Promise((done) => {
          arrived[number].done = done;
        });
      });
      ready = network.start(kernel);
      post({ type: "ready", note: await ready });
    },

    async weights({ number, file }) {
      await ready;
      try {
        await network.unpack(number, file);
      } catch (error) {
        return post({ type: "not-unpacked", number, words: error.message });
      }
      arrived[number].done();
      post({ type: "unpacked", number });
    },

    async photo({ file, name, request }) {
      latestPhoto = request;
      try {
        const found = await photos.read(file);
        if (latestPhoto !== request) return;
        picture = found;
        post({ type: "photo", request, ...picture });
      } catch (error) {
        const known = error instanceof photos.PhotoError;
        const words = `${name} ${known ? error.message : `cannot be opened here (${error.message}).`}`;
        if (latestPhoto === request) post({ type: "not-a-photo", request, words });
      }
    },

    async run({ request, left, top }) {
      [latestRun, reached] = [request, -1];
      const input = photos.tensor(picture, left, top);
      const maps = [];
      let milliseconds = 0;
      for (const [number, layer] of layers.entries()) {
        await arrived[number]?.promise;
        await pause();
        if (latestRun !== request) return;
        const started = performance.now();
        if (number === 0) {
          network.feed(input);
          newer = false;
        }
        network.run(number);
        maps.push(network.byChannel(network.kept[number], layer.shape[0]));
        reached = number;
        milliseconds += performance.now() - started;
        post({ type: "stage", request, number, maps: maps[number] });
      }
      post({ type: "done", request, milliseconds });
      const digests = await Promise.all(maps.map(sha256));
      if (latestRun === request) post({ type: "digests", request, digests });
    },

    // all other kernels become as they were learned; base and paint are in units of the largest learned weight
    async kernel({ channel, base, paint }) {
      await arrived[0].promise;
      const before = changed && network.kernel(0, changed.channel);
      if (changed) network.kernel(0, changed.channel, changed.learned);
      newer ||= Boolean(changed) && before.some((weight, i) => weight !== changed.learned[i]);
      const learned = network.kernel(0, channel);
      const most = learned.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const numbers = base ? base.map((weight) => Math.fround(weight * most)) : [...learned];
      const side = layers[0].kernel_size;
      for (const [plane, row, column, sign] of paint) numbers[(plane * side + row) * side + column] = sign * most;
      network.kernel(0, channel, numbers);
      newer ||= numbers.some((weight, i) => weight !== learned[i]);
      changed = { channel, learned };
      post({ type: "kernel", channel, numbers });
    },

    async explain({ request, run, number, channel, row, column }) {
      if (latestRun !== run || number > reached || (number === 0 && newer)) return;
      const found = network.explain(number, channel, row, column);
      post({ type: "explanation", request, number, channel, row, column, ...found });
    },
  };

  return (message) =>
    actions[message.type](message).catch((error) => {
      post({ type: "failed", what: message.type, words: error.message });
    });
};

self.insidecnnEngine.listen = async () => {
  const act = self.insidecnnEngine((message) => self.postMessage(message));
  // WebKit's workers cannot read a Blob where the page is a file; then this fails, and the page works by itself
  await new Blob(["?"]).arrayBuffer();
  self.onmessage = ({ data }) => act(data);
  self.postMessage({ type: "awake" });
};

if (typeof WorkerGlobalScope !== "undefined" && !self.insidecnnNetwork) {
  importScripts("photo.js", "network.js");
  self.insidecnnEngine.listen();
}
