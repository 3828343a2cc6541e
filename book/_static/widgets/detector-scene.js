// The part of a widget in which things lie on a picture: a handle over each, by mouse, finger and keyboard.
(() => {
  const { make, clamp, Widget } = self.insidecnn;
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const NAMES = ["number", "variant", "x", "y", "side", "turn", "mirrored"];
  const SIDES = [16, 160]; // pixels
  const SMALLEST = 20; // pixels that a handle has at least, for fingers

  // things as the state has them: rows of numbers, so that a link can hold them
  const toRow = (thing) => NAMES.map((name) => thing[name]);
  const readThings = (rows) =>
    rows.filter((row) => row.length > 1).map((row) => Object.fromEntries(NAMES.map((name, i) => [name, row[i]])));

  // Subclasses have `sheet`, the element that lies exactly over the picture, and say with still() what is shown.
  class Scene extends Widget {
    handles = [];
    place = 0; // of the chosen thing
    moving = false;

    get things() {
      return readThings(this.state.things);
    }

    get chosen() {
      return this.things[this.place];
    }

    setThings(things) {
      return this.set({ things: things.length ? things.map(toRow) : [[]] });
    }

    change(changes) {
      if (this.chosen)
        this.setThings(this.things.map((thing, i) => (i === this.place ? { ...thing, ...changes } : thing)));
    }

    bringForward() {
      const { things, chosen } = this;
      const others = things.filter((_, i) => i !== this.place);
      this.place = others.length;
      this.setThings([...others, chosen]);
    }

    removeThing() {
      const things = this.things.filter((_, i) => i !== this.place);
      this.place = Math.max(0, things.length - 1);
      this.setThings(things);
      (this.handles[this.place] ?? this.add).focus();
    }

    nameOf({ number }) {
      const { kinds, colours, patterns, cover } = this.data;
      if (number >= cover) return number > cover ? "person" : "grey cover";
      const kind = kinds.find((each) => each.number === Math.floor(number / 100));
      return `${colours[Math.floor(number / 10) % 10]} ${patterns[number % 10]} ${kind.name}`;
    }

    // ---- handles: one over each thing

    makeHandle(index) {
      let from; // where dragging began
      const onpointerdown = (event) => {
        if (event.button) return;
        this.choose(index);
        event.target.setPointerCapture(event.pointerId);
        from = { left: event.clientX, top: event.clientY, ...this.chosen };
      };
      const onpointermove = (event) => {
        if (!event.target.hasPointerCapture(event.pointerId)) return;
        this.moving = true;
        const { size } = this.data;
        const scale = size / this.sheet.getBoundingClientRect().width;
        const moved = (start, now, then) => clamp(Math.round(start + (now - then) * scale), 0, size);
        const x = moved(from.x, event.clientX, from.left);
        const y = moved(from.y, event.clientY, from.top);
        if (x !== this.chosen.x || y !== this.chosen.y) this.change({ x, y });
      };
      const stop = () => {
        if (!this.moving) return;
        this.moving = false;
        this.still();
      };
      return make("div", {
        class: "thing",
        tabindex: "0",
        role: "application",
        onpointerdown,
        onpointermove,
        onlostpointercapture: stop,
        onkeyup: stop,
        onblur: stop,
        onkeydown: (event) => this.press(event),
        onfocus: () => this.choose(index),
      });
    }

    choose(index) {
      this.place = index;
      this.draw(this.state);
    }

    press(event) {
      // with Control and the Mac’s command key + and − are the browser’s
      if (event.metaKey || event.ctrlKey) return;
      const { size } = this.data;
      const { x, y, side } = this.chosen;
      if (ARROWS[event.key]) {
        const [down, right] = ARROWS[event.key];
        this.moving = true;
        this.change({ x: clamp(x + right, 0, size), y: clamp(y + down, 0, size) });
      } else if (["+", "=", "-"].includes(event.key)) {
        this.moving = true;
        this.change({ side: clamp(side + (event.key === "-" ? -2 : 2), ...SIDES) });
      } else if (event.key === "Delete" || event.key === "Backspace") this.removeThing();
      else return;
      event.preventDefault();
    }

    drawHandle(handle, thing, chosen, number) {
      if (!handle.parentNode) this.sheet.append(handle);
      const { size } = this.data;
      const wide = Math.max(SMALLEST, thing.side * (thing.number > this.data.cover ? 0.5 : 1));
      const high = Math.max(SMALLEST, thing.side);
      const share = (pixels) => `${(pixels / size) * 100}%`;
      const style = {
        left: share(thing.x - wide / 2),
        top: share(thing.y - high / 2),
        width: share(wide),
        height: share(high),
      };
      Object.assign(handle.style, style);
      handle.classList.toggle("chosen", chosen);
      handle.setAttribute(
        "aria-label",
        `${this.nameOf(thing)}, number ${number}; arrow keys, plus and minus change it`,
      );
    }

    // one handle a thing
    drawHandles(things) {
      this.place = clamp(this.place, 0, Math.max(0, things.length - 1));
      while (this.handles.length < things.length) this.handles.push(this.makeHandle(this.handles.length));
      for (const gone of this.handles.splice(things.length)) gone.remove();
      things.forEach((thing, i) => this.drawHandle(this.handles[i], thing, i === this.place, i + 1));
    }
  }

  self.insidecnn.scene = { Scene, SIDES, NAMES, toRow, readThings };
})();
