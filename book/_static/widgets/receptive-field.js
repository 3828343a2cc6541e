// The receptive field of one cell: the block of cells it depends on in every map below it, down to the pixels.
(() => {
  const { make, makeSvg, formatNumber, isWhole, clamp, Widget, define } = window.insidecnn;
  const HEADS = ["layer", "kernel_size", "stride", "padding", "receptive field (px)", "jump (px)", "first (px)"];
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const AXES = ["row", "column"];

  // arithmetic.View.through: from layer to layer the field grows by (kernel_size − 1) jumps
  const through = (view, { kernel_size, stride, padding }) => ({
    field: view.field + (kernel_size - 1) * view.jump,
    jump: view.jump * stride,
    first: view.first - padding * view.jump,
  });

  class ReceptiveField extends Widget {
    get task() {
      return "Choose a layer, then a place in the photograph: the frame holds what a cell there depends on.";
    }

    get initial() {
      const { layer, cell } = this.data;
      return { layer, row: cell[0], column: cell[1] };
    }

    valid({ layer, row, column }) {
      const found = this.data.layers.find(({ name }) => name === layer);
      if (!found) {
        return `There is no layer ${layer}; choose one of ${this.data.layers.map(({ name }) => name).join(", ")}.`;
      }
      for (const [name, value] of Object.entries({ row, column })) {
        if (!isWhole(value, [0, found.size - 1]))
          return `${name} is ${value}; ${layer} has ${found.size}, counted from 0.`;
      }
    }

    build() {
      const { size, photo, layers, about } = this.data;
      let view = { field: 1, jump: 1, first: 0 };
      this.layers = layers.map((layer) => {
        const before = view;
        view = through(before, layer);
        return { ...layer, ...view, before };
      });
      // room for what lies outside the photograph, as a share of its size
      const outside = ({ first, field, jump, size: cells }) =>
        Math.max(-first, first + (cells - 1) * jump + field - size);
      this.margin = Math.max(...this.layers.map(outside)) / size + 0.01;

      this.photo = this.frame(photo, size);
      this.shade = makeSvg("path", { class: "dark", "fill-rule": "evenodd" });
      this.photo.image.after(this.shade);
      this.maps = this.layers.map((layer) => this.map(layer));
      const whole = makeSvg("image", { href: photo, width: size, height: size });
      this.fieldPixels = makeSvg("svg", { class: "piece", role: "img" }, whole);
      this.sliders = AXES.map((name) => {
        const oninput = (event) => this.set({ [name]: Number(event.target.value) });
        return make("input", { type: "range", min: 0, step: 1, "aria-label": name, oninput });
      });
      this.names = AXES.map(() => make("span", { "aria-hidden": "true" }));
      this.layersBody = make("tbody");
      this.sums = make("dl", { class: "sums" });
      this.code = make("code", {});
      return this.layout(about);
    }

    layout(about) {
      const figure = (text, ...children) => make("figure", {}, make("figcaption", {}, text), ...children);
      const maps = make("div", { class: "maps" }, ...this.maps.map((map) => map.button));
      const onkeydown = (event) => this.onKey(event);
      const sliders = this.sliders.map((slider, i) => make("label", { class: "field" }, this.names[i], slider));
      const head = HEADS.map((name) => make("th", { scope: "col" }, name));
      const table = make("table", { class: "layers" }, make("thead", {}, make("tr", {}, ...head)), this.layersBody);
      const scroll = { class: "scroll", tabindex: "0", role: "group", "aria-label": "The layers up to the chosen one" };
      const photograph = figure("the photograph, with the pixels that the cell depends on", this.clickablePhoto(about));
      photograph.append(make("p", { class: "credit" }, about));
      this.sumsTitle = make("p", { class: "head" });
      return [
        make(
          "div",
          { class: "stage", onkeydown },
          photograph,
          figure("these pixels alone", this.fieldPixels),
          figure("the layers' maps: each the mean of its channels, with the cells that count", maps),
        ),
        make("div", { class: "fields" }, ...sliders),
        this.sumsTitle,
        this.sums,
        make("p", { class: "head" }, "All layers up to it"),
        make("div", scroll, table),
        make("pre", { class: "code" }, this.code),
      ];
    }

    clickablePhoto(about) {
      const toPointer = (event) => this.set(this.nearest(this.layer, this.cellAt(event, this.photo)));
      return make(
        "div",
        {
          class: "photo",
          tabindex: 0,
          role: "group",
          "aria-label": `${about} Arrow keys move the cell.`,
          onclick: toPointer,
          onpointermove: (event) => event.pointerType === "mouse" && event.buttons && toPointer(event),
        },
        this.photo.svg,
      );
    }

    // a picture of size × size cells, room around it, and the block that the chosen cell depends on
    frame(href, size) {
      const margin = this.margin * size;
      const image = makeSvg("image", { href, width: size, height: size, preserveAspectRatio: "none" });
      const outside = makeSvg("rect", { class: "outside" });
      const block = makeSvg("rect", { class: "block" });
      const edge = makeSvg("rect", { class: "edge", width: size, height: size });
      const viewBox = [-margin, -margin, size + 2 * margin, size + 2 * margin].join(" ");
      const svg = makeSvg("svg", { viewBox, "aria-hidden": "true" }, outside, image, edge, block);
      return { svg, image, outside, block, size };
    }

    map(layer) {
      const frame = this.frame(layer.mean, layer.size);
      const onclick = (event) => this.set({ layer: layer.name, ...this.chosenCell(event, layer, frame) });
      const size = make("small", {}, `${layer.size} × ${layer.size}`);
      const name = make("span", {}, `${layer.name} `);
      return { ...frame, button: make("button", { type: "button", class: "map", onclick }, frame.svg, name, size) };
    }

    // of a map that is clicked: the cell there; of one chosen by key: the cell at the same place of the photograph
    chosenCell(event, layer, frame) {
      const { first, jump, field } = this.layer;
      const middle = [this.state.row, this.state.column].map((cell) => first + cell * jump + field / 2);
      if (!event.detail) return this.nearest(layer, middle);
      const [row, column] = this.cellAt(event, frame).map((value) => clamp(Math.floor(value), 0, layer.size - 1));
      return { row, column };
    }

    // row and column of the pointer, in the cells of a frame
    cellAt(event, { svg, size }) {
      const { left, top, width } = svg.getBoundingClientRect();
      const scale = (size * (1 + 2 * this.margin)) / width;
      return [event.clientY - top, event.clientX - left].map((value) => value * scale - this.margin * size);
    }

    get layer() {
      return this.layers.find(({ name }) => name === this.state.layer);
    }

    // the cell of a layer whose field has its middle nearest to a pixel
    nearest({ first, jump, field, size }, pixel) {
      const [row, column] = pixel.map((value) => clamp(Math.round((value - first - field / 2) / jump), 0, size - 1));
      return { row, column };
    }

    onKey(event) {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      const moved = (value, step) => clamp(value + step, 0, this.layer.size - 1);
      this.set({ row: moved(this.state.row, arrow[0]), column: moved(this.state.column, arrow[1]) });
    }

    // the layers from the photograph to the one that is shown
    get path() {
      return this.layers.slice(0, this.layers.indexOf(this.layer) + 1);
    }

    // Along one axis, the first and last cell that a cell depends on: [0] in the photograph, then in map after map.
    spans(cell) {
      const spans = [[cell, cell]];
      for (const { kernel_size, stride, padding } of this.path.reverse()) {
        const [first, last] = spans[0];
        spans.unshift([first * stride - padding, last * stride - padding + kernel_size - 1]);
      }
      return spans;
    }

    // the block in the photograph and in every map, [left, top, right, bottom] with right and bottom exclusive
    compute({ row, column }) {
      const columns = this.spans(column);
      return this.spans(row).map(([top, bottom], i) => [columns[i][0], top, columns[i][1] + 1, bottom + 1]);
    }

    draw({ layer, row, column }, blocks) {
      const { field, stage, size: cells } = this.layer;
      const [left, top] = blocks[0];
      [this.photo, ...this.maps].forEach((frame, i) => this.drawBlock(frame, blocks[i]));
      const inside = blocks[0].map((value) => clamp(value, 0, this.data.size));
      this.drawField(inside, left, top, field);
      this.maps.forEach(({ button }, i) => button.setAttribute("aria-pressed", String(this.layers[i].name === layer)));
      [row, column].forEach((value, i) => {
        this.sliders[i].max = cells - 1;
        this.sliders[i].value = value;
        this.sliders[i].setAttribute("aria-valuetext", `${value} of 0 to ${cells - 1}`);
        this.names[i].textContent = `${AXES[i]} ${value} of 0 to ${cells - 1}`;
      });
      this.layersBody.replaceChildren(...this.path.map((each) => this.rowOf(each)));
      const how = "from the numbers of the layer before to the pixels of this cell";
      this.sumsTitle.textContent = `${layer}, step by step: ${how}`;
      this.sums.replaceChildren(...this.steps(this.layer, row, column).map(([name, sum]) => this.step(name, sum)));
      const result = `(${blocks[0].join(",\u00a0")})`;
      this.code.textContent = `alexnet.receptive_field(model, "${stage}", (${row}, ${column}))  # ${result}`;

      const share = ((inside[2] - inside[0]) * (inside[3] - inside[1])) / field ** 2;
      const percent = `${Math.min(99, Math.round(100 * share))} % of them in the photograph, the rest in the padding`;
      const where = share === 1 ? "all of them in the photograph" : percent;
      const lines = `rows ${this.rangeOf(top)}, columns ${this.rangeOf(left)}`;
      this.say(`Cell (${row}, ${column}) of ${layer} depends on ${field} × ${field} pixels, ${where}: ${lines}.`);
    }

    // the photograph darkened around the field, and the field alone
    drawField([left, top, right, bottom], x, y, field) {
      const { size } = this.data;
      this.shade.setAttribute("d", `M0 0H${size}V${size}H0ZM${left} ${top}H${right}V${bottom}H${left}Z`);
      this.fieldPixels.setAttribute("viewBox", `${x} ${y} ${field} ${field}`);
      this.fieldPixels.setAttribute("aria-label", `The ${field} by ${field} pixels that the cell sees`);
    }

    drawBlock({ outside, block }, corners) {
      for (const rect of [outside, block]) {
        rect.toggleAttribute("hidden", !corners);
        if (!corners) continue;
        const [left, top, right, bottom] = corners;
        const sides = { x: left, y: top, width: right - left, height: bottom - top };
        for (const [name, value] of Object.entries(sides)) rect.setAttribute(name, value);
      }
    }

    // first and last pixel along one axis
    rangeOf(start) {
      return `${formatNumber(start)} to ${formatNumber(start + this.layer.field - 1)}`;
    }

    step(name, sum) {
      return make("div", {}, make("dt", {}, name), make("dd", {}, sum));
    }

    // one quantity a line: its name, and the sum that gives it
    steps({ kernel_size, stride, padding, field, jump, first, before }, row, column) {
      const [k, j] = [`(kernel_size ${kernel_size} − 1)`, `jump ${before.jump}`];
      const pixels = (cell) => {
        const start = first + cell * jump;
        const end = `to ${formatNumber(start)} + ${field} − 1 = ${formatNumber(start + field - 1)}`;
        return `from first ${formatNumber(first)} + ${cell}·jump ${jump} = ${formatNumber(start)} ${end}`;
      };
      return [
        ["receptive field: how many pixels wide", `${before.field} + ${k} · ${j} = ${field} px`],
        ["jump: from one cell to the next", `${j} · stride ${stride} = ${jump} px`],
        [
          "first: the pixel where cell 0 begins",
          `${formatNumber(before.first)} − padding ${padding} · ${j} = ${formatNumber(first)}`,
        ],
        [`pixel rows of row ${row}`, pixels(row)],
        [`pixel columns of column ${column}`, pixels(column)],
      ];
    }

    // a layer's numbers, in the order of the heads
    rowOf({ name, kernel_size, stride, padding, field, jump, first }) {
      const numbers = [kernel_size, stride, padding, field, jump, first];
      const cells = numbers.map((number) => make("td", {}, formatNumber(number)));
      const shown = name === this.layer.name ? "shown" : null;
      return make("tr", { class: shown }, make("th", { scope: "row" }, name), ...cells);
    }
  }

  define("cnn-receptive-field", ReceptiveField);
})();
