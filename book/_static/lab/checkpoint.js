// The reader's own AlexNet, from a file of its tensors into a network: are they AlexNet's, which numbers do they hold,
// and what is the file's hash? The file is read in slices, and what is kept of it is the network alone.
//
// insidecnnCheckpoint({file, layers}, {makeNetwork, isLatest, progress}) resolves to {network, layers, sha256}, or with
// `words` if the file is refused: a sentence behind the file's name. `layers` are those of AlexNet, with any number of
// outputs; makeNetwork(layers) gives a network without parameters; isLatest() tells whether to go on; progress(share)
// is called at each percent.

// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnCheckpoint = async ({ file, layers: given }, { makeNetwork, isLatest, progress }) => {
  const unpickle = self.insidecnnUnpickle();
  const { Refused } = unpickle;
  const SLICE = 2 ** 22; // bytes that are read at once
  const BLOCK = 8; // output channels that the kernel computes at once
  const MOST_OUTPUTS = 65536; // a gigabyte of weights
  const SHOWN = 3; // differences that a refusal names
  const SAVE = "torch.save(model.state_dict(), …) of a torchvision.models.alexnet() gives the right ones.";
  const ONE_ROW = 8; // so many units are drawn as one row
  const WIDEST = 2; // a map of units has fewer than so many times the columns of a square one

  const product = (numbers) => numbers.reduce((a, b) => a * b, 1);

  // ---- AlexNet's tensors

  // The shape of the map as which units are drawn: in full rows if there is a way, else the last row has cells behind
  // the last unit.
  function gridOf(units) {
    if (units <= ONE_ROW) return [1, 1, units];
    const square = Math.ceil(Math.sqrt(units));
    let columns = square;
    while (units % columns && columns < WIDEST * square) columns++;
    if (units % columns) columns = square;
    return [1, Math.ceil(units / columns), columns];
  }

  // the layers of AlexNet with another number of outputs
  function withOutputs(layers, units) {
    const last = layers.at(-1);
    if (units === last.units) return layers;
    const [factor] = last.factors;
    const shape = [Math.ceil(units / BLOCK) * BLOCK, 1, 1];
    return [...layers.slice(0, -1), { ...last, units, shape: gridOf(units), factors: [{ ...factor, shape }] }];
  }

  // name of a tensor → {number, shape}, of the weights and biases of a network's layers
  function wantedOf(layers) {
    const wanted = new Map();
    layers.forEach(({ kind, name, given, shape, kernel_size, units }, number) => {
      if (kind !== "Conv2d" && kind !== "Linear") return;
      const outputs = units ?? shape[0];
      const inputs = units ? [product(given)] : [given[0], kernel_size, kernel_size];
      wanted.set(`${name}.weight`, { number, shape: [outputs, ...inputs] });
      wanted.set(`${name}.bias`, { number, shape: [outputs] });
    });
    return wanted;
  }

  const inWords = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const isWeight = (name) => name.endsWith(".weight");

  // the layers with as many outputs as the file's network has
  function layersOf(tensors, layers) {
    if (tensors.has("fc6.u")) {
      throw new Refused("is the book’s own, whose dense layers are thin factors: the lab has it without a file.");
    }
    const outputs = tensors.get(`${layers.at(-1).name}.weight`)?.shape[0];
    if (outputs > MOST_OUTPUTS) throw new Refused(`has ${outputs} outputs; at most ${MOST_OUTPUTS} are shown here.`);
    const found = withOutputs(layers, outputs || layers.at(-1).units);
    const wanted = wantedOf(found);
    const wrong = [];
    for (const name of new Set([...wanted.keys(), ...tensors.keys()])) {
      const [given, right] = [tensors.get(name)?.shape, wanted.get(name)?.shape];
      if (!given) wrong.push(`${name} is missing`);
      else if (!right) wrong.push(`${name} is unknown to it`);
      else if (inWords(given) !== inWords(right)) {
        wrong.push(`${name} has the shape ${inWords(given)}, and should have ${inWords(right)}`);
      }
    }
    if (!wrong.length) return found;
    const more = wrong.length > SHOWN ? ` (and ${wrong.length - SHOWN} more)` : "";
    throw new Refused(`holds another network than AlexNet: ${wrong.slice(0, SHOWN).join("; ")}${more}. ${SAVE}`);
  }

  // ---- the numbers of a tensor

  const half = (bits) => {
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -24 * fraction;
  };
  let halves; // of all 65536, when the first is wanted
  // the bytes of a number, and many of them as float32, into `room` where they have to be changed
  const TYPES = {
    float32: { size: 4, decode: (buffer) => new Float32Array(buffer) },
    float64: {
      size: 8,
      decode(buffer, room) {
        room.set(new Float64Array(buffer));
        return room;
      },
    },
    float16: {
      size: 2,
      decode(buffer, room) {
        halves ??= Float32Array.from({ length: 65536 }, (_, bits) => half(bits));
        const given = new Uint16Array(buffer);
        for (let i = 0; i < given.length; i++) room[i] = halves[given[i]];
        return room;
      },
    },
    bfloat16: {
      size: 2,
      decode(buffer, room) {
        const given = new Uint16Array(buffer);
        const bits = new Uint32Array(room.buffer, room.byteOffset, room.length);
        for (let i = 0; i < given.length; i++) bits[i] = given[i] << 16;
        return room;
      },
    },
  };

  const rooms = {}; // used again and again: a browser is slow to give memory back
  function roomFor(what, count) {
    if (!(rooms[what]?.length >= count)) rooms[what] = new Float32Array(count);
    return rooms[what].subarray(0, count);
  }

  // where the numbers of a row stand, from its first one on, in PyTorch's order
  function placesOf(lengths, steps) {
    let places = [0];
    lengths.forEach((length, i) => {
      places = places.flatMap((place) => Array.from({ length }, (_, n) => place + n * steps[i]));
    });
    return places;
  }

  // A function (begin, end) that resolves to the numbers of the rows from `begin` to `end`, as float32 in PyTorch's
  // order, valid until it is called again. Of a tensor whose rows do not follow each other in the file, such as a
  // transposed one, all is in memory meanwhile.
  async function rowsOf(file, name, { type, shape, strides, offset, count, locate }) {
    if (!TYPES[type]) throw new Refused(`holds ${name} as ${type}; model.float() makes it float32.`);
    const { size, decode } = TYPES[type];
    const [rows, ...lengths] = shape;
    const [pitch, ...steps] = strides;
    const reach = lengths.reduce((sum, length, i) => sum + (length - 1) * steps[i], 1); // of a row
    if (offset + (rows - 1) * pitch + reach > count) throw new Refused(`is damaged (${name} is too short).`);
    const start = await locate();
    const slice = async (from, length, room) => {
      const at = start + (offset + from) * size;
      return decode(await file.slice(at, at + length * size).arrayBuffer(), room);
    };
    const whole = (rows - 1) * pitch + reach;
    const apart = pitch < reach && (await slice(0, whole, type === "float32" ? null : new Float32Array(whole)));
    const places = placesOf(lengths, steps);
    const inOrder = pitch === places.length && places.every((place, n) => place === n);
    return async (begin, end) => {
      const length = (end - 1 - begin) * pitch + reach;
      const given = apart || (await slice(begin * pitch, length, roomFor("given", length)));
      const numbers = inOrder ? given : roomFor("numbers", (end - begin) * places.length);
      for (let row = begin, i = 0; row < end && !inOrder; row++) {
        const from = (apart ? row : row - begin) * pitch;
        for (let n = 0; n < places.length; n++, i++) numbers[i] = given[from + places[n]];
      }
      for (let i = 0; i < numbers.length; i++) {
        if (Number.isFinite(numbers[i])) continue;
        throw new Refused(`holds NaN or infinite numbers in ${name}; the training that wrote them has failed.`);
      }
      return numbers;
    };
  }

  async function hashOf(step) {
    const hash = self.insidecnnSha256();
    for (let from = 0; from < file.size; from += SLICE) {
      const bytes = new Uint8Array(await file.slice(from, from + SLICE).arrayBuffer());
      hash.add(bytes);
      step(bytes.length);
    }
    return hash.end();
  }

  // what a file's name says its hash begins with, as torch's names do: alexnet-owt-0123abcd.pth
  const stated = (name) => [...name.matchAll(/-([0-9a-f]{8,64})\b/g)].at(-1)?.[1] ?? "";

  // ---- all together

  let network, told;

  function tell(share) {
    if (!isLatest()) throw new Refused("is no longer wanted: another file was opened.");
    const percent = Math.floor(share * 100);
    if (percent !== told) progress(share);
    told = percent;
  }

  async function read() {
    const tensors = await self.insidecnnTensorFile(unpickle)(file);
    const layers = layersOf(tensors, given);
    const wanted = wantedOf(layers);
    const total = file.size + 4 * [...wanted.values()].reduce((sum, { shape }) => sum + product(shape), 0);
    let done = 0;
    const step = (bytes) => tell((done += bytes) / total);
    network = await makeNetwork(layers);
    for (const [name, { number, shape }] of wanted) {
      const rows = await rowsOf(file, name, tensors.get(name));
      if (!isWeight(name)) {
        network.setBias(number, await rows(0, shape[0]));
        continue;
      }
      const count = BLOCK * Math.max(1, Math.floor(SLICE / (4 * BLOCK * product(shape.slice(1)))));
      for (let begin = 0; begin < shape[0]; begin += count) {
        const end = Math.min(begin + count, shape[0]);
        network.setKernels(number, begin, await rows(begin, end));
        step(4 * (end - begin) * product(shape.slice(1)));
      }
    }
    const sha256 = await hashOf(step);
    const begins = stated(file.name);
    if (!sha256.startsWith(begins)) {
      throw new Refused(
        `is damaged: its name says that its SHA-256 begins with ${begins}, and it begins with ` +
          `${sha256.slice(0, begins.length)}; download it again, or rename it if ${begins} was not meant as a hash.`,
      );
    }
    return { network, layers, sha256 };
  }

  try {
    return await read();
  } catch (error) {
    if (error instanceof Refused) return { network, words: error.message };
    const lacks = error instanceof RangeError;
    const why = lacks ? "needs more memory than this browser gives the page." : `cannot be read (${error.message}).`;
    return { network, words: lacks ? why : `${why} Was it moved, or changed?` };
  }
};
