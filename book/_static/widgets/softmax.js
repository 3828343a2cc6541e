// Softmax and cross entropy of one row of logits, and the slope that training follows.
(() => {
  const { make, makeSvg, label, select, formatNumber, parseNumber, superscript, Widget, define } = window.insidecnn;
  const OWN = "my own";
  const LARGEST = 1000; // logit, in size

  const python = (value) => (Number.isInteger(value) ? `${value}.0` : String(value));
  const tensor = (values) => `[[${values.join(", ")}]]`;
  // three decimals; below them, a power of ten
  const formatShare = (value) => {
    if (value === 0 || value >= 0.0005) return formatNumber(value, 3);
    const [digits, power] = value.toExponential(1).split("e-");
    return `${digits}·10⁻${superscript(power)}`;
  };

  class Softmax extends Widget {
    get task() {
      return "Move a logit, or choose another true class, and watch the probabilities, the loss and its slope.";
    }

    get initial() {
      return { logits: [this.data.logits[0]], target: this.data.target[0], added: 0, temperature: 1 };
    }

    valid({ logits, target, added, temperature }) {
      const { names } = this.data;
      const limits = `it must be a number from −${LARGEST} to ${LARGEST}`;
      if (logits.length !== 1 || logits[0].length !== names.length) {
        return `There must be one row of ${names.length} logits, one for each class.`;
      }
      const wrong = logits[0].findIndex((value) => !(Math.abs(value) <= LARGEST));
      if (wrong >= 0) return `The logit of class ${names[wrong]} is ${logits[0][wrong]}; ${limits}.`;
      if (!(target in names)) return `The true class is number ${target}; the classes are 0 to ${names.length - 1}.`;
      if (!(Math.abs(added) <= LARGEST)) return `${added} is added to all logits; ${limits}.`;
      if (!(temperature >= 0.01 && temperature <= 100)) {
        return `The temperature is ${temperature}; it must be a number from 0.01 to 100.`;
      }
    }

    build() {
      const pictures = this.data.logits.map((_, i) => String(i + 1));
      this.choice = select([...pictures, OWN], () => this.choose(Number(this.choice.value) - 1));
      this.added = this.slider("added to all logits", -100, 100, 1, (value) => ({ added: value }));
      // logarithmic: each step of the slider multiplies by the same factor
      const temperature = (power) => ({ temperature: Number((10 ** power).toPrecision(2)) });
      this.temperature = this.slider("temperature", -1, 1, 0.05, temperature);
      this.rows = this.data.names.map((name, k) => this.row(name, k));
      const titles = ["true class", "logit", "", "", "probability", "slope"].map((words) => make("span", {}, words));
      const head = make("div", { class: "class heads", "aria-hidden": "true" }, ...titles);
      this.sum = make("p", { class: "sizes" });
      this.code = make("code", {});
      const fields = [label("picture", this.choice), this.added.element, this.temperature.element];
      return [
        make("div", { class: "fields" }, ...fields),
        make("div", { class: "classes" }, head, ...this.rows.map((row) => row.element)),
        this.sum,
        make("pre", { class: "code" }, this.code),
      ];
    }

    slider(text, min, max, step, change) {
      const oninput = () => this.set(change(Number(input.value)));
      const input = make("input", { type: "range", min, max, step, oninput });
      const value = make("b", { "aria-hidden": "true" });
      const name = make("span", {}, `${text} `, value);
      return { input, value, element: make("label", { class: "field" }, name, input) };
    }

    // a class: true or not, its logit by slider and by number, its probability and its slope
    row(name, k) {
      const isTrue = make("input", {
        type: "radio",
        name: `${this.id}-right`,
        "aria-label": `true class ${name}`,
        onchange: () => this.set({ target: k }),
      });
      const slider = make("input", {
        type: "range",
        min: -10,
        max: 10,
        step: 0.1,
        "aria-label": `logit of class ${name}`,
        oninput: () => {
          this.mend(field); // it takes the place of what was typed
          this.setLogit(k, Number(slider.value));
        },
      });
      const field = make("input", {
        autocomplete: "off",
        "aria-label": `logit of class ${name}, as a number`,
        onchange: () => this.readLogit(name, k, field),
      });
      const z = make("span", { class: "z" });
      const [probability, slope] = [make("span", {}), make("span", {})];
      const [probabilityBar, slopeBar] = [1, 2].map(() => makeSvg("rect", { y: 1, height: 12 }));
      const bar = (...parts) => makeSvg("svg", { class: "bar", height: 14, "aria-hidden": "true" }, ...parts);
      const middle = makeSvg("line", { x1: "50%", x2: "50%", y1: 0, y2: 14 });
      const element = make(
        "div",
        { class: "class", role: "group", "aria-label": `class ${name}` },
        make("label", { class: "right" }, isTrue, name),
        slider,
        field,
        z,
        make("span", { class: "effect" }, bar(probabilityBar), probability),
        make("span", { class: "effect" }, bar(slopeBar, middle), slope),
      );
      return { element, isTrue, slider, field, z, probability, slope, probabilityBar, slopeBar };
    }

    choose(i) {
      const { logits, target } = this.data;
      if (!(i in logits)) return this.update(this.state);
      this.mendAll();
      this.set({ logits: [logits[i]], target: target[i], added: 0, temperature: 1 });
    }

    setLogit(k, value, from) {
      return this.set({ logits: [this.state.logits[0].map((old, j) => (j === k ? value : old))] }, { from });
    }

    readLogit(name, k, field) {
      const value = parseNumber(field.value);
      if (!Number.isNaN(value)) return this.setLogit(k, value, field);
      const [given, logit] = [`“${field.value}” is not a number`, formatNumber(this.state.logits[0][k])];
      this.complain(`${given}; the logit of class ${name} is still ${logit}. Type one such as −1 or 0.5.`, field);
    }

    // The largest z is subtracted first, and the loss is not the logarithm of a probability that can round to 0.
    compute({ logits, target, added, temperature }) {
      const z = logits[0].map((logit) => (logit + added) / temperature);
      const largest = Math.max(...z);
      const powers = z.map((value) => Math.exp(value - largest));
      const sum = powers.reduce((a, b) => a + b, 0);
      const p = powers.map((power) => power / sum);
      const loss = largest - z[target] + Math.log(sum);
      return { z, largest, sum, p, loss, slope: p.map((value, k) => value - (k === target ? 1 : 0)) };
    }

    draw(state, result) {
      const { target, added, temperature } = state;
      const [logits] = state.logits;
      const { z, largest, sum, loss } = result;
      const isShown = (row, i) => this.data.target[i] === target && row.every((value, k) => value === logits[k]);
      const picture = this.data.logits.findIndex(isShown);
      this.choice.value = picture < 0 ? OWN : String(picture + 1);
      this.drawSlider(this.added, added, added);
      this.drawSlider(this.temperature, Math.log10(temperature), temperature);
      this.rows.forEach((row, k) => this.drawRow(row, logits[k], z[k], result.p[k], result.slope[k], k === target));

      const trueZ = `z${"₀₁₂₃₄₅₆₇₈₉"[target]}`;
      const difference = `${formatNumber(largest)} − ${formatNumber(z[target])}`;
      const numbers = `${difference} + ln ${formatNumber(sum)}`.replace("− −", "+ ");
      this.sum.replaceChildren(
        `With the largest z, m = ${formatNumber(largest)}: loss = m − ${trueZ} + ln Σ e`,
        make("sup", {}, "z − m"),
        ` = ${numbers} = `,
        make("b", {}, formatShare(loss)),
      );
      this.code.textContent = this.lines(state, result).join("\n");
      this.say(this.remarks(state, result).join(" "));
    }

    drawSlider({ input, value }, place, number) {
      input.value = place;
      value.textContent = formatNumber(number, 2);
      input.setAttribute("aria-valuetext", formatNumber(number, 2));
    }

    drawRow(row, logit, z, p, slope, isTrue) {
      row.isTrue.checked = isTrue;
      row.slider.value = logit;
      row.slider.setAttribute("aria-valuetext", formatNumber(logit));
      if (!this.errors.has(row.field)) row.field.value = formatNumber(logit);
      row.z.textContent = `z = ${formatNumber(z, Math.abs(z) < 10 ? 2 : 1)}`;
      row.probability.textContent = `p̂ = ${formatShare(p)}`;
      row.probabilityBar.setAttribute("width", `${100 * p}%`);
      row.slope.textContent = `p̂ − p = ${slope < 0 ? "−" : ""}${formatShare(Math.abs(slope))}`;
      row.slopeBar.setAttribute("class", slope < 0 ? "minus-3" : "plus-3");
      row.slopeBar.setAttribute("x", `${50 + 50 * Math.min(0, slope)}%`);
      row.slopeBar.setAttribute("width", `${50 * Math.abs(slope)}%`);
    }

    // the same in PyTorch
    lines({ logits, target, added, temperature }, { p, loss, slope }) {
      const digits = (values) => tensor(values.map((value) => value.toPrecision(3)));
      const row = tensor(logits[0].map(python));
      let z = `torch.tensor(${row}, requires_grad=True)`;
      if (added || temperature !== 1) {
        const sum = added ? ` ${added < 0 ? "-" : "+"} ${python(Math.abs(added))}` : "";
        z = `((torch.tensor(${row})${sum}) / ${python(temperature)}).requires_grad_()`;
      }
      return [
        `z = ${z}`,
        `F.softmax(z, dim=1)  # ${digits(p)}`,
        `loss = F.cross_entropy(z, torch.tensor([${target}]))  # ${loss.toPrecision(4)}`,
        `loss.backward()  # z.grad is ${digits(slope)}`,
      ];
    }

    remarks({ target, added }, { largest, p, loss }) {
      const count = p.length;
      const given = formatShare(p[target]);
      const shown = given === "0" || given === "1" ? "p̂" : given;
      const alike = `all logits alike would cost ln ${count} = ${formatNumber(Math.log(count))}`;
      const remarks = [`Loss −ln ${shown} = ${formatShare(loss)}; ${alike}.`];
      if (added) remarks.push(`The ${formatNumber(added)} added to all logits changes no probability.`);
      if (Math.fround(Math.exp(largest)) === Infinity) {
        const power = `e to the power of ${formatNumber(largest)} is too large for 32 bits`;
        remarks.push(`${power}; without taking m away first, softmax would divide infinity by infinity.`);
      }
      if (Math.fround(p[target]) === 0) {
        const zero = "The probability rounds to 0 in 32 bits, and its logarithm would be −∞";
        remarks.push(`${zero}; in one go, the loss stays finite.`);
      }
      return remarks;
    }
  }

  define("cnn-softmax", Softmax);
})();
