// The page's side of reading a network of the reader's: which of the files that are given is one, having the worker
// read it, and what the page says of it. Loaded with the first such file, by own-network.js.
(() => {
  const { make } = self.insidecnn;
  const { YOURS, isPicture, load, loadReader } = self.insidecnn.lab;
  const ENDINGS = /\.(pth?|pt|ckpt|bin|pkl|pickle|safetensors)(\.tar)?$/i;
  const LONGEST = 1e6; // bytes of a file of names

  // does a file hold a network? Its name says it, or its first bytes do
  async function isNetwork(file) {
    if (ENDINGS.test(file.name)) return true;
    if (isPicture(file)) return false;
    const bytes = new Uint8Array(await file.slice(0, 9).arrayBuffer());
    return bytes[0] === 0x80 || String.fromCharCode(...bytes.subarray(0, 4)) === "PK\x03\x04" || bytes[8] === 0x7b;
  }

  // of the files that are given at once: {network, names, photo}, the first of each kind
  async function sorted(files) {
    const found = {};
    for (const file of files) {
      const isText = /\.txt$/i.test(file.name) || file.type === "text/plain";
      // a folder, and a file that is gone, cannot be read: the photo's refusal says so
      const kind = isText ? "names" : (await isNetwork(file).catch(() => false)) ? "network" : "photo";
      found[kind] ??= file;
    }
    return found;
  }

  // {names} out of a text file, one on each line; or {wrong}, a sentence
  async function readNames(file, outputs) {
    const wanted = `wanted is a text file of ${outputs} lines, one name each, in the order of the outputs`;
    if (file.size > LONGEST) return { wrong: `${file.name} has ${(file.size / 1e6).toFixed(0)} MB; ${wanted}.` };
    const lines = (await file.text()).trimEnd().split(/\r?\n/);
    if (lines.length === outputs) return { names: lines.map((line, i) => line.trim() || `class ${i}`) };
    return { wrong: `${file.name} has ${lines.length} lines, and the network ${outputs} outputs; ${wanted}.` };
  }

  const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

  // Only the latest file counts.
  class NetworkReader {
    #request = 0;

    // send(message) to the worker; take(own, layers) gets what came of it
    constructor(data, store, send, take) {
      Object.assign(this, { data, store, send, take });
      this.features = data.layers.filter(({ units }) => !units).map((layer) => ({ ...layer, file: null }));
    }

    async open(file, names = null) {
      const request = ++this.#request;
      this.files = { file, names };
      try {
        const scripts = await loadReader();
        this.send({ type: "own", request, file, layers: [...this.features, ...this.data.dense], scripts });
      } catch {
        const words = `${file.name} was not read: what reads it could not be loaded, the connection seems lost.`;
        this.receive({ type: "not-own", request, words: `${words} Open it again.` });
      }
    }

    receive(message) {
      if (message.request !== this.#request) return;
      if (message.type === "own-progress") this.store.progressReading(message.share);
      else if (message.type === "not-own") this.store.refuseOwn(message.words);
      else this.accept(message);
    }

    async accept({ request, layers, sha256 }) {
      const { file, names } = this.files;
      const { units: outputs } = layers.at(-1);
      const { hash, name } = this.data.imagenet;
      const known = outputs === 1000 && sha256.startsWith(hash) ? name : "";
      const from = known ? `torchvision's ${known}, from your own file` : `your own file ${file.name}`;
      const weights = `Weights: ${from}, SHA-256 ${sha256.slice(0, 12)}…`;
      const own = { name: file.name, outputs, sha256, known, weights, names: known ? await this.loadImageNet() : null };
      if (request !== this.#request) return;
      this.store.together(() => {
        this.store.receiveOwn(own);
        this.take(own, layers);
      });
      if (names) await this.openNames(names);
    }

    // the names of ImageNet's classes; without them, the classes have their numbers
    async loadImageNet() {
      try {
        return JSON.parse(new TextDecoder().decode(await load("imagenet.json")));
      } catch {
        return null;
      }
    }

    // a text file with the names of the outputs of the network that is here
    async openNames(file) {
      const { store } = this;
      const { own } = store.state;
      const { names, wrong } = await readNames(file, own.outputs);
      if (own !== store.state.own) return;
      if (wrong) store.complain(wrong, "network");
      else store.nameOutputs(names);
    }
  }

  // how much of the file is read, or whose network is shown, in the panel of own-network.js
  function describeNetwork(panel, { choice, own, reading }) {
    if (panel.differs("reading", reading) && reading) {
      panel.bar.value = reading.share;
      const percent = Math.floor(reading.share * 100);
      panel.share.textContent = `Reading ${reading.name} (${megabytes(reading.size)} MB): ${percent} % …`;
    }
    if (!panel.differs("own", choice.network, own) || !own) return;
    const isOwn = choice.network === YOURS;
    if (isOwn) panel.words.replaceChildren(...inWords(own));
    panel.other.textContent = isOwn ? "Back to the book’s network" : `Back to ${own.name}`;
  }

  // what is known of the reader's network
  function inWords({ name, outputs, sha256, known, names }) {
    const whose = known ? `torchvision’s ${known}, from your file ${name}.` : `yours, ${name}.`;
    const count = `${outputs} ${outputs === 1 ? "output" : "outputs"}`;
    const unnamed = names ? "" : ", without names; a text file with one name on each line, dropped here, gives them";
    return [make("strong", {}, `Network: ${whose}`), ` SHA-256 ${sha256.slice(0, 12)}…; ${count}${unnamed}.`];
  }

  // the lines of Python that load it, as those of proof.js load the book's
  const linesOf = ({ name, outputs }) => ({
    start: [
      "from pathlib import Path",
      "",
      "import torch",
      "from torchvision.models import alexnet",
      "",
      "from insidecnn import checkpoint, photos, preprocess",
    ],
    model: [
      `path = Path(${JSON.stringify(name)})`,
      `model = alexnet(num_classes=${outputs}).eval()`,
      "model.load_state_dict(checkpoint.floats(path, checkpoint.read(path)))",
      "features = model.features",
    ],
    classifier: ["stages += fixed_order.dense(model.classifier, stages[-1][1])"],
    name: "model",
  });

  Object.assign(self.insidecnn.lab, { NetworkReader, describeNetwork, linesOf, sorted });
})();
