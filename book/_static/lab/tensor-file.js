// Where in a file of tensors each tensor lies. Three forms are known: the zip archive that torch.save writes, the row
// of pickles that it wrote before 2020, and safetensors. Only the tables of contents are read here.
//
// The function that is returned, open(file), gives a Map of the tensors by name: {type, shape, strides, offset, count,
// locate}. Offset and strides are counted in numbers; `count` is how many the storage holds, and locate() resolves to
// the byte at which it begins. open throws unpickle.Refused, see unpickle.js.

// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnTensorFile = (unpickle) => {
  const { Refused, Ended } = unpickle;
  const MOST = 16e6; // bytes of a table of contents
  const MOST_DIMENSIONS = 8;
  const MAGIC = 0x1950a86a20f9469cfc6cn; // of torch.save's row of pickles
  const WANTED = "give what torch.save(model.state_dict(), …) writes, or safetensors.";
  // kinds of numbers: in torch's storages and in safetensors, and as Python prints them
  const TYPES = {
    Float: "float32",
    Half: "float16",
    BFloat16: "bfloat16",
    Double: "float64",
    Long: "int64",
    Int: "int32",
    Short: "int16",
    Char: "int8",
    Byte: "uint8",
    Bool: "bool",
  };
  const SAFE = { F32: "Float", F16: "Half", BF16: "BFloat16", F64: "Double" };
  Object.assign(SAFE, { I64: "Long", I32: "Int", I16: "Short", I8: "Char", U8: "Byte", BOOL: "Bool" });
  const BYTES = {
    float64: 8,
    int64: 8,
    float32: 4,
    int32: 4,
    float16: 2,
    bfloat16: 2,
    int16: 2,
    int8: 1,
    uint8: 1,
    bool: 1,
  };

  const tooEarly = () => new Refused("ends too early: it is truncated; download or copy it again.");
  const damaged = (what) => new Refused(`is damaged (${what}); download or copy it again.`);

  async function read(file, from, count) {
    if (from + count > file.size) throw tooEarly();
    if (count > MOST) throw new Refused(`has a table of contents of ${Math.round(count / 1e6)} MB; ${WANTED}`);
    const bytes = new Uint8Array(await file.slice(from, from + count).arrayBuffer());
    return { bytes, view: new DataView(bytes.buffer) };
  }

  function typeOf(type) {
    if (!Object.hasOwn(TYPES, type)) throw new Refused(`holds numbers of the kind ${type}; ${WANTED}`);
    return TYPES[type];
  }

  const whole = (view, at) => Number(view.getBigUint64(at, true));

  // ---- zip: the table of contents stands at the end; torch.save compresses nothing

  const SIGNATURES = {
    end: 0x06054b50,
    end64: 0x06064b50,
    locator64: 0x07064b50,
    entry: 0x02014b50,
    local: 0x04034b50,
  };

  // where the table of contents lies: {from, count}
  async function contents(file) {
    const most = Math.min(file.size, 22 + 65535); // the last record, and a comment behind it
    const { view } = await read(file, file.size - most, most);
    let at = most - 22;
    while (at >= 0 && view.getUint32(at, true) !== SIGNATURES.end) at--;
    if (at < 0) throw tooEarly();
    const [count, from] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    const isLong = at >= 20 && view.getUint32(at - 20, true) === SIGNATURES.locator64;
    if (!isLong) return { from, count };
    const { view: record } = await read(file, whole(view, at - 20 + 8), 56);
    if (record.getUint32(0, true) !== SIGNATURES.end64) throw damaged("no table of contents");
    return { from: whole(record, 48), count: whole(record, 40) };
  }

  // of a file of more than 4 GB, sizes and places stand in an extra field
  function longFields(view, from, to, fields) {
    for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
      if (view.getUint16(at, true) !== 1) continue;
      let next = at + 4;
      for (const name of ["size", "packed", "header"]) {
        if (fields[name] !== 0xffffffff) continue;
        fields[name] = whole(view, next);
        next += 8;
      }
    }
    return fields;
  }

  // name → {size, packed, header, method}; header: the byte at which the entry begins
  async function entriesOf(file) {
    const { from, count } = await contents(file);
    const { bytes, view } = await read(file, from, count);
    const entries = new Map();
    for (let at = 0; at + 46 <= count;) {
      if (view.getUint32(at, true) !== SIGNATURES.entry) throw damaged("no table of contents");
      const [long, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
      const [packed, size, header] = [20, 24, 42].map((place) => view.getUint32(at + place, true));
      const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + long));
      const end = at + 46 + long + extra;
      const fields = longFields(view, at + 46 + long, end, { size, packed, header });
      entries.set(name, { ...fields, method: view.getUint16(at + 10, true) });
      at = end + comment;
    }
    return entries;
  }

  // the byte at which an entry's content begins: behind a header of its own
  async function placeOf(file, name, { header, size, packed, method }) {
    if (method !== 0 || size !== packed) throw new Refused(`is a compressed zip archive; ${WANTED}`);
    const { view } = await read(file, header, 30);
    if (view.getUint32(0, true) !== SIGNATURES.local) throw damaged(`${name} is not where it should be`);
    const from = header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
    if (from + size > file.size) throw tooEarly();
    return from;
  }

  async function openZip(file) {
    const entries = await entriesOf(file);
    const pickled = [...entries.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
    if (!pickled) throw new Refused(`is a zip archive that torch.save did not write: it has no data.pkl; ${WANTED}`);
    const root = pickled.slice(0, -"data.pkl".length);
    const content = async (name) => {
      const entry = entries.get(name);
      return (await read(file, await placeOf(file, name, entry), entry.size)).bytes;
    };
    const order = `${root}byteorder`;
    if (entries.has(order) && new TextDecoder().decode(await content(order)) !== "little") {
      throw new Refused(`was written by a computer that puts the big end of numbers first; ${WANTED}`);
    }
    const { value } = unpickle(await content(pickled));
    return tensorsOf(value, ({ key, count }, type) => {
      const name = `${root}data/${key}`;
      const entry = entries.get(name);
      if (!entry) throw damaged(`${name} is not in it`);
      if (entry.size < count * BYTES[type]) throw damaged(`${name} is too short`);
      return () => placeOf(file, name, entry);
    });
  }

  // ---- the older form: a magic number, a version, the sizes of C's types, the dictionary, and the list of storages,
  // each a pickle; then the storages, each behind its count

  // `count` pickles; a pickle does not say how long it is, so more is read until the last one ends
  async function pickles(file, count) {
    for (let most = 65536; ; most *= 4) {
      const { bytes } = await read(file, 0, Math.min(most, file.size));
      const found = [];
      try {
        for (let next = 0, end = 0; next < count; next++) {
          const pickle = unpickle(bytes, end);
          if (next === 0 && pickle.value !== MAGIC) throw new Refused(`is a pickle of something else; ${WANTED}`);
          ({ end } = pickle);
          found.push(pickle);
        }
        return found;
      } catch (error) {
        if (!(error instanceof Ended)) throw error;
        if (most >= file.size) throw tooEarly();
      }
    }
  }

  async function openPickles(file) {
    const [, , , { value }, { value: keys, end }] = await pickles(file, 5);
    const storages = new Map(); // key → {count, type}
    const places = new Map();
    const tensors = tensorsOf(value, ({ key, count }, type) => {
      storages.set(key, { count, type });
      return () => places.get(key);
    });
    let at = end;
    for (const key of keys) {
      const { count, type } = storages.get(String(key)) ?? {};
      const { view } = await read(file, at, 8);
      if (whole(view, 0) !== count) throw damaged("a storage is not where it should be");
      places.set(String(key), at + 8);
      at += 8 + count * BYTES[type];
      if (at > file.size) throw tooEarly();
    }
    if ([...storages.keys()].some((key) => !places.has(key))) throw damaged("a storage is not in it");
    return tensors;
  }

  // ---- safetensors: the length of a header, the header in JSON, the numbers

  async function openSafe(file, count) {
    const { bytes } = await read(file, 8, count);
    const tensors = new Map();
    let header;
    try {
      header = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      throw damaged("its header is no JSON");
    }
    delete header.__metadata__;
    for (const [
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ] of Object.entries(header)) {
      const type = typeOf(SAFE[dtype] ?? dtype);
      const isWhole = (numbers) => numbers.every((each) => Number.isSafeInteger(each) && each >= 0);
      if (shape.length > MOST_DIMENSIONS || !isWhole(shape) || !isWhole([from, to])) {
        throw damaged("its table of contents makes no sense");
      }
      const held = (to - from) / BYTES[type];
      if (8 + count + to > file.size) throw tooEarly();
      const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
      tensors.set(name, { type, shape, strides, offset: 0, count: held, locate: () => 8 + count + from });
    }
    return tensors;
  }

  // ---- the dictionary

  const isDictionary = (value) => value instanceof Map;

  // the state dict in what was pickled; find(storage, type) gives a tensor's `locate`
  function tensorsOf(value, find) {
    const inside = isDictionary(value) && ["state_dict", "model"].map((key) => value.get(key)).find(isDictionary);
    const state = inside || value;
    if (!isDictionary(state)) throw new Refused(`holds no dictionary of tensors; ${WANTED}`);
    const tensors = new Map();
    for (const [name, tensor] of state) {
      if (typeof name !== "string") throw damaged("a tensor’s name is no text");
      if (tensor?.kind !== "tensor") throw new Refused(`holds “${name}”, which is no tensor; ${WANTED}`);
      const { storage, offset, shape, strides } = tensor;
      const type = typeOf(storage.type);
      tensors.set(name, { type, shape, strides, offset, count: storage.count, locate: find(storage, type) });
    }
    return tensors;
  }

  // names as DataParallel writes them begin with “module.”
  function plain(tensors) {
    const names = [...tensors.keys()];
    if (!names.length || !names.every((name) => name.startsWith("module."))) return tensors;
    return new Map([...tensors].map(([name, tensor]) => [name.slice("module.".length), tensor]));
  }

  async function open(file) {
    try {
      return plain(await openAny(file));
    } catch (error) {
      if (error instanceof Ended) throw tooEarly();
      if (error instanceof TypeError || error instanceof RangeError)
        throw damaged("its table of contents makes no sense");
      throw error;
    }
  }

  async function openAny(file) {
    if (!file.size) throw new Refused("is empty (0 bytes); download or copy it again.");
    const { bytes, view } = await read(file, 0, Math.min(16, file.size));
    const start = String.fromCharCode(...bytes);
    if (start.startsWith("PK\x03\x04")) return openZip(file);
    if (bytes[0] === 0x80) return openPickles(file);
    if (bytes[8] === 0x7b && whole(view, 0) < 2 ** 48) return openSafe(file, whole(view, 0));
    const readable = /^[\x20-\x7e\s]+$/.test(start);
    const shown = readable
      ? `“${start.trim()}”`
      : [...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, "0"));
    throw new Refused(`is no file of tensors: it begins with ${readable ? shown : shown.join(" ")}; ${WANTED}`);
  }

  return open;
};
