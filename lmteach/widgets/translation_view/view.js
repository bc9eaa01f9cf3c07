// Type a text, and watch it being translated: one symbol a step, with all that the model looks at.
// Answers to the examples came with the widget; any other text goes to Python. First the arithmetic
// and the words, then the drawing of who looks at whom, then the page around it; the heat map is that
// of shared/attention_heatmap.js.

const WATCHED = ["text", "answer", "step", "layer", "head", "shown", "letter"];
const [PACE, CALM, PATIENCE] = [700, 1500, 10000]; // milliseconds: a step, a calm one, an answer
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

function render({ model, el }) {
  const [recorded, maps, examples] = ["recorded", "_maps", "examples"].map((name) => model.get(name));
  const colours = readColours(model.get("_colours"));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const found = () => {
    const [text, answer] = [model.get("text"), model.get("answer")];
    if (Object.hasOwn(recorded, text)) return recorded[text];
    return answer.typed === text ? answer : null;
  };
  let [timer, patience, wish] = [null, null, false]; // wish: play when the answer is there
  let [typed, last, shares, rows, rowsFor, heat, heatOf] = [null, null, null, null, "", null, ""];

  const input = element("input", {
    type: "text", id: `text-${Math.random().toString(36).slice(2)}`, autocomplete: "off",
    autocapitalize: "off", spellcheck: "false", maxlength: 200 });
  const waiting = element("span", { class: "quiet", role: "status" });
  const translate = (text) => {
    pause();
    clearTimeout(patience);
    wish = true;
    if (text === model.get("text") && found()) return draw();
    waiting.textContent = Object.hasOwn(recorded, text) ? "" : "asking the model …";
    patience = setTimeout(() => {
      if (!found()) waiting.textContent = "No answer from Python yet: is the kernel running? The examples work without it.";
    }, PATIENCE);
    update(model, { text, step: 0, letter: -1 });
  };
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") translate(input.value); });

  const go = (step) => {
    pause();
    const answer = found();
    if (answer?.target) update(model, { step: Math.max(0, Math.min(answer.target.length, step)) });
  };
  const pause = () => {
    wish = false;
    if (!timer) return;
    clearInterval(timer);
    timer = null;
    model.save_changes(); // while it plays, the kernel isn't told of every step
    draw();
  };
  const start = () => {
    const end = found().target.length;
    if (model.get("step") >= end) model.set("step", 0);
    timer = setInterval(() => {
      model.set("step", Math.min(end, model.get("step") + 1));
      if (model.get("step") === end) pause();
    }, calm ? CALM : PACE);
    draw();
  };
  const play = button("", () => (timer ? pause() : start()), { class: "main play" });
  const slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "Symbols written" });
  slider.addEventListener("input", () => go(Number(slider.value)));
  const place = element("output", { class: "place" });

  const list = (label, name, options) => {
    const made = element("select", { "aria-label": label }, ...options.map(([value, words]) => element("option", { value }, words)));
    made.addEventListener("change", () => update(model, { [name]: name === "shown" ? made.value : Number(made.value) }));
    return made;
  };
  const { layers, heads } = Object.values(recorded)[0];
  const numbered = (count, name) => Array.from({ length: count }, (_, i) => [i, `${name} ${i}`]);
  const layer = list("Layer", "layer", numbered(layers, "layer"));
  const head = list("Head", "head", [[-1, "mean of the heads"], ...numbered(heads, "head")]);
  const shown = list("Map", "shown", Object.entries(maps));

  const says = element("output", { class: "says mono" });
  const told = element("p", { class: "told", role: "status" });
  const choices = element("ol", { class: "choices", "aria-label": "The likeliest symbols" });
  const svg = drawing("svg", { role: "img" });
  const journey = element("div", { class: "box journey", tabindex: 0, role: "group",
    "aria-label": "Translation: left and right arrow step, up and down choose a letter, Escape follows the decoder" }, svg);
  const pickLetter = (letter) => update(model, { letter: model.get("letter") === letter ? -1 : letter });
  journey.addEventListener("keydown", (event) => {
    const answer = found();
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    const move = { ArrowDown: 1, ArrowUp: -1, Escape: 0 }[event.key];
    if (!answer?.source || (step ?? move) === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (step !== undefined) return go(model.get("step") + step);
    const count = answer.source.length;
    update(model, { letter: move === 0 ? -1 : (model.get("letter") + move + count + (model.get("letter") < 0 && move < 0)) % count });
  });
  const heatBox = element("div", { class: "box heatbox" });
  const legend = element("p", { class: "quiet" });
  const stage = element("div", {},
    element("div", { class: "row" }, play, button("◀ Back", () => go(model.get("step") - 1)),
      button("Forward ▶", () => go(model.get("step") + 1)), slider, place),
    says, choices, told,
    element("div", { class: "row" }, layer, head), journey,
    element("p", { class: "quiet" }, "▸ start, ■ end. ", element("b", { class: "blue" }, "Straight"),
      ": the symbol of this step looks at the letters. ", element("b", {}, "Arcs"),
      ": a letter looks at letters, the symbol at those before it."),
    element("div", { class: "row" }, shown), heatBox, legend);
  const chips = examples.map((text) => button(text, () => translate(text)));
  const root = ground(el, "Translation",
    element("div", { class: "row" }, element("label", { for: input.id }, model.get("prompt")), input,
      button("Translate", () => translate(input.value), { class: "main" }), waiting),
    ...(chips.length ? [element("div", { class: "row examples" }, "or take one:", ...chips)] : []),
    element("p", { class: "said", role: "alert", hidden: "" }), stage);
  root.classList.add("attention", "translation");
  const message = root.querySelector(".said");

  const draw = () => {
    const answer = found();
    if (model.get("text") !== typed) { // else somebody may be typing
      typed = model.get("text");
      input.value = typed;
    }
    if (!answer) return; // on its way
    clearTimeout(patience);
    waiting.textContent = "";
    message.textContent = answer.message;
    message.hidden = !answer.message;
    stage.hidden = Boolean(answer.message);
    if (answer.message) { wish = false; return; }
    if (wish) { wish = false; model.set("step", 0); start(); return; }
    const { source, target, inputs } = answer;
    const sizes = { encoder: [source.length, source.length], decoder: [target.length, target.length], cross: [target.length, source.length] };
    if (answer !== last) {
      shares = Object.fromEntries(Object.keys(sizes).map((name) => [name, readShares(answer[name])]));
      [last, heatOf, rowsFor] = [answer, "", ""];
    }
    const [l, h, name] = [model.get("layer"), model.get("head"), model.get("shown")];
    const step = Math.min(model.get("step"), target.length);
    if (rowsFor !== `${l} ${h}`) { // a step changes none of them
      rows = Object.fromEntries(Object.entries(sizes).map(([kind, size]) =>
        [kind, rowsOf(shares[kind], [heads, ...size], l, h)]));
      rowsFor = `${l} ${h}`;
    }
    const asked = model.get("letter");
    const letter = asked >= 0 && asked < source.length ? asked : step ? largest(rows.cross[step - 1]) : 0;

    play.textContent = timer ? "❚❚ Pause" : step === target.length ? "▶ Play again" : "▶ Play";
    setAll(slider, { max: target.length, "aria-valuetext": `${step} of ${target.length}` });
    slider.value = step;
    place.textContent = `Step ${step} of ${target.length}`;
    [layer.value, head.value, shown.value] = [l, h, name];
    const before = joined(target.slice(0, Math.max(0, step - 1)));
    const newest = step ? sign(target[step - 1]) : "";
    const gap = before && joined(target.slice(0, step)).length > before.length + newest.length ? " " : "";
    says.replaceChildren(`${joined(source)} → ${before}${gap}`, element("b", {}, newest));
    const words = stepInWords(answer, step, rows.cross, rows.decoder);
    told.setAttribute("aria-live", timer ? "off" : "polite");
    if (told.textContent !== words) told.textContent = words;
    choices.replaceChildren(...(step ? answer.choices[step - 1] : []).map(([symbol, share]) => {
      const bar = element("i");
      bar.style.width = `${100 * share}%`;
      return element("li", {}, element("b", { "aria-label": aloud(symbol) }, sign(symbol)),
        element("span", { class: "bar", "aria-hidden": "true" }, bar), percents(share));
    }));
    svg.setAttribute("aria-label", words);
    drawJourney(svg, answer, rows, step, letter, journey.clientWidth || 640, { pickLetter, pickStep: go });

    const [queries, keys] = [name === "encoder" ? source : target, name === "decoder" ? inputs : source];
    if (heatOf !== name) {
      heat = makeHeat(queries.map(sign), keys.map(sign), colours, name === "encoder" ? pickLetter : (i) => go(i + 1));
      heat.place(heatBox.clientWidth || 640);
      heatBox.replaceChildren(heat.svg);
      heatOf = name;
    }
    heat.show(rows[name], hiddenPlaces(name, ...sizes[name], step), name === "encoder" ? letter : step - 1);
    const hideLater = (place, symbols, kind) => [...heat.svg.querySelectorAll(place)].forEach((text, i) => {
      text.textContent = kind === "encoder" || i < step ? sign(symbols[i]) : "";
    });
    hideLater(".query", queries, name);
    hideLater(".column", keys, name === "decoder" ? name : "encoder");
    heat.svg.setAttribute("aria-label", `${maps[name]}, layer ${l}, ${h < 0 ? "mean of the heads" : `head ${h}`}. ${words}`);
    legend.textContent = name === "encoder" ? "A row for each letter that looks. The encoder runs once, before anything is written."
      : `A row for each symbol that is written${name === "decoder" ? ", a column for each that went in before: shifted by one. ╱ lies ahead." : ", a column for each letter."} A dot: not written yet.`;
  };
  let rooms = "";
  const fit = () => {
    const now = `${journey.clientWidth} ${heatBox.clientWidth}`;
    if (now === rooms || stage.hidden) return;
    [rooms, heatOf] = [now, ""];
    draw();
  };
  draw();
  const resized = new ResizeObserver(fit);
  for (const box of [journey, heatBox]) resized.observe(box);
  const stop = redrawOnChange(model, WATCHED, draw);
  return () => { clearInterval(timer); clearTimeout(patience); stop(); resized.disconnect(); };
}

export { hiddenPlaces, joined, percents, readShares, rowsOf, stepInWords };
