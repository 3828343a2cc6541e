// What the lab's views draw with: maps and kernels as colours, one pixel a number, as in
// src/insidecnn/figures/tiles.py; frames; pictures that can be pointed at and moved through by keyboard.
(() => {
  const { make, clamp, paletteIndex } = self.insidecnn;
  const { SIZE, readThings } = self.insidecnn.lab;
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const FRAME = "#ff5c00"; // around what is chosen

  // a canvas of this size, as it was; returns its context
  const clear = (canvas, width, height) => {
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    return canvas.getContext("2d");
  };

  const frame = (context, x, y, width, height, thick, colour = FRAME) => {
    for (const [line, style] of [
      [thick * 2, "#000"],
      [thick, colour],
    ]) {
      [context.lineWidth, context.strokeStyle] = [line, style];
      context.strokeRect(x, y, width, height);
    }
  };

  // one channel of (channels, height, width) numbers into an image's bytes, from byte `at` on, by its own range;
  // gives {most: the largest size, signed: are there negative numbers?}
  function paint(palette, maps, channel, height, width, bytes, pitch, at) {
    const from = channel * height * width;
    const to = from + height * width;
    let most = 0;
    let signed = false;
    for (let i = from; i < to; i++) {
      if (maps[i] < 0) signed = true;
      most = Math.max(most, Math.abs(maps[i]));
    }
    const scale = most || 1;
    for (let row = 0, i = from; row < height; row++) {
      for (let p = at + row * pitch, end = p + width * 4; p < end; p += 4, i++) {
        const colour = paletteIndex(maps[i] / scale);
        bytes[p] = palette[colour];
        bytes[p + 1] = palette[colour + 1];
        bytes[p + 2] = palette[colour + 2];
        bytes[p + 3] = 255;
      }
    }
    return { most, signed };
  }

  // the first channels of a stage side by side, one pixel between them
  function drawChannels(canvas, palette, maps, [, height, width], channels, columns) {
    const rows = Math.ceil(channels / columns);
    const context = clear(canvas, columns * (width + 1) - 1, rows * (height + 1) - 1);
    const image = context.createImageData(canvas.width, canvas.height);
    const pitch = canvas.width * 4;
    for (let c = 0; c < channels; c++) {
      const at = Math.floor(c / columns) * (height + 1) * pitch + (c % columns) * (width + 1) * 4;
      paint(palette, maps, c, height, width, image.data, pitch, at);
    }
    context.putImageData(image, 0, 0);
    return context;
  }

  // one channel, enlarged, with a frame around a cell; returns what paint() returns
  const small = document.createElement("canvas");
  function drawChannel(canvas, palette, maps, [, height, width], channel, [row, column]) {
    const inner = clear(small, width, height);
    const image = inner.createImageData(width, height);
    const range = paint(palette, maps, channel, height, width, image.data, width * 4, 0);
    inner.putImageData(image, 0, 0);
    const scale = Math.ceil(440 / width); // thin frames need small pixels
    const context = clear(canvas, width * scale, height * scale);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    frame(context, column * scale - 1, row * scale - 1, scale + 2, scale + 2, 2);
    return range;
  }

  // k × k numbers as colours from −most to most; null, which is padding, stays clear
  function square(palette, numbers, most, label) {
    const side = Math.sqrt(numbers.length);
    const canvas = make("canvas", { class: "square", role: "img", "aria-label": label });
    const context = clear(canvas, side, side);
    const image = context.createImageData(side, side);
    numbers.forEach((value, i) => {
      if (value === null) return;
      const colour = paletteIndex(value / (most || 1));
      image.data.set([...palette.subarray(colour, colour + 3), 255], i * 4);
    });
    context.putImageData(image, 0, 0);
    return canvas;
  }

  // The pixels that the network gets of a photograph moved by (right, down), with things on it: SIZE × SIZE × 3 bytes.
  // drawer: see things.js; until it is there, there are no things.
  function crop({ photo, choice, drawer }) {
    const { right, down, things } = choice;
    const out = new Uint8Array(SIZE * SIZE * 3);
    for (let row = 0; row < SIZE; row++) {
      const at = ((photo.top - down + row) * photo.width + photo.left - right) * 3;
      out.set(photo.pixels.subarray(at, at + SIZE * 3), row * SIZE * 3);
    }
    return drawer && things.length ? drawer.compose(out, SIZE, readThings(things)) : out;
  }

  // the same on a canvas
  function drawCrop(canvas, state) {
    const image = new ImageData(SIZE, SIZE);
    const levels = crop(state);
    for (let from = 0, to = 0; from < levels.length; from += 3, to += 4) {
      for (let c = 0; c < 3; c++) image.data[to + c] = levels[from + c];
      image.data[to + 3] = 255;
    }
    clear(canvas, SIZE, SIZE).putImageData(image, 0, 0);
  }

  // act(down, right) for the arrow keys
  const onArrows = (canvas, act) =>
    canvas.addEventListener("keydown", (event) => {
      if (!ARROWS[event.key]) return;
      event.preventDefault();
      act(...ARROWS[event.key]);
    });

  // act(y, x), both from 0 to 1, where the mouse is pressed or dragged, and where a finger taps; one that moves scrolls
  // the page, or paints where the canvas has touch-action: none
  const onPoint = (canvas, act, { paints = false } = {}) => {
    let finger = false;
    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      const share = (value, start, size) => clamp((value - start) / size, 0, 0.9999);
      act(share(event.clientY, box.top, box.height), share(event.clientX, box.left, box.width));
    };
    canvas.addEventListener("pointerdown", (event) => {
      finger = !paints && event.pointerType === "touch";
      if (finger || event.button) return;
      canvas.setPointerCapture(event.pointerId);
      point(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!finger && canvas.hasPointerCapture(event.pointerId)) point(event);
    });
    canvas.addEventListener("click", (event) => {
      if (finger) point(event);
    });
  };

  // a picture that can be pointed at; where it is part of a selection, the browser would drag it away as a whole
  const picture = (label) => {
    const ondragstart = (event) => event.preventDefault();
    return make("canvas", { tabindex: "0", role: "application", "aria-label": label, ondragstart });
  };
  const button = (words, onclick, label = null) =>
    make("button", { type: "button", onclick, "aria-label": label, title: label }, words);

  Object.assign(self.insidecnn.lab, {
    ARROWS,
    FRAME,
    clear,
    frame,
    drawChannels,
    drawChannel,
    square,
    crop,
    drawCrop,
    onArrows,
    onPoint,
    picture,
    button,
  });
})();
