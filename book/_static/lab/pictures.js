// The lab's pictures: the photograph, all channels of a stage, one channel, and the first four of each stage.
// Each map has its own range of colours.
(() => {
  const { make, clamp } = self.insidecnn;
  const lab = self.insidecnn.lab;
  const { View, SIZE, button, clear, drawChannel, drawChannels, drawCrop, frame, onArrows, onPoint, picture } = lab;
  const { awaited, cellOf, fieldOf, seenOf, shapeOf, strongestOf } = lab;
  const FIELD = "#ffc400"; // around the receptive field

  // how the channels of a stage are laid out; a vector is one
  const gridOf = (channels) => {
    const columns = { 1: 1, 64: 8 }[channels] ?? 16;
    return { columns, rows: channels / columns };
  };

  // a picture, and the words that stand in its place until it is there
  class Frame {
    constructor(canvas) {
      this.canvas = canvas;
      this.words = make("p", { class: "awaited" }, "");
      this.element = make("div", { class: "frame" }, canvas, this.words);
    }

    // words: why the picture is not there yet; none if it is
    await(words) {
      if (words) clear(this.canvas, 1, 1).clearRect(0, 0, 1, 1); // no other stage's map under this one's name
      this.words.textContent = words;
    }
  }

  // The stages, to choose from.
  class StageList extends View {
    constructor(owner) {
      super(owner);
      this.element = make("div", { class: "stages", role: "group", "aria-label": "Stages" });
    }

    makeTabs(layers) {
      this.tabs = layers.map(({ short, name, shape, units }, stage) => {
        const canvas = make("canvas", { "aria-hidden": "true" });
        const label = `${short}, ${name}, ${units ? `${units} units` : shape.join(" by ")}`;
        const attributes = { type: "button", class: "stage", "aria-label": label, onclick: () => this.choose(stage) };
        return { canvas, button: make("button", attributes, canvas, make("span", {}, short)) };
      });
      this.element.replaceChildren(...this.tabs.map((tab) => tab.button));
    }

    // another stage, with a chosen cell at the same place of the photograph; units have none, and keep their number
    choose(stage) {
      const { layers } = this.lab.data;
      const choice = this.lab.state;
      const [from, to] = [layers[choice.stage], layers[stage]];
      const middle = (layer, at) => layer.first + at * layer.jump + (layer.field - 1) / 2;
      const nearest = (at) => Math.round((middle(from, at) - middle(to, 0)) / to.jump);
      const same = (at, count) => (at < 0 ? -1 : clamp(nearest(at), 0, count - 1));
      const [channels, height, width] = to.shape;
      const kept = from.units === to.units ? [choice.row, choice.column] : [-1, -1];
      const [row, column] = to.units || from.units ? kept : [same(choice.row, height), same(choice.column, width)];
      this.lab.set({ stage, channel: Math.min(choice.channel, channels - 1), row, column });
    }

    draw({ choice: { stage }, maps }) {
      const { layers } = this.lab.data;
      const isNew = this.differs("layers", layers);
      if (isNew) this.makeTabs(layers);
      this.tabs.forEach((tab, number) => {
        if (!maps[number] || !this.differs(number, maps[number])) return;
        const { shape } = this.lab.data.layers[number];
        drawChannels(tab.canvas, this.lab.palette, maps[number], shape, Math.min(4, shape[0]), Math.min(2, shape[0]));
      });
      if (!this.differs("stage", stage) && !isNew) return;
      this.tabs.forEach((tab, number) => tab.button.setAttribute("aria-pressed", String(number === stage)));
      // on a phone the row of stages is longer than the screen
      const tab = this.tabs[stage].button;
      const [outer, inner] = [this.element, tab].map((each) => each.getBoundingClientRect());
      this.element.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    }
  }

  // What the network sees of the photograph, with the receptive field of the chosen cell; to be moved.
  class PhotoPicture extends View {
    constructor(owner) {
      super(owner);
      const label = `The photo as the network sees it, ${SIZE} by ${SIZE} pixels; the arrow keys move it`;
      this.canvas = picture(label);
      this.crop = document.createElement("canvas"); // the same, pixel for pixel
      this.caption = make("figcaption", {}, "");
      this.moved = make("p", { class: "range" }, "");
      this.credit = make("p", { class: "range" }, "");
      this.makeMovable();
      const step = (sign, where, right, down) =>
        button(sign, () => this.moveBy(right, down), `Move the photo one pixel ${where}`);
      const buttons = [
        step("←", "to the left", -1, 0),
        step("→", "to the right", 1, 0),
        step("↑", "up", 0, -1),
        step("↓", "down", 0, 1),
        button("Back", () => owner.movePhoto(0, 0), "Back to the middle"),
      ];
      const fields = make("div", { class: "fields" }, ...buttons);
      this.sheet = make("div", { class: "sheet" }, this.canvas); // things have their handles on it
      this.element = make("figure", { class: "photo" }, this.caption, this.sheet, this.moved, fields, this.credit);
    }

    moveBy(right, down) {
      this.lab.movePhoto(this.lab.state.right + right, this.lab.state.down + down);
    }

    makeMovable() {
      const { canvas } = this;
      let from; // where dragging began
      canvas.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        canvas.setPointerCapture(event.pointerId);
        from = { x: event.clientX, y: event.clientY, right: this.lab.state.right, down: this.lab.state.down };
      });
      canvas.addEventListener("pointermove", (event) => {
        if (!canvas.hasPointerCapture(event.pointerId)) return;
        const scale = SIZE / canvas.getBoundingClientRect().width;
        const pixels = (now, then) => Math.round((now - then) * scale);
        this.lab.movePhoto(from.right + pixels(event.clientX, from.x), from.down + pixels(event.clientY, from.y));
      });
      onArrows(canvas, (down, right) => this.moveBy(right, down));
    }

    draw(state) {
      const { photo, choice, drawer } = state;
      if (!photo) return;
      const { data } = this.lab;
      const [row, column] = cellOf(data, state);
      const seen = seenOf(choice);
      if (this.differs("crop", photo, seen, drawer)) {
        const { title, licence, uri } = data.samples[photo.sample] ?? { title: "Your photo" };
        this.caption.textContent = title;
        this.credit.replaceChildren(uri ? make("a", { href: uri }, licence) : (licence ?? ""));
        this.moved.textContent = `moved ${choice.right} px to the right, ${choice.down} px down`;
        drawCrop(this.crop, state);
      }
      if (!this.differs("photo", photo, seen, drawer, choice.stage, row, column)) return;
      const field = fieldOf(data.layers[choice.stage], [row, column]);
      const context = clear(this.canvas, SIZE * 2, SIZE * 2);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.crop, 0, 0, SIZE * 2, SIZE * 2);
      frame(context, field.left * 2, field.top * 2, field.size * 2, field.size * 2, 3, FIELD);
    }
  }

  // One channel of the stage; a cell of it is chosen.
  class ChannelPicture extends View {
    constructor(owner) {
      super(owner);
      this.canvas = picture("One channel; the arrow keys choose a cell");
      this.frame = new Frame(this.canvas);
      this.caption = make("figcaption", {}, "");
      this.range = make("p", { class: "range" }, "");
      onPoint(this.canvas, (y, x) => {
        const [, height, width] = shapeOf(owner.data, owner.store.state);
        const [row, column] = [Math.floor(y * height), Math.floor(x * width)];
        if (row !== owner.state.row || column !== owner.state.column) owner.set({ row, column });
      });
      onArrows(this.canvas, (down, right) => {
        const [, height, width] = shapeOf(owner.data, owner.store.state);
        const [row, column] = cellOf(owner.data, owner.store.state);
        owner.set({ row: clamp(row + down, 0, height - 1), column: clamp(column + right, 0, width - 1) });
      });
      const next = (sign, label, by) => button(sign, () => this.chooseChannel(owner.state.channel + by), label);
      this.channels = [
        next("‹", "The channel before", -1),
        owner.number("channel", "channel", 0, 63),
        next("›", "The next channel", 1),
      ];
      const strongest = button("Strongest cell", () => this.chooseStrongest());
      const fields = make("div", { class: "fields" }, ...this.channels, strongest);
      this.element = make("figure", { class: "one" }, this.caption, this.frame.element, this.range, fields);
    }

    chooseChannel(channel) {
      const [channels] = shapeOf(this.lab.data, this.lab.store.state);
      this.lab.set({ channel: clamp(channel, 0, channels - 1) });
    }

    // it stays chosen in other channels and stages
    chooseStrongest() {
      const strongest = strongestOf(this.lab.data, this.lab.store.state);
      if (strongest) this.lab.set({ row: strongest[0], column: strongest[1] });
    }

    draw(state) {
      const { stage, channel } = state.choice;
      const { short, shape, units } = this.lab.data.layers[stage];
      const [channels, height, width] = shape;
      const maps = state.maps[stage];
      const [row, column] = cellOf(this.lab.data, state);
      const words = maps ? "" : awaited(this.lab.data, state, stage);
      if (!this.differs("channel", stage, channel, maps, words, row, column)) return;
      const cells = `${height} × ${width} cells`;
      this.caption.textContent = units
        ? `${short}: ${units} units in rows of ${width}`
        : `${short}, channel ${channel}: ${cells}`;
      this.canvas.style.aspectRatio = `${width} / ${height}`;
      for (const control of this.channels) control.hidden = Boolean(units);
      this.lab.fields.channel.max = channels - 1;
      this.frame.await(words);
      this.range.textContent = "";
      if (!maps) return;
      const { most, signed } = drawChannel(this.canvas, this.lab.palette, maps, shape, channel, [row, column]);
      const size = most.toFixed(2);
      const scale = signed ? `blue: −${size}, dark: 0, yellow: ${size}` : `dark: 0, yellow: ${size}`;
      this.range.textContent = most === 0 ? "0 everywhere" : scale;
    }
  }

  // All channels of the stage; one of them is chosen.
  class AllChannelsPicture extends View {
    constructor(owner) {
      super(owner);
      this.canvas = picture("All channels of the stage; the arrow keys choose one");
      this.frame = new Frame(this.canvas);
      this.caption = make("figcaption", {}, "");
      onPoint(this.canvas, (y, x) => {
        const { rows, columns } = this.grid();
        const channel = Math.floor(y * rows) * columns + Math.floor(x * columns);
        if (channel !== owner.state.channel) owner.set({ channel });
      });
      onArrows(this.canvas, (down, right) => {
        const { columns, channels } = this.grid();
        owner.set({ channel: clamp(owner.state.channel + down * columns + right, 0, channels - 1) });
      });
      this.element = make("figure", { class: "all" }, this.caption, this.frame.element);
    }

    grid() {
      const [channels] = shapeOf(this.lab.data, this.lab.store.state);
      return { channels, ...gridOf(channels) };
    }

    draw(state) {
      const { stage, channel } = state.choice;
      const maps = state.maps[stage];
      const words = maps ? "" : awaited(this.lab.data, state, stage);
      if (!this.differs("all", stage, channel, maps, words)) return;
      const { name, kind, shape, units } = this.lab.data.layers[stage];
      const [channels, height, width] = shape;
      this.element.hidden = Boolean(units); // a vector is drawn once
      const { columns, rows } = gridOf(channels);
      this.caption.textContent = `${name}, ${kind}: ${channels} maps`;
      this.canvas.style.aspectRatio = `${columns} / ${rows}`;
      this.frame.await(words);
      if (!maps) return;
      const context = drawChannels(this.canvas, this.lab.palette, maps, shape, channels, columns);
      const [x, y] = [(channel % columns) * (width + 1), Math.floor(channel / columns) * (height + 1)];
      const thick = Math.max(1, Math.round(this.canvas.width / 150));
      frame(context, x - 0.5, y - 0.5, width + 1, height + 1, thick);
    }
  }

  Object.assign(lab, { StageList, PhotoPicture, ChannelPicture, AllChannelsPicture });
})();
