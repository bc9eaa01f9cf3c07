// Attention: arcs, heat map and all heads at a glance, computed from scores that were sent once.
// The softmax is that of shared/attention.py (a test compares them). The sentence attention shows
// the same, below a line to type into.

const STATE = ["layer", "head", "token", "temperature", "masked"];
const WHY = ["", "ahead", "padding", "masked"];
const FAINT = 0.02; // weights below are not drawn as arcs

// Weights of the keys from `start` on; kinds says which may be attended to (0), all if it is null.
function softmaxRow(scores, kinds, start, kindStart, count, temperature) {
  const weights = new Float64Array(count);
  let highest = -Infinity;
  for (let j = 0; j < count; j++) {
    weights[j] = kinds === null || kinds[kindStart + j] === 0 ? scores[start + j] : -Infinity;
    if (weights[j] > highest) highest = weights[j];
  }
  if (highest === -Infinity) return weights.fill(0); // nothing may be attended to
  let total = 0;
  for (let j = 0; j < count; j++) {
    weights[j] = Math.exp((weights[j] - highest) / temperature);
    total += weights[j];
  }
  for (let j = 0; j < count; j++) weights[j] /= total;
  return weights;
}

// The rows of one head, as a list of T rows of S weights; scores are L × H × T × S.
function headWeights(scores, kinds, [time, source], place, temperature) {
  return Array.from({ length: time }, (_, i) =>
    softmaxRow(scores, kinds, (place * time + i) * source, i * source, source, temperature));
}

// Over how many tokens a row is spread out, as if evenly: e to the power of its entropy.
function spread(row) {
  const entropy = row.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
  return Math.exp(entropy);
}

function readFloats(view) {
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

// What is seen, in one sentence, which screen readers say after every change.
function inWords(rows, queries, keys, kinds, token) {
  const spreads = rows.filter((row) => row.some((weight) => weight > 0)).map(spread);
  if (token < 0) {
    if (!spreads.length) return "No token may look at anything.";
    const mean = spreads.reduce((sum, each) => sum + each, 0) / spreads.length;
    return `All tokens: each spreads its attention as if evenly over ${mean.toFixed(1)} of ${keys.length}, on average.`;
  }
  const name = `${spoken(queries[token])} (${token})`;
  if (!rows[token].some((weight) => weight > 0)) return `${name} may look at nothing: all its weights are 0.`;
  const hidden = kinds === null ? [] : WHY.slice(1).flatMap((why, kind) => {
    const count = keys.filter((_, j) => kinds[token * keys.length + j] === kind + 1).length;
    return count ? [`${count} ${why}`] : [];
  });
  const mask = hidden.length ? ` Hidden: ${hidden.join(", ")}.` : "";
  return `${name} looks most at ${looksAt(rows[token], keys)}; as if evenly at ${spread(rows[token]).toFixed(1)} of ${keys.length}.${mask}`;
}

// Arcs: every path is made once; show() only changes widths and classes.
function makeArcs(queries, keys, pick) {
  const svg = drawing("svg", { class: "arcs", role: "img" });
  const rise = riseOf(queries, keys);
  const [left, right] = [queries, keys].map((words) => 10 * Math.max(5, widest(words, 12)) + 14);
  const high = 34 + rise * Math.max(queries.length, keys.length);
  const y = (i) => 34 + rise * (i + 0.5);
  const paths = queries.map((_, i) => keys.map((_, j) => drawing("path", {
    class: "arc", "data-query": i, "data-key": j })));
  const names = (words, side) => words.map((word, i) => {
    const name = drawing("text", { class: `token ${side}`, y: y(i) + 6 }, cut(word, 12));
    name.append(drawing("title", {}, spoken(word)));
    return name;
  });
  const drawn = paths.map((row) => row.map(() => ""));
  const [asking, asked] = [names(queries, "query"), names(keys, "key")];
  const grounds = queries.map((_, i) => {
    const box = drawing("rect", { class: "ground", x: 0, y: y(i) - rise / 2, width: left, height: rise });
    box.addEventListener("click", () => pick(i));
    return box;
  });
  const blots = keys.map((_, j) => drawing("rect", {
    class: "blot", y: y(j) - rise / 2 + 1, width: right, height: rise - 2, rx: 4 }));
  const heads = [drawing("text", { class: "side query", y: 20 }, "looks"),
    drawing("text", { class: "side key", y: 20 }, "at")];
  svg.append(...heads, ...grounds, ...blots, ...paths.flat(), ...asking, ...asked);

  const place = (room) => {
    const span = Math.max(80, Math.min(190, room - left - right));
    const [end, bend] = [left + span, span * 0.45];
    paths.forEach((row, i) => row.forEach((path, j) => path.setAttribute("d",
      `M${left},${y(i)}C${left + bend},${y(i)} ${end - bend},${y(j)} ${end},${y(j)}`)));
    for (const name of [heads[0], ...asking]) name.setAttribute("x", left - 6);
    for (const name of [heads[1], ...asked]) name.setAttribute("x", end + 6);
    for (const blot of blots) blot.setAttribute("x", end);
    setAll(svg, { viewBox: `0 0 ${end + right} ${high}`, width: end + right, height: high });
  };

  // kinds holds for each place why it is hidden (0: it is not); padding is a key all rows of which are 2.
  const show = (rows, kinds, token) => {
    const focused = token >= 0;
    rows.forEach((row, i) => row.forEach((weight, j) => {
      const seen = weight >= FAINT && (!focused || token === i);
      const share = seen ? Math.round(200 * weight) / 200 : 0; // finer steps can't be seen
      const now = seen ? `stroke-width: ${1 + 9 * share}; opacity: ${focused ? 0.55 + 0.45 * share : 0.12 + 0.75 * share}` : "display: none";
      if (drawn[i][j] === now) return;
      paths[i][j].setAttribute("style", now);
      drawn[i][j] = now;
    }));
    asking.forEach((name, i) => setAll(name, { class: `token query${i === token ? " chosen" : ""}` }));
    grounds.forEach((box, i) => setAll(box, { class: `ground${i === token ? " chosen" : ""}` }));
    keys.forEach((_, j) => {
      const kind = kinds === null ? 0 : kinds[(focused ? token : 0) * keys.length + j];
      const gone = kind === 2 || (focused && kind > 0);
      setAll(asked[j], { class: `token key${gone ? " gone" : ""}` });
      blots[j].style.opacity = focused ? rows[token][j] : 0;
    });
  };
  return { svg, place, show };
}

// A small picture for each head, to choose one; arrow keys go from one to the next.
function makeGlance([layers, heads, time, source], colours, choose) {
  const pictures = Array.from({ length: layers * heads }, (_, place) => {
    const canvas = element("canvas", { width: source, height: time, "aria-hidden": "true" });
    return element("button", {
      type: "button", role: "radio", "aria-label": `Layer ${Math.floor(place / heads)}, head ${place % heads}`,
    }, canvas);
  });
  const rows = Array.from({ length: layers }, (_, layer) => [
    element("span", { class: "quiet", "aria-hidden": "true" }, layer),
    ...pictures.slice(layer * heads, (layer + 1) * heads)]);
  const numbers = Array.from({ length: heads }, (_, head) =>
    element("span", { class: "quiet", "aria-hidden": "true" }, head));
  const grid = element("div", { class: "glance", role: "radiogroup", "aria-label": "All heads: arrow keys choose a layer and a head" },
    element("span"), ...numbers, ...rows.flat());
  grid.style.gridTemplateColumns = `2rem repeat(${heads}, minmax(2rem, ${Math.max(2, Math.min(6, 48 / heads))}rem))`;
  pictures.forEach((picture, place) => picture.addEventListener("click", () => choose(Math.floor(place / heads), place % heads)));
  grid.addEventListener("keydown", (event) => {
    const move = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const place = pictures.indexOf(event.target);
    if (!move || place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const layer = (Math.floor(place / heads) + move[0] + layers) % layers;
    const head = (place % heads + move[1] + heads) % heads;
    choose(layer, head);
    pictures[layer * heads + head].focus();
  });
  const paint = (weightsOf, kinds) => pictures.forEach((picture, place) => {
    const context = picture.firstChild.getContext("2d");
    const image = context.createImageData(source, time);
    const pixels = new Uint32Array(image.data.buffer);
    weightsOf(place).forEach((row, i) => {
      for (let at = i * source, j = 0; j < source; at++, j++) {
        if (kinds === null || !kinds[at]) pixels[at] = colours.pixel(row[j]);
      }
    });
    context.putImageData(image, 0, 0);
  });
  const mark = (chosen) => pictures.forEach((picture, place) => setAll(picture, {
    "aria-checked": place === chosen, tabindex: place === chosen ? 0 : -1 }));
  return { grid, paint, mark };
}

function showAttention({ model, el }) {
  const [queries, keys] = [model.get("query_tokens"), model.get("key_tokens")];
  const [layers, heads] = [model.get("layers"), model.get("heads")];
  const [scores, view] = [readFloats(model.get("_scores")), model.get("_kinds")];
  const colours = readColours(model.get("_colours"));
  const hiding = Uint8Array.from({ length: view.byteLength }, (_, at) => view.getUint8(at));
  const sizes = [layers, heads, queries.length, keys.length];
  const liftable = scores.some((score, at) => hiding[at % hiding.length] && score > -Infinity);

  const options = (count, name, first = []) => [...first,
    ...Array.from({ length: count }, (_, i) => element("option", { value: i }, name(i)))];
  const list = (label, name, children) => {
    const made = element("select", { "aria-label": label }, ...children);
    made.addEventListener("change", () => update(model, { [name]: Number(made.value) }));
    return made;
  };
  const layer = list("Layer", "layer", options(layers, (i) => `layer ${i}`));
  const head = list("Head", "head", options(heads, (i) => `head ${i}`));
  const token = list("Token that looks", "token", options(queries.length,
    (i) => `${i} · ${visible(queries[i])}`, [element("option", { value: -1 }, "all tokens")]));
  const slider = element("input", { type: "range", min: -1, max: 1, step: 0.02, "aria-label": "Temperature" });
  slider.addEventListener("input", () => update(model, {
    temperature: Math.min(10, Math.max(0.1, 10 ** Number(slider.value))) }));
  const number = element("output", { class: "number" });
  const reset = button("Reset", () => update(model, { temperature: 1 }), { "aria-label": "Temperature back to 1" });
  const lift = button("", () => update(model, { masked: !model.get("masked") }));
  const pick = (i) => update(model, { token: model.get("token") === i ? -1 : i });
  const arcs = makeArcs(queries, keys, pick);
  const heat = makeHeat(queries, keys, colours, pick);
  const glance = makeGlance(sizes, colours, (l, h) => update(model, { layer: l, head: h }));
  const arcBox = element("div", { class: "box arcbox", tabindex: 0, role: "group",
    "aria-label": "Arcs: up and down arrow choose the token that looks, Escape all of them" }, arcs.svg);
  const heatBox = element("div", { class: "box heatbox" }, heat.svg);
  const stage = element("div", { class: "stage" }, arcBox, heatBox);
  arcBox.addEventListener("keydown", (event) => {
    const [now, count] = [model.get("token"), queries.length];
    const next = { ArrowDown: (now + 1) % count, ArrowUp: now < 1 ? count - 1 : now - 1, Home: 0, End: count - 1, Escape: -1 }[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    update(model, { token: next });
  });
  const said = element("p", { class: "said", role: "status", "aria-live": "polite" });
  const scale = element("span", { class: "scale", "aria-hidden": "true" },
    ...Array.from({ length: 24 }, (_, step) => {
      const piece = element("i");
      piece.style.background = colours.css(((step + 0.5) / 24) ** 2);
      return piece;
    }));
  const kindsSeen = [1, 2, 3].filter((kind) => hiding.includes(kind));
  const legend = element("p", { class: "quiet legend" }, "weight 0 ", scale, " 1",
    ...kindsSeen.map((kind) => element("span", {}, `${["", "╱", "✕", "·"][kind]} hidden: ${WHY[kind]}`)));
  const several = layers * heads > 1;
  const root = ground(el, "Attention view",
    element("div", { class: "row" }, ...(several ? [layer, head] : []), element("span", { class: "pair" }, "token ", token), ...(liftable ? [lift] : [])),
    element("div", { class: "row" }, element("span", {}, "temperature"), slider, number, reset),
    said, stage, legend,
    ...(several ? [element("p", { class: "title" }, "All heads: layers downwards, heads across"),
      element("div", { class: "box" }, glance.grid)] : []));
  root.classList.add("attention");

  let painted = "";
  const draw = () => {
    const [l, h, t, heatOf, masked] = STATE.map((name) => model.get(name));
    const kinds = masked && hiding.some((kind) => kind > 0) ? hiding : null;
    const weightsOf = (place) => headWeights(scores, kinds, sizes.slice(2), place, heatOf);
    const rows = weightsOf(l * heads + h);
    const words = inWords(rows, queries, keys, kinds, t);
    if (said.textContent !== words) said.textContent = words;
    [layer.value, head.value, token.value] = [l, h, t];
    slider.value = Math.log10(heatOf);
    slider.setAttribute("aria-valuetext", heatOf.toFixed(2));
    number.textContent = heatOf.toFixed(2);
    allow(reset, heatOf !== 1);
    lift.textContent = masked ? "Lift the mask" : "Put the mask on";
    arcs.show(rows, kinds, t);
    heat.show(rows, kinds, t);
    arcs.svg.setAttribute("aria-label", `Arcs from the tokens that look to those looked at. ${words}`);
    heat.svg.setAttribute("aria-label", `Heat map of layer ${l}, head ${h}. ${words}`);
    if (!several) return;
    glance.mark(l * heads + h);
    const now = `${heatOf} ${masked}`; // all heads change with the temperature and the mask only
    if (painted !== now) glance.paint(weightsOf, kinds);
    painted = now;
  };
  let rooms = "";
  const fit = () => {
    const now = [stage.clientWidth || 480, heatBox.clientWidth || 480];
    if (`${now}` === rooms) return;
    rooms = `${now}`;
    arcs.place(now[0]);
    heat.place(now[1]);
    draw();
  };
  fit();
  const resized = new ResizeObserver(fit);
  for (const box of [stage, heatBox]) resized.observe(box);
  const stop = redrawOnChange(model, STATE, draw);
  return () => { stop(); resized.disconnect(); };
}

export { headWeights, inWords, looksAt, softmaxRow, spread };
