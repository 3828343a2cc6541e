// Small arrays of numbers as tables.
(() => {
  const { make, formatNumber, parseNumber, clamp } = window.insidecnn;
  if (window.insidecnn.ArrayTable) return;

  // A cell's class: positive, negative or zero in three strengths. book.css has the colours, figures/grids.py the rule.
  const shade = (value, largest) => {
    if (!value || !largest || !Number.isFinite(value)) return "zero";
    const strength = clamp(Math.round((3 * Math.abs(value)) / largest), 1, 3);
    return `${value > 0 ? "plus" : "minus"}-${strength}`;
  };

  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  // A table of numbers with one stop for the Tab key; arrow keys, Home and End move within it. Its cells can be typed
  // into, `edit(row, column, field)`, or chosen, `pick(row, column)`.
  class ArrayTable {
    constructor(name, { edit = null, pick = null, digits = 2 } = {}) {
      Object.assign(this, { name, edit, pick, digits, row: 0, column: 0, cells: [] });
      const kind = edit ? "numbers editable" : "numbers";
      this.fields = new Map(); // "row,column" → field
      this.table = make("table", { class: kind, "aria-label": name, role: edit || pick ? "grid" : "table" });
      this.element = make("figure", { class: "array" }, make("figcaption", {}, name), this.table);
      if (edit || pick) this.table.addEventListener("keydown", (event) => this.onKey(event));
    }

    // rows: numbers, null for an empty cell; mark(row, column): further classes of a cell; border: how many cells above
    // and at the left of the inner ones, which are `size` = [height, width]; largest: of the shades
    show(rows, { mark = () => "", border = 0, size = null, largest = null } = {}) {
      size ??= [rows.length - 2 * border, rows[0].length - 2 * border];
      largest ??= Math.max(...rows.flat().map((value) => Math.abs(value ?? 0)));
      const layout = [rows.length, rows[0].length, border, ...size].join();
      if (this.layout !== layout) {
        Object.assign(this, { layout, border, size });
        this.makeCells(rows.length, rows[0].length);
      }
      rows.forEach((row, r) => row.forEach((value, c) => this.showCell(r, c, value, largest, mark(r, c))));
    }

    showCell(r, c, value, largest, mark) {
      const cell = this.cells[r][c];
      const text = value === null ? "" : formatNumber(value, this.digits);
      const colour = value === null ? "empty" : shade(value, largest);
      const width = text.length > 4 ? "long" : text.length > 3 ? "wide" : "";
      cell.className = [colour, this.isInner(r, c) ? "" : "border", width, mark].filter(Boolean).join(" ");
      const input = cell.querySelector("input");
      if (!input) cell.firstChild.textContent = text;
      else if (document.activeElement !== input && !input.hasAttribute("aria-invalid")) input.value = text;
      if (this.pick) cell.setAttribute("aria-label", [this.place(r, c), text].filter(Boolean).join(": "));
    }

    place(r, c) {
      return `row ${r - this.border}, column ${c - this.border}`;
    }

    isInner(r, c) {
      const { border, size } = this;
      return r >= border && c >= border && r < border + size[0] && c < border + size[1];
    }

    makeCells(height, width) {
      this.row = this.column = this.border;
      const indices = (count) => Array.from({ length: count }, (_, i) => i);
      this.cells = indices(height).map((r) => indices(width).map((c) => this.makeCell(r, c)));
      this.table.replaceChildren(...this.cells.map((row) => make("tr", { role: "row" }, ...row)));
    }

    makeCell(r, c) {
      const tabindex = r === this.border && c === this.border ? "0" : "-1";
      const role = this.edit || this.pick ? "gridcell" : "cell";
      const onfocus = () => this.moveTabStop(r, c);
      if (this.pick) return make("td", { role, tabindex, onfocus, onclick: () => this.goTo(r, c) }, "");
      if (!this.edit || !this.isInner(r, c)) return make("td", { role }, "");
      const field = this.field(r - this.border, c - this.border);
      field.setAttribute("tabindex", tabindex);
      field.setAttribute("aria-label", `${this.name}, ${this.place(r, c)}`);
      return make("td", { role }, field);
    }

    // the field of a number, the same one however wide the border is: what was typed into it stays
    field(row, column) {
      const place = `${row},${column}`;
      if (!this.fields.has(place)) {
        const field = make("input", { autocomplete: "off", onchange: () => this.edit(row, column, field) });
        field.addEventListener("focus", () => {
          this.moveTabStop(row + this.border, column + this.border);
          field.select();
        });
        this.fields.set(place, field);
      }
      return this.fields.get(place);
    }

    // what takes the focus at a place: a cell to choose, or the field in it
    focusable(r, c) {
      const cell = this.cells[r]?.[c];
      return this.pick ? cell : cell?.querySelector("input");
    }

    moveTabStop(r, c) {
      this.focusable(this.row, this.column)?.setAttribute("tabindex", "-1");
      [this.row, this.column] = [r, c];
      this.focusable(r, c)?.setAttribute("tabindex", "0");
    }

    goTo(r, c) {
      const target = this.focusable(r, c);
      target?.focus();
      if (target) this.pick?.(r, c);
    }

    onKey(event) {
      const { row, column, border, size } = this;
      const ends = { Home: [row, border], End: [row, border + size[1] - 1] };
      const arrow = ARROWS[event.key];
      const target = arrow ? [row + arrow[0], column + arrow[1]] : ends[event.key];
      if (!target) return;
      event.preventDefault();
      this.goTo(...target);
    }
  }

  // The rows with the number that was typed into a field; null, with a complaint, if it is none.
  const withTyped = (widget, rows, row, column, field) => {
    const value = parseNumber(field.value);
    if (Number.isNaN(value)) {
      const given = field.value.trim() ? `“${field.value}”` : "an empty cell";
      const stays = `it still counts as ${formatNumber(rows[row][column])}`;
      const place = field.getAttribute("aria-label");
      widget.complain(`${place}: ${given} is not a number; type one such as −1 or 0.5 (until then ${stays}).`, field);
      return null;
    }
    return rows.map((each, r) => each.map((old, c) => (r === row && c === column ? value : old)));
  };

  // an array with a sign in front of it: × filter
  const withSign = (sign, array) =>
    make("div", { class: "joined" }, make("span", { class: "joint" }, sign), array.element);

  Object.assign(window.insidecnn, { ArrayTable, withTyped, withSign });
})();
