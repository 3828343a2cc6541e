// The convolution stepper: a filter walks over an image, window by window.
(() => {
  const { make, joined, written, Widget, Numbers, Stepper, define } = window.insidecnn;
  const OWN = "my own";

  // how many windows fit along one axis: arithmetic.output_size
  const outputSize = (size, kernelSize, { stride, padding, dilation }) =>
    Math.floor((size + 2 * padding - dilation * (kernelSize - 1) - 1) / stride) + 1;

  class Convolution extends Widget {
    get initial() {
      const [name, filter] = Object.entries(this.data.filters)[0];
      return { image: this.data.image, name, filter, stride: 1, padding: 0, dilation: 1, step: 0 };
    }

    valid({ image, filter, stride, padding, dilation, step }) {
      const even = (rows) => rows.length && rows.every((row) => row.length === rows[0].length);
      if (!even(image) || !even(filter)) return "The rows of the image, and of the filter, must be equally long.";
      if (image.length > 12 || image[0].length > 12 || filter.length > 5 || filter[0].length > 5) return "An image of at most 12 × 12 numbers and a filter of at most 5 × 5 fit here.";
      const limits = { stride: [stride, 1, 4], padding: [padding, 0, 3], dilation: [dilation, 1, 3] };
      for (const [name, [value, min, max]] of Object.entries(limits)) {
        if (!Number.isInteger(value) || value < min || value > max) return `${name} is ${value}; it must be a whole number from ${min} to ${max}.`;
      }
      if (!Number.isInteger(step) || step < 0) return `The window's number is ${step}; the first one is 0.`;
      const [height, width] = [0, 1].map((axis) => {
        const [n, k] = axis ? [image[0].length, filter[0].length] : [image.length, filter.length];
        return outputSize(n, k, { stride, padding, dilation });
      });
      if (height < 1 || width < 1) {
        const extent = dilation * (Math.max(filter.length, filter[0].length) - 1) + 1;
        return `A window of ${extent} pixels does not fit into ${image.length} + 2·${padding}; use less dilation or more padding.`;
      }
    }

    build() {
      const options = [...Object.keys(this.data.filters), OWN].map((name) => make("option", { value: name }, name));
      this.choice = make("select", { onchange: () => this.choose(this.choice.value) }, ...options);
      this.image = new Numbers("image", { edit: (r, c, value, text) => this.write("image", r, c, value, text) });
      this.filter = new Numbers("filter", { edit: (r, c, value, text) => this.write("filter", r, c, value, text) });
      this.products = new Numbers("products");
      this.map = new Numbers("feature map", { pick: (r, c) => this.set({ step: r * this.width + c }) });
      this.steps = new Stepper(this, "step", "window");
      this.code = make("code", {});
      return [
        make("div", { class: "fields" }, make("label", { class: "field" }, make("span", {}, "filter"), this.choice),
          this.number("stride", "stride", 1, 4), this.number("padding", "padding", 0, 3), this.number("dilation", "dilation", 1, 3)),
        make("div", { class: "arrays" }, this.image.element, joined("×", this.filter), joined("=", this.products), joined("Σ →", this.map)),
        this.steps.element,
        make("pre", { class: "code" }, this.code),
      ];
    }

    choose(name) {
      if (name === OWN) this.set({ name });
      else this.set({ name, filter: this.data.filters[name], step: 0 });
    }

    write(which, row, column, value, text) {
      if (Number.isNaN(value)) {
        this.draw(this.state);
        return this.say(`“${text}” is not a number; the ${which} stays as it was.`, true);
      }
      const rows = this.state[which].map((each) => [...each]);
      rows[row][column] = value;
      this.set({ [which]: rows, ...(which === "filter" ? { name: OWN } : {}) });
    }

    // the whole feature map, and what the windows are made of
    compute({ image, filter, stride, padding, dilation }) {
      const blank = (n) => Array(n).fill(0);
      const wide = image[0].length + 2 * padding;
      const padded = [...Array.from({ length: padding }, () => blank(wide)),
        ...image.map((row) => [...blank(padding), ...row, ...blank(padding)]), ...Array.from({ length: padding }, () => blank(wide))];
      const height = outputSize(image.length, filter.length, { stride, padding, dilation });
      const width = outputSize(image[0].length, filter[0].length, { stride, padding, dilation });
      const products = (r, c) => filter.map((row, y) => row.map((weight, x) => weight * padded[r * stride + y * dilation][c * stride + x * dilation]));
      const map = Array.from({ length: height }, (_, r) => Array.from({ length: width }, (_, c) => products(r, c).flat().reduce((a, b) => a + b, 0)));
      return { padded, products, map, height, width };
    }

    draw(state) {
      const { padded, products, map, height, width } = this.compute(state);
      const { filter, stride, padding, dilation } = state;
      [this.width, this.result] = [width, map];
      const step = (state.step = Math.min(state.step, height * width - 1));
      const [row, column] = [Math.floor(step / width), step % width];
      this.fill(state);
      this.choice.value = state.name in this.data.filters || state.name === OWN ? state.name : OWN;

      const within = (place, start, count) => (place - start) % dilation === 0 && place >= start && (place - start) / dilation < count;
      this.image.show(padded, { border: padding, mark: (r, c) => (within(r, row * stride, filter.length) && within(c, column * stride, filter[0].length) ? "window" : "") });
      this.filter.show(filter);
      const each = products(row, column);
      this.products.show(each);
      const seen = map.map((line, r) => line.map((value, c) => (r * width + c <= step ? value : null)));
      this.map.show(seen, { mark: (r, c) => (r === row && c === column ? "window" : ""), largest: Math.max(...map.flat().map(Math.abs)) });

      const sum = `${each.flat().map((value) => written(value)).join(" + ").replace(/\+ −/g, "− ")} = ${written(map[row][column])}`;
      const where = `Window ${step + 1} of ${height * width} (row ${row}, column ${column})`;
      this.steps.show(height * width - 1, `${where}: ${written(map[row][column])}`);
      this.code.textContent = `F.conv2d(image, filter, stride=${stride}, padding=${padding}, dilation=${dilation})  # (1, 1, ${height}, ${width})`;
      this.say(`${where}: ${sum}`);
    }
  }

  define("cnn-convolution", Convolution);
})();
