// A gradient on its way back through a recurrent network, for the spectral radius of the slider.
// The arithmetic is that of growth_by_lag in spectral_radius.py (a test compares them).

const [LOWEST, HIGHEST] = [-20, 20]; // powers of ten that the chart has room for
const [FALLS, RISES] = [0.995, 1.005]; // factors a step, between which we say that it holds

function readDoubles(view) {
  return Float64Array.from({ length: view.byteLength / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

// The states from h_0 = 0 on; matrix is N × N, inputs T × N, both row after row.
function statesOf(matrix, inputs, size, radius, squash) {
  const states = [new Float64Array(size)];
  for (let t = 0; t < inputs.length / size; t++) {
    const before = states[t];
    states.push(before.map((_, i) => {
      let sum = inputs[t * size + i];
      for (let j = 0; j < size; j++) sum += radius * matrix[i * size + j] * before[j];
      return squash ? Math.tanh(sum) : sum;
    }));
  }
  return states;
}

// Lag 0, 1, 2, …: the root mean square growth of a gradient over all directions.
function growthByLag(matrix, inputs, size, radius, squash) {
  const norms = [];
  let jacobian = Float64Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 1 : 0));
  for (const state of statesOf(matrix, inputs, size, radius, squash).reverse()) {
    norms.push(Math.sqrt(jacobian.reduce((sum, entry) => sum + entry * entry, 0) / size));
    const next = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < size; k++) {
        const slope = squash ? 1 - state[k] * state[k] : 1;
        const entry = jacobian[i * size + k] * slope * radius;
        for (let j = 0; j < size; j++) next[i * size + j] += entry * matrix[k * size + j];
      }
    }
    jacobian = next;
  }
  return norms;
}

// The factor a step, far back, where the first steps don't matter any more.
function factorAStep(norms) {
  const half = Math.floor((norms.length - 1) / 2);
  return (norms.at(-1) / norms[half]) ** (1 / (norms.length - 1 - half));
}

function verdict(factor) {
  return factor < FALLS ? "vanishes" : factor > RISES ? "explodes" : "holds";
}

// A small or large number as people write it: 0.35, 12, 2.7 · 10⁻⁵.
function written(number) {
  if (number >= 0.01 && number < 99.5) return number.toPrecision(2);
  const [digits, power] = number.toExponential(1).split("e");
  const raised = [...power.replace("+", "")].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));
  return `${digits} · 10${raised.join("")}`;
}

function drawChart(svg, own, other) {
  const [width, height] = [Math.max(svg.parentElement.clientWidth, 260), 320];
  const [left, right, top, bottom] = [64, 16, 16, 56];
  const x = (lag) => left + ((lag - 1) / (own.length - 2)) * (width - left - right);
  const y = (value) => {
    const power = Math.min(HIGHEST, Math.max(LOWEST, Math.log10(value)));
    return top + ((HIGHEST - power) / (HIGHEST - LOWEST)) * (height - top - bottom);
  };
  const line = (norms, name) => drawing("polyline", {
    class: name, points: norms.slice(1).map((norm, k) => `${x(k + 1)},${y(norm)}`).join(" "),
  });
  const text = (x, y, anchor, words) => drawing("text", { x, y, "text-anchor": anchor }, words);
  const floor = height - bottom;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    drawing("path", { class: "axis", d: `M${left},${top}V${floor}H${width - right}` }),
    drawing("line", { class: "level", x1: left, x2: width - right, y1: y(1), y2: y(1) }),
    line(other, "other"),
    line(own, "own"),
    ...[[20, "10²⁰"], [10, "10¹⁰"], [0, "1"], [-10, "10⁻¹⁰"], [-20, "10⁻²⁰"]].map(([power, words]) =>
      text(left - 8, y(10 ** power) + 5, "end", words)),
    ...[1, 25, 50, 75, 100].filter((lag) => lag < own.length).map((lag) =>
      text(x(lag), floor + 20, lag === own.length - 1 ? "end" : "middle", lag)),
    text((left + width - right) / 2, height - 10, "middle", "lag, steps back"),
  );
}

function render({ model, el }) {
  const [matrix, inputs] = ["_matrix", "_inputs"].map((name) => readDoubles(model.get(name)));
  const size = model.get("size");
  const growth = (squash) => growthByLag(matrix, inputs, size, model.get("radius"), squash);

  const slider = element("input", {
    type: "range", min: 0.5, max: 1.5, step: 0.01, "aria-label": "Spectral radius",
  });
  slider.addEventListener("input", () => update(model, { radius: Number(slider.value) }));
  const number = element("output", { class: "number" });
  const presets = [["Vanish", 0.9], ["Hold", 1], ["Explode", 1.1]].map(([label, radius]) =>
    button(label, () => update(model, { radius }), { title: `spectral radius ${radius}` }));
  const tanh = button("tanh", () => update(model, { squash: !model.get("squash") }),
    { title: "states go through tanh" });
  const svg = drawing("svg", { role: "img" });
  const words = element("output", { class: "verdict", role: "status" });
  const root = ground(el, "Spectral radius",
    element("div", { class: "row" }, element("span", {}, "spectral radius"), slider, number),
    element("div", { class: "row" }, ...presets, tanh),
    element("div", { class: "chart" }, svg), words);
  root.classList.add("radius");

  const draw = () => {
    const [radius, squash] = [model.get("radius"), model.get("squash")];
    const [own, other] = [growth(squash), growth(!squash)];
    const factor = factorAStep(own);
    const said = `after ${own.length - 1} steps back, ${written(own.at(-1))} of it is there: about ` +
      `× ${factor.toFixed(3)} a step`;
    slider.value = radius;
    slider.setAttribute("aria-valuetext", radius.toFixed(2));
    number.textContent = radius.toFixed(2);
    tanh.setAttribute("aria-pressed", squash);
    words.replaceChildren("The gradient ", element("b", {}, verdict(factor)), `: ${said}. Dashed: `,
      squash ? "without tanh." : "with tanh.");
    svg.setAttribute("aria-label", `Growth of a gradient against the lag: it ${verdict(factor)}; ${said}.`);
    drawChart(svg, own, other);
  };
  draw();
  const resized = new ResizeObserver(draw);
  resized.observe(svg.parentElement);
  const stop = redrawOnChange(model, ["radius", "squash"], draw);
  return () => { stop(); resized.disconnect(); };
}

export { factorAStep, growthByLag, verdict, written };
