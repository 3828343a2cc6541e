// A network of the reader's own: which of the files that are given is one, having it read in the worker, and the line
// that says whose network is shown. What reads the file, checkpoint.js and three more, is loaded when there is one.
(() => {
  const { make } = self.insidecnn;
  const { View, BOOK, YOURS, button, load, loadReader } = self.insidecnn.lab;
  const ENDINGS = /\.(pth?|pt|ckpt|bin|pkl|pickle|safetensors)(\.tar)?$/i;
  const PICTURES = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|heic|svg)$/i;
  const LONGEST = 1e6; // bytes of a file of names

  // does a file hold a network? Its name says it, or its first bytes do
  async function isNetwork(file) {
    if (ENDINGS.test(file.name)) return true;
    if (PICTURES.test(file.name) || file.type.startsWith("image/")) return false;
    const bytes = new Uint8Array(await file.slice(0, 9).arrayBuffer());
    return bytes[0] === 0x80 || String.fromCharCode(...bytes.subarray(0, 4)) === "PK\x03\x04" || bytes[8] === 0x7b;
  }

  // of the files that are given at once: {network, names, photo}, the first of each kind
  async function sortFiles(files) {
    const sorted = {};
    for (const file of files) {
      const isText = /\.txt$/i.test(file.name) || file.type === "text/plain";
      // a folder, and a file that is gone, cannot be read: the photo's refusal says so
      const kind = isText ? "names" : (await isNetwork(file).catch(() => false)) ? "network" : "photo";
      sorted[kind] ??= file;
    }
    return sorted;
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

  // The page's side of reading: only the latest file counts.
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
      this.store.startReading({ name: file.name, size: file.size, share: 0 });
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
      const own = { name: file.name, outputs, sha256, known, names: known ? await this.loadImageNet() : null };
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
      if (!own) {
        return store.complain(
          `${file.name} could name the outputs of a network of yours: open that first, or with it.`,
        );
      }
      const { names, wrong } = await readNames(file, own.outputs);
      if (own !== store.state.own) return;
      if (wrong) store.complain(wrong);
      else store.nameOutputs(names);
    }
  }

  class NetworkPanel extends View {
    constructor(owner) {
      super(owner);
      this.words = make("span", { role: "status" }, "");
      this.other = button("", () => owner.set({ network: owner.state.network === BOOK ? YOURS : BOOK }));
      this.bar = make("progress", { value: 0, max: 1, "aria-label": "How much of the network’s file is read" });
      this.share = make("span", {}, "");
      const id = `${owner.id}-network`;
      const onchange = () => {
        owner.openNetwork(...this.input.files);
        this.input.value = ""; // so that the same file can be chosen again
      };
      this.input = make("input", { type: "file", multiple: true, class: "unseen", id, onchange });
      const label = make("label", { class: "button", for: id }, "Open a network of yours…");
      this.reading = make("span", { class: "reading", hidden: true }, this.bar, this.share);
      const help =
        "An AlexNet of yours: open its state_dict, or drop it here. Like your photo, it stays on this device.";
      this.help = make("span", { class: "private" }, help);
      this.reading = make("span", { class: "reading", hidden: true }, this.bar, this.share);
      const parts = [this.words, this.other, this.input, label, this.help, this.reading];
      this.element = make("div", { class: "network" }, ...parts);
    }

    draw({ choice, own, reading }) {
      this.drawReading(reading);
      if (!this.differs("network", choice.network, own)) return;
      const isOwn = choice.network === YOURS;
      this.words.replaceChildren(...(isOwn ? inWords(own) : [make("strong", {}, "Network: the book’s.")]));
      this.help.hidden = isOwn;
      this.other.hidden = !own;
      this.other.textContent = isOwn ? "Back to the book’s network" : `Back to ${own?.name}`;
    }

    drawReading(reading) {
      if (!this.differs("reading", reading)) return;
      this.reading.hidden = !reading;
      if (!reading) return;
      this.bar.value = reading.share;
      const percent = Math.floor(reading.share * 100);
      this.share.textContent = `Reading ${reading.name} (${megabytes(reading.size)} MB): ${percent} % …`;
    }
  }

  // what is known of the reader's network
  function inWords({ name, outputs, sha256, known, names }) {
    const whose = known ? `torchvision’s ${known}, from your file ${name}.` : `yours, ${name}.`;
    const count = `${outputs} ${outputs === 1 ? "output" : "outputs"}`;
    const unnamed = names ? "" : ", without names; a text file with one name on each line, dropped here, gives them";
    return [make("strong", {}, `Network: ${whose}`), ` SHA-256 ${sha256.slice(0, 12)}…; ${count}${unnamed}.`];
  }

  Object.assign(self.insidecnn.lab, { NetworkPanel, NetworkReader, sortFiles });
})();
