// What the widgets share: how they start, keep their state in the page's address, speak, and show small arrays.
// Classic scripts, not modules: browsers load no modules from file://.
(() => {
  if (window.insidecnn.Widget) return;

  const dress = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name.slice(2), value); // onclick: …
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  };
  const make = (tag, attributes = {}, ...children) => dress(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) => dress(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  // a number as a person writes it: at most `digits` decimals, a real minus sign
  const written = (value, digits = 3) => {
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const rounded = Number(value.toFixed(digits));
    return String(rounded === 0 ? 0 : rounded).replace("-", "−");
  };
  const parsed = (text) => (/^\s*[-−]?(\d+[.,]?\d*|[.,]\d+)\s*$/.test(text) ? Number(text.replace("−", "-").replace(",", ".")) : NaN);

  // positive, negative or zero in three strengths; book.css has the colours, figures/grids.py the same rule
  const shade = (value, largest) => {
    if (!value || !largest || !Number.isFinite(value)) return "zero";
    const strength = Math.min(3, Math.max(1, Math.round((3 * Math.abs(value)) / largest)));
    return `${value > 0 ? "plus" : "minus"}-${strength}`;
  };

  // arrays in the address: rows with ";" between them, numbers with ","
  const pack = (rows) => rows.map((row) => row.join(",")).join(";");
  const unpack = (text) => text.split(";").map((row) => row.split(",").map(Number));

  // Subclasses have: `initial` (name → value of the state), `valid(state)` (a sentence if something cannot be, else
  // nothing), `build()` (called once; returns the elements) and `draw(state)` (called after every change).
  class Widget extends HTMLElement {
    connectedCallback() {
      if (this.data) return;
      this.data = JSON.parse(this.querySelector("script").textContent);
      this.id ||= this.localName.replace("cnn-", "");
      this.state = { ...this.initial };
      const still = this.querySelector(".static");
      this.said = make("p", { class: "said", role: "status" });
      this.link = make("a", { href: `#${this.id}` }, "link to this state");
      const reset = make("button", { type: "button", class: "reset", onclick: () => this.reset() }, "Start again");
      const parts = [].concat(this.build());
      this.setAttribute("role", "group");
      this.setAttribute("aria-label", this.data.title);
      this.append(make("p", { class: "title" }, this.data.title), ...parts, this.said, make("p", { class: "foot" }, reset, this.link));
      still?.remove();
      this.classList.add("live");
      window.addEventListener("hashchange", () => this.fromAddress(true));
      if (!this.fromAddress(false)) this.draw(this.state);
    }

    // change some of the state; false, with the reason said, if that cannot be
    set(changes, { quiet = false } = {}) {
      const next = { ...this.state, ...changes };
      const wrong = this.valid?.(next);
      if (wrong) {
        this.say(wrong, true);
        return false;
      }
      this.state = next;
      this.said.classList.remove("wrong");
      this.draw(this.state);
      if (!quiet) this.toAddress();
      return true;
    }

    reset() {
      this.state = { ...this.initial };
      this.said.classList.remove("wrong");
      this.restart?.();
      this.draw(this.state);
      this.toAddress();
    }

    say(words, wrong = false) {
      this.said.classList.toggle("wrong", wrong);
      if (this.said.textContent !== words) this.said.textContent = words;
    }

    // what differs from the start, as #convolution-windows?stride=2&image=1,0;0,1
    get address() {
      const parts = Object.entries(this.state)
        .map(([name, value]) => [name, Array.isArray(value) ? pack(value) : String(value)])
        .filter(([name, value]) => value !== (Array.isArray(this.initial[name]) ? pack(this.initial[name]) : String(this.initial[name])))
        .map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3B/g, ";")}`);
      return `#${this.id}${parts.length ? "?" : ""}${parts.join("&")}`;
    }

    toAddress() {
      this.link.href = this.address;
      clearTimeout(this.writing); // browsers count how often a page writes its address
      this.writing = setTimeout(() => {
        try { history.replaceState(history.state, "", this.address); } catch { /* the link below still has it */ }
      }, 250);
    }

    fromAddress(whole) {
      const [id, query] = location.hash.slice(1).split("?");
      if (id !== this.id || (query === undefined && !whole)) return false;
      const state = { ...this.initial };
      for (const [name, text] of new URLSearchParams(query ?? "")) {
        if (!(name in state)) continue;
        const was = state[name];
        state[name] = Array.isArray(was) ? unpack(text) : typeof was === "number" ? Number(text) : text;
      }
      const broken = Object.values(state).flat(2).some((value) => typeof value === "number" && !Number.isFinite(value));
      const wrong = broken ? "The link holds a number that is none; this is the start." : this.valid?.(state);
      this.state = wrong ? { ...this.initial } : state;
      this.restart?.();
      this.draw(this.state);
      if (wrong) this.say(wrong, true);
      this.link.href = this.address;
      this.scrollIntoView({ block: this.offsetHeight < 0.8 * innerHeight ? "center" : "start" });
      return true;
    }

    // a labelled whole number of the state, or one that `take` puts there
    number(name, label, min, max, take = (value) => this.set({ [name]: value })) {
      const input = make("input", { type: "number", inputmode: "numeric", min, max, step: 1 });
      input.addEventListener("change", () => {
        const value = Number(input.value);
        const fine = input.value !== "" && Number.isInteger(value) && value >= input.min && value <= input.max;
        if (!fine) this.say(`${label} is ${input.value || "empty"}; it must be a whole number from ${input.min} to ${input.max}.`, true);
        const taken = fine && take(value);
        input.toggleAttribute("aria-invalid", !taken);
        if (!taken) input.setAttribute("aria-invalid", "true");
      });
      (this.fields ??= {})[name] = input;
      return make("label", { class: "field" }, make("span", {}, label), input);
    }

    // write the state into the fields of number(); part of draw()
    fill(state) {
      for (const [name, input] of Object.entries(this.fields ?? {})) {
        input.value = state[name];
        input.removeAttribute("aria-invalid");
      }
    }
  }

  // A small array of numbers. One stop for the Tab key, then arrows; cells can be pointed at (`pick`) or typed into (`edit`).
  class Numbers {
    constructor(label, { edit = null, pick = null, digits = 2 } = {}) {
      Object.assign(this, { label, edit, pick, digits, row: 0, column: 0, cells: [] });
      this.table = make("table", { class: "numbers", "aria-label": label, role: edit || pick ? "grid" : "table" });
      this.caption = make("figcaption", {}, label);
      this.element = make("figure", { class: "array" }, this.caption, this.table);
      if (edit || pick) this.table.addEventListener("keydown", (event) => this.key(event));
    }

    // rows of numbers (null: an empty cell); mark(row, column) gives further classes; border: cells around `size` others
    // that cannot be changed
    show(rows, { mark = () => "", border = 0, size = [rows.length - 2 * border, rows[0].length - 2 * border], largest = null } = {}) {
      largest ??= Math.max(...rows.flat().map((value) => Math.abs(value ?? 0)));
      const plan = [rows.length, rows[0].length, border, ...size].join();
      if (this.plan !== plan) {
        Object.assign(this, { plan, border, size });
        this.lay(rows.length, rows[0].length);
      }
      rows.forEach((row, r) => row.forEach((value, c) => {
        const cell = this.cells[r][c];
        const inside = this.inside(r, c);
        const text = value === null ? "" : written(value, this.digits);
        cell.className = `${value === null ? "empty" : shade(value, largest)} ${inside ? "" : "border"} ${text.length > 4 ? "long" : text.length > 3 ? "wide" : ""} ${mark(r, c)}`;
        const input = cell.querySelector("input");
        if (input && document.activeElement !== input) input.value = text;
        else if (!input) cell.firstChild.textContent = text;
        if (this.pick) cell.setAttribute("aria-label", text ? `${cell.place}: ${text}` : cell.place);
      }));
    }

    inside(r, c) {
      return r >= this.border && c >= this.border && r < this.border + this.size[0] && c < this.border + this.size[1];
    }

    lay(height, width) {
      const { border } = this;
      [this.row, this.column] = [border, border];
      this.cells = Array.from({ length: height }, (_, r) => Array.from({ length: width }, (_, c) => {
        const name = `row ${r - border}, column ${c - border}`;
        const stop = r === border && c === border ? "0" : "-1";
        const role = this.edit || this.pick ? "gridcell" : "cell";
        if (this.edit && this.inside(r, c)) {
          const input = make("input", { autocomplete: "off", "aria-label": `${this.label}, ${name}`, tabindex: stop });
          input.addEventListener("focus", () => { [this.row, this.column] = [r, c]; this.stop(); input.select(); });
          input.addEventListener("change", () => {
            const value = parsed(input.value);
            this.edit(r - border, c - border, value, input.value);
          });
          return make("td", { role }, input);
        }
        if (this.pick) {
          const cell = make("td", { role, tabindex: stop }, "");
          cell.place = name;
          cell.append("");
          cell.addEventListener("click", () => this.go(r, c));
          cell.addEventListener("focus", () => { [this.row, this.column] = [r, c]; this.stop(); });
          return cell;
        }
        const cell = make("td", { role });
        cell.append(document.createTextNode(""));
        return cell;
      }));
      for (const row of this.cells) for (const cell of row) if (!cell.firstChild) cell.append(document.createTextNode(""));
      this.table.replaceChildren(...this.cells.map((row) => make("tr", { role: "row" }, ...row)));
    }

    at(r, c) {
      const cell = this.cells[r]?.[c];
      return cell && (this.pick ? cell : cell.querySelector("input"));
    }

    stop() {
      this.cells.flat().forEach((cell) => (this.pick ? cell : cell.querySelector("input"))?.setAttribute("tabindex", "-1"));
      this.at(this.row, this.column)?.setAttribute("tabindex", "0");
    }

    go(r, c) {
      const target = this.at(r, c);
      if (!target) return;
      target.focus();
      this.pick?.(r, c);
    }

    key(event) {
      const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      const move = moves[event.key];
      if (move) {
        event.preventDefault();
        this.go(this.row + move[0], this.column + move[1]);
      } else if (event.key === "Home" || event.key === "End") {
        event.preventDefault();
        this.go(this.row, event.key === "Home" ? this.border : this.border + this.size[1] - 1);
      }
    }
  }

  // an array after its sign: × filter
  const joined = (sign, numbers) => make("div", { class: "joined" }, make("span", { class: "joint" }, sign), numbers.element);

  // back, play, on, and a slider over all places of a state's number; play() stops at the end
  class Stepper {
    constructor(widget, name, label) {
      Object.assign(this, { widget, name, last: 0 });
      this.slider = make("input", { type: "range", min: 0, max: 0, step: 1, "aria-label": label, oninput: () => this.to(Number(this.slider.value)) });
      const button = (label, sign, act) => make("button", { type: "button", "aria-label": label, title: label, onclick: act }, sign);
      this.toggle = button("Play", "▶", () => (this.timer ? this.pause() : this.play()));
      // who asked for less motion steps by hand
      this.toggle.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
      this.element = make("div", { class: "stepper" }, button("One step back", "‹", () => this.to(this.now - 1)), this.toggle,
        button("One step on", "›", () => this.to(this.now + 1)), this.slider);
    }
    get now() { return this.widget.state[this.name]; }
    show(last, words) {
      this.last = last;
      this.slider.max = last;
      this.slider.value = this.now;
      this.slider.setAttribute("aria-valuetext", words);
    }
    to(step) {
      this.pause();
      this.widget.set({ [this.name]: Math.max(0, Math.min(this.last, step)) });
    }
    play() {
      this.look("Pause", "❚❚");
      this.widget.said.setAttribute("aria-live", "off"); // not every step is worth a word
      if (this.now === this.last) this.widget.set({ [this.name]: 0 });
      this.timer = setInterval(() => {
        if (this.now >= this.last || !this.widget.isConnected) return this.pause();
        this.widget.set({ [this.name]: this.now + 1 });
      }, 600);
    }
    pause() {
      if (!this.timer) return;
      clearInterval(this.timer);
      this.timer = null;
      this.widget.said.removeAttribute("aria-live");
      this.look("Play", "▶");
    }
    look(label, sign) {
      this.toggle.setAttribute("aria-label", label);
      this.toggle.title = label;
      this.toggle.textContent = sign;
    }
  }

  const define = (name, kind) => customElements.get(name) || customElements.define(name, kind);
  Object.assign(window.insidecnn, { make, svg, joined, written, parsed, pack, unpack, shade, Widget, Numbers, Stepper, define });
})();
