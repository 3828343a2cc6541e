// The lab's pictures: the photograph, all channels of a stage, one channel, and the small ones of all stages.
// One pixel a number, as in src/insidecnn/figures/tiles.py; each map by its own range.
(() => {
  const { make } = window.insidecnn;
  const SIZE = 224;
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  const clear = (canvas, width, height) => {
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    return canvas.getContext("2d");
  };
  const frame = (context, x, y, width, height, thick, colour) => {
    for (const [line, style] of [[thick * 2, "#000"], [thick, colour]]) {
      [context.lineWidth, context.strokeStyle] = [line, style];
      context.strokeRect(x, y, width, height);
    }
  };

  // one channel of (channels, height, width) numbers into an image's bytes, from byte `at` on; gives [largest size, signed]
  function paint(palettes, maps, channel, height, width, bytes, pitch, at) {
    const from = channel * height * width, to = from + height * width;
    let most = 0, signed = false;
    for (let i = from; i < to; i++) {
      if (maps[i] < 0) signed = true;
      most = Math.max(most, Math.abs(maps[i]));
    }
    const scale = most || 1;
    const palette = signed ? palettes.diverging : palettes.sequential;
    for (let row = 0, i = from; row < height; row++) {
      for (let p = at + row * pitch, end = p + width * 4; p < end; p += 4, i++) {
        const share = signed ? maps[i] / scale / 2 + 0.5 : maps[i] / scale, colour = Math.round(share * 254) * 3;
        bytes[p] = palette[colour]; bytes[p + 1] = palette[colour + 1]; bytes[p + 2] = palette[colour + 2]; bytes[p + 3] = 255;
      }
    }
    return [most, signed];
  }

  function mosaic(canvas, palettes, maps, [, height, width], channels, columns) {
    const rows = Math.ceil(channels / columns);
    const context = clear(canvas, columns * (width + 1) - 1, rows * (height + 1) - 1);
    const image = context.createImageData(canvas.width, canvas.height), pitch = canvas.width * 4;
    for (let c = 0; c < channels; c++) {
      paint(palettes, maps, c, height, width, image.data, pitch, Math.floor(c / columns) * (height + 1) * pitch + (c % columns) * (width + 1) * 4);
    }
    context.putImageData(image, 0, 0);
    return context;
  }

  // act(down, right) for the arrow keys
  const keyed = (canvas, act) => canvas.addEventListener("keydown", (event) => {
    if (!ARROWS[event.key]) return;
    event.preventDefault();
    act(...ARROWS[event.key]);
  });
  // act(y, x), both from 0 to 1, where the mouse is pressed or dragged, and where a finger taps: one that moves scrolls
  const pointed = (canvas, act) => {
    let finger = false;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      act(clamp((event.clientY - box.top) / box.height, 0, 0.9999), clamp((event.clientX - box.left) / box.width, 0, 0.9999));
    };
    canvas.addEventListener("pointerdown", (event) => {
      finger = event.pointerType === "touch";
      if (finger || event.button) return;
      canvas.setPointerCapture(event.pointerId);
      place(event);
    });
    canvas.addEventListener("pointermove", (event) => !finger && canvas.hasPointerCapture(event.pointerId) && place(event));
    canvas.addEventListener("click", (event) => finger && place(event));
  };
  const field = (label) => make("canvas", { tabindex: "0", role: "application", "aria-label": label });

  class Bench {
    constructor(lab) {
      this.lab = lab;
      const { layers, palettes } = lab.data;
      this.palettes = Object.fromEntries(Object.entries(palettes).map(([name, colours]) => [name, Uint8Array.from(atob(colours), (letter) => letter.charCodeAt(0))]));
      this.crop = document.createElement("canvas"); // what the network sees, pixel for pixel

      this.tabs = layers.map(({ short, name, shape }, stage) => {
        const canvas = make("canvas", { "aria-hidden": "true" });
        return { canvas, button: make("button", { type: "button", class: "stage", "aria-label": `${short}, ${name}, ${shape.join(" by ")}`, onclick: () => this.choose(stage) }, canvas, make("span", {}, short)) };
      });

      this.photo = field(`The photo as the network sees it, ${SIZE} by ${SIZE} pixels; the arrow keys move it`);
      let from; // where dragging began
      this.photo.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        this.photo.setPointerCapture(event.pointerId);
        from = { x: event.clientX, y: event.clientY, right: lab.state.right, down: lab.state.down };
      });
      this.photo.addEventListener("pointermove", (event) => {
        if (!this.photo.hasPointerCapture(event.pointerId)) return;
        const scale = SIZE / this.photo.getBoundingClientRect().width;
        lab.move(from.right + Math.round((event.clientX - from.x) * scale), from.down + Math.round((event.clientY - from.y) * scale));
      });
      keyed(this.photo, (down, right) => lab.move(lab.state.right + right, lab.state.down + down));
      this.moved = make("p", { class: "range" }, "");

      this.all = field("All channels of the stage; the arrow keys choose one");
      pointed(this.all, (y, x) => {
        const { rows, columns } = this.grid();
        const channel = Math.floor(y * rows) * columns + Math.floor(x * columns);
        if (channel !== lab.state.channel) lab.set({ channel });
      });
      keyed(this.all, (down, right) => {
        const { columns, channels } = this.grid();
        lab.set({ channel: clamp(lab.state.channel + down * columns + right, 0, channels - 1) });
      });

      this.one = field("One channel; the arrow keys choose a cell");
      pointed(this.one, (y, x) => {
        const [, height, width] = lab.shape, [row, column] = [Math.floor(y * height), Math.floor(x * width)];
        if (row !== lab.state.row || column !== lab.state.column) lab.set({ row, column });
      });
      keyed(this.one, (down, right) => {
        const [, height, width] = lab.shape, [row, column] = lab.cell;
        lab.set({ row: clamp(row + down, 0, height - 1), column: clamp(column + right, 0, width - 1) });
      });

      [this.photoCaption, this.oneCaption, this.allCaption] = [0, 1, 2].map(() => make("figcaption", {}, ""));
      this.range = make("p", { class: "range" }, "");
      const button = (words, act, label = null) => make("button", { type: "button", onclick: act, "aria-label": label, title: label }, words);
      const step = (sign, label, right, down) => button(sign, () => lab.move(lab.state.right + right, lab.state.down + down), `Move the photo one pixel ${label}`);
      const next = (sign, label, by) => button(sign, () => lab.set({ channel: clamp(lab.state.channel + by, 0, lab.shape[0] - 1) }), label);
      this.elements = [
        make("div", { class: "stages", role: "group", "aria-label": "Stages" }, ...this.tabs.map((tab) => tab.button)),
        make("div", { class: "bench" },
          make("figure", { class: "photo" }, this.photoCaption, this.photo, this.moved,
            make("div", { class: "fields" }, step("←", "to the left", -1, 0), step("→", "to the right", 1, 0), step("↑", "up", 0, -1), step("↓", "down", 0, 1), button("Back", () => lab.move(0, 0), "Back to the middle"))),
          make("figure", { class: "one" }, this.oneCaption, this.one, this.range,
            make("div", { class: "fields" }, next("‹", "The channel before", -1), lab.number("channel", "channel", 0, 63), next("›", "The next channel", 1), button("Strongest cell", () => this.strongest()))),
          make("figure", { class: "all" }, this.allCaption, this.all)),
      ];
    }

    // how the channels of the stage are laid out
    grid() {
      const [channels] = this.lab.shape, columns = channels === 64 ? 8 : 16;
      return { channels, columns, rows: channels / columns };
    }

    // another stage, with a chosen cell at the same place of the photograph
    choose(stage) {
      const { state, data: { layers } } = this.lab, [from, to] = [layers[state.stage], layers[stage]];
      const middle = (layer, place) => layer.first + place * layer.jump + (layer.field - 1) / 2;
      const same = (place, count) => (place < 0 ? -1 : clamp(Math.round((middle(from, place) - middle(to, 0)) / to.jump), 0, count - 1));
      const [channels, height, width] = to.shape;
      this.lab.set({ stage, channel: Math.min(state.channel, channels - 1), row: same(state.row, height), column: same(state.column, width) });
    }

    // chosen, and kept in other channels and stages
    strongest() {
      const { shape: [, , width], best } = this.lab;
      if (best !== null) this.lab.set({ row: Math.floor(best / width), column: best % width });
    }

    drawTab(stage) {
      const { layers } = this.lab.data;
      mosaic(this.tabs[stage].canvas, this.palettes, this.lab.maps[stage], layers[stage].shape, 4, 2);
    }

    drawPhoto() {
      const { photo, state, data, view } = this.lab;
      if (!photo) return;
      const { title, licence } = data.samples[photo.sample] ?? { title: "Your photo" };
      this.photoCaption.textContent = licence ? `${title} (${licence})` : title;
      this.moved.textContent = `moved ${state.right} px to the right, ${state.down} px down`;
      const image = new ImageData(SIZE, SIZE);
      for (let row = 0, out = 0; row < SIZE; row++) {
        for (let at = ((photo.top - state.down + row) * photo.width + photo.left - state.right) * 3, end = at + SIZE * 3; at < end; at += 3, out += 4) {
          for (let c = 0; c < 3; c++) image.data[out + c] = photo.pixels[at + c];
          image.data[out + 3] = 255;
        }
      }
      clear(this.crop, SIZE, SIZE).putImageData(image, 0, 0);
      const context = clear(this.photo, SIZE * 2, SIZE * 2);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.crop, 0, 0, SIZE * 2, SIZE * 2);
      frame(context, view.left * 2, view.top * 2, view.field * 2, view.field * 2, 3, "#ffc400");
    }

    // on a phone the row of stages is longer than the screen
    bringIn(tab) {
      if (tab === this.chosen) return;
      this.chosen = tab;
      const row = tab.parentElement, [outer, inner] = [row, tab].map((each) => each.getBoundingClientRect());
      row.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    }

    drawStage() {
      const { state: { stage, channel }, shape, data, maps, cell: [row, column] } = this.lab, [channels, height, width] = shape;
      const { short, name, kind } = data.layers[stage], { columns, rows } = this.grid(), here = maps[stage];
      this.tabs.forEach(({ button }, number) => button.setAttribute("aria-pressed", String(number === stage)));
      this.bringIn(this.tabs[stage].button);
      this.allCaption.textContent = `${name}, ${kind}: ${channels} maps`;
      this.oneCaption.textContent = `${short}, channel ${channel}: ${height} × ${width} cells`;
      this.lab.fields.channel.max = channels - 1;
      this.all.style.aspectRatio = `${columns} / ${rows}`;
      for (const canvas of [this.all, this.one]) canvas.classList.toggle("waiting", !here);
      if (!here) return;

      const all = mosaic(this.all, this.palettes, here, shape, channels, columns);
      frame(all, (channel % columns) * (width + 1) - 0.5, Math.floor(channel / columns) * (height + 1) - 0.5, width + 1, height + 1, Math.max(1, Math.round(this.all.width / 150)), "#ff5c00");

      this.small ??= document.createElement("canvas");
      const small = clear(this.small, width, height), image = small.createImageData(width, height);
      const [most, signed] = paint(this.palettes, here, channel, height, width, image.data, width * 4, 0);
      const size = most.toFixed(2);
      this.range.textContent = most === 0 ? "0 everywhere" : signed ? `blue: −${size}, grey: 0, yellow: ${size}` : `dark: 0, bright: ${size}`;
      small.putImageData(image, 0, 0);
      const scale = Math.ceil(440 / width), one = clear(this.one, width * scale, height * scale); // thin frames need small pixels
      one.imageSmoothingEnabled = false;
      one.drawImage(this.small, 0, 0, this.one.width, this.one.height);
      frame(one, column * scale - 1, row * scale - 1, scale + 2, scale + 2, 2, "#ff5c00");
    }
  }

  Object.assign(window.insidecnn.lab, { Bench, SIZE, clamp, clear, ARROWS, keyed, pointed, field });
})();
