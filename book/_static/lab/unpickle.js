// What Python's pickle wrote, read as data. A pickle is a program for a small machine that can call any function of
// Python. This machine knows only the instructions and the names that a dictionary of tensors needs, calls nothing of
// Python, and refuses all others by name. It is loaded when the reader gives a file; own-network.js says how.
//
// The function that is returned, unpickle(bytes, from), gives {value, end}: what the pickle that begins at `from`
// holds, and where it ends. Python's dictionaries become Map, its tuples and lists arrays, its None null, and
//   a storage   {kind: "storage", type: "Float", key, count}
//   a tensor    {kind: "tensor", storage, offset, shape, strides}: counted in numbers, not in bytes
// It throws unpickle.Refused, whose message is a sentence without its beginning, the file's name, or unpickle.Ended
// where the bytes end before the pickle does.

// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnUnpickle = () => {
  // its sentence never shows more than a little of what the file says
  class Refused extends Error {
    constructor(words) {
      super(words.replace(/[^\s“”]{80,}/g, (long) => `${long.slice(0, 60)}…`).slice(0, MOST_WORDS));
    }
  }
  class Ended extends Error {}

  const MOST_WORDS = 600; // letters of a refusal
  const MOST_DIMENSIONS = 8;
  const MOST_STEPS = 2e6; // instructions, and things handed to a call, of one pickle: a state dict needs some hundreds
  const MARK = Symbol("mark");
  const ADVICE = 'give a file that torch.save(model.state_dict(), "alexnet.pth") writes.';
  const STORAGE = /^torch (\w+)Storage$/;
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  const damaged = () => new Refused("holds a damaged pickle; download or copy it again.");

  // the calls that are understood, by what they make: name → (arguments) → value
  const numbers = (list) => {
    if (!Array.isArray(list) || list.length > MOST_DIMENSIONS) throw damaged();
    if (!list.every((each) => Number.isSafeInteger(each) && each >= 0)) throw damaged();
    return list;
  };
  const tensor = ([storage, offset, shape, strides]) => {
    if (storage?.kind !== "storage" || numbers(shape).length !== numbers(strides).length) throw damaged();
    return { kind: "tensor", storage, offset: numbers([offset])[0], shape, strides };
  };
  const parameter = ([value]) => {
    if (value?.kind !== "tensor") throw damaged();
    return value;
  };
  const dictionary = ([pairs = []]) => new Map(pairs);
  const CALLS = {
    "collections OrderedDict": dictionary,
    "torch._utils _rebuild_tensor": tensor,
    "torch._utils _rebuild_tensor_v2": tensor,
    "torch._utils _rebuild_parameter": parameter,
    "torch Size": ([sizes]) => numbers(sizes),
  };

  // a name of Python's that the pickle asks for
  function named(module, name) {
    if (typeof module !== "string" || typeof name !== "string") throw damaged();
    const global = `${module} ${name}`;
    const storage = STORAGE.exec(global);
    if (storage) return { kind: "storage type", type: storage[1] };
    if (Object.hasOwn(CALLS, global)) return { kind: "call", call: CALLS[global] };
    const what = `asks for Python’s ${module}.${name}, and Python would run code to load it; here nothing was run`;
    throw new Refused(`${what}. It must hold tensors alone: ${ADVICE}`);
  }

  // ("storage", type, key, device, count) and, in the older form of file, a view of a part, which is always None
  function storageOf(id) {
    const [word, type, key, , count, view = null] = Array.isArray(id) ? id : [];
    if (word !== "storage" || type?.kind !== "storage type" || view !== null) throw damaged();
    if (typeof key !== "string" && !Number.isSafeInteger(key)) throw damaged(); // no list of lists becomes text
    return { kind: "storage", type: type.type, key: String(key), count: numbers([count])[0] };
  }

  // the machine: what is left of the bytes, the stack, and the numbered memory
  function machine(bytes, from) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const stack = [];
    const memory = [];
    let at = from;
    const take = (count) => {
      if (at + count > bytes.length) throw new Ended();
      at += count;
      return at - count;
    };
    const pop = () => {
      if (!stack.length || stack.at(-1) === MARK) throw damaged();
      return stack.pop();
    };
    const top = () => {
      stack.push(pop());
      return stack.at(-1);
    };
    const popToMark = () => {
      const mark = stack.lastIndexOf(MARK);
      if (mark < 0) throw damaged();
      return stack.splice(mark).slice(1);
    };
    const text = (count) => {
      const start = take(count);
      try {
        return utf8.decode(bytes.subarray(start, start + count));
      } catch {
        throw damaged();
      }
    };
    const line = () => {
      const start = at;
      while (bytes[take(1)] !== 10);
      return String.fromCharCode(...bytes.subarray(start, at - 1));
    };
    // a whole number of any length, the little end first
    const long = (count) => {
      const start = take(count);
      let value = 0n;
      for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[start + i]);
      if (count && bytes[start + count - 1] > 127) value -= 1n << BigInt(8 * count);
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    };
    const u8 = () => bytes[take(1)];
    const u16 = () => view.getUint16(take(2), true);
    const u32 = () => view.getUint32(take(4), true);
    const i32 = () => view.getInt32(take(4), true);
    const f64 = () => view.getFloat64(take(8));
    let steps = 0;
    const count = (more) => {
      steps += more;
      if (steps > MOST_STEPS)
        throw new Refused(`holds a pickle far longer than that of a dictionary of tensors; ${ADVICE}`);
    };
    const numbersOf = { u8, u16, u32, i32, f64, long, text, line, skip: take };
    return { stack, memory, pop, top, popToMark, count, ...numbersOf, place: () => at };
  }

  // the two on top of the stack, the lower one first
  const two = (m) => [m.pop(), m.pop()].reverse();
  const put = (m, pairs) => {
    const target = m.top();
    if (!(target instanceof Map) || pairs.length % 2) throw damaged();
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  };
  const append = (m, values) => {
    const target = m.top();
    if (!Array.isArray(target)) throw damaged();
    for (const value of values) target.push(value);
  };
  const remember = ({ memory, top }, number) => {
    memory[number] = top();
  };
  const recall = ({ memory }, number) => {
    if (!(number in memory)) throw damaged();
    return memory[number];
  };
  const call = (m, [what, given]) => {
    if (what?.kind !== "call" || !Array.isArray(given)) throw damaged();
    m.count(given.reduce((sum, each) => sum + (each?.length ?? 0), given.length));
    return what.call(given);
  };

  // Each instruction by its code, with the name that Python's pickletools gives it. A value that it returns goes onto
  // the stack.
  const INSTRUCTIONS = {
    0x80: (m) => void m.u8(), // PROTO
    0x95: (m) => void m.skip(8), // FRAME
    0x28: () => MARK, // MARK
    0x4e: () => null, // NONE
    0x88: () => true, // NEWTRUE
    0x89: () => false, // NEWFALSE
    0x4a: (m) => m.i32(), // BININT
    0x4b: (m) => m.u8(), // BININT1
    0x4d: (m) => m.u16(), // BININT2
    0x8a: (m) => m.long(m.u8()), // LONG1
    0x47: (m) => m.f64(), // BINFLOAT
    0x58: (m) => m.text(m.u32()), // BINUNICODE
    0x8c: (m) => m.text(m.u8()), // SHORT_BINUNICODE
    0x54: (m) => m.text(m.u32()), // BINSTRING
    0x55: (m) => m.text(m.u8()), // SHORT_BINSTRING
    0x7d: () => new Map(), // EMPTY_DICT
    0x5d: () => [], // EMPTY_LIST
    0x29: () => [], // EMPTY_TUPLE
    0x85: (m) => [m.pop()], // TUPLE1
    0x86: (m) => two(m), // TUPLE2
    0x87: (m) => [m.pop(), m.pop(), m.pop()].reverse(), // TUPLE3
    0x74: (m) => m.popToMark(), // TUPLE
    0x73: (m) => put(m, two(m)), // SETITEM
    0x75: (m) => put(m, m.popToMark()), // SETITEMS
    0x61: (m) => append(m, [m.pop()]), // APPEND
    0x65: (m) => append(m, m.popToMark()), // APPENDS
    0x71: (m) => remember(m, m.u8()), // BINPUT
    0x72: (m) => remember(m, m.u32()), // LONG_BINPUT
    0x94: (m) => remember(m, m.memory.length), // MEMOIZE
    0x68: (m) => recall(m, m.u8()), // BINGET
    0x6a: (m) => recall(m, m.u32()), // LONG_BINGET
    0x63: (m) => named(m.line(), m.line()), // GLOBAL
    0x93: (m) => named(...two(m)), // STACK_GLOBAL
    0x52: (m) => call(m, two(m)), // REDUCE
    0x62: (m) => void m.pop(), // BUILD: a dictionary's attributes, such as _metadata, are not needed
    0x51: (m) => storageOf(m.pop()), // BINPERSID
  };
  const STOP = 0x2e;

  function unpickle(bytes, from = 0) {
    const m = machine(bytes, from);
    for (let code = m.u8(); code !== STOP; code = m.u8()) {
      m.count(1);
      if (!INSTRUCTIONS[code]) {
        const hex = code.toString(16).padStart(2, "0");
        throw new Refused(`holds the pickle instruction 0x${hex}, which no dictionary of tensors needs; ${ADVICE}`);
      }
      const value = INSTRUCTIONS[code](m);
      if (value !== undefined) m.stack.push(value);
    }
    return { value: m.pop(), end: m.place() };
  }

  return Object.assign(unpickle, { Refused, Ended });
};
