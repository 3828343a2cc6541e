// Why a cell of a map has its value: what it sees of the photograph, and the parts of the sum.
(() => {
  const { make } = self.insidecnn;
  const { View, SIZE, clear, drawCrop, fieldOf, square } = self.insidecnn.lab;
  const MINUS = "−";
  const shown = (value) => (Math.abs(value) < 5e-4 ? "0" : value.toFixed(3).replace("-", MINUS));
  const thousandths = (value) => Math.round(value * 1000); // as shown
  const largest = (numbers) => Math.max(...numbers.map((value) => Math.abs(value ?? 0)));

  class Explanation extends View {
    constructor(owner) {
      super(owner);
      this.crop = document.createElement("canvas");
      this.piece = make("canvas", { role: "img", "aria-label": "What the cell sees of the photo" });
      this.caption = make("figcaption", {}, "");
      this.title = make("p", { class: "title" }, "");
      this.parts = make("tbody", {});
      const label = { class: "scroll", tabindex: "0", role: "group", "aria-label": "The parts of the sum" };
      const table = make("div", label, make("table", { class: "parts" }, this.parts));
      const figure = make("figure", { class: "piece" }, this.caption, this.piece);
      this.element = make("div", { class: "explanation" }, figure, make("div", {}, this.title, table));
    }

    draw({ explanation, photo, choice }) {
      if (!explanation || !this.differs("explanation", explanation)) return;
      const { number, channel, row, column, value } = explanation;
      const layer = this.lab.data.layers[number];
      this.drawPiece(photo, choice, fieldOf(layer, [row, column]));
      this.title.textContent = `Why ${shown(value)}?`;
      const explain = { Conv2d: this.convolution, ReLU: this.relu, MaxPool2d: this.pooling }[layer.kind];
      const [rows, reason] = explain.call(this, explanation, layer);
      this.parts.replaceChildren(...rows);
      const place = `${layer.short}, channel ${channel}, row ${row}, column ${column}`;
      this.lab.say(`${place}: ${shown(value)}. ${reason}`);
    }

    drawPiece(photo, choice, { top, left, size }) {
      const outside = Math.min(left, top) < 0 || Math.max(left, top) + size > SIZE;
      this.caption.textContent = `It sees ${size} × ${size} pixels${outside ? "; grey: outside of the photo" : ""}`;
      const context = clear(this.piece, size, size);
      context.fillStyle = "#888"; // outside of the photograph
      context.fillRect(0, 0, size, size);
      if (this.differs("crop", photo, choice.right, choice.down)) drawCrop(this.crop, photo, choice);
      context.drawImage(this.crop, -left, -top);
    }

    row(what, value, cell = "") {
      const heading = make("th", { scope: "row" }, what);
      return make("tr", {}, heading, make("td", {}, cell), make("td", { class: "number" }, value));
    }

    // red, green and blue, or the channels of the layer before
    nameOf(number, channel) {
      return number < 0 ? ["red", "green", "blue"][channel] : `${this.lab.data.layers[number].short} ${channel}`;
    }

    convolution({ number, value, bias, shares, others, rest: exact }, { kernel_size: side }) {
      const multiply = ({ inputs, weights }) => inputs.map((input, i) => (input === null ? null : input * weights[i]));
      const lists = shares.map((share) => [share.inputs, share.weights, multiply(share)]);
      const scales = [0, 1, 2].map((i) => largest(lists.flatMap((list) => list[i])));
      const rows = shares.map(({ channel, sum }, i) => {
        const name = this.nameOf(number - 1, channel);
        return this.row(name, shown(sum), this.product(name, lists[i], scales, side));
      });
      // what is shown adds up to what is shown: the last line takes the roundings of the others
      const known = shares.reduce((sum, share) => sum + thousandths(share.sum), thousandths(bias));
      const rest = (thousandths(value) - known) / 1000;
      if (Math.abs(rest - exact) > 0.01) {
        throw new Error(`The parts of ${value} do not add up: ${rest} is left, and should be ${exact}.`);
      }
      rows.push(this.row("bias", shown(bias)));
      rows.push(this.row(others ? `the other ${others} channels` : "roundings", shown(rest)));
      rows.push(this.row("together", shown(value)));
      const most = `${this.nameOf(number - 1, shares[0].channel)}, ${shown(shares[0].sum)}`;
      return [rows, `The largest share of one channel: ${most}.`];
    }

    // the window × the kernel = the products, as colours
    product(name, [inputs, weights, products], scales, side) {
      const size = (i) => Math.abs(products[i] ?? 0);
      const best = products.reduce((most, _, i) => (size(i) > size(most) ? i : most), 0);
      const where = `row ${Math.floor(best / side)}, column ${best % side}`;
      const label = `${name}: the products, the largest ${shown(products[best] ?? 0)} at ${where}`;
      const draw = (numbers, scale, words) => square(this.lab.palettes, numbers, scale, words);
      return make(
        "span",
        { class: "squares" },
        draw(inputs, scales[0], `${name}: the window`),
        "×",
        draw(weights, scales[1], `${name}: the kernel`),
        "=",
        draw(products, scales[2], label),
      );
    }

    relu({ number, value, before }) {
      const { short } = this.lab.data.layers[number - 1];
      const rows = [
        this.row(`${short}, the same cell`, shown(before)),
        this.row("the larger of it and 0", shown(value)),
      ];
      if (before > 0) return [rows, `${short} gave a positive number, and it passes.`];
      return [rows, `${short} gave ${shown(before)}; ReLU makes it 0.`];
    }

    pooling({ value, window: numbers }, { kernel_size: side }) {
      const winner = numbers.indexOf(value);
      const cell = (i) => make("td", { class: `long${i === winner ? " window" : ""}` }, shown(numbers[i]));
      const columns = [...Array(side).keys()];
      const line = (row) => make("tr", {}, ...columns.map((column) => cell(row * side + column)));
      const table = make("table", { class: "numbers" }, ...columns.map(line));
      const rows = [this.row(`its ${side} × ${side} window`, "", table), this.row("the largest of them", shown(value))];
      const count = side * side;
      if (numbers.every((each) => each === value)) {
        return [rows, `All ${count} numbers in its window are ${shown(value)}.`];
      }
      const where = `row ${Math.floor(winner / side)}, column ${winner % side}`;
      return [rows, `It is the largest of ${count} numbers, at ${where} of its window.`];
    }
  }

  self.insidecnn.lab.Explanation = Explanation;
})();
