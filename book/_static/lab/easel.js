// A kernel of conv1 to be chosen and painted. Paint is kept as short words, so that a link can hold it:
// plane (r, g, b), row and column (0 to 9, a), sign (p, m, z): "r5ap" makes the red weight in row 5, column 10 the largest.
(() => {
  const { make, lab: { ARROWS, clamp, clear, field, pointed } } = window.insidecnn;
  const SIDE = 11, CELL = 20, PLANES = "rgb";
  const SIGNS = { p: 1, m: -1, z: 0 };

  class Easel {
    constructor(lab) {
      this.lab = lab;
      this.dot = [5, 5]; // where the keyboard paints
      this.strokes = []; // the paint before each of them
      const select = (label, options, act) => {
        const control = make("select", { onchange: act }, ...options.map(([value, words]) => make("option", { value }, words)));
        return [control, make("label", { class: "field" }, make("span", {}, label), control)];
      };
      const kernels = ["learned", ...Object.keys(lab.data.kernels)].map((name) => [name, name]);
      const [base, baseField] = select("kernel", kernels, () => lab.set({ kernel: base.value, paint: "" }));
      const [brush, brushField] = select("paint", [["p", "+"], ["m", "−"], ["z", "0"]]);
      const [plane, planeField] = select("in", [["rgb", "all three"], ["r", "red"], ["g", "green"], ["b", "blue"]], () => this.draw());
      Object.assign(this, { base, brush, plane });
      this.sheet = field("The kernel, 11 by 11 weights; the arrow keys move, space or Enter paints");
      this.sheet.addEventListener("pointerdown", () => { this.lifted = true; });
      pointed(this.sheet, (y, x) => this.dab(Math.floor(y * SIDE), Math.floor(x * SIDE)));
      this.sheet.addEventListener("keydown", (event) => {
        const step = ARROWS[event.key];
        if (step) this.dot = this.dot.map((place, i) => clamp(place + step[i], 0, SIDE - 1));
        else if (event.key === " " || event.key === "Enter") {
          this.lifted = true;
          this.dab(...this.dot);
        } else return;
        event.preventDefault();
        this.draw();
      });
      this.undo = make("button", { type: "button", disabled: true, onclick: () => lab.set({ paint: this.strokes.pop() }) }, "Undo");
      this.title = make("summary", {}, "");
      this.planes = make("div", { class: "planes" });
      this.copy = make("canvas", { role: "img", "aria-label": "The map of the chosen channel, as above" });
      this.effect = make("p", { class: "effect", role: "status" });
      this.element = make("details", { class: "kernel" }, this.title,
        make("div", { class: "easel" }, this.sheet, make("div", {},
          make("div", { class: "fields" }, lab.number("filter", "number", 0, 63, (filter) => lab.set(lab.state.stage < 3 ? { filter, channel: filter } : { filter })), baseField, brushField, planeField, this.undo), this.planes, make("figure", { class: "copy" }, this.copy), this.effect,
          make("p", {}, "Red, green and blue together: grey is a weight of zero. Painting sets a weight to the size of the largest learned one, with a plus or a minus, or to zero. The network runs again at once: its later layers get what they were not trained for."))));
    }

    // the words of the state as [plane, row, column, sign]; nothing if one of them is none
    static dabs(paint) {
      const words = paint ? paint.match(/.{1,4}/g) : [];
      if (!words.every((word) => /^[rgb][0-9a][0-9a][pmz]$/.test(word))) return null;
      return words.map(([plane, row, column, sign]) => [PLANES.indexOf(plane), parseInt(row, 16), parseInt(column, 16), SIGNS[sign]]);
    }

    dab(row, column) {
      const words = new Map((this.lab.state.paint.match(/.{4}/g) ?? []).map((word) => [word.slice(0, 3), word]));
      for (const plane of this.plane.value) {
        const place = plane + row.toString(16) + column.toString(16);
        words.set(place, place + this.brush.value);
      }
      this.dot = [row, column];
      const paint = [...words.values()].join("");
      if (paint === this.lab.state.paint) return;
      if (this.lifted) this.strokes.push(this.lab.state.paint);
      this.lifted = false;
      this.lab.set({ paint });
    }

    // the numbers that the engine has now, (3 · 11 · 11)
    show(numbers) {
      this.numbers = numbers;
      this.draw();
    }

    // the map above is out of sight on a phone; and what the change does to the stage
    drawCopy() {
      const { bench: { one }, change } = this.lab;
      clear(this.copy, one.width, one.height).drawImage(one, 0, 0);
      this.effect.textContent = change === null ? "" : `With this kernel the numbers of this stage differ by ${(change * 100).toFixed(1)} % of their size from those with the learned one.`;
    }

    draw() {
      const { filter, kernel, paint } = this.lab.state, changed = kernel !== "learned" || paint;
      this.title.textContent = `Change a kernel of conv1 (${changed ? "changed" : "chosen"}: number ${filter})`;
      this.base.value = kernel;
      if (!paint) this.strokes = [];
      this.undo.disabled = !this.strokes.length;
      if (!this.numbers) return;
      const most = Math.max(...this.numbers.map(Math.abs)) || 1, count = SIDE * SIDE;
      const context = clear(this.sheet, SIDE * CELL, SIDE * CELL), one = this.plane.value === PLANES ? -1 : PLANES.indexOf(this.plane.value);
      const share = (plane, i) => this.numbers[plane * count + i] / most / 2 + 0.5, palette = this.lab.bench.palettes.diverging;
      for (let i = 0; i < count; i++) {
        const at = Math.round(share(Math.max(0, one), i) * 254) * 3;
        const rgb = one < 0 ? [0, 1, 2].map((plane) => Math.round(share(plane, i) * 255)) : palette.subarray(at, at + 3);
        context.fillStyle = `rgb(${[...rgb].join(" ")})`;
        context.fillRect((i % SIDE) * CELL, Math.floor(i / SIDE) * CELL, CELL, CELL);
      }
      [context.strokeStyle, context.lineWidth] = ["#ff5c00", 3];
      context.strokeRect(this.dot[1] * CELL, this.dot[0] * CELL, CELL, CELL);
      this.planes.replaceChildren(...["red", "green", "blue"].map((name, plane) => make("figure", {}, make("figcaption", {}, name),
        this.lab.why.square(this.numbers.slice(plane * count, (plane + 1) * count), most, `the ${name} plane of the kernel`))));
    }
  }

  window.insidecnn.lab.Easel = Easel;
})();
