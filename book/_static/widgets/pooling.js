// The pooling stepper: a window walks over a feature map, and of each place the largest number or the mean is kept.
(() => {
  const { make, joined, written, Widget, Numbers, Stepper, define } = window.insidecnn;

  // how many windows fit along one axis: arithmetic.output_size
  const outputSize = (size, { kernel_size, stride, padding, ceil_mode }) => {
    const room = size + 2 * padding - kernel_size;
    const windows = Math.floor(room / stride) + 1;
    // one more may stick out at the far end, if it starts inside the map or its near padding
    return windows + (ceil_mode && room % stride && windows * stride < size + padding ? 1 : 0);
  };

  class Pooling extends Widget {
    get initial() {
      const { map, kernel_size, stride } = this.data;
      return { mode: "max", map, kernel_size, stride, padding: 0, ceil_mode: 0, count_include_pad: 1, step: 0 };
    }

    valid(state) {
      const { mode, map, kernel_size, padding } = state;
      if (!["max", "avg"].includes(mode)) return `mode is ${mode}; it must be max or avg.`;
      if (map.some((row) => row.length !== map[0].length)) return "The rows of the map must be equally long.";
      if (map.length > 8 || map[0].length > 8) return "A map of at most 8 × 8 numbers fits here.";
      const limits = { kernel_size: [1, 5], stride: [1, 5], padding: [0, 2], ceil_mode: [0, 1], count_include_pad: [0, 1], step: [0, 99] };
      for (const [name, [min, max]] of Object.entries(limits)) {
        const value = state[name];
        if (!Number.isInteger(value) || value < min || value > max) return `${name} is ${value}; it must be a whole number from ${min} to ${max}.`;
      }
      if (2 * padding > kernel_size) return `padding is ${padding}; it must be at most half of kernel_size, which is ${kernel_size}: a window could hold padding alone.`;
      if (Math.min(outputSize(map.length, state), outputSize(map[0].length, state)) < 1) {
        return `A window of ${kernel_size} × ${kernel_size} does not fit into ${map.length} × ${map[0].length} numbers with padding ${padding}; use a smaller kernel_size or more padding.`;
      }
    }

    build() {
      this.mode = make("select", { onchange: () => this.set({ mode: this.mode.value }) }, make("option", { value: "max" }, "max"), make("option", { value: "avg" }, "average"));
      this.map = new Numbers("map", { edit: (r, c, value, text) => this.write(r, c, value, text) });
      this.window = new Numbers("window");
      this.pooled = new Numbers("pooled", { pick: (r, c) => this.set({ step: r * this.width + c }) });
      this.steps = new Stepper(this, "step", "window");
      this.code = make("code", {});
      this.sign = joined("", this.pooled);
      return [
        make("div", { class: "fields" }, make("label", { class: "field" }, make("span", {}, "keep"), this.mode),
          this.number("kernel_size", "kernel_size", 1, 5), this.number("stride", "stride", 1, 5), this.number("padding", "padding", 0, 2),
          this.flag("ceil_mode"), this.flag("count_include_pad")),
        make("div", { class: "arrays" }, this.map.element, joined("→", this.window), this.sign),
        this.steps.element,
        make("pre", { class: "code" }, this.code),
      ];
    }

    // a box to tick; 0 or 1 in the state
    flag(name) {
      const box = make("input", { type: "checkbox", onchange: () => this.set({ [name]: Number(box.checked) }) || (box.checked = this.state[name]) });
      (this.flags ??= {})[name] = box;
      return make("label", { class: "field" }, make("span", {}, name), box);
    }

    write(row, column, value, text) {
      if (Number.isNaN(value)) {
        this.draw(this.state);
        return this.say(`“${text}” is not a number; the map stays as it was.`, true);
      }
      const map = this.state.map.map((each) => [...each]);
      map[row][column] = value;
      this.set({ map });
    }

    // every window: its cells, what is kept of it, and how many cells count in its mean
    compute(state) {
      const { mode, map, kernel_size, stride, padding, count_include_pad } = state;
      const [height, width] = [outputSize(map.length, state), outputSize(map[0].length, state)];
      const inside = (r, c) => r >= 0 && c >= 0 && r < map.length && c < map[0].length;
      const border = mode === "max" ? -Infinity : 0; // what never wins; what adds nothing
      const value = (r, c) => (inside(r, c) ? map[r][c] : r < map.length + padding && c < map[0].length + padding ? border : null);
      const window = (row, column) => {
        const cells = Array.from({ length: kernel_size ** 2 }, (_, i) => {
          const [r, c] = [row * stride - padding + Math.floor(i / kernel_size), column * stride - padding + (i % kernel_size)];
          return { r, c, value: value(r, c), inside: inside(r, c) };
        });
        const real = cells.filter((cell) => cell.inside);
        const winner = real.reduce((best, cell) => (cell.value > best.value ? cell : best)); // the first of equals, as in torch
        const count = count_include_pad ? cells.filter((cell) => cell.value !== null).length : real.length;
        return { cells, real, winner, count, kept: mode === "max" ? winner.value : real.reduce((sum, cell) => sum + cell.value, 0) / count };
      };
      return { height, width, value, windows: Array.from({ length: height * width }, (_, i) => window(Math.floor(i / width), i % width)) };
    }

    draw(state) {
      const { height, width, value, windows } = this.compute(state);
      const { mode, map, kernel_size, stride, padding, ceil_mode, count_include_pad } = state;
      const rows = (list, wide) => Array.from({ length: list.length / wide }, (_, r) => list.slice(r * wide, (r + 1) * wide));
      const step = (state.step = Math.min(state.step, windows.length - 1));
      const now = windows[step];
      this.width = width;
      this.result = rows(windows.map((each) => each.kept), width);
      this.winners = windows.map(({ winner }) => winner.r * map[0].length + winner.c);
      this.fill(state);
      this.mode.value = mode;
      for (const [name, box] of Object.entries(this.flags)) box.checked = state[name];
      this.flags.count_include_pad.parentElement.hidden = mode === "max";
      this.sign.firstChild.textContent = mode === "max" ? "max →" : "mean →";

      const largest = Math.max(...map.flat().map(Math.abs));
      const key = ({ r, c }) => `${r},${c}`;
      const [within, read] = [new Set(now.cells.map(key)), new Set(windows.flatMap((each) => each.cells.map(key)))];
      const won = (cell) => mode === "max" && key(cell) === key(now.winner);
      const reach = (size, count) => Math.max(size + 2 * padding, (count - 1) * stride + kernel_size); // with a last window that sticks out
      const paper = Array.from({ length: reach(map.length, height) }, (_, r) => Array.from({ length: reach(map[0].length, width) }, (_, c) => value(r - padding, c - padding)));
      this.map.show(paper, { border: padding, size: [map.length, map[0].length], largest, mark: (r, c) => {
        const cell = { r: r - padding, c: c - padding };
        return `${within.has(key(cell)) ? "window" : ""} ${won(cell) ? "winner" : ""} ${read.has(key(cell)) ? "" : "unread"}`;
      } });
      const cells = rows(now.cells, kernel_size);
      this.window.show(cells.map((row) => row.map((cell) => cell.value)), { largest, mark: (r, c) => `${cells[r][c].inside ? "" : "border"} ${won(cells[r][c]) ? "winner" : ""}` });
      const seen = windows.map((each, i) => (i <= step ? each.kept : null));
      this.pooled.show(rows(seen, width), { largest, mark: (r, c) => {
        const i = r * width + c;
        return `${i === step ? "window" : ""} ${i <= step && won(windows[i].winner) ? "winner" : ""}`;
      } });

      const where = `Window ${step + 1} of ${windows.length} (row ${Math.floor(step / width)}, column ${step % width})`;
      this.steps.show(windows.length - 1, `${where}: ${written(now.kept)}`);
      const settings = Object.entries({ kernel_size, stride, padding }).map(([name, number]) => `${name}=${number}`);
      const flags = Object.entries(mode === "max" ? { ceil_mode } : { ceil_mode, count_include_pad }).map(([name, on]) => `${name}=${on ? "True" : "False"}`);
      this.code.textContent = `F.${mode}_pool2d(x, ${[...settings, ...flags].join(", ")})  # (1,\u00a01,\u00a0${height},\u00a0${width})`;
      this.say(`${where}: ${mode === "max" ? this.largest(now, windows) : this.mean(now)}${this.left(map, read)}`);
    }

    largest({ real, winner, kept }, windows) {
      const wins = windows.filter((each) => each.winner.r === winner.r && each.winner.c === winner.c).length;
      const list = real.map((cell) => written(cell.value)).join(", ");
      return `the largest of ${list} is ${written(kept)}, from row ${winner.r}, column ${winner.c}${wins > 1 ? `, which wins ${wins} windows` : ""}.`;
    }

    mean({ cells, real, count, kept }) {
      const sum = real.map((cell) => written(cell.value)).join(" + ").replace(/\+ −/g, "− ");
      const padded = cells.filter((cell) => cell.value !== null).length - real.length;
      const outside = cells.length - real.length - padded;
      const words = padded ? ` ${padded} more ${padded > 1 ? "cells are" : "cell is"} padding and ${count > real.length ? "count as 0" : "left out"}.` : "";
      return `(${sum}) / ${count} = ${written(kept)}.${words}${outside ? ` ${outside} beyond the padding never count${outside > 1 ? "" : "s"}.` : ""}`;
    }

    left(map, read) {
      const lost = map.flatMap((row, r) => row.filter((_, c) => !read.has(`${r},${c}`))).length;
      return lost ? ` ${lost} ${lost > 1 ? "numbers" : "number"} of the map ${lost > 1 ? "are" : "is"} in no window.` : "";
    }
  }

  define("cnn-pooling", Pooling);
})();
