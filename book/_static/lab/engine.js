// The lab's work, in a worker of its own: messages in, messages out. Where workers are blocked, the page calls it itself.
self.insidecnnEngine = function (post) {
  const arrived = {}; // layer number → {promise, done}: are its weights here?
  let network, photos, layers, ready; // from start
  let picture, latestPhoto; // from photo
  let latest, reached = -1; // the run, and the stage it has come to
  let changed; // the kernel of conv1 that was changed last: {channel, learned}
  let newer = false; // has a kernel of conv1 changed since its maps were computed?

  // let messages in between two layers
  const breathe = () => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); done(); };
    port2.postMessage(0);
  });
  // files are bytes, or base64 where the page is a file itself
  const bytesOf = (file) => (typeof file === "string" ? Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)) : new Uint8Array(file));

  const sha256 = async (maps) => {
    if (!self.crypto?.subtle) return ""; // pages that came without https have none
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", maps));
    return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  const acts = {
    async start({ layers: given, preset, kernel }) {
      layers = given;
      network = self.insidecnnNetwork(layers);
      photos = self.insidecnnPhoto(preset);
      layers.forEach((layer, number) => {
        if (layer.kind !== "Conv2d") return;
        arrived[number] = {};
        arrived[number].promise = new Promise((done) => { arrived[number].done = done; });
      });
      ready = network.start(bytesOf(kernel));
      post({ type: "ready", note: await ready });
    },

    async weights({ number, file }) {
      await ready;
      try {
        await network.unpack(number, bytesOf(file));
      } catch (error) {
        return post({ type: "unpacked", number, words: error.message });
      }
      arrived[number].done();
      post({ type: "unpacked", number });
    },

    async photo({ file, name, turn }) {
      latestPhoto = turn;
      try {
        const found = await photos.read(bytesOf(file));
        if (latestPhoto !== turn) return;
        picture = found;
        post({ type: "photo", turn, name, ...picture });
      } catch (error) {
        const words = error instanceof photos.PhotoError ? error.message : `cannot be opened here (${error.message}).`;
        if (latestPhoto === turn) post({ type: "refused", turn, words: `${name} ${words}` });
      }
    },

    // all stages for the crop at (left, top); a newer run stops an older one
    async run({ turn, left, top }) {
      [latest, reached] = [turn, -1];
      const input = photos.tensor(picture, left, top), maps = [];
      let working = 0;
      for (const [number, layer] of layers.entries()) {
        await arrived[number]?.promise;
        await breathe();
        if (latest !== turn) return;
        const started = performance.now();
        if (number === 0) {
          network.feed(input);
          newer = false;
        }
        network.run(number);
        maps.push(network.byChannel(network.kept[number], layer.shape));
        reached = number;
        working += performance.now() - started;
        post({ type: "stage", turn, number, maps: maps[number] });
      }
      post({ type: "done", turn, ms: working });
      const digests = await Promise.all(maps.map(sha256));
      if (latest === turn) post({ type: "digests", turn, digests });
    },

    // One kernel of conv1, from `base` (363 numbers from −1 to 1, or null: the learned ones) and dabs of paint
    // (plane, row, column, sign), both in units of its largest learned weight; all others as they were learned.
    async kernel({ channel, base, dabs }) {
      await arrived[0].promise;
      const before = changed && network.kernel(0, changed.channel);
      if (changed) network.kernel(0, changed.channel, changed.learned);
      newer ||= Boolean(changed) && before.some((weight, i) => weight !== changed.learned[i]);
      const learned = network.kernel(0, channel), most = learned.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const numbers = base ? base.map((weight) => Math.fround(weight * most)) : [...learned];
      const side = layers[0].kernel_size;
      for (const [plane, row, column, sign] of dabs) numbers[(plane * side + row) * side + column] = sign * most;
      network.kernel(0, channel, numbers);
      newer ||= numbers.some((weight, i) => weight !== learned[i]);
      changed = { channel, learned };
      post({ type: "kernel", channel, numbers });
    },

    async explain({ ask, turn, number, channel, row, column }) {
      if (latest !== turn || number > reached || (number === 0 && newer)) return; // it will be asked again
      post({ type: "explained", ask, number, channel, row, column, ...network.explain(number, channel, row, column) });
    },
  };

  return (message) => acts[message.type](message).catch((error) => post({ type: "failed", what: message.type, words: error.message }));
};

self.insidecnnEngine.work = async () => {
  const act = self.insidecnnEngine((message) => self.postMessage(message));
  await new Blob(["?"]).arrayBuffer(); // WebKit's workers cannot, where the page is a file: then the page works by itself
  self.onmessage = ({ data }) => act(data);
  self.postMessage({ type: "awake" });
};

if (typeof WorkerGlobalScope !== "undefined" && !self.insidecnnNetwork) {
  importScripts("photo.js", "network.js");
  self.insidecnnEngine.work();
}
