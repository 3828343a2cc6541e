// Why a cell of a map has its value: what it sees of the photograph, and the parts of the sum.
(() => {
  const { make } = self.insidecnn;
  const { View, SIZE, clear, drawCrop, fieldOf, placeOf, seenOf, square } = self.insidecnn.lab;
  const MINUS = "−";
  const shown = (value) => (Math.abs(value) < 5e-4 ? "0" : value.toFixed(3).replace("-", MINUS));
  const thousandths = (value) => Math.round(value * 1000); // as shown
  const indexOfLargest = (numbers) =>
    numbers.reduce((most, _, i) => (Math.abs(numbers[i] ?? 0) > Math.abs(numbers[most] ?? 0) ? i : most), 0);
  const largest = (numbers) => Math.max(...numbers.map((value) => Math.abs(value ?? 0)));

  class Explanation extends View {
    constructor(owner) {
      super(owner);
      this.crop = document.createElement("canvas");
      this.piece = make("canvas", { role: "img", "aria-label": "What the cell sees of the photo" });
      this.caption = make("figcaption", {}, "");
      this.title = make(
        "p",
        { class: "title" },
        "Why has the chosen cell its value? That stands here when its map is there.",
      );
      this.parts = make("tbody", {});
      const label = { class: "scroll", tabindex: "0", role: "group", "aria-label": "The parts of the sum" };
      const table = make("div", label, make("table", { class: "parts" }, this.parts));
      const figure = make("figure", { class: "piece" }, this.caption, this.piece);
      this.way = []; // places that were followed down: {from, to}
      this.up = make("button", { type: "button", class: "up", hidden: true, onclick: () => this.goUp() }, "");
      this.element = make("div", { class: "explanation" }, figure, make("div", {}, this.title, this.up, table));
    }

    draw(state) {
      const { explanation, choice } = state;
      if (this.differs("network", choice.network)) this.way = [];
      if (!explanation || !this.differs("explanation", explanation, state.own?.names)) return;
      const { number, row, column, value } = explanation;
      const layer = this.lab.data.layers[number];
      this.drawWay(explanation);
      this.drawPiece(state, fieldOf(layer, [row, column]));
      this.title.textContent = `Why ${shown(value)}?`;
      const explain = { Conv2d: this.convolution, Linear: this.dense, ReLU: this.relu, MaxPool2d: this.pooling }[
        layer.kind
      ];
      const [rows, reason] = explain.call(this, explanation, layer);
      this.parts.replaceChildren(...rows);
      this.lab.say(`${placeOf(this.lab.data, explanation)}: ${shown(value)}. ${reason}`);
    }

    drawPiece(state, { top, left, size }) {
      const outside = Math.min(left, top) < 0 || Math.max(left, top) + size > SIZE;
      this.caption.textContent = `It sees ${size} × ${size} pixels${outside ? "; grey: outside of the photo" : ""}`;
      const context = clear(this.piece, size, size);
      context.fillStyle = "#888"; // outside of the photograph
      context.fillRect(0, 0, size, size);
      const { photo, choice, drawer } = state;
      if (this.differs("crop", photo, seenOf(choice), drawer)) drawCrop(this.crop, state);
      context.drawImage(this.crop, -left, -top);
    }

    // a line of the sum; with a place, its name leads there
    row(what, value, cell = "", place = null) {
      const follow = () => this.follow(place);
      const name = place ? make("button", { type: "button", class: "follow", onclick: follow }, what) : what;
      const heading = make("th", { scope: "row" }, name);
      return make("tr", {}, heading, make("td", {}, cell), make("td", { class: "number" }, value));
    }

    // down to a number that this one is made of; the way is kept, so that one can go up again
    follow(place) {
      const { stage, channel, row, column } = this.lab.state;
      this.way.push({ from: { stage, channel, ...this.cell, chosen: [row, column] }, to: place });
      this.lab.set(place);
    }

    // where the reader came down from; another choice than the last one followed ends the way
    drawWay({ number, channel, row, column }) {
      const here = { stage: number, channel, row, column };
      const same = (place) => Object.keys(here).every((key) => place[key] === here[key]);
      this.cell = { row, column };
      while (this.way.length > 0 && !same(this.way.at(-1).to)) this.way.pop();
      const last = this.way.at(-1);
      this.up.hidden = !last;
      if (!last) return;
      const { stage, channel: from, row: r, column: c } = last.from;
      const { short, units, shape } = this.lab.data.layers[stage];
      const name = units ? `${short} ${r * shape[2] + c}` : `${short}, channel ${from}, row ${r}, column ${c}`;
      this.up.textContent = `↑ back up to ${name}`;
    }

    goUp() {
      const { from } = this.way.pop();
      const [row, column] = from.chosen;
      this.lab.set({ stage: from.stage, channel: from.channel, row, column });
    }

    // red, green and blue, or the channels of the layer before
    nameOf(number, channel) {
      return number < 0 ? ["red", "green", "blue"][channel] : `${this.lab.data.layers[number].short} ${channel}`;
    }

    // where in the layer before the number of the largest product stands
    largestOf(products, number, channel, { row, column }) {
      const { kernel_size: side, stride, padding } = this.lab.data.layers[number];
      const best = indexOfLargest(products);
      const at = (cell, offset) => cell * stride - padding + offset;
      return { stage: number - 1, channel, row: at(row, Math.floor(best / side)), column: at(column, best % side) };
    }

    convolution(explanation, { kernel_size: side }) {
      const { number, value, bias, shares, others, rest } = explanation;
      const multiply = ({ inputs, weights }) => inputs.map((input, i) => (input === null ? null : input * weights[i]));
      const lists = shares.map((share) => [share.inputs, share.weights, multiply(share)]);
      const scales = [0, 1, 2].map((i) => largest(lists.flatMap((list) => list[i])));
      const rows = shares.map(({ channel, sum }, i) => {
        const name = this.nameOf(number - 1, channel);
        const place = number > 0 ? this.largestOf(lists[i][2], number, channel, explanation) : null;
        return this.row(name, shown(sum), this.product(name, lists[i], scales, side), place);
      });
      rows.push(...this.sumRows(value, bias, shares, rest, others && `the other ${others} channels`));
      const most = `${this.nameOf(number - 1, shares[0].channel)}, ${shown(shares[0].sum)}`;
      return [rows, `The largest share of one channel: ${most}.`];
    }

    dense({ number, value, bias, shares, others, rest }) {
      const name = (input) => this.inputName(number - 1, input);
      const rows = shares.map(({ input, given, weight, sum }) =>
        this.row(name(input), shown(sum), `${shown(given)} × ${shown(weight)}`, this.inputPlace(number - 1, input)),
      );
      rows.push(...this.sumRows(value, bias, shares, rest, others && `the other ${others} products`));
      return [rows, `The largest product: ${name(shares[0].input)}, ${shown(shares[0].sum)}.`];
    }

    // one number of the layer before, by its place in PyTorch's order
    inputName(number, input) {
      const { short, shape, units } = this.lab.data.layers[number];
      if (units) return `${short} ${input}`;
      const [, height, width] = shape;
      const [channel, cell] = [Math.floor(input / (height * width)), input % (height * width)];
      return `${short} ${channel}, row ${Math.floor(cell / width)}, column ${cell % width}`;
    }

    inputPlace(stage, input) {
      const [, height, width] = this.lab.data.layers[stage].shape;
      const [channel, cell] = [Math.floor(input / (height * width)), input % (height * width)];
      return { stage, channel, row: Math.floor(cell / width), column: cell % width };
    }

    // The end of a sum. What is shown adds up to what is shown: the line of the others takes the roundings of all.
    sumRows(value, bias, shares, exact, others) {
      const known = shares.reduce((sum, share) => sum + thousandths(share.sum), thousandths(bias));
      const rest = (thousandths(value) - known) / 1000;
      if (Math.abs(rest - exact) > 0.01) {
        throw new Error(`The parts of ${value} do not add up: ${rest} is left, and should be ${exact}.`);
      }
      return [
        this.row("bias", shown(bias)),
        this.row(others || "roundings", shown(rest)),
        this.row("together", shown(value)),
      ];
    }

    // the window × the kernel = the products, as colours
    product(name, [inputs, weights, products], scales, side) {
      const best = indexOfLargest(products);
      const where = `row ${Math.floor(best / side)}, column ${best % side}`;
      const label = `${name}: the products, the largest ${shown(products[best] ?? 0)} at ${where}`;
      const draw = (numbers, scale, words) => square(this.lab.palette, numbers, scale, words);
      return make(
        "span",
        { class: "squares" },
        draw(inputs, scales[0], `${name}: the window, as colours`),
        "×",
        draw(weights, scales[1], `${name}: the kernel, as colours`),
        "=",
        draw(products, scales[2], label),
      );
    }

    relu({ number, value, before, channel, row, column }) {
      const { short, units } = this.lab.data.layers[number - 1];
      const rows = [
        this.row(`${short}, the same ${units ? "unit" : "cell"}`, shown(before), "", {
          stage: number - 1,
          channel,
          row,
          column,
        }),
        this.row("the larger of it and 0", shown(value)),
      ];
      if (before > 0) return [rows, `${short} gave a positive number, and it passes.`];
      return [rows, `${short} gave ${shown(before)}; ReLU makes it 0.`];
    }

    pooling({ number, value, window: numbers, channel, row, column }, { kernel_size: side, stride }) {
      const winner = numbers.indexOf(value);
      const cell = (i) => make("td", { class: `long${i === winner ? " window" : ""}` }, shown(numbers[i]));
      const columns = [...Array(side).keys()];
      const line = (row) => make("tr", {}, ...columns.map((column) => cell(row * side + column)));
      const table = make("table", { class: "numbers" }, ...columns.map(line));
      const place = {
        stage: number - 1,
        channel,
        row: row * stride + Math.floor(winner / side),
        column: column * stride + (winner % side),
      };
      const most = this.row("the largest of them", shown(value), "", place);
      const rows = [this.row(`its ${side} × ${side} window`, "", table), most];
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
