// The ledger of a network, to be filled in. The page holds the questions, the right numbers and the sums
// (src/insidecnn/widgets/ledger.py computed them); this marks what the reader types.
(() => {
  const { make, Widget, define } = window.insidecnn;
  const LONGEST = 20; // characters of a field
  const grouped = (digits) => Number(digits).toLocaleString("en");

  // 23,296 or 23 296 is 23296; "," and ";" stand between the fields and the rows of the state
  const plain = (text) => text.trim().replace(/(\d)[\s,.'’_](?=\d{3}(?!\d))/g, "$1").replace(/[,;]/g, ".");
  const unpack = (typed) => typed.split(";").map((row) => row.split(","));
  const pack = (rows) => rows.map((row) => row.join(",").replace(/,+$/, "")).join(";").replace(/;+$/, "");

  class Ledger extends Widget {
    get initial() { return { typed: "" }; }

    valid({ typed }) {
      const rows = unpack(typed);
      if (rows.length > this.rows.length || rows.some((row, i) => row.length > Math.max(1, this.rows[i].inputs.length))) {
        return "The link holds more numbers than this ledger has fields; this is the start.";
      }
      const long = rows.flat().find((text) => text.length > LONGEST);
      if (long) return `“${long.slice(0, LONGEST)}…” is too long for a field; it takes ${LONGEST} characters.`;
    }

    build() {
      const { columns, rows, shape, title } = this.data;
      this.rows = rows.map((row, i) => this.row(row, i));
      const head = make("tr", {}, make("th", { scope: "col" }, "layer"),
        ...columns.map((name, c) => make("th", { scope: "col", id: `${this.id}-c${c}` }, name)),
        make("th", { scope: "col" }, make("span", { class: "unseen" }, "hint")), make("th", { scope: "col" }, "result"));
      const table = make("table", { class: "fill" }, make("caption", {}, title), make("thead", {}, head),
        make("tbody", {}, ...this.rows.flatMap((row) => [row.line, row.hint])));
      this.score = make("p", { class: "score" });
      this.fallback = this.querySelector("details");
      this.restore();
      return [
        make("p", {}, `The input is ${shape.join(" × ")}. Type a number; it is marked when you leave the field or press Enter.`),
        make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `${title}, to be filled in` }, table),
        this.fallback, this.score,
      ];
    }

    row({ name, layer, answers, sums }, i) {
      const id = `${this.id}-r${i}`;
      const { columns } = this.data;
      const inputs = [];
      const cells = columns.map((column, c) => {
        if (!(column in answers)) return make("td", { "data-column": column }, "–");
        const input = make("input", {
          inputmode: "numeric", autocomplete: "off", spellcheck: "false", maxlength: LONGEST,
          "aria-labelledby": `${id} ${this.id}-c${c}`, class: column === "parameters" || answers[column] > 9999 ? "long" : "",
          onchange: () => this.take(),
          onkeydown: (event) => event.key === "Enter" && this.next(event),
        });
        inputs.push({ column, answer: answers[column], input });
        return make("td", { "data-column": column }, input);
      });
      const lines = Object.entries(sums).map(([column, sum]) => make("li", {}, `${column}: ${sum}`));
      const hint = make("tr", { class: "hint", id: `${id}-hint`, hidden: true }, make("td", { colspan: columns.length + 3 }, make("ul", {}, ...lines)));
      const ask = make("button", {
        type: "button", "aria-expanded": "false", "aria-controls": hint.id, "aria-label": `Formula for ${name}`,
        onclick: () => ask.setAttribute("aria-expanded", String(!(hint.hidden = !hint.hidden))),
      }, "formula");
      const result = make("td", { class: "result", "aria-live": "polite" });
      const heading = make("th", { scope: "row" }, make("span", { id }, name), make("span", { class: "printed" }, layer));
      return { inputs, hint, ask, result, line: make("tr", { class: "layer" }, heading, ...cells, make("td", { class: "ask" }, ask), result) };
    }

    take() {
      this.set({ typed: pack(this.rows.map(({ inputs }) => inputs.map(({ input }) => plain(input.value)))) });
    }

    next(event) {
      event.preventDefault();
      this.take();
      const all = this.rows.flatMap(({ inputs }) => inputs.map(({ input }) => input));
      all[all.indexOf(event.target) + 1]?.focus();
    }

    draw({ typed }) {
      const given = unpack(typed);
      const marks = this.rows.flatMap((row, i) => this.mark(row, given[i] ?? []));
      const [right, wrong] = ["right", "wrong"].map((kind) => marks.filter((mark) => mark === kind).length);
      this.score.textContent = `${right} of ${marks.length} right${wrong ? `, ${wrong} to look at again` : ""}`;
      this.say(right === marks.length ? "The whole ledger is right. Well done." : "");
    }

    // one row's fields and its result; empty fields are not wrong
    mark({ inputs, result }, given) {
      const remarks = [];
      const marks = inputs.map(({ column, answer, input }, n) => {
        const text = given[n] ?? "";
        const whole = /^\d+$/.test(text);
        const mark = !text ? "" : whole && Number(text) === answer ? "right" : "wrong";
        if (input.value !== text) input.value = text;
        input.removeAttribute("aria-invalid");
        delete input.dataset.mark;
        if (mark) input.dataset.mark = mark;
        if (mark === "wrong") {
          input.setAttribute("aria-invalid", "true");
          remarks.push(whole ? `${column} is not ${grouped(text)}` : `${column} is not a whole number`);
        }
        return mark;
      });
      const left = marks.filter((mark) => !mark).length;
      const words = remarks.length ? remarks.join(", ") : !left ? "all right" : left < marks.length ? `right so far, ${left} to go` : "";
      delete result.dataset.mark;
      if (remarks.length || !left) result.dataset.mark = remarks.length ? "wrong" : "right";
      if (result.textContent !== words) result.textContent = words;
      return marks;
    }

    // what the reader typed outlives a reload, where the browser keeps it; what a link brought is not kept, and wins
    get shelf() { return `${location.pathname}#${this.id}`; }
    toAddress() {
      super.toAddress();
      try { localStorage.setItem(this.shelf, this.state.typed); } catch { /* not kept */ }
    }
    restore() {
      let typed = "";
      try { typed = localStorage.getItem(this.shelf) ?? ""; } catch { /* none kept */ }
      if (!this.valid({ typed })) this.state = { typed };
      this.link.href = this.address;
    }

    reset() {
      for (const { hint, ask } of this.rows) {
        hint.hidden = true;
        ask.setAttribute("aria-expanded", "false");
      }
      this.fallback.open = false;
      super.reset();
      this.querySelector("input").focus();
    }
  }

  define("cnn-ledger", Ledger);
})();
