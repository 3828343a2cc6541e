// AlexNet's features in the browser: parameters, layers, and why a cell has its value. engine.js calls it, in a worker.
// `layers` comes from src/insidecnn/lab/element.py. Maps are kept pixel by pixel, (H, W, C); what leaves is (C, H, W).
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
  ) {
    const numbers = new Float32Array(memory.buffer);
    [x, w, bias, y] = [x >> 2, w >> 2, bias >> 2, y >> 2]; // addresses in bytes to places
    const reach = kernelSize * inChannels;
    for (let first = 0; first < outChannels; first += BLOCK, w += kernelSize * reach * BLOCK) {
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

  // one memory for everything: each layer's output; for each convolution its padded input, its weights, its bias
  const wanted = (shape) => shape.reduce((a, b) => a * b);
  const plan = { bytes: 65536, outputs: [], convolutions: {} };
  const take = (count) => {
    const address = plan.bytes;
    plan.bytes += (count * 4 + 15) & ~15;
    return address;
  };
  plan.outputs[-1] = take(wanted(layers[0].given));
  layers.forEach((layer, number) => {
    plan.outputs[number] = take(wanted(layer.shape));
    if (layer.kind !== "Conv2d") return;
    const [channels, height, width] = layer.given;
    const [pitch, rows] = [(width + 2 * layer.padding) * channels, height + 2 * layer.padding];
    const count = layer.kernel_size ** 2 * channels * layer.shape[0];
    plan.convolutions[number] = { pitch, count, x: take(pitch * rows), w: take(count), bias: take(layer.shape[0]) };
  });
  const size = { initial: Math.max(2, Math.ceil(plan.bytes / 65536)) };
  let memory, act; // act: {convolve, relu, max_pool}

  // WebAssembly if the browser lets us, else JavaScript; returns a sentence if it is the slow one
  async function start(kernel) {
    try {
      memory = new WebAssembly.Memory(size);
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
  async function unpack(number, chunk) {
    const gunzip = new DecompressionStream("gzip"),
      writer = gunzip.writable.getWriter();
    writer
      .write(chunk)
      .then(() => writer.close())
      .catch(() => {}); // the reading side has the error, too
    const bytes = new Uint8Array(await new Response(gunzip.readable).arrayBuffer());
    const { w, bias, count } = plan.convolutions[number];
    const [channels, half] = [layers[number].shape[0], bytes.length / 2];
    if (half !== channels + count) {
      const { name } = layers[number];
      throw new Error(`The weights of ${name} are ${half} numbers and should be ${channels + count}.`);
    }
    const value = (i) => halves[(bytes[i] << 8) | bytes[half + i]];
    at(bias, channels).forEach((_, i, numbers) => {
      numbers[i] = value(i);
    });
    const weights = at(w, count);
    for (let i = 0; i < count; i++) weights[i] = value(channels + i);
  }

  // each layer's output (H, W, C), and the input before them at −1; the same memory at every run
  const kept = [];

  function feed(input) {
    kept[-1] = at(plan.outputs[-1], input.length);
    kept[-1].set(input);
  }

  // one layer on what the layer before it left
  function run(number) {
    const layer = layers[number];
    const { given, shape, kernel_size, stride } = layer;
    const [[channels, height, width], [outChannels, outHeight, outWidth]] = [given, shape];
    const [x, y] = [plan.outputs[number - 1], plan.outputs[number]];
    if (layer.kind === "ReLU") act.relu(x, y, wanted(layer.shape));
    else if (layer.kind === "MaxPool2d") act.max_pool(x, y, width, channels, kernel_size, stride, outHeight, outWidth);
    else {
      const { pitch, x: padded, w, bias } = plan.convolutions[number],
        before = kept[number - 1];
      for (let row = 0; row < height; row++) {
        const inside = padded + 4 * ((row + layer.padding) * pitch + layer.padding * channels);
        at(inside, width * channels).set(before.subarray(row * width * channels, (row + 1) * width * channels));
      }
      act.convolve(padded, w, bias, y, pitch, channels, kernel_size, stride, outHeight, outWidth, outChannels);
    }
    kept[number] = at(y, wanted(layer.shape));
  }

  // (H, W, C) to (C, H, W), a copy of its own
  function byChannel(maps, channels) {
    const out = new Float32Array(maps.length);
    for (let c = 0, i = 0; c < channels; c++) {
      for (let p = c; p < maps.length; p += channels) out[i++] = maps[p];
    }
    return out;
  }

  // where the weight of (co, ci, ky, kx) stands
  const place = (layer, co, ci, ky, kx) =>
    (((co >> 3) * layer.kernel_size + ky) * layer.kernel_size * layer.given[0] + kx * layer.given[0] + ci) * BLOCK +
    (co & 7);

  // a kernel (C_in, k, k) of a convolution, to read, and to change
  function kernel(number, channel, numbers) {
    const layer = layers[number],
      { w, count } = plan.convolutions[number],
      weights = at(w, count);
    const out = [];
    for (let ci = 0, i = 0; ci < layer.given[0]; ci++) {
      for (let ky = 0; ky < layer.kernel_size; ky++) {
        for (let kx = 0; kx < layer.kernel_size; kx++, i++) {
          const where = place(layer, channel, ci, ky, kx);
          if (numbers) weights[where] = numbers[i];
          out.push(weights[where]);
        }
      }
    }
    return out;
  }

  // What a cell's value is made of. Convolution: the bias, what each input channel adds, and the products of the
  // channels that count most; pooling: the window; ReLU: the number before it.
  function explain(number, channel, row, column, most = 6) {
    const layer = layers[number],
      x = kept[number - 1],
      [channels, height, width] = layer.given;
    const value = kept[number][(row * layer.shape[2] + column) * layer.shape[0] + channel];
    if (layer.kind === "ReLU") return { value, before: x[(row * width + column) * channels + channel] };
    const k = layer.kernel_size,
      [top, left] = [row, column].map((n) => n * layer.stride - (layer.padding ?? 0));
    const input = (ci, ky, kx) => {
      const [r, c] = [top + ky, left + kx];
      return r < 0 || c < 0 || r >= height || c >= width ? null : x[(r * width + c) * channels + ci]; // null: padding
    };
    const square = (make) => Array.from({ length: k * k }, (_, i) => make(Math.floor(i / k), i % k));
    if (layer.kind === "MaxPool2d") return { value, window: square((ky, kx) => input(channel, ky, kx)) };
    const { w, bias, count } = plan.convolutions[number],
      weights = at(w, count);
    const sums = Float64Array.from({ length: channels }, (_, ci) => {
      let sum = 0;
      for (let ky = 0; ky < k; ky++) {
        for (let kx = 0; kx < k; kx++) {
          sum += (input(ci, ky, kx) ?? 0) * weights[place(layer, channel, ci, ky, kx)];
        }
      }
      return sum;
    });
    const order = [...sums.keys()].sort((a, b) => Math.abs(sums[b]) - Math.abs(sums[a])).slice(0, most);
    const shares = order.map((ci) => ({
      channel: ci,
      sum: sums[ci],
      inputs: square((ky, kx) => input(ci, ky, kx)),
      weights: square((ky, kx) => weights[place(layer, channel, ci, ky, kx)]),
    }));
    const rest = sums.reduce((a, b) => a + b, 0) - shares.reduce((a, b) => a + b.sum, 0);
    return { value, bias: at(bias, layer.shape[0])[channel], shares, others: channels - order.length, rest };
  }

  return { start, unpack, feed, run, byChannel, kernel, explain, kept };
};
