// The Viterbi algorithm step by step, with one transition to change. The arithmetic is in
// lattice.js, the drawing in trellis_drawing.js, which trellis.py appends; the state is synced, so that Python can read the path.

const STATE = ["transition", "step", "logarithms", "cell", "edge"];

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
    reset.setAttribute("aria-disabled", !changed);
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
    back.setAttribute("aria-disabled", step === 1); // not disabled: the focus must not get lost
    onward.setAttribute("aria-disabled", step > steps);
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

export default { render };
