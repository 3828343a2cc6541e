// The pooling stepper: a window walks over a feature map, and of each place the largest number or the mean is kept.
(() => {
  const { make, label, formatNumber, formatSum, wrongSetting, outputSize } = window.insidecnn;
  const { Widget, ArrayTable, withTyped, withSign, Stepper, define } = window.insidecnn;
  const LARGEST_MAP = 8;
  const FIELDS = { kernel_size: [1, 5], stride: [1, 5], padding: [0, 2] };
  const FLAGS = { ceil_mode: [0, 1], count_include_pad: [0, 1] };
  const LIMITS = { ...FIELDS, ...FLAGS, step: [0, 99] };

  const indices = (count) => Array.from({ length: count }, (_, i) => i);
  const inRows = (list, width) => indices(list.length / width).map((r) => list.slice(r * width, (r + 1) * width));
  const key = ({ r, c }) => `${r},${c}`;

  class Pooling extends Widget {
    get task() {
      return "Go from window to window with ‹ and ›, and type other numbers into the map.";
    }

    get initial() {
      const { map, kernel_size, stride } = this.data;
      return { mode: "max", map, kernel_size, stride, padding: 0, ceil_mode: 0, count_include_pad: 1, step: 0 };
    }

    valid(state) {
      const { mode, map, kernel_size, padding } = state;
      if (!["max", "avg"].includes(mode)) return `mode is ${mode}; it must be max or avg.`;
      if (map.some((row) => row.length !== map[0].length)) return "The rows of the map must be equally long.";
      if (Math.max(map.length, map[0].length) > LARGEST_MAP) return "A map of at most 8 × 8 numbers fits here.";
      const wrong = wrongSetting(state, LIMITS);
      if (wrong) return wrong;
      if (2 * padding > kernel_size) {
        const limit = `at most half of kernel_size, which is ${kernel_size}`;
        return `padding is ${padding}; it must be ${limit}: a window could hold padding alone.`;
      }
      if (Math.min(...this.pooledSize(state)) < 1) {
        const size = `${map.length} × ${map[0].length} numbers with padding ${padding}`;
        const cure = "use a smaller kernel_size or more padding";
        return `A window of ${kernel_size} × ${kernel_size} does not fit into ${size}; ${cure}.`;
      }
    }

    // height and width of the result
    pooledSize({ map, ...settings }) {
      return [map.length, map[0].length].map((size) => outputSize(size, settings));
    }

    // the window's number stays within the result
    complete(state) {
      const [height, width] = this.pooledSize(state);
      return { ...state, step: Math.min(state.step, height * width - 1) };
    }

    build() {
      this.mode = make(
        "select",
        { onchange: () => this.set({ mode: this.mode.value }) },
        make("option", { value: "max" }, "max"),
        make("option", { value: "avg" }, "average"),
      );
      this.map = new ArrayTable("map", { edit: (...change) => this.write(...change) });
      this.window = new ArrayTable("window");
      const pick = (row, column) => this.set({ step: row * this.result.pooled[0].length + column });
      this.pooled = new ArrayTable("pooled", { pick });
      this.steps = new Stepper(this, "step", "window");
      this.code = make("code", {});
      this.signedResult = withSign("", this.pooled);
      const fields = Object.entries(FIELDS).map(([name, limits]) => this.number(name, name, ...limits));
      this.flags = Object.fromEntries(Object.keys(FLAGS).map((name) => [name, this.flag(name)]));
      const flags = Object.entries(this.flags).map(([name, box]) => label(name, box));
      return [
        make("div", { class: "fields" }, label("keep", this.mode), ...fields, ...flags),
        make("div", { class: "arrays" }, this.map.element, withSign("→", this.window), this.signedResult),
        this.steps.element,
        make("pre", { class: "code" }, this.code),
      ];
    }

    // a box to tick; 0 or 1 in the state
    flag(name) {
      const onchange = () => this.set({ [name]: Number(box.checked) }, { from: box });
      const box = make("input", { type: "checkbox", onchange });
      return box;
    }

    write(row, column, field) {
      const map = withTyped(this, this.state.map, row, column, field);
      if (map) this.set({ map }, { from: field });
    }

    // Every window: its cells, what is kept of it, and how many cells count in its mean. A cell's value is null beyond
    // the padding, which a last window with ceil_mode can reach.
    compute(state) {
      const { mode, map, kernel_size, stride, padding, count_include_pad } = state;
      const [height, width] = this.pooledSize(state);
      const cellAt = (r, c) => {
        if (map[r]?.[c] !== undefined) return { r, c, value: map[r][c], inside: true };
        const inPadding = r < map.length + padding && c < map[0].length + padding;
        const border = mode === "max" ? -Infinity : 0; // less than every number; nothing in a sum
        return { r, c, value: inPadding ? border : null, inside: false };
      };
      const windowAt = (row, column) => {
        const [top, left] = [row * stride - padding, column * stride - padding];
        const places = indices(kernel_size ** 2).map((i) => [Math.floor(i / kernel_size), i % kernel_size]);
        const cells = places.map(([y, x]) => cellAt(top + y, left + x));
        const real = cells.filter((cell) => cell.inside);
        // the first of equals, as in torch
        const winner = real.reduce((best, cell) => (cell.value > best.value ? cell : best));
        const count = count_include_pad ? cells.filter((cell) => cell.value !== null).length : real.length;
        const mean = real.reduce((sum, cell) => sum + cell.value, 0) / count;
        return { cells, real, winner, count, kept: mode === "max" ? winner.value : mean };
      };
      const windows = indices(height * width).map((i) => windowAt(Math.floor(i / width), i % width));
      // the map with its padding, and as far as the last window reaches
      const extent = (size, count) => Math.max(size + 2 * padding, (count - 1) * stride + kernel_size);
      const [rows, columns] = [extent(map.length, height), extent(map[0].length, width)];
      return {
        windows,
        padded: indices(rows).map((r) => indices(columns).map((c) => cellAt(r - padding, c - padding).value)),
        pooled: inRows(
          windows.map((each) => each.kept),
          width,
        ),
        winners: windows.map(({ winner }) => winner.r * map[0].length + winner.c),
      };
    }

    draw(state, result) {
      const { mode, kernel_size, stride, padding, ceil_mode, count_include_pad, step } = state;
      const { windows, pooled } = result;
      const [height, width] = [pooled.length, pooled[0].length];
      this.fill(state);
      this.mode.value = mode;
      for (const [name, box] of Object.entries(this.flags)) if (!this.errors.has(box)) box.checked = state[name];
      this.flags.count_include_pad.parentElement.hidden = mode === "max";
      this.signedResult.firstChild.textContent = mode === "max" ? "max →" : "mean →";
      const read = new Set(windows.flatMap((each) => each.cells.map(key)));
      this.drawArrays(state, result, read);

      const where = `Window ${step + 1} of ${windows.length} (row ${Math.floor(step / width)}, column ${step % width})`;
      this.steps.show(windows.length - 1, `${where}: ${formatNumber(windows[step].kept)}`);
      const flags = mode === "max" ? { ceil_mode } : { ceil_mode, count_include_pad };
      const settings = [
        ...Object.entries({ kernel_size, stride, padding }).map(([name, number]) => `${name}=${number}`),
        ...Object.entries(flags).map(([name, on]) => `${name}=${on ? "True" : "False"}`),
      ];
      const size = `(1,\u00a01,\u00a0${height},\u00a0${width})`;
      this.code.textContent = `F.${mode}_pool2d(x, ${settings.join(", ")})  # ${size}`;
      const kept = mode === "max" ? this.aboutMaximum(windows[step], windows) : this.aboutMean(windows[step]);
      this.say(`${where}: ${kept}${this.aboutUnread(state.map, read)}`);
    }

    drawArrays({ mode, map, kernel_size, padding, step }, { windows, padded, pooled }, read) {
      const largest = Math.max(...map.flat().map(Math.abs));
      const { cells, winner } = windows[step];
      const inWindow = new Set(cells.map(key));
      const isWinner = (cell) => mode === "max" && key(cell) === key(winner);
      const classes = (names) =>
        Object.keys(names)
          .filter((name) => names[name])
          .join(" ");

      this.map.show(padded, {
        border: padding,
        size: [map.length, map[0].length],
        largest,
        mark: (r, c) => {
          const cell = { r: r - padding, c: c - padding };
          return classes({ window: inWindow.has(key(cell)), winner: isWinner(cell), unread: !read.has(key(cell)) });
        },
      });
      const rows = inRows(cells, kernel_size);
      this.window.show(
        rows.map((row) => row.map((cell) => cell.value)),
        { largest, mark: (r, c) => classes({ border: !rows[r][c].inside, winner: isWinner(rows[r][c]) }) },
      );
      const width = pooled[0].length;
      this.pooled.show(
        pooled.map((row, r) => row.map((kept, c) => (r * width + c <= step ? kept : null))),
        {
          largest,
          mark: (r, c) => {
            const i = r * width + c;
            return classes({ window: i === step, winner: i <= step && isWinner(windows[i].winner) });
          },
        },
      );
    }

    aboutMaximum({ real, winner, kept }, windows) {
      const wins = windows.filter((each) => key(each.winner) === key(winner)).length;
      const list = real.map((cell) => formatNumber(cell.value)).join(", ");
      const more = wins > 1 ? `, which wins ${wins} windows` : "";
      return `the largest of ${list} is ${formatNumber(kept)}, from row ${winner.r}, column ${winner.c}${more}.`;
    }

    aboutMean({ cells, real, count, kept }) {
      const padded = cells.filter((cell) => cell.value !== null).length - real.length;
      const beyond = cells.length - real.length - padded;
      const parts = [`(${formatSum(real.map((cell) => cell.value))}) / ${count} = ${formatNumber(kept)}.`];
      if (padded) {
        const cellsAre = padded > 1 ? "cells are" : "cell is";
        parts.push(`${padded} more ${cellsAre} padding and ${count > real.length ? "count as 0" : "left out"}.`);
      }
      if (beyond) parts.push(`${beyond} beyond the padding never count${beyond > 1 ? "" : "s"}.`);
      return parts.join(" ");
    }

    aboutUnread(map, read) {
      const unread = map.flatMap((row, r) => row.filter((_, c) => !read.has(key({ r, c })))).length;
      if (!unread) return "";
      return ` ${unread} ${unread > 1 ? "numbers" : "number"} of the map ${unread > 1 ? "are" : "is"} in no window.`;
    }
  }

  define("cnn-pooling", Pooling);
})();
