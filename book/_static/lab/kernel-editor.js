// A kernel of conv1 to be chosen and painted. Paint is kept as short words, so that a link can hold it:
// plane (r, g, b), row and column (0 to 9, a), sign (p, m, z): "r5ap" gives the red weight in row 5, column 10 the size
// of the largest one.
(() => {
  const { make, clamp, paletteIndex } = self.insidecnn;
  const { View, LEARNED, ARROWS, FRAME, clear, onPoint, picture, drawChannel, square } = self.insidecnn.lab;
  const { cellOf, changeOf, isChanged } = self.insidecnn.lab;
  const SIDE = 11;
  const CELL = 20; // pixels
  const PLANES = "rgb";
  const SIGNS = { p: 1, m: -1, z: 0 };
  const HELP =
    "Red, green and blue together: grey is a weight of zero. Painting sets a weight to the size of the largest " +
    "learned one, with a plus or a minus, or to zero. The network runs again at once: its later layers get what they " +
    "were not trained for.";

  // the words as [plane, row, column, sign]; null if one of them is none
  function readPaint(paint) {
    const words = paint ? paint.match(/.{1,4}/g) : [];
    if (!words.every((word) => /^[rgb][0-9a][0-9a][pmz]$/.test(word))) return null;
    const number = (digit) => parseInt(digit, 16);
    return words.map(([plane, row, column, sign]) => [PLANES.indexOf(plane), number(row), number(column), SIGNS[sign]]);
  }

  class KernelEditor extends View {
    constructor(owner) {
      super(owner);
      const kernels = [LEARNED, ...Object.keys(owner.data.kernels)].map((name) => [name, name]);
      const planes = [[PLANES, "all three"], ...["red", "green", "blue"].map((name) => [name[0], name])];
      const select = (options, onchange) => {
        const choices = options.map(([value, words]) => make("option", { value }, words));
        return make("select", onchange ? { onchange } : {}, ...choices);
      };
      this.kernel = select(kernels, () => owner.set({ kernel: this.kernel.value, paint: "" }));
      this.sign = select(Object.entries({ p: "+", m: "−", z: "0" }));
      this.plane = select(planes, () => this.draw(owner.store.state));
      this.sheet = picture("The kernel, 11 by 11 weights; the arrow keys move, space or Enter paints");
      this.makePaintable();
      const undo = () => owner.set({ paint: this.strokes.pop() });
      this.undo = make("button", { type: "button", disabled: true, onclick: undo }, "Undo");
      this.title = make("summary", {}, "");
      this.planes = make("div", { class: "planes" });
      this.map = make("canvas", { role: "img", "aria-label": "The map of the chosen channel, as above" });
      this.effect = make("p", { class: "effect", role: "status" });
      this.element = make("details", { class: "kernel" }, this.title, this.body());
      this.restart();
    }

    restart() {
      this.cursor = [5, 5]; // where the keyboard paints
      this.strokes = []; // the paint before each of them
      this.isNewStroke = true;
      this.sign.value = "p";
      this.plane.value = PLANES;
    }

    body() {
      const label = (words, control) => make("label", { class: "field" }, make("span", {}, words), control);
      const number = this.lab.number("filter", "number", 0, 63, (filter) =>
        this.lab.set(this.lab.state.stage < 3 ? { filter, channel: filter } : { filter }),
      );
      const controls = [label("kernel", this.kernel), label("paint", this.sign), label("in", this.plane), this.undo];
      const fields = make("div", { class: "fields" }, number, ...controls);
      const map = make("figure", { class: "map" }, this.map);
      const right = make("div", {}, fields, this.planes, map, this.effect, make("p", {}, HELP));
      return make("div", { class: "editor" }, this.sheet, right);
    }

    makePaintable() {
      const { sheet } = this;
      sheet.addEventListener("pointerdown", () => {
        this.isNewStroke = true;
      });
      onPoint(sheet, (y, x) => this.paint(Math.floor(y * SIDE), Math.floor(x * SIDE)), { paints: true });
      sheet.addEventListener("keydown", (event) => {
        const step = ARROWS[event.key];
        if (step) this.cursor = this.cursor.map((at, i) => clamp(at + step[i], 0, SIDE - 1));
        else if (event.key === " " || event.key === "Enter") {
          this.isNewStroke = true;
          this.paint(...this.cursor);
        } else return;
        event.preventDefault();
        this.draw(this.lab.store.state);
      });
    }

    paint(row, column) {
      const before = this.lab.state.paint;
      const words = new Map((before.match(/.{4}/g) ?? []).map((word) => [word.slice(0, 3), word]));
      for (const plane of this.plane.value) {
        const at = plane + row.toString(16) + column.toString(16);
        words.set(at, at + this.sign.value);
      }
      this.cursor = [row, column];
      const paint = [...words.values()].join("");
      if (paint === before) return;
      if (!before) this.strokes = [];
      if (this.isNewStroke) this.strokes.push(before);
      this.isNewStroke = false;
      this.lab.set({ paint });
    }

    draw(state) {
      const { filter, kernel, paint } = state.choice;
      const what = isChanged(state.choice) ? "changed" : "chosen";
      this.title.textContent = `Change a kernel of conv1 (${what}: number ${filter})`;
      this.kernel.value = kernel;
      this.undo.disabled = !paint || !this.strokes.length;
      this.drawEffect(state);
      const cursor = this.cursor.join();
      if (state.kernel && this.differs("sheet", state.kernel, this.plane.value, cursor)) this.drawSheet(state.kernel);
    }

    // the map above is out of sight on a phone; and what the change does to the stage
    drawEffect(state) {
      const { stage, channel } = state.choice;
      const { data, palette } = this.lab;
      const maps = state.maps[stage];
      const cell = cellOf(data, state);
      if (maps && this.differs("map", stage, channel, maps, ...cell)) {
        drawChannel(this.map, palette, maps, data.layers[stage].shape, channel, cell);
      }
      if (!this.differs("effect", stage, maps, state.learned, state.choice)) return;
      const change = changeOf(state);
      const share = change === null ? "" : `${(change * 100).toFixed(1)} %`;
      const words = `With this kernel the numbers of this stage differ by ${share} of their size`;
      this.effect.textContent = change === null ? "" : `${words} from those with the learned one.`;
    }

    // the weights, (3, 11, 11), all planes as one colour picture or one of them
    drawSheet(weights) {
      const most = largestOf(weights);
      const count = SIDE * SIDE;
      const one = this.plane.value === PLANES ? -1 : PLANES.indexOf(this.plane.value);
      const share = (plane, i) => weights[plane * count + i] / most;
      const { palette } = this.lab;
      const context = clear(this.sheet, SIDE * CELL, SIDE * CELL);
      for (let i = 0; i < count; i++) {
        const at = paletteIndex(share(Math.max(0, one), i));
        const together = [0, 1, 2].map((plane) => Math.round((share(plane, i) / 2 + 0.5) * 255));
        context.fillStyle = `rgb(${(one < 0 ? together : [...palette.subarray(at, at + 3)]).join(" ")})`;
        context.fillRect((i % SIDE) * CELL, Math.floor(i / SIDE) * CELL, CELL, CELL);
      }
      [context.strokeStyle, context.lineWidth] = [FRAME, 3];
      context.strokeRect(this.cursor[1] * CELL, this.cursor[0] * CELL, CELL, CELL);
      const figures = ["red", "green", "blue"].map((name, plane) => {
        const numbers = weights.slice(plane * count, (plane + 1) * count);
        const drawn = square(palette, numbers, most, `the ${name} plane of the kernel`);
        return make("figure", {}, make("figcaption", {}, name), drawn);
      });
      this.planes.replaceChildren(...figures);
    }
  }

  const largestOf = (weights) => Math.max(...weights.map(Math.abs)) || 1;

  Object.assign(self.insidecnn.lab, { KernelEditor, readPaint });
})();
