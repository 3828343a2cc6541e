// How large is the map? The formula with the reader's numbers, the windows over a row of pixels, and a chain of layers.
(() => {
  const { make, svg, written, Widget, define } = window.insidecnn;
  const SETTINGS = { kernel_size: [1, 31], stride: [1, 16], padding: [0, 16] };
  const LARGEST = 1024;
  const pixels = (n) => `${n} pixel${n === 1 ? "" : "s"}`;

  class OutputSize extends Widget {
    get initial() {
      return { size: this.data.size, layers: this.data.layers.map((layer) => Object.keys(SETTINGS).map((name) => layer[name])), layer: 0 };
    }

    valid({ size, layers, layer }) {
      const within = (value, [min, max]) => Number.isInteger(value) && value >= min && value <= max;
      if (!within(size, [1, LARGEST])) return `The size is ${size}; it must be a whole number from 1 to ${LARGEST}.`;
      if (layers.length !== this.data.layers.length) return `The link has ${layers.length} layers; it must have ${this.data.layers.length}.`;
      if (!within(layer, [0, layers.length - 1])) return `The layer's number is ${layer}; it must be from 0 to ${layers.length - 1}.`;
      for (const settings of layers) {
        if (settings.length !== 3) return "Each layer of the link must have a kernel_size, a stride and a padding.";
        const bad = Object.entries(SETTINGS).find(([, limits], i) => !within(settings[i], limits));
        if (bad) return `${bad[0]} is ${settings[Object.keys(SETTINGS).indexOf(bad[0])]}; it must be a whole number from ${bad[1][0]} to ${bad[1][1]}.`;
      }
    }

    build() {
      this.rows = this.data.layers.map(({ name }, i) => {
        const fields = Object.entries(SETTINGS).map(([setting, [min, max]], j) => {
          const field = this.number(`${name} ${setting}`, setting, min, max, (value) => this.put(i, j, value));
          field.querySelector("input").setAttribute("aria-label", `${name} ${setting}`);
          return field;
        });
        const button = make("button", { type: "button", "aria-pressed": "false", onclick: () => this.set({ layer: i }) }, name);
        button.hidden = this.data.layers.length === 1;
        const went = make("span", { class: "went" });
        return { button, went, element: make("li", {}, button, ...fields, went) };
      });
      this.formula = make("p", { class: "formula" });
      this.paper = make("div", { class: "paper" });
      this.code = make("code", {});
      window.addEventListener("resize", () => this.picture());
      return [
        make("div", { class: "fields" }, this.number("size", "size of the input", 1, LARGEST)),
        make("ol", { class: "layers" }, ...this.rows.map((row) => row.element)),
        this.formula, this.paper, make("pre", { class: "code" }, this.code),
      ];
    }

    put(layer, setting, value) {
      const layers = this.state.layers.map((each) => [...each]);
      layers[layer][setting] = value;
      return this.set({ layers, layer });
    }

    // arithmetic.output_size, layer after layer; what does not fit breaks the chain, and the rest gets nothing
    chain({ size, layers }) {
      return layers.map(([kernel_size, stride, padding], i) => {
        const link = { ...this.data.layers[i], size, kernel_size, stride, padding, room: size + 2 * padding - kernel_size };
        if (size === null) return { ...link, out: null };
        if (link.kind !== "Conv2d" && 2 * padding > kernel_size) link.wrong = `PyTorch pools with a padding of at most half of kernel_size; here it is ${padding} of ${kernel_size}.`;
        else if (link.room < 0) link.wrong = `A window of ${pixels(kernel_size)} does not fit into ${size} + 2·${padding} = ${size + 2 * padding}.`;
        size = link.wrong ? null : Math.floor(link.room / stride) + 1;
        return { ...link, out: size, dropped: link.wrong ? 0 : link.room % stride };
      });
    }

    draw(state) {
      const links = this.chain(state);
      this.result = links.map((link) => link.out);
      // the chain backwards: how many pixels each layer must get, if one is to come out at the end
      this.least = state.layers.reduceRight((need, [kernel_size, stride, padding]) => Math.max(1, (need - 1) * stride + kernel_size - 2 * padding), 1);
      this.now = links[state.layer];
      const named = links.flatMap((link) => Object.keys(SETTINGS).map((name) => [`${link.name} ${name}`, link[name]]));
      this.fill({ ...state, ...Object.fromEntries(named) });
      this.rows.forEach(({ button, went, element }, i) => {
        const { size, out, wrong, dropped } = links[i];
        button.setAttribute("aria-pressed", String(i === state.layer));
        element.classList.toggle("shown", i === state.layer);
        element.classList.toggle("broken", Boolean(wrong));
        went.textContent = wrong ?? (size === null ? "–" : `${size} → ${out}${dropped ? `, ${dropped} dropped` : ""}`);
      });
      this.formula.replaceChildren(...this.steps(this.now).map((step) => make("span", {}, step)));
      this.picture();
      const { kind, channels: [before, after], kernel_size, stride, padding, out } = this.now;
      const settings = `kernel_size=${kernel_size}, stride=${stride}, padding=${padding}`;
      const comment = out === null ? "RuntimeError" : `(1,\u00a0${after},\u00a0${out},\u00a0${out})`;
      this.code.textContent = `nn.${kind}(${kind === "Conv2d" ? `${before}, ${after}, ` : ""}${settings})  # ${comment}`;
      this.say(this.words(links));
    }

    steps({ size, kernel_size, stride, padding, room, out }) {
      if (size === null) return [];
      const steps = [`⌊(size + 2·padding − kernel_size) / stride⌋ + 1`, `= ⌊(${size} + 2·${padding} − ${kernel_size}) / ${stride}⌋ + 1`, `= ⌊${written(room)} / ${stride}⌋ + 1`];
      return out === null ? steps : [...steps, `= ⌊${written(room / stride, 4)}⌋ + 1`, `= ${out - 1} + 1 = ${out}`];
    }

    words(links) {
      const { name, size, kernel_size, stride, padding, out, wrong, dropped } = this.now;
      const broken = links.find((link) => link.wrong);
      const many = links.length > 1;
      let words = `${size} + 2·${padding} = ${pixels(size + 2 * padding)}, ${out} window${out === 1 ? "" : "s"}. `;
      if (wrong) words = `${wrong} `;
      else if (size === null) words = "nothing arrives here. ";
      else if (!dropped) words += "The last window ends at the last pixel. ";
      else {
        const real = Math.max(0, dropped - padding); // the padding is at the far end
        const kind = real === 0 ? "padding" : real === dropped ? "of the image" : `${real} of the image, ${dropped - real} of padding`;
        words += `After the last window ${pixels(dropped)} ${dropped === 1 ? "is" : "are"} left over (${kind}). `;
      }
      if (out > 1 && stride > kernel_size) words += `Between neighbouring windows ${pixels(stride - kernel_size)} ${stride - kernel_size === 1 ? "is" : "are"} skipped. `;
      if (many) words = `${name}: ${words}${broken ? `The chain breaks at ${broken.name}` : `The chain ends with ${this.result.at(-1)}`}. `;
      const refused = links.some((link) => link.kind !== "Conv2d" && 2 * link.padding > link.kernel_size);
      return `${words}${refused ? "" : `The smallest input that ${many ? "passes" : "fits"} is ${this.least}.`}`;
    }

    // the padded row of pixels to scale, and its windows below, in so many lanes that none covers another
    picture() {
      const { size, kernel_size, stride, padding, out, dropped } = this.now;
      const total = size + 2 * padding;
      const next = (out ?? 0) * stride; // where the window that does not fit would start
      const reach = dropped || out === null ? Math.max(total, next + kernel_size) : total;
      const unit = Math.min(36, (this.paper.clientWidth - 2) / reach);
      const lanes = Math.min((out ?? 0) + 1, Math.ceil(kernel_size / stride));
      const high = Math.max(3, Math.min(14, 110 / lanes));
      const parts = [];
      const box = (kind, start, length, y, height) => parts.push(svg("rect", { class: kind, x: start * unit + 1, y, width: Math.max(0.5, length * unit - (kind === "window" ? 1 : 0)), height }));
      const unread = (start, length) => {
        box("unread", start, length, 1, 24);
        const [left, right] = [start * unit + 1, (start + length) * unit + 1];
        parts.push(svg("path", { class: "unread", d: `M${left} 1L${right} 25M${left} 25L${right} 1` }));
      };
      if (size !== null) {
        box("pad", 0, total, 1, 24);
        box("image", padding, size, 1, 24);
        if (unit >= 4) for (let i = 1; i < total; i++) parts.push(svg("path", { class: "line", d: `M${i * unit + 1} 1v24` }));
        if (unit >= 22) for (let i = 0; i < size; i++) parts.push(svg("text", { x: (padding + i + 0.5) * unit + 1, y: 18 }, String(i)));
        for (let i = 0; i < out; i++) box("window", i * stride, kernel_size, 30 + (i % lanes) * (high + 2), high);
        if (reach > total) box("ghost", next, kernel_size, 30 + ((out ?? 0) % lanes) * (high + 2), high);
        if (dropped) unread(total - dropped, dropped);
        if (stride > kernel_size) for (let i = 0; i + 1 < out; i++) unread(i * stride + kernel_size, stride - kernel_size);
      }
      const label = size === null ? "nothing to draw" : `A row of ${pixels(size)} with ${padding} of padding at each end, and ${out ?? 0} windows of ${kernel_size} below it, ${stride} apart`;
      const height = size === null ? 1 : 30 + lanes * (high + 2);
      this.paper.replaceChildren(svg("svg", { class: "pixel-row", role: "img", "aria-label": label, width: reach * unit + 2 || 1, height }, ...parts));
    }
  }

  define("cnn-output-size", OutputSize);
})();
