// Recorded runs: a cure, how strong it is, and the loss pass by pass, taught and held out.

const HEADROOM = 1.05; // above the highest curve of all runs, so that all have one scale

function highest(runs, level) {
  const all = runs.flatMap((run) => run.strengths.flatMap((one) => one.curves.flat()));
  return HEADROOM * Math.max(level, ...all);
}

// The least value of a curve and the pass that had it first, counted from 1.
function lowest(curve) {
  const value = Math.min(...curve);
  return { value, pass: curve.indexOf(value) + 1 };
}

// The same words as CureDial.said in widget.py (a test compares them).
function inWords(cure, { strength, curves }, names) {
  const [taught, heldOut] = curves;
  const { value, pass } = lowest(heldOut);
  return `${cure} ${strength}: after ${taught.length} passes ${names[0]} ${taught.at(-1).toFixed(2)}, ` +
    `${names[1]} ${heldOut.at(-1).toFixed(2)}; lowest on ${names[1]} ${value.toFixed(2)}, after ${pass}`;
}

function drawRun(svg, run, first, names, level, top) {
  const [width, height] = [Math.max(svg.parentElement.clientWidth, 260), 340];
  const [left, right, above, below] = [52, 20, 14, 52];
  const count = run.curves[0].length;
  const x = (pass) => left + ((pass - 1) / Math.max(1, count - 1)) * (width - left - right);
  const y = (loss) => above + (1 - Math.max(0, loss) / top) * (height - above - below);
  const line = (curve, name) => drawing("polyline", {
    class: name, points: curve.map((loss, place) => `${x(place + 1)},${y(loss)}`).join(" "),
  });
  const text = (at, up, anchor, words) => drawing("text", { x: at, y: up, "text-anchor": anchor }, words);
  const floor = height - below;
  const marks = Array.from({ length: Math.floor(top / 0.5) + 1 }, (_, half) => half / 2);
  const passes = [1, Math.ceil(count / 2), count].filter((pass, k, all) => all.indexOf(pass) === k);
  const { value, pass } = lowest(run.curves[1]);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    drawing("path", { class: "axis", d: `M${left},${above}V${floor}H${width - right}` }),
    drawing("line", { class: "level", x1: left, x2: width - right, y1: y(level.height), y2: y(level.height) }),
    text(width - right, y(level.height) - 6, "end", level.name),
    line(first.curves[1], "first"),
    line(run.curves[0], "taught"),
    line(run.curves[1], "held"),
    drawing("circle", { class: "turn", cx: x(pass), cy: y(value), r: 5 }),
    ...marks.map((loss) => text(left - 8, y(loss) + 5, "end", loss.toFixed(1))),
    ...passes.map((one) => text(x(one), floor + 20, one === count ? "end" : "middle", one)),
    text((left + width - right) / 2, height - 8, "middle", "pass"),
  );
}

function render({ model, el }) {
  const [runs, names, level] = ["_runs", "names", "level"].map((name) => model.get(name));
  const top = highest(runs, level.height);
  const chosen = () => runs.find((run) => run.cure === model.get("cure"));

  const cures = runs.map((run) =>
    button(run.cure, () => update(model, { cure: run.cure, place: Math.min(model.get("place"), run.strengths.length - 1) })));
  const slider = labelledSlider("strength", { min: 0, step: 1 }, (place) => update(model, { place }));
  const svg = drawing("svg", { role: "img" });
  const words = element("output", { class: "said", role: "status" });
  const key = element("p", { class: "quiet key" },
    element("span", { class: "taught" }, names[0]), element("span", { class: "held" }, names[1]),
    element("span", { class: "first" }, `${names[1]}, first strength`));
  const root = ground(el, "Cures of overfitting",
    element("div", { class: "row", role: "group", "aria-label": "cure" }, ...cures),
    element("div", { class: "row" }, slider.box), key,
    element("div", { class: "chart" }, svg), words);
  root.classList.add("cures");

  const draw = () => {
    const { cure, strengths } = chosen();
    const place = Math.min(model.get("place"), strengths.length - 1);
    const said = inWords(cure, strengths[place], names);
    cures.forEach((one, number) => one.setAttribute("aria-pressed", runs[number].cure === cure));
    slider.input.max = strengths.length - 1;
    slider.input.value = place;
    slider.input.setAttribute("aria-valuetext", strengths[place].strength);
    slider.shown.textContent = strengths[place].strength;
    words.textContent = `${said}.`;
    svg.setAttribute("aria-label", `Loss pass by pass. ${said}.`);
    drawRun(svg, strengths[place], strengths[0], names, level, top);
  };
  draw();
  const resized = new ResizeObserver(draw);
  resized.observe(svg.parentElement);
  const stop = redrawOnChange(model, ["cure", "place"], draw);
  return () => { stop(); resized.disconnect(); };
}

export { highest, inWords, lowest };
