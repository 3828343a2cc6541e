// The lab: a photograph goes in, the feature maps of AlexNet's thirteen stages come out. The numbers come from engine.js,
// in a worker; sources.js has the photographs, bench.js the pictures, why.js the reasons, easel.js the kernels of conv1.
(() => {
  const { make, Widget, define, lab: { load, engine, clamp, Sources, Bench, Why, Easel, SIZE } } = window.insidecnn;
  const LEARNED = "learned", YOURS = "yours";

  class Lab extends Widget {
    get initial() {
      return { sample: this.data.first.name, stage: 0, channel: 0, row: -1, column: -1, right: 0, down: 0, filter: 0, kernel: LEARNED, paint: "" };
    }

    valid({ sample, stage, channel, row, column, right, down, filter, kernel, paint }) {
      const { samples, layers, kernels } = this.data;
      if (sample !== YOURS && !Object.hasOwn(samples, sample)) return `There is no sample “${sample}”; there are ${Object.keys(samples).join(", ")}.`;
      if (!layers[stage]) return `There is no stage ${stage}; they count from 0 to ${layers.length - 1}.`;
      const { short, shape: [channels, height, width] } = layers[stage];
      const within = (value, count) => Number.isInteger(value) && value >= 0 && value < count;
      if (!within(channel, channels)) return `${short} has channels 0 to ${channels - 1}, and none ${channel}.`;
      if (!within(row + 1, height + 1) || !within(column + 1, width + 1)) return `A map of ${short} has ${height} × ${width} cells, counted from 0; there is none at row ${row}, column ${column}.`;
      if (!Number.isInteger(right) || !Number.isInteger(down)) return "A photo is moved by whole pixels.";
      if (!within(filter, layers[0].shape[0])) return `conv1 has kernels 0 to ${layers[0].shape[0] - 1}, and none ${filter}.`;
      if (kernel !== LEARNED && !Object.hasOwn(kernels, kernel)) return `There is no kernel “${kernel}”; there are ${[LEARNED, ...Object.keys(kernels)].join(", ")}.`;
      if (!Easel.dabs(paint)) return "The paint in this link cannot be read.";
    }

    get shape() { return this.data.layers[this.state.stage].shape; }

    // the number of the strongest cell of the chosen map, if the map is there
    get best() {
      const [, height, width] = this.shape, { stage, channel } = this.state;
      const map = this.maps[stage]?.subarray(channel * height * width, (channel + 1) * height * width);
      return map ? map.reduce((best, value, i) => (value > map[best] ? i : best), 0) : null;
    }

    // the chosen cell, or the strongest one
    get cell() {
      const [, height, width] = this.shape, { row, column } = this.state;
      if (row >= 0 && column >= 0) return [row, column];
      const best = this.best ?? (height >> 1) * width + (width >> 1);
      return [Math.floor(best / width), best % width];
    }

    // is the network another one than the learned one?
    get changed() { return this.state.kernel !== LEARNED || this.state.paint !== ""; }

    // by how much the maps of the stage differ from those of the learned network on the same pixels, as a share
    get change() {
      const { stage } = this.state, [now, before] = [this.maps[stage], this.unchanged?.maps[stage]];
      if (!this.changed || this.unchanged?.pixels !== this.pixels || !now || !before) return null;
      let difference = 0, size = 0;
      for (let i = 0; i < now.length; i++) {
        difference += (now[i] - before[i]) ** 2;
        size += before[i] ** 2;
      }
      return Math.sqrt(difference / (size || 1));
    }

    // what it sees of the photograph, in pixels
    get view() {
      const { first, jump, field } = this.data.layers[this.state.stage], [row, column] = this.cell;
      return { top: first + row * jump, left: first + column * jump, field };
    }

    build() {
      this.maps = []; // stage → (C, H, W)
      this.turn = this.asked = this.loaded = 0;
      this.waiting = [];
      this.send = (message) => this.waiting.push(message);
      this.sources = new Sources(this);
      this.bench = new Bench(this);
      this.why = new Why(this);
      this.easel = new Easel(this);
      this.complaint = make("p", { class: "complaint", role: "alert" });
      this.notes = make("p", { class: "notes", role: "status" });
      this.bar = make("progress", { value: 0, "aria-label": "Layers whose weights are loaded" });
      this.doing = make("span", {}, "");
      this.more = make("button", { type: "button", hidden: true, onclick: () => { this.more.hidden = true; this.fetchWeights(); } }, "");
      this.verdict = make("p", { class: "verdict" });
      this.code = make("code", {});
      this.saved = make("a", {}, "");
      this.notice = make("p", { class: "notice", hidden: true });
      this.begin();
      return [...this.sources.elements, this.complaint, this.notes, make("p", { class: "progress" }, this.bar, this.doing, this.more),
        ...this.bench.elements, this.why.element, this.easel.element, this.notice,
        make("div", { class: "proof" }, this.verdict, make("details", {}, make("summary", {}, "The same in Python"), make("pre", { class: "code" }, this.code), this.saved), make("p", { class: "private" }, this.data.weights))];
    }

    connectedCallback() {
      super.connectedCallback();
      this.why.title.after(this.said); // the answer beside the question
    }

    // what cannot be is said at the top, where it stays until the next choice
    say(words, wrong = false) {
      if (wrong) this.complain(words);
      else super.say(words);
    }

    // in the maps of conv1 the chosen channel is the number of a kernel; that one is offered for change, while none is
    set(changes, options) {
      const follows = "channel" in changes && !("filter" in changes) && (changes.stage ?? this.state.stage) < 3 && !this.changed;
      const taken = super.set(follows ? { ...changes, filter: changes.channel } : changes, options);
      if (taken && !options?.quiet) this.complain("");
      return taken;
    }

    complain(words) { this.complaint.textContent = words; }

    // what is to be known of the browser, and of the photograph; either may come first
    note(words) {
      this.known = [...new Set([...(this.known ?? []), words])].filter(Boolean);
      this.notes.textContent = [...this.known, ...(this.photo?.notes ?? [])].join(" ");
    }

    // ---- what is loaded

    async begin() {
      this.lacks = ["createImageBitmap", "DecompressionStream", "MessageChannel"].find((name) => !(name in window));
      if (this.lacks) return this.complain(`This browser is too old for the lab: it has no ${this.lacks}. The pictures further down show what it does.`);
      const { layers, preset } = this.data;
      this.pieces = layers.flatMap(({ kind, name, short }, number) => (kind === "Conv2d" ? [{ number, short, file: `${name}.bin` }] : []));
      this.bar.max = this.pieces.length;
      const [kernel, first] = ["kernel.wasm", this.pieces[0].file].map((name) => load(name));
      first.catch(() => {}); // it is asked for again below
      const send = await engine((message) => this.hear(message), (words) => this.note(words), (words) => this.complain(words));
      try {
        send({ type: "start", layers, preset, kernel: await kernel });
      } catch {
        return this.complain("The lab’s program could not be loaded: the connection seems lost. Load the page again.");
      }
      this.send = send;
      this.waiting.forEach(send);
      // who pays by the byte is asked before the other 99 of 100
      const saving = navigator.connection?.saveData;
      if (!(await this.fetchWeights(saving ? 1 : undefined, first)) || !saving) return;
      this.offer(`Your browser asks pages to save data, and the other layers are ${(this.data.later / 1e6).toFixed(1)} MB.`, "Load them");
    }

    offer(words, label) {
      this.doing.textContent = words;
      this.more.textContent = label;
      this.more.hidden = false;
    }

    // The weights in the order in which they are used; true if they came. While one layer is unpacked, the next one is
    // on its way; `loaded` counts those that are unpacked.
    async fetchWeights(until = this.pieces.length, first = null) {
      let before = Promise.resolve();
      try {
        for (let next = this.loaded; next < until; next++) {
          const { number, short, file } = this.pieces[next];
          this.doing.textContent = `Loading the weights of ${short}, ${next + 1} of ${this.pieces.length} …`;
          const bytes = await ((next === 0 && first) || load(file));
          await before;
          before = this.unpack(number, bytes);
        }
        await before;
      } catch {
        await before.catch(() => {}); // which layer is it?
        this.offer(`The weights of ${this.pieces[this.loaded].short} could not be loaded: the connection seems lost. What is drawn stays.`, "Try again");
        return false;
      }
      if (this.loaded === this.pieces.length) {
        this.doing.textContent = "All weights are here: for photos of yours, no connection is needed any more.";
        this.bar.hidden = true;
      }
      return true;
    }

    // settled by the engine's answer
    unpack(number, file) {
      return new Promise((done, failed) => {
        this.unpacked = { done, failed };
        this.send({ type: "weights", number, file });
      }).then(() => { this.bar.value = ++this.loaded; });
    }

    // ---- what is asked of the engine

    // the reader, or a link, has chosen another photograph: what was on its way comes too late
    claim() { return (this.picking = ++this.turn); }

    // a photograph's bytes; `sample` is its name among the samples, or null
    decode(file, name, sample, turn) {
      if (this.lacks || turn !== this.picking) return;
      this.given = { file, sample };
      this.send({ type: "photo", file, name, turn });
    }

    // move the photograph, as far as there are pixels
    move(right, down) {
      if (this.photo) this.set(this.within(right, down));
    }

    within(right, down) {
      const { left, top, width, height } = this.photo;
      return { right: clamp(right, left + SIZE - width, left), down: clamp(down, top + SIZE - height, top) };
    }

    // The network on what is seen now. While the stage that is looked at is still to come from the run before, the new
    // one waits: a photograph that is dragged would otherwise never reach the deeper stages.
    run() {
      if (!this.photo) return;
      this.digests = null;
      this.again = this.busy && this.loaded === this.pieces.length;
      if (this.again) return;
      const { right, down } = this.state;
      this.running = ++this.turn;
      this.busy = true;
      this.pixels = `${this.photo.turn} ${right} ${down}`;
      if (!this.changed) this.unchanged = { pixels: this.pixels, maps: [] };
      this.send({ type: "run", turn: this.running, left: this.photo.left - right, top: this.photo.top - down });
    }

    explain() {
      const { stage, channel } = this.state, [row, column] = this.cell;
      if (this.maps[stage]) this.send({ type: "explain", ask: ++this.asked, turn: this.running, number: stage, channel, row, column });
    }

    // ---- what it answers

    hear(message) {
      const { type, turn } = message;
      if (type === "ready") this.note(message.note);
      else if (type === "failed") this.fail(message);
      else if (type === "unpacked") message.words ? this.unpacked.failed(message.words) : this.unpacked.done();
      else if (type === "kernel") this.easel.show(message.numbers);
      else if (type === "explained" && message.ask === this.asked) this.why.draw(message);
      else if (type === "refused" && turn === this.picking) this.complain(message.words);
      else if (type === "photo" && turn === this.picking) this.take(message);
      else if (turn === this.running) this.follow(message);
    }

    fail({ what, words }) {
      this.busy = this.again = false;
      this.complain(`Something failed (${what}): ${words}`);
    }

    // a photograph is there
    take(photo) {
      const { file, sample } = this.given, shown = sample ?? YOURS;
      // a link may have moved its photograph, and may be waiting for one of the reader's
      const asked = !this.photo || (this.state.sample === shown && this.photo.sample !== sample);
      this.photo = { ...photo, sample };
      this.digests = null; // they are another photograph's
      this.note("");
      URL.revokeObjectURL(this.saved.href);
      this.saved.href = URL.createObjectURL(new Blob([typeof file === "string" ? Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)) : file]));
      this.saved.download = photo.name;
      this.saved.textContent = `Save ${photo.name}`;
      this.photoDrawn = shown;
      const { right, down } = this.state;
      this.set({ sample: shown, ...(asked ? this.within(right, down) : { right: 0, down: 0 }) }, { quiet: asked });
      this.busy = false;
      this.run();
    }

    // a run goes on
    follow({ type, number, maps, ms, digests }) {
      const { stage } = this.state;
      if (type === "stage") {
        if (number === 0) performance.mark("lab-first-map");
        this.maps[number] = maps;
        if (!this.changed && this.unchanged) this.unchanged.maps[number] = maps;
        this.bench.drawTab(number);
        if (number === stage) this.drawStage();
      } else if (type === "done") {
        performance.mark("lab-all-maps");
        this.took = ms;
      } else if (type === "digests") this.digests = digests;
      this.drawProof();
      if (type === "done" || (type === "stage" && number === stage && this.again)) {
        this.busy = false;
        if (this.again) this.run();
      }
    }

    draw(state) {
      this.fill(state);
      this.sources.mark(state.sample);
      if (state.sample !== this.photoDrawn) { // a link, or the start again
        this.photoDrawn = state.sample;
        if (state.sample === YOURS) this.complain("A link cannot hold your photo: open it again, and this stage and cell come back.");
        this.sources.show(state.sample === YOURS ? this.data.first.name : state.sample);
      }
      const { filter, kernel, paint } = state, wanted = [filter, kernel, paint].join(), weights = this.changed ? wanted : "";
      if (wanted !== this.kernelSent) this.send({ type: "kernel", channel: filter, base: this.data.kernels[kernel] ?? null, dabs: Easel.dabs(paint) });
      this.kernelSent = wanted;
      const input = [state.right, state.down, weights].join();
      if (this.inputSent !== undefined && input !== this.inputSent) this.run();
      this.inputSent = input;
      this.notice.hidden = !this.changed;
      if (this.changed) {
        const put = make("button", { type: "button", onclick: () => this.set({ kernel: LEARNED, paint: "" }) }, "Put it back");
        this.notice.replaceChildren(`Kernel ${filter} of conv1 is changed: ${kernel}${paint ? ", painted" : ""}. `, put);
      }
      this.drawStage();
      this.easel.draw();
      this.drawProof();
    }

    drawStage() {
      this.bench.drawPhoto();
      this.bench.drawStage();
      this.easel.drawCopy();
      this.explain();
    }

    // ---- is it PyTorch?

    drawProof() {
      const { data, state, photo, digests } = this, { short } = data.layers[state.stage];
      if (!photo || !this.took) return;
      const asMade = photo.sample && !state.right && !state.down && !this.changed;
      const words = [`All ${data.layers.length} stages in ${Math.round(this.took)} ms`];
      delete this.verdict.dataset.same;
      if (digests) {
        const [mine, python] = [digests[state.stage], asMade ? data.samples[photo.sample].digests : null];
        words.push(mine ? `SHA-256 of ${short}: ${mine.slice(0, 16)}…` : "pages that come without https may compute no hash");
        if (mine && python) {
          const same = digests.every((digest, i) => digest === python[i]);
          this.verdict.dataset.same = String(same);
          words.push(same ? "the bits of all stages are those that Python found when this page was made" : "these are not the bits that Python found: please report your browser");
        } else if (mine) words.push("compare it with what the lines below print");
      }
      this.verdict.textContent = `${words.join("; ")}.`;
      this.code.textContent = this.python();
    }

    // the lines that give the same hash
    python() {
      const { right, down, filter, kernel, paint } = this.state;
      const offset = (by) => (by ? ` ${by > 0 ? "-" : "+"} ${Math.abs(by)}` : "");
      const crop = right || down
        ? [`resized = preprocess.resize(photo)`, `left = round((resized.width - ${SIZE}) / 2)${offset(right)}`, `top = round((resized.height - ${SIZE}) / 2)${offset(down)}`,
          `crop = resized.crop((left, top, left + ${SIZE}, top + ${SIZE}))`, "x = preprocess.normalize(preprocess.to_tensor(crop))[None]"]
        : ["x = preprocess.preprocess(photo)"];
      const dabs = Easel.dabs(paint);
      const edit = this.changed
        ? ["", "with torch.no_grad():", `    kernel = features[0].weight[${filter}]`, "    most = kernel.abs().max()",
          ...(kernel === LEARNED ? [] : [`    kernel.copy_(torch.tensor(presets.presets()["${kernel}"]) * most)`]),
          ...(dabs.length ? [`    for plane, row, column, sign in ${JSON.stringify(dabs)}:`, "        kernel[plane, row, column] = sign * most"] : [])]
        : [];
      return ["import torch", "", "from insidecnn import photos, preprocess, weights", `from insidecnn.lab import fixed_order${this.changed ? ", presets" : ""}`, "",
        "features = weights.load().model.features", ...(this.data.exact ? [] : ["for parameter in features.parameters():", "    parameter.data = parameter.data.half().float()  # as the browser has them"]), `photo = photos.read(${JSON.stringify(this.photo.name)})`, ...crop, ...edit, "",
        "for name, maps in fixed_order.stages(features, x):", "    print(name, maps.shape, fixed_order.digest(maps)[:16])", "",
        "with torch.no_grad():  # PyTorch adds in another order", "    print((features(x)[0] - torch.tensor(maps)).abs().max())"].join("\n");
    }
  }

  define("cnn-lab", Lab);
})();
