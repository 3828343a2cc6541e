// The convolutions on several cores: the output channels are shared out among workers, each of which is given the
// layer's input and gives its channels back. Each number is still one sum, in the same order: the bits are the same.
// Memory that workers share would need headers that static hosts do not send.

// For the worker that has the network. All is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnHelpers = (layers, network, kernel) => {
  const BLOCK = 8; // channels, as in kernel.c
  let helpers = []; // {port, shares: layer → {begin, end}, done}
  const numbers = [...layers.keys()].filter((number) => layers[number].kind === "Conv2d");

  // the channels of helper i of `count`; those before the first one's are the network's own
  function shareOf(channels, i, count) {
    const edge = (n) => Math.round(((channels / BLOCK) * n) / (count + 1)) * BLOCK;
    return { begin: edge(i + 1), end: edge(i + 2) };
  }

  // ports: of workers that listen; those from before are left alone
  function use(ports) {
    for (const { done } of helpers) done?.(null);
    helpers = ports.map((port, i) => {
      const shares = layers.map(({ shape }) => shareOf(shape[0], i, ports.length));
      const parts = numbers.map((number) => {
        const [, height, width] = layers[number].shape;
        const { begin, end } = shares[number];
        return { ...layers[number], number, shape: [end - begin, height, width] };
      });
      port.postMessage({ type: "start", layers: parts, kernel });
      return { port, shares };
    });
    numbers.forEach(sendParameters);
  }

  // the weights of a layer, when they are new
  function sendParameters(number) {
    for (const { port, shares } of helpers) {
      const { begin, end } = shares[number];
      port.postMessage({ type: "parameters", number, ...network.parametersOf(number, begin, end) });
    }
  }

  // the channels of a helper, or null if it has stopped
  const askFor = (helper, number) =>
    new Promise((done) => {
      helper.done = done;
      helper.port.onmessage = ({ data }) => done(data);
      const input = network.kept[number - 1].slice(); // else the whole memory would be sent
      helper.port.postMessage({ type: "convolve", number, input }, [input.buffer]);
    });

  // one layer on what the layer before it left
  async function run(number) {
    const asked = numbers.includes(number) ? helpers : [];
    if (!asked.length) return network.run(number);
    const answers = asked.map((helper) => askFor(helper, number));
    network.run(number, asked[0].shares[number].begin);
    const parts = await Promise.all(answers);
    if (!parts.every(Boolean)) return network.run(number);
    parts.forEach((part, i) => network.put(number, asked[i].shares[number].begin, part));
  }

  return { use, sendParameters, run };
};

// for each of the others
self.insidecnnHelpers.listen = () => {
  let port, network;
  let places; // number of a layer → its place among those that are here
  const actions = {
    async start({ layers, kernel }) {
      network = self.insidecnnNetwork(layers);
      places = Object.fromEntries(layers.map(({ number }, place) => [number, place]));
      await network.start(kernel);
    },
    parameters({ number, weights, bias }) {
      network.setParameters(places[number], { weights, bias });
    },
    convolve({ number, input }) {
      const numbers = network.convolved(places[number], input);
      port.postMessage(numbers, [numbers.buffer]);
    },
  };
  let before = Promise.resolve();
  self.onmessage = (message) => {
    port = message.data.port;
    port.onmessage = ({ data }) => {
      before = before.then(() => actions[data.type](data)).catch(() => port.postMessage(null));
    };
  };
  self.postMessage({ type: "awake" });
};
