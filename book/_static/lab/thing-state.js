// Things on the photograph as the state has them: rows of numbers, so that a link can hold them. `data` is what the
// page holds of things: the names of kinds, colours and patterns.
(() => {
  const { wrongSetting } = self.insidecnn;
  const { SIZE } = self.insidecnn.lab;
  const MOST = 4; // things at once
  const SIDES = [16, 240]; // pixels
  const COVER = "grey cover";
  const NAMES = ["number", "variant", "x", "y", "side", "turn", "mirrored"];

  const toRow = (thing) => NAMES.map((name) => thing[name]);
  const readThings = (rows) => rows.map((row) => Object.fromEntries(NAMES.map((name, i) => [name, row[i]])));

  // how many classes there are; the cover has the next number
  const countOf = ({ kinds, colours, patterns }) => kinds.length * colours.length * patterns.length;

  // the numbers of a class's kind, colour and pattern, or null for the cover
  function attributesOf(data, number) {
    if (number === countOf(data)) return null;
    return [Math.floor(number / 100), Math.floor(number / 10) % 10, number % 10];
  }

  function nameOf(data, number) {
    const attributes = attributesOf(data, number);
    if (!attributes) return COVER;
    const [kind, colour, pattern] = attributes;
    return `${data.colours[colour]} ${data.patterns[pattern]} ${data.kinds[kind]}`;
  }

  // a sentence about what is wrong with the rows, if anything is
  function wrongThings(data, rows) {
    if (!rows.length) return;
    if (!data) return "Things can be put onto the photo only where the book’s own weights look at it.";
    if (rows.length > MOST) return `There are ${rows.length} things; there can be ${MOST} at most.`;
    const place = { x: [0, SIZE], y: [0, SIZE], side: SIDES, turn: [-180, 180], mirrored: [0, 1] };
    const limits = { number: [0, countOf(data)], variant: [0, data.variants - 1], ...place };
    for (const [i, thing] of readThings(rows).entries()) {
      const right = rows[i].length === NAMES.length;
      const wrong = right ? wrongSetting(thing, limits) : `A thing has ${NAMES.length} numbers, not ${rows[i].length}.`;
      if (wrong) return wrong;
    }
  }

  const functions = { toRow, readThings, countOf, attributesOf, nameOf, wrongThings };
  Object.assign(self.insidecnn.lab, { MOST, SIDES, ...functions });
})();
