// The lab's work, in a worker of its own: messages in, messages out. Where workers are blocked, the page calls it itself.
self.insidecnnEngine = function (post) {
  const arrived = {}; // layer number → {promise, done}
  let network, photos, layers, picture, latest, ready;

  // let messages in between two layers
  const breathe = () => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); done(); };
    port2.postMessage(0);
  });
  // assets are bytes, or base64 where the page is a file
  const bytesOf = (asset) => (typeof asset === "string" ? Uint8Array.from(atob(asset), (letter) => letter.charCodeAt(0)) : new Uint8Array(asset));
  const learned = new Map(); // kernels as they were before they were changed

  const sha256 = async (maps) => {
    if (!self.crypto?.subtle) return ""; // pages from another machine without https have none
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
        const mark = {};
        mark.promise = new Promise((done) => { mark.done = done; });
        arrived[number] = mark;
      });
      ready = network.start(bytesOf(kernel));
      post({ type: "ready", note: await ready });
    },

    async chunk({ number, asset }) {
      await ready;
      await network.unpack(number, bytesOf(asset));
      arrived[number].done();
      post({ type: "chunk", number });
    },

    async photo({ asset, name, turn }) {
      try {
        const started = performance.now();
        picture = await photos.read(bytesOf(asset));
        post({ type: "photo", turn, name, ms: performance.now() - started, ...picture });
      } catch (error) {
        const words = error instanceof photos.PhotoError ? error.message : `cannot be opened here (${error.message}).`;
        post({ type: "refused", turn, words: `${name} ${words}` });
      }
    },

    // all stages for the crop at (left, top); a newer run stops an older one
    async run({ turn, left, top }) {
      latest = turn;
      const started = performance.now();
      const input = photos.tensor(picture, left, top);
      network.kept[-1] = input;
      const maps = [];
      for (const [number, layer] of layers.entries()) {
        await arrived[number]?.promise;
        await breathe();
        if (latest !== turn) return;
        network.run(number);
        maps.push(network.byChannel(network.kept[number], layer.shape));
        post({ type: "stage", turn, number, maps: maps[number] });
      }
      post({ type: "done", turn, ms: performance.now() - started });
      const digests = await Promise.all(maps.map(sha256));
      if (latest === turn) post({ type: "digests", turn, digests });
    },

    async kernel({ channel, numbers }) {
      await arrived[0].promise;
      if (!learned.has(channel)) learned.set(channel, network.kernel(0, channel));
      if (numbers) network.kernel(0, channel, numbers);
      post({ type: "kernel", channel, numbers: network.kernel(0, channel), learned: learned.get(channel) });
    },

    async explain({ ask, turn, number, channel, row, column }) {
      if (latest === turn) post({ type: "explained", ask, number, channel, row, column, ...network.explain(number, channel, row, column) });
    },
  };

  return (message) => acts[message.type](message).catch((error) => post({ type: "failed", what: message.type, number: message.number, words: error.message }));
};

if (typeof WorkerGlobalScope !== "undefined") {
  if (!self.insidecnnNetwork) importScripts("photo.js", "network.js");
  const act = self.insidecnnEngine((message) => self.postMessage(message));
  self.onmessage = ({ data }) => act(data);
  self.postMessage({ type: "awake" });
}
