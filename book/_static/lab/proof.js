// Are the numbers those of Python? The hash of the stage, and the lines of Python that print the same one.
(() => {
  const { make } = self.insidecnn;
  const { View, LEARNED, SIZE, isChanged, readPaint } = self.insidecnn.lab;

  // the lines that read the photograph as the page shows it
  function photoLines(name, { right, down }) {
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

  // exact: do the weights lose nothing as 16-bit numbers?
  function pythonOf(choice, photo, exact) {
    const changed = isChanged(choice);
    return [
      "import torch",
      "",
      "from insidecnn import photos, preprocess, weights",
      `from insidecnn.lab import fixed_order${changed ? ", presets" : ""}`,
      "",
      "features = weights.load().model.features",
      ...(exact ? [] : ROUNDING),
      ...photoLines(photo.name, choice),
      ...(changed ? kernelLines(choice) : []),
      "",
      "for name, maps in fixed_order.stages(features, x):",
      "    print(name, maps.shape, fixed_order.digest(maps)[:16])",
      "",
      "with torch.no_grad():  # PyTorch adds in another order",
      "    print((features(x)[0] - torch.tensor(maps)).abs().max())",
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
      const weights = make("p", { class: "private" }, owner.data.weights);
      this.element = make("div", { class: "proof" }, this.verdict, python, weights);
    }

    draw({ choice, photo, digests, milliseconds }) {
      if (!photo) return;
      if (this.differs("file", photo)) this.drawFile(photo);
      if (milliseconds === null || !this.differs("verdict", choice, photo, digests, milliseconds)) return;
      const { words, same } = this.judge(choice, photo, digests);
      const { layers, exact } = this.lab.data;
      const time = `All ${layers.length} stages in ${Math.round(milliseconds)} ms`;
      if (same === undefined) delete this.verdict.dataset.same;
      else this.verdict.dataset.same = String(same);
      this.verdict.textContent = `${[time, ...words].join("; ")}.`;
      this.code.textContent = pythonOf(choice, photo, exact);
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
      const asMade = photo.sample && !choice.right && !choice.down && !isChanged(choice);
      if (!asMade) return { words: [hash, "compare it with what the lines below print"] };
      const same = digests.every((digest, i) => digest === samples[photo.sample].digests[i]);
      const agree = "the bits of all stages are those that Python found when this page was made";
      const differ = "these are not the bits that Python found: please report your browser";
      return { words: [hash, same ? agree : differ], same };
    }
  }

  self.insidecnn.lab.Proof = Proof;
})();
