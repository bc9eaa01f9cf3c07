// A run as it goes on: the loss against the steps, the time left, samples, and buttons to steer it.
// Everything shown is in Python's values; the buttons only leave word there.

const [WIDE, HIGH, LEFT, RIGHT, ABOVE, BELOW] = [720, 320, 56, 18, 12, 56];
const PATIENCE = 3000; // milliseconds until Python should have heard of a button
const LABEL = 24; // the height of a label
const WATCHED = ["state", "message", "points", "clock", "samples"];

// Round places for an axis, some `count` of them: 1, 2 or 5 times a power of ten apart.
function roundPlaces(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const gap = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const places = [];
  for (let i = Math.ceil(low / gap - 1e-9); i * gap <= high + gap * 1e-9; i++) places.push(i * gap);
  return places.map((place) => Number(place.toPrecision(12)));
}

// From the lowest to the highest thing to be seen, with a little air.
function rangeOf(points, levels) {
  const all = [...levels];
  for (const [, loss, smooth] of points) all.push(loss, smooth);
  if (!all.length) return [0, 1];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const air = 0.06 * (high - low) || 0.5;
  return [low - air, high + air];
}

// Heights in pixels (down is more), moved up just so far that none lies over another.
function keptApart(heights, gap) {
  const moved = [...heights];
  let floor = Infinity;
  for (const place of heights.map((_, i) => i).sort((a, b) => heights[b] - heights[a])) {
    moved[place] = Math.min(heights[place], floor);
    floor = moved[place] - gap;
  }
  return moved;
}

function inSeconds(seconds) {
  if (seconds < 99.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60 + 1e-9)} min ${Math.round(seconds % 60)} s`;
}

function render({ model, el }) {
  const [steps, unit, marks] = [model.get("steps"), model.get("unit"), model.get("marks")];
  let [asked, patience] = [null, null];

  const ask = (command, words) => {
    asked = { state: model.get("state"), samples: model.get("samples").length };
    waiting.textContent = words;
    clearTimeout(patience);
    patience = setTimeout(() => {
      waiting.textContent = "Python is busy with a cell and hears no button. Interrupt it (■) to stop the run.";
    }, PATIENCE);
    model.send({ command });
  };
  const hold = button("Pause", () => (model.get("state") === "paused"
    ? ask("go on", "going on …") : ask("pause", "pausing …")), { class: "main" });
  const sample = button("Sample now", () => ask("sample", "writing …"));
  const stop = button("Stop", () => ask("stop", "stopping …"));
  const waiting = element("span", { class: "quiet" });
  const now = element("p", { class: "number now" });
  const says = element("output", { class: "says", "aria-live": "polite" });
  const chart = drawing("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "losses", role: "img" });
  const written = element("ol", { class: "samples", "aria-label": "Samples", tabindex: 0 });
  const root = ground(el, "Training panel",
    element("div", { class: "row" }, hold, ...(model.get("can_sample") ? [sample] : []), stop, waiting),
    says, now, chart, ...(model.get("can_sample") ? [written] : []));
  root.classList.add("trainingpanel");

  const drawChart = (points) => {
    const last = Math.max(steps, points.at(-1)?.[0] ?? 0);
    const [low, high] = rangeOf(points, Object.values(marks));
    const x = (step) => LEFT + ((WIDE - LEFT - RIGHT) * step) / last;
    const y = (loss) => ABOVE + ((HIGH - ABOVE - BELOW) * (high - loss)) / (high - low);
    const path = (column) => points
      .map((point, i) => `${i ? "L" : "M"}${x(point[0]).toFixed(1)} ${y(point[column]).toFixed(1)}`).join("");
    const parts = [];
    for (const loss of roundPlaces(low, high, 5)) {
      parts.push(drawing("line", { x1: LEFT, x2: WIDE - RIGHT, y1: y(loss), y2: y(loss), class: "gridline" }));
      parts.push(drawing("text", { x: LEFT - 8, y: y(loss), class: "height" }, `${loss}`));
    }
    for (const step of roundPlaces(0, last, 6)) {
      parts.push(drawing("text", { x: x(step), y: HIGH - BELOW + 24, class: "place" }, `${step}`));
    }
    parts.push(drawing("text", { x: (WIDE + LEFT) / 2, y: HIGH - 8, class: "place" }, `step; the loss is in ${unit}`));
    for (const loss of Object.values(marks)) {
      parts.push(drawing("line", { x1: LEFT, x2: WIDE - RIGHT, y1: y(loss), y2: y(loss), class: "level" }));
    }
    parts.push(drawing("path", { d: path(1), class: "raw" }), drawing("path", { d: path(2), class: "smooth" }));
    if (points.length) {
      const [step, , smooth] = points.at(-1);
      parts.push(drawing("circle", { cx: x(step), cy: y(smooth), r: 6, class: "here" }));
    }
    const heights = keptApart(Object.values(marks).map((loss) => y(loss) - 5), LABEL);
    Object.entries(marks).forEach(([name, loss], i) => {
      parts.push(drawing("text", { x: WIDE - RIGHT, y: heights[i], class: "name" }, `${name} ${loss.toFixed(2)}`));
    });
    chart.replaceChildren(...parts);
    chart.setAttribute("aria-label", points.length
      ? `The loss against the steps: ${points[0][1].toFixed(2)} at first, now about ${points.at(-1)[2].toFixed(2)}`
      : "The loss against the steps: nothing yet");
  };

  const inWords = (points) => {
    if (!points.length) return `0 of ${steps} steps`;
    const [step, loss, smooth] = points.at(-1);
    const { seconds, left, tokens } = model.get("clock");
    const going = ["training", "paused"].includes(model.get("state")) && left > 0;
    return `Step ${step} of ${steps} · loss ${loss.toFixed(3)}, smoothed ${smooth.toFixed(3)} · ` +
      inSeconds(seconds) + (going ? `, about ${inSeconds(left)} left` : "") +
      (tokens ? ` · ${Math.round(tokens).toLocaleString("en")} tokens/s` : "");
  };

  const drawSamples = (samples) => {
    if (written.childElementCount === samples.length && written.dataset.last === samples.at(-1)?.text) return;
    written.dataset.last = samples.at(-1)?.text ?? "";
    written.replaceChildren(...[...samples].reverse().map(({ step, text }) => element("li", {},
      element("span", { class: "quiet" }, step ? `After step ${step}` : "Before the first step"),
      element("p", { class: "mono text" }, text))));
  };

  const draw = () => {
    const [state, points, samples] = ["state", "points", "samples"].map((name) => model.get(name));
    const step = points.at(-1)?.[0] ?? 0;
    const words = {
      ready: "Not started.", training: "Training.", paused: `Paused after step ${step}.`,
      stopping: `Stopping after step ${step}.`, finished: `Finished: ${step} steps.`,
      stopped: `Stopped after step ${step}.`, failed: model.get("message"),
    }[state];
    if (says.textContent !== words) says.textContent = words; // read aloud only when it changes
    hold.textContent = state === "paused" ? "Go on" : "Pause";
    for (const one of [hold, stop]) allow(one, ["training", "paused"].includes(state));
    allow(sample, !["ready", "stopping"].includes(state));
    if (asked && (asked.state !== state || asked.samples !== samples.length)) {
      asked = null;
      clearTimeout(patience);
      waiting.textContent = "";
    }
    now.textContent = inWords(points);
    drawChart(points);
    drawSamples(samples);
  };
  draw();
  const silence = redrawOnChange(model, WATCHED, draw);
  return () => { clearTimeout(patience); silence(); };
}

export { inSeconds, keptApart, rangeOf, roundPlaces };
