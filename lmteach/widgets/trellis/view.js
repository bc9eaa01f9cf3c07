// The Viterbi algorithm step by step, with one transition to change. First its arithmetic, equal to
// that of widget.py (a test compares them), then the drawing, then the page around it. The state is
// synced, so that Python can read the path.

const STATE = ["transition", "step", "logarithms", "cell", "edge"];
const TINY = 1e-12;

// Every score, the best predecessor of each (-1: none), and the best path (empty: impossible).
// seen[t][j] is the probability that state j emits what was observed at step t.
function viterbi(initial, transition, seen) {
  const scores = [initial.map((chance, j) => Math.log(chance) + Math.log(seen[0][j]))];
  const back = [initial.map(() => -1)];
  for (const emitted of seen.slice(1)) {
    const candidates = initial.map((_, j) => // the emission comes last, as in models/hmm/viterbi.py
      sumsInto(scores.at(-1), transition, j).map((sum) => sum + Math.log(emitted[j])));
    back.push(candidates.map(winner));
    scores.push(candidates.map((sums) => sums[winner(sums)]));
  }
  const path = [winner(scores.at(-1))];
  for (let t = seen.length - 1; t > 0; t--) path.unshift(back[t][path[0]]);
  return { scores, back, path: Math.max(...scores.at(-1)) > -Infinity ? path : [] };
}

function sumsInto(before, transition, j) {
  return before.map((score, i) => score + Math.log(transition[i][j]));
}

function winner(scores) { // of equal ones the first
  return scores.reduce((best, score, i) => (score > scores[best] ? i : best), 0);
}

// The row with another value at one place; the rest keeps its ratios, and the sum stays 1.
function editedRow(row, place, value, original) {
  const restOf = (ratios) => ratios.reduce((sum, ratio, j) => sum + (j === place ? 0 : ratio), 0);
  const ratios = [row, original].find((each) => restOf(each) > TINY) ?? row.map(() => 1);
  const rest = restOf(ratios);
  return row.map((_, j) => (j === place ? value : ((1 - value) * ratios[j]) / rest));
}

// What the change of a transition did to the path, in words.
function comparison(before, after, states) {
  if (!after.length) return "Now no path is possible: each meets a probability of 0.";
  if (!before.length) return "Now there is a possible path.";
  const flipped = after.flatMap((state, t) => (state === before[t] ? [] : [t]));
  if (!flipped.length) return "The best path is still the original one.";
  const [name, names] = [flipped[0], flipped.map((t) => t + 1)];
  const steps = names.length === 1 ? `step ${names[0]}`
    : `steps ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const rest = names.length === 1 ? "" : ` (at step ${names[0]})`;
  return `The path flipped at ${steps}: ${states[before[name]]} became ${states[after[name]]}${rest}.`;
}

// A score in nats as it stands on the page: as a logarithm, or as the probability it means.
function written(score, logarithms, digits) {
  if (logarithms) return score === -Infinity ? "−∞" : score.toFixed(digits).replace("-", "−");
  const chance = Math.exp(score);
  if (chance === 0 || chance === 1) return String(chance);
  if (chance >= (digits > 2 ? 0.001 : 0.01)) return chance.toFixed(digits + 1);
  const short = digits < 3 && chance < 1e-9 ? 0 : 1; // what fits into a circle
  return chance.toExponential(digits === 1 ? 0 : short).replace("-", "−");
}

function shortened(text, most) {
  const letters = [...visible(text)];
  return letters.length > most ? `${letters.slice(0, Math.max(1, most - 1)).join("")}…` : letters.join("");
}

// Where everything stands: narrower columns where there are many steps or little room, and then
// long symbols on two lines in turn.
function layout(room, names, observed) {
  const longest = (words) => Math.max(...words.map((word) => [...visible(word)].length));
  const gutter = Math.min(112, 16 + 10 * Math.max(8, longest(names)));
  const pitch = Math.min(130, Math.max(63, (room - gutter - 4) / observed.length));
  const small = pitch < 84;
  const [radius, rise] = small ? [25, 66] : [31, 80];
  const y = (j) => rise * j + radius + 6;
  const long = longest(observed) > 3;
  const turns = long && longest(observed) * 10 > pitch - 6 ? 2 : 1;
  const letters = Math.floor((turns * pitch - 6) / 10);
  const edge = Math.max(0, 5 * Math.min(longest(observed), letters) - pitch / 2); // for the outer ones
  const below = y(names.length - 1) + radius;
  return {
    gutter, pitch, radius, y, long, letters, digits: small ? 1 : 2,
    x: (t) => edge + pitch * (t + 0.5),
    symbol: (t) => below + 28 + 22 * (t % turns),
    time: below + 28 + 22 * turns,
    width: 2 * edge + pitch * observed.length, height: below + 36 + 22 * turns,
  };
}

function arrow(place, t, from, to, kind) {
  const [x0, y0, x1, y1] = [place.x(t - 1), place.y(from), place.x(t), place.y(to)];
  const length = Math.hypot(x1 - x0, y1 - y0);
  const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
  const start = place.radius + 1, tip = length - place.radius - 2;
  const head = kind === "path" ? 11 : 8;
  const at = (along, side) => `${x0 + dx * along - dy * side},${y0 + dy * along + dx * side}`;
  return [
    drawing("line", { class: `arrow ${kind}`, "data-from": from, "data-to": to, "data-time": t,
      x1: x0 + dx * start, y1: y0 + dy * start,
      x2: x0 + dx * (tip - head), y2: y0 + dy * (tip - head) }),
    drawing("polygon", { class: `head ${kind}`,
      points: [at(tip, 0), at(tip - head, 0.6 * head), at(tip - head, -0.6 * head)].join(" ") }),
  ];
}

// Everything known after `step` steps; the chosen cell [t0, j0] with all that compete for it. One
// step beyond the last: the best path, and dashed, where it differs, the one it was at `first`.
function drawGrid(grid, place, { states, observed, found, first, step, cell: [t0, j0] }, write, pick) {
  const steps = observed.length;
  const shown = Math.min(step, steps);
  const path = step > steps ? found.path : [];
  const parts = [];
  for (let t = 1; t < shown; t++) {
    states.forEach((_, j) => {
      if (found.scores[t][j] > -Infinity) parts.push(...arrow(place, t, found.back[t][j], j, "won"));
    });
  }
  if (step > steps) first.slice(1).forEach((j, t) => {
    if (path.length && (j !== path[t + 1] || first[t] !== path[t])) {
      parts.push(...arrow(place, t + 1, first[t], j, "before"));
    }
  });
  path.slice(1).forEach((j, t) => parts.push(...arrow(place, t + 1, path[t], j, "path")));
  if (t0 > 0 && t0 < shown && step <= steps) states.forEach((_, i) => {
    const won = i === found.back[t0][j0] && found.scores[t0][j0] > -Infinity;
    parts.push(...arrow(place, t0, i, j0, won ? "best" : "lost"));
  });
  for (let t = 0; t < steps; t++) {
    states.forEach((state, j) => {
      const kind = [t >= shown ? "later" : "", path[t] === j ? "path" : "",
        t === t0 && j === j0 ? "chosen" : ""].filter(Boolean).join(" ");
      const [cx, cy] = [place.x(t), place.y(j)];
      const circle = drawing("circle", { class: `state ${kind}`, cx, cy, r: place.radius });
      circle.addEventListener("click", () => pick(t, j));
      parts.push(circle);
      if (t < shown) {
        const score = write(found.scores[t][j], place.digits);
        const tight = score.includes("e") && 9.6 * score.length > 2 * place.radius - 6 ? " tight" : "";
        parts.push(drawing("text", { class: `score ${kind}${tight}`, x: cx, y: cy + 5 }, score));
      }
    });
    const now = `symbol${t === t0 ? " now" : ""}${place.long ? " long" : ""}`;
    const symbol = drawing("text", { class: now, x: place.x(t), y: place.symbol(t) },
      shortened(observed[t], place.letters));
    symbol.append(drawing("title", {}, visible(observed[t])));
    parts.push(symbol, drawing("text", { class: "time", x: place.x(t), y: place.time }, t + 1));
  }
  grid.replaceChildren(...parts);
}

// The names of the rows; they stay where they are while the grid beside them scrolls.
function drawNames(names, place, states) {
  const labels = [...states.map((state, j) => [state, place.y(j) + 6]),
    ["observed", place.symbol(0)], ["step", place.time]];
  names.replaceChildren(...labels.map(([name, y], i) => {
    const label = drawing("text", { x: place.gutter - 8, y, class: i < states.length ? "" : "time" },
      shortened(name, Math.floor((place.gutter - 12) / 10)));
    label.append(drawing("title", {}, visible(name)));
    return label;
  }));
}

function resize(svg, width, height) {
  setAll(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
}

function render({ model, el }) {
  const [states, observed] = [model.get("states"), model.get("observed")];
  const [initial, original, seen] = ["_initial", "_original", "_seen"].map((name) => model.get(name));
  const steps = observed.length;
  const first = viterbi(initial, original, seen).path;

  const names = drawing("svg", { class: "names", "aria-hidden": "true" });
  const grid = drawing("svg", { class: "grid", "aria-hidden": "true" });
  const scroll = element("div", {
    class: "scroll", tabindex: "0", role: "group",
    "aria-label": "Trellis: left and right arrow step through time, up and down choose a state",
  }, grid);
  const said = element("p", { class: "said", role: "status", "aria-live": "polite" });
  const title = element("p", { class: "title" });
  const table = element("table");
  const total = element("p", { "aria-live": "polite" });
  const flip = element("p", { class: "flip", role: "status", "aria-live": "polite" });
  const chosen = (label) => element("select", { "aria-label": label },
    ...states.map((state, i) => element("option", { value: i }, visible(state))));
  const [source, target] = [chosen("Transition from"), chosen("Transition to")];
  const slider = element("input", { type: "range", min: 0, max: 1, step: 0.01 });
  const value = element("output", { class: "value" });

  const go = (step, state = model.get("cell")[1]) => {
    const next = Math.min(Math.max(step, 1), steps + 1);
    update(model, { step: next, cell: [Math.min(next, steps) - 1, state] });
  };
  const back = button("◀ Back", () => go(model.get("step") - 1));
  const onward = button("Forward ▶", () => go(model.get("step") + 1), { class: "main" });
  const reset = button("Reset", () => update(model, { transition: original }));
  const units = button("", () => update(model, { logarithms: !model.get("logarithms") }));
  scroll.addEventListener("keydown", (event) => {
    const time = { ArrowRight: 1, ArrowLeft: -1, Home: -steps, End: steps + 1 }[event.key];
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(time || move)) return;
    event.preventDefault();
    const [t, state] = model.get("cell");
    if (time) go(model.get("step") + time);
    else update(model, { cell: [t, (state + move + states.length) % states.length] });
  });
  for (const [list, place] of [[source, 0], [target, 1]]) {
    list.addEventListener("change", () => update(model, {
      edge: model.get("edge").with(place, Number(list.value)),
    }));
  }
  slider.addEventListener("input", () => {
    const [from, to] = model.get("edge");
    const rows = model.get("transition");
    const row = editedRow(rows[from], to, Number(slider.value), original[from]);
    update(model, { transition: rows.with(from, row), step: steps + 1 });
  });

  const root = ground(el, "Viterbi trellis",
    element("div", { class: "row" }, back, onward,
      button("To the end", () => go(steps + 1)), button("Start again", () => go(1)), units),
    said,
    element("div", { class: "lattice" }, names, scroll),
    element("div", { class: "sums" }, title, table, total),
    element("div", { class: "edit" },
      element("div", { class: "row" }, "Change the probability to go from ", source, " to ", target),
      element("div", { class: "row" }, slider, value, reset), flip));
  root.classList.add("viterbi");

  const write = (score, digits = 3) => written(score, model.get("logarithms"), digits);

  // What is seen, in a sentence: read aloud by screen readers at every step.
  const describe = (found) => {
    const step = model.get("step");
    const unit = model.get("logarithms") ? "log score" : "probability";
    if (step > steps) {
      if (!found.path.length) return "No path can have emitted this: the last column is all 0.";
      const best = found.path.map((j) => visible(states[j])).join(", ");
      const score = write(found.scores.at(-1)[found.path.at(-1)]);
      return `Traced back from the best of the last column: ${best}. Its ${unit} is ${score}.`;
    }
    const column = states.map((state, j) => {
      const from = found.back[step - 1][j];
      const origin = from < 0 || found.scores[step - 1][j] === -Infinity ? "" : ` from ${visible(states[from])}`;
      return `${visible(state)} ${write(found.scores[step - 1][j])}${origin}`;
    });
    return `Step ${step} of ${steps}, observed: ${visible(observed[step - 1])}. ${column.join("; ")}.`;
  };

  // The sums that compete for the chosen cell, the winner marked, and what the emission adds.
  const drawSums = (found, transition) => {
    const [t, j] = model.get("cell");
    const [state, symbol] = [visible(states[j]), visible(observed[t])];
    const sign = model.get("logarithms") ? "+" : "×";
    const say = (origin) => {
      const spoken = `${state} at step ${t + 1}: ${origin} ${sign} emits ${symbol} ` +
        `${write(Math.log(seen[t][j]))} = `;
      const score = write(found.scores[t][j]);
      if (total.textContent !== spoken + score) total.replaceChildren(spoken, element("b", {}, score));
    };
    title.textContent = t ? `Who comes before ${state} at step ${t + 1}?` : "";
    table.setAttribute("aria-label", title.textContent);
    if (t === 0) {
      table.replaceChildren();
      return say(`start ${write(Math.log(initial[j]))}`);
    }
    const candidates = sumsInto(found.scores[t - 1], transition, j);
    const [from, best] = [found.back[t][j], candidates[found.back[t][j]]];
    const head = ["from", "score", `${sign} move`, "="];
    const rows = candidates.map((sum, i) => {
      const won = i === from && sum > -Infinity;
      const tied = !won && sum > -Infinity && Math.abs(sum - best) < TINY;
      return element("tr", { class: won ? "won" : "" },
        element("th", { scope: "row" }, visible(states[i]), tied ? " (a tie)" : ""),
        element("td", {}, write(found.scores[t - 1][i])),
        element("td", {}, write(Math.log(transition[i][j]))),
        element("td", {}, write(sum)));
    });
    table.replaceChildren(
      element("thead", {}, element("tr", {},
        ...head.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...rows));
    return say(`best ${write(best)} (from ${visible(states[from])})`);
  };

  const drawEdge = (found, transition) => {
    const [from, to] = model.get("edge");
    const [now, was] = [transition[from][to], original[from][to]];
    const changed = transition.some((row, i) => row.some((chance, j) => chance !== original[i][j]));
    [source.value, target.value] = [from, to];
    slider.value = now;
    slider.setAttribute("aria-label", `Probability to go from ${states[from]} to ${states[to]}`);
    slider.setAttribute("aria-valuetext", now.toFixed(3));
    value.textContent = now === was ? now.toFixed(3) : `${now.toFixed(3)} (was ${was.toFixed(3)})`;
    allow(reset, changed);
    const words = changed ? comparison(first, found.path, states.map(visible)) : "";
    const flipped = words.includes("flipped");
    const verdict = flipped ? `${words} The dashed arrows show the original path.` : words;
    if (flip.textContent !== verdict) flip.textContent = verdict; // said once, not at every move
    flip.classList.toggle("flipped", flipped);
  };

  const draw = () => {
    const transition = model.get("transition");
    const found = viterbi(initial, transition, seen);
    const place = layout(scroll.parentElement.clientWidth || 640, states, observed);
    resize(names, place.gutter, place.height);
    resize(grid, place.width, place.height);
    drawNames(names, place, states);
    const now = { states, observed, found, first, step: model.get("step"), cell: model.get("cell") };
    drawGrid(grid, place, now, write, (t, j) => (t < model.get("step")
      ? update(model, { cell: [t, j] }) : go(t + 1, j)));
    const spoken = describe(found);
    if (said.textContent !== spoken) said.textContent = spoken;
    drawSums(found, transition);
    drawEdge(found, transition);
    const step = model.get("step");
    allow(back, step > 1);
    allow(onward, step <= steps);
    onward.textContent = step < steps ? "Forward ▶" : "Trace back ▶";
    units.textContent = model.get("logarithms") ? "Show probabilities" : "Show logarithms";
    const right = place.x(Math.min(step, steps - 1)) + place.pitch; // keep the next column in view
    const left = place.x(model.get("cell")[0]) - place.pitch;
    if (right > scroll.scrollLeft + scroll.clientWidth) scroll.scrollLeft = right - scroll.clientWidth;
    else if (left < scroll.scrollLeft) scroll.scrollLeft = left;
  };
  draw();
  let width = scroll.parentElement.clientWidth;
  const resized = new ResizeObserver(() => {
    if (scroll.parentElement.clientWidth === width) return;
    width = scroll.parentElement.clientWidth;
    draw();
  });
  resized.observe(scroll.parentElement);
  const stop = redrawOnChange(model, STATE, draw);
  return () => { stop(); resized.disconnect(); };
}

export { viterbi, editedRow, comparison, written };
