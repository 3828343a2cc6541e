// The network's answer: the five likeliest of its classes.
(() => {
  const { make, makeSvg } = self.insidecnn;
  const { View, YOURS, button, classOf } = self.insidecnn.lab;
  const COUNT = 5;
  const percent = (share) => `${(share * 100).toFixed(1)} %`;

  class Answer extends View {
    constructor(owner) {
      super(owner);
      this.words = make("p", { class: "title", role: "status" }, "The answer needs the weights of all layers.");
      this.lines = Array.from({ length: COUNT }, () => this.line());
      this.list = make("ol", { "aria-label": "The five likeliest classes" }, ...this.lines.map(({ item }) => item));
      this.element = make("div", { class: "answer" }, this.words, this.list);
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

    draw({ best, moving, choice, own }) {
      // while a thing is dragged, each answer would be read aloud: only the last one is
      this.words.setAttribute("aria-live", moving ? "off" : "polite");
      const { data } = this.lab;
      if (!this.differs("best", best, choice.network, own)) return;
      this.list.hidden = Boolean(data.end);
      this.element.classList.toggle("waiting", !best);
      if (data.end) this.words.textContent = data.end;
      if (!best) return;
      const whose = choice.network === YOURS ? `The answer of ${own.name}` : "The answer";
      this.words.textContent = `${whose}: ${classOf(data, best[0].number)}, ${percent(best[0].probability)}`;
      this.lines.forEach(({ item }, i) => {
        item.hidden = i >= best.length;
      });
      best.forEach(({ number, probability, logit }, i) => {
        const line = this.lines[i];
        line.number = number;
        line.name.textContent = classOf(data, number);
        line.name.title = `Class ${number}, logit ${logit.toFixed(3)}: why?`;
        line.bar.setAttribute("width", probability);
        line.share.textContent = percent(probability);
      });
    }
  }

  self.insidecnn.lab.Answer = Answer;
})();
