// YOLO on the reader's own scene: things and people are placed, dragged and covered, and its boxes follow.
(() => {
  const { make, makeSvg, label, select, clamp, wrongSetting, formatNumber, paletteIndex, decodeBase64, define } =
    window.insidecnn;
  const { Scene, SIDES, readThings } = window.insidecnn.scene;
  const { sigmoid, decode, suppress } = window.insidecnn.boxes;
  const MOST = 8; // things at once
  const HELP =
    "Drag what is on the picture. While it has the focus, the arrow keys move it, + and − change its size, " +
    "and Delete removes it.";
  const SHOWS = ["boxes", "boxes before suppression", "confidence of each cell"];

  class Detector extends Scene {
    #send = null; // to the worker, once it is there
    #request = 0;
    #busy = false;
    #asked = ""; // what the latest request showed
    #drawer = null; // of things.js
    #backgrounds = {}; // name → pixels
    #cells = null;

    get task() {
      return "Drag what lies on the picture, add to it or cover it: the boxes of YOLO follow.";
    }

    get initial() {
      const { things, backgrounds } = this.data;
      return { things, background: Object.keys(backgrounds)[0], least: 30, overlap: 50, show: SHOWS[0] };
    }

    valid(state) {
      const { backgrounds, kinds, cover, people, variants } = this.data;
      if (!(state.background in backgrounds)) return `There is no background “${state.background}”.`;
      if (!SHOWS.includes(state.show)) return `“${state.show}” cannot be shown.`;
      const shares = wrongSetting(state, { least: [1, 99], overlap: [0, 100] });
      if (shares) return shares;
      const things = readThings(state.things);
      if (things.length > MOST) return `There are ${things.length} things; there can be ${MOST} at most.`;
      const { size } = this.data;
      const place = { x: [0, size], y: [0, size], side: SIDES, turn: [-180, 180], mirrored: [0, 1] };
      for (const thing of things) {
        const known = thing.number >= cover || kinds.some((kind) => Math.floor(thing.number / 100) === kind.number);
        const many = thing.number > cover ? people : thing.number === cover ? 1 : variants;
        const wrong = wrongSetting(thing, { number: [0, cover + 1], variant: [0, many - 1], ...place });
        if (wrong) return wrong;
        if (!known) return `The network knows no thing with the number ${thing.number}.`;
      }
    }

    // ---- the page

    build() {
      const { size, palette } = this.data;
      this.palette = decodeBase64(palette);
      this.canvas = make("canvas", { width: size, height: size, "aria-hidden": "true" });
      this.heat = make("canvas", { class: "heat", width: 16, height: 16, "aria-hidden": "true", hidden: true });
      this.marks = makeSvg("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true" });
      this.sheet = make("div", { class: "sheet" }, this.canvas, this.heat, this.marks);
      this.found = make("ol", { class: "found" });
      this.code = make("code", {});
      this.timing = make("p", { class: "timing" }, "The network has not been loaded yet.");
      const side = make(
        "div",
        { class: "side" },
        make("p", { class: "head" }, "What YOLO finds"),
        this.found,
        this.timing,
      );
      this.wake();
      const credit = make("p", { class: "help" }, `Backgrounds, cropped and scaled: ${this.data.credit.join("; ")}.`);
      return [
        make("div", { class: "detector" }, this.sheet, side),
        this.controls(),
        make("p", { class: "help" }, HELP),
        credit,
        make("pre", { class: "code" }, this.code),
      ];
    }

    controls() {
      const { kinds, colours, patterns, backgrounds } = this.data;
      const change = () => this.changeLook();
      this.kind = select([...kinds.map(({ name }) => name), "person", "grey cover"], () => this.fit());
      this.colour = select(colours, change);
      this.pattern = select(patterns, change);
      this.ground = select(Object.keys(backgrounds), () => this.set({ background: this.ground.value }));
      this.show = select(SHOWS, () => this.set({ show: this.show.value }));
      const button = (text, onclick) => make("button", { type: "button", onclick }, text);
      this.add = button("Add", () => this.addThing());
      this.front = button("To the front", () => this.bringForward());
      this.another = button("Another look", () => this.anotherLook());
      this.mirror = button("Mirror", () => this.change({ mirrored: 1 - this.chosen.mirrored }));
      this.remove = button("Remove", () => this.removeThing());
      const range = (min, max, oninput) => make("input", { type: "range", min, max, oninput });
      this.side = range(...SIDES, () => this.change({ side: Number(this.side.value) }));
      this.least = range(1, 99, () => this.set({ least: Number(this.least.value) }));
      this.overlap = range(0, 100, () => this.set({ overlap: Number(this.overlap.value) }));
      this.sideLabel = label("its size", this.side);
      this.leastLabel = label("least score", this.least);
      this.overlapLabel = label("greatest IoU", this.overlap);
      const fields = (name, ...parts) =>
        make("fieldset", { "aria-label": name }, make("div", { class: "fields" }, ...parts));
      return make(
        "div",
        {},
        fields(
          "Put onto the picture",
          label("what", this.kind),
          label("colour", this.colour),
          label("pattern", this.pattern),
          this.add,
          label("background", this.ground),
        ),
        fields("The chosen one", this.sideLabel, this.another, this.mirror, this.front, this.remove),
        fields("What is shown", label("show", this.show), this.leastLabel, this.overlapLabel),
      );
    }

    restart() {
      this.place = 0;
    }

    // ---- files and the worker: when the widget is in sight, or touched

    wake() {
      const start = () => {
        seen.disconnect();
        this.load();
      };
      const seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && start());
      seen.observe(this);
    }

    async load() {
      const { load, script } = self.insidecnn.lab;
      const json = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
      this.timing.textContent = "The network is being loaded …";
      try {
        await Promise.all(["things.js", "network.js"].map(script));
        const names = ["things.json", "people.json", "kernel.wasm", this.data.file];
        const [things, people, kernel, weights] = await Promise.all(names.map(load));
        this.#drawer = self.insidecnnThings({ ...json(things), ...json(people) });
        this.draw(this.state);
        const send = await self.insidecnnDetector.open((message) => this.receive(message));
        send({ layers: this.data.layers, kernel, weights });
        this.#send = send;
        this.ask();
      } catch (error) {
        this.timing.textContent = `The network could not be loaded (${error.message}): load the page again.`;
      }
    }

    receive({ note, failed, cells, milliseconds }) {
      if (note) this.say(note);
      if (failed) this.timing.textContent = `Something failed: ${failed}`;
      if (!cells) return;
      this.#busy = false;
      this.#cells = cells;
      this.timing.textContent = `One pass through the network took ${milliseconds.toFixed(0)} ms here.`;
      this.drawAnswer();
      if (this.#asked !== this.question()) this.ask();
    }

    // is what is found the answer to what is shown?
    get settled() {
      return this.composed && !this.#busy && Boolean(this.#cells) && this.#asked === this.question();
    }

    question() {
      return `${this.state.background} ${this.state.things.join(";")}`;
    }

    // one question at a time: the newest scene follows
    ask() {
      if (!this.#send || this.#busy || !this.pixels) return;
      this.#busy = true;
      this.#asked = this.question();
      this.#send({ request: ++this.#request, pixels: this.pixels });
    }

    // ---- things

    // the number that the fields name
    number() {
      const { kinds, cover } = this.data;
      const kind = kinds[this.kind.selectedIndex];
      if (!kind) return this.kind.value === "person" ? cover + 1 : cover;
      return 100 * kind.number + 10 * this.colour.selectedIndex + this.pattern.selectedIndex;
    }

    changeLook() {
      const number = this.number();
      const { cover } = this.data;
      if (this.chosen && this.chosen.number < cover && number < cover) {
        if (Math.floor(this.chosen.number / 100) === Math.floor(number / 100)) this.change({ number });
      }
    }

    fit() {
      const plain = this.number() >= this.data.cover;
      this.colour.disabled = this.pattern.disabled = plain;
    }

    addThing() {
      const number = this.number();
      const { size, cover } = this.data;
      const middle = clamp(size / 2 + 9 * (this.things.length % 5) - 18, 0, size);
      const side = number > cover ? 84 : 36;
      const variant = number > cover ? this.things.length % this.data.people : 0;
      this.place = this.things.length;
      if (this.setThings([...this.things, { number, variant, x: middle, y: size / 2, side, turn: 0, mirrored: 0 }])) {
        this.handles[this.place]?.focus();
      }
    }

    anotherLook() {
      const { cover, people, variants } = this.data;
      const { number, variant } = this.chosen;
      const many = number > cover ? people : number === cover ? 1 : variants;
      this.change({ variant: (variant + 1) % many });
    }

    // ---- pixels

    // of a background, once they are there
    async fetchBackground(name) {
      if (name in this.#backgrounds) return;
      this.#backgrounds[name] = null;
      const { size, backgrounds } = this.data;
      const image = new Image();
      image.src = backgrounds[name];
      await image.decode();
      const canvas = make("canvas", { width: size, height: size });
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, size, size);
      this.#backgrounds[name] = Uint8Array.from(
        { length: size * size * 3 },
        (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)],
      );
      this.draw(this.state);
    }

    drawPicture({ background }) {
      const ground = this.#backgrounds[background];
      if (!ground) return this.fetchBackground(background);
      const { size } = this.data;
      this.pixels = this.#drawer ? this.#drawer.compose(ground, size, this.things) : ground;
      const context = this.canvas.getContext("2d");
      const image = context.createImageData(size, size);
      for (let i = 0; i < size * size; i++) image.data.set([...this.pixels.subarray(3 * i, 3 * i + 3), 255], 4 * i);
      context.putImageData(image, 0, 0);
    }

    draw(state) {
      const { things } = this;
      this.drawHandles(things);
      this.drawControls(state, things);
      if (this.drawn !== this.question() || !this.#drawer || !this.composed) {
        this.drawPicture(state);
        this.composed = Boolean(this.#drawer && this.#backgrounds[state.background]);
        this.drawn = this.question();
      }
      this.code.textContent = `net.detect(scene[None], least=${state.least / 100}, overlap=${state.overlap / 100})`;
      this.drawAnswer();
      if (this.composed && this.#asked !== this.question()) this.ask();
    }

    drawControls(state, things) {
      const { cover } = this.data;
      this.ground.value = state.background;
      [this.least.value, this.overlap.value, this.show.value] = [state.least, state.overlap, state.show];
      const name = (field, words) => {
        field.firstChild.textContent = words;
      };
      name(this.leastLabel, `least score: ${state.least} %`);
      name(this.overlapLabel, `greatest IoU: ${state.overlap} %`);
      name(this.sideLabel, this.chosen ? `its size: ${this.chosen.side} pixels` : "its size");
      this.add.disabled = things.length >= MOST;
      for (const each of [this.side, this.another, this.mirror, this.front, this.remove]) each.disabled = !this.chosen;
      if (this.chosen) {
        this.side.value = this.chosen.side;
        this.another.disabled = this.chosen.number === cover;
      }
      this.fit();
    }

    // ---- the answer

    compute() {
      return this.#cells && { found: this.answer() };
    }

    // {box, label, score} of all that is shown
    answer() {
      const { least, overlap, show } = this.state;
      const high = decode(this.#cells, this.data).filter(({ score }) => score >= least / 100);
      return show === SHOWS[1] ? high : suppress(high, overlap / 100);
    }

    still() {
      this.drawAnswer();
    }

    drawAnswer() {
      if (!this.#cells) return;
      this.result = this.compute();
      const { found } = this.result;
      const { classNames, size } = this.data;
      const heat = this.state.show === SHOWS[2];
      this.heat.hidden = !heat;
      if (heat) this.drawConfidence();
      const marks = found.flatMap(({ box: [left, top, right, bottom], label: kind, score }) => {
        const rectangle = { x: left, y: top, width: right - left, height: bottom - top };
        const words = `${classNames[kind]} ${score.toFixed(2)}`;
        const at = { x: clamp(left + 1, 0, size - 3.2 * words.length), y: top < 8 ? top + 6.5 : top - 1.5 };
        const shown = [makeSvg("rect", { class: `box kind-${kind}`, ...rectangle })];
        return this.state.show === SHOWS[1] ? shown : [...shown, makeSvg("text", at, words)];
      });
      this.marks.replaceChildren(...marks);
      const items = found.slice(0, 12).map(({ label: kind, score }) => {
        return make("li", { class: `kind-${kind}` }, `${classNames[kind]} ${formatNumber(score, 2)}`);
      });
      if (found.length > items.length) items.push(make("li", {}, `and ${found.length - items.length} more`));
      this.found.replaceChildren(...items);
      if (this.moving) return; // said when it stands still
      const words = found.slice(0, 8).map(({ label: kind, score }) => `${classNames[kind]} ${formatNumber(score, 2)}`);
      const more = found.length > 8 ? ", and more" : "";
      this.say(
        `${found.length} ${found.length === 1 ? "box" : "boxes"}${words.length ? `: ${words.join(", ")}${more}` : ""}.`,
      );
    }

    // the larger confidence of each cell's two boxes, over the picture in grey, as figures/detections.py draws it
    drawConfidence() {
      const { size, stride, boxes } = this.data;
      const grid = size / stride;
      const context = this.heat.getContext("2d");
      const image = context.createImageData(grid, grid);
      const channels = this.#cells.length / grid ** 2;
      for (let i = 0; i < grid * grid; i++) {
        const logits = Array.from({ length: boxes }, (_, b) => this.#cells[i * channels + 5 * b]);
        const at = paletteIndex(sigmoid(Math.max(...logits)));
        image.data.set([...this.palette.subarray(at, at + 3), 0.7 * 255], 4 * i);
      }
      context.putImageData(image, 0, 0);
    }
  }

  define("cnn-detector", Detector);
})();
