// One attention call as a ledger: a list of steps, and the matrices of the one that is chosen, with
// the sum behind one entry of its result. All numbers come from attention_ledger.py.

const STATE = ["step", "cell"];

function written(number, digits = 2) {
  return number === null ? "−∞" : number.toFixed(digits).replace("-", "−");
}

const bracketed = (number) => (number !== null && number < 0 ? `(${written(number)})` : written(number));

function shapeOf({ shape }) {
  return `(${shape.join(" × ")})`;
}

// How entry [i, j] of a step's result comes about, in one line.
function arithmetic({ kind, operands, result, root }, i, j) {
  const [left, right] = operands.map((operand) => operand.values);
  const found = written(result.values[i][j]);
  if (kind === "product") {
    return `${left[i].map((entry, k) => `${bracketed(entry)}·${bracketed(right[k][j])}`).join(" + ")} = ${found}`;
  }
  if (kind === "scale") return `${written(left[i][j])} / √${root} = ${found}`;
  if (kind === "mask") return right[i][j] ? `may be seen: ${found} stays` : "hidden: the score becomes −∞";
  const open = left[i].filter((entry) => entry !== null);
  if (!open.length) return "nothing may be seen: all weights of this row are 0";
  if (left[i][j] === null) return "exp(−∞) is 0: the weight is exactly 0";
  return `exp(${written(left[i][j])}) / (${open.map((entry) => `exp(${written(entry)})`).join(" + ")}) = ${found}`;
}

// Which entries of an operand go into [i, j] of the result.
function used(kind, operand, i, j) {
  if (kind === "product") return operand === 0 ? (r) => r === i : (r, c) => c === j;
  return kind === "softmax" ? (r) => r === i : (r, c) => r === i && c === j;
}

function makeTable(matrix, marked, pick = null) {
  const largest = Math.max(1e-9, ...matrix.values.flat().map((value) => Math.abs(value ?? 0)));
  const head = element("tr", {}, element("td"), ...matrix.columns.map((name) =>
    element("th", { scope: "col" }, visible(name))));
  const rows = matrix.values.map((row, i) => element("tr", {},
    element("th", { scope: "row" }, visible(matrix.rows[i])),
    ...row.map((value, j) => {
      const cell = element("td", { class: `entry${marked(i, j) ? " used" : ""}${value === null ? " hidden" : ""}` }, written(value));
      cell.style.setProperty("--share", value === null ? 0 : (Math.abs(value) / largest).toFixed(3));
      if (value < 0) cell.classList.add("negative");
      if (pick) cell.addEventListener("click", () => pick(i, j));
      return cell;
    })));
  const title = element("caption", {}, element("b", {}, matrix.name), ` ${shapeOf(matrix)}`);
  return element("table", {}, title, element("thead", {}, head), element("tbody", {}, ...rows));
}

function render({ model, el }) {
  const steps = model.get("steps");
  const last = steps.length - 1;
  const within = (step, [i, j]) => {
    const [rows, columns] = steps[step].result.shape;
    return [Math.min(Math.max(i, 0), rows - 1), Math.min(Math.max(j, 0), columns - 1)];
  };
  const go = (step) => {
    const next = Math.min(Math.max(step, 0), last);
    update(model, { step: next, cell: within(next, model.get("cell")) });
  };
  const pick = (i, j) => update(model, { cell: within(model.get("step"), [i, j]) });
  const back = button("◀ Back", () => go(model.get("step") - 1));
  const onward = button("Forward ▶", () => go(model.get("step") + 1), { class: "main" });
  const entries = steps.map((step, place) => button("", () => go(place), { class: "entry-of-list" }));
  entries.forEach((entry, place) => entry.append(
    element("span", { class: "what" }, `${place + 1} ${steps[place].name}`),
    element("span", { class: "formula" }, steps[place].formula),
    element("span", { class: "shape" }, shapeOf(steps[place].result))));
  const list = element("div", { class: "ledger", role: "group", "aria-label": "Steps" }, ...entries);
  const stage = element("div", { class: "stage", tabindex: 0, role: "group",
    "aria-label": "Matrices: arrow keys choose an entry of the result, Page Up and Page Down a step" });
  const said = element("p", { class: "said", role: "status", "aria-live": "polite" });
  stage.addEventListener("keydown", (event) => {
    const move = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const turn = { PageDown: 1, PageUp: -1 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(move || turn)) return;
    event.preventDefault();
    if (turn) return go(model.get("step") + turn);
    const [i, j] = model.get("cell");
    pick(i + move[0], j + move[1]);
  });
  const root = ground(el, "Attention ledger",
    element("div", { class: "row" }, back, onward), list, said, stage);
  root.classList.add("attention-ledger");

  const draw = () => {
    const place = model.get("step");
    const step = steps[place];
    const [i, j] = within(place, model.get("cell"));
    const { result, operands, kind } = step;
    const signs = { product: ["", "·"], mask: ["", "where"], scale: [""], softmax: [""] }[kind];
    const parts = operands.flatMap((operand, index) => [
      ...(signs[index] ? [element("span", { class: "sign" }, signs[index])] : []),
      makeTable(operand, used(kind, index, i, j))]);
    stage.replaceChildren(...parts, element("span", { class: "sign" }, kind === "product" ? "=" : "→"),
      makeTable(result, (r, c) => r === i && c === j, pick));
    stage.lastChild.classList.add("result");
    entries.forEach((entry, index) => {
      if (index === place) entry.setAttribute("aria-current", "step");
      else entry.removeAttribute("aria-current");
      entry.classList.toggle("later", index > place);
    });
    const inner = kind === "product" ? ` The ${operands[0].shape[1]} in the middle is summed over.` : "";
    const shapes = `${operands.map(shapeOf).join(" and ")} → ${shapeOf(result)}.${inner}`;
    const words = `Step ${place + 1} of ${steps.length}, ${step.name}: ${shapes} ` +
      `${visible(result.rows[i])}, ${visible(result.columns[j])}: ${arithmetic(step, i, j)}`;
    if (said.textContent !== words) said.textContent = words;
    allow(back, place > 0);
    allow(onward, place < last);
  };
  draw();
  return redrawOnChange(model, STATE, draw);
}

export { arithmetic, used, written };
