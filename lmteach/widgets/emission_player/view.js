// The iterations of Baum–Welch as a film: states × symbols as a map, beside the likelihood curve.

const FILM = 8000; // milliseconds from the first to the last iteration, within bounds:
const [FASTEST, SLOWEST, CALM] = [60, 500, 1000]; // the last for those who asked for less motion

// The colour of a share from 0 to 1; view holds red, green and blue of every step of the scale.
function colour(view, share) {
  const steps = view.byteLength / 3;
  const step = Math.min(steps - 1, Math.floor(share * steps));
  return `rgb(${[0, 1, 2].map((part) => view.getUint8(3 * step + part)).join(", ")})`;
}

function readTables(view, iterations, states, symbols) {
  const at = (k, i, j) => view.getFloat64(8 * ((k * states + i) * symbols + j), true);
  const range = (length, make) => Array.from({ length }, (_, index) => make(index));
  return range(iterations, (k) => range(states, (i) => range(symbols, (j) => at(k, i, j))));
}

// The indices of a row's largest entries, the largest first, of equal ones the first.
function favourites(row, count) {
  return row.map((_, j) => j).sort((a, b) => row[b] - row[a] || a - b).slice(0, count);
}

// For two states: the symbols from those of the first to those of the second, with the share of
// the first, e₀ / (e₀ + e₁). A symbol that neither emits stands in the middle.
function preferences([one, other]) {
  return one
    .map((chance, j) => [j, chance + other[j] > 0 ? chance / (chance + other[j]) : 0.5])
    .sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

function percent(chance) {
  return `${(100 * chance).toFixed(chance < 0.0995 && chance > 0 ? 1 : 0)} %`;
}

// A log-likelihood with as many digits as tell it from the others: a thousandth of their range.
function rounded(number, range) {
  const digits = Math.min(6, Math.max(0, Math.ceil(3 - Math.log10(range || 1))));
  return number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replace("-", "−");
}

// The map: its squares are made once, and only change colour afterwards. Where there is little
// room, the symbols stand in two or more blocks, one below the other. The colour goes by the square
// root of a probability, so that rare symbols can be told from none.
function makeMap(states, symbols, most, colours) {
  const svg = drawing("svg", { class: "map", role: "img" });
  const squares = states.map(() => symbols.map(() => drawing("rect")));
  squares.flat().forEach((square) => square.append(drawing("title")));
  const place = (room) => {
    const gutter = Math.min(130, 12 + 10 * Math.max(...states.map((name) => [...name].length)));
    const fitting = Math.max(4, Math.floor((room - gutter - 2) / 18));
    const blocks = Math.ceil(symbols.length / fitting);
    const columns = Math.ceil(symbols.length / blocks);
    const side = Math.min(60, Math.max(18, (room - gutter - 2) / columns));
    const rise = Math.max(34, Math.min(64, 160 / states.length));
    const tall = 32 + rise * states.length; // of a block
    const parts = symbols.map((symbol, j) => drawing("text", {
      class: "mono sign", x: gutter + side * (j % columns + 0.5), y: 20 + tall * Math.floor(j / columns),
    }, visible(symbol)));
    states.forEach((state, i) => {
      for (let block = 0; block < blocks; block++) {
        const y = tall * block + 28 + rise * (i + 0.5) + 6;
        parts.push(drawing("text", { class: "row-name", x: gutter - 8, y }, visible(state)));
      }
      squares[i].forEach((square, j) => {
        setAll(square, {
          x: gutter + side * (j % columns), y: tall * Math.floor(j / columns) + 28 + rise * i,
          width: side - 1, height: rise - 2,
        });
        parts.push(square);
      });
    });
    const [key, wide] = [tall * blocks + 8, Math.max(gutter + side * columns, gutter + 190)];
    for (let step = 0; step < 32; step++) { // the scale of colours, with its ends and its middle
      parts.push(drawing("rect", { x: gutter + 5.5 * step, y: key, width: 6, height: 14, fill: colour(colours, step / 31) }));
    }
    for (const [share, anchor] of [[0, "start"], [0.5, "middle"], [1, "end"]]) {
      parts.push(drawing("text", { class: "scale", x: gutter + 176 * share, y: key + 32, "text-anchor": anchor },
        percent(share * share * most)));
    }
    setAll(svg, { viewBox: `0 0 ${wide} ${key + 38}`, width: wide, height: key + 38 });
    svg.replaceChildren(...parts);
  };
  const show = (table) => table.forEach((row, i) => row.forEach((chance, j) => {
    squares[i][j].setAttribute("fill", colour(colours, Math.sqrt(chance / most)));
    squares[i][j].firstChild.textContent = `${states[i]}, ${spoken(symbols[j])}: ${percent(chance)}`;
  }));
  return { svg, place, show };
}

// The likelihood of every iteration, and a mark at the one that is shown.
function drawCurve(svg, likelihoods, iteration) {
  const [width, height] = [Math.max(svg.parentElement.clientWidth, 220), 220];
  const [left, right, top, bottom] = [14, 14, 34, 46];
  const [low, high] = [Math.min(...likelihoods), Math.max(...likelihoods)];
  const last = Math.max(1, likelihoods.length - 1);
  const x = (k) => left + (k / last) * (width - left - right);
  const y = (value) => top + (1 - (value - low) / (high - low || 1)) * (height - top - bottom);
  const now = likelihoods[iteration];
  const text = (x, y, anchor, words, name = "") =>
    drawing("text", { x, y, "text-anchor": anchor, class: name }, words);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    drawing("path", { class: "axis", d: `M${left},${top}V${y(low) + 8}H${width - right}` }),
    drawing("line", { class: "here", x1: x(iteration), x2: x(iteration), y1: top, y2: y(low) + 8 }),
    drawing("polyline", { points: likelihoods.map((value, k) => `${x(k)},${y(value)}`).join(" ") }),
    drawing("circle", { cx: x(iteration), cy: y(now), r: 8 }),
    text(left, 20, "start", "log-likelihood "),
    text(width - right, 20, "end", rounded(now, high - low), "value"),
    text(left, height - 18, "start", "0"),
    text(width / 2, height - 18, "middle", "iteration"),
    text(width - right, height - 18, "end", likelihoods.length - 1),
  );
}

function render({ model, el }) {
  const [states, symbols, likelihoods] = ["states", "symbols", "log_likelihoods"].map((name) => model.get(name));
  const tables = readTables(model.get("_emissions"), likelihoods.length, states.length, symbols.length);
  const most = tables.reduce((best, table) => Math.max(best, ...table.flat()), 0);
  const last = tables.length - 1;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer = null;

  const play = button("", () => (timer ? pause() : start()), { class: "main play" });
  const slider = element("input", { type: "range", min: 0, max: last, step: 1, "aria-label": "Iteration" });
  const place = element("output", { class: "place", role: "status" });
  const map = makeMap(states, symbols, most, model.get("_colours"));
  const mapBox = element("div", { class: "mapbox", role: "group", "aria-label": "Emission map" }, map.svg);
  const curve = drawing("svg", { class: "curve", role: "img" });
  const tops = element("div", { class: "tops" });
  const sorted = element("div", { class: "sorted", role: "group", "aria-label": "Symbols by state" });

  const pause = () => {
    clearInterval(timer);
    timer = null;
    model.save_changes(); // while the film runs, the kernel isn't told of every picture
    draw();
  };
  const start = () => {
    if (model.get("iteration") === last) model.set("iteration", 0);
    const pace = calm ? CALM : Math.min(SLOWEST, Math.max(FASTEST, FILM / Math.max(1, last)));
    timer = setInterval(() => {
      model.set("iteration", Math.min(last, model.get("iteration") + 1));
      if (model.get("iteration") === last) pause();
    }, pace);
    draw();
  };
  slider.addEventListener("input", () => {
    if (timer) pause();
    update(model, { iteration: Number(slider.value) });
  });

  const root = ground(el, "Emission player",
    element("div", { class: "row" }, play, slider, place),
    element("div", { class: "stage" }, mapBox, element("div", { class: "curvebox" }, curve)),
    tops, ...(states.length === 2 ? [sorted] : []));
  root.classList.add("emissions");

  const drawTops = (table) => tops.replaceChildren(...table.map((row, i) =>
    element("p", {}, `${visible(states[i])} emits most often: `, ...favourites(row, 6).map((j) =>
      element("span", { class: "top" },
        element("b", { class: "mono" }, visible(symbols[j])), ` ${percent(row[j])}`)))));

  const drawSorted = (table) => {
    const group = (i, entries) => element("div", { class: `group side${i}` },
      element("span", { class: "whose" }, `${visible(states[i])} prefers`),
      element("span", { class: "chips", role: "list" }, ...entries.map(([j, share]) => {
        const mine = i === 0 ? share : 1 - share;
        return element("span", {
          class: `chip mono ${mine > 0.75 ? "sure" : ""}`, role: "listitem",
          title: `${spoken(symbols[j])}: ${percent(mine)} of its weight`,
        }, visible(symbols[j]));
      })));
    const all = preferences(table);
    sorted.replaceChildren(
      group(0, all.filter(([, share]) => share >= 0.5)),
      group(1, all.filter(([, share]) => share < 0.5).reverse()),
      element("p", { class: "quiet" }, "Filled: more than three times as likely as from the other state."));
  };

  const range = Math.max(...likelihoods) - Math.min(...likelihoods);
  const draw = () => {
    const iteration = model.get("iteration");
    const table = tables[iteration];
    const best = table.map((row, i) =>
      `${states[i]}: ${favourites(row, 6).map((j) => spoken(symbols[j])).join(", ")}`).join("; ");
    play.textContent = timer ? "❚❚ Pause" : iteration === last ? "▶ Play again" : "▶ Play";
    slider.value = iteration;
    slider.setAttribute("aria-valuetext", `iteration ${iteration} of ${last}`);
    place.setAttribute("aria-live", timer ? "off" : "polite");
    place.textContent = `Iteration ${iteration} of ${last}`;
    map.show(table);
    map.svg.setAttribute("aria-label", `Likeliest symbols at iteration ${iteration}. ${best}.`);
    curve.setAttribute("aria-label", `Log-likelihood ${rounded(likelihoods[iteration], range)} at iteration ` +
      `${iteration}; ${rounded(likelihoods[0], range)} at the start, ${rounded(likelihoods[last], range)} at the end.`);
    drawCurve(curve, likelihoods, iteration);
    drawTops(table);
    if (states.length === 2) drawSorted(table);
  };
  map.place(640);
  draw();
  let room = 0;
  const resized = new ResizeObserver(() => {
    if (mapBox.clientWidth === room) return;
    room = mapBox.clientWidth;
    map.place(room);
    draw();
  });
  resized.observe(mapBox);
  const stop = redrawOnChange(model, ["iteration"], draw);
  return () => { clearInterval(timer); stop(); resized.disconnect(); };
}

export { colour, favourites, preferences, readTables };
