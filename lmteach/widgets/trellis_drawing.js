// The trellis as a drawing: where everything stands, circles, scores and arrows.

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
  const values = { viewBox: `0 0 ${width} ${height}`, width, height };
  for (const [name, value] of Object.entries(values)) svg.setAttribute(name, value);
}
