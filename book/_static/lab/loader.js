// How the lab gets its files and its worker, over http and from a folder.
(() => {
  const { make } = window.insidecnn;
  const HERE = new URL(".", document.currentScript.src).href;
  const PATIENCE = 5000; // milliseconds until a worker that says nothing counts as blocked

  const script = (name) => new Promise((done, failed) => {
    document.head.append(make("script", { src: HERE + name, onload: done, onerror: () => failed(new Error(`${name} is not there`)) }));
  });

  // a file of the lab: bytes over http, base64 out of a script where the page itself is a file
  async function load(name) {
    if (location.protocol !== "file:") {
      const answer = await fetch(HERE + name);
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
      return answer.arrayBuffer();
    }
    await script(`${name}.js`);
    return self.insidecnnAssets[name];
  }

  // The worker's program as text: it needs no further files, and browsers start none from file://. Where a policy
  // forbids that, the file of the same program is tried.
  const text = () => URL.createObjectURL(new Blob([
    `self.insidecnnPhoto = ${self.insidecnnPhoto};\n`,
    `self.insidecnnNetwork = ${self.insidecnnNetwork};\n`,
    `self.insidecnnEngine = ${self.insidecnnEngine};\n(${self.insidecnnEngine.work})();`,
  ], { type: "text/javascript" }));

  // Something to send messages to: a worker, or this page itself. hear(message) gets the answers, note(sentence)
  // and fail(sentence) what the reader should know.
  async function engine(hear, note, fail) {
    for (const place of [text, () => `${HERE}engine.js`]) {
      let worker;
      try {
        worker = new Worker(place());
        await new Promise((awake, failed) => {
          worker.onmessage = ({ data }) => data.type === "awake" && awake();
          worker.onerror = (event) => { event.preventDefault(); failed(event); };
          setTimeout(failed, PATIENCE);
        });
        worker.onmessage = ({ data }) => hear(data);
        worker.onerror = () => fail("The lab’s worker has stopped, perhaps for want of memory; load the page again.");
        return (message) => worker.postMessage(message);
      } catch {
        worker?.terminate(); // the next way
      }
    }
    note("Workers are blocked here: the page itself does the sums, and may stand still for a moment.");
    return self.insidecnnEngine(hear);
  }

  window.insidecnn.lab = { load, engine };
})();
