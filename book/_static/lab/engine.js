// The lab's work, in a worker of its own: messages in, messages out. Where workers are blocked, the page calls it.
//
// All messages, by their `type`. Those with a `request` are answered with the same number; a newer request of the same
// kind makes an older one void. Here run and answer are one kind: they fill the same maps.
//
// to the worker
//   start     {layers, preset, kernel}        once, first: the network, the pre-processing, kernel.wasm as bytes
//   weights   {number, file}                  the weights of layer `number`, and of those in the same file: bytes
//   helpers   {ports}                         of workers that share the convolutions, when all weights are here;
//                                             none if one of them has stopped
//   photo     {request, name, file}           a picture's file: bytes
//   world     {world}                         once, before the first things: see things.js
//   run       {request, left, top, things}    all stages, on the crop of the photo that begins at (left, top), with
//                                             things on it: a list of {number, variant, x, y, side, turn, mirrored}, in
//                                             pixels of the crop and degrees, the last one on top; [] if not given
//   answer    {request, left, top, things}    the same without the maps, for what is dragged: only the answer
//   kernel    {channel, base, paint}          change one kernel of conv1; base: 363 numbers from −1 to 1, or null for
//                                             the learned ones; paint: a list of [plane, row, column, sign]
//   explain   {request, run, number, channel, row, column}  why has this cell of stage `number` its value?
//   own       {request, file, layers, scripts}  read the reader's own network: a File, the layers of AlexNet with dense
//                                             matrices, and where the scripts that can read it are
//   network   {own}                           the network that everything is asked of from now on: the reader's own,
//                                             or the book's
//
// from the worker
//   awake        {}                           it can work; comes without being asked
//   ready        {note}                       answers start; note: what the reader should know, or ""
//   unpacked     {number}                     answers weights
//   not-unpacked {number, words}              the same, when they are damaged
//   photo-progress {request, share}           how much of a large photo has been read, from 0 to 1
//   photo        {request, pixels, width, height, left, top, notes, size}   answers photo, see photo.js
//   not-a-photo  {request, words}             the same, when it is refused: one sentence
//   stage        {request, number, maps}      answers run, once a stage: (C, H, W) float32
//   answer       {request, best, milliseconds}  answers answer, and run if the network goes on to the end;
//                                             best: the five largest logits, [{number, logit, probability}]
//   done         {request, milliseconds}      then
//   digests      {request, digests}           and at last: SHA-256 of each stage; "" where the page may compute none
//   kernel       {channel, numbers}           answers kernel: the weights that are in the network now, (3, 11, 11)
//   explanation  {request, number, channel, row, column, …}   answers explain, see network.explain; no answer comes if
//                                             the stage belongs to a run that is not `run`: it will be asked again
//   own-progress {request, share}             how much of it has been done, from 0 to 1
//   own          {request, layers, sha256}    answers own: its layers, the last one with as many outputs as it has
//   not-own      {request, words}             the same, when it is refused: one sentence; nothing has changed
//   failed       {what, words}                a message of type `what` could not be dealt with

// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnEngine = (post) => {
  const arrived = {}; // file of weights → {promise, done}: is it here?
  let photos, ready, program; // from start; program: kernel.wasm
  let book, own; // {layers, network, helpers} of the book's network and of the reader's own
  let layers, network, helpers; // of the one that is asked
  let exchanged; // the latest exchange of the two
  let ports = []; // of workers that share the convolutions
  let latestOwn, reading;
  let used; // the memory of a network of the reader's that is done
  let picture, latestPhoto; // from photo
  let latestRun; // or answer
  let working; // the layer that is being computed, perhaps of an older run
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

  // All layers, one after the other, with see(number) after each; the milliseconds that they took, or null if a newer
  // request came.
  async function compute({ request, left, top, things = [] }, see) {
    [latestRun, reached] = [request, -1];
    await exchanged;
    const input = photos.tensor(picture, left, top, things);
    let milliseconds = 0;
    for (const [number, layer] of layers.entries()) {
      await arrived[layer.file]?.promise;
      await pause();
      await working?.catch(() => {}); // a failure of an older run is not this one's
      if (latestRun !== request) return null;
      const started = performance.now();
      if (number === 0) {
        network.feed(input);
        newer = false;
      }
      working = helpers.run(number);
      await working;
      if (latestRun !== request) return null;
      milliseconds += performance.now() - started;
      reached = number;
      see?.(number);
    }
    return milliseconds;
  }

  // the reader's own network, from its file, see checkpoint.js
  async function readOwn(message) {
    const { request, file, scripts } = message;
    const refuse = (words) => post({ type: "not-own", request, words: `${file.name} ${words}` });
    try {
      if (!self.insidecnnCheckpoint) importScripts(...scripts);
    } catch {
      return refuse("was not read: what reads it could not be loaded, the connection seems lost. Open it again.");
    }
    const found = await self.insidecnnCheckpoint(message, {
      makeNetwork: async (of) => {
        const empty = self.insidecnnNetwork(of);
        await empty.start(program, used);
        used = null;
        return empty;
      },
      isLatest: () => latestOwn === request,
      progress: (share) => post({ type: "own-progress", request, share }),
    });
    const spare = found.words ? found.network : own?.network;
    if (spare && spare !== network) used ??= spare.memory();
    if (found.words) return refuse(found.words);
    own = { ...found, helpers: self.insidecnnHelpers(found.layers, found.network, program) };
    post({ type: "own", request, layers: found.layers, sha256: found.sha256 });
  }

  const goesToTheEnd = () => layers.at(-1).kind === "Linear";

  const actions = {
    async start({ layers: given, preset, kernel }) {
      program = kernel;
      layers = given;
      network = self.insidecnnNetwork(layers);
      helpers = self.insidecnnHelpers(layers, network, kernel);
      book = { layers, network, helpers };
      photos = self.insidecnnPhoto(preset);
      for (const { file } of layers) {
        if (!file || arrived[file]) continue;
        arrived[file] = {};
        arrived[file].promise = new Promise((done) => {
          arrived[file].done = done;
        });
      }
      ready = network.start(kernel);
      post({ type: "ready", note: await ready });
    },

    async weights({ number, file }) {
      await ready;
      try {
        await book.network.unpack(number, file);
      } catch (error) {
        return post({ type: "not-unpacked", number, words: error.message });
      }
      arrived[book.layers[number].file].done();
      post({ type: "unpacked", number });
    },

    async helpers({ ports: given }) {
      ports = given;
      helpers.use(ports);
    },

    async own(message) {
      latestOwn = message.request;
      const before = reading?.catch(() => {});
      const next = async () => {
        await ready;
        await before; // one at a time: each needs as much memory as its file has numbers
        await readOwn(message);
      };
      reading = next();
      await reading;
    },

    async network({ own: wanted }) {
      latestRun = null;
      const before = exchanged;
      const exchange = async () => {
        await before;
        await working?.catch(() => {});
        if (changed) network.kernel(0, changed.channel, changed.learned);
        [changed, newer] = [undefined, false];
        if (network !== book.network && network !== own.network) used = network.memory();
        ({ layers, network, helpers } = wanted ? own : book);
        helpers.use(ports);
      };
      exchanged = exchange();
      await exchanged;
    },

    async photo({ file, name, request }) {
      latestPhoto = request;
      try {
        const progress = (share) => latestPhoto === request && post({ type: "photo-progress", request, share });
        const found = await photos.read(file, progress);
        if (latestPhoto !== request) return;
        picture = found;
        post({ type: "photo", request, ...picture });
      } catch (error) {
        const known = error instanceof photos.PhotoError;
        const words = `${name} ${known ? error.message : `cannot be opened here (${error.message}).`}`;
        if (latestPhoto === request) post({ type: "not-a-photo", request, words });
      }
    },

    async world({ world }) {
      photos.drawWith(self.insidecnnThings(world));
    },

    async run(message) {
      const { request } = message;
      const maps = [];
      const milliseconds = await compute(message, (number) => {
        maps.push(network.byChannel(network.kept[number], layers[number].shape[0]));
        post({ type: "stage", request, number, maps: maps[number] });
      });
      if (milliseconds === null) return;
      if (goesToTheEnd()) post({ type: "answer", request, best: network.best(), milliseconds });
      post({ type: "done", request, milliseconds });
      const digests = await Promise.all(maps.map((each, i) => sha256(each.subarray(0, layers[i].units))));
      if (latestRun === request) post({ type: "digests", request, digests });
    },

    async answer(message) {
      const milliseconds = await compute(message);
      if (milliseconds === null) return;
      const best = goesToTheEnd() ? network.best() : [];
      post({ type: "answer", request: message.request, best, milliseconds });
    },

    // all other kernels become as they were learned; base and paint are in units of the largest learned weight
    async kernel({ channel, base, paint }) {
      await exchanged;
      await arrived[layers[0].file]?.promise;
      const before = changed && network.kernel(0, changed.channel);
      if (changed) network.kernel(0, changed.channel, changed.learned);
      newer ||= Boolean(changed) && before.some((weight, i) => weight !== changed.learned[i]);
      const learned = network.kernel(0, channel);
      const most = learned.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const numbers = base ? base.map((weight) => Math.fround(weight * most)) : [...learned];
      const side = layers[0].kernel_size;
      for (const [plane, row, column, sign] of paint) numbers[(plane * side + row) * side + column] = sign * most;
      network.kernel(0, channel, numbers);
      helpers.sendParameters(0);
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
  if (self.name === "helper") return self.insidecnnHelpers.listen();
  const act = self.insidecnnEngine((message) => self.postMessage(message));
  // WebKit's workers cannot read a Blob where the page is a file; then this fails, and the page works by itself
  await new Blob(["?"]).arrayBuffer();
  self.onmessage = ({ data }) => act(data);
  self.postMessage({ type: "awake" });
};

if (typeof WorkerGlobalScope !== "undefined" && !self.insidecnnNetwork) {
  importScripts("photo.js", "things.js", "network.js", "helpers.js");
  self.insidecnnEngine.listen();
}
