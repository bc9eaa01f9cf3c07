// The next token's probabilities: temperature, top-k and top-p by slider, and a draw by click.
// Logits of the examples came with the widget; after any other text Python is asked. The arithmetic
// is that of decoding/filters.py (a test compares them), with the reason for each cut.

const SHOWN = 16; // bars
const PATIENCE = 10000; // milliseconds for an answer
const WATCHED = ["text", "added", "answer", "temperature", "top_k", "top_p"];
const STEPS = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 200, 500, 1000, 2000, 5000, 10000];
const [STAYS, CUT_BY_K, CUT_BY_P] = [0, 1, 2];

// Token ids from the likeliest to the least; equals in the order of their ids.
function ranked(logits) {
  return Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
}

// Probabilities of the logits at a temperature; those that are cut get 0.
function chancesOf(logits, temperature, cuts) {
  const chances = new Float64Array(logits.length);
  let highest = -Infinity;
  logits.forEach((logit, id) => { if (!cuts[id] && logit > highest) highest = logit; });
  let total = 0;
  logits.forEach((logit, id) => {
    if (!cuts[id]) total += chances[id] = Math.exp((logit - highest) / temperature);
  });
  return chances.map((chance) => chance / total);
}

// Temperature, then top-k (0: off), then top-p; order is that of ranked(logits).
function filtered(logits, order, temperature, topK, topP) {
  const cuts = new Uint8Array(logits.length); // all STAYS
  if (topK > 0) {
    const least = logits[order[Math.min(topK, order.length) - 1]];
    logits.forEach((logit, id) => { if (logit < least) cuts[id] = CUT_BY_K; });
  }
  let chances = chancesOf(logits, temperature, cuts);
  if (topP < 1) {
    let tail = 0; // what a token and all less likely ones hold
    for (let rank = order.length - 1; rank > 0; rank--) {
      const id = order[rank];
      tail += chances[id];
      if (cuts[id] === STAYS && tail <= 1 - topP) cuts[id] = CUT_BY_P;
    }
    chances = chancesOf(logits, temperature, cuts);
  }
  return { chances, cuts };
}

// The token at which the running sum, from the likeliest on, passes a number in [0, 1).
function drawnToken(chances, order, number) {
  let [total, last] = [0, order[0]];
  for (const id of order) {
    total += chances[id];
    if (number < total) return id;
    if (chances[id] > 0) last = id;
  }
  return last; // rounding left the sum a hair below 1
}

function readLogits(view) {
  return Float64Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

// What the sliders do, in one sentence.
function panelInWords(own, chances, cuts, name) {
  const [size, stay] = [cuts.length, cuts.filter((cut) => cut === STAYS).length];
  const held = own.reduce((sum, chance, id) => sum + (cuts[id] === STAYS ? chance : 0), 0);
  const evenly = Math.exp(chances.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0));
  const by = (kind) => cuts.filter((cut) => cut === kind).length;
  const gone = [[by(CUT_BY_K), "top-k"], [by(CUT_BY_P), "top-p"]].filter(([count]) => count)
    .map(([count, words]) => `${words} cuts ${count}`).join(", ");
  const count = stay === size ? `All ${size} tokens stay.`
    : `${stay} of ${size} tokens stay${gone ? ` (${gone})` : ""}; the model gave them ${percentage(held)}.`;
  return `${count} The draw is as if evenly among ${evenly.toFixed(1)}. ` +
    `Likeliest: ${name}, ${percentage(chances.reduce((most, p) => Math.max(most, p), 0))}.`;
}

function render({ model, el }) {
  const [tokens, recorded] = [model.get("tokens"), model.get("recorded")];
  const [numbers, examples] = [model.get("numbers"), model.get("examples")];
  const steps = [...STEPS.filter((k) => k < tokens.length), 0]; // 0: off
  const nothing = new Uint8Array(tokens.length);
  let [read, logits, order, own, patience] = [null, null, null, null, null];

  const found = () => {
    const [text, added, answer] = [model.get("text"), model.get("added"), model.get("answer")];
    if (!added.length && Object.hasOwn(recorded, text)) return recorded[text];
    const same = answer.text === text && `${answer.added}` === `${added}`;
    return same ? answer : null;
  };
  const ask = (text, added) => {
    clearTimeout(patience);
    waiting.textContent = "";
    patience = setTimeout(() => {
      if (!found()) waiting.textContent = "No answer from Python yet: is the kernel running? The examples work without it.";
    }, PATIENCE);
    update(model, { text, added });
  };
  const input = element("input", { type: "text", "aria-label": "Beginning", autocomplete: "off",
    spellcheck: "false", maxlength: 500, class: "beginning mono" });
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") ask(input.value, []); });
  const waiting = element("span", { class: "quiet", role: "status" });
  const choices = element("div", { class: "row" }, ...examples.map((text) =>
    button(text, () => ask(text, []), { class: "mono", "aria-label": `Example: ${text}` })));

  const temperature = labelledSlider("Temperature", { min: -1, max: 1, step: 0.02 }, (power) =>
    update(model, { temperature: Math.min(10, Math.max(0.1, 10 ** power)) }));
  const topK = stepSlider("Top-k", steps.length, (place) =>
    update(model, { top_k: steps[place] }));
  const topP = labelledSlider("Top-p", { min: 0.01, max: 1, step: 0.01 }, (p) => update(model, { top_p: p }));
  const off = button("All off", () => update(model, { temperature: 1, top_k: 0, top_p: 1 }), {
    "aria-label": "Temperature 1, top-k and top-p off" });

  const bars = Array.from({ length: Math.min(SHOWN, tokens.length) }, () => {
    const parts = { name: element("span", { class: "name mono" }), own: element("i", { class: "own" }),
      now: element("i", { class: "now" }), number: element("span", { class: "number" }),
      line: element("div", { class: "bar", role: "listitem" }) };
    parts.line.append(parts.name, element("span", { class: "track", "aria-hidden": "true" }, parts.own, parts.now), parts.number);
    return parts;
  });
  const list = element("div", { class: "bars", role: "list", "aria-label": "The likeliest tokens" },
    ...bars.map(({ line }) => line));
  const rest = element("p", { class: "quiet" });
  const legend = element("p", { class: "quiet legend" }, element("i", { class: "own" }), " the model's own ",
    element("i", { class: "now" }), " after the sliders");
  const says = element("output", { class: "says panelwords", "aria-live": "polite" });
  const page = element("p", { class: "page mono", "aria-label": "Text so far" });

  const add = (id) => ask(model.get("text"), [...model.get("added"), id]);
  const now = () => filtered(logits, order, model.get("temperature"), model.get("top_k"), model.get("top_p"));
  const draw = button("Draw a token", () => {
    add(drawnToken(now().chances, order, numbers[model.get("added").length % numbers.length]));
  }, { class: "main" });
  const take = button("Take the likeliest", () => add(order[0]));
  const back = button("Take one back", () => ask(model.get("text"), model.get("added").slice(0, -1)));
  const root = ground(el, "Next token panel",
    element("label", { class: "row" }, element("span", {}, model.get("prompt")), input, waiting),
    ...(examples.length ? [choices] : []),
    element("div", { class: "row" }, temperature.box, topK.box, topP.box, off),
    says, legend, list, rest, element("div", { class: "row" }, draw, take, back), page);
  root.classList.add("nexttoken");

  const show = () => {
    const answer = found();
    const [heat, k, p] = [model.get("temperature"), model.get("top_k"), model.get("top_p")];
    const [text, added] = [model.get("text"), model.get("added")];
    if (input !== root.ownerDocument.activeElement) input.value = text;
    temperature.input.value = Math.log10(heat);
    topP.input.value = p;
    const place = steps.findIndex((step) => step >= k && k > 0);
    topK.input.value = place < 0 ? steps.length - 1 : place;
    const values = [[temperature, heat.toFixed(2)], [topK, k ? `${k}` : "off"], [topP, p < 1 ? p.toFixed(2) : "off"]];
    for (const [slider, value] of values) {
      slider.shown.textContent = value;
      slider.input.setAttribute("aria-valuetext", value);
    }
    page.replaceChildren(text, ...added.map((id) => element("b", {}, shownToken(tokens[id]))));
    const ready = Boolean(answer?.logits);
    for (const one of [draw, take]) allow(one, ready);
    allow(back, added.length > 0);
    if (answer) waiting.textContent = "";
    if (answer && !ready) { says.textContent = answer.message; list.hidden = true; rest.textContent = ""; }
    if (!ready) return;
    if (read !== answer.logits) {
      read = answer.logits;
      logits = readLogits(read);
      order = ranked(logits);
      own = chancesOf(logits, 1, nothing);
    }
    list.hidden = false;
    const { chances, cuts } = filtered(logits, order, heat, k, p);
    const most = Math.max(own[order[0]], chances[order[0]]);
    bars.forEach(({ name, own: before, now: after, number, line }, rank) => {
      const id = order[rank];
      const cut = ["", "cut by top-k", "cut by top-p"][cuts[id]];
      name.textContent = shownToken(tokens[id]);
      before.style.width = `${(100 * own[id]) / most}%`;
      after.style.width = `${(100 * chances[id]) / most}%`;
      number.textContent = cut || percentage(chances[id]);
      line.classList.toggle("cut", Boolean(cut));
      line.setAttribute("aria-label", `${spokenToken(tokens[id])}: ${percentage(own[id])}, then ${cut || percentage(chances[id])}`);
    });
    const others = order.slice(bars.length);
    const left = others.filter((id) => !cuts[id]);
    const sum = (ids, of) => percentage(Math.min(1, ids.reduce((total, id) => total + of[id], 0)));
    rest.textContent = others.length ? `${others.length} others: ${sum(others, own)}, then ` +
      `${left.length ? `${sum(left, chances)} for the ${left.length} that stay` : "all cut"}.` : "";
    says.textContent = panelInWords(own, chances, cuts, spokenToken(tokens[order[0]]));
  };
  show();
  const stop = redrawOnChange(model, WATCHED, show);
  return () => { clearTimeout(patience); stop(); };
}

export { ranked, filtered, drawnToken };
