// The ledger of a network, to be filled in. The page holds the questions, the right numbers and the sums
// (src/insidecnn/figures/ledger.py computed them); this marks what the reader types. A classic script, not a
// module: browsers do not load modules from file://.
(() => {
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const grouped = (number) => number.toLocaleString("en");
  let count = 0;

  class Ledger extends HTMLElement {
    connectedCallback() {
      if (this.rows) return;
      const data = JSON.parse(this.querySelector("script").textContent);
      this.id ||= `ledger-${++count}`;
      this.columns = data.columns;
      this.total = data.rows.reduce((sum, row) => sum + Object.keys(row.answers).length, 0);
      this.rows = data.rows.map((row, i) => this.row(row, i));

      const heads = this.columns.map((name, c) => make("th", { scope: "col", id: `${this.id}-c${c}` }, name));
      const head = make("tr", {}, make("th", { scope: "col" }, "layer"), ...heads,
        make("th", { scope: "col" }, make("span", { class: "unseen" }, "hint")), make("th", { scope: "col" }, "result"));
      const table = make("table", { class: "fill" }, make("caption", {}, data.title), make("thead", {}, head),
        make("tbody", {}, ...this.rows.flatMap((row) => [row.line, row.hint])));
      const scroll = make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": data.title }, table);

      this.score = make("p", { class: "score" });
      const reset = make("button", { type: "button", class: "reset" }, "Start again");
      reset.addEventListener("click", () => this.reset());
      this.said = make("p", { class: "unseen", role: "status" });
      this.fallback = this.querySelector("details");
      const start = make("p", {}, `The input is ${data.shape.join(" × ")}. Type a number; it is marked when you leave the field or press Enter.`);
      this.replaceChildren(start, scroll, make("div", { class: "foot" }, this.score, reset, this.said), this.fallback);
      this.restore();
      this.count();
    }

    row(row, i) {
      const name = `${this.id}-r${i}`;
      const result = make("td", { class: "result", "aria-live": "polite" });
      const inputs = {};
      const cells = this.columns.map((column, c) => {
        if (!(column in row.answers)) return make("td", { "data-column": column }, "–");
        const input = make("input", {
          inputmode: "numeric", autocomplete: "off", spellcheck: "false",
          "aria-labelledby": `${name} ${this.id}-c${c}`, class: column === "parameters" || row.answers[column] > 9999 ? "long" : "",
        });
        inputs[column] = input;
        input.addEventListener("change", () => this.mark(i));
        input.addEventListener("keydown", (event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          this.mark(i);
          this.next(input);
        });
        return make("td", { "data-column": column }, input);
      });
      const sums = make("ul", {}, ...Object.entries(row.sums).map(([column, sum]) => make("li", {}, `${column}: ${sum}`)));
      const hint = make("tr", { class: "hint", id: `${name}-hint`, hidden: "" },
        make("td", { colspan: String(this.columns.length + 3) }, sums));
      const ask = make("button", { type: "button", "aria-expanded": "false", "aria-controls": hint.id, "aria-label": `Formula for ${row.name}` }, "formula");
      ask.addEventListener("click", () => {
        hint.hidden = !hint.hidden;
        ask.setAttribute("aria-expanded", String(!hint.hidden));
      });
      const title = make("th", { scope: "row" }, make("span", { id: name }, row.name), make("span", { class: "printed" }, row.layer));
      const line = make("tr", { class: "layer" }, title, ...cells, make("td", { class: "ask" }, ask), result);
      return { answers: row.answers, inputs, line, hint, ask, result };
    }

    // mark what stands in one row; empty fields are not wrong
    mark(i) {
      const { answers, inputs, result } = this.rows[i];
      const wrong = [];
      let filled = 0, right = 0;
      for (const [column, input] of Object.entries(inputs)) {
        const typed = input.value.trim().replace(/(\d)[\s,.'’_](?=\d{3}(?!\d))/g, "$1"); // 23,296 or 23 296 is 23296
        delete input.dataset.mark;
        input.removeAttribute("aria-invalid");
        if (!typed) continue;
        filled++;
        if (/^\d+$/.test(typed) && Number(typed) === answers[column]) {
          right++;
          input.dataset.mark = "right";
        } else {
          wrong.push(/^\d+$/.test(typed) ? `${column} is not ${grouped(Number(typed))}` : `${column} is not a whole number`);
          input.dataset.mark = "wrong";
          input.setAttribute("aria-invalid", "true");
        }
      }
      const all = Object.keys(inputs).length;
      delete result.dataset.mark;
      if (wrong.length || right === all) result.dataset.mark = wrong.length ? "wrong" : "right";
      const words = wrong.length ? wrong.join(", ") : right === all ? "all right" : filled ? `right so far, ${all - right} to go` : "";
      if (result.textContent !== words) result.textContent = words;
      this.count();
      this.keep();
    }

    // what was typed outlives a reload; some browsers refuse to keep it, and then it does not
    keep() {
      const typed = [...this.querySelectorAll("input")].map((input) => input.value);
      try { localStorage.setItem(`${location.pathname}#${this.id}`, JSON.stringify(typed)); } catch { /* not kept */ }
    }

    restore() {
      let typed = [];
      try { typed = JSON.parse(localStorage.getItem(`${location.pathname}#${this.id}`)) ?? []; } catch { /* none kept */ }
      this.querySelectorAll("input").forEach((input, n) => { input.value = typed[n] ?? ""; });
      this.rows.forEach((_, i) => this.mark(i));
    }

    count() {
      const right = this.querySelectorAll('input[data-mark="right"]').length;
      const wrong = this.querySelectorAll('input[data-mark="wrong"]').length;
      this.score.textContent = `${right} of ${this.total} right` + (wrong ? `, ${wrong} to look at again` : "");
      const done = right === this.total ? "The whole ledger is right. Well done." : "";
      if (this.said.textContent !== done) this.said.textContent = done;
      this.said.classList.toggle("unseen", !done);
    }

    next(input) {
      const all = [...this.querySelectorAll("input")];
      all[all.indexOf(input) + 1]?.focus();
    }

    reset() {
      for (const { inputs, result, hint, ask } of this.rows) {
        for (const input of Object.values(inputs)) {
          input.value = "";
          delete input.dataset.mark;
          input.removeAttribute("aria-invalid");
        }
        delete result.dataset.mark;
        result.textContent = "";
        hint.hidden = true;
        ask.setAttribute("aria-expanded", "false");
      }
      this.fallback.open = false;
      this.count();
      this.keep();
      this.querySelector("input").focus();
    }
  }

  if (!customElements.get("cnn-ledger")) customElements.define("cnn-ledger", Ledger);
})();
