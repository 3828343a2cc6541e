// Why a cell of a map has its value: what it saw of the photograph, and the parts of the sum.
(() => {
  const { make, lab: { clear, SIZE } } = window.insidecnn;
  const shown = (value) => (Math.abs(value) < 5e-4 ? "0" : value.toFixed(3).replace("-", "−"));
  const rounded = (value) => Math.round(value * 1000); // in thousandths, as shown
  const largest = (numbers) => Math.max(...numbers.map((value) => Math.abs(value ?? 0)));

  class Why {
    constructor(lab) {
      this.lab = lab;
      this.piece = make("canvas", { role: "img", "aria-label": "What the cell sees of the photo" });
      this.caption = make("figcaption", {}, "");
      this.title = make("p", { class: "title" }, "");
      this.parts = make("tbody", {});
      this.element = make("div", { class: "why" }, make("figure", { class: "piece" }, this.caption, this.piece),
        make("div", {}, this.title, make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "The parts of the sum" }, make("table", { class: "parts" }, this.parts))));
    }

    // red, green and blue, or the channels of the layer before
    source(number, channel) {
      return number < 0 ? ["red", "green", "blue"][channel] : `${this.lab.data.layers[number].short} ${channel}`;
    }

    // k × k numbers as colours from −most to most; null, which is padding, stays clear
    square(numbers, most, label) {
      const side = Math.sqrt(numbers.length), canvas = make("canvas", { class: "square", role: "img", "aria-label": label });
      const context = clear(canvas, side, side), image = context.createImageData(side, side), palette = this.lab.bench.palettes.diverging;
      numbers.forEach((value, i) => {
        if (value === null) return;
        const colour = Math.round((value / (most || 1) / 2 + 0.5) * 254) * 3;
        image.data.set([...palette.subarray(colour, colour + 3), 255], i * 4);
      });
      context.putImageData(image, 0, 0);
      return canvas;
    }

    draw(found) {
      this.found = found;
      const layer = this.lab.data.layers[found.number];
      const { field, left, top } = this.lab.view, outside = Math.min(left, top) < 0 || Math.max(left, top) + field > SIZE;
      this.caption.textContent = `It sees ${field} × ${field} pixels${outside ? "; grey: outside of the photo" : ""}`;
      const context = clear(this.piece, field, field);
      context.fillStyle = "#888"; // outside of the photograph
      context.fillRect(0, 0, field, field);
      context.drawImage(this.lab.bench.crop, -left, -top);

      this.title.textContent = `Why ${shown(found.value)}?`;
      const [rows, reason] = { Conv2d: this.convolution, ReLU: this.relu, MaxPool2d: this.pooling }[layer.kind].call(this, found, layer);
      this.parts.replaceChildren(...rows);
      this.lab.say(`${layer.short}, channel ${found.channel}, row ${found.row}, column ${found.column}: ${shown(found.value)}. ${reason}`);
    }

    row(what, value, cell = null) {
      return make("tr", {}, make("th", { scope: "row" }, what), make("td", {}, cell ?? ""), make("td", { class: "number" }, value));
    }

    convolution({ number, value, bias, shares, others, rest: exact }, { kernel_size: k }) {
      const products = shares.map(({ inputs, weights }) => inputs.map((input, i) => (input === null ? null : input * weights[i])));
      const scales = [shares.map((share) => share.inputs), shares.map((share) => share.weights), products].map((lists) => largest(lists.flat()));
      const rows = shares.map((share, i) => {
        const of = this.source(number - 1, share.channel);
        const best = products[i].reduce((best, product, n) => (Math.abs(product ?? 0) > Math.abs(products[i][best] ?? 0) ? n : best), 0);
        const label = `${of}: the products, the largest ${shown(products[i][best] ?? 0)} at row ${Math.floor(best / k)}, column ${best % k}`;
        return this.row(of, shown(share.sum), make("span", { class: "squares" }, this.square(share.inputs, scales[0], `${of}: the window`), "×",
          this.square(share.weights, scales[1], `${of}: the kernel`), "=", this.square(products[i], scales[2], label)));
      });
      // what is shown adds up to what is shown: the last line takes the roundings of the others
      const rest = rounded(value) - rounded(bias) - shares.reduce((sum, share) => sum + rounded(share.sum), 0);
      if (Math.abs(rest / 1000 - exact) > 0.01) throw new Error(`The parts of ${value} do not add up: ${rest / 1000} is left, and should be ${exact}.`);
      rows.push(this.row("bias", shown(bias)));
      rows.push(this.row(others ? `the other ${others} channels` : "roundings", shown(rest / 1000)));
      rows.push(this.row("together", shown(value)));
      return [rows, `The largest share of one channel: ${this.source(number - 1, shares[0].channel)}, ${shown(shares[0].sum)}.`];
    }

    relu({ number, value, before }, layer) {
      const { short } = this.lab.data.layers[number - 1];
      return [[this.row(`${short}, the same cell`, shown(before)), this.row("the larger of it and 0", shown(value))],
        before > 0 ? `${short} gave a positive number, and it passes.` : `${short} gave ${shown(before)}; ReLU makes it 0.`];
    }

    pooling({ value, window }, { kernel_size: k }) {
      const winner = window.indexOf(value);
      const table = make("table", { class: "numbers" }, ...Array.from({ length: k }, (_, r) => make("tr", {}, ...Array.from({ length: k }, (_, c) =>
        make("td", { class: `long${r * k + c === winner ? " window" : ""}` }, shown(window[r * k + c]))))));
      const reason = window.every((each) => each === value) ? `All ${k * k} numbers in its window are ${shown(value)}.`
        : `It is the largest of ${k * k} numbers, at row ${Math.floor(winner / k)}, column ${winner % k} of its window.`;
      return [[this.row(`its ${k} × ${k} window`, "", table), this.row("the largest of them", shown(value))],
        reason];
    }
  }

  window.insidecnn.lab.Why = Why;
})();
