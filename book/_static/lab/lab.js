// The lab: a photograph goes in, what each of AlexNet's stages makes of it comes out. The choice (photo, stage,
// channel, cell, kernel) is the widget's state, as in every widget. It is copied into the store, which holds all else
// that is known; client.js asks the worker for what the choice needs, and the views draw what the store holds.
(() => {
  const { Widget, define, decodeBase64 } = self.insidecnn;
  const lab = self.insidecnn.lab;
  const { Store, Client, LEARNED, YOURS, BOOK, readPaint, sortFiles } = lab;
  const PATIENCE = 60_000; // milliseconds until whoever waits for an answer is told that none came

  class Lab extends Widget {
    get task() {
      return "Choose a photo or open yours, then a stage, a channel and a cell of its map.";
    }

    get initial() {
      const place = { stage: 0, channel: 0, row: -1, column: -1 }; // row, column −1: the strongest cell
      const moved = { right: 0, down: 0, things: [] };
      const kernel = { filter: 0, kernel: LEARNED, paint: "" };
      return { sample: this.data.first.name, network: BOOK, ...place, ...moved, ...kernel };
    }

    // a sentence about what is wrong with a choice, if anything is
    valid(choice) {
      return (
        this.wrongNetwork(choice) ??
        this.wrongPlace(choice) ??
        this.wrongKernel(choice) ??
        lab.wrongThings(this.data.things, choice.things)
      );
    }

    wrongNetwork({ network }) {
      if (network !== BOOK && network !== YOURS)
        return `There is no network “${network}”; there are ${BOOK}, ${YOURS}.`;
      if (network === YOURS && !this.networks[YOURS]) {
        const words = "A link cannot hold your network: open its file, and what the link shows comes back.";
        return `${words} This is the book’s.`;
      }
    }

    wrongPlace({ network, sample, stage, channel, row, column, right, down }) {
      const { samples } = this.data;
      const { layers } = this.networks[network];
      const names = Object.keys(samples).join(", ");
      if (sample !== YOURS && !Object.hasOwn(samples, sample)) {
        return `There is no sample “${sample}”; there are ${names}.`;
      }
      if (!layers[stage]) return `There is no stage ${stage}; they count from 0 to ${layers.length - 1}.`;
      const { short, shape, units } = layers[stage];
      const [channels, height, width] = shape;
      if (!isIndex(channel, channels)) return `${short} has channels 0 to ${channels - 1}, and none ${channel}.`;
      if (!isIndex(row + 1, height + 1) || !isIndex(column + 1, width + 1)) {
        const size = `${height} × ${width} cells, counted from 0`;
        return `A map of ${short} has ${size}; there is none at row ${row}, column ${column}.`;
      }
      if (units && row * width + column >= units) return `${short} has units 0 to ${units - 1}, and none there.`;
      if (!Number.isInteger(right) || !Number.isInteger(down)) return "A photo is moved by whole pixels.";
    }

    wrongKernel({ filter, kernel, paint }) {
      const { layers, kernels } = this.data;
      const [count] = layers[0].shape;
      if (!isIndex(filter, count)) return `conv1 has kernels 0 to ${count - 1}, and none ${filter}.`;
      if (kernel !== LEARNED && !Object.hasOwn(kernels, kernel)) {
        return `There is no kernel “${kernel}”; there are ${[LEARNED, ...Object.keys(kernels)].join(", ")}.`;
      }
      if (!readPaint(paint)) return "The paint in this link cannot be read.";
    }

    build() {
      this.palette = decodeBase64(this.data.palette);
      this.store = new Store(this.state);
      const set = (changes, options) => this.set(changes, options);
      this.client = new Client(this.data, this.store, set, (...network) => this.takeNetwork(...network));
      const parts = [
        "Sources",
        "Messages",
        "WeightsProgress",
        "NetworkPanel",
        "StageList",
        "PhotoPicture",
        "ChannelPicture",
      ];
      parts.push("AllChannelsPicture", "Answer", "Explanation", "KernelEditor", "KernelNotice", "Proof");
      const view = Object.fromEntries(parts.map((name) => [name, new lab[name](this)]));
      if (this.data.things) view.ThingEditor = new lab.ThingEditor(this, view.PhotoPicture.sheet);
      this.store.subscribe((state) => {
        this.describe(state);
        for (const each of Object.values(view)) each.draw(state);
        this.dataset.settled = String(lab.isSettled(state));
      });
      [this.kernelEditor, this.thingEditor] = [view.KernelEditor, view.ThingEditor];
      this.client.start();
      const figures = [view.PhotoPicture, view.ChannelPicture, view.AllChannelsPicture];
      const pictures = document.createElement("div");
      pictures.className = "pictures";
      const things = view.ThingEditor ? [view.ThingEditor] : []; // beside the photograph on a phone, too
      pictures.append(...[...things, ...figures].map(({ element }) => element));
      this.client.wantInView(pictures);
      const below = [view.Answer, view.Explanation, view.KernelEditor, view.KernelNotice, view.Proof];
      return [
        ...view.Sources.elements,
        ...view.Messages.elements,
        view.WeightsProgress.element,
        view.NetworkPanel.element,
        view.StageList.element,
        pictures,
        ...below.map(({ element }) => element),
      ];
    }

    connectedCallback() {
      super.connectedCallback();
      this.querySelector(".explanation .title").after(this.said); // the answer beside the question
    }

    // The base class calls this when the reader starts again or follows a link,
    restart() {
      this.kernelEditor.restart();
      this.thingEditor?.restart();
      this.forgiveAll();
    }

    // and this after each change of the choice.
    draw(choice) {
      this.describe({ choice, own: this.store.state.own });
      this.fill(choice);
      this.store.together(() => this.client.choose(choice));
    }

    // what cannot be is said at the top: of a choice, until the next one; of a file, until another one is opened
    say(words, wrong = false) {
      if (wrong) this.complain(words);
      else super.say(words);
    }

    // a field whose number cannot be is a matter of the choice
    complain(words, about) {
      this.store.complain(words, about instanceof Element ? "choice" : (about ?? "choice"));
    }

    forgiveAll() {
      this.store.forgive("choice", "photo", "network");
    }

    // In the maps of conv1 the number of the channel is the number of its kernel: the kernel of the chosen channel is
    // offered for change, unless one is changed already.
    set(changes, options) {
      const inFirst = (changes.stage ?? this.state.stage) < 3;
      const follows = "channel" in changes && !("filter" in changes) && inFirst && !lab.isChanged(this.state);
      const taken = super.set(follows ? { ...changes, filter: changes.channel } : changes, options);
      if (taken && !options?.quiet) this.store.forgive("choice", ...("network" in changes ? ["network"] : []));
      return taken;
    }

    // what the page knows of each network; that of the reader's comes with its file
    get networks() {
      const { layers, categories, end, weights, exact } = this.data;
      this.known ??= { [BOOK]: { layers, categories, end, weights, exact }, [YOURS]: null };
      return this.known;
    }

    // what the views and the client know of the network that is shown
    describe({ choice, own }) {
      Object.assign(this.data, this.networks[choice.network]);
      if (choice.network === YOURS) this.data.categories = own.names;
    }

    // a network of the reader's is here: it is shown at the same place, or at the one that a link has asked for
    takeNetwork({ weights }, layers) {
      this.networks[YOURS] = { layers, end: "", weights, exact: true };
      if (location.hash.includes(`network=${YOURS}`) && this.state.network !== YOURS) return this.fromAddress(true);
      const { units } = layers[this.state.stage];
      this.set({ network: YOURS, ...(units ? { row: -1, column: -1 } : {}) });
    }

    // ---- for scripts and tests, beside state, set() and reset() of every widget; the attribute data-settled tells
    // whether all is computed that was asked for

    // the file of a picture, of a network, or of the names of its outputs; returns when it is sent to the worker
    async open(...files) {
      if (!files[0]) return;
      this.forgiveAll();
      const { photo, network, names } = await sortFiles(files);
      if (network || names) await this.openNetwork(network, names);
      if (photo) await this.client.openFile(photo);
    }

    // the file of a network, whatever its name; one of names may be beside it, or come later
    async openNetwork(...files) {
      const names = files.find((file) => /\.txt$/i.test(file?.name));
      const network = files.find((file) => file && file !== names);
      this.store.forgive("choice", "network");
      if (network) await this.client.openNetwork(network, names);
      else if (names) await this.nameOutputs(names);
    }

    // a text file with one name a line
    async nameOutputs(file) {
      if (this.store.state.own) return this.client.reader.openNames(file);
      const words = `${file.name} could name the outputs of a network of yours: open that first, or with it.`;
      this.complain(words, "network");
    }

    // one of the samples, in the same way
    async openSample(name) {
      this.store.forgive("choice", "photo");
      await this.client.openSample(name);
    }

    // resolves to snapshot() when the pixels of what was opened last are there, or it is refused
    whenOpened() {
      return this.#when(({ opening }) => opening === null);
    }

    // move the photograph, as far as there are pixels
    movePhoto(right, down) {
      if (this.store.state.photo) this.set(this.client.within(right, down));
    }

    // resolves to snapshot() when all is computed that was asked for
    whenSettled() {
      return this.#when(lab.isSettled);
    }

    #when(holds) {
      this.client.want();
      return new Promise((done, failed) => {
        const late = () => failed(new Error(`still waiting: ${JSON.stringify(this.snapshot())}`));
        const timer = setTimeout(late, PATIENCE);
        const look = (state) => {
          if (!holds(state)) return;
          stop();
          clearTimeout(timer);
          done(this.snapshot());
        };
        const stop = this.store.subscribe(look);
        look(this.store.state);
      });
    }

    // what is known now, as JSON can hold it
    snapshot() {
      const { state } = this.store;
      const { data } = this;
      const { choice, opening, photo, maps, best, digests, explanation, complaint, loaded, own } = state;
      const cell = lab.cellOf(data, state);
      return {
        choice,
        settled: lab.isSettled(state),
        opening,
        own,
        photo: photo && { name: photo.name, sample: photo.sample, size: photo.size },
        shape: lab.shapeOf(data, state),
        cell,
        field: lab.fieldOf(data.layers[choice.stage], cell),
        stages: maps.filter(Boolean).length,
        best,
        digests,
        explanation,
        change: lab.changeOf(state),
        complaint,
        notes: [...state.notes, ...(photo?.notes ?? [])].join(" "),
        loaded,
      };
    }

    // the maps of a stage, (C, H, W) float32, or null
    mapsOf(stage) {
      return this.store.state.maps[stage] ?? null;
    }

    // the pixels that the network is given, (224, 224, 3) uint8
    crop() {
      return lab.crop(this.store.state);
    }
  }

  const isIndex = (value, count) => Number.isInteger(value) && value >= 0 && value < count;

  define("cnn-lab", Lab);
})();
