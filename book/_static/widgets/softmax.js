// Softmax and cross entropy of one row of logits, and the slope that training follows.
(() => {
  const { make, svg, written, parsed, Widget, define } = window.insidecnn;
  const OWN = "my own";
  const python = (value) => (Number.isInteger(value) ? `${value}.0` : String(value));
  const list = (values) => `[[${values.join(", ")}]]`;
  // a number from 0 on, near 0 with its power of ten
  const share = (value) => {
    if (value === 0 || value >= 0.0005) return written(value, 3);
    const [digits, power] = value.toExponential(1).split("e-");
    return `${digits}·10⁻${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`;
  };

  class Softmax extends Widget {
    get initial() { return { logits: [this.data.logits[0]], target: this.data.target[0], added: 0, temperature: 1 }; }

    valid({ logits, target, added, temperature }) {
      const { names } = this.data;
      if (logits.length !== 1 || logits[0].length !== names.length) return `There must be one row of ${names.length} logits, one for each class.`;
      const large = logits[0].findIndex((value) => !(Math.abs(value) <= 1000));
      if (large >= 0) return `The logit of class ${names[large]} is ${logits[0][large]}; it must be a number from −1000 to 1000.`;
      if (!(target in names)) return `The true class is number ${target}; the classes are 0 to ${names.length - 1}.`;
      if (!(Math.abs(added) <= 1000)) return `${added} is added to all logits; it must be a number from −1000 to 1000.`;
      if (!(temperature >= 0.01 && temperature <= 100)) return `The temperature is ${temperature}; it must be a number from 0.01 to 100.`;
    }

    build() {
      const pictures = [...this.data.logits.map((_, i) => String(i + 1)), OWN].map((name) => make("option", { value: name }, name));
      this.choice = make("select", { onchange: () => this.choose(Number(this.choice.value) - 1) }, ...pictures);
      this.added = this.slider("added to all logits", -100, 100, 1, (value) => ({ added: value }));
      // a step of the slider is the same factor everywhere
      this.temperature = this.slider("temperature", -1, 1, 0.05, (value) => ({ temperature: Number((10 ** value).toPrecision(2)) }));
      this.rows = this.data.names.map((name, k) => this.row(name, k));
      this.heads = ["true class", "logit", "", "", "probability", "slope"].map((words) => make("span", {}, words));
      this.sum = make("p", { class: "sizes" });
      this.code = make("code", {});
      return [
        make("div", { class: "fields" }, make("label", { class: "field" }, make("span", {}, "picture"), this.choice), this.added.element, this.temperature.element),
        make("div", { class: "classes" }, make("div", { class: "class heads", "aria-hidden": "true" }, ...this.heads), ...this.rows.map((row) => row.element)),
        this.sum,
        make("pre", { class: "code" }, this.code),
      ];
    }

    slider(label, min, max, step, change) {
      const input = make("input", { type: "range", min, max, step, oninput: () => this.set(change(Number(input.value))) });
      const value = make("b", { "aria-hidden": "true" });
      return { input, value, element: make("label", { class: "field" }, make("span", {}, `${label} `, value), input) };
    }

    row(name, k) {
      const right = make("input", { type: "radio", name: `${this.id}-right`, "aria-label": `true class ${name}`, onchange: () => this.set({ target: k }) });
      const slider = make("input", { type: "range", min: -10, max: 10, step: 0.1, "aria-label": `logit of class ${name}`, oninput: () => this.write(k, Number(slider.value)) });
      const field = make("input", { autocomplete: "off", "aria-label": `logit of class ${name}, as a number`, onchange: () => this.type(name, k, field) });
      const z = make("span", { class: "z" });
      const [pWords, slopeWords] = Array.from({ length: 2 }, () => make("span", {}));
      const [pBar, slopeBar] = Array.from({ length: 2 }, () => svg("rect", { y: 1, height: 12 }));
      const bar = (...parts) => svg("svg", { class: "bar", height: 14, "aria-hidden": "true" }, ...parts);
      const middle = svg("line", { x1: "50%", x2: "50%", y1: 0, y2: 14 });
      const element = make("div", { class: "class", role: "group", "aria-label": `class ${name}` },
        make("label", { class: "right" }, right, name), slider, field, z,
        make("span", { class: "effect" }, bar(pBar), pWords), make("span", { class: "effect" }, bar(slopeBar, middle), slopeWords));
      return { element, right, slider, field, z, pWords, slopeWords, pBar, slopeBar };
    }

    choose(i) {
      if (i in this.data.logits) this.set({ logits: [this.data.logits[i]], target: this.data.target[i], added: 0, temperature: 1 });
      else this.draw(this.state);
    }

    write(k, value) {
      return this.set({ logits: [this.state.logits[0].map((old, j) => (j === k ? value : old))] });
    }

    type(name, k, field) {
      const value = parsed(field.value);
      const taken = !Number.isNaN(value) && this.write(k, value);
      if (taken) return;
      field.setAttribute("aria-invalid", "true");
      if (Number.isNaN(value)) this.say(`“${field.value}” is not a number; the logit of class ${name} is still ${written(this.state.logits[0][k])}.`, true);
    }

    // the largest z is taken away first, and the loss never takes the logarithm of a probability that rounds to 0
    compute({ logits, target, added, temperature }) {
      const z = logits[0].map((logit) => (logit + added) / temperature);
      const largest = Math.max(...z);
      const powers = z.map((value) => Math.exp(value - largest));
      const sum = powers.reduce((a, b) => a + b, 0);
      const p = powers.map((power) => power / sum);
      const loss = largest - z[target] + Math.log(sum);
      return { z, largest, sum, p, loss, slope: p.map((value, k) => value - (k === target ? 1 : 0)) };
    }

    draw(state) {
      const { logits: [logits], target, added, temperature } = state;
      const { names } = this.data;
      const { z, largest, sum, p, loss, slope } = (this.result = this.compute(state));
      const same = (row, i) => this.data.target[i] === target && row.every((value, k) => value === logits[k]);
      const picture = this.data.logits.findIndex(same);
      this.choice.value = picture < 0 ? OWN : String(picture + 1);
      for (const [{ input, value }, place, now] of [[this.added, added, added], [this.temperature, Math.log10(temperature), temperature]]) {
        input.value = place;
        value.textContent = written(now, 2);
        input.setAttribute("aria-valuetext", written(now, 2));
      }
      this.rows.forEach((row, k) => {
        row.right.checked = k === target;
        row.slider.value = logits[k];
        row.slider.setAttribute("aria-valuetext", written(logits[k]));
        row.field.value = written(logits[k]);
        row.field.removeAttribute("aria-invalid");
        row.z.textContent = `z = ${written(z[k], Math.abs(z[k]) < 10 ? 2 : 1)}`;
        row.pWords.textContent = `p̂ = ${share(p[k])}`;
        row.pBar.setAttribute("width", `${100 * p[k]}%`);
        row.slopeWords.textContent = `p̂ − p = ${slope[k] < 0 ? "−" : ""}${share(Math.abs(slope[k]))}`;
        row.slopeBar.setAttribute("class", slope[k] < 0 ? "minus-3" : "plus-3");
        row.slopeBar.setAttribute("x", `${50 + 50 * Math.min(0, slope[k])}%`);
        row.slopeBar.setAttribute("width", `${50 * Math.abs(slope[k])}%`);
      });
      const right = `z${"₀₁₂₃₄₅₆₇₈₉"[target]}`;
      const numbers = `${written(largest)} − ${written(z[target])} + ln ${written(sum)}`.replace("− −", "+ ");
      this.sum.replaceChildren(`With the largest z, m = ${written(largest)}: loss = m − ${right} + ln Σ e`, make("sup", {}, "z − m"), ` = ${numbers} = `, make("b", {}, share(loss)));

      const changed = added || temperature !== 1;
      const row = `torch.tensor(${list(logits.map(python))}${changed ? "" : ", requires_grad=True"})`;
      const calculated = [row, added && `${added < 0 ? "-" : "+"} ${python(Math.abs(added))}`].filter(Boolean).join(" ");
      this.code.textContent = [
        `z = ${changed ? `((${calculated}) / ${python(temperature)}).requires_grad_()` : row}`,
        `F.softmax(z, dim=1)  # ${list(p.map((value) => value.toPrecision(3)))}`,
        `loss = F.cross_entropy(z, torch.tensor([${target}]))  # ${loss.toPrecision(4)}`,
        `loss.backward()  # z.grad is ${list(slope.map((value) => value.toPrecision(3)))}`,
      ].join("\n");

      const given = share(p[target]);
      const remarks = [`Loss −ln ${given === "0" || given === "1" ? "p̂" : given} = ${share(loss)}; all logits alike would cost ln ${names.length} = ${written(Math.log(names.length))}.`];
      if (added) remarks.push(`The ${written(added)} added to all logits changes no probability.`);
      if (Math.fround(Math.exp(largest)) === Infinity) remarks.push(`e to the power of ${written(largest)} is too large for 32 bits; without taking m away first, softmax would divide infinity by infinity.`);
      if (Math.fround(p[target]) === 0) remarks.push("The probability rounds to 0 in 32 bits, and its logarithm would be −∞; in one go, the loss stays finite.");
      this.say(remarks.join(" "));
    }
  }

  define("cnn-softmax", Softmax);
})();
