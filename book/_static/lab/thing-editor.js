// Things of the made world that the reader puts onto the photograph: to be chosen, dragged, scaled and turned. A handle
// lies over each; beside it the photograph can still be moved, and on a phone the page still scrolls.
(() => {
  const { make, clamp, label, select } = self.insidecnn;
  const { View, SIZE, ARROWS, MOST, SIDES, button, classOf } = self.insidecnn.lab;
  const { toRow, readThings, countOf, attributesOf, nameOf } = self.insidecnn.lab;
  const FIRST = 514; // the class that is offered first: an orange dotted cup
  const SMALLEST = 24; // pixels of the crop that a handle has at least, for fingers
  const KEYS = { "+": ["side", 4], "=": ["side", 4], "-": ["side", -4], "[": ["turn", -5], "]": ["turn", 5] };
  const HELP =
    "Drag it on the photo. While it has the focus, the arrow keys move it, + and − change its size, [ and ] turn it, " +
    "and Delete removes it.";

  const wrapped = (turn) => ((((turn + 180) % 360) + 360) % 360) - 180;

  class ThingEditor extends View {
    #chosen = 0; // which of the things the controls change
    #handles = [];

    // sheet: the element that lies exactly over the photograph's picture
    constructor(owner, sheet) {
      super(owner);
      const { kinds, colours, patterns } = (this.data = owner.data.things);
      this.sheet = sheet;
      const change = () => this.change({ number: this.number() });
      this.kind = select(kinds, change);
      this.colour = select(colours, change);
      this.pattern = select(patterns, change);
      this.add = button("Add", () => this.addThing(this.number()));
      this.cover = button("Add a grey cover", () => this.addThing(countOf(this.data)));
      this.remove = button("Remove", () => this.removeThing());
      const next = () => this.change({ variant: (this.chosen.variant + 1) % this.data.variants });
      this.another = button("Another shape", next);
      this.mirror = button("Mirror", () => this.change({ mirrored: 1 - this.chosen.mirrored }));
      this.answer = make("p", { class: "answered" }, ""); // the panel of the answer is far away on a phone
      this.side = this.range("side", ...SIDES);
      this.turn = this.range("turn", -180, 180);
      const summary = make("summary", {}, "Put a thing into your photo");
      const ontoggle = () => this.element.open && owner.client.loadThings();
      this.element = make("details", { class: "things", ontoggle }, summary, this.body());
      this.restart();
    }

    restart() {
      this.lab.client.stopMoving();
      this.select(attributesOf(this.data, FIRST));
    }

    body() {
      const what = [label("kind", this.kind), label("colour", this.colour), label("pattern", this.pattern)];
      const how = [label("size", this.side), label("turn", this.turn), this.another, this.mirror];
      return make(
        "fieldset",
        { "aria-label": "The thing" },
        make("div", { class: "fields" }, ...what, this.add, this.cover, this.remove),
        make("div", { class: "fields" }, ...how),
        this.answer,
        make("p", { class: "private" }, HELP),
      );
    }

    // kind, colour and pattern; the cover, null, has none, and leaves them as they are
    select(attributes) {
      [this.kind, this.colour, this.pattern].forEach((each, i) => {
        if (attributes) each.selectedIndex = attributes[i];
      });
    }

    range(name, min, max) {
      const oninput = () => this.change({ [name]: Number(input.value) }, true);
      const input = make("input", { type: "range", min, max, oninput, onchange: () => this.lab.client.stopMoving() });
      return input;
    }

    get things() {
      return readThings(this.lab.state.things);
    }

    get chosen() {
      return this.things[this.#chosen];
    }

    // of the class that is selected
    number() {
      const digits = [this.kind, this.colour, this.pattern].map((each) => each.selectedIndex);
      return Number(digits.join(""));
    }

    // the chosen thing; while it moves, only the answer is asked for
    change(changes, moving = false) {
      if (!this.chosen) return;
      const things = this.things.map((thing, i) => (i === this.#chosen ? { ...thing, ...changes } : thing));
      this.set(things, moving);
    }

    set(things, moving) {
      if (moving) this.lab.client.startMoving();
      this.lab.set({ things: things.map(toRow) });
      if (!moving) this.lab.client.stopMoving();
    }

    addThing(number) {
      const { things } = this;
      const middle = clamp(SIZE / 2 + 16 * things.length, 0, SIZE);
      const place = { x: middle, y: middle, side: 96, turn: 0, mirrored: 0 };
      this.#chosen = things.length;
      this.set([...things, { number, variant: 0, ...place }]);
      this.#handles[this.#chosen]?.focus();
    }

    removeThing() {
      const things = this.things.filter((_, i) => i !== this.#chosen);
      this.#chosen = Math.max(0, things.length - 1);
      this.set(things);
      (this.#handles[this.#chosen] ?? this.add).focus();
    }

    choose(index) {
      this.#chosen = index;
      this.draw(this.lab.store.state);
    }

    // ---- the handles

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
        const scale = SIZE / this.sheet.getBoundingClientRect().width;
        const moved = (start, now, then) => clamp(Math.round(start + (now - then) * scale), 0, SIZE);
        const x = moved(from.x, event.clientX, from.left);
        const y = moved(from.y, event.clientY, from.top);
        if (x !== this.chosen.x || y !== this.chosen.y) this.change({ x, y }, true);
      };
      const stop = () => this.lab.client.stopMoving();
      const onkeydown = (event) => this.press(event);
      const events = {
        onpointerdown,
        onpointermove,
        onkeydown,
        onlostpointercapture: stop,
        onkeyup: stop,
        onblur: stop,
      };
      const onfocus = () => this.choose(index);
      return make("div", { class: "thing", tabindex: "0", role: "application", ...events, onfocus });
    }

    press(event) {
      // with Control and the Mac’s command key + and − are the browser’s; AltGr, which some need for [, is both
      if (event.metaKey || (event.ctrlKey && !event.altKey)) return;
      const { x, y, side, turn } = this.chosen;
      if (ARROWS[event.key]) {
        const [down, right] = ARROWS[event.key];
        this.change({ x: clamp(x + right, 0, SIZE), y: clamp(y + down, 0, SIZE) }, true);
      } else if (KEYS[event.key]) {
        const [name, by] = KEYS[event.key];
        this.change(name === "side" ? { side: clamp(side + by, ...SIDES) } : { turn: wrapped(turn + by) }, true);
      } else if (event.key === "Delete" || event.key === "Backspace") this.removeThing();
      else return;
      event.preventDefault();
    }

    draw({ choice, best, own }) {
      const things = readThings(choice.things);
      if (this.differs("best", best, own)) this.drawAnswer(best);
      this.#chosen = clamp(this.#chosen, 0, Math.max(0, things.length - 1));
      if (!this.differs("things", choice.things.join(";"), this.#chosen)) return;
      if (this.differs("any", things.length > 0) && things.length) this.element.open = true; // a link has brought them
      while (this.#handles.length < things.length) this.#handles.push(this.makeHandle(this.#handles.length));
      for (const gone of this.#handles.splice(things.length)) gone.remove();
      things.forEach((thing, i) => this.drawHandle(this.#handles[i], thing, i === this.#chosen));
      this.drawControls(things);
    }

    drawAnswer(best) {
      const words = best
        ? `${classOf(this.lab.data, best[0].number)}, ${(best[0].probability * 100).toFixed(0)} %`
        : "…";
      this.answer.textContent = `The network says: ${words}`;
    }

    drawHandle(handle, { number, x, y, side, turn }, chosen) {
      if (!handle.parentNode) this.sheet.append(handle);
      const size = Math.max(side, SMALLEST);
      const share = (pixels) => `${(pixels / SIZE) * 100}%`;
      const [left, top] = [x, y].map((middle) => share(middle - size / 2));
      Object.assign(handle.style, { left, top, width: share(size), transform: `rotate(${turn}deg)` });
      handle.classList.toggle("chosen", chosen);
      handle.setAttribute("aria-label", `${nameOf(this.data, number)}; arrow keys, plus, minus and brackets change it`);
    }

    drawControls(things) {
      const { chosen } = this;
      for (const each of [this.add, this.cover]) each.disabled = things.length >= MOST;
      for (const each of [this.remove, this.another, this.mirror, this.side, this.turn]) each.disabled = !chosen;
      if (chosen) {
        [this.side.value, this.turn.value] = [chosen.side, chosen.turn];
        this.select(attributesOf(this.data, chosen.number));
      }
      const isCover = chosen?.number === countOf(this.data);
      this.another.disabled ||= isCover;
      for (const each of [this.kind, this.colour, this.pattern]) each.disabled = isCover;
    }
  }

  self.insidecnn.lab.ThingEditor = ThingEditor;
})();
