// How the lab gets its files and its worker, over http and from a folder.
(() => {
  const { make, decodeBase64 } = self.insidecnn;
  const HERE = new URL(".", document.currentScript.src).href;
  const CORES = 4; // at most, for the network
  const PATIENCE = 5000; // milliseconds until a worker that says nothing counts as blocked

  const script = (name) =>
    new Promise((done, failed) => {
      const onerror = () => failed(new Error(`${name} is not there`));
      document.head.append(make("script", { src: HERE + name, onload: done, onerror }));
    });

  // a file of the lab as bytes; where the page itself is a file, out of a script that holds it in base64
  async function load(name) {
    if (location.protocol !== "file:") {
      const answer = await fetch(HERE + name);
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
      return new Uint8Array(await answer.arrayBuffer());
    }
    await script(`${name}.js`);
    return decodeBase64(self.insidecnnAssets[name]);
  }

  // What reads a network of the reader's: file → function. Over http it is loaded when there is one to read, by the
  // worker; from a folder, where a worker can load nothing, it comes with the worker's program.
  const READER = {
    unpickle: "insidecnnUnpickle",
    "tensor-file": "insidecnnTensorFile",
    sha256: "insidecnnSha256",
    checkpoint: "insidecnnCheckpoint",
  };
  const readerFiles = Object.keys(READER).map((name) => `${name}.js`);
  const readerIntoPage = () => Promise.all(self.insidecnnCheckpoint ? [] : readerFiles.map(script));
  const readerText = () =>
    self.insidecnnCheckpoint ? Object.values(READER).map((name) => `self.${name} = ${self[name]};\n`) : [];

  // where the worker finds it, if there is a worker; else it is here
  async function loadReader() {
    if (!way) await readerIntoPage();
    return readerFiles.map((name) => HERE + name);
  }

  // The worker's program as text: it needs no further files, and browsers start none from file://. Where a policy
  // forbids that, the file of the same program is tried.
  const programText = () => {
    const text = [
      `self.insidecnnPhoto = ${self.insidecnnPhoto};\n`,
      `self.insidecnnNetwork = ${self.insidecnnNetwork};\n`,
      `self.insidecnnThings = ${self.insidecnnThings};\n`,
      `self.insidecnnHelpers = ${self.insidecnnHelpers};\n`,
      `self.insidecnnHelpers.listen = ${self.insidecnnHelpers.listen};\n`,
      ...readerText(),
      `self.insidecnnEngine = ${self.insidecnnEngine};\n(${self.insidecnnEngine.listen})();`,
    ];
    return URL.createObjectURL(new Blob(text, { type: "text/javascript" }));
  };

  let way; // in which workers can be started here, if they can

  // a worker that is awake
  async function startWorker(place, name) {
    const worker = new Worker(place(), { name });
    try {
      await new Promise((awake, failed) => {
        worker.onmessage = ({ data }) => data.type === "awake" && awake();
        worker.onerror = (event) => {
          event.preventDefault();
          failed(event);
        };
        setTimeout(failed, PATIENCE);
      });
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return worker;
  }

  // A function that sends messages to a worker, or to this page itself. receive(message) gets the answers,
  // note(sentence) and fail(sentence) what the reader should know.
  async function startEngine(receive, note, fail) {
    if (location.protocol === "file:") await readerIntoPage().catch(() => {}); // it is missed when it is wanted
    for (const place of [programText, () => `${HERE}engine.js`]) {
      try {
        const worker = await startWorker(place, "engine");
        worker.onmessage = ({ data }) => receive(data);
        worker.onerror = () => fail("The lab’s worker has stopped, perhaps for want of memory; load the page again.");
        way = place;
        return (message) => worker.postMessage(message, message.ports ?? []);
      } catch {} // the next way
    }
    note("Workers are blocked here: the page itself does the sums, and may stand still for a moment.");
    return self.insidecnnEngine(receive);
  }

  // more workers for the engine, together as many as there are cores; it works without them, too
  async function startHelpers(send) {
    const count = Math.min(CORES, navigator.hardwareConcurrency ?? 1) - 1;
    if (!way || count < 1) return;
    try {
      const workers = await Promise.all(Array.from({ length: count }, () => startWorker(way, "helper")));
      const ports = workers.map((worker) => {
        const { port1, port2 } = new MessageChannel();
        worker.onerror = () => send({ type: "helpers", ports: [] });
        worker.postMessage({ port: port1 }, [port1]);
        return port2;
      });
      send({ type: "helpers", ports });
    } catch {} // a browser may allow fewer workers
  }

  self.insidecnn.lab = { script, load, loadReader, startEngine, startHelpers };
})();
