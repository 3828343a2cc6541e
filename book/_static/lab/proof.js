// Are the numbers those of Python? The hash of the stage, and the lines of Python that print the same one.
(() => {
  const { make } = self.insidecnn;
  const { View, LEARNED, SIZE, YOURS, drawCrop, isChanged, readPaint, seenOf } = self.insidecnn.lab;

  const COMPOSED = "crop.png"; // the photograph's crop with the things on it

  // the lines that read the photograph as the page shows it
  function photoLines(name, { right, down, things }) {
    if (things.length) {
      return [`crop = photos.read("${COMPOSED}")`, "x = preprocess.normalize(preprocess.to_tensor(crop))[None]"];
    }
    const read = `photo = photos.read(${JSON.stringify(name)})`;
    if (!right && !down) return [read, "x = preprocess.preprocess(photo)"];
    const offset = (by) => (by ? ` ${by > 0 ? "-" : "+"} ${Math.abs(by)}` : "");
    return [
      read,
      "resized = preprocess.resize(photo)",
      `left = round((resized.width - ${SIZE}) / 2)${offset(right)}`,
      `top = round((resized.height - ${SIZE}) / 2)${offset(down)}`,
      `crop = resized.crop((left, top, left + ${SIZE}, top + ${SIZE}))`,
      "x = preprocess.normalize(preprocess.to_tensor(crop))[None]",
    ];
  }

  // the lines that change a kernel as the page has
  function kernelLines({ filter, kernel, paint }) {
    const painted = readPaint(paint);
    const lines = ["", "with torch.no_grad():"];
    lines.push(`    kernel = features[0].weight[${filter}]`, "    most = kernel.abs().max()");
    if (kernel !== LEARNED) lines.push(`    kernel.copy_(torch.tensor(presets.presets()["${kernel}"]) * most)`);
    if (painted.length) {
      lines.push(`    for plane, row, column, sign in ${JSON.stringify(painted)}:`);
      lines.push("        kernel[plane, row, column] = sign * most");
    }
    return lines;
  }

  const ROUNDING = [
    "for parameter in features.parameters():",
    "    parameter.data = parameter.data.half().float()  # as the browser has them",
  ];

  // The lines that load the book's network, and those that go from its features to the end: numbers that PyTorch
  // computes from the whole matrices.
  const LINES = {
    start: ["import torch", "", "from insidecnn import photos, preprocess, weights"],
    model: ["loaded = weights.load()", "features = loaded.model.features"],
    classifier: ["stages += fixed_order.classifier(loaded.factors, stages[-1][1])"],
    name: "loaded.model",
  };

  // exact: do the weights lose nothing as 16-bit numbers?
  function pythonOf(choice, photo, exact, toTheEnd, own) {
    const changed = isChanged(choice);
    const whose = choice.network === YOURS ? self.insidecnn.lab.linesOf(own) : LINES;
    return [
      ...whose.start,
      `from insidecnn.lab import fixed_order${changed ? ", presets" : ""}`,
      "",
      ...whose.model,
      ...(exact ? [] : ROUNDING),
      ...photoLines(photo.name, choice),
      ...(changed ? kernelLines(choice) : []),
      "",
      "stages = fixed_order.stages(features, x)",
      ...(toTheEnd ? whose.classifier : []),
      "for name, maps in stages:",
      "    print(name, maps.shape, fixed_order.digest(maps)[:16])",
      "",
      "with torch.no_grad():  # PyTorch adds in another order",
      `    print((${toTheEnd ? whose.name : "features"}(x)[0] - torch.tensor(maps)).abs().max())`,
    ].join("\n");
  }

  class Proof extends View {
    constructor(owner) {
      super(owner);
      this.verdict = make("p", { class: "verdict" });
      this.code = make("code", {});
      this.file = make("a", {}, "");
      const code = make("pre", { class: "code" }, this.code);
      const python = make("details", {}, make("summary", {}, "The same in Python"), code, this.file);
      this.weights = make("p", { class: "private" }, "");
      this.element = make("div", { class: "proof" }, this.verdict, python, this.weights);
    }

    draw(state) {
      const { choice, photo, digests, milliseconds, own } = state;
      this.weights.textContent = this.lab.data.weights;
      if (!photo) return;
      const composed = choice.things.length ? seenOf(choice) : "";
      if ((digests || !composed) && this.differs("file", photo, composed)) this.makeFile(state);
      if (milliseconds === null || !this.differs("verdict", choice, photo, digests, milliseconds)) return;
      const { words, same } = this.judge(choice, photo, digests);
      const { layers, exact, end } = this.lab.data;
      const time = `All ${layers.length} stages in ${Math.round(milliseconds)} ms`;
      if (same === undefined) delete this.verdict.dataset.same;
      else this.verdict.dataset.same = String(same);
      this.verdict.textContent = `${[time, ...words].join("; ")}.`;
      this.code.textContent = pythonOf(choice, photo, exact, !end, own);
    }

    // Python’s pixels of a thing differ by a level here and there, so its file is the crop itself
    makeFile(state) {
      const { photo, choice } = state;
      if (!choice.things.length) return this.drawFile(photo);
      const canvas = make("canvas");
      drawCrop(canvas, state);
      canvas.toBlob((blob) => {
        const now = this.lab.store.state; // another one may be wanted by now
        if (photo === now.photo && seenOf(choice) === seenOf(now.choice))
          this.drawFile({ name: COMPOSED, bytes: blob });
      });
    }

    drawFile({ name, bytes }) {
      URL.revokeObjectURL(this.file.href);
      this.file.href = URL.createObjectURL(new Blob([bytes]));
      this.file.download = name;
      this.file.textContent = `Save ${name}`;
    }

    // same: have all stages the bits that Python found? undefined where Python was not asked
    judge(choice, photo, digests) {
      const { layers, samples } = this.lab.data;
      if (!digests) return { words: [] };
      const mine = digests[choice.stage];
      if (!mine) return { words: ["pages that come without https may compute no hash"] };
      const hash = `SHA-256 of ${layers[choice.stage].short}: ${mine.slice(0, 16)}…`;
      const asMade =
        photo.sample &&
        choice.network !== YOURS &&
        !choice.right &&
        !choice.down &&
        !choice.things.length &&
        !isChanged(choice);
      if (!asMade) return { words: [hash, "compare it with what the lines below print"] };
      const same = digests.every((digest, i) => digest === samples[photo.sample].digests[i]);
      const agree = "the bits of all stages are those that Python found when this page was made";
      const differ = "these are not the bits that Python found: please report your browser";
      return { words: [hash, same ? agree : differ], same };
    }
  }

  self.insidecnn.lab.Proof = Proof;
})();
