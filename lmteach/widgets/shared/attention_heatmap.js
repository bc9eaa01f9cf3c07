// The heat map of one attention head, and what the views that show one need: names, colours, words.

function cut(text, most) {
  const letters = [...visible(text)];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : letters.join("");
}

function widest(words, most) {
  return Math.min(most, Math.max(...words.map((word) => [...visible(word)].length)));
}

// The colours of shares from 0 to 1, by their square root: as CSS, and as pixels of a canvas.
function readColours(view) {
  const bytes = Array.from({ length: 256 }, (_, step) => [0, 1, 2].map((part) => view.getUint8(3 * step + part)));
  const pixels = new Uint32Array(new Uint8Array(bytes.flatMap((rgb) => [...rgb, 255])).buffer);
  const step = (share) => Math.min(255, Math.floor(256 * Math.sqrt(share)));
  const css = bytes.map((rgb) => `rgb(${rgb.join(",")})`);
  return { css: (share) => css[step(share)], pixel: (share) => pixels[step(share)] };
}

// How tall a row is: the same for arcs and heat map, so that they line up side by side.
function riseOf(queries, keys) {
  return Math.max(queries.length, keys.length) <= 8 ? 44 : 26;
}

// The keys of a row from the largest weight down, in words.
function looksAt(row, keys, most = 3) {
  return [...row.keys()].filter((j) => row[j] >= 0.005)
    .sort((a, b) => row[b] - row[a] || a - b).slice(0, most)
    .map((j) => `${spoken(keys[j])} (${j}) ${(100 * row[j]).toFixed(0)} %`).join(", ");
}

// The heat map: squares are made once. Hidden places show the ground, with a slash for what lies
// ahead, a cross for padding, a dot for all else.
function makeHeat(queries, keys, colours, pick) {
  const svg = drawing("svg", { class: "heat", role: "img" });
  const gutter = 10 * widest(queries, 12) + 14;
  const upright = widest(keys, 12) > 5 || (keys.length > 6 && widest(keys, 12) > 2);
  const top = upright ? 10 * widest(keys, 12) + 14 : 30;
  const squares = queries.map((_, i) => keys.map((_, j) => drawing("rect", {
    class: "square", "data-query": i, "data-key": j,
  })));
  const small = queries.length <= 8 && keys.length <= 8;
  const numbers = small ? queries.map(() => keys.map(() => drawing("text", { class: "number" }))) : [];
  const rows = queries.map((word) => drawing("text", { class: "token query" }, cut(word, 12)));
  const columns = keys.map((word) => drawing("text", {
    class: `token column${upright ? " upright" : ""}` }, cut(word, 12)));
  const marks = drawing("path", { class: "marks" });
  const frame = drawing("rect", { class: "frame" });
  const tip = drawing("title");
  svg.append(tip, ...squares.flat(), marks, frame, ...numbers.flat(), ...rows, ...columns);
  const filled = squares.map((row) => row.map(() => ""));
  let [shown, hidden] = [[], null];
  svg.addEventListener("pointerover", ({ target }) => {
    const { query, key } = target.dataset;
    if (query === undefined) return;
    const share = hidden !== null && hidden[query * keys.length + Number(key)] ? "hidden" : shown[query][key].toFixed(3);
    tip.textContent = `${spoken(queries[query])} → ${spoken(keys[key])}: ${share}`;
  });
  svg.addEventListener("click", ({ target }) => {
    if (target.dataset.query !== undefined) pick(Number(target.dataset.query));
  });

  const rise = riseOf(queries, keys);
  let side = 0;
  const box = (i, j) => [gutter + side * j, top + rise * i];
  const place = (room) => {
    side = Math.max(20, Math.min(56, (room - gutter - 2) / keys.length));
    queries.forEach((_, i) => {
      keys.forEach((_, j) => {
        const [x, y] = box(i, j);
        setAll(squares[i][j], { x, y, width: side - 1, height: rise - 1 });
        if (small) setAll(numbers[i][j], { x: x + side / 2 - 0.5, y: y + rise / 2 + 5 });
      });
      setAll(rows[i], { x: gutter - 6, y: top + rise * (i + 0.5) + 6 });
    });
    columns.forEach((name, j) => {
      const x = gutter + side * (j + 0.5);
      if (upright) setAll(name, { transform: `translate(${x + 5},${top - 6}) rotate(-90)` });
      else setAll(name, { x, y: top - 8 });
    });
    const [width, height] = [gutter + side * keys.length + 2, top + rise * queries.length + 2];
    setAll(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
  };
  const mark = (kind, i, j) => {
    const [x, y] = box(i, j);
    const [r, cx, cy] = [Math.min(side, rise) * 0.26, x + side / 2, y + rise / 2];
    const slash = `M${cx - r},${cy + r}L${cx + r},${cy - r}`;
    if (kind === 1) return slash;
    return kind === 2 ? `${slash}M${cx - r},${cy - r}L${cx + r},${cy + r}` : `M${cx - 1},${cy}h2`;
  };
  const show = (weights, kinds, token) => {
    [shown, hidden] = [weights, kinds];
    const strokes = [];
    weights.forEach((row, i) => row.forEach((weight, j) => {
      const kind = kinds === null ? 0 : kinds[i * keys.length + j];
      if (kind) strokes.push(mark(kind, i, j));
      const fill = kind ? "transparent" : colours.css(weight);
      if (filled[i][j] !== fill) squares[i][j].setAttribute("fill", fill);
      filled[i][j] = fill;
      if (!small) return;
      numbers[i][j].textContent = kind ? "" : weight >= 0.995 ? "1" : weight.toFixed(2).slice(1);
      numbers[i][j].style.fill = weight > 0.35 ? "#111" : "#fff";
    }));
    marks.setAttribute("d", strokes.join(""));
    frame.style.display = token >= 0 ? "" : "none";
    const [x, y] = box(Math.max(token, 0), 0);
    setAll(frame, { x, y, width: side * keys.length - 1, height: rise - 1 });
    rows.forEach((name, i) => setAll(name, { class: `token query${i === token ? " chosen" : ""}` }));
  };
  return { svg, place, show };
}
