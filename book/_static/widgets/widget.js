// The base of all widgets: elements, numbers as text, and the state of a widget, in its page and in the address.
// Classic scripts, not modules: browsers load no modules from file://.
(() => {
  if (window.insidecnn.Widget) return;

  const filled = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name.slice(2), value); // onclick: …
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  };
  const make = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
  const makeSvg = (tag, attributes = {}, ...children) =>
    filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  const label = (text, field) => make("label", { class: "field" }, make("span", {}, text), field);
  const select = (names, onchange) =>
    make("select", { onchange }, ...names.map((name) => make("option", { value: name }, name)));

  // at most `digits` decimals, a real minus sign
  const formatNumber = (value, digits = 3) => {
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const rounded = Number(value.toFixed(digits));
    return String(rounded === 0 ? 0 : rounded).replace("-", "−");
  };
  const parseNumber = (text) =>
    /^\s*[-−]?(\d+[.,]?\d*|[.,]\d+)\s*$/.test(text) ? Number(text.replace("−", "-").replace(",", ".")) : NaN;
  // 3 − 2 + 1, for a sum of numbers
  const formatSum = (values) =>
    values
      .map((value) => formatNumber(value))
      .join(" + ")
      .replace(/\+ −/g, "− ");
  const superscript = (digits) => [...String(digits)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");

  const isWhole = (value, [min, max]) => Number.isInteger(value) && value >= min && value <= max;
  // a sentence on the first setting that is no whole number within its limits (name → [min, max]); else nothing
  const wrongSetting = (settings, limits) => {
    for (const [name, [min, max]] of Object.entries(limits)) {
      if (isWhole(settings[name], [min, max])) continue;
      return `${name} is ${settings[name]}; it must be a whole number from ${min} to ${max}.`;
    }
  };

  // Arrays in the address: rows with ";" between them, numbers with ",".
  const rowsToText = (rows) => rows.map((row) => row.join(",")).join(";");
  const textToRows = (text) => text.split(";").map((row) => row.split(",").map(Number));
  const valueToText = (value) => (Array.isArray(value) ? rowsToText(value) : String(value));

  // Subclasses have
  //   task                   one line that says what to do; it stands under the title
  //   initial                name → value of the state: numbers, strings, or rows of numbers
  //   valid(state)           a sentence if the state is impossible, else nothing
  //   complete(state)        optional: the state with what follows from it, such as a window's number within the limits
  //   compute(state)         optional: what is shown, as plain numbers; afterwards in `result`
  //   build()                called once; returns the elements
  //   draw(state, result)    called after every change; changes neither of them
  //   restart()              optional: called when the whole state is replaced
  class Widget extends HTMLElement {
    connectedCallback() {
      if (this.data) return;
      this.data = JSON.parse(this.querySelector("script").textContent);
      this.id ||= this.localName.replace("cnn-", "");
      this.state = { ...this.initial };
      this.errors = new Map(); // field → what is wrong with it
      const fallback = this.querySelector(".static");
      this.said = make("p", { class: "said", role: "status" });
      this.link = make("a", { href: `#${this.id}` }, "link to this state");
      const reset = make("button", { type: "button", class: "reset", onclick: () => this.reset() }, "Start again");
      const parts = [].concat(this.build());
      this.setAttribute("role", "group");
      this.setAttribute("aria-label", this.data.title);
      const title = make("p", { class: "title" }, this.data.title);
      this.taskLine = make("p", { class: "task" }, this.task);
      this.append(title, this.taskLine, ...parts, this.said, make("p", { class: "foot" }, reset, this.link));
      fallback?.remove();
      this.classList.add("live");
      window.addEventListener("hashchange", () => this.fromAddress(true));
      if (!this.fromAddress(false)) this.update(this.state);
    }

    update(state) {
      this.state = this.complete?.(state) ?? state;
      this.result = this.compute?.(this.state);
      this.draw(this.state, this.result);
    }

    // change some of the state; false, with the reason shown, if it is impossible. `from`: the field that asks for it
    set(changes, { quiet = false, from = null } = {}) {
      const next = { ...this.state, ...changes };
      const wrong = this.valid?.(next);
      if (wrong) {
        this.complain(wrong, from);
        return false;
      }
      this.mend(from);
      this.mend(null);
      this.update(next);
      if (!quiet) this.toAddress();
      this.tryAgain();
      return true;
    }

    // what does not fit into one state can fit into the next: the fields that still hold it ask again
    tryAgain() {
      const isWaiting = ([field, { state }]) => field && field !== document.activeElement && state !== this.state;
      const [waiting] = [...this.errors].find(isWaiting) ?? [];
      if (!waiting) return;
      this.errors.get(waiting).state = this.state;
      waiting.dispatchEvent(new Event("change"));
      this.tryAgain();
    }

    // What is wrong with a field stands behind it until it is mended, and the field keeps what was typed; what is wrong
    // with a link or a whole state stands under the task until the state changes.
    complain(words, field = null) {
      const known = this.errors.get(field);
      const line = known?.line ?? make("p", { class: "error", role: "alert" });
      this.errors.set(field, { line, state: this.state });
      if (line.textContent !== words) line.textContent = words;
      if (known) return;
      const place = field?.closest("li, .arrays, .class, .fields");
      if (place?.localName === "li") place.append(line);
      else (place ?? this.taskLine).after(line);
      if (!field) return;
      line.id = `${this.id}-error-${(this.complaints = (this.complaints ?? 0) + 1)}`;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", line.id);
    }

    mend(field) {
      this.errors.get(field)?.line.remove();
      this.errors.delete(field);
      field?.removeAttribute("aria-invalid");
      field?.removeAttribute("aria-describedby");
    }

    mendAll() {
      for (const field of this.errors.keys()) this.mend(field);
    }

    reset() {
      this.mendAll();
      this.restart?.();
      this.update({ ...this.initial });
      this.toAddress();
    }

    say(words) {
      if (this.said.textContent !== words) this.said.textContent = words;
    }

    // what differs from the start, as #convolution-windows?stride=2&image=1,0;0,1
    get address() {
      const { initial } = this;
      const parts = Object.entries(this.state)
        .map(([name, value]) => [name, valueToText(value)])
        .filter(([name, text]) => text !== valueToText(initial[name]))
        .map(([name, text]) => `${name}=${encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3B/g, ";")}`);
      return `#${this.id}${parts.length ? "?" : ""}${parts.join("&")}`;
    }

    toAddress() {
      this.link.href = this.address;
      clearTimeout(this.writing); // browsers count how often a page writes its address
      this.writing = setTimeout(() => {
        try {
          history.replaceState(history.state, "", this.address);
        } catch {
          // the link below still has it
        }
      }, 250);
    }

    // take the state from the address; false if the address names another element or, unless `always`, no state
    fromAddress(always) {
      const [id, query] = location.hash.slice(1).split("?");
      if (id !== this.id || (query === undefined && !always)) return false;
      const state = { ...this.initial };
      for (const [name, text] of new URLSearchParams(query ?? "")) {
        if (!(name in state)) continue;
        const start = state[name];
        state[name] = Array.isArray(start) ? textToRows(text) : typeof start === "number" ? Number(text) : text;
      }
      const numbers = Object.values(state)
        .flat(2)
        .filter((value) => typeof value === "number");
      const wrong = numbers.every(Number.isFinite)
        ? this.valid?.(state)
        : "The link holds a number that is none; this is the start.";
      this.mendAll();
      this.restart?.();
      this.update(wrong ? { ...this.initial } : state);
      if (wrong) this.complain(wrong);
      this.link.href = this.address;
      this.scrollIntoView({ block: this.offsetHeight < 0.8 * innerHeight ? "center" : "start" });
      return true;
    }

    // a field for a whole number of the state, or for one that `change(value, field)` puts there (false: impossible)
    number(name, text, min, max, change = (value, from) => this.set({ [name]: value }, { from })) {
      const input = make("input", { type: "number", inputmode: "numeric", min, max, step: 1 });
      input.addEventListener("change", () => {
        const fine = input.value !== "" && isWhole(Number(input.value), [Number(input.min), Number(input.max)]);
        if (fine) return change(Number(input.value), input);
        const given = input.value || (input.validity.badInput ? "not a number" : "empty");
        this.complain(`${text} is ${given}; it must be a whole number from ${input.min} to ${input.max}.`, input);
      });
      (this.fields ??= {})[name] = input;
      return label(text, input);
    }

    // write the state into the fields of number(), but for those that wait to be mended; part of draw()
    fill(state) {
      for (const [name, input] of Object.entries(this.fields ?? {})) {
        if (!this.errors.has(input)) input.value = state[name];
      }
    }
  }

  // Where in the palette of maps, 255 colours of 3 bytes, the colour of a number stands. It is given as a share of the
  // largest size: −1 is blue, 0 dark, 1 yellow. src/insidecnn/figures/tiles.py gives the colours to the widgets.
  const paletteIndex = (share) => Math.round((share / 2 + 0.5) * 254) * 3;

  const define = (name, kind) => customElements.get(name) || customElements.define(name, kind);
  const texts = { formatNumber, formatSum, parseNumber, superscript };
  Object.assign(window.insidecnn, {
    make,
    makeSvg,
    label,
    select,
    ...texts,
    isWhole,
    wrongSetting,
    paletteIndex,
    Widget,
    define,
  });
})();
