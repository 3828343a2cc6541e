// Three layers with the same inputs and outputs: dense, with windows, with windows that share their weights.
(() => {
  const { make, svg, Widget, define } = window.insidecnn;
  const OWN = "my own";
  const LIMITS = {
    height: [1, 2048], width: [1, 2048], in_channels: [1, 4096], out_channels: [1, 4096],
    kernel_size: [1, 63], stride: [1, 63], padding: [0, 31],
  };
  const KINDS = ["dense", "locally connected", "convolution"];

  // how many windows fit along one axis: arithmetic.output_size
  const outputSize = (size, { kernel_size, stride, padding }) => Math.floor((size + 2 * padding - kernel_size) / stride) + 1;

  const grouped = (count) => count.toLocaleString("en");
  const shortly = (value) => (value >= 99.95 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString("en");
  const times = (large, small) => shortly(Number(large) / Number(small));
  const memory = (parameters) => {
    let [bytes, unit] = [4 * Number(parameters), 0]; // float32
    for (; bytes >= 999.5; bytes /= 1000) unit++;
    return `${shortly(bytes)} ${["B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB"][unit]}`;
  };

  class MlpOrConvolution extends Widget {
    get initial() { return { ...Object.values(this.data.layers)[0] }; }

    valid(state) {
      for (const [name, [min, max]] of Object.entries(LIMITS)) {
        if (!Number.isInteger(state[name]) || state[name] < min || state[name] > max) return `${name} is ${state[name]}; it must be a whole number from ${min} to ${max}.`;
      }
      if (![0, 1].includes(state.bias)) return `bias is ${state.bias}; it must be 1, with biases, or 0, without.`;
      const size = Math.min(state.height, state.width);
      if (outputSize(size, state) < 1) return `A window of ${state.kernel_size} pixels does not fit into ${size} + 2·${state.padding}; use a larger image, more padding or a smaller kernel_size.`;
    }

    build() {
      const options = [...Object.keys(this.data.layers), OWN].map((name) => make("option", { value: name }, name));
      this.choice = make("select", { onchange: () => this.set(this.data.layers[this.choice.value] ?? {}) }, ...options);
      this.bias = make("input", { type: "checkbox", onchange: () => this.set({ bias: Number(this.bias.checked) }) });
      this.sizes = make("p", { class: "sizes" });
      this.bars = svg("svg", { class: "bars", role: "img" });
      this.code = make("code", {});
      return [
        make("div", { class: "fields" }, make("label", { class: "field" }, make("span", {}, "layer"), this.choice),
          ...Object.entries(LIMITS).map(([name, [min, max]]) => this.number(name, name, min, max)),
          make("label", { class: "field tick" }, make("span", {}, "bias"), this.bias)),
        this.sizes, this.bars,
        make("pre", { class: "code" }, this.code),
      ];
    }

    // exact, however large: a dense layer's numbers can go beyond 2^53
    compute(state) {
      const { height, width, in_channels, out_channels, kernel_size } = state;
      const map = [outputSize(height, state), outputSize(width, state)];
      const [inputs, units, window, filters, bias] = [in_channels * height * width, out_channels * map[0] * map[1],
        in_channels * kernel_size ** 2, out_channels, state.bias].map(BigInt);
      return {
        map, inputs, units, window,
        parameters: [units * (inputs + bias), units * (window + bias), filters * (window + bias)],
        macs: [units * inputs, units * window, units * window],
      };
    }

    draw(state) {
      const { map, inputs, units, window, parameters, macs } = this.compute(state);
      const { height, width, in_channels, out_channels, kernel_size, stride, padding } = state;
      this.result = { parameters: parameters.map(String), macs: macs.map(String) };
      this.fill(state);
      this.bias.checked = state.bias === 1;
      const same = (start) => Object.keys(start).every((name) => start[name] === state[name]);
      this.choice.value = Object.keys(this.data.layers).find((name) => same(this.data.layers[name])) ?? OWN;

      const [from, to] = [[in_channels, height, width], [out_channels, ...map]];
      this.sizes.textContent = `${from.join(" × ")} = ${grouped(inputs)} inputs, ${to.join(" × ")} = ${grouped(units)} outputs; a window holds ${in_channels} × ${kernel_size} × ${kernel_size} = ${grouped(window)} numbers.`;
      this.chart([
        ["parameters, memory as float32", parameters, (count) => `${grouped(count)}, ${memory(count)}`],
        ["multiply-accumulates for one image", macs, grouped],
      ]);
      const last = state.bias ? "" : ", bias=False";
      this.code.textContent = `nn.Linear(${from.join(" * ")}, ${to.join(" * ")}${last})  # dense\n`
        + `nn.Conv2d(${in_channels}, ${out_channels}, kernel_size=${kernel_size}, stride=${stride}, padding=${padding}${last})`;

      const effect = (before, after) => (before === after ? "leave the parameters as many as they are"
        : before > after ? `divide the parameters by ${times(before, after)}` : `multiply the parameters by ${times(after, before)}, for they are larger than the image`);
      const shared = parameters[1] === parameters[2] ? "There is one place, so nothing is shared" : `Sharing divides them again by ${times(parameters[1], parameters[2])}`;
      const work = macs[0] > macs[1] ? `is divided by ${times(macs[0], macs[1])}, by windows alone` : macs[0] < macs[1] ? `is multiplied by ${times(macs[1], macs[0])}` : "stays the same";
      this.say(`Windows ${effect(parameters[0], parameters[1])}. ${shared}. The work ${work}.`);
    }

    // bars on a logarithmic axis; what each idea saves is outlined behind the bar that is left
    chart(groups) {
      const digits = Math.max(...groups.flatMap(([, counts]) => counts.map((count) => Math.log10(Number(count)))));
      const span = 3 * Math.max(1, Math.ceil(digits / 3));
      const place = (count) => (100 * Math.log10(Number(count))) / span;
      const text = (x, y, anchor, words, kind = "") => svg("text", { x: `${x}%`, y, "text-anchor": anchor, class: kind }, words);
      const bar = (kind, y, from, to) => svg("rect", { class: kind, x: `${from}%`, y, width: `${Math.max(0.6, to - from)}%`, height: 17 });
      const parts = [];
      let y = 0;
      for (const [heading, counts, write] of groups) {
        parts.push(text(0, y + 14, "start", heading, "name"));
        y += 22;
        counts.forEach((count, i) => {
          const written = write(count);
          parts.push(text(0, y + 12, "start", KINDS[i]));
          if (KINDS[i].length + written.length > 40) y += 15; // too long for one line on a phone
          parts.push(text(100, y + 12, "end", written), bar("left", y + 18, 0, place(count)));
          const before = counts[i - 1];
          if (before > count) {
            parts.push(bar("saved", y + 18, place(count), place(before)));
            if (place(before) - place(count) > 16) parts.push(text((place(before) + place(count)) / 2, y + 31, "middle", `÷ ${times(before, count)}`, "ratio"));
          }
          y += 42;
        });
        y += 8;
      }
      const ticks = Array.from({ length: span / 3 + 1 }, (_, i) => 3 * i);
      for (const power of ticks) {
        const x = (100 * power) / span;
        parts.unshift(svg("line", { x1: `${x}%`, x2: `${x}%`, y1: 0, y2: y }));
        const words = power ? [...String(power)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("") : "";
        parts.push(text(x, y + 15, power === span ? "end" : power ? "middle" : "start", power ? `10${words}` : "1", "tick"));
      }
      parts.push(text(0, y + 33, "start", "from one line to the next: × 1,000", "tick"));
      this.bars.setAttribute("height", y + 38);
      this.bars.setAttribute("aria-label", `Bars on a logarithmic scale. ${groups.map(([heading, counts, write]) =>
        `${heading}: ${counts.map((count, i) => `${KINDS[i]} ${write(count)}`).join("; ")}.`).join(" ")}`);
      this.bars.replaceChildren(...parts);
    }
  }

  define("cnn-mlp-or-convolution", MlpOrConvolution);
})();
