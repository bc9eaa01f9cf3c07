// Positions: sinusoids as heat map, clock hands and products; rotary queries and keys, turning.
// The arithmetic is that of models/transformer/positions.py (a test compares them).

const STATE = ["view", "base", "dim", "length", "position", "query_at", "key_at"];
const MOST_CLOCKS = 8;

// How far pair j turns from one position to the next, in radians.
function frequencies(dim, base) {
  return Array.from({ length: dim / 2 }, (_, j) => base ** (-2 * j / dim));
}

// One row of the table: sine and cosine of every pair in turn.
function sinusoid(position, turns) {
  return turns.flatMap((turn) => [Math.sin(position * turn), Math.cos(position * turn)]);
}

// The product of two sinusoidal positions, which knows their distance only.
function product(distance, turns) {
  return turns.reduce((sum, turn) => sum + Math.cos(distance * turn), 0);
}

// Entry j and entry j + half make pair j: its length and its angle.
function polar(vector, dim) {
  const half = dim / 2;
  return Array.from({ length: half }, (_, j) => ({
    length: Math.hypot(vector[j], vector[j + half]), angle: Math.atan2(vector[j + half], vector[j]),
  }));
}

// The score of a query that stands `distance` places after the key, both rotated.
function rotaryScore(query, key, distance, turns) {
  const [q, k] = [query, key].map((vector) => polar(vector, 2 * turns.length));
  return turns.reduce((sum, turn, j) =>
    sum + q[j].length * k[j].length * Math.cos(q[j].angle - k[j].angle + distance * turn), 0);
}

// Up to eight pairs, from the quickest to the slowest.
function chosenPairs(pairs) {
  const count = Math.min(MOST_CLOCKS, pairs);
  return Array.from({ length: count }, (_, i) => Math.round(i * (pairs - 1) / Math.max(1, count - 1)));
}

function inSteps(turn) {
  const steps = 2 * Math.PI / turn;
  if (steps < 100) return steps.toFixed(1);
  return steps.toLocaleString("en", steps < 1e5 ? { maximumFractionDigits: 0 }
    : { notation: "compact", compactDisplay: "long", maximumFractionDigits: 1 });
}

function signed(number, digits = 2) {
  return number.toFixed(digits).replace("-", "−");
}

// The table as a picture of one pixel an entry, and a line at the chosen position.
function drawMap(canvas, line, { length, dim, position }, turns, colours) {
  if (canvas.width !== dim || canvas.height !== length) setAll(canvas, { width: dim, height: length });
  const context = canvas.getContext("2d");
  const image = context.createImageData(dim, length);
  const pixels = new Uint32Array(image.data.buffer);
  for (let p = 0; p < length; p++) {
    sinusoid(p, turns).forEach((value, i) => {
      pixels[p * dim + i] = colours[Math.min(255, Math.floor(128 * (value + 1)))];
    });
  }
  context.putImageData(image, 0, 0);
  line.style.top = `${100 * position / length}%`;
  line.style.height = `max(3px, ${100 / length}%)`;
}

// A clock for each chosen pair; hands is a list of { name, angle, length } a pair.
function drawClocks(box, turns, handsOf, labelOf) {
  const pairs = chosenPairs(turns.length);
  box.replaceChildren(...pairs.map((j) => {
    const svg = drawing("svg", { viewBox: "0 0 100 100", width: 100, height: 100, "aria-hidden": "true" });
    svg.append(drawing("circle", { class: "face", cx: 50, cy: 50, r: 46 }),
      ...handsOf(j).flatMap(({ name, angle, length }) => {
        const at = (r, turn = 0) => [50 + r * Math.cos(angle + turn), 50 - r * Math.sin(angle + turn)];
        const far = 12 + 32 * length;
        const [tip, left, right] = [at(far), at(far - 9, 0.12), at(far - 9, -0.12)];
        const [x2, y2] = at(far - 6);
        return [drawing("line", { class: `hand ${name}`, x1: 50, y1: 50, x2, y2 }),
          drawing("polygon", { class: `tip ${name}`, points: [tip, left, right].map(String).join(" ") })];
      }));
    return element("figure", {}, svg, element("figcaption", {}, ...labelOf(j)));
  }));
}

// Values against the distance from −(length − 1) on; thick between `from` and `to`, a dot at `here`.
function drawCurve(svg, values, from, to, here) {
  const [width, height] = [Math.max(svg.parentElement.clientWidth, 260), 250];
  const [left, right, top, bottom] = [60, 14, 16, 52];
  const far = (values.length - 1) / 2;
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const x = (distance) => left + (distance + far) / (2 * far) * (width - left - right);
  const y = (value) => top + (high - value) / (high - low || 1) * (height - top - bottom);
  const line = (name, first, last) => drawing("polyline", { class: name,
    points: values.slice(first + far, last + far + 1).map((value, i) => `${x(first + i)},${y(value)}`).join(" ") });
  const text = (x, y, anchor, words) => drawing("text", { x, y, "text-anchor": anchor }, words);
  setAll(svg, { viewBox: `0 0 ${width} ${height}` });
  const half = Math.round(far / 2);
  svg.replaceChildren(
    drawing("path", { class: "axis", d: `M${left},${top}V${height - bottom}H${width - right}` }),
    drawing("line", { class: "level", x1: left, x2: width - right, y1: y(0), y2: y(0) }),
    line("other", -far, far), line("own", from, to),
    drawing("circle", { class: "here", cx: x(here), cy: y(values[here + far]), r: 7 }),
    text(left - 8, y(high) + 6, "end", signed(high, 1)), text(left - 8, y(low) + 2, "end", signed(low, 1)),
    ...[-far, -half, 0, half, far].map((distance) =>
      text(x(distance), height - bottom + 20, distance === far ? "end" : "middle", signed(distance, 0))),
    text((left + width - right) / 2, height - 8, "middle", "distance"));
}

function render({ model, el }) {
  const [query, key, view] = ["_query", "_key", "_colours"].map((name) => model.get(name));
  const bytes = Array.from({ length: 256 }, (_, i) => [0, 1, 2].map((part) => view.getUint8(3 * i + part)));
  const colours = new Uint32Array(new Uint8Array(bytes.flatMap((rgb) => [...rgb, 255])).buffer);

  // A labelled slider; read and write turn its value into the model's and back.
  const slide = (label, attributes, change) => {
    const input = element("input", { type: "range", "aria-label": label, ...attributes });
    const number = element("span", { class: "number" });
    input.addEventListener("input", () => update(model, change(Number(input.value))));
    const show = (value, words, most = null) => {
      if (most !== null) input.max = most;
      input.value = value;
      input.setAttribute("aria-valuetext", words);
      number.textContent = words;
    };
    return { row: element("div", { class: "slide" }, element("span", {}, label), input, number), show };
  };
  const within = (length) => Object.fromEntries(["position", "query_at", "key_at"].map((name) =>
    [name, Math.min(length - 1, model.get(name))]));
  const base = slide("base", { min: 1, max: 6, step: 0.1 }, (power) => ({
    base: Math.min(1e6, Number((10 ** power).toPrecision(3))) }));
  const dim = slide("dimension", { min: 4, max: 64, step: 2 }, (value) => ({ dim: value }));
  const length = slide("length", { min: 16, max: 256, step: 8 }, (value) => ({ length: value, ...within(value) }));
  const position = slide("position", { min: 0, step: 1 }, (value) => ({ position: value }));
  const queryAt = slide("query at", { min: 0, step: 1 }, (value) => ({ query_at: value }));
  const keyAt = slide("key at", { min: 0, step: 1 }, (value) => ({ key_at: value }));
  const both = slide("move both", { min: 0, step: 1 }, (value) => {
    const [m, n] = [model.get("query_at"), model.get("key_at")];
    const nearest = Math.min(m, n);
    return { query_at: m - nearest + value, key_at: n - nearest + value };
  });
  const kinds = [["sinusoids", "Sinusoids"], ["rotary", "Rotary"]].map(([name, label]) =>
    [name, button(label, () => update(model, { view: name }))]);
  const said = element("p", { class: "said", role: "status", "aria-live": "polite" });
  const map = element("canvas", { role: "img" });
  const line = element("div", { class: "line" });
  const mapBox = element("figure", { class: "map" },
    element("div", { class: "picture" }, map, line),
    element("figcaption", {}, "a row for each position, a column for each entry: yellow is 1, grey 0, blue −1"));
  const clocks = element("div", { class: "clocks", role: "img" });
  const curve = drawing("svg", { class: "curve", role: "img" });
  const caption = element("figcaption");
  const root = ground(el, "Positions view",
    element("div", { class: "row", role: "group", "aria-label": "Kind of positions" }, ...kinds.map(([, made]) => made)),
    element("div", { class: "slides" }, base.row, dim.row, length.row, position.row, queryAt.row, keyAt.row, both.row),
    said, clocks,
    element("div", { class: "stage" }, mapBox, element("figure", { class: "curvebox" }, curve, caption)));
  root.classList.add("positions");

  const drawSinusoids = (now, turns) => {
    const far = now.length - 1;
    const products = Array.from({ length: 2 * far + 1 }, (_, i) => product(i - far, turns));
    drawMap(map, line, now, turns, colours);
    drawClocks(clocks, turns, (j) => [{ name: "query", angle: now.position * turns[j], length: 1 }],
      (j) => [`pair ${j}`, element("br"), `${inSteps(turns[j])} a turn`]);
    drawCurve(curve, products, -now.position, far - now.position, 0);
    caption.textContent = `product of position ${now.position} with every other, by distance: the same curve wherever it stands`;
    return `Position ${now.position}. Pair 0, sine and cosine, turns once in ${inSteps(turns[0])} positions, pair ` +
      `${turns.length - 1} once in ${inSteps(turns.at(-1))}. Product with itself ${signed(products[far], 1)}, with its neighbour ${signed(products[far + 1], 1)}.`;
  };

  const drawRotary = (now, turns) => {
    const [m, n, far] = [now.query_at, now.key_at, now.length - 1];
    const scores = Array.from({ length: 2 * far + 1 }, (_, i) => rotaryScore(query, key, i - far, turns));
    const [q, k] = [query, key].map((vector) => polar(vector, now.dim));
    const longest = Math.max(...q.map((pair) => pair.length), ...k.map((pair) => pair.length));
    drawClocks(clocks, turns, (j) => [
      { name: "query", angle: q[j].angle + m * turns[j], length: Math.sqrt(q[j].length / longest) },
      { name: "key", angle: k[j].angle + n * turns[j], length: Math.sqrt(k[j].length / longest) },
    ], (j) => [`pair ${j}`, element("br"), `${inSteps(turns[j])} a turn`]);
    drawCurve(curve, scores, -n, far - n, m - n);
    caption.textContent = "score of the query and the key, by distance: it knows nothing else of where they stand";
    return `Query at ${m} (solid), key at ${n} (dashed): distance ${signed(m - n, 0)}, score ${signed(scores[m - n + far], 3)}. ` +
      "Move both together: every angle between them stays, and so does the score.";
  };

  const draw = () => {
    const now = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    Object.assign(now, within(now.length)); // set from Python, a position may lie beyond the length
    const turns = frequencies(now.dim, now.base);
    const rotated = now.view === "rotary";
    for (const [name, made] of kinds) made.setAttribute("aria-pressed", name === now.view);
    base.show(Math.log10(now.base), Math.round(now.base).toLocaleString("en"));
    dim.show(now.dim, String(now.dim));
    length.show(now.length, String(now.length));
    position.show(now.position, String(now.position), now.length - 1);
    queryAt.show(now.query_at, String(now.query_at), now.length - 1);
    keyAt.show(now.key_at, String(now.key_at), now.length - 1);
    const apart = Math.abs(now.query_at - now.key_at);
    both.show(Math.min(now.query_at, now.key_at), `${now.query_at}, ${now.key_at}`, now.length - 1 - apart);
    for (const part of [position.row, mapBox]) part.toggleAttribute("hidden", rotated);
    for (const part of [queryAt.row, keyAt.row, both.row]) part.toggleAttribute("hidden", !rotated);
    const words = (rotated ? drawRotary : drawSinusoids)(now, turns);
    if (said.textContent !== words) said.textContent = words;
    map.setAttribute("aria-label", `Heat map of positions 0 to ${now.length - 1} with ${now.dim} entries each: quick waves on the left, slow ones on the right.`);
    clocks.setAttribute("aria-label", `Clock hands of ${chosenPairs(turns.length).length} pairs, from the quickest to the slowest. ${words}`);
    curve.setAttribute("aria-label", `${caption.textContent}. ${words}`);
  };
  draw();
  const resized = new ResizeObserver(draw);
  resized.observe(curve.parentElement);
  const stop = redrawOnChange(model, STATE, draw);
  return () => { stop(); resized.disconnect(); };
}

export { chosenPairs, frequencies, product, rotaryScore, sinusoid };
