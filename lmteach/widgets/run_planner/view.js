// A training run on paper: six sliders, and what follows from them.

const LETTERS = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]];
const BYTES = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]];
const TIMES = [[8766, "years"], [24, "days"], [1, "hours"], [1 / 60, "minutes"]];
const NEARLY = 0.9995;

// The same digits as in widget.py (a test compares the words).
function digits(value) {
  if (value >= 999.5) return value.toFixed(0);
  if (value < 1) return value.toFixed(3);
  return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(value))));
}

function scaled(value, units, space) {
  for (const [place, [size, name]] of units.entries()) {
    if (value >= NEARLY * size || (place === units.length - 1 && space)) {
      return `${digits(value / size)}${space}${name}`;
    }
  }
  return digits(value);
}

function shortNumber(value) {
  if (value < 1e15) return scaled(value, LETTERS, "");
  return value.toExponential(2).replace(/e\+(\d)$/, "e+0$1");
}

// The plan of lmteach.training.planning.
function planned({ size, text, doublings, share, price }, chip, law) {
  const [parameters, tokens, count] = [10 ** size, 10 ** text, 2 ** doublings];
  const operations = law.operations * parameters * tokens;
  const hours = operations / (count * chip.operations * (share / 100)) / 3600;
  const part = (amount, [scale, exponent]) => scale / amount ** exponent;
  const whole = law.bytes * parameters;
  return {
    operations, hours, whole, each: whole / count, cost: hours * count * price,
    loss: law.floor + part(parameters, law.size) + part(tokens, law.text),
  };
}

function inWords(values, chip, law) {
  const made = planned(values, chip, law);
  const fits = made.each <= chip.memory ? "it fits" : "it does not fit";
  return `${shortNumber(10 ** values.size)} parameters on ${shortNumber(10 ** values.text)} tokens: ` +
    `${shortNumber(made.operations)} operations, ${scaled(made.hours, TIMES, " ")} on ` +
    `${2 ** values.doublings} x ${chip.name}, ${shortNumber(made.cost)} in money. Memory for weights, ` +
    `gradients and Adam: ${scaled(made.whole, BYTES, " ")} in all, ` +
    `${scaled(made.each, BYTES, " ")} on each chip when shared out: ${fits}. ` +
    `Expected loss: ${made.loss.toFixed(2)} nats per token.`;
}

function render({ model, el }) {
  const [chips, law] = [model.get("_chips"), model.get("_law")];
  const names = ["size", "text", "doublings", "share", "price"];
  const chipOf = () => chips.find((one) => one.name === model.get("chip"));
  const values = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));

  const told = {
    size: ["parameters", { min: 6, max: 12.5, step: 0.1 }, (v) => shortNumber(10 ** v)],
    text: ["tokens", { min: 6, max: 14, step: 0.1 }, (v) => shortNumber(10 ** v)],
    doublings: ["chips", { min: 0, max: 14, step: 1 }, (v) => `${2 ** v}`],
    share: ["share of the sheet", { min: 1, max: 100, step: 1 }, (v) => `${v} %`],
    price: ["price an hour", { min: 0, max: 20, step: 0.1 }, (v) => v.toFixed(1)],
  };
  const sliders = names.map((name) =>
    labelledSlider(told[name][0], told[name][1], (value) => update(model, { [name]: value })));
  const buttons = chips.map((one) => button(one.name, () => update(model, { chip: one.name })));
  const tokensFor = button("20 tokens a parameter", () =>
    update(model, { text: Math.min(14, Math.max(6, model.get("size") + Math.log10(20))) }));
  const bars = ["each", "whole"].map((name) => {
    const bar = element("span", { class: `bar ${name}` });
    const amount = element("span", { class: "number" });
    const label = name === "each" ? "shared out" : "all on each chip";
    return { bar, amount, row: element("div", { class: "memory" },
      element("span", {}, label), element("span", { class: "track" }, bar), amount) };
  });
  const room = element("p", { class: "quiet" });
  const words = element("output", { class: "said", role: "status" });
  const root = ground(el, "Plan a run",
    element("div", { class: "row" }, ...sliders.map((one) => one.box)),
    element("div", { class: "row", role: "group", "aria-label": "chip" }, ...buttons, tokensFor),
    ...bars.map((one) => one.row), room, words);
  root.classList.add("planner");

  const draw = () => {
    const [now, chip] = [values(), chipOf()];
    names.forEach((name, place) => {
      const shown = told[name][2](now[name]);
      sliders[place].input.value = now[name];
      sliders[place].input.setAttribute("aria-valuetext", shown);
      sliders[place].shown.textContent = shown;
    });
    buttons.forEach((one, place) => one.setAttribute("aria-pressed", chips[place].name === chip.name));
    const made = planned(now, chip, law);
    bars.forEach(({ bar, amount }, place) => {
      const held = place === 0 ? made.each : made.whole;
      bar.style.width = `${100 * Math.min(1, held / chip.memory)}%`;
      bar.classList.toggle("over", held > chip.memory);
      amount.textContent = scaled(held, BYTES, " ");
    });
    room.textContent = `A full bar is the ${scaled(chip.memory, BYTES, " ")} of one ${chip.name}.`;
    words.textContent = inWords(now, chip, law);
  };
  draw();
  return redrawOnChange(model, [...names, "chip"], draw);
}

export { inWords, planned, shortNumber };
