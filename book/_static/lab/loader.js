// How the lab gets its files and its worker, over http and from a folder.
(() => {
  const { make, decodeBase64 } = self.insidecnn;
  const HERE = new URL(".", document.currentScript.src).href;
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

  // The worker's program as text: it needs no further files, and browsers start none from file://. Where a policy
  // forbids that, the file of the same program is tried.
  const programText = () => {
    const text = [
      `self.insidecnnPhoto = ${self.insidecnnPhoto};\n`,
      `self.insidecnnNetwork = ${self.insidecnnNetwork};\n`,
      `self.insidecnnEngine = ${self.insidecnnEngine};\n(${self.insidecnnEngine.listen})();`,
    ];
    return URL.createObjectURL(new Blob(text, { type: "text/javascript" }));
  };

  // A function that sends messages to a worker, or to this page itself. receive(message) gets the answers,
  // note(sentence) and fail(sentence) what the reader should know.
  async function startEngine(receive, note, fail) {
    for (const place of [programText, () => `${HERE}engine.js`]) {
      let worker;
      try {
        worker = new Worker(place());
        await new Promise((awake, failed) => {
          worker.onmessage = ({ data }) => data.type === "awake" && awake();
          worker.onerror = (event) => {
            event.preventDefault();
            failed(event);
          };
          setTimeout(failed, PATIENCE);
        });
        worker.onmessage = ({ data }) => receive(data);
        worker.onerror = () => fail("The lab’s worker has stopped, perhaps for want of memory; load the page again.");
        return (message) => worker.postMessage(message);
      } catch {
        worker?.terminate(); // the next way
      }
    }
    note("Workers are blocked here: the page itself does the sums, and may stand still for a moment.");
    return self.insidecnnEngine(receive);
  }

  self.insidecnn.lab = { load, startEngine };
})();
