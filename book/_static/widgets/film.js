// A film of filters: one frame at a time out of a picture of all of them, and the losses with its moment marked.
(() => {
  const { make, makeSvg, wrongSetting, formatNumber, Widget, define, Frames, Stepper } = window.insidecnn;
  const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [340, 230, 34, 34, 10];

  class Film extends Widget {
    get task() {
      return "Play the film, or drag the slider: the filters form while the loss falls.";
    }

    get initial() {
      return { frame: 0 };
    }

    valid(state) {
      return wrongSetting(state, { frame: [0, this.data.steps.length - 1] });
    }

    build() {
      const { steps, curve } = this.data;
      this.filters = new Frames(this.data, steps.length, "filters");
      this.stepper = new Stepper(this, "frame", "frame");
      this.losses = [...curve.loss, ...curve.unseen];
      this.code = make("code", {});
      return [
        make("div", { class: "film" }, this.filters.element, this.chart()),
        this.stepper.element,
        make("pre", { class: "code" }, this.code),
      ];
    }

    x(step) {
      return LEFT + ((WIDTH - LEFT - 8) * step) / this.data.steps.at(-1);
    }

    y(loss) {
      return HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * loss) / Math.max(...this.losses);
    }

    chart() {
      const { curve, steps } = this.data;
      const line = (values, kind) => {
        const points = values.map((value, i) => `${this.x(curve.step[i]).toFixed(1)},${this.y(value).toFixed(1)}`);
        return makeSvg("polyline", { class: kind, points: points.join(" ") });
      };
      const text = (x, y, words, anchor = "middle") => makeSvg("text", { x, y, "text-anchor": anchor }, words);
      const heights = Array.from({ length: Math.floor(Math.max(...this.losses) / 2) + 1 }, (_, i) => 2 * i);
      const widths = [0, 0.5, 1].map((share) => Math.round(share * steps.at(-1)));
      const grid = heights.flatMap((loss) => [
        makeSvg("line", { class: "grid", x1: LEFT, x2: WIDTH - 8, y1: this.y(loss), y2: this.y(loss) }),
        text(LEFT - 6, this.y(loss) + 4, loss, "end"),
      ]);
      const floor = HEIGHT - BOTTOM;
      this.moment = makeSvg("line", { class: "moment", y1: TOP, y2: floor });
      this.dots = ["loss", "unseen"].map((name) => makeSvg("circle", { class: name, r: 4 }));
      const onclick = (event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const at = ((event.clientX - box.left) / box.width) * WIDTH;
        const far = steps.map((step) => Math.abs(this.x(step) - at));
        this.stepper.goTo(far.indexOf(Math.min(...far)));
      };
      const legend = (y, kind, words) => [
        makeSvg("line", { class: kind, x1: WIDTH - 150, x2: WIDTH - 128, y1: y - 4, y2: y - 4 }),
        text(WIDTH - 122, y, words, "start"),
      ];
      return makeSvg(
        "svg",
        { class: "losses", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", onclick },
        ...grid,
        ...widths.map((step, i) => text(this.x(step), floor + 15, step, i === 2 ? "end" : "middle")),
        text((LEFT + WIDTH) / 2, HEIGHT - 4, "step"),
        ...legend(24, "loss", "loss in training"),
        ...legend(42, "unseen", "on unseen things"),
        line(curve.loss, "loss"),
        line(curve.unseen, "unseen"),
        this.moment,
        ...this.dots,
      );
    }

    // the first point of the curve that is not before the frame
    compute({ frame }) {
      const { steps, curve } = this.data;
      const point = curve.step.findIndex((step) => step >= steps[frame]);
      return { step: steps[frame], at: curve.step[point], loss: curve.loss[point], unseen: curve.unseen[point] };
    }

    draw({ frame }, { step, at, loss, unseen }) {
      const { steps, name } = this.data;
      const last = steps.length - 1;
      this.filters.show(frame, `The ${name} after ${step} steps`);
      this.moment.setAttribute("x1", this.x(step));
      this.moment.setAttribute("x2", this.x(step));
      [loss, unseen].forEach((value, i) => {
        this.dots[i].setAttribute("cx", this.x(at));
        this.dots[i].setAttribute("cy", this.y(value));
      });
      this.code.textContent = `film.append(features[0].weight.detach().clone())  # film[${frame}], after step ${step}`;
      this.stepper.show(last, `after step ${step}`);
      const known = `loss ${loss.toFixed(2)} in training, ${unseen.toFixed(2)} on unseen things`;
      this.say(`Frame ${frame + 1} of ${steps.length}, after step ${step}: ${known} (at step ${formatNumber(at)}).`);
    }
  }

  define("cnn-film", Film);
})();
