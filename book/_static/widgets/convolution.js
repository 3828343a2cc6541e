// The convolution stepper: a filter walks over an image, window by window.
(() => {
  const { make, label, select, formatNumber, formatSum, wrongSetting, outputSize } = window.insidecnn;
  const { Widget, ArrayTable, withTyped, withSign, Stepper, define } = window.insidecnn;
  const OWN = "my own";
  const LIMITS = { stride: [1, 4], padding: [0, 3], dilation: [1, 3] };
  const LARGEST_IMAGE = 12;
  const LARGEST_FILTER = 5;

  const isMatrix = (rows) => rows.length && rows.every((row) => row.length === rows[0].length);
  const largestSide = (rows) => Math.max(rows.length, rows[0].length);

  class Convolution extends Widget {
    get task() {
      return "Go from window to window with ‹ and ›, and type other numbers into the image or the filter.";
    }

    get initial() {
      const [name, filter] = Object.entries(this.data.filters)[0];
      return { image: this.data.image, name, filter, stride: 1, padding: 0, dilation: 1, step: 0 };
    }

    valid(state) {
      const { image, filter, padding, dilation, step } = state;
      if (!isMatrix(image) || !isMatrix(filter)) {
        return "The rows of the image, and of the filter, must be equally long.";
      }
      if (largestSide(image) > LARGEST_IMAGE || largestSide(filter) > LARGEST_FILTER) {
        return "An image of at most 12 × 12 numbers and a filter of at most 5 × 5 fit here.";
      }
      const wrong = wrongSetting(state, LIMITS);
      if (wrong) return wrong;
      if (!Number.isInteger(step) || step < 0) return `The window's number is ${step}; the first one is 0.`;
      if (Math.min(...this.mapSize(state)) < 1) {
        const extent = dilation * (largestSide(filter) - 1) + 1;
        const size = `${image.length} + 2·${padding}`;
        return `A window of ${extent} pixels does not fit into ${size}; use less dilation or more padding.`;
      }
    }

    // height and width of the feature map
    mapSize({ image, filter, stride, padding, dilation }) {
      const settings = { stride, padding, dilation };
      return [
        outputSize(image.length, { kernel_size: filter.length, ...settings }),
        outputSize(image[0].length, { kernel_size: filter[0].length, ...settings }),
      ];
    }

    // the window's number stays within the map
    complete(state) {
      const [height, width] = this.mapSize(state);
      return { ...state, step: Math.min(state.step, height * width - 1) };
    }

    build() {
      this.choice = select([...Object.keys(this.data.filters), OWN], () => this.choose(this.choice.value));
      const array = (name) => new ArrayTable(name, { edit: (...change) => this.write(name, ...change) });
      this.image = array("image");
      this.filter = array("filter");
      this.products = new ArrayTable("products");
      const pick = (row, column) => this.set({ step: row * this.result.map[0].length + column });
      this.map = new ArrayTable("feature map", { pick });
      this.steps = new Stepper(this, "step", "window");
      this.code = make("code", {});
      const fields = Object.entries(LIMITS).map(([name, limits]) => this.number(name, name, ...limits));
      const results = [withSign("=", this.products), withSign("Σ →", this.map)];
      return [
        make("div", { class: "fields" }, label("filter", this.choice), ...fields),
        make("div", { class: "arrays" }, this.image.element, withSign("×", this.filter), ...results),
        this.steps.element,
        make("pre", { class: "code" }, this.code),
      ];
    }

    choose(name) {
      if (name === OWN) return this.set({ name });
      for (const field of this.filter.fields.values()) this.mend(field); // it takes the place of what was typed
      this.set({ name, filter: this.data.filters[name], step: 0 }, { from: this.choice });
    }

    write(which, row, column, field) {
      const rows = withTyped(this, this.state[which], row, column, field);
      if (rows) this.set({ [which]: rows, ...(which === "filter" ? { name: OWN } : {}) }, { from: field });
    }

    // the padded image, the whole feature map, and the products of the window that is shown
    compute(state) {
      const { image, filter, stride, padding, dilation, step } = state;
      const [height, width] = this.mapSize(state);
      const indices = (count) => Array.from({ length: count }, (_, i) => i);
      const pixel = (r, c) => image[r - padding]?.[c - padding] ?? 0;
      const padded = indices(image.length + 2 * padding).map((r) =>
        indices(image[0].length + 2 * padding).map((c) => pixel(r, c)),
      );
      const productsOf = (row, column) =>
        filter.map((weights, y) =>
          weights.map((weight, x) => weight * padded[row * stride + y * dilation][column * stride + x * dilation]),
        );
      const sum = (rows) => rows.flat().reduce((a, b) => a + b, 0);
      const map = indices(height).map((r) => indices(width).map((c) => sum(productsOf(r, c))));
      const [row, column] = [Math.floor(step / width), step % width];
      return { padded, map, row, column, products: productsOf(row, column) };
    }

    draw(state, { padded, map, row, column, products }) {
      const { filter, name, stride, padding, dilation, step } = state;
      const [height, width] = [map.length, map[0].length];
      this.fill(state);
      if (!this.errors.has(this.choice)) this.choice.value = name in this.data.filters ? name : OWN;

      // whether the window reads this row (or column) of the padded image
      const reads = (place, start, count) => {
        const offset = place - start;
        return offset >= 0 && offset % dilation === 0 && offset / dilation < count;
      };
      const inWindow = (r, c) => reads(r, row * stride, filter.length) && reads(c, column * stride, filter[0].length);
      this.image.show(padded, { border: padding, mark: (r, c) => (inWindow(r, c) ? "window" : "") });
      this.filter.show(filter);
      this.products.show(products);
      this.map.show(
        map.map((values, r) => values.map((value, c) => (r * width + c <= step ? value : null))),
        {
          mark: (r, c) => (r === row && c === column ? "window" : ""),
          largest: Math.max(...map.flat().map(Math.abs)),
        },
      );

      const sum = formatNumber(map[row][column]);
      const where = `Window ${step + 1} of ${height * width} (row ${row}, column ${column})`;
      this.steps.show(height * width - 1, `${where}: ${sum}`);
      const settings = `stride=${stride}, padding=${padding}, dilation=${dilation}`;
      this.code.textContent = `F.conv2d(image, filter, ${settings})  # (1, 1, ${height}, ${width})`;
      this.say(`${where}: ${formatSum(products.flat())} = ${sum}`);
    }
  }

  define("cnn-convolution", Convolution);
})();
