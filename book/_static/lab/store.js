// The lab's state: one object that is never changed in place. It changes through the named functions of the store;
// after each change the views draw it. What follows from the state is computed by the functions at the end.
(() => {
  const LEARNED = "learned"; // the choice of kernel that changes nothing
  const YOURS = "yours"; // the choice of sample for a photo of the reader's, of network for one of theirs
  const BOOK = "book"; // the choice of network for the one that came with the page
  const SIZE = 224; // pixels of a side of the network's input

  class Store {
    #listeners = new Set();
    #held = 0;

    constructor(choice) {
      this.state = {
        choice, // what the reader chose: the fields of Lab.initial, which stand in the page's address
        opening: null, // the number of the photo that is being opened
        opened: null, // how much of a large one has been read, from 0 to 1
        photo: null, // {request, name, sample, bytes, pixels, width, height, left, top, notes}, see photo.js
        running: null, // the number of the run that is under way
        waiting: false, // is another run to follow it?
        maps: [], // stage → (C, H, W) float32, of the latest run that has come to this stage
        ofLearned: true, // is the latest run of the learned network?
        learned: { input: "", maps: [] }, // its maps when it ran last; input: on which pixels
        best: null, // the five likeliest classes, of the latest run that has come to the end
        digests: null, // stage → SHA-256 in hexadecimal, of the latest run; null while it is unknown
        milliseconds: null, // what the latest run took
        asked: 0, // the number of the latest question why a cell has its value
        explanation: null, // the latest answer, see network.explain
        kernel: null, // the weights of the chosen kernel of conv1 as the network has them, (3, 11, 11)
        loaded: 0, // files of weights that are here
        progress: "loading", // of their weights; or: ask, lost, complete
        complaint: "", // what went wrong, and stays until it is mended
        about: "", // of what it speaks: choice, photo, network or lab
        notes: [], // what is to be known of this browser
        drawer: null, // what draws things, see things.js; null until the first is wanted
        moving: false, // is a thing being dragged?
        reading: null, // the network of the reader's that is being read: {name, size, share}
        own: null, // the one that is here: {name, outputs, sha256, known, names}, see own-network.js
      };
    }

    // listener(state) is called after each change; returns a function that ends it
    subscribe(listener) {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    }

    // several changes, drawn once
    together(act) {
      this.#held++;
      try {
        act();
      } finally {
        this.#held--;
        this.#tell();
      }
    }

    #tell() {
      if (!this.#held) this.#listeners.forEach((listener) => listener(this.state));
    }

    #change(changes) {
      this.state = { ...this.state, ...changes };
      this.#tell();
    }

    choose(choice) {
      const before = this.state.choice;
      const same = inputOf(before) === inputOf(choice);
      this.#change({ choice, digests: same ? this.state.digests : null });
    }

    complain(complaint, about = "choice") {
      this.#change({ complaint, about });
    }

    // the reader has done something about these: what is said of another matter stays
    forgive(...matters) {
      if (matters.includes(this.state.about)) this.complain("");
    }

    note(words) {
      this.#change({ notes: [...new Set([...this.state.notes, words])].filter(Boolean) });
    }

    setProgress(progress, loaded = this.state.loaded) {
      this.#change({ progress, loaded });
    }

    startOpening(opening) {
      this.#change({ opening, opened: null });
    }

    setOpened(opened) {
      this.#change({ opened });
    }

    refusePhoto(complaint) {
      this.#change({ opening: null, opened: null, complaint, about: "photo" });
    }

    // the digests and the answer are another photograph's
    acceptPhoto(photo) {
      const none = { opening: null, opened: null, running: null, waiting: false, digests: null, best: null };
      this.#change({ photo, ...none });
    }

    startRun(running) {
      const { learned, choice, photo } = this.state;
      const ofLearned = !isChanged(choice);
      const input = pixelsOf(photo, choice);
      const base = ofLearned ? { input, maps: [] } : learned;
      this.#change({ running, waiting: false, digests: null, ofLearned, learned: base });
    }

    postponeRun() {
      this.#change({ waiting: true, digests: null });
    }

    receiveStage(number, maps) {
      const { ofLearned, learned } = this.state;
      const put = (list) => Object.assign([...list], { [number]: maps });
      this.#change({
        maps: put(this.state.maps),
        learned: ofLearned ? { ...learned, maps: put(learned.maps) } : learned,
      });
    }

    receiveAnswer(best) {
      this.#change({ best });
    }

    finishRun(milliseconds) {
      this.#change({ running: null, milliseconds });
    }

    stopRuns() {
      this.#change({ running: null, waiting: false });
    }

    receiveDigests(digests) {
      this.#change({ digests });
    }

    ask(asked) {
      this.#change({ asked });
    }

    receiveExplanation(explanation) {
      this.#change({ explanation });
    }

    receiveDrawer(drawer) {
      this.#change({ drawer });
    }

    setMoving(moving) {
      this.#change({ moving });
    }

    startReading(reading) {
      this.#change({ reading });
    }

    progressReading(share) {
      this.#change({ reading: { ...this.state.reading, share } });
    }

    refuseOwn(complaint) {
      this.#change({ reading: null, complaint, about: "network" });
    }

    receiveOwn(own) {
      this.#change({ reading: null, own });
    }

    nameOutputs(names) {
      this.#change({ own: { ...this.state.own, names } });
    }

    // maps and answers are another network's
    exchangeNetworks() {
      const none = { maps: [], learned: { input: "", maps: [] }, best: null, digests: null, milliseconds: null };
      this.#change({ ...none, running: null, waiting: false });
    }

    receiveKernel(kernel) {
      this.#change({ kernel });
    }
  }

  // ---- what follows from the state; `data` is the page's (src/insidecnn/lab/element.py)

  // is the network another one than the learned one?
  const isChanged = ({ kernel, paint }) => kernel !== LEARNED || paint !== "";

  // which kernel the network has, and what it is given: two equal words, equal maps
  const kernelOf = ({ network, filter, kernel, paint }) => [network, filter, kernel, paint].join();
  const seenOf = ({ right, down, things }) => [right, down, things.join(";")].join();
  const inputOf = (choice) => [seenOf(choice), choice.network, isChanged(choice) ? kernelOf(choice) : ""].join();
  const pixelsOf = (photo, choice) => [photo.request, seenOf(choice)].join();

  // the files of weights, in the order in which they are needed: {number, file, short}, number: of the first layer
  function filesOf({ layers }) {
    const files = [...new Set(layers.map(({ file }) => file).filter(Boolean))];
    return files.map((file) => {
      const held = layers.filter((layer) => layer.file === file).map(({ short }) => short);
      const short = held.length > 1 ? `${held[0]} to ${held.at(-1)}` : held[0];
      return { number: layers.findIndex((layer) => layer.file === file), file, short };
    });
  }

  const shapeOf = (data, { choice }) => data.layers[choice.stage].shape;

  // the place of the strongest cell of the chosen map, if the map is there
  function strongestOf(data, { choice, maps }) {
    const { stage, channel } = choice;
    const { shape, units } = data.layers[stage];
    const [, height, width] = shape;
    const from = channel * height * width;
    const map = maps[stage]?.subarray(from, from + (units ?? height * width));
    if (!map) return null;
    const best = map.reduce((most, value, i) => (value > map[most] ? i : most), 0);
    return [Math.floor(best / width), best % width];
  }

  // the chosen cell, or the strongest one, or the one in the middle: [row, column]
  function cellOf(data, state) {
    const { row, column } = state.choice;
    if (row >= 0 && column >= 0) return [row, column];
    const [, height, width] = shapeOf(data, state);
    return strongestOf(data, state) ?? [height >> 1, width >> 1];
  }

  // what a cell depends on, in pixels of the crop: its receptive field
  function fieldOf({ first, jump, field }, [row, column]) {
    return { top: first + row * jump, left: first + column * jump, size: field };
  }

  // the norm of the difference from the learned network's maps of the stage, as a share of their norm; null: unknown
  function changeOf({ choice, photo, maps, learned }) {
    const now = maps[choice.stage];
    const before = learned.maps[choice.stage];
    if (!isChanged(choice) || !photo || learned.input !== pixelsOf(photo, choice) || !now || !before) return null;
    let difference = 0;
    let norm = 0;
    for (let i = 0; i < now.length; i++) {
      difference += (now[i] - before[i]) ** 2;
      norm += before[i] ** 2;
    }
    return Math.sqrt(difference / (norm || 1));
  }

  // has everything been answered that was asked?
  function isSettled({ opening, reading, running, waiting, moving, digests, asked, explanation }) {
    const isIdle = opening === null && reading === null && running === null && !waiting && !moving;
    return isIdle && digests !== null && explanation?.request === asked;
  }

  // why the maps of a stage are not here yet, in words
  function awaited(data, { loaded, progress, photo }, stage) {
    const missing = filesOf(data)
      .slice(loaded)
      .find(({ number }) => number <= stage);
    if (!missing) return photo ? "Being computed …" : "The photo is being read …";
    const where = progress === "loading" ? "they are on their way" : "see above";
    return `This needs the weights of ${missing.short}: ${where}.`;
  }

  // A part of the page. Its `draw(state)` changes no state; `differs` tells whether there is anything new to draw.
  class View {
    #drawn = {};

    constructor(lab) {
      this.lab = lab;
    }

    differs(what, ...values) {
      const before = this.#drawn[what];
      this.#drawn[what] = values;
      return !before || values.some((value, i) => value !== before[i]);
    }
  }

  // a class by its number
  const classOf = ({ categories }, number) => categories?.[number] ?? `class ${number}`;

  // a cell of a map in words; of a vector, which is drawn as one map, a unit, with its class if it is the last
  function placeOf(data, { number, channel, row, column }) {
    const { layers } = data;
    const { short, shape, units } = layers[number];
    if (!units) return `${short}, channel ${channel}, row ${row}, column ${column}`;
    const unit = row * shape[2] + column;
    const isNamed = number === layers.length - 1 && data.categories;
    return `${short}, unit ${unit}${isNamed ? ` (${classOf(data, unit)})` : ""}`;
  }

  const derived = {
    isChanged,
    kernelOf,
    inputOf,
    seenOf,
    filesOf,
    classOf,
    placeOf,
    shapeOf,
    strongestOf,
    cellOf,
    fieldOf,
    changeOf,
    awaited,
    isSettled,
  };
  Object.assign(self.insidecnn.lab, { Store, View, LEARNED, YOURS, BOOK, SIZE, ...derived });
})();
