// A translation step by step: its arithmetic, its words, and the drawing of who looks at whom.

const [FAINTEST_LOOK, FAINTEST_PAST, MARGIN] = [0.03, 0.1, 16]; // weights below are not drawn
const MARKS = { "<start>": "▸", "<end>": "■" };

function sign(symbol) {
  return visible(MARKS[symbol] ?? symbol);
}

function aloud(symbol) {
  return { "<start>": "the start", "<end>": "the end" }[symbol] ?? symbol;
}

// Whole numbers up to 65535 as shares of 1.
function readShares(view) {
  return Float32Array.from({ length: view.byteLength / 2 }, (_, i) => view.getUint16(2 * i, true) / 65535);
}

// The rows of one head, or of the mean of all heads if head is below 0.
function rowsOf(shares, [heads, time, source], layer, head) {
  const asked = head < 0 ? Array.from({ length: heads }, (_, each) => each) : [head];
  return Array.from({ length: time }, (_, i) => Float64Array.from({ length: source }, (_, j) =>
    asked.reduce((sum, each) => sum + shares[((layer * heads + each) * time + i) * source + j], 0) / asked.length));
}

function largest(row) {
  return row.indexOf(Math.max(...row));
}

function percents(share) {
  return `${(100 * share).toFixed(share > 0.9995 || share < 0.0005 ? 0 : 1)} %`;
}

// Symbols one after another; those of several letters stay apart.
function joined(symbols) {
  const own = symbols.filter((symbol) => !(symbol in MARKS));
  return own.join(own.some((symbol) => [...symbol].length > 1) ? " " : "");
}

// What a step does, in words: read aloud by screen readers.
function stepInWords(answer, step, cross, decoder) {
  const { source, target, inputs, probabilities } = answer;
  if (step === 0) return `The encoder has read ${source.length} letters, all at once. Nothing is written yet.`;
  const t = step - 1;
  return `Step ${step}: it writes ${aloud(target[t])} (${percents(probabilities[t])}). ` +
    `Of the text it looks most at ${looksAt(cross[t], source)}; ` +
    `of what it has written at ${looksAt(decoder[t].slice(0, step), inputs.map(aloud))}.`;
}

// Why places of a map are hidden: 1 they lie ahead, 3 the row is not written yet.
function hiddenPlaces(shown, time, source, step) {
  if (shown === "encoder") return null;
  return Uint8Array.from({ length: time * source }, (_, at) => {
    const [i, j] = [Math.floor(at / source), at % source];
    return i >= step ? 3 : shown === "decoder" && j > i ? 1 : 0;
  });
}

// Letters above, symbols below, and lines for who looks at whom: within the letters (the encoder),
// from the symbol of this step to the letters (across), and to what was written before (the decoder).
function drawJourney(svg, answer, { encoder, decoder, cross }, step, letter, room, { pickLetter, pickStep }) {
  const { source, target } = answer;
  const written = ["<start>", ...target];
  const broad = Math.max(...[...source, ...target].map((symbol) => [...sign(symbol)].length));
  const span = Math.max(source.length, written.length);
  const pitch = Math.max(10 + 11 * broad, Math.min(46, (room - 2 * MARGIN) / span));
  const at = (count) => (place) => MARGIN + pitch * (place + (span - count) / 2 + 0.5);
  const [above, below] = [at(source.length), at(written.length)];
  const [wide, top, bottom] = [2 * MARGIN + pitch * span, 104, 256];
  const look = (weight, name, d) => drawing("path", {
    class: `look ${name}`, d, "stroke-width": 1 + 8 * weight,
    opacity: name === "past" ? 0.08 + 0.2 * weight : 0.25 + 0.6 * weight,
  });
  const arc = (from, to, y, way) => {
    if (from === to) return `M${from - 5},${y}q-6,${-18 * way} 5,${-18 * way}q11,0 5,${18 * way}`;
    return `M${from},${y}Q${(from + to) / 2},${y - way * Math.min(150, 24 + 0.55 * Math.abs(to - from))} ${to},${y}`;
  };
  const seen = (row, draw, least = FAINTEST_LOOK) =>
    [...row.keys()].filter((j) => row[j] >= least).map((j) => draw(j, row[j]));
  const lines = cross.slice(0, step).flatMap((row, t) => {
    const name = t === step - 1 ? "across" : "past";
    return seen(row, (j, weight) => look(weight, name, `M${below(t + 1)},${bottom - 24}L${above(j)},${top + 12}`),
      name === "past" ? FAINTEST_PAST : FAINTEST_LOOK);
  });
  const within = seen(encoder[letter], (j, weight) => look(weight, "within", arc(above(letter), above(j), top - 24, 1)));
  const back = step === 0 ? [] : seen(decoder[step - 1].slice(0, step), (j, weight) =>
    look(weight, "within", arc(below(step), below(j), bottom + 12, -1)));
  const box = (x, y, action, name) => {
    const made = drawing("rect", { class: "ground", x: x - pitch / 2, y: y - 22, width: pitch, height: 32, rx: 4 });
    made.append(drawing("title", {}, name));
    made.addEventListener("click", action);
    return made;
  };
  const blot = (x, y, share) => drawing("rect", {
    class: "blot", x: x - pitch / 2 + 1, y: y - 20, width: pitch - 2, height: 28, rx: 4, opacity: share });
  const now = step > 0 ? cross[step - 1] : null;
  const state = (place) => (place === step && step > 0 ? "symbol now" : place > step ? "symbol later" : "symbol");
  setAll(svg, { viewBox: `0 0 ${wide} 350`, width: wide, height: 350 });
  svg.replaceChildren(
    ...source.map((symbol, j) => box(above(j), top, () => pickLetter(j), `${spoken(symbol)} (${j})`)),
    ...written.map((symbol, place) => box(below(place), bottom, () => pickStep(place), aloud(symbol))),
    ...(now ? source.map((_, j) => blot(above(j), top, now[j])) : []),
    ...lines, ...within, ...back,
    ...source.map((symbol, j) => drawing("text", {
      class: `letter${j === letter ? " chosen" : ""}`, x: above(j), y: top }, sign(symbol))),
    ...written.map((symbol, place) => drawing("text", { class: state(place), x: below(place), y: bottom },
      place > step ? "·" : sign(symbol))));
}

export { hiddenPlaces, joined, percents, readShares, rowsOf, stepInWords };
