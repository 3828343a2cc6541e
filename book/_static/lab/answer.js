// The network's answer: the five likeliest of its thousand classes.
(() => {
  const { make, makeSvg } = self.insidecnn;
  const { View, button } = self.insidecnn.lab;
  const COUNT = 5;
  const percent = (share) => `${(share * 100).toFixed(1)} %`;

  class Answer extends View {
    constructor(owner) {
      super(owner);
      const { end } = owner.data;
      this.words = make("p", { class: "title", role: "status" }, end);
      this.lines = end ? [] : Array.from({ length: COUNT }, () => this.line());
      const list = make("ol", { "aria-label": "The five likeliest classes" }, ...this.lines.map(({ item }) => item));
      this.element = make("div", { class: "answer" }, this.words, ...(end ? [] : [list]));
    }

    line() {
      const line = {
        name: button("", () => this.explain(line.number)),
        bar: makeSvg("rect", { height: 1, width: 0 }),
        share: make("span", { class: "number" }, ""),
      };
      const size = { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" };
      line.item = make("li", {}, line.name, makeSvg("svg", size, line.bar), line.share);
      return line;
    }

    // why has this class its logit?
    explain(number) {
      const { layers } = this.lab.data;
      const stage = layers.length - 1;
      const width = layers[stage].shape[2];
      this.lab.set({ stage, channel: 0, row: Math.floor(number / width), column: number % width });
    }

    draw({ best, moving }) {
      // while a thing is dragged, each answer would be read aloud: only the last one is
      this.words.setAttribute("aria-live", moving ? "off" : "polite");
      const { end, categories } = this.lab.data;
      if (end || !this.differs("best", best)) return;
      this.element.classList.toggle("waiting", !best);
      if (!best) return;
      this.words.textContent = `The answer: ${categories[best[0].number]}, ${percent(best[0].probability)}`;
      best.forEach(({ number, probability, logit }, i) => {
        const line = this.lines[i];
        line.number = number;
        line.name.textContent = categories[number];
        line.name.title = `Class ${number}, logit ${logit.toFixed(3)}: why?`;
        line.bar.setAttribute("width", probability);
        line.share.textContent = percent(probability);
      });
    }
  }

  self.insidecnn.lab.Answer = Answer;
})();
