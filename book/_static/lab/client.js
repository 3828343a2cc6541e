// The page's side of the conversation with the worker: asks for what the store's choice needs, and hands the answers to
// the store. engine.js lists the messages. Of each kind of request only the answer to the latest counts.
(() => {
  const { clamp, decodeBase64 } = self.insidecnn;
  const {
    loadNetworkReader,
    load,
    startEngine,
    startHelpers,
    YOURS,
    BOOK,
    SIZE,
    kernelOf,
    inputOf,
    cellOf,
    filesOf,
    readPaint,
    readThings,
  } = self.insidecnn.lab;
  const NEEDED = ["createImageBitmap", "DecompressionStream", "MessageChannel"];

  class Client {
    #waiting = []; // messages until there is a worker
    #send = (message) => this.#waiting.push(message);
    #requests = 0;
    #run = 0; // the number of the latest run
    #sample = null; // the sample that is shown or on its way, or YOURS
    #network = BOOK; // what the worker was asked for last
    #kernel = null;
    #input = null;
    #answered = null; // the input of the latest answer that was asked for
    #answer = null; // the number of the answer that is awaited while a thing moves
    #things = null; // the file that things are drawn from, once it is wanted
    #unpacking = null; // the layer that is being unpacked: {done, failed}
    #lacks = NEEDED.find((name) => !(name in window));
    #wanted = new Promise((done) => {
      this.want = done; // whoever calls it wants all weights
    });

    // set(changes, options) changes the choice, as a reader would; take(own, layers) gets a network of theirs
    constructor(data, store, set, take) {
      Object.assign(this, { data, store, set, take });
      this.files = filesOf(data);
    }

    get allLoaded() {
      return this.store.state.loaded === this.files.length;
    }

    // ---- the worker, and the weights

    async start() {
      const { store, data } = this;
      if (this.#lacks) {
        const words = `This browser is too old for the lab: it has no ${this.#lacks}.`;
        return store.complain(`${words} The pictures further down show what it does.`, "lab");
      }
      const [kernel, first] = ["kernel.wasm", this.files[0].file].map((name) => load(name));
      first.catch(() => {}); // it is asked for again below
      const send = await startEngine(
        (message) => this.#receive(message),
        (words) => store.note(words),
        (words) => store.complain(words, "lab"),
      );
      try {
        send({ type: "start", layers: data.layers, preset: data.preset, kernel: await kernel });
      } catch {
        const words = "The lab’s program could not be loaded: the connection seems lost. Load the page again.";
        return store.complain(words, "lab");
      }
      this.#send = send;
      this.#waiting.forEach(send);
      // the first hundredth is enough for conv1; the rest comes when it is wanted, and who pays by the byte is asked
      if (!(await this.#loadWeights(1, first))) return;
      store.setProgress("ask");
      if (this.saving) return;
      await this.#wanted;
      if (store.state.progress === "ask") this.continueLoading();
    }

    get saving() {
      return Boolean(navigator.connection?.saveData);
    }

    // all weights are wanted when the element is in view, or above it
    wantInView(element) {
      const options = { rootMargin: "1000000px 0px 0px" };
      const observer = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        this.want();
      }, options);
      observer.observe(element);
    }

    continueLoading() {
      return this.#loadWeights();
    }

    // The weights in the order in which they are used, from the first that is not here; true if they came. While one
    // layer is unpacked, the next one is on its way.
    async #loadWeights(until = this.files.length, first = null) {
      let before = Promise.resolve();
      try {
        for (let next = this.store.state.loaded; next < until; next++) {
          const { number, file } = this.files[next];
          this.store.setProgress("loading");
          const bytes = await ((next === 0 && first) || load(file));
          await before;
          before = this.#unpack(number, bytes);
        }
        await before;
      } catch {
        await before.catch(() => {}); // which layer is it?
        this.store.setProgress("lost");
        return false;
      }
      if (this.allLoaded) {
        this.store.setProgress("complete");
        startHelpers(this.#send);
      }
      return true;
    }

    // settled by the answer
    async #unpack(number, file) {
      await new Promise((done, failed) => {
        this.#unpacking = { done, failed };
        this.#send({ type: "weights", number, file });
      });
      this.store.setProgress(this.store.state.progress, this.store.state.loaded + 1);
    }

    // ---- photographs

    // a file of the reader's
    async openFile(file) {
      this.want();
      const request = this.#startOpening();
      const name = file.name || "The picture";
      try {
        this.#sendPhoto(request, { name, sample: null, bytes: new Uint8Array(await file.arrayBuffer()) });
      } catch {
        this.#refuse(request, `${name} cannot be read: is it a folder, or was it moved?`);
      }
    }

    // one of the samples, of which the first one came with the page; linked: not by the reader's hand
    async openSample(sample, linked = false) {
      const request = this.#startOpening();
      const { first, samples } = this.data;
      try {
        const bytes = sample === first.name ? decodeBase64(first.file) : await load(`${sample}.jpg`);
        this.#sendPhoto(request, { name: `${sample}.jpg`, sample, linked, bytes });
      } catch {
        const words = `“${samples[sample].title}” could not be loaded: the connection seems lost.`;
        this.#refuse(request, `${words} Press it again.`);
      }
    }

    // the reader, or a link, has chosen another photograph: what was on its way comes too late
    #startOpening() {
      const request = ++this.#requests;
      this.store.startOpening(request);
      return request;
    }

    #sendPhoto(request, photo) {
      if (this.#lacks || request !== this.store.state.opening) return;
      this.opened = { request, ...photo };
      this.#send({ type: "photo", request, name: photo.name, file: photo.bytes });
    }

    #refuse(request, words) {
      if (request === this.store.state.opening) this.store.refusePhoto(words);
    }

    #receivePhoto(message) {
      const { store, opened } = this;
      const { photo: before, choice } = store.state;
      const shown = opened.sample ?? YOURS;
      // a link may have moved its photograph, and may be waiting for one of the reader's
      const awaited = shown === YOURS && choice.sample === YOURS && before?.sample !== null;
      const linked = opened.linked || awaited;
      store.together(() => {
        const photo = { ...message, ...opened };
        store.acceptPhoto(photo);
        this.#sample = shown;
        this.#input = null; // these pixels were never run
        const moved = linked ? this.within(choice.right, choice.down) : { right: 0, down: 0 };
        this.set({ sample: shown, ...moved }, { quiet: linked });
      });
    }

    // how far the photograph can be moved
    within(right, down) {
      const { left, top, width, height } = this.store.state.photo;
      return { right: clamp(right, left + SIZE - width, left), down: clamp(down, top + SIZE - height, top) };
    }

    // ---- a network of the reader's

    async openNetwork(file, names) {
      if (this.#lacks) return;
      const { store } = this;
      store.startReading({ name: file.name, size: file.size, share: 0 });
      try {
        await loadNetworkReader();
      } catch {
        return store.refuseOwn(`${file.name} was not read: the connection seems lost. Open it again.`);
      }
      const { NetworkReader } = self.insidecnn.lab;
      this.reader ??= new NetworkReader(this.data, store, (message) => this.#send(message), this.take);
      await this.reader.open(file, names);
    }

    #receiveOwn(message) {
      if (message.type === "own") this.#network = null; // the worker may be at an older one of the reader's
      this.reader.receive(message);
    }

    // ---- runs and reasons

    // take a new choice over, and ask for what it needs
    choose(choice) {
      const { store, data } = this;
      const { choice: before, photo } = store.state;
      store.choose(choice);
      if (choice.sample !== this.#sample) this.#openLinked(choice.sample);
      if (choice.network !== this.#network) this.#exchange(choice.network);
      const kernel = kernelOf(choice);
      if (kernel !== this.#kernel) {
        const [base, paint] = [data.kernels[choice.kernel] ?? null, readPaint(choice.paint)];
        this.#send({ type: "kernel", channel: choice.filter, base, paint });
      }
      this.#kernel = kernel;
      const drawable = store.state.drawer || !choice.things.length;
      if (!drawable) this.loadThings();
      const input = inputOf(choice);
      if (photo && drawable && input !== this.#input) {
        this.#input = input;
        if (store.state.moving) this.#requestAnswer();
        else this.#requestRun();
      }
      const places = ["network", "stage", "channel", "row", "column"];
      if (places.some((name) => choice[name] !== before[name])) this.#requestExplanation();
    }

    #exchange(network) {
      this.#network = network;
      this.#run = 0; // what is on its way is the other one's
      this.#answer = null;
      this.#input = null;
      this.store.exchangeNetworks();
      this.store.ask(++this.#requests); // an answer to the question before comes too late
      this.#send({ type: "network", own: network === YOURS });
    }

    // a link, or the start again
    #openLinked(sample) {
      this.#sample = sample;
      if (sample === YOURS) {
        const words = "A link cannot hold your photo: open it again, and this stage and cell come back.";
        this.store.complain(words, "photo");
      }
      this.openSample(sample === YOURS ? this.data.first.name : sample, true);
    }

    // The network on what is seen now. While the stage that is looked at is still to come from the run before, the new
    // one waits: a photograph that is dragged would otherwise never reach the deeper stages.
    #requestRun() {
      const { store } = this;
      if (store.state.running !== null && this.allLoaded) return store.postponeRun();
      this.#run = ++this.#requests;
      store.startRun(this.#run);
      this.#send({ type: "run", request: this.#run, ...this.#seen() });
    }

    // what the network is given
    #seen() {
      const { photo, choice } = this.store.state;
      const [left, top] = [photo.left - choice.right, photo.top - choice.down];
      return { left, top, things: readThings(choice.things) };
    }

    // ---- things

    // what things look like, for the worker and for the page
    async loadThings() {
      const { store } = this;
      if (this.#things) return;
      this.#things = load("things.json");
      try {
        const world = JSON.parse(new TextDecoder().decode(await this.#things));
        this.#send({ type: "world", world });
        store.together(() => {
          store.receiveDrawer(self.insidecnnThings(world));
          this.choose(store.state.choice); // it may have waited
        });
      } catch {
        this.#things = null;
        this.#input = null; // the hashes of the photograph alone are gone
        this.set({ things: [] });
        store.complain("The things could not be loaded: the connection seems lost. Add one to try again.");
      }
    }

    // While a thing moves, only the answer is asked for, one at a time: the newest place follows.
    startMoving() {
      if (this.store.state.moving) return;
      this.#run = 0; // its maps would come too late
      this.store.stopRuns();
      this.store.setMoving(true);
    }

    stopMoving() {
      const { store } = this;
      if (!store.state.moving) return;
      this.#answer = null;
      this.#input = null; // its maps were never asked for
      store.setMoving(false);
      this.choose(store.state.choice);
    }

    #requestAnswer() {
      if (this.#answer !== null) return;
      this.#answer = ++this.#requests;
      this.#answered = this.#input;
      this.#send({ type: "answer", request: this.#answer, ...this.#seen() });
    }

    #receiveAnswer({ best }) {
      this.#answer = null;
      this.store.receiveAnswer(best);
      if (this.#answered !== this.#input) this.#requestAnswer();
    }

    #requestExplanation() {
      const { store, data } = this;
      const { choice, maps } = store.state;
      if (!maps[choice.stage]) return; // asked when they come
      const [row, column] = cellOf(data, store.state);
      store.ask(++this.#requests);
      const question = { number: choice.stage, channel: choice.channel, row, column };
      this.#send({ type: "explain", request: this.#requests, run: this.#run, ...question });
    }

    // ---- answers

    #receive(message) {
      const { store } = this;
      const { type, request } = message;
      if (type === "ready") store.note(message.note);
      else if (type === "failed") this.#fail(message);
      else if (type === "unpacked") this.#unpacking.done();
      else if (type === "not-unpacked") this.#unpacking.failed(message.words);
      else if (["own", "own-progress", "not-own"].includes(type)) this.#receiveOwn(message);
      else if (type === "kernel") store.receiveKernel(message.numbers);
      else if (type === "explanation" && request === store.state.asked) store.receiveExplanation(message);
      else if (type === "not-a-photo") this.#refuse(request, message.words);
      else if (type === "photo-progress" && request === store.state.opening) store.setOpened(message.share);
      else if (type === "photo" && request === store.state.opening) this.#receivePhoto(message);
      else if (type === "answer" && request === this.#answer) this.#receiveAnswer(message);
      else if (request === this.#run) this.#receiveRun(message);
    }

    #fail({ what, words }) {
      this.#answer = null;
      this.store.stopRuns();
      this.store.complain(`Something failed (${what}): ${words}`);
    }

    #receiveRun({ type, number, maps, best, milliseconds, digests }) {
      const { store } = this;
      const wanted = type === "stage" && number === store.state.choice.stage;
      if (type === "stage") {
        if (number === 0) performance.mark("lab-first-map");
        store.receiveStage(number, maps);
        if (wanted) this.#requestExplanation();
      } else if (type === "answer") store.receiveAnswer(best);
      else if (type === "done") {
        performance.mark("lab-all-maps");
        store.finishRun(milliseconds);
      } else if (type === "digests" && !store.state.waiting) store.receiveDigests(digests);
      if (store.state.waiting && (wanted || type === "done")) {
        store.stopRuns();
        this.#requestRun();
      }
    }
  }

  self.insidecnn.lab.Client = Client;
})();
