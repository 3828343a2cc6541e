// AlexNet in the browser: parameters, layers, and why a cell has its value. engine.js calls it, in a worker.
// `layers` comes from src/insidecnn/lab/element.py. Maps are kept pixel by pixel, (H, W, C); what leaves is (C, H, W).
// A dense layer (Linear) is a chain of convolutions whose kernels are as large as their inputs: its thin factors, or
// its matrix alone.
//
// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnNetwork = (layers) => {
  const BLOCK = 8; // output channels computed at once, as in kernel.c
  const { fround } = Math;

  // What kernel.c does, in JavaScript, for browsers without WebAssembly. The order of all additions is the same, and so
  // are the bits.
  function convolveInJavaScript(
    x,
    w,
    bias,
    y,
    pitch,
    inChannels,
    kernelSize,
    stride,
    outHeight,
    outWidth,
    outChannels,
    count,
  ) {
    const numbers = new Float32Array(memory.buffer);
    [x, w, bias, y] = [x >> 2, w >> 2, bias >> 2, y >> 2]; // addresses in bytes to places
    const reach = kernelSize * inChannels;
    for (let first = 0; first < count; first += BLOCK, w += kernelSize * reach * BLOCK) {
      for (let row = 0; row < outHeight; row++) {
        for (let column = 0; column < outWidth; column++) {
          const out = y + (row * outWidth + column) * outChannels + first;
          for (let c = 0; c < BLOCK; c++) numbers[out + c] = numbers[bias + first + c];
          for (let ky = 0; ky < kernelSize; ky++) {
            const pixel = x + (row * stride + ky) * pitch + column * stride * inChannels;
            let a = 0,
              b = 0,
              c = 0,
              d = 0,
              e = 0,
              f = 0,
              g = 0,
              h = 0;
            for (let n = 0, weight = w + ky * reach * BLOCK; n < reach; n++, weight += BLOCK) {
              const value = numbers[pixel + n];
              a = fround(a + fround(value * numbers[weight]));
              b = fround(b + fround(value * numbers[weight + 1]));
              c = fround(c + fround(value * numbers[weight + 2]));
              d = fround(d + fround(value * numbers[weight + 3]));
              e = fround(e + fround(value * numbers[weight + 4]));
              f = fround(f + fround(value * numbers[weight + 5]));
              g = fround(g + fround(value * numbers[weight + 6]));
              h = fround(h + fround(value * numbers[weight + 7]));
            }
            [a, b, c, d, e, f, g, h].forEach((part, i) => {
              numbers[out + i] += part;
            });
          }
        }
      }
    }
  }

  function reluInJavaScript(x, y, count) {
    const numbers = new Float32Array(memory.buffer);
    for (let i = 0; i < count; i++) numbers[(y >> 2) + i] = Math.max(0, numbers[(x >> 2) + i]);
  }

  function maxPoolInJavaScript(x, y, width, channels, kernelSize, stride, outHeight, outWidth) {
    const numbers = new Float32Array(memory.buffer);
    let out = y >> 2;
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        for (let c = 0; c < channels; c++) {
          const window = (x >> 2) + (row * stride * width + column * stride) * channels + c;
          let most = numbers[window];
          for (let ky = 0; ky < kernelSize; ky++) {
            for (let kx = 0; kx < kernelSize; kx++)
              most = Math.max(most, numbers[window + (ky * width + kx) * channels]);
          }
          numbers[out++] = most;
        }
      }
    }
  }

  // one memory for everything: each layer's output; for each convolution its padded input, its weights, its bias, and
  // the output of those that are no layer of their own
  const wanted = (shape) => shape.reduce((a, b) => a * b);
  const plan = { bytes: 65536, outputs: [], convolutions: {} };
  const take = (count) => {
    const address = plan.bytes;
    plan.bytes += (count * 4 + 15) & ~15;
    return address;
  };
  const planConvolution = (settings, y) => {
    const { given, shape, kernel_size, padding } = settings;
    const [channels, height, width] = given;
    const [pitch, rows] = [(width + 2 * padding) * channels, height + 2 * padding];
    const count = kernel_size ** 2 * channels * shape[0];
    return { ...settings, y, pitch, count, x: take(pitch * rows), w: take(count), bias: take(shape[0]) };
  };
  plan.outputs[-1] = take(wanted(layers[0].given));
  layers.forEach((layer, number) => {
    plan.outputs[number] = take(wanted(layer.shape));
    if (layer.kind === "Conv2d") plan.convolutions[number] = [planConvolution(layer, plan.outputs[number])];
    if (layer.kind !== "Linear") return;
    plan.convolutions[number] = layer.factors.map((factor, i) => {
      const gives = i === layer.factors.length - 1 && wanted(factor.shape) === wanted(layer.shape);
      return planConvolution(factor, gives ? plan.outputs[number] : take(wanted(factor.shape)));
    });
  });
  const size = { initial: Math.max(2, Math.ceil(plan.bytes / 65536)) };
  let memory, act; // act: {convolve, relu, max_pool}

  // WebAssembly if the browser lets us, else JavaScript; returns a sentence if it is the slow one. used: the memory of
  // a network that is done, to be used again, since browsers are slow to give it back.
  async function start(kernel, used) {
    try {
      memory = used?.buffer.byteLength >= plan.bytes ? used : new WebAssembly.Memory(size);
      if (memory === used) new Uint8Array(memory.buffer).fill(0);
      const { instance } = await WebAssembly.instantiate(kernel, { env: { memory } });
      act = instance.exports;
      return "";
    } catch (error) {
      memory = { buffer: new ArrayBuffer(size.initial * 65536) };
      act = { convolve: convolveInJavaScript, relu: reluInJavaScript, max_pool: maxPoolInJavaScript };
      const why = `WebAssembly is not available here (${error.message.slice(0, 80)})`;
      return `${why}: plain JavaScript does the sums, many times slower and with the same results.`;
    }
  }

  const at = (address, count) => new Float32Array(memory.buffer, address, count);

  // A chunk of src/insidecnn/lab/chunks.py: bias and weights as float16, high bytes first, gzip.
  const halves = Float32Array.from({ length: 65536 }, (_, bits) => {
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -24 * fraction;
  });
  // file: one of layer `number`, which may hold the parameters of other layers, too
  async function unpack(number, chunk) {
    const gunzip = new DecompressionStream("gzip"),
      writer = gunzip.writable.getWriter();
    writer
      .write(chunk)
      .then(() => writer.close())
      .catch(() => {}); // the reading side has the error, too
    const bytes = new Uint8Array(await new Response(gunzip.readable).arrayBuffer());
    const convolutions = layers.flatMap(({ file }, i) => (file === layers[number].file && plan.convolutions[i]) || []);
    const half = bytes.length / 2;
    const count = convolutions.reduce((sum, each) => sum + each.shape[0] + each.count, 0);
    if (half !== count) {
      throw new Error(`${layers[number].file} has ${half} numbers and should have ${count}.`);
    }
    let next = 0;
    for (const { w, bias, count: weights, shape } of convolutions) {
      for (const numbers of [at(bias, shape[0]), at(w, weights)]) {
        for (let i = 0; i < numbers.length; i++, next++) numbers[i] = halves[(bytes[next] << 8) | bytes[half + next]];
      }
    }
  }

  // each layer's output (H, W, C), and the input before them at −1; the same memory at every run
  const kept = [];

  function feed(input) {
    kept[-1] = at(plan.outputs[-1], input.length);
    kept[-1].set(input);
  }

  // one layer on what the layer before it left; of a convolution the first `count` channels
  function run(number, count = layers[number].shape[0]) {
    const layer = layers[number];
    const { given, shape, kernel_size, stride } = layer;
    const [channels, , width] = given;
    const [x, y] = [plan.outputs[number - 1], plan.outputs[number]];
    if (layer.kind === "ReLU") act.relu(x, y, wanted(shape));
    else if (layer.kind === "MaxPool2d") act.max_pool(x, y, width, channels, kernel_size, stride, shape[1], shape[2]);
    else if (layer.kind === "Conv2d") convolve(plan.convolutions[number][0], kept[number - 1], count);
    else {
      const last = plan.convolutions[number].reduce((before, factor) => convolve(factor, before), kept[number - 1]);
      if (layer.attributes) addAttributes(last, at(y, layer.units), layer.attributes);
      else if (last.byteOffset !== y) at(y, layer.units).set(last.subarray(0, layer.units)); // it is a multiple of 8
    }
    kept[number] = at(y, wanted(shape));
  }

  // the first output channels of a convolution; input: (H, W, C)
  function convolve(convolution, input, count = convolution.shape[0]) {
    const { given, shape, kernel_size, stride, padding, pitch, x, w, bias, y } = convolution;
    const [channels, height, width] = given;
    for (let row = 0; row < height; row++) {
      const inside = x + 4 * ((row + padding) * pitch + padding * channels);
      at(inside, width * channels).set(input.subarray(row * width * channels, (row + 1) * width * channels));
    }
    act.convolve(x, w, bias, y, pitch, channels, kernel_size, stride, shape[1], shape[2], shape[0], count);
    return at(y, wanted(shape));
  }

  // logits of classes, each the sum of what its kind, its colour and its pattern add, in this order
  function addAttributes(added, logits, count) {
    for (let number = 0; number < logits.length; number++) {
      const [kind, colour, pattern] = attributesOf(number, count);
      logits[number] = fround(added[kind] + added[colour]) + added[pattern];
    }
  }

  // where the three numbers of a class stand in what the last factor gives
  const attributesOf = (number, count) => [
    Math.floor(number / count ** 2),
    count + (Math.floor(number / count) % count),
    2 * count + (number % count),
  ];

  // (H, W, C) to (C, H, W), a copy of its own
  function byChannel(maps, channels) {
    const out = new Float32Array(maps.length);
    for (let c = 0, i = 0; c < channels; c++) {
      for (let p = c; p < maps.length; p += channels) out[i++] = maps[p];
    }
    return out;
  }

  // where the weight of (co, ci, ky, kx) stands
  const place = ({ kernel_size, given }, co, ci, ky, kx) =>
    (((co >> 3) * kernel_size + ky) * kernel_size * given[0] + kx * given[0] + ci) * BLOCK + (co & 7);

  // ---- parameters that come from a file of the reader's, in PyTorch's order; not for thin factors

  const setBias = (number, numbers) => at(plan.convolutions[number][0].bias, numbers.length).set(numbers);

  // the kernels of output channels from `begin` on, a multiple of 8; a row of a dense layer's matrix is one
  function setKernels(number, begin, numbers) {
    const [{ given, kernel_size, w, count }] = plan.convolutions[number];
    const weights = at(w, count);
    const area = kernel_size ** 2;
    const each = given[0] * area;
    for (let first = 0; first < numbers.length / each; first += BLOCK) {
      const channels = Math.min(BLOCK, numbers.length / each - first);
      for (let i = 0, to = (begin + first) * each; i < each; i++, to += BLOCK) {
        const from = (i % given[0]) * area + Math.floor(i / given[0]); // channel by channel within each place
        for (let c = 0; c < channels; c++) weights[to + c] = numbers[(first + c) * each + from];
      }
    }
  }

  // a kernel (C_in, k, k) of a convolution, to read, and to change
  function kernel(number, channel, numbers) {
    const [convolution] = plan.convolutions[number],
      { w, count, given, kernel_size } = convolution,
      weights = at(w, count);
    const out = [];
    for (let ci = 0, i = 0; ci < given[0]; ci++) {
      for (let ky = 0; ky < kernel_size; ky++) {
        for (let kx = 0; kx < kernel_size; kx++, i++) {
          const where = place(convolution, channel, ci, ky, kx);
          if (numbers) weights[where] = numbers[i];
          out.push(weights[where]);
        }
      }
    }
    return out;
  }

  // The weights and the bias of a dense layer's unit: its row of the matrix that the thin factors multiply out to, in
  // PyTorch's order of the inputs.
  function unitOf(number, unit) {
    const [first, second] = plan.convolutions[number];
    const all = ({ w, bias, count, shape }) => [at(w, count), at(bias, shape[0])];
    const [weights, biases] = all(second ?? first);
    const { attributes } = layers[number];
    const parts = attributes && attributesOf(unit, attributes);
    const bias = parts ? parts.reduce((sum, part) => sum + biases[part], 0) : biases[unit];
    const through = (i) => [i, weights[place(second, unit, i, 0, 0)]];
    const shares = parts
      ? parts.map((part) => [part, 1])
      : second
        ? Array.from({ length: first.shape[0] }, (_, i) => through(i))
        : [[unit, 1]];
    const row = new Float64Array(first.count / first.shape[0]);
    const [flat] = all(first);
    const side = first.kernel_size;
    for (const [i, share] of shares) {
      for (let n = 0; n < row.length; n++) {
        const [ci, ky, kx] = [Math.floor(n / side ** 2), Math.floor(n / side) % side, n % side];
        row[n] += share * flat[place(first, i, ci, ky, kx)];
      }
    }
    return { row, bias };
  }

  // What a cell's value is made of. Convolution: the bias, what each input channel adds, and the products of the
  // channels that count most; dense: the bias and the largest products; pooling: the window; ReLU: the number before.
  function explain(number, channel, row, column, most = 6) {
    const layer = layers[number],
      x = kept[number - 1],
      [channels, height, width] = layer.given;
    const value = kept[number][(row * layer.shape[2] + column) * layer.shape[0] + channel];
    if (layer.kind === "ReLU") return { value, before: x[(row * width + column) * channels + channel] };
    if (layer.kind === "Linear") {
      return { value, ...explainUnit(number, row * layer.shape[2] + column, byChannel(x, channels), most) };
    }
    const k = layer.kernel_size,
      [top, left] = [row, column].map((n) => n * layer.stride - (layer.padding ?? 0));
    const input = (ci, ky, kx) => {
      const [r, c] = [top + ky, left + kx];
      return r < 0 || c < 0 || r >= height || c >= width ? null : x[(r * width + c) * channels + ci]; // null: padding
    };
    const square = (make) => Array.from({ length: k * k }, (_, i) => make(Math.floor(i / k), i % k));
    if (layer.kind === "MaxPool2d") return { value, window: square((ky, kx) => input(channel, ky, kx)) };
    const [convolution] = plan.convolutions[number],
      { w, bias, count } = convolution,
      weights = at(w, count);
    const sums = Float64Array.from({ length: channels }, (_, ci) => {
      let sum = 0;
      for (let ky = 0; ky < k; ky++) {
        for (let kx = 0; kx < k; kx++) {
          sum += (input(ci, ky, kx) ?? 0) * weights[place(convolution, channel, ci, ky, kx)];
        }
      }
      return sum;
    });
    const { largest, others, rest } = strongest(sums, most);
    const shares = largest.map((ci) => ({
      channel: ci,
      sum: sums[ci],
      inputs: square((ky, kx) => input(ci, ky, kx)),
      weights: square((ky, kx) => weights[place(convolution, channel, ci, ky, kx)]),
    }));
    return { value, bias: at(bias, layer.shape[0])[channel], shares, others, rest };
  }

  function explainUnit(number, unit, inputs, most) {
    const { row, bias } = unitOf(number, unit);
    const products = row.map((weight, n) => weight * inputs[n]);
    const { largest, others, rest } = strongest(products, most);
    const shares = largest.map((n) => ({ input: n, sum: products[n], given: inputs[n], weight: row[n] }));
    return { bias, shares, others, rest };
  }

  // the places of the parts of a sum that are largest in size; how many others there are, and what they add
  function strongest(parts, most) {
    const largest = [...parts.keys()].sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a])).slice(0, most);
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
    const rest = sum(parts) - sum(largest.map((i) => parts[i]));
    return { largest, others: parts.length - largest.length, rest };
  }

  // the classes with the largest logits
  function best(count = 5) {
    const logits = kept[layers.length - 1].subarray(0, layers.at(-1).units);
    const most = logits.reduce((a, b) => Math.max(a, b));
    const exponential = (number) => Math.exp(logits[number] - most);
    const numbers = [...logits.keys()];
    const sum = numbers.reduce((total, number) => total + exponential(number), 0);
    const order = numbers.sort((a, b) => logits[b] - logits[a]).slice(0, count);
    return order.map((number) => ({ number, logit: logits[number], probability: exponential(number) / sum }));
  }

  // ---- for workers that share the convolutions, see helpers.js

  // the parameters of some output channels; begin: a multiple of 8
  function parametersOf(number, begin, end) {
    const [{ w, bias, count, shape }] = plan.convolutions[number];
    const each = count / shape[0];
    return { weights: at(w, count).slice(begin * each, end * each), bias: at(bias, shape[0]).slice(begin, end) };
  }

  function setParameters(number, { weights, bias }) {
    const [{ w, bias: place }] = plan.convolutions[number];
    at(w, weights.length).set(weights);
    at(place, bias.length).set(bias);
  }

  // the whole output of a convolution on another input than the kept one: (H, W, C), a copy
  const convolved = (number, input) => convolve(plan.convolutions[number][0], input).slice();

  // output channels that another worker computed, into the kept maps
  function put(number, begin, numbers) {
    const [channels, height, width] = layers[number].shape;
    const count = numbers.length / (height * width);
    for (let from = 0, to = begin; from < numbers.length; from += count, to += channels) {
      kept[number].set(numbers.subarray(from, from + count), to);
    }
  }

  const shared = { parametersOf, setParameters, convolved, put };
  const own = { setBias, setKernels, memory: () => memory };
  return { start, unpack, feed, run, byChannel, kernel, explain, best, kept, ...own, ...shared };
};
