// The lab's page: photographs in, feature maps out. The numbers come from engine.js, in a worker; this draws them.
(() => {
  const { make, written, Widget, define } = window.insidecnn;
  const HERE = new URL(".", document.currentScript.src).href;
  const LEARNED = "learned";
  const PATIENCE = 5000; // milliseconds until a worker that says nothing counts as blocked

  const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const clear = (canvas, width, height) => {
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    return canvas.getContext("2d");
  };

  // a file of the lab: bytes over http, base64 from a script where the page itself is a file
  async function load(name) {
    if (location.protocol !== "file:") {
      const answer = await fetch(HERE + name);
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.arrayBuffer();
    }
    await script(`${name}.js`);
    return self.insidecnnAssets[name];
  }
  const script = (name) => new Promise((done, failed) => {
    document.head.append(make("script", { src: HERE + name, onload: done, onerror: () => failed(new Error(`${name} is not there`)) }));
  });

  // A worker from its file; where the page is a file, from the text of the functions; else this page itself.
  async function engine(hear, note) {
    const source = [self.insidecnnPhoto, self.insidecnnNetwork, self.insidecnnEngine];
    const names = ["insidecnnPhoto", "insidecnnNetwork", "insidecnnEngine"];
    const text = () => URL.createObjectURL(new Blob([
      ...source.map((part, i) => `self.${names[i]} = ${part};\n`),
      'const act = self.insidecnnEngine((message) => self.postMessage(message)); self.onmessage = ({ data }) => act(data); self.postMessage({ type: "awake" });',
    ], { type: "text/javascript" }));
    const places = location.protocol === "file:" ? [text] : [() => `${HERE}engine.js`, text];
    for (const place of places) {
      try {
        const worker = new Worker(place());
        await new Promise((awake, failed) => {
          worker.onmessage = ({ data }) => data.type === "awake" && awake();
          worker.onerror = (event) => { event.preventDefault(); failed(event); };
          setTimeout(failed, PATIENCE);
        });
        worker.onmessage = ({ data }) => hear(data);
        return (message) => worker.postMessage(message);
      } catch { /* the next way */ }
    }
    note("Workers are blocked here: the page itself does the sums, and may stand still for a moment.");
    return self.insidecnnEngine(hear);
  }

  class Lab extends Widget {
    get initial() {
      return { sample: this.data.first.name, stage: 0, channel: 0, row: -1, column: -1, right: 0, down: 0, kernel: LEARNED };
    }

    valid({ sample, stage, channel, row, column, right, down, kernel }) {
      const { samples, layers, kernels } = this.data;
      if (!(sample in samples) && !(sample === "yours" && this.own)) {
        return sample === "yours" ? "A link cannot hold a photo of yours; choose it again." : `There is no sample “${sample}”; there are ${Object.keys(samples).join(", ")}.`;
      }
      if (!layers[stage]) return `There is no stage ${stage}; they count from 0 to ${layers.length - 1}.`;
      const [channels, height, width] = layers[stage].shape;
      if (!Number.isInteger(channel) || channel < 0 || channel >= channels) return `${layers[stage].name} has channels 0 to ${channels - 1}, not ${channel}.`;
      if (![row, column, right, down].every(Number.isInteger) || row >= height || column >= width) return `A map of ${layers[stage].name} has ${height} × ${width} cells, counted from 0.`;
      if (kernel !== LEARNED && kernel !== "painted" && !(kernel in kernels)) return `There is no kernel “${kernel}”; there are ${Object.keys(kernels).join(", ")}.`;
      if (kernel === "painted" && !this.painted) return "A link cannot hold a painted kernel; paint it again.";
    }

    build() {
      const { data } = this;
      this.palettes = Object.fromEntries(Object.entries(data.palettes).map(([name, colours]) => [name, fromBase64(colours)]));
      this.maps = [];
      this.turn = 0;
      this.asked = 0;
      this.loaded = 0;
      const parts = [...this.buildSources(), this.buildProgress(), this.buildStages(), this.buildBench(), this.buildWhy(), this.buildKernel(), this.buildProof()];
      this.begin();
      return parts;
    }

    // ---- where photographs come from

    buildSources() {
      const { samples } = this.data;
      this.choices = Object.entries(samples).map(([name, { title, thumbnail }]) => {
        const image = make("img", { src: `data:image/jpeg;base64,${thumbnail}`, alt: "", width: 56, height: 56 });
        return make("button", { type: "button", class: "sample", "data-name": name, "aria-label": title, title, onclick: () => this.show(name) }, image);
      });
      this.file = make("input", { type: "file", accept: "image/*", class: "unseen", id: `${this.id}-file`, onchange: () => {
        const [file] = this.file.files;
        this.file.value = ""; // so that the same file can be chosen again
        if (file) this.open(file);
      } });
      const open = make("label", { class: "button", for: this.file.id }, "Open a photo…");
      this.shoot = make("button", { type: "button", onclick: () => this.camera() }, "Camera");
      this.shoot.hidden = !navigator.mediaDevices?.getUserMedia;
      this.addEventListener("dragover", (event) => { event.preventDefault(); this.classList.add("over"); });
      this.addEventListener("dragleave", () => this.classList.remove("over"));
      this.addEventListener("drop", (event) => {
        event.preventDefault();
        this.classList.remove("over");
        const [file] = event.dataTransfer.files;
        if (file) this.open(file);
        else this.complain("What was dropped is no file; save the picture and drop its file, or copy and paste it.");
      });
      document.addEventListener("paste", (event) => {
        const file = [...event.clipboardData.files][0];
        if (file) this.open(file);
      });
      this.viewer = make("div", { class: "camera", hidden: true });
      this.complaint = make("p", { class: "complaint", role: "alert" });
      this.notes = make("p", { class: "notes", role: "status" });
      return [
        make("div", { class: "samples", role: "group", "aria-label": "Photographs" }, ...this.choices, this.file, open, this.shoot),
        make("p", { class: "private" }, "Or drop one here, or paste it. Your photo stays on this device: it is worked on in this page, and sent nowhere. Once the weights are loaded, you may switch the network off."),
        this.viewer, this.complaint, this.notes,
      ];
    }

    complain(words) { this.complaint.textContent = words; }

    // a file of the reader's
    async open(file) {
      this.complain("");
      try {
        this.decode(await file.arrayBuffer(), file.name || "The picture");
      } catch {
        this.complain(`${file.name} cannot be read: is it a folder, or was it moved?`);
      }
    }

    decode(asset, name) {
      this.picking = ++this.turn;
      this.send({ type: "photo", asset, name, turn: this.picking });
    }

    async show(name) {
      this.complain("");
      this.own = false;
      const { data } = this;
      this.wanted = name;
      try {
        const asset = name === data.first.name ? data.first.asset : await load(`${name}.jpg`);
        if (this.wanted === name) this.decode(asset, name);
      } catch {
        this.complain(`${data.samples[name].title} could not be loaded: is the connection lost? Press it again.`);
      }
    }

    async camera() {
      this.complain("");
      let stream;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      } catch (error) {
        const why = { NotAllowedError: "it was not allowed; the browser asks again after a change in its settings of this page", NotFoundError: "there is none" }[error.name] ?? error.message;
        return this.complain(`The camera cannot be used: ${why}. A photo can be opened, dropped or pasted too.`);
      }
      const video = make("video", { autoplay: true, playsinline: true, muted: true });
      video.srcObject = stream;
      const close = () => {
        stream.getTracks().forEach((track) => track.stop());
        this.viewer.hidden = true;
        this.viewer.replaceChildren();
        this.shoot.focus();
      };
      const take = make("button", { type: "button", onclick: () => {
        const canvas = document.createElement("canvas");
        clear(canvas, video.videoWidth, video.videoHeight).drawImage(video, 0, 0);
        canvas.toBlob(async (blob) => { this.decode(await blob.arrayBuffer(), "Your picture"); }, "image/png");
        close();
      } }, "Take the picture");
      this.viewer.replaceChildren(video, make("div", { class: "fields" }, take, make("button", { type: "button", onclick: close }, "Close the camera")));
      this.viewer.hidden = false;
      take.focus();
    }

    // ---- weights and runs

    buildProgress() {
      this.bar = make("progress", { max: 5, value: 0, "aria-label": "Layers whose weights are loaded" });
      this.state_ = make("span", {}, "");
      this.more = make("button", { type: "button", hidden: true, onclick: () => { this.more.hidden = true; this.fetchWeights(); } }, "Load the others");
      return make("p", { class: "progress" }, this.bar, this.state_, this.more);
    }

    async begin() {
      const { layers, preset, first } = this.data;
      this.waiting = [];
      this.send = (message) => this.waiting.push(message);
      this.pieces = layers.flatMap((layer, number) => (layer.kind === "Conv2d" ? [{ number, name: `${layer.name}.bin` }] : []));
      this.bar.max = this.pieces.length;
      const early = [load("kernel.wasm"), load(this.pieces[0].name)];
      early.forEach((promise) => promise.catch(() => {}));
      const send = await engine((message) => this.hear(message), (words) => this.note(words));
      try {
        send({ type: "start", layers, preset, kernel: await early[0] });
      } catch {
        return this.complain("The lab’s program could not be loaded: is the connection lost? Load the page again.");
      }
      this.send = send;
      this.early = early[1];
      this.waiting.forEach(send);
      if (!this.picking && this.state.sample === first.name) this.show(first.name);
      // who pays by the byte is asked before the other 99 of 100
      if (navigator.connection?.saveData) {
        await this.fetchWeights(1);
        this.more.hidden = false;
        this.state_.textContent = "Your browser asks pages to save data. The first layer is loaded; the others are 4 MB.";
      } else this.fetchWeights();
    }

    async fetchWeights(until = this.pieces.length) {
      for (; this.loaded < until; this.loaded++) {
        const { number, name } = this.pieces[this.loaded];
        const layer = this.data.layers[number];
        this.state_.textContent = `Loading the weights of ${layer.short}, ${this.loaded + 1} of ${this.pieces.length} …`;
        try {
          const asset = await (this.early ?? load(name));
          this.early = null;
          this.send({ type: "chunk", number, asset });
        } catch {
          this.early = null;
          this.state_.textContent = `The weights of ${layer.short} could not be loaded: the connection seems lost. What is drawn stays.`;
          this.more.textContent = "Try again";
          this.more.hidden = false;
          return;
        }
        this.bar.value = this.loaded + 1;
      }
      if (this.loaded === this.pieces.length) this.state_.textContent = "All weights are here; no connection is needed any more.";
    }

    // the network on what is seen now; a run on its way is given up for a newer one only when it has drawn a stage
    run() {
      if (!this.photo) return;
      const { right, down } = this.state;
      this.turn++;
      this.running = this.turn;
      this.started = performance.now();
      this.send({ type: "run", turn: this.turn, left: this.photo.left - right, top: this.photo.top - down });
    }

    note(words) {
      if (!words) return;
      this.said_ = [...(this.said_ ?? []), words];
      this.notes.textContent = this.said_.join(" ");
    }

    hear(message) {
      const { data, state } = this;
      if (message.type === "ready") this.note(message.note);
      if (message.type === "failed") this.complain(`Something failed while ${message.what} was worked on: ${message.words}`);
      if (message.type === "refused" && message.turn === this.picking) this.complain(message.words);
      if (message.type === "photo" && message.turn === this.picking) {
        this.photo = message;
        const sample = message.name in data.samples ? message.name : "yours";
        this.own = sample === "yours";
        this.notes.textContent = [...(this.said_ ?? []), ...message.notes].join(" ");
        const known = sample === state.sample && !this.own;
        this.set({ sample, ...(known ? {} : { right: 0, down: 0 }) }, { quiet: known });
        this.photoReady = message.ms;
        this.run();
      }
      if (message.type === "stage" && message.turn === this.running) {
        this.maps[message.number] = message.maps;
        if (message.number === 0) performance.mark("lab-first-map");
        this.drawThumbnail(message.number);
        if (message.number === state.stage) this.drawStage();
      }
      if (message.type === "done" && message.turn === this.running) {
        performance.mark("lab-all-maps");
        this.took = message.ms;
        this.digests = null;
        this.drawProof();
      }
      if (message.type === "digests" && message.turn === this.running) {
        this.digests = message.digests;
        this.drawProof();
      }
      if (message.type === "explained" && message.ask === this.asked) this.drawWhy(message);
      if (message.type === "kernel") {
        this.kernels ??= {};
        this.kernels[message.channel] = message;
        this.drawKernel();
      }
    }

    // ---- the stages

    buildStages() {
      const { layers } = this.data;
      this.tabs = layers.map(({ short, name, shape }, number) => {
        const canvas = make("canvas", { width: 1, height: 1, "aria-hidden": "true" });
        const button = make("button", { type: "button", class: "stage", "aria-label": `${short}, ${name}, ${shape.join(" by ")}`, onclick: () => this.choose(number) }, canvas, make("span", {}, short));
        button.canvas = canvas;
        return button;
      });
      return make("div", { class: "stages", role: "group", "aria-label": "Stages" }, ...this.tabs);
    }

    choose(stage) {
      const [channels, height, width] = this.data.layers[stage].shape;
      const before = this.data.layers[this.state.stage].shape;
      const scale = (place, from, to) => (place < 0 ? -1 : Math.min(to - 1, Math.floor(((place + 0.5) * to) / from)));
      this.set({ stage, channel: Math.min(this.state.channel, channels - 1), row: scale(this.state.row, before[1], height), column: scale(this.state.column, before[2], width) });
    }

    // one map as colours, each by its own range: (height, width, 4) uint8
    paint(maps, channel, [, height, width], out, pitch, at) {
      const count = height * width, from = channel * count;
      let most = 1e-12, signed = false;
      for (let i = from; i < from + count; i++) {
        if (maps[i] < 0) signed = true;
        const size = Math.abs(maps[i]);
        if (size > most) most = size;
      }
      const palette = this.palettes[signed ? "diverging" : "sequential"];
      for (let row = 0, i = from; row < height; row++) {
        for (let p = at + row * pitch, end = p + width * 4; p < end; p += 4, i++) {
          const share = signed ? maps[i] / most / 2 + 0.5 : maps[i] / most;
          const colour = Math.round(share * 254) * 3;
          out[p] = palette[colour]; out[p + 1] = palette[colour + 1]; out[p + 2] = palette[colour + 2]; out[p + 3] = 255;
        }
      }
    }

    mosaic(canvas, number, channels, columns) {
      const { shape } = this.data.layers[number], [, height, width] = shape;
      const rows = Math.ceil(channels / columns);
      const context = clear(canvas, columns * (width + 1) - 1, rows * (height + 1) - 1);
      const image = context.createImageData(canvas.width, canvas.height), pitch = canvas.width * 4;
      for (let c = 0; c < channels; c++) {
        this.paint(this.maps[number], c, shape, image.data, pitch, Math.floor(c / columns) * (height + 1) * pitch + (c % columns) * (width + 1) * 4);
      }
      context.putImageData(image, 0, 0);
    }

    drawThumbnail(number) { this.mosaic(this.tabs[number].canvas, number, 4, 2); }

    // ---- photograph, all channels, one channel

    buildBench() {
      const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      const keyed = (canvas, act) => canvas.addEventListener("keydown", (event) => {
        if (!arrows[event.key]) return;
        event.preventDefault();
        act(...arrows[event.key]);
      });
      const pointed = (canvas, act) => {
        const place = (event) => {
          const box = canvas.getBoundingClientRect();
          return [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
        };
        canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); act(...place(event), event); });
        canvas.addEventListener("pointermove", (event) => event.buttons && act(...place(event), event));
      };
      const canvas = (label, role = "application") => make("canvas", { tabindex: "0", role, "aria-label": label });

      // the photograph: drag it
      this.picture = canvas("The photo as the network sees it, 224 by 224 pixels; the arrow keys move it");
      let last;
      this.picture.addEventListener("pointerdown", (event) => { this.picture.setPointerCapture(event.pointerId); last = [event.clientX, event.clientY, this.state.right, this.state.down]; });
      this.picture.addEventListener("pointermove", (event) => {
        if (!event.buttons || !last) return;
        const scale = 224 / this.picture.getBoundingClientRect().width;
        this.move(last[2] + Math.round((event.clientX - last[0]) * scale), last[3] + Math.round((event.clientY - last[1]) * scale));
      });
      keyed(this.picture, (down, right) => this.move(this.state.right + right, this.state.down + down));
      this.movedBy = make("span", {}, "");
      const back = make("button", { type: "button", onclick: () => this.move(0, 0) }, "back to the middle");

      this.all = canvas("All channels of the stage; the arrow keys choose one");
      pointed(this.all, (y, x) => {
        const { rows, columns, channels } = this.grid();
        const channel = Math.min(rows - 1, Math.max(0, Math.floor(y * rows))) * columns + Math.min(columns - 1, Math.max(0, Math.floor(x * columns)));
        if (channel < channels && channel !== this.state.channel) this.set({ channel });
      });
      keyed(this.all, (down, right) => {
        const { columns, channels } = this.grid();
        this.set({ channel: Math.max(0, Math.min(channels - 1, this.state.channel + down * columns + right)) });
      });

      this.one = canvas("One channel; the arrow keys choose a cell");
      pointed(this.one, (y, x) => {
        const [, height, width] = this.data.layers[this.state.stage].shape;
        const cell = { row: Math.max(0, Math.min(height - 1, Math.floor(y * height))), column: Math.max(0, Math.min(width - 1, Math.floor(x * width))) };
        if (cell.row !== this.state.row || cell.column !== this.state.column) this.set(cell);
      });
      keyed(this.one, (down, right) => {
        const [, height, width] = this.data.layers[this.state.stage].shape;
        const [row, column] = this.cell();
        this.set({ row: Math.max(0, Math.min(height - 1, row + down)), column: Math.max(0, Math.min(width - 1, column + right)) });
      });

      this.allCaption = make("figcaption", {}, "");
      this.oneCaption = make("figcaption", {}, "");
      this.channelField = this.number("channel", "channel", 0, 63);
      this.strongest = make("button", { type: "button", onclick: () => this.findStrongest() }, "strongest cell");
      return make("div", { class: "bench" },
        make("figure", { class: "photo" }, make("figcaption", {}, "What the network sees"), this.picture, make("div", { class: "fields" }, this.movedBy, back)),
        make("figure", { class: "one" }, this.oneCaption, this.one, make("div", { class: "fields" }, this.channelField, this.strongest)),
        make("figure", { class: "all" }, this.allCaption, this.all));
    }

    grid() {
      const channels = this.data.layers[this.state.stage].shape[0];
      const columns = channels === 64 ? 8 : 16;
      return { channels, columns, rows: channels / columns };
    }

    // the chosen cell, or the middle one
    cell() {
      const [, height, width] = this.data.layers[this.state.stage].shape;
      const { row, column } = this.state;
      return row < 0 || column < 0 ? [height >> 1, width >> 1] : [row, column];
    }

    findStrongest() {
      const { stage, channel } = this.state, [, height, width] = this.data.layers[stage].shape;
      const map = this.maps[stage]?.subarray(channel * height * width, (channel + 1) * height * width);
      if (!map) return;
      const best = map.reduce((best, value, i) => (value > map[best] ? i : best), 0);
      this.set({ row: Math.floor(best / width), column: best % width });
    }

    move(right, down) {
      const { left, top, width, height } = this.photo;
      const within = (value, low, high) => Math.max(low, Math.min(high, value));
      right = within(right, left + 224 - width, left);
      down = within(down, top + 224 - height, top);
      if (right !== this.state.right || down !== this.state.down) this.set({ right, down });
    }

    draw(state) {
      if (state.channel > 0 || this.fields) this.fields.channel.max = this.data.layers[state.stage].shape[0] - 1;
      this.fill(state);
      this.choices.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.name === state.sample)));
      this.tabs.forEach((button, number) => button.setAttribute("aria-pressed", String(number === state.stage)));
      this.movedBy.textContent = `moved ${state.right} to the right, ${state.down} down`;
      // a link or a reset may ask for another photograph, crop or kernel than the one that is worked on
      if (state.sample !== "yours" && state.sample !== this.wanted) this.show(state.sample);
      const moved = `${state.right},${state.down}`;
      if (this.photo && this.moved !== undefined && this.moved !== moved) this.run();
      this.moved = moved;
      this.applyKernel(state);
      this.drawPhoto();
      this.drawStage();
      this.drawKernel();
      this.drawProof();
    }

    // the crop, and what the chosen cell sees of it
    crop() {
      const { pixels, width, left, top } = this.photo, { right, down } = this.state;
      const image = new ImageData(224, 224);
      for (let row = 0, out = 0; row < 224; row++) {
        for (let at = ((top - down + row) * width + left - right) * 3, end = at + 224 * 3; at < end; at += 3, out += 4) {
          image.data.set([pixels[at], pixels[at + 1], pixels[at + 2], 255], out);
        }
      }
      return image;
    }

    view() {
      const { first, jump, field } = this.data.layers[this.state.stage], [row, column] = this.cell();
      return { top: first + row * jump, left: first + column * jump, field };
    }

    drawPhoto() {
      if (!this.photo) return;
      const context = clear(this.picture, 448, 448), image = this.crop();
      this.cropped ??= document.createElement("canvas");
      clear(this.cropped, 224, 224).putImageData(image, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.cropped, 0, 0, 448, 448);
      const { top, left, field } = this.view();
      context.lineWidth = 6;
      context.strokeStyle = "#000";
      context.strokeRect(left * 2, top * 2, field * 2, field * 2);
      context.lineWidth = 3;
      context.strokeStyle = "#ffc400";
      context.strokeRect(left * 2, top * 2, field * 2, field * 2);
    }

    drawStage() {
      const { stage, channel } = this.state, layer = this.data.layers[stage], [channels, height, width] = layer.shape;
      const { columns, rows } = this.grid();
      this.allCaption.textContent = `${layer.name}, ${layer.kind}: ${channels} channels of ${height} × ${width}`;
      this.oneCaption.textContent = `${layer.short}, channel ${channel}`;
      const maps = this.maps[stage];
      for (const canvas of [this.all, this.one]) canvas.classList.toggle("waiting", !maps);
      if (!maps) return;
      this.mosaic(this.all, stage, channels, columns);
      const context = this.all.getContext("2d");
      context.strokeStyle = "#ff5c00";
      context.lineWidth = Math.max(1, Math.round(this.all.width / 300));
      context.strokeRect((channel % columns) * (width + 1) - 0.5, Math.floor(channel / columns) * (height + 1) - 0.5, width + 1, height + 1);
      this.all.style.aspectRatio = `${columns} / ${rows}`;

      const drawn = clear(this.one, width, height), image = drawn.createImageData(width, height);
      this.paint(maps, channel, layer.shape, image.data, width * 4, 0);
      // large enough that the frame of a cell is thin beside it
      const scale = Math.ceil(440 / width);
      const small = document.createElement("canvas");
      clear(small, width, height).putImageData(image, 0, 0);
      const large = clear(this.one, width * scale, height * scale);
      large.imageSmoothingEnabled = false;
      large.drawImage(small, 0, 0, this.one.width, this.one.height);
      const [row, column] = this.cell();
      large.lineWidth = 4;
      large.strokeStyle = "#000";
      large.strokeRect(column * scale - 1, row * scale - 1, scale + 2, scale + 2);
      large.lineWidth = 2;
      large.strokeStyle = "#ff5c00";
      large.strokeRect(column * scale - 1, row * scale - 1, scale + 2, scale + 2);
      this.send({ type: "explain", ask: ++this.asked, turn: this.running, number: stage, channel, row, column });
    }

    // ---- why this value

    buildWhy() {
      this.piece = make("canvas", { role: "img", "aria-label": "What the cell sees of the photo" });
      this.pieceCaption = make("figcaption", {}, "");
      this.why = make("div", { class: "reasons" });
      return make("div", { class: "why" }, make("figure", { class: "piece" }, this.pieceCaption, this.piece), this.why);
    }

    // a k × k square of numbers as colours; null: padding
    square(numbers, most, label) {
      const side = Math.sqrt(numbers.length), canvas = make("canvas", { class: "square", role: "img", "aria-label": label });
      const context = clear(canvas, side, side), image = context.createImageData(side, side), palette = this.palettes.diverging;
      numbers.forEach((value, i) => {
        const colour = Math.round((Math.max(-1, Math.min(1, (value ?? 0) / (most || 1))) / 2 + 0.5) * 254) * 3;
        image.data.set(value === null ? [0, 0, 0, 0] : [palette[colour], palette[colour + 1], palette[colour + 2], 255], i * 4);
      });
      context.putImageData(image, 0, 0);
      return canvas;
    }

    drawWhy(found) {
      const { layers } = this.data, layer = layers[found.number], { row, column, channel, value } = found;
      const { top, left, field } = this.view();
      this.pieceCaption.textContent = `What the cell sees: ${field} × ${field} pixels`;
      const context = clear(this.piece, field, field);
      context.fillStyle = "#888";
      context.fillRect(0, 0, field, field);
      if (this.cropped) context.drawImage(this.cropped, -left, -top);

      const name = (number, channel) => (number < 0 ? ["red", "green", "blue"][channel] : `${layers[number].short} ${channel}`);
      const shown = (number) => written(number, 3), rows = [];
      const line = (what, ...cells) => rows.push(make("tr", {}, make("th", { scope: "row" }, what), ...cells));
      const number = (value) => make("td", { class: "number" }, shown(value));
      let words = `${layer.short}, channel ${channel}, row ${row}, column ${column}: ${shown(value)}.`;
      if (layer.kind === "ReLU") {
        line(`${layers[found.number - 1].short}, the same cell`, make("td", {}), number(found.before));
        line("max(0, that)", make("td", {}), number(value));
        words += ` ${found.before > 0 ? "The number before it is positive, and passes." : "The number before it is not positive: ReLU makes it 0."}`;
      } else if (layer.kind === "MaxPool2d") {
        const size = layer.kernel_size, winner = found.window.indexOf(value);
        const table = make("table", { class: "numbers" }, ...Array.from({ length: size }, (_, r) => make("tr", {}, ...Array.from({ length: size }, (_, c) =>
          make("td", { class: `${r * size + c === winner ? "window" : ""} long` }, written(found.window[r * size + c], 2))))));
        line(`its ${size} × ${size} window`, make("td", {}, table), make("td", {}));
        line("the largest", make("td", {}), number(value));
        words += ` The largest of the ${size * size} numbers in its window.`;
      } else {
        const { shares, bias, rest, others } = found;
        const products = shares.map(({ inputs, weights }) => inputs.map((input, i) => (input === null ? null : input * weights[i])));
        const most = (lists) => Math.max(...lists.flat().map((value) => Math.abs(value ?? 0)));
        const scales = [most(shares.map((s) => s.inputs)), most(shares.map((s) => s.weights)), most(products)];
        shares.forEach((share, i) => {
          const of = name(found.number - 1, share.channel);
          const places = [...products[i].keys()].sort((a, b) => Math.abs(products[i][b] ?? 0) - Math.abs(products[i][a] ?? 0));
          const [best] = places, k = layer.kernel_size;
          const strongest = `strongest at row ${Math.floor(best / k)}, column ${best % k}: ${shown(products[i][best] ?? 0)}`;
          line(of, make("td", { class: "squares" }, this.square(share.inputs, scales[0], `${of}: the window`), "×", this.square(share.weights, scales[1], `${of}: the kernel`), "→",
            this.square(products[i], scales[2], `${of}: the products, ${strongest}`)), number(share.sum));
        });
        // the last line takes what rounding leaves, so that what is shown adds up to what is shown
        const round = (value) => Number(value.toFixed(3));
        const remainder = round(value) - round(bias) - shares.reduce((sum, share) => sum + round(share.sum), 0);
        if (others) line(`the other ${others} channels`, make("td", {}), number(remainder));
        line("bias", make("td", {}), number(bias));
        line("together", make("td", {}), number(value));
        const drift = others ? 0 : round(remainder);
        if (drift) line("rounding of the lines above", make("td", {}), number(drift));
        const strongest = shares[0];
        words += ` Most of it: ${name(found.number - 1, strongest.channel)} gives ${shown(strongest.sum)}.`;
        this.parts = { value, bias, rest, sums: shares.map((share) => share.sum) };
      }
      this.why.replaceChildren(make("p", { class: "title" }, `Why ${shown(value)}?`), make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "The parts of the sum" }, make("table", { class: "parts" }, make("tbody", {}, ...rows))));
      this.one.setAttribute("aria-description", words);
      if (!this.said.classList.contains("wrong")) this.say(words);
    }

    // ---- a kernel of conv1

    buildKernel() {
      const { kernels } = this.data;
      this.preset = make("select", { onchange: () => this.set({ kernel: this.preset.value }) },
        make("option", { value: LEARNED }, LEARNED), ...Object.keys(kernels).map((name) => make("option", { value: name }, name)), make("option", { value: "painted", hidden: true }, "painted"));
      this.plane = make("select", { onchange: () => this.drawKernel() }, ...["all three", "red", "green", "blue"].map((name, i) => make("option", { value: i - 1 }, name)));
      this.brush = make("select", {}, ...[["+", 1], ["−", -1], ["0", 0]].map(([name, value]) => make("option", { value }, name)));
      this.sheet = make("canvas", { tabindex: "0", role: "application", "aria-label": "The kernel, 11 by 11; the arrow keys move, space or Enter paints" });
      this.dot = [5, 5];
      const paintAt = (event) => {
        const box = this.sheet.getBoundingClientRect();
        const [row, column] = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width].map((share) => Math.max(0, Math.min(10, Math.floor(share * 11))));
        this.dot = [row, column];
        this.dab();
      };
      this.sheet.addEventListener("pointerdown", (event) => { this.sheet.setPointerCapture(event.pointerId); paintAt(event); });
      this.sheet.addEventListener("pointermove", (event) => event.buttons && paintAt(event));
      this.sheet.addEventListener("keydown", (event) => {
        const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
        if (step) this.dot = this.dot.map((place, i) => Math.max(0, Math.min(10, place + step[i])));
        else if (event.key === " " || event.key === "Enter") this.dab();
        else return;
        event.preventDefault();
        this.drawKernel();
      });
      this.kernelTitle = make("p", { class: "title" }, "");
      this.planes = make("div", { class: "planes" });
      const labelled = (label, control) => make("label", { class: "field" }, make("span", {}, label), control);
      return make("details", { class: "kernel", ontoggle: () => this.drawKernel() }, make("summary", {}, "Change a kernel of conv1"),
        this.kernelTitle,
        make("div", { class: "easel" }, this.sheet, make("div", {},
          make("div", { class: "fields" }, labelled("kernel", this.preset), labelled("paint", this.brush), labelled("in", this.plane)),
          this.planes,
          make("p", {}, "Grey is a weight of zero. Painting sets a weight to the largest one there is, to its negative, or to zero; the network runs again at once."))));
    }

    // in conv1, relu1 and pool1 the chosen channel is the kernel's number; later the last one of these stays
    edited() {
      if (this.state.stage < 3) this.kernelChannel = this.state.channel;
      return this.kernelChannel ?? 0;
    }

    applyKernel({ kernel }) {
      const channel = this.edited(), wanted = `${channel} ${kernel} ${this.strokes ?? 0}`;
      if (!this.kernels?.[channel]) {
        if (!this.askedKernel?.has(channel)) {
          (this.askedKernel ??= new Set()).add(channel);
          this.send({ type: "kernel", channel });
        }
        if (kernel === LEARNED && !this.changed) return;
      }
      if (this.applied === wanted) return;
      const before = this.applied;
      this.applied = wanted;
      const known = this.kernels?.[channel]?.learned;
      // the kernel that was changed before gets its own numbers back, if another one is chosen
      if (this.changed !== undefined && (this.changed !== channel || kernel === LEARNED)) {
        this.send({ type: "kernel", channel: this.changed, numbers: this.kernels[this.changed].learned });
        this.changed = undefined;
      }
      if (kernel === LEARNED) {
        if (before && !before.includes(` ${LEARNED} `)) this.run();
        return;
      }
      if (!known) {
        this.applied = undefined; // comes back when the learned one is known
        return;
      }
      const length = Math.hypot(...known);
      const numbers = kernel === "painted" ? this.painted : this.data.kernels[kernel].map((weight) => weight * length);
      this.changed = channel;
      this.send({ type: "kernel", channel, numbers });
      this.run();
    }

    dab() {
      const now = this.kernels?.[this.edited()];
      if (!now) return;
      const [row, column] = this.dot, planes = Number(this.plane.value) < 0 ? [0, 1, 2] : [Number(this.plane.value)];
      const most = Math.max(...now.learned.map(Math.abs)) || 1;
      const numbers = [...(this.state.kernel === "painted" && this.painted ? this.painted : now.numbers)];
      for (const plane of planes) numbers[plane * 121 + row * 11 + column] = most * Number(this.brush.value);
      this.painted = numbers;
      this.strokes = (this.strokes ?? 0) + 1;
      this.set({ kernel: "painted" });
    }

    drawKernel() {
      const channel = this.edited(), now = this.kernels?.[channel];
      this.kernelTitle.textContent = `Kernel ${channel} of conv1: 3 × 11 × 11 weights`;
      this.preset.value = this.state.kernel;
      if (!now) return;
      if (this.applied === undefined && this.state.kernel !== LEARNED) this.applyKernel(this.state);
      const most = Math.max(...now.numbers.map(Math.abs)) || 1;
      const only = Number(this.plane.value), context = clear(this.sheet, 11 * 20, 11 * 20);
      for (let i = 0; i < 121; i++) {
        const rgb = [0, 1, 2].map((plane) => Math.round((now.numbers[(only < 0 ? plane : only) * 121 + i] / most / 2 + 0.5) * 255));
        context.fillStyle = `rgb(${rgb.join(" ")})`;
        context.fillRect((i % 11) * 20, Math.floor(i / 11) * 20, 20, 20);
      }
      const [row, column] = this.dot;
      context.strokeStyle = "#ff5c00";
      context.lineWidth = 3;
      context.strokeRect(column * 20, row * 20, 20, 20);
      this.planes.replaceChildren(...["red", "green", "blue"].map((name, plane) => make("figure", {}, make("figcaption", {}, name), this.square(now.numbers.slice(plane * 121, plane * 121 + 121), most, `the ${name} plane of the kernel`))));
    }

    restart() {
      this.strokes = 0;
      this.painted = undefined;
      this.dot = [5, 5];
    }

    // ---- is it PyTorch?

    buildProof() {
      this.verdict = make("p", { class: "verdict" });
      this.code = make("code", {});
      return make("div", { class: "proof" }, this.verdict, make("details", {}, make("summary", {}, "The same in Python"), make("pre", { class: "code" }, this.code)));
    }

    drawProof() {
      const { data, state, photo } = this;
      if (!photo) return;
      const layer = data.layers[state.stage], mine = this.digests?.[state.stage];
      const untouched = state.sample !== "yours" && !state.right && !state.down && state.kernel === LEARNED;
      const wanted = untouched ? data.samples[state.sample].digests : null;
      const time = this.took ? `All ${data.layers.length} stages in ${Math.round(this.took)} ms` : "";
      const hash = mine ? `SHA-256 of ${layer.short}: ${mine.slice(0, 16)}…` : mine === "" ? "this page may compute no hash, since it did not come by https" : "";
      let words = "";
      if (mine && wanted) {
        const same = this.digests.every((digest, i) => digest === wanted[i]);
        words = same ? "the same bits in all stages as Python found when this page was made" : "not the bits that Python found when this page was made: please report this browser";
        this.verdict.dataset.same = String(same);
      } else delete this.verdict.dataset.same;
      this.verdict.textContent = [time, hash, words].filter(Boolean).join("; ") + (time ? "." : "");
      const file = state.sample === "yours" ? photo.name : `${state.sample}.jpg`;
      const [left, top] = [-state.right, -state.down];
      const crop = left || top
        ? `resized = preprocess.resize(photo)\nleft, top = round((resized.width - 224) / 2)${left < 0 ? ` - ${-left}` : ` + ${left}`}, round((resized.height - 224) / 2)${top < 0 ? ` - ${-top}` : ` + ${top}`}\nx = preprocess.normalize(preprocess.to_tensor(resized.crop((left, top, left + 224, top + 224))))[None]`
        : "x = preprocess.preprocess(photo)";
      const edit = state.kernel === LEARNED ? "" : state.kernel === "painted"
        ? "\n# a painted kernel cannot be written down here: these are the numbers without it"
        : `\nkernel = torch.tensor(presets.presets()["${state.kernel}"])\nwith torch.no_grad():\n    own = features[0].weight[${this.edited()}]\n    own.copy_(kernel * own.norm())`;
      this.code.textContent = `import torch\n\nfrom insidecnn import photos, preprocess, weights\nfrom insidecnn.lab import fixed_order, presets\n\nfeatures = weights.load().model.features\nphoto = photos.read(${JSON.stringify(file)})\n${crop}${edit}\nfor name, maps in fixed_order.stages(features, x):\n    print(name, maps.shape, fixed_order.digest(maps)[:16])\nwith torch.no_grad():\n    print((features(x)[0] - torch.tensor(maps)).abs().max())  # PyTorch adds in another order`;
    }
  }

  define("cnn-lab", Lab);
})();
