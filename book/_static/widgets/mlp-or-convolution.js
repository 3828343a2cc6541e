// Three layers with the same inputs and outputs: dense, with windows, with windows that share their weights.
(() => {
  const { make, makeSvg, label, select, superscript, wrongSetting, outputSize, Widget, define } = window.insidecnn;
  const OWN = "my own";
  const LIMITS = {
    height: [1, 2048],
    width: [1, 2048],
    in_channels: [1, 4096],
    out_channels: [1, 4096],
    kernel_size: [1, 63],
    stride: [1, 63],
    padding: [0, 31],
  };
  const KINDS = ["dense", "locally connected", "convolution"];
  const UNITS = ["B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB"];

  const grouped = (count) => count.toLocaleString("en");
  const threeDigits = (value) =>
    (value >= 99.95 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString("en");
  const ratio = (large, small) => threeDigits(Number(large) / Number(small));
  const memory = (parameters) => {
    let [bytes, unit] = [4 * Number(parameters), 0]; // float32
    for (; bytes >= 999.5; bytes /= 1000) unit++;
    return `${threeDigits(bytes)} ${UNITS[unit]}`;
  };

  class MlpOrConvolution extends Widget {
    get task() {
      return "Choose a layer, or type your own sizes, and compare what three kinds of it would cost.";
    }

    get initial() {
      return { ...Object.values(this.data.layers)[0] };
    }

    valid(state) {
      const wrong = wrongSetting(state, LIMITS);
      if (wrong) return wrong;
      if (![0, 1].includes(state.bias)) return `bias is ${state.bias}; it must be 1, with biases, or 0, without.`;
      const size = Math.min(state.height, state.width);
      if (outputSize(size, state) < 1) {
        const cure = "use a larger image, more padding or a smaller kernel_size";
        return `A window of ${state.kernel_size} pixels does not fit into ${size} + 2·${state.padding}; ${cure}.`;
      }
    }

    build() {
      const { layers } = this.data;
      this.choice = select([...Object.keys(layers), OWN], () => {
        this.mendAll(); // its sizes take the place of what was typed
        this.set(layers[this.choice.value] ?? {});
      });
      this.bias = make("input", { type: "checkbox", onchange: () => this.set({ bias: Number(this.bias.checked) }) });
      this.sizes = make("p", { class: "sizes" });
      this.bars = makeSvg("svg", { class: "bars", role: "img" });
      this.code = make("code", {});
      const fields = Object.entries(LIMITS).map(([name, limits]) => this.number(name, name, ...limits));
      const bias = label("bias", this.bias);
      bias.classList.add("tick");
      return [
        make("div", { class: "fields" }, label("layer", this.choice), ...fields, bias),
        this.sizes,
        this.bars,
        make("pre", { class: "code" }, this.code),
      ];
    }

    // as BigInt: a dense layer can have more than 2^53 parameters
    compute(state) {
      const { height, width, in_channels, out_channels, kernel_size } = state;
      const map = [outputSize(height, state), outputSize(width, state)];
      const inputs = BigInt(in_channels * height * width);
      const units = BigInt(out_channels * map[0] * map[1]);
      const window = BigInt(in_channels * kernel_size ** 2);
      const [filters, bias] = [BigInt(out_channels), BigInt(state.bias)];
      return {
        map,
        inputs,
        units,
        window,
        parameters: [units * (inputs + bias), units * (window + bias), filters * (window + bias)],
        macs: [units * inputs, units * window, units * window],
      };
    }

    draw(state, { map, inputs, units, window, parameters, macs }) {
      const { height, width, in_channels, out_channels, kernel_size, stride, padding, bias } = state;
      this.fill(state);
      this.bias.checked = bias === 1;
      const isShown = (layer) => Object.keys(layer).every((name) => layer[name] === state[name]);
      const chosen = Object.entries(this.data.layers).find(([, layer]) => isShown(layer));
      this.choice.value = chosen ? chosen[0] : OWN;

      const [from, to] = [
        [in_channels, height, width],
        [out_channels, ...map],
      ];
      this.sizes.textContent = [
        `${from.join(" × ")} = ${grouped(inputs)} inputs, ${to.join(" × ")} = ${grouped(units)} outputs;`,
        `a window holds ${in_channels} × ${kernel_size} × ${kernel_size} = ${grouped(window)} numbers.`,
      ].join(" ");
      this.drawBars([
        ["parameters, memory as float32", parameters, (count) => `${grouped(count)}, ${memory(count)}`],
        ["multiply-accumulates for one image", macs, grouped],
      ]);
      const last = bias ? "" : ", bias=False";
      const settings = `kernel_size=${kernel_size}, stride=${stride}, padding=${padding}${last}`;
      this.code.textContent = [
        `nn.Linear(${from.join(" * ")}, ${to.join(" * ")}${last})  # dense`,
        `nn.Conv2d(${in_channels}, ${out_channels}, ${settings})`,
      ].join("\n");
      this.say(this.comparison(parameters, macs));
    }

    // what windows, and sharing them, save of the parameters and of the work
    comparison([dense, windows, shared], [denseWork, work]) {
      let effect = "leave the parameters as many as they are";
      if (dense > windows) effect = `divide the parameters by ${ratio(dense, windows)}`;
      if (dense < windows) {
        effect = `multiply the parameters by ${ratio(windows, dense)}, for they are larger than the image`;
      }
      const places = ratio(windows, shared);
      const sharing =
        windows === shared ? "There is one place, so nothing is shared" : `Sharing divides them again by ${places}`;
      let change = "stays the same";
      if (denseWork > work) change = `is divided by ${ratio(denseWork, work)}, by windows alone`;
      if (denseWork < work) change = `is multiplied by ${ratio(work, denseWork)}`;
      return `Windows ${effect}. ${sharing}. The work ${change}.`;
    }

    // bars on a logarithmic axis; what each step saves is outlined behind the bar that is left
    drawBars(groups) {
      const digits = groups.flatMap(([, counts]) => counts.map((count) => Math.log10(Number(count))));
      const span = 3 * Math.max(1, Math.ceil(Math.max(...digits) / 3)); // the axis ends at 10 to this power
      const parts = [];
      let y = 0;
      for (const [heading, counts, write] of groups) {
        parts.push(this.text(0, y + 14, "start", heading, "name"));
        y += 22;
        for (const [i, count] of counts.entries()) {
          const words = write(count);
          parts.push(this.text(0, y + 12, "start", KINDS[i]));
          if (KINDS[i].length + words.length > 40) y += 15; // too long for one line on a phone
          parts.push(this.text(100, y + 12, "end", words));
          parts.push(...this.bar(y, count, counts[i - 1], span));
          y += 42;
        }
        y += 8;
      }
      this.bars.setAttribute("height", y + 38);
      const inWords = groups.map(
        ([heading, counts, write]) =>
          `${heading}: ${counts.map((count, i) => `${KINDS[i]} ${write(count)}`).join("; ")}.`,
      );
      this.bars.setAttribute("aria-label", `Bars on a logarithmic scale. ${inWords.join(" ")}`);
      this.bars.replaceChildren(...this.axis(y, span), ...parts);
    }

    text(x, y, anchor, words, kind = "") {
      return makeSvg("text", { x: `${x}%`, y, "text-anchor": anchor, class: kind }, words);
    }

    // a bar, and the outline of what is saved compared with the count before it
    bar(y, count, before, span) {
      const place = (number) => (100 * Math.log10(Number(number))) / span;
      const rect = (kind, from, to) =>
        makeSvg("rect", { class: kind, x: `${from}%`, y: y + 18, width: `${Math.max(0.6, to - from)}%`, height: 17 });
      const [from, to] = [place(count), place(before ?? count)];
      const parts = [rect("left", 0, from)];
      if (before > count) parts.push(rect("saved", from, to));
      if (before > count && to - from > 16) {
        parts.push(this.text((from + to) / 2, y + 31, "middle", `÷ ${ratio(before, count)}`, "ratio"));
      }
      return parts;
    }

    // a line and a label for each factor of 1000
    axis(y, span) {
      const parts = [];
      for (let power = 0; power <= span; power += 3) {
        const x = (100 * power) / span;
        parts.push(makeSvg("line", { x1: `${x}%`, x2: `${x}%`, y1: 0, y2: y }));
        const anchor = power === span ? "end" : power ? "middle" : "start";
        parts.push(this.text(x, y + 15, anchor, power ? `10${superscript(power)}` : "1", "tick"));
      }
      parts.push(this.text(0, y + 33, "start", "from one line to the next: × 1,000", "tick"));
      return parts;
    }
  }

  define("cnn-mlp-or-convolution", MlpOrConvolution);
})();
