// What YOLO's cells say → boxes, as insidecnn.detection.yolo does it: decode() and chosen().
(() => {
  const { clamp } = self.insidecnn;
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  function softmax(logits) {
    const most = Math.max(...logits);
    const parts = logits.map((logit) => Math.exp(logit - most));
    const sum = parts.reduce((a, b) => a + b);
    return parts.map((part) => part / sum);
  }

  // cells: (grid, grid, channels); all boxes, best first
  function decode(cells, { size, stride, boxes, classes }) {
    const grid = size / stride;
    const channels = cells.length / grid ** 2;
    const found = [];
    for (let row = 0; row < grid; row++) {
      for (let column = 0; column < grid; column++) {
        const cell = [...cells.subarray((row * grid + column) * channels, (row * grid + column + 1) * channels)];
        const probabilities = softmax(cell.slice(5 * boxes, 5 * boxes + classes));
        const probability = Math.max(...probabilities);
        for (let b = 0; b < boxes; b++) {
          const [logit, right, down, rootWide, rootHigh] = cell.slice(5 * b, 5 * b + 5);
          const [x, y] = [(column + right) * stride, (row + down) * stride];
          const [wide, high] = [stride * rootWide ** 2, stride * rootHigh ** 2];
          const box = [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2].map((edge) => clamp(edge, 0, size));
          const confidence = sigmoid(logit);
          const kind = probabilities.indexOf(probability);
          found.push({ box, label: kind + 1, confidence, score: confidence * probability, row, column });
        }
      }
    }
    return found.sort((a, b) => b.score - a.score);
  }

  function iou([left, top, right, bottom], [l, t, r, b]) {
    const both =
      Math.max(0, Math.min(right, r) - Math.max(left, l)) * Math.max(0, Math.min(bottom, b) - Math.max(top, t));
    return both / ((right - left) * (bottom - top) + (r - l) * (b - t) - both) || 0;
  }

  // non-maximum suppression, class by class; boxes are sorted
  function suppress(boxes, overlap) {
    const kept = [];
    for (const each of boxes) {
      if (kept.every((other) => other.label !== each.label || iou(other.box, each.box) <= overlap)) kept.push(each);
    }
    return kept;
  }

  self.insidecnn.boxes = { sigmoid, decode, suppress };
})();
