// What one cell of a layer sees: the block of cells in every map below it, down to the pixels of a photograph.
(() => {
  const { make, svg, written, Widget, define } = window.insidecnn;
  const RULES = ["field r + (k − 1)·j", "jump j·s", "first pixel − p·j"];

  class ReceptiveField extends Widget {
    get initial() { return { layer: this.data.layer, row: this.data.cell[0], column: this.data.cell[1] }; }

    valid({ layer, row, column }) {
      const found = this.data.layers.find(({ name }) => name === layer);
      if (!found) return `There is no layer ${layer}; choose one of ${this.data.layers.map(({ name }) => name).join(", ")}.`;
      for (const [name, value] of Object.entries({ row, column })) {
        if (!Number.isInteger(value) || value < 0 || value >= found.size) return `${name} is ${value}; ${layer} has ${found.size}, counted from 0.`;
      }
    }

    build() {
      const { size, photo, layers, about } = this.data;
      // arithmetic.View.through: from layer to layer the field grows by (k − 1) jumps
      let view = { field: 1, jump: 1, first: 0 };
      this.layers = layers.map((layer) => {
        const before = view;
        view = { field: before.field + (layer.kernel_size - 1) * before.jump, jump: before.jump * layer.stride, first: before.first - layer.padding * before.jump };
        return { ...layer, ...view, before };
      });
      // room for what lies outside the photograph, as a share of its size
      this.margin = Math.max(...this.layers.map(({ first, field, jump, size: cells }) => Math.max(-first, first + (cells - 1) * jump + field - size))) / size + 0.01;
      this.photo = this.frame(photo, size);
      this.dark = svg("path", { class: "dark", "fill-rule": "evenodd" });
      this.photo.image.after(this.dark);
      this.maps = this.layers.map((layer) => this.map(layer));
      this.piece = svg("svg", { class: "piece", role: "img" }, svg("image", { href: photo, width: size, height: size }));
      const point = (event) => this.set(this.nearest(this.now, ...this.place(event, this.photo.svg, size)));
      const picture = make("div", { class: "photo", tabindex: 0, role: "group", "aria-label": `${about} Arrow keys move the cell.`, onclick: point,
        onpointermove: (event) => event.pointerType === "mouse" && event.buttons && point(event) }, this.photo.svg);
      this.sliders = ["row", "column"].map((name) => make("input", { type: "range", min: 0, step: 1, "aria-label": name, oninput: (event) => this.set({ [name]: Number(event.target.value) }) }));
      this.names = this.sliders.map(() => make("span", { "aria-hidden": "true" }));
      this.sums = make("tbody");
      this.code = make("code", {});
      const head = ["layer", ...RULES].map((name) => make("th", { scope: "col" }, name));
      return [
        make("div", { class: "stage", onkeydown: (event) => this.key(event) }, make("figure", {}, picture, make("figcaption", {}, about)),
          make("div", { class: "below" },
            make("figure", {}, make("div", { class: "maps" }, ...this.maps.map((map) => map.button)), make("figcaption", {}, "each the mean of its layer's channels")),
            make("figure", {}, this.piece, make("figcaption", {}, "what the cell sees")))),
        make("div", { class: "fields" }, ...this.sliders.map((slider, i) => make("label", { class: "field" }, this.names[i], slider))),
        make("table", { class: "sums" }, make("thead", {}, make("tr", {}, ...head)), this.sums),
        make("pre", { class: "code" }, this.code),
      ];
    }

    // a picture of size × size cells, room around it, and the block that a cell depends on
    frame(href, size) {
      const margin = this.margin * size;
      const image = svg("image", { href, width: size, height: size, preserveAspectRatio: "none" });
      const [outside, block] = ["outside", "block"].map((name) => svg("rect", { class: name }));
      const picture = svg("svg", { viewBox: [-margin, -margin, size + 2 * margin, size + 2 * margin].join(" "), "aria-hidden": "true" },
        outside, image, svg("rect", { class: "edge", width: size, height: size }), block);
      return { svg: picture, image, outside, block, size };
    }

    map(layer) {
      const frame = this.frame(layer.mean, layer.size);
      const button = make("button", { type: "button", class: "map", onclick: (event) => {
        // pointed at: that cell; chosen by key: the cell at the same place of the photograph
        const cell = event.detail ? this.place(event, frame.svg, layer.size).map((value) => Math.floor(value)) : null;
        const most = (value) => Math.max(0, Math.min(layer.size - 1, value));
        this.set({ layer: layer.name, ...(cell ? { row: most(cell[0]), column: most(cell[1]) } : this.nearest(layer, ...this.centre())) });
      } }, frame.svg, make("span", {}, `${layer.name} `), make("small", {}, `${layer.size} × ${layer.size}`));
      return { ...frame, button };
    }

    // where in a frame the pointer is: row and column, in its cells
    place(event, picture, size) {
      const { left, top, width } = picture.getBoundingClientRect();
      const scale = (size * (1 + 2 * this.margin)) / width;
      return [event.clientY - top, event.clientX - left].map((value) => value * scale - this.margin * size);
    }

    get now() { return this.layers.find(({ name }) => name === this.state.layer); }
    centre() { return [this.state.row, this.state.column].map((cell) => this.now.first + cell * this.now.jump + this.now.field / 2); }

    // the cell of a layer whose field has its middle nearest to a pixel
    nearest({ first, jump, field, size }, y, x) {
      const [row, column] = [y, x].map((value) => Math.max(0, Math.min(size - 1, Math.round((value - first - field / 2) / jump))));
      return { row, column };
    }

    key(event) {
      const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
      if (!down && !right) return;
      event.preventDefault();
      const within = (value) => Math.max(0, Math.min(this.now.size - 1, value));
      this.set({ row: within(this.state.row + down), column: within(this.state.column + right) });
    }

    // the cone: first and last cell, in every map down to the photograph, that a cell depends on; along one axis
    cone(cell) {
      const spans = [[cell, cell]];
      for (const { kernel_size, stride, padding } of this.layers.slice(0, this.layers.indexOf(this.now) + 1).reverse()) {
        const [first, last] = spans[0];
        spans.unshift([first * stride - padding, last * stride - padding + kernel_size - 1]);
      }
      return spans;
    }

    draw({ layer, row, column }) {
      const { size } = this.data;
      const { field, stage, size: cells } = this.now;
      this.spans = [this.cone(row), this.cone(column)];
      const [[[top, bottom]], [[left, right]]] = this.spans;
      this.result = [left, top, right + 1, bottom + 1];
      [this.photo, ...this.maps].forEach((frame, i) => this.block(frame, this.spans[0][i], this.spans[1][i]));
      const clip = (value) => Math.max(0, Math.min(size, value));
      const inside = [clip(top), clip(bottom + 1), clip(left), clip(right + 1)];
      this.dark.setAttribute("d", `M0 0H${size}V${size}H0ZM${inside[2]} ${inside[0]}H${inside[3]}V${inside[1]}H${inside[2]}Z`);
      this.piece.setAttribute("viewBox", `${left} ${top} ${field} ${field}`);
      this.piece.setAttribute("aria-label", `The ${field} by ${field} pixels that the cell sees`);
      this.maps.forEach(({ button }, i) => button.setAttribute("aria-pressed", String(this.layers[i] === this.now)));
      this.sliders.forEach((slider, i) => {
        const [name, value] = i ? ["column", column] : ["row", row];
        slider.max = cells - 1;
        slider.value = value;
        slider.setAttribute("aria-valuetext", `${value} of 0 to ${cells - 1}`);
        this.names[i].textContent = `${name} ${value} of 0 to ${cells - 1}`;
      });
      this.sums.replaceChildren(...this.layers.slice(0, this.layers.indexOf(this.now) + 1).map((each) => this.sum(each)));
      this.code.textContent = `alexnet.receptive_field(model, "${stage}", (${row}, ${column}))  # (${this.result.join(",\u00a0")})`;

      const share = ((inside[1] - inside[0]) * (inside[3] - inside[2])) / field ** 2;
      const rest = share === 1 ? "all of them in the photograph" : `${Math.floor(100 * share)} % of them in the photograph, the rest in the padding`;
      this.say(`Cell (${row}, ${column}) of ${layer} depends on ${field} × ${field} pixels, ${rest}: ${this.line("rows", row, top)}; ${this.line("columns", column, left)}.`);
    }

    line(name, cell, start) {
      const { first, jump, field } = this.now;
      return `${name} from ${written(first)} + ${cell}·${jump} = ${written(start)} to ${written(start)} + ${field} − 1 = ${written(start + field - 1)}`;
    }

    // a row of the table: the three rules with this layer's numbers; a narrow screen breaks them after the "="
    sum(layer) {
      const { name, kernel_size, stride, padding, field, jump, first, before } = layer;
      const sums = [`${field} = ${before.field} + (${kernel_size} − 1)·${before.jump}`, `${jump} = ${before.jump}·${stride}`, `${written(first)} = ${written(before.first)} − ${padding}·${before.jump}`];
      return make("tr", { class: layer === this.now ? "shown" : null }, make("th", { scope: "row" }, name), ...sums.map((sum) => make("td", {}, sum.replace(/ /g, "\u00a0").replace("=\u00a0", "= "))));
    }

    block({ outside, block }, rows, columns) {
      for (const rect of [outside, block]) {
        rect.toggleAttribute("hidden", !rows);
        if (!rows) continue;
        const numbers = { x: columns[0], y: rows[0], width: columns[1] - columns[0] + 1, height: rows[1] - rows[0] + 1 };
        for (const [name, value] of Object.entries(numbers)) rect.setAttribute(name, value);
      }
    }
  }

  define("cnn-receptive-field", ReceptiveField);
})();
