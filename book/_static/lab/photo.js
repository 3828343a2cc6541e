// From a picture's file to the numbers that the network takes, with the bits that torchvision's transforms give on
// Pillow. Canvas can shrink pictures too, but browsers do it each in their own way; so the steps are done here.
//
// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnPhoto = ({ mean, std, size, resize_to }) => {
  const MARGIN = 64; // pixels around the crop that are kept, for moving the photograph
  const STRIP = 1e6; // pixels that are read at once: 4 MB
  const LARGE = 4e6; // pixels from which on it takes long enough to say how far it is
  const WIDEST = 8192; // pixels of a canvas; all browsers can do that
  const MOST_BYTES = 100e6;
  const MOST_PIXELS = 50e6; // photos.read has the same limit
  const PROFILE_CHUNKS = ["iCCP", "sRGB", "gAMA", "cHRM", "cICP"]; // of a PNG file
  const { fround } = Math;
  let drawer; // of things

  class PhotoError extends Error {}

  const text = (bytes, from, count) => String.fromCharCode(...bytes.subarray(from, from + count));

  // does a block of EXIF data say that the picture lies on its side, or is mirrored?
  function isTurned(block) {
    const exif = text(block, 0, 4) === "Exif" ? block.subarray(6) : block;
    if (exif.length < 10) return false;
    const view = new DataView(exif.buffer, exif.byteOffset, exif.length);
    const little = exif[0] === 0x49;
    const start = view.getUint32(4, little);
    for (let i = 0, at = start + 2; at + 12 <= exif.length && i < view.getUint16(start, little); i++, at += 12) {
      if (view.getUint16(at, little) === 0x0112) return view.getUint16(at + 8, little) !== 1;
    }
    return false;
  }

  // What a file is, by its first bytes: {kind, whole, width, height}, and what else there is to be said of it: profile
  // (the places of its colour profile), deep (16 bits per colour), transparent, animated, cmyk, turned.
  function recognisePng(bytes, view) {
    const found = { kind: "PNG", whole: false, width: 0, height: 0, profile: [] };
    for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
      const chunk = text(bytes, at + 4, 4);
      if (chunk === "IHDR") {
        [found.width, found.height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
        [found.deep, found.transparent] = [bytes[at + 16] === 16, (bytes[at + 17] & 4) > 0];
      }
      if (chunk === "tRNS") found.transparent = true;
      if (chunk === "acTL") found.animated = true;
      if (PROFILE_CHUNKS.includes(chunk)) found.profile.push([at, at + 12 + view.getUint32(at)]);
      if (chunk === "IEND") found.whole = true;
    }
    return found;
  }

  function recogniseJpeg(bytes, view) {
    const found = { kind: "JPEG", whole: false, width: 0, height: 0, profile: [] };
    let at = 2;
    while (at + 4 <= bytes.length && bytes[at] === 0xff) {
      const marker = bytes[at + 1];
      if (marker === 0xff) {
        at++;
        continue;
      }
      const length = view.getUint16(at + 2);
      const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
      if (frame && at + 9 <= bytes.length) {
        [found.height, found.width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
        found.cmyk = bytes[at + 9] === 4;
      }
      if (marker === 0xe2 && text(bytes, at + 4, 11) === "ICC_PROFILE") found.profile.push([at, at + 2 + length]);
      at += 2 + length;
      if (marker === 0xda) break;
    }
    // inside the picture's data 0xff is always followed by something else than the end mark
    for (let i = at; i + 1 < bytes.length && !found.whole; i++)
      found.whole = bytes[i] === 0xff && bytes[i + 1] === 0xd9;
    return found;
  }

  function recogniseWebP(bytes, view) {
    const found = { kind: "WebP", whole: view.getUint32(4, true) + 8 <= bytes.length };
    const kind = text(bytes, 12, 4);
    if (kind === "VP8X") {
      const three = (i) => bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16);
      [found.width, found.height] = [three(24) + 1, three(27) + 1];
      [found.animated, found.transparent] = [(bytes[20] & 2) > 0, (bytes[20] & 16) > 0];
      for (let at = 12, length; at + 8 <= bytes.length; at += 8 + length + (length & 1)) {
        length = view.getUint32(at + 4, true);
        if (text(bytes, at, 4) === "EXIF") found.turned = isTurned(bytes.subarray(at + 8, at + 8 + length));
      }
    } else if (kind === "VP8L") {
      const bits = view.getUint32(21, true);
      [found.width, found.height] = [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
      found.transparent = ((bits >> 28) & 1) > 0;
    } else {
      [found.width, found.height] = [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
    }
    return found;
  }

  function recogniseGif(bytes, view) {
    let last = bytes.length - 1;
    while (last > 13 && bytes[last] === 0) last--;
    const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
    const animated = text(bytes, 0, Math.min(bytes.length, 2000)).includes("NETSCAPE2.0");
    return { kind: "GIF", whole: bytes[last] === 0x3b, width, height, animated };
  }

  function recogniseBmp(bytes, view) {
    const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
    return { kind: "BMP", whole: view.getUint32(2, true) <= bytes.length, width, height };
  }

  function recognise(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const start = text(bytes, 0, 16);
    if (start.startsWith("\x89PNG\r\n\x1a\n")) return recognisePng(bytes, view);
    if (start.startsWith("\xff\xd8\xff")) return recogniseJpeg(bytes, view);
    const webp = start.startsWith("RIFF") && start.slice(8, 12) === "WEBP";
    if (webp && bytes.length > 30) return recogniseWebP(bytes, view);
    if (start.startsWith("GIF8")) return recogniseGif(bytes, view);
    if (start.startsWith("BM") && bytes.length > 30) return recogniseBmp(bytes, view);
    if (/^....ftyp(avi|mif|msf|he)/s.test(start)) {
      return { kind: start.slice(8, 11) === "avi" ? "AVIF" : "HEIC", whole: true };
    }
    if (/^(II\*\0|MM\0\*)/.test(start)) {
      throw new PhotoError("is a TIFF file, which browsers do not open; save it as a PNG or JPEG file first.");
    }
    const hexadecimal = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0"));
    const words = /^[\x20-\x7e\s]+$/.test(start) ? `“${start.trim()}”` : hexadecimal.join(" ");
    throw new PhotoError(`is no picture: it starts with ${words}. Give a PNG, JPEG or WebP file.`);
  }

  const tooMany = (width, height) => {
    const limit = `more than ${MOST_PIXELS / 1e6} million`;
    return new PhotoError(`has ${width} × ${height} pixels, ${limit}; make it smaller first.`);
  };

  function check(bytes) {
    if (!bytes.length) throw new PhotoError("is empty (0 bytes); copy or download it again.");
    if (bytes.length > MOST_BYTES) {
      const megabytes = Math.round(bytes.length / 1e6);
      throw new PhotoError(`has ${megabytes} MB; at most ${MOST_BYTES / 1e6} MB are opened here.`);
    }
    const found = recognise(bytes);
    if (!found.whole) throw new PhotoError(`is a ${found.kind} file that ends too early; copy or download it again.`);
    if (found.width * found.height > MOST_PIXELS) throw tooMany(found.width, found.height);
    return found;
  }

  // The file without its colour profile. Pillow and OpenCV do not apply the profile; browsers would.
  const withoutProfile = (bytes, parts) => {
    const pieces = [];
    let from = 0;
    for (const [start, end] of parts) {
      pieces.push(bytes.subarray(from, start));
      from = end;
    }
    return new Blob([...pieces, bytes.subarray(from)]);
  };

  const canvasOf = (width, height) => {
    if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    return canvas;
  };
  const paper = (width, height) => canvasOf(width, height).getContext("2d", { willReadFrequently: true });

  // some browsers change the pixels that a page reads back, so that nobody is known again by them
  function honest() {
    const context = paper(16, 16),
      pattern = new ImageData(16, 16);
    pattern.data.forEach((_, i, data) => {
      data[i] = i % 4 === 3 ? 255 : (i * 37) % 256;
    });
    context.putImageData(pattern, 0, 0);
    return context.getImageData(0, 0, 16, 16).data.every((value, i) => value === pattern.data[i]);
  }

  async function decode(bytes, found) {
    try {
      const blob = found.profile?.length ? withoutProfile(bytes, found.profile) : new Blob([bytes]);
      return await createImageBitmap(blob, { colorSpaceConversion: "none" });
    } catch {
      const why = "damaged, or of a kind that it does not know; save it as a PNG or JPEG file.";
      throw new PhotoError(`is a ${found.kind} file that this browser cannot open: ${why}`);
    }
  }

  // Pillow's bilinear weights for the output pixels from `start` to `end` of `out`, as integers of 22 bits
  function coefficients(inSize, outSize, start, end) {
    const scale = inSize / outSize;
    const support = Math.max(1, scale);
    const found = [];
    for (let i = start; i < end; i++) {
      const center = (i + 0.5) * scale;
      const first = Math.max(0, Math.trunc(center - support + 0.5));
      const last = Math.min(inSize, Math.trunc(center + support + 0.5));
      const weightOf = (x) => Math.max(0, 1 - Math.abs((x - center + 0.5) * (1 / support)));
      const weights = Array.from({ length: last - first }, (_, x) => weightOf(x + first));
      const sum = weights.reduce((a, b) => a + b, 0);
      const integer = (weight) => Math.trunc((weight / sum) * (1 << 22) + 0.5);
      found.push({ first, weights: Int32Array.from(weights, integer) });
    }
    return found;
  }
  const HALF = 1 << 21;
  const clip = (sum) => (sum < 0 ? 0 : Math.min(255, sum >> 22));

  // half to even, like Python's round
  const round = (value) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

  // along the rows: `count` rows of pixels of `stride` bytes to rows of across.length pixels of 3
  function passAcross(source, count, width, stride, across, target, out) {
    for (let row = 0; row < count; row++) {
      for (const { first, weights } of across) {
        let r = HALF,
          g = HALF,
          b = HALF;
        for (let k = 0, i = (row * width + first) * stride; k < weights.length; k++, i += stride) {
          r += source[i] * weights[k];
          g += source[i + 1] * weights[k];
          b += source[i + 2] * weights[k];
        }
        target[out++] = clip(r);
        target[out++] = clip(g);
        target[out++] = clip(b);
      }
    }
  }

  // Down the columns: adds `count` rows, the first of which is row `start` of the source, to the sums
  // (down.length, width, 3).
  function addDown(source, start, count, width, stride, down, sums) {
    down.forEach(({ first, weights }, row) => {
      for (let k = Math.max(0, start - first); k < weights.length && first + k < start + count; k++) {
        const weight = weights[k];
        let i = (first + k - start) * width * stride;
        for (let out = row * width * 3, end = out + width * 3; out < end; out += 3, i += stride) {
          sums[out] += source[i] * weight;
          sums[out + 1] += source[i + 1] * weight;
          sums[out + 2] += source[i + 2] * weight;
        }
      }
    });
  }

  // A picture scaled to a shorter side of `resize_to`, of which the part around the crop is kept:
  // {pixels: (height, width, 3) uint8, width, height, left, top: where the crop begins}. stripOf(row, count) has RGBA.
  function resize(width, height, stripOf) {
    const longer = Math.floor((resize_to * Math.max(width, height)) / Math.min(width, height));
    const [outWidth, outHeight] = width <= height ? [resize_to, longer] : [longer, resize_to];
    const [left, top] = [outWidth, outHeight].map((n) => round((n - size) / 2));
    const [x0, y0] = [Math.max(0, left - MARGIN), Math.max(0, top - MARGIN)];
    const [x1, y1] = [Math.min(outWidth, left + size + MARGIN), Math.min(outHeight, top + size + MARGIN)];
    const across = coefficients(width, outWidth, x0, x1);
    const down = coefficients(height, outHeight, y0, y1);
    const [from, to] = [down[0].first, down.at(-1).first + down.at(-1).weights.length];
    const [wide, high] = [x1 - x0, y1 - y0];
    const pixels = new Uint8Array(wide * high * 3);
    const strips = (act) => {
      for (let start = from, rows = Math.max(1, Math.floor(STRIP / width)); start < to; start += rows) {
        act(stripOf(start, Math.min(rows, to - start)), start, Math.min(rows, to - start));
      }
    };
    // Pillow goes along the rows first, and since its version 13 down the columns where the height shrinks much more;
    // between the two passes numbers are rounded to whole levels, so the order shows
    if (height > outHeight && height - outHeight > 2 * (width - outWidth)) {
      const sums = new Int32Array(high * width * 3).fill(HALF);
      strips((strip, start, count) => addDown(strip, start, count, width, 4, down, sums));
      passAcross(Uint8Array.from(sums, clip), high, width, 3, across, pixels, 0);
    } else {
      const middle = new Uint8Array((to - from) * wide * 3);
      const sums = new Int32Array(high * wide * 3).fill(HALF);
      strips((strip, start, count) => passAcross(strip, count, width, 4, across, middle, (start - from) * wide * 3));
      addDown(middle, from, to - from, wide, 3, down, sums);
      sums.forEach((sum, i) => {
        pixels[i] = clip(sum);
      });
    }
    return { pixels, width: wide, height: high, left: left - x0, top: top - y0 };
  }

  // what there is to say of a picture, in sentences
  function notesOn(found, width, height) {
    const [short, long] = [Math.min(width, height), Math.max(width, height)];
    const size = `${width} × ${height} pixels`;
    const transparent = "Where it is transparent, white is behind it; half transparent pixels may differ by one level";
    const changed = "This browser changes the pixels that a page reads (a protection against being recognised)";
    const notes = [
      [found.animated, "It moves: the first picture of it is used."],
      [found.transparent, `${transparent} from Python’s.`],
      [found.cmyk, "Its colours are for print (CMYK): browsers turn them into RGB each in their own way."],
      [found.deep, "It has 16 bits a colour: browsers round them to 8 each in their own way, by at most one level."],
      [found.turned, "Its EXIF data asks to turn it, which browsers do not do with WebP files; Python does."],
      [!honest(), `${changed}: the numbers are not those of your photo.`],
      [short < 64, `It is only ${size}: enlarged to ${resize_to}, there is little to see.`],
      [long > 3 * short, `It is ${size}: of its long side, only the middle is used.`],
    ];
    return notes.filter(([holds]) => holds).map(([, words]) => words);
  }

  // stripOf(row, count) gives that many rows of a bitmap, RGBA, laid over white
  function stripReader(bitmap) {
    const { width, height } = bitmap;
    const context = paper(Math.min(width, WIDEST), Math.min(Math.max(1, Math.floor(STRIP / width)), height));
    const part = (left, top, wide, count) => {
      context.fillStyle = "#fff";
      context.fillRect(0, 0, wide, count);
      context.drawImage(bitmap, left, top, wide, count, 0, 0, wide, count);
      return context.getImageData(0, 0, wide, count).data;
    };
    return (start, count) => {
      if (width <= WIDEST) return part(0, start, width, count);
      const strip = new Uint8ClampedArray(width * count * 4);
      for (let left = 0; left < width; left += WIDEST) {
        const wide = Math.min(WIDEST, width - left);
        const pixels = part(left, start, wide, count);
        for (let row = 0; row < count; row++) {
          strip.set(pixels.subarray(row * wide * 4, (row + 1) * wide * 4), (row * width + left) * 4);
        }
      }
      return strip;
    };
  }

  // a file's bytes to what resize() gives, with notes for the reader, and the file's own size; progress(share): how
  // much of a large one is read, of which decoding counts as half
  async function read(bytes, progress) {
    const found = check(bytes);
    const say = found.width * found.height > LARGE ? progress : () => {};
    say(0);
    const bitmap = await decode(bytes, found);
    const { width, height } = bitmap;
    if (width * height > MOST_PIXELS) throw tooMany(width, height);
    const notes = notesOn(found, width, height);
    const strip = stripReader(bitmap);
    const photo = resize(width, height, (start, count) => {
      say(0.5 + start / height / 2);
      return strip(start, count);
    });
    bitmap.close();
    return { ...photo, notes, size: [width, height] };
  }

  // the crop that begins at (left, top), with things on it, normalised: (size, size, 3) float32
  const normalised = (level, c) => fround(fround(fround(level / 255) - fround(mean[c])) / fround(std[c]));
  const levels = mean.map((_, c) => Float32Array.from({ length: 256 }, (__, level) => normalised(level, c)));
  function tensor({ pixels, width }, left, top, things = []) {
    const crop = new Uint8Array(size * size * 3);
    for (let row = 0; row < size; row++) {
      const start = ((top + row) * width + left) * 3;
      crop.set(pixels.subarray(start, start + size * 3), row * size * 3);
    }
    const seen = things.length ? drawer.compose(crop, size, things) : crop;
    return Float32Array.from(seen, (level, i) => levels[i % 3][level]);
  }

  // before the first tensor with things: what draws them, see things.js
  function drawWith(given) {
    drawer = given;
  }

  return { read, resize, tensor, drawWith, PhotoError };
};
