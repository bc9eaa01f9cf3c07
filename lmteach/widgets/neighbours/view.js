// Type a word or a sum of words: the nearest words, found here, without the kernel.

const SHOWN = 10;
const SIGNS = { "+": 1, "-": -1, "−": -1, "–": -1 };

// The words of a question with their signs, or the sentence that says what can't be understood.
// `rows` is a Map from each word to its row.
function parse(query, rows) {
  const asked = [];
  let [sign, due] = [1, true]; // the sign of the next word; whether a word is due
  for (const piece of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    if (piece in SIGNS) {
      if (due && asked.length) return { problem: "There are two signs in a row: write a word between them." };
      [sign, due] = [SIGNS[piece], true];
    } else if (!due || (!rows.has(piece) && /[-+−–]/.test(piece))) {
      return { problem: "Write + or −, with blanks around it, between two words." };
    } else if (!rows.has(piece)) {
      return {
        problem: `“${piece}” is not among the ${rows.size.toLocaleString("en")} words that have a ` +
          "vector: it is too rare in the text, or not in it at all.",
      };
    } else {
      asked.push([rows.get(piece), sign]);
      due = false;
    }
  }
  if (!asked.length || due) return { problem: "Type a word, or a sum such as: a − b + c." };
  return { asked };
}

function readRows(view, count) {
  const dim = view.byteLength / 4 / count;
  const rows = new Float32Array(view.byteLength / 4);
  for (let at = 0; at < rows.length; at++) rows[at] = view.getFloat32(4 * at, true);
  return { rows, dim };
}

// The rows nearest to the signed sum of those asked for, which are left out: [row, cosine], the
// nearest first, of equal ones the first. null if the sum is nothing.
function nearest({ rows, dim }, asked, count) {
  const goal = new Float64Array(dim);
  for (const [row, sign] of asked) {
    for (let d = 0; d < dim; d++) goal[d] += sign * rows[row * dim + d];
  }
  const length = Math.hypot(...goal);
  if (!(length > 1e-6)) return null;
  const own = new Set(asked.map(([row]) => row));
  const found = [];
  for (let row = 0; row < rows.length / dim; row++) {
    if (own.has(row)) continue;
    let product = 0;
    for (let d = 0; d < dim; d++) product += rows[row * dim + d] * goal[d];
    found.push([row, product / length]);
  }
  return found.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, count);
}

function answer(query, rows, table) {
  const { problem, asked } = parse(query, rows);
  if (problem) return { problem };
  const found = nearest(table, asked, SHOWN);
  return found ? { found } : { problem: "The words cancel each other: nothing is left to look near." };
}

function render({ model, el }) {
  const words = model.get("words");
  const rows = new Map(words.map((word, row) => [word, row]));
  const table = readRows(model.get("_directions"), words.length);

  const field = element("input", {
    type: "text", size: 32, autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    "aria-label": "A word, or a sum of words",
  });
  const ask = (query) => update(model, { query });
  field.addEventListener("input", () => ask(field.value));
  const examples = model.get("examples").map((query) => button(query, () => ask(query)));
  const says = element("p", { class: "says", role: "status" });
  const list = element("ol", { class: "near", "aria-label": "Nearest words" });
  const root = ground(el, "Neighbours",
    element("div", { class: "row" }, element("label", { class: "asks" }, "Near to ", field)),
    element("div", { class: "row", role: "group", "aria-label": "Examples" }, ...examples),
    says, list);
  root.classList.add("neighbours");

  const line = ([row, cosine]) => {
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `${Math.max(0, 100 * cosine)}%`;
    return element("li", {},
      button(words[row], () => ask(words[row]), { "aria-label": `Neighbours of ${words[row]}` }),
      element("span", { class: "room" }, bar),
      element("span", { class: "number" }, cosine.toFixed(2).replace("-", "−")));
  };
  const draw = () => {
    const query = model.get("query");
    if (field.value !== query) field.value = query;
    const { problem, found } = answer(query, rows, table);
    const kept = list.contains(document.activeElement);
    list.replaceChildren(...(found ?? []).map(line));
    if (kept) (list.querySelector("button") ?? field).focus(); // the pressed one is gone
    says.textContent = problem ??
      (found.length ? `Nearest to ${query.trim()}: ${words[found[0][0]]}.` : "There is no other word.");
    says.classList.toggle("problem", Boolean(problem));
  };
  draw();
  return redrawOnChange(model, ["query"], draw);
}

export { answer, nearest, parse, readRows };
