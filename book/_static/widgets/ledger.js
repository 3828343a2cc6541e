// The ledger of a network, to be filled in. The page holds the questions, the right numbers and the sums
// (src/insidecnn/widgets/ledger.py computed them); this marks what the reader types.
(() => {
  const { make, label, Widget, define } = window.insidecnn;
  const ALL = "all";
  const LONGEST = 20; // characters of a field
  const grouped = (digits) => Number(digits).toLocaleString("en");

  // 23,296 or 23 296 is 23296; "," and ";" stand between the fields and the rows of the state
  const normalized = (text) =>
    text
      .trim()
      .replace(/(\d)[\s,.'’_](?=\d{3}(?!\d))/g, "$1")
      .replace(/[,;]/g, ".");
  const textToRows = (typed) => typed.split(";").map((row) => row.split(","));
  const rowsToText = (rows) =>
    rows
      .map((row) => row.join(",").replace(/,+$/, ""))
      .join(";")
      .replace(/;+$/, "");

  const markOf = (text, answer) => {
    if (!text) return "";
    return /^\d+$/.test(text) && Number(text) === answer ? "right" : "wrong";
  };
  const setMark = (element, mark) => {
    if (mark) element.dataset.mark = mark;
    else delete element.dataset.mark;
  };

  class Ledger extends Widget {
    get task() {
      const { shape } = this.data;
      return `Type the numbers of each layer, for an input of ${shape.join(" × ")}; Enter marks a number and goes on.`;
    }

    get initial() {
      return { typed: "", part: this.data.rows[0].part };
    }

    // a few layers each: a convolution with its activation and pooling, …
    get parts() {
      return [...new Set(this.data.rows.map(({ part }) => part))];
    }

    valid({ typed, part }) {
      if (part !== ALL && !this.parts.includes(part)) {
        return `There is no part ${part}; choose one of ${this.parts.join(", ")}, or ${ALL}.`;
      }
      const rows = textToRows(typed);
      const isTooLong = (row, i) => row.length > Math.max(1, this.rows[i].fields.length);
      if (rows.length > this.rows.length || rows.some(isTooLong)) {
        return "The link holds more numbers than this ledger has fields; this is the start.";
      }
      const long = rows.flat().find((text) => text.length > LONGEST);
      if (long) return `“${long.slice(0, LONGEST)}…” is too long for a field; it takes ${LONGEST} characters.`;
    }

    build() {
      const { columns, rows, title } = this.data;
      this.rows = rows.map((row, i) => this.row(row, i));
      const head = make(
        "tr",
        {},
        make("th", { scope: "col" }, "layer"),
        ...columns.map((name, c) => make("th", { scope: "col", id: `${this.id}-c${c}` }, name)),
        make("th", { scope: "col" }, make("span", { class: "unseen" }, "hint")),
        make("th", { scope: "col" }, "result"),
      );
      const body = make("tbody", {}, ...this.rows.flatMap((row) => [row.line, row.hint]));
      const table = make("table", { class: "fill" }, make("caption", {}, title), make("thead", {}, head), body);
      this.score = make("p", { class: "score" });
      this.answers = this.querySelector("details");
      this.restore();
      const scroll = { class: "scroll", tabindex: "0", role: "group", "aria-label": `${title}, to be filled in` };
      return [this.partFields(), make("div", scroll, table), this.answers, this.score];
    }

    // which part is shown, and how far it is filled in
    partFields() {
      const button = (onclick) => make("button", { type: "button", onclick });
      this.back = button(() => this.goToPart(-1));
      this.next = button(() => {
        this.goToPart(1);
        this.inputs.find((input) => !input.value && !this.isElsewhere(input))?.focus();
      });
      this.options = [...this.parts, ALL].map((name) => make("option", { value: name }, name));
      this.choice = make("select", { onchange: () => this.set({ part: this.choice.value }) }, ...this.options);
      this.progress = make("p", { class: "how-far" });
      return make("div", { class: "fields" }, label("layers shown", this.choice), this.back, this.next, this.progress);
    }

    get inputs() {
      return this.rows.flatMap(({ fields }) => fields.map(({ input }) => input));
    }

    isElsewhere(input) {
      return input.closest("tr").classList.contains("elsewhere");
    }

    goToPart(step) {
      this.set({ part: this.parts[this.parts.indexOf(this.state.part) + step] });
    }

    // a layer: its fields, its hint, and the cell for its result
    row({ name, layer, answers, sums, part }, i) {
      const id = `${this.id}-r${i}`;
      const { columns } = this.data;
      const fields = columns
        .filter((column) => column in answers)
        .map((column) => ({ column, answer: answers[column], input: this.field(id, column, answers[column]) }));
      const cells = columns.map((column) => {
        const field = fields.find((each) => each.column === column);
        return make("td", { "data-column": column }, field ? field.input : "–");
      });
      const lines = Object.entries(sums).map(([column, sum]) => make("li", {}, `${column}: ${sum}`));
      const hintCell = make("td", { colspan: columns.length + 3 }, make("ul", {}, ...lines));
      const hint = make("tr", { class: "hint", id: `${id}-hint`, hidden: true }, hintCell);
      const hintButton = make(
        "button",
        {
          type: "button",
          "aria-expanded": "false",
          "aria-controls": hint.id,
          "aria-label": `Formula for ${name}`,
          onclick: () => this.showHint({ hint, hintButton }, hint.hidden),
        },
        "formula",
      );
      const result = make("td", { class: "result", id: `${id}-result`, "aria-live": "polite" });
      const printed = make("span", { class: "printed" }, layer);
      const heading = make("th", { scope: "row" }, make("span", { id }, name), printed);
      const line = make("tr", { class: "layer" }, heading, ...cells, make("td", { class: "ask" }, hintButton), result);
      return { part, fields, hint, hintButton, result, line };
    }

    field(row, column, answer) {
      return make("input", {
        inputmode: "numeric",
        autocomplete: "off",
        spellcheck: "false",
        maxlength: LONGEST,
        "aria-labelledby": `${row} ${this.id}-c${this.data.columns.indexOf(column)}`,
        class: column === "parameters" || answer > 9999 ? "long" : "",
        onchange: () => this.readFields(),
        onkeydown: (event) => event.key === "Enter" && this.goToNext(event),
      });
    }

    showHint({ hint, hintButton }, shown) {
      hint.hidden = !shown;
      hintButton.setAttribute("aria-expanded", String(shown));
    }

    readFields() {
      const typed = this.rows.map(({ fields }) => fields.map(({ input }) => normalized(input.value)));
      this.set({ typed: rowsToText(typed) });
    }

    goToNext(event) {
      event.preventDefault();
      this.readFields();
      const { inputs } = this;
      const next = inputs[inputs.indexOf(event.target) + 1];
      const ends = next && this.isElsewhere(next);
      // a part with something wrong stays in view, with what is said of it
      const wrong = ends && inputs.find((input) => input.matches("[aria-invalid]") && !this.isElsewhere(input));
      if (ends && !wrong) this.goToPart(1);
      (wrong || next)?.focus();
    }

    draw({ typed, part }) {
      const given = textToRows(typed);
      const marks = this.rows.map((row, i) => this.drawRow(row, given[i] ?? []));
      for (const row of this.rows) {
        for (const line of [row.line, row.hint]) line.classList.toggle("elsewhere", part !== ALL && row.part !== part);
      }
      this.drawParts(part, marks);
      const [right, wrong] = ["right", "wrong"].map((kind) => marks.flat().filter((mark) => mark === kind).length);
      const asked = marks.flat().length;
      this.score.textContent = `${right} of ${asked} right${wrong ? `, ${wrong} to look at again` : ""}`;
      this.say(right === asked ? "The whole ledger is right. Well done." : "");
    }

    drawParts(part, marks) {
      const { parts } = this;
      const marksOf = (name) => marks.filter((_, i) => name === ALL || this.rows[i].part === name).flat();
      const rightOf = (name) => marksOf(name).filter((mark) => mark === "right").length;
      const isDone = (name) => rightOf(name) === marksOf(name).length;
      this.options.forEach((option) => {
        const name = option.value === ALL ? "all layers" : option.value;
        const sign = isDone(option.value) ? " ✓" : marksOf(option.value).includes("wrong") ? " ✗" : "";
        if (option.textContent !== name + sign) option.textContent = name + sign;
      });
      this.choice.value = part;
      const at = parts.indexOf(part);
      const [before, after] = [parts[at - 1], at < 0 ? null : parts[at + 1]];
      this.back.hidden = !before;
      this.next.hidden = !after;
      this.back.textContent = `‹ Back: ${before}`;
      this.next.textContent = `Next: ${after} ›`;
      const where = part === ALL ? "All layers" : `Part ${at + 1} of ${parts.length}, ${part}`;
      this.progress.textContent = `${where}: ${rightOf(part)} of ${marksOf(part).length} right`;
    }

    // a row's fields and its result; an empty field is not wrong; the fields' marks
    drawRow({ fields, result }, given) {
      const marks = fields.map(({ answer }, n) => markOf(given[n], answer));
      const remarks = [];
      fields.forEach(({ column, input }, n) => {
        const text = given[n] ?? "";
        if (input.value !== text) input.value = text;
        setMark(input, marks[n]);
        if (marks[n] !== "wrong") {
          input.removeAttribute("aria-invalid");
          return input.removeAttribute("aria-describedby");
        }
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", result.id);
        const isWhole = /^\d+$/.test(text);
        remarks.push(isWhole ? `${column} is not ${grouped(text)}` : `${column}: “${text}” is not a whole number`);
      });
      const left = marks.filter((mark) => !mark).length;
      let words = "";
      if (remarks.length) words = `${remarks.join(", ")}; see formula`;
      else if (!left) words = "all right";
      else if (left < marks.length) words = `right so far, ${left} to go`;
      setMark(result, remarks.length ? "wrong" : left ? "" : "right");
      if (result.textContent !== words) result.textContent = words;
      return marks;
    }

    // What the reader typed outlives a reload, where the browser keeps it. What a link brought is not kept, and wins.
    get storageKey() {
      return `${location.pathname}#${this.id}`;
    }

    toAddress() {
      super.toAddress();
      try {
        localStorage.setItem(this.storageKey, this.state.typed);
      } catch {
        // not kept
      }
    }

    restore() {
      let typed = "";
      try {
        typed = localStorage.getItem(this.storageKey) ?? "";
      } catch {
        // none kept
      }
      if (!typed || this.valid({ ...this.initial, typed })) return;
      const given = textToRows(typed);
      const isOpen = ({ fields }, i) => fields.some(({ answer }, n) => markOf(given[i]?.[n], answer) !== "right");
      const open = this.rows.find(isOpen) ?? this.rows[0]; // one goes on where one left off
      this.state = { typed, part: open.part };
      this.link.href = this.address;
    }

    reset() {
      for (const row of this.rows) this.showHint(row, false);
      this.answers.open = false;
      super.reset();
      this.querySelector("input").focus();
    }
  }

  define("cnn-ledger", Ledger);
})();
