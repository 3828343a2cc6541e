// Draws things of the made world onto pixels, as src/insidecnn/world/draw.py does: outline, pattern, light, shadow. A
// canvas could fill outlines too, but browsers do it each in their own way. `world` is what
// src/insidecnn/lab/things.py writes.
//
// The whole file is one function, since the worker gets its text.
// oxlint-disable-next-line max-lines-per-function
self.insidecnnThings = ({ shapes, patterns, tones, cover, period, finest, light, shadow, people, finestOfPeople }) => {
  const FINE = 4; // samples a pixel in each direction

  // the words of the patterns' formulas, as in src/insidecnn/world/patterns.py
  const near = (x) => x - Math.floor(x) - 0.5;
  const WORDS = {
    near,
    wave: (x) => 0.25 - Math.abs(near(x)),
    root: Math.sqrt,
    abs: Math.abs,
    max: Math.max,
    min: Math.min,
    minus: (a) => -a,
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
  };

  // a formula's tree as a function of u and v
  function compile(tree) {
    if (typeof tree === "number") return () => tree;
    if (tree === "u") return (u) => u;
    if (tree === "v") return (_, v) => v;
    const act = WORDS[tree[0]];
    const [a, b] = tree.slice(1).map(compile);
    return b ? (u, v) => act(a(u, v), b(u, v)) : (u, v) => act(a(u, v));
  }
  const formulas = patterns.map(({ tree }) => compile(tree));

  // a person, whose number is above the cover's: skin and clothes, one over the other
  const clothesOf = (person, side) =>
    person.map((look) => ({
      ...look,
      formula: formulas[look.pattern],
      offset: [0, 0],
      period: Math.max(look.period, finestOfPeople / side),
    }));

  // everything that is seen of a thing but where it is
  function lookOf({ number, variant, side }) {
    if (number === cover) {
      const plain = { light: [0, 0], shadow: [0, 0, 0], offset: [0, 0], period: 1, formula: () => -1 };
      return { parts: shapes.at(-1)[0], tones: tones.at(-1), ...plain };
    }
    const [kind, colour, pattern] = [Math.floor(number / 100), Math.floor(number / 10) % 10, number % 10];
    return {
      parts: shapes[kind][variant],
      tones: tones[colour],
      formula: formulas[pattern],
      offset: patterns[pattern].offset,
      period: Math.max(period, finest / side),
      light,
      shadow,
    };
  }

  // [a, b, x, c, d, y]: from the shape's square, −1 to 1, to pixels
  function matrixOf({ x, y, side, turn, mirrored }) {
    const [c, s] = [Math.cos((turn / 180) * Math.PI), Math.sin((turn / 180) * Math.PI)];
    const half = side / 2;
    const flip = mirrored ? -1 : 1;
    return [half * c * flip, -half * s, x, half * s * flip, half * c, y];
  }

  // the corners of a part [filled, x, y, x, y, …] on the picture
  function cornersOf(part, [a, b, x, c, d, y]) {
    const corners = [];
    for (let i = 1; i < part.length; i += 2) {
      corners.push([a * part[i] + b * part[i + 1] + x, c * part[i] + d * part[i + 1] + y]);
    }
    return corners;
  }

  // marks the cells under a line between two cells, within (height, width) cells
  function drawLine(cells, width, height, [fromX, fromY], [toX, toY], value) {
    const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY), 1);
    for (let k = 0; k <= steps; k++) {
      const x = Math.round(fromX + ((toX - fromX) * k) / steps);
      const y = Math.round(fromY + ((toY - fromY) * k) / steps);
      if (x >= 0 && x < width && y >= 0 && y < height) cells[y * width + x] = value;
    }
  }

  // An outline filled by its crossings with the rows, as OpenCV fills it: corners lie on whole rows, and the cells
  // under the outline itself belong to it.
  function fill(cells, width, height, corners, value) {
    const crossings = Array.from({ length: height }, () => []);
    let before = corners.at(-1);
    for (const corner of corners) {
      const [from, to] = [before, corner].map(([x, y]) => [x, Math.round(y)]);
      const whole = ([x, y]) => [Math.round(x), y];
      drawLine(cells, width, height, whole(from), whole(to), value);
      const [[x, top], [toX, bottom]] = from[1] < to[1] ? [from, to] : [to, from];
      for (let row = Math.max(0, top); row < Math.min(height, bottom); row++) {
        crossings[row].push(x + ((toX - x) * (row - top)) / (bottom - top));
      }
      before = corner;
    }
    crossings.forEach((xs, row) => {
      xs.sort((a, b) => a - b);
      for (let i = 0; i + 1 < xs.length; i += 2) {
        const first = Math.max(0, Math.ceil(xs[i]));
        const end = Math.max(0, Math.min(width, Math.floor(xs[i + 1]) + 1));
        cells.fill(value, row * width + first, row * width + end);
      }
    });
  }

  // how much of each pixel of a box is covered, from 0 to 1
  function coverage(outlines, [left, top, right, bottom]) {
    const [width, height] = [right - left, bottom - top];
    const wide = width * FINE;
    const cells = new Uint8Array(wide * height * FINE);
    const fine = ([x, y]) => [(x - left) * FINE - 0.5, (y - top) * FINE - 0.5];
    for (const { filled, corners } of outlines) fill(cells, wide, height * FINE, corners.map(fine), filled);
    const covered = new Float32Array(width * height);
    for (let i = 0, row = 0; row < height * FINE; row++) {
      const start = Math.floor(row / FINE) * width;
      for (let x = 0; x < wide; x++, i++) covered[start + (x >> 2)] += cells[i];
    }
    return covered.map((count) => count / FINE ** 2);
  }

  // the mask moved by a part of a pixel; nothing comes in from outside
  function moved(mask, width, height, right, down) {
    const out = new Float32Array(mask.length);
    const [x0, y0] = [Math.floor(right), Math.floor(down)];
    const [sx, sy] = [right - x0, down - y0];
    const at = (row, x) => (row < 0 || row >= height || x < 0 || x >= width ? 0 : mask[row * width + x]);
    for (let row = -y0, i = 0; row < height - y0; row++) {
      for (let x = -x0; x < width - x0; x++, i++) {
        const above = (1 - sx) * at(row - 1, x) + sx * at(row - 1, x - 1);
        out[i] = (1 - sy) * ((1 - sx) * at(row, x) + sx * at(row, x - 1)) + sy * above;
      }
    }
    return out;
  }

  // means of `reach` neighbours on either side, along `lines` lines of `count` numbers
  function blurLines(from, lines, count, step, stride, reach) {
    const out = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      const start = line * stride;
      let sum = 0;
      for (let i = 0; i < Math.min(reach, count); i++) sum += from[start + i * step];
      for (let i = 0; i < count; i++) {
        if (i + reach < count) sum += from[start + (i + reach) * step];
        if (i > reach) sum -= from[start + (i - reach - 1) * step];
        out[start + i * step] = sum / (2 * reach + 1);
      }
    }
    return out;
  }
  const blurred = (mask, width, height, reach) =>
    blurLines(blurLines(mask, height, width, 1, width, reach), width, height, width, 1, reach);

  // the pixels that change, of a picture of size × size: [left, top, right, bottom]
  function boxOf(outlines, size, margin) {
    const corners = outlines.filter(({ filled }) => filled).flatMap((outline) => outline.corners);
    const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
    const low = (values) => Math.max(0, Math.floor(Math.min(...values)) - margin);
    const high = (values) => Math.min(size, Math.ceil(Math.max(...values)) + margin);
    return [low(xs), low(ys), high(xs), high(ys)];
  }

  // onto levels (size, size, 3) from 0 to 255, in place
  function draw(levels, size, thing) {
    const looks = thing.number > cover ? clothesOf(people[thing.variant], thing.side) : [lookOf(thing)];
    for (const look of looks) drawLook(levels, size, thing, look);
  }

  function drawLook(levels, size, thing, look) {
    const matrix = matrixOf(thing);
    const outlines = look.parts.map((part) => ({ filled: part[0], corners: cornersOf(part, matrix) }));
    const [right, down] = [(look.shadow[0] * thing.side) / 2, (look.shadow[1] * thing.side) / 2];
    const reach = Math.max(1, Math.round(0.04 * thing.side));
    const margin = Math.ceil(Math.max(Math.abs(right), Math.abs(down))) + 2 * reach + 1;
    const box = boxOf(outlines, size, margin);
    const [width, height] = [box[2] - box[0], box[3] - box[1]];
    if (width <= 0 || height <= 0) return;
    const mask = coverage(outlines, box);
    let dark = null;
    if (look.shadow[2]) {
      dark = moved(mask, width, height, right, down);
      for (let i = 0; i < 2; i++) dark = blurred(dark, width, height, reach);
    }
    paint(levels, size, box, mask, dark, look, matrix);
  }

  function paint(levels, size, [left, top, right, bottom], mask, dark, look, [a, b, x, c, d, y]) {
    const determinant = a * d - b * c;
    const pixels = look.period * Math.sqrt(Math.abs(determinant)); // of a period
    const [first, second] = look.tones.map((tone) => tone.map((value) => 255 * value));
    for (let row = top, i = 0; row < bottom; row++) {
      for (let column = left, at = (row * size + left) * 3; column < right; column++, i++, at += 3) {
        const light = dark ? 1 - look.shadow[2] * dark[i] : 1;
        for (let k = at; k < at + 3; k++) levels[k] *= light;
        if (!mask[i]) continue;
        const [px, py] = [column + 0.5 - x, row + 0.5 - y];
        const across = (d * px - b * py) / determinant; // in the shape's square
        const along = (a * py - c * px) / determinant;
        const value = look.formula(across / look.period + look.offset[0], along / look.period + look.offset[1]);
        const share = Math.max(0, Math.min(1, 0.5 + value * pixels));
        const shade = 1 + look.light[0] * across + look.light[1] * along;
        for (let k = 0; k < 3; k++) {
          const colour = (first[k] + (second[k] - first[k]) * share) * shade;
          levels[at + k] += (colour - levels[at + k]) * mask[i];
        }
      }
    }
  }

  // pixels (size, size, 3) uint8 with the things on them, the last one on top
  function compose(pixels, size, things) {
    const levels = new Float32Array(pixels);
    for (const thing of things) draw(levels, size, thing);
    const out = new Uint8ClampedArray(levels); // this rounds
    return new Uint8Array(out.buffer);
  }

  return { compose };
};
