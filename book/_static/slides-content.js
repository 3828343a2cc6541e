// What of a page becomes slides (slides.js shows them): figures, widgets, tables, questions, formulas, key sentences.
(() => {
  const MOST = 430; // letters of sentences on a slide
  const SHORT = 80; // letters of a sentence that says little alone
  const LEAD = 190; // letters of a sentence that stands above the picture that follows it
  const QUESTIONS = ".admonition.tip, .quiz-box, .admonition.exercise";
  const SHOWN = "figure.described, .widget, table, .cell_output .output.stream, .cell_output .output.text_plain";

  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
  const paragraph = (...parts) => {
    const made = document.createElement("p");
    made.append(...parts);
    return made;
  };
  const copied = (element) => {
    const copy = element.cloneNode(true);
    [copy, ...copy.querySelectorAll("[id]")].forEach((each) => each.removeAttribute("id"));
    return copy;
  };

  // the sentences of a paragraph, as copies with their bold letters, formulas and links
  const sentences = (source) => {
    const found = [];
    const range = document.createRange();
    range.setStart(source, 0);
    const cut = () => {
      const copy = copied(paragraph(range.cloneContents()));
      if (words(copy)) found.push(copy);
    };
    const texts = document.createTreeWalker(source, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.parentElement.closest(".katex, code")) continue;
      for (const match of text.data.matchAll(/[.?!]["”’)]?(?=\s+["“‘(]?[A-Z0-9]|\s*$)/g)) {
        const end = match.index + match[0].length;
        if (/\b(al|e\.g|i\.e)\.$/.test(text.data.slice(0, end))) continue;
        range.setEnd(text, end);
        cut();
        range.setStart(text, end);
      }
    }
    range.setEnd(source, source.childNodes.length);
    cut();
    return found;
  };

  // of a paragraph: its first sentence if it is the first of a section, and those that have bold words
  const keySentences = (source, isFirst) => {
    const all = sentences(source);
    const bold = (each) => [...each.querySelectorAll("strong")].some((strong) => words(strong));
    // a bold head, and a very short first sentence, say little without the next one
    const needsNext = (each, n) =>
      each &&
      (words(each) === [...each.querySelectorAll("strong")].map(words).join(" ") ||
        (isFirst && !n && words(each).length < SHORT));
    return all.filter((each, n) => (isFirst && n === 0) || bold(each) || needsNext(all[n - 1], n - 1));
  };

  // texts in parts that fit a slide
  const inParts = (texts) => {
    const found = [];
    let room = 0;
    for (const each of texts) {
      const size = each.matches("div.math") ? 130 : words(each).length;
      if (size > room || !found.length) {
        found.push([]);
        room = MOST;
      }
      found.at(-1).push(each);
      room -= size;
    }
    return found;
  };

  // the slides of one section and of those in it, in their order
  class Section {
    constructor(section, above, found) {
      const title = section.querySelector(":scope > :is(h1, h2, h3, h4)");
      const copy = title ? copied(title) : null;
      copy?.querySelectorAll(".headerlink").forEach((link) => link.remove());
      const heading = copy ? words(copy) : above;
      Object.assign(this, { section, title, heading, found, text: [], wasQuestion: false });
      this.isPage = title?.localName === "h1";
      this.isFirst = !this.isPage;
    }

    add(parts) {
      this.found.push({ section: this.section, heading: this.heading, shown: [], text: [], ...parts });
    }

    // what has been kept of the text becomes slides; a single sentence may stand on the slide that follows it instead
    flush(follows = false) {
      const texts = this.text.splice(0);
      while (texts.at(-1)?.localName === "p" && /[:,]$/.test(words(texts.at(-1)))) texts.pop();
      if (follows && texts.length === 1 && texts[0].localName === "p" && words(texts[0]).length <= LEAD) return texts;
      for (const text of inParts(texts)) this.add({ kind: "text", text });
      return [];
    }

    walk() {
      if (this.section.id === "further-reading") return;
      if (this.isPage) {
        const question = this.section.querySelector(":scope > p > strong:first-child");
        this.add({ kind: "title", text: question ? [paragraph(words(question))] : [] });
      }
      for (const child of this.section.children) {
        if (child !== this.title && !child.matches(".solution, script, style") && child.checkVisibility())
          this.take(child);
      }
      this.flush();
    }

    take(child) {
      if (child.localName === "section") {
        this.flush();
        new Section(child, this.heading, this.found).walk();
      } else if (child.matches(QUESTIONS)) {
        this.flush();
        this.wasQuestion = child.matches(".tip");
        this.add({ kind: "question", shown: [child] });
      } else if (child.localName === "p") {
        this.text.push(...(this.isPage ? [] : keySentences(child, this.isFirst)));
        this.isFirst = false;
      } else if (child.matches("div.math, ul, ol")) {
        if (!this.isPage && (child.matches("div.math") || words(child).length < 2 * MOST))
          this.text.push(copied(child));
      } else if (!child.matches(".admonition")) {
        this.takeOutputs(child);
      }
    }

    takeOutputs(child) {
      const all = [...child.querySelectorAll(SHOWN), ...(child.matches(SHOWN) ? [child] : [])];
      const outer = all.filter((each) => !all.some((other) => other !== each && other.contains(each)));
      for (const each of outer) if (each.checkVisibility() && this.isWanted(each)) this.addOutput(each);
      if (outer.length) this.wasQuestion = false;
    }

    // of what cells print: the answer to a question, how something breaks, and what is long, as a listing
    isWanted(output) {
      const isLong = output.textContent.trim().split("\n").length >= 8;
      return !output.matches("div.output") || this.wasQuestion || isLong || this.section.id.startsWith("break-it");
    }

    addOutput(output) {
      const cell = output.closest(".cell");
      const input = cell?.querySelector(":scope > .cell_input");
      let kind = output.matches(".widget") ? "widget" : "table";
      if (output.matches("figure")) kind = "figure";
      this.add({ kind, text: this.flush(true), shown: [output], code: input?.checkVisibility() ? input : null });
    }
  }

  const collectSlides = (article) => {
    const found = [];
    for (const section of article.querySelectorAll(":scope > section"))
      new Section(section, document.title, found).walk();
    return found;
  };

  window.insidecnn ??= {};
  Object.assign(window.insidecnn, { collectSlides });
})();
