// The ledger of a network, to be filled in. The page holds the questions, the right numbers and the sums
// (src/insidecnn/widgets/ledger.py computed them); this marks what the reader types.
(() => {
  const { make, Widget, define } = window.insidecnn;
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
    get initial() {
      return { typed: "" };
    }

    valid({ typed }) {
      const rows = textToRows(typed);
      const isTooLong = (row, i) => row.length > Math.max(1, this.rows[i].fields.length);
      if (rows.length > this.rows.length || rows.some(isTooLong)) {
        return "The link holds more numbers than this ledger has fields; this is the start.";
      }
      const long = rows.flat().find((text) => text.length > LONGEST);
      if (long) return `“${long.slice(0, LONGEST)}…” is too long for a field; it takes ${LONGEST} characters.`;
    }

    build() {
      const { columns, rows, shape, title } = this.data;
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
      const task = "Type a number; it is marked when you leave the field or press Enter.";
      const scroll = { class: "scroll", tabindex: "0", role: "group", "aria-label": `${title}, to be filled in` };
      return [
        make("p", {}, `The input is ${shape.join(" × ")}. ${task}`),
        make("div", scroll, table),
        this.answers,
        this.score,
      ];
    }

    // a layer: its fields, its hint, and the cell for its result
    row({ name, layer, answers, sums }, i) {
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
      const result = make("td", { class: "result", "aria-live": "polite" });
      const printed = make("span", { class: "printed" }, layer);
      const heading = make("th", { scope: "row" }, make("span", { id }, name), printed);
      const line = make("tr", { class: "layer" }, heading, ...cells, make("td", { class: "ask" }, hintButton), result);
      return { fields, hint, hintButton, result, line };
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
      const inputs = this.rows.flatMap(({ fields }) => fields.map(({ input }) => input));
      inputs[inputs.indexOf(event.target) + 1]?.focus();
    }

    draw({ typed }) {
      const given = textToRows(typed);
      const marks = this.rows.flatMap((row, i) => this.drawRow(row, given[i] ?? []));
      const [right, wrong] = ["right", "wrong"].map((kind) => marks.filter((mark) => mark === kind).length);
      this.score.textContent = `${right} of ${marks.length} right${wrong ? `, ${wrong} to look at again` : ""}`;
      this.say(right === marks.length ? "The whole ledger is right. Well done." : "");
    }

    // a row's fields and its result; an empty field is not wrong; the fields' marks
    drawRow({ fields, result }, given) {
      const marks = fields.map(({ answer }, n) => markOf(given[n], answer));
      const remarks = [];
      fields.forEach(({ column, input }, n) => {
        const text = given[n] ?? "";
        if (input.value !== text) input.value = text;
        setMark(input, marks[n]);
        if (marks[n] !== "wrong") return input.removeAttribute("aria-invalid");
        input.setAttribute("aria-invalid", "true");
        remarks.push(/^\d+$/.test(text) ? `${column} is not ${grouped(text)}` : `${column} is not a whole number`);
      });
      const left = marks.filter((mark) => !mark).length;
      let words = "";
      if (remarks.length) words = remarks.join(", ");
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
      if (!this.valid({ typed })) this.state = { typed };
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
