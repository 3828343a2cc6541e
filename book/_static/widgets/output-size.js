// The size of a map: the formula with the reader's numbers, the windows over a row of pixels, and a chain of layers.
(() => {
  const { make, makeSvg, formatNumber, isWhole, wrongSetting, outputSize } = window.insidecnn;
  const { Widget, define } = window.insidecnn;
  const SETTINGS = { kernel_size: [1, 31], stride: [1, 16], padding: [0, 16] };
  const NAMES = Object.keys(SETTINGS);
  const LARGEST = 1024;
  const BAR = 24; // height of the row of pixels

  const pixels = (n) => `${n} pixel${n === 1 ? "" : "s"}`;
  const settingsOf = (numbers) => Object.fromEntries(NAMES.map((name, i) => [name, numbers[i]]));
  // PyTorch refuses to pool with more padding
  const isOverPadded = ({ kind, kernel_size, padding }) => kind !== "Conv2d" && 2 * padding > kernel_size;

  class OutputSize extends Widget {
    get task() {
      return this.data.layers.length > 1
        ? "Choose a layer and change its numbers: the sizes of all layers behind it follow."
        : "Change the numbers, and see which windows fit and which pixels are left over.";
    }

    get initial() {
      const layers = this.data.layers.map((layer) => NAMES.map((name) => layer[name]));
      return { size: this.data.size, layers, layer: 0 };
    }

    valid({ size, layers, layer }) {
      const count = this.data.layers.length;
      if (!isWhole(size, [1, LARGEST])) return `The size is ${size}; it must be a whole number from 1 to ${LARGEST}.`;
      if (layers.length !== count) return `The link has ${layers.length} layers; it must have ${count}.`;
      if (!isWhole(layer, [0, count - 1])) return `The layer's number is ${layer}; it must be from 0 to ${count - 1}.`;
      for (const numbers of layers) {
        if (numbers.length !== NAMES.length) {
          return "Each layer of the link must have a kernel_size, a stride and a padding.";
        }
        const wrong = wrongSetting(settingsOf(numbers), SETTINGS);
        if (wrong) return wrong;
      }
    }

    build() {
      this.rows = this.data.layers.map((layer, i) => this.row(layer, i));
      this.formula = make("dl", { class: "formula" });
      this.drawing = make("div", { class: "paper" });
      this.legend = make("ul", { class: "legend" });
      const caption = make("figcaption", {}, "One row of the padded image; below it, to scale, the windows that fit");
      this.code = make("code", {});
      let width = 0;
      const redraw = () => {
        if (this.drawing.clientWidth === width) return;
        width = this.drawing.clientWidth;
        this.drawPixels(this.result[this.state.layer]);
      };
      new ResizeObserver(redraw).observe(this.drawing);
      return [
        make("div", { class: "fields" }, this.number("size", "size of the input (px)", 1, LARGEST)),
        make("ol", { class: "layers" }, ...this.rows.map((row) => row.element)),
        make("p", { class: "sizes" }, "New size = ⌊(size + 2·padding − kernel_size) / stride⌋ + 1, step by step:"),
        this.formula,
        make("figure", { class: "drawn" }, caption, this.drawing, this.legend),
        make("pre", { class: "code" }, this.code),
      ];
    }

    // a layer's button, its fields, and the size before and after it
    row({ name }, i) {
      const fields = Object.entries(SETTINGS).map(([setting, limits], j) => {
        const change = (value, from) => this.changeSetting(i, j, value, from);
        const field = this.number(`${name} ${setting}`, setting, ...limits, change);
        field.querySelector("input").setAttribute("aria-label", `${name} ${setting}`);
        return field;
      });
      const onclick = () => this.set({ layer: i });
      const button = make("button", { type: "button", "aria-pressed": "false", onclick }, name);
      button.hidden = this.data.layers.length === 1;
      const sizes = make("span", { class: "went" });
      return { button, sizes, element: make("li", {}, button, ...fields, sizes) };
    }

    changeSetting(layer, setting, value, from) {
      const layers = this.state.layers.map((each) => [...each]);
      layers[layer][setting] = value;
      return this.set({ layers, layer }, { from });
    }

    // Layer after layer: the size before it, the size `out` behind it, and how many padded pixels are left over. Behind
    // a layer that does not fit all sizes are null.
    compute({ size, layers }) {
      return layers.map((numbers, i) => {
        const layer = { ...this.data.layers[i], ...settingsOf(numbers), size };
        const { kernel_size, stride, padding } = layer;
        const total = size + 2 * padding;
        if (size === null) return { ...layer, out: null };
        if (isOverPadded(layer)) {
          const here = `here it is ${padding} of ${kernel_size}`;
          layer.wrong = `PyTorch pools with a padding of at most half of kernel_size; ${here}.`;
        } else if (total < kernel_size) {
          layer.wrong = `A window of ${pixels(kernel_size)} does not fit into ${size} + 2·${padding} = ${total}.`;
        }
        const left = layer.wrong ? 0 : (total - kernel_size) % stride;
        size = layer.wrong ? null : outputSize(size, layer);
        return { ...layer, out: size, left };
      });
    }

    // the smallest input of which one pixel comes out at the end
    get least() {
      const before = (size, [kernel_size, stride, padding]) =>
        Math.max(1, (size - 1) * stride + kernel_size - 2 * padding);
      return this.state.layers.reduceRight(before, 1);
    }

    draw(state, layers) {
      const shown = layers[state.layer];
      const settings = layers.flatMap((layer) => NAMES.map((name) => [`${layer.name} ${name}`, layer[name]]));
      this.fill({ size: state.size, ...Object.fromEntries(settings) });
      this.rows.forEach(({ button, sizes, element }, i) => {
        const { size, out, wrong, left } = layers[i];
        button.setAttribute("aria-pressed", String(i === state.layer));
        element.classList.toggle("shown", i === state.layer);
        element.classList.toggle("broken", Boolean(wrong));
        const change = size === null ? "–" : `${size} → ${out} px${left ? `, ${left} px left over` : ""}`;
        sizes.textContent = wrong ?? change;
      });
      this.formula.replaceChildren(...this.steps(shown).map(([name, sum]) => this.step(name, sum)));
      this.drawPixels(shown);
      const { kind, channels, out } = shown;
      const numbers = NAMES.map((name) => `${name}=${shown[name]}`).join(", ");
      const comment = out === null ? "RuntimeError" : `(1,\u00a0${channels[1]},\u00a0${out},\u00a0${out})`;
      const depths = kind === "Conv2d" ? `${channels.join(", ")}, ` : "";
      this.code.textContent = `nn.${kind}(${depths}${numbers})  # ${comment}`;
      this.say(this.summary(shown, layers));
    }

    step(name, sum) {
      return make("div", {}, make("dt", {}, name), make("dd", {}, sum));
    }

    // the formula, one quantity a line: its name, and the sum that gives it
    steps({ size, kernel_size, stride, padding, out, left }) {
      if (size === null) return [["padded size", "nothing arrives here: a layer before does not fit"]];
      const total = size + 2 * padding;
      const room = total - kernel_size;
      const steps = [
        ["padded size", `size + 2·padding = ${size} + 2·${padding} = ${total} px`],
        ["room to move", `padded size − kernel_size = ${total} − ${kernel_size} = ${formatNumber(room)} px`],
      ];
      if (out === null) return steps;
      const whole = room % stride ? `⌊${formatNumber(room / stride, 4)}⌋ = ` : "";
      const rest = left ? `, and ${left} px left over` : ", and nothing left over";
      return [
        ...steps,
        ["steps that fit", `⌊room / stride⌋ = ⌊${room} / ${stride}⌋ = ${whole}${out - 1}${rest}`],
        ["new size", `the first window + one a step = 1 + ${out - 1} = ${out} px`],
      ];
    }

    summary(shown, layers) {
      const isChain = layers.length > 1;
      const broken = layers.find((layer) => layer.wrong);
      const end = broken ? `The chain breaks at ${broken.name}.` : `The chain ends with ${layers.at(-1).out}.`;
      const parts = isChain ? [`${shown.name}: ${this.windowsInWords(shown)}`, end] : [this.windowsInWords(shown)];
      if (!layers.some(isOverPadded)) {
        parts.push(`The smallest input that ${isChain ? "passes" : "fits"} is ${this.least}.`);
      }
      return parts.join(" ");
    }

    windowsInWords({ size, kernel_size, stride, padding, out, wrong, left }) {
      if (wrong) return wrong;
      if (size === null) return "nothing arrives here.";
      const windows = `${out} window${out === 1 ? "" : "s"}`;
      const parts = [`${size} + 2·${padding} = ${pixels(size + 2 * padding)}, ${windows}.`];
      if (left) {
        const real = Math.max(0, left - padding); // the padding is at the far end
        let kind = `${real} of the image, ${left - real} of padding`;
        if (real === 0) kind = "padding";
        if (real === left) kind = "of the image";
        parts.push(`After the last window ${pixels(left)} ${left === 1 ? "is" : "are"} left over (${kind}).`);
      } else {
        parts.push("The last window ends at the last pixel.");
      }
      const gap = stride - kernel_size;
      if (out > 1 && gap > 0) {
        parts.push(`Between neighbouring windows ${pixels(gap)} ${gap === 1 ? "is" : "are"} skipped.`);
      }
      return parts.join(" ");
    }

    // in words, only what is drawn
    drawLegend({ padding, kernel_size, stride, count, left, ghost }) {
      const gap = Math.max(0, stride - kernel_size);
      const unread = [left && `${left} px after the last window`, gap && count > 1 && `${gap} px between two windows`];
      const known = {
        image: "the image",
        pad: padding && `padding: ${pixels(padding)} added at each end`,
        window: count && `a window: ${pixels(kernel_size)}, each ${pixels(stride)} after the one before`,
        unread: (left || (gap && count > 1)) && `in no window: ${unread.filter(Boolean).join(", ")}`,
        ghost: ghost && (count ? "where the next window would be: it does not fit" : "the window: it does not fit"),
      };
      const swatch = (kind) => {
        const rect = makeSvg("rect", { class: kind, x: 1, y: 1, width: 20, height: 12 });
        const cross = kind === "unread" && makeSvg("path", { class: kind, d: "M1 1L21 13M1 13L21 1" });
        return makeSvg("svg", { class: "swatch", width: 22, height: 14, "aria-hidden": "true" }, rect, cross || "");
      };
      const drawn = Object.entries(known).filter(([, words]) => words);
      this.legend.replaceChildren(...drawn.map(([kind, words]) => make("li", {}, swatch(kind), words)));
    }

    // the padded row of pixels to scale, and its windows below, in so many lanes that none covers another
    drawPixels({ size, kernel_size, stride, padding, out, left }) {
      if (size === null) {
        const attributes = { class: "pixel-row", role: "img", "aria-label": "nothing to draw", width: 1, height: 1 };
        this.legend.replaceChildren();
        return this.drawing.replaceChildren(makeSvg("svg", attributes));
      }
      const total = size + 2 * padding;
      const count = out ?? 0;
      const next = count * stride; // where the window that does not fit would start
      const extent = left || out === null ? Math.max(total, next + kernel_size) : total;
      const unit = Math.min(36, (this.drawing.clientWidth - 2) / extent);
      const lanes = Math.min(count + 1, Math.ceil(kernel_size / stride));
      const high = Math.max(3, Math.min(14, 110 / lanes));

      const x = (place) => place * unit + 1;
      const box = (kind, start, length, y, height) => {
        const width = Math.max(0.5, length * unit - (kind === "window" ? 1 : 0));
        return makeSvg("rect", { class: kind, x: x(start), y, width, height });
      };
      const path = (kind, d) => makeSvg("path", { class: kind, d });
      const windowBox = (kind, i) => box(kind, i * stride, kernel_size, 30 + (i % lanes) * (high + 2), high);
      const unread = (start, length) => {
        const [a, b] = [x(start), x(start + length)];
        return [box("unread", start, length, 1, BAR), path("unread", `M${a} 1L${b} 25M${a} 25L${b} 1`)];
      };

      this.drawLegend({ padding, kernel_size, stride, count, left, ghost: extent > total });
      const parts = [box("pad", 0, total, 1, BAR), box("image", padding, size, 1, BAR)];
      if (unit >= 4) for (let i = 1; i < total; i++) parts.push(path("line", `M${x(i)} 1v${BAR}`));
      if (unit >= 22) {
        for (let i = 0; i < size; i++) parts.push(makeSvg("text", { x: x(padding + i + 0.5), y: 18 }, String(i)));
      }
      for (let i = 0; i < count; i++) parts.push(windowBox("window", i));
      if (extent > total) parts.push(windowBox("ghost", count));
      if (left) parts.push(...unread(total - left, left));
      const gap = stride - kernel_size;
      if (gap > 0) for (let i = 0; i + 1 < count; i++) parts.push(...unread(i * stride + kernel_size, gap));

      const row = `A row of ${pixels(size)} with ${padding} of padding at each end`;
      const words = `${row}, and ${count} windows of ${kernel_size} below it, ${stride} apart`;
      const [width, height] = [extent * unit + 2, 30 + lanes * (high + 2)];
      const attributes = { class: "pixel-row", role: "img", "aria-label": words, width, height };
      this.drawing.replaceChildren(makeSvg("svg", attributes, ...parts));
    }
  }

  define("cnn-output-size", OutputSize);
})();
