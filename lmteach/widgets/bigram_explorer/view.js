// What follows each symbol, and names grown from it. The table comes as bytes; the draws are
// made here, by the generator that shared/random_numbers.py has, too (a test compares them).

const MOST_BARS = 15; // where there are more than ALL_BARS symbols; the rest is summed
const ALL_BARS = 30;
const LONGEST = 60;

// Number `index` of the mulberry32 stream `seed`, in [0, 1).
function uniform(seed, index) {
  const state = (seed + Math.imul(index + 1, 0x6d2b79f5)) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function drawFrom(weights, chance) {
  let [total, last] = [0, 0];
  for (let index = 0; index < weights.length; index++) {
    total += weights[index];
    if (chance < total) return index;
    if (weights[index] > 0) last = index;
  }
  return last; // rounding left the sum a hair below 1
}

function finished(path, end) {
  return path.length > LONGEST || (path.length > 1 && path.at(-1) === end);
}

function percent(chance) {
  const digits = chance >= 0.1 || chance === 0 ? 0 : chance >= 0.001 ? 1 : 2;
  return `${(100 * chance).toFixed(digits)} %`;
}

function oneIn(bits) {
  return bits < 40 ? Math.round(2 ** bits).toLocaleString("en") : (2 ** bits).toExponential(1);
}

function readRows(view, size) {
  const values = new Float64Array(size * size);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(8 * i, true);
  return Array.from({ length: size }, (_, i) => values.subarray(i * size, (i + 1) * size));
}

// The bars to show for a row: [index, probability], and what the left-out ones sum to.
function barsOf(row, alphabetical) {
  const bars = Array.from(row, (chance, index) => [index, chance]);
  bars.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const shown = row.length > ALL_BARS ? bars.slice(0, MOST_BARS) : bars;
  const rest = bars.slice(shown.length);
  if (alphabetical) shown.sort((a, b) => a[0] - b[0]);
  return { shown, others: rest.length, sum: rest.reduce((total, bar) => total + bar[1], 0) };
}

function render({ model, el }) {
  const symbols = model.get("symbols");
  const rows = readRows(model.get("_table"), symbols.length);
  const [start, end] = [model.get("start"), model.get("end")];
  const label = (index) => visible(symbols[index]);
  const said = (index) => (index === end ? "end" : spoken(symbols[index]));

  const keys = element("div", {
    class: "keys", role: "radiogroup", "aria-label": "Pick a symbol; arrow keys move",
  });
  const heading = element("b", { class: "heading" });
  const order = button("", () => update(model, { alphabetical: !model.get("alphabetical") }),
    { class: "order" });
  const bars = element("div", { class: "bars", role: "list" });
  const steps = element("div", { class: "steps mono", role: "list", "aria-label": "The name" });
  const sum = element("output", { class: "sum", "aria-live": "polite" });
  const list = element("ol", { class: "names", "aria-label": "Finished names" });

  const pick = (index, focus) => {
    const wrapped = (index + symbols.length) % symbols.length;
    update(model, { selected: wrapped });
    if (focus) keys.children[wrapped].focus();
  };
  symbols.forEach((symbol, index) => keys.append(button(label(index), () => pick(index), {
    role: "radio", class: "mono", "aria-label": said(index), title: said(index),
  })));
  keys.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const typed = event.key === " " ? -1 : symbols.indexOf(event.key);
    if (event.ctrlKey || event.metaKey || event.altKey || (!move && typed < 0)) return;
    event.preventDefault();
    pick(move ? model.get("selected") + move : typed, true);
  });

  // Add letters: one, or as many as the name still needs.
  const add = (toTheEnd) => {
    let path = [...model.get("path")];
    let draws = model.get("draws");
    if (finished(path, end)) path = [start]; // the next click begins the next name
    do {
      path.push(drawFrom(rows[path.at(-1)], uniform(model.get("seed"), draws)));
      draws += 1;
    } while (toTheEnd && !finished(path, end));
    const values = { path, draws, selected: path.at(-1) };
    if (finished(path, end)) {
      const letters = path.slice(1, path.at(-1) === end ? -1 : undefined);
      values.names = [...model.get("names"), letters.map((index) => symbols[index]).join("")];
    }
    update(model, values);
  };
  const grow = button("Add a letter", () => add(false), { class: "main" });
  const finish = button("Finish it", () => add(true));
  const fresh = button("New name", () => update(model, { path: [start], selected: start }));

  const root = ground(el, "Bigram explorer",
    element("p", { class: "quiet" }, "Pick a letter: click, type it, or use the arrow keys."),
    keys,
    element("div", { class: "row" }, heading, order),
    bars,
    element("hr"),
    element("div", { class: "row" }, grow, finish, fresh),
    steps, sum, list);
  root.classList.add("explorer");

  const drawBars = () => {
    const selected = model.get("selected");
    const { shown, others, sum: left } = barsOf(rows[selected], model.get("alphabetical"));
    const most = Math.max(left, ...shown.map((bar) => bar[1]));
    const line = (name, spokenName, chance, extra = []) => element("div", {
      class: `bar ${chance ? "" : "none"}`, role: "listitem",
      "aria-label": `${spokenName} ${percent(chance)}`,
    },
    element("span", { class: "name" }, element("span", { class: "mono" }, name), ...extra),
    element("span", { class: "track" }, element("span", {
      class: "fill", style: `width: ${(100 * chance) / most}%`,
    })),
    element("span", { class: "number" }, percent(chance)));
    const lines = shown.map(([index, chance]) => line(label(index), said(index), chance,
      index === end ? [element("small", {}, " end")] : []));
    const rest = `${others} others`;
    if (others) lines.push(line("", rest, left, [element("small", {}, rest)]));
    bars.replaceChildren(...lines);
    heading.replaceChildren("What follows ",
      element("span", { class: "big mono" }, label(selected)),
      selected === start ? " (the start)" : "");
    order.textContent = model.get("alphabetical") ? "Sort by probability" : "Sort by letter";
    [...keys.children].forEach((key, index) => {
      key.setAttribute("aria-checked", index === selected);
      key.tabIndex = index === selected ? 0 : -1; // one stop for Tab, arrows inside
    });
  };

  const drawName = () => {
    const path = model.get("path");
    const odds = path.slice(1).map((index, place) => rows[path[place]][index]);
    const bits = odds.reduce((total, chance) => total - Math.log2(chance), 0);
    steps.replaceChildren(...path.map((index, place) => {
      const below = place === 0 ? "start" : percent(odds[place - 1]);
      const ending = place > 0 && index === end ? "end" : "";
      return element("span", { class: `step ${ending}`, role: "listitem" },
        element("span", { class: "letter", title: said(index) }, label(index)),
        element("span", { class: "chance" }, below),
        ...(ending ? [element("span", { class: "chance" }, "end")] : []));
    }));
    const done = finished(path, end);
    sum.textContent = !odds.length ? "Nothing drawn yet: 0 bits."
      : `${done ? "Finished" : "So far"}: ${odds.length} draw${odds.length > 1 ? "s" : ""}, ` +
        `all their probabilities multiplied: 1 in ${oneIn(bits)} = ${bits.toFixed(1)} bits.`;
    grow.textContent = done ? "Begin the next name" : "Add a letter";
    allow(finish, !done && end !== null);
    list.replaceChildren(...model.get("names").slice(-12).map((name) =>
      element("li", { class: "mono" }, name || "(an empty name)")));
    list.start = Math.max(1, model.get("names").length - 11);
  };

  drawBars();
  drawName();
  const stops = [
    redrawOnChange(model, ["selected", "alphabetical"], drawBars),
    redrawOnChange(model, ["path", "names"], drawName),
  ];
  return () => stops.forEach((stop) => stop());
}

export { uniform, drawFrom, barsOf };
