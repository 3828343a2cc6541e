// SHA-256 of bytes that come in pieces. crypto.subtle wants them all at once, of AlexNet 244 million, and makes a copy;
// and pages that come neither by https nor from this computer have none.
//
// insidecnnSha256() begins a hash: add(bytes), as often as there are bytes; end() gives the 64 hexadecimal digits.

// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnSha256 = () => {
  const BLOCK = 64; // bytes

  // The constants are the first 32 binary places of roots of the first primes.
  const isPrime = (n) => n > 1 && [...Array(n).keys()].slice(2).every((divisor) => n % divisor);
  const primes = [...Array(312).keys()].filter(isPrime); // 64 of them
  const places = (root) => ((root % 1) * 2 ** 32) | 0;
  const state = Int32Array.from(primes.slice(0, 8), (prime) => places(Math.sqrt(prime)));
  const constants = Int32Array.from(primes, (prime) => places(Math.cbrt(prime)));

  const words = new Int32Array(64);
  const turn = (x, by) => (x >>> by) | (x << (32 - by));

  function expand(view, at) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = words[i - 15];
      const y = words[i - 2];
      const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      words[i] = (words[i - 16] + low + words[i - 7] + high) | 0;
    }
  }

  function mix() {
    // no destructuring here: it takes ten times as long
    let a = state[0],
      b = state[1],
      c = state[2],
      d = state[3],
      e = state[4],
      f = state[5],
      g = state[6],
      h = state[7];
    for (let i = 0; i < 64; i++) {
      const choice = (e & f) ^ (~e & g);
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + constants[i] + words[i]) | 0;
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const other = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + other) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }

  // whole blocks; gives how many bytes these are
  function take(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    for (; at + BLOCK <= bytes.length; at += BLOCK) {
      expand(view, at);
      mix();
    }
    return at;
  }

  let left = new Uint8Array(0); // less than a block
  let count = 0;

  function add(bytes) {
    count += bytes.length;
    if (left.length) {
      const missing = Math.min(BLOCK - left.length, bytes.length);
      left = Uint8Array.of(...left, ...bytes.subarray(0, missing));
      bytes = bytes.subarray(missing);
      if (left.length < BLOCK) return;
      take(left);
    }
    left = bytes.slice(take(bytes));
  }

  function end() {
    const padded = new Uint8Array(Math.ceil((left.length + 9) / BLOCK) * BLOCK);
    padded.set(left);
    padded[left.length] = 0x80;
    new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(count) * 8n);
    take(padded);
    return [...state].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("");
  }

  return { add, end };
};
