// A candidate against a reference, n-gram by n-gram. The arithmetic is that of the package's
// evaluation/bleu.py and evaluation/rouge.py (a test compares them).

const STATE = ["candidate", "reference", "unit", "n"];
const ORDER = 4;
const SEPARATORS = ["\u001c", "\u001d", "\u001e", "\u001f"]; // blanks to Python, not to JavaScript
const ENTITIES = [["&quot;", "\""], ["&amp;", "&"], ["&lt;", "<"], ["&gt;", ">"]];
const PLACES = [
  [/([{-~[-` -&(-+:-@/])/gu, " $1 "],
  [/([^0-9])([.,])/gu, "$1 $2 "],
  [/([.,])([^0-9])/gu, " $1 $2"],
  [/([0-9])(-)/gu, "$1 $2 "],
];

const joined = (gram) => gram.join("\u0000"); // stands in no text that is typed

// A text cut as sacreBLEU does by default.
function bleuWords(text) {
  let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  for (const [entity, sign] of ENTITIES) line = line.replaceAll(entity, sign);
  line = ` ${line} `;
  for (const [place, apart] of PLACES) line = line.replace(place, apart);
  for (const separator of SEPARATORS) line = line.replaceAll(separator, " ");
  return line.split(/\p{White_Space}+/u).filter((word) => word);
}

function rougeWords(text) {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

// The symbols of a text: words by the rule of one of the scores, or characters.
function symbolsOf(text, unit, words) {
  return unit === "words" ? words(text) : Array.from(text);
}

// All n-grams of a row of symbols, and how often each stands in it.
function ngramCounts(symbols, n) {
  const counts = new Map();
  for (let i = 0; i + n <= symbols.length; i++) {
    const gram = joined(symbols.slice(i, i + n));
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

// The n-grams of what was said: each counts at most as often as it stands in the reference.
function matchesOf(said, right, n) {
  const wanted = ngramCounts(right, n);
  const grams = [...ngramCounts(said, n)].map(([gram, times]) => ({
    gram: gram.split("\u0000"), said: times, wanted: wanted.get(gram) ?? 0,
    right: Math.min(times, wanted.get(gram) ?? 0),
  }));
  const sum = (name) => grams.reduce((total, one) => total + one[name], 0);
  return { grams, right: sum("right"), said: sum("said"),
    wanted: Math.max(0, right.length - n + 1) };
}

function f1(shared, said, right) {
  const [precision, recall] = [shared / Math.max(said, 1), shared / Math.max(right, 1)];
  return shared ? 2 * precision * recall / (precision + recall) : 0;
}

function longestInCommon(a, b) {
  let above = new Array(b.length + 1).fill(0);
  for (const x of a) {
    const row = [0];
    b.forEach((y, j) => row.push(x === y ? above[j] + 1 : Math.max(above[j + 1], row[j])));
    above = row;
  }
  return above.at(-1);
}

// The counts of each order, and all scores.
function scoresOf(candidate, reference, unit) {
  const [said, right] = [candidate, reference].map((text) => symbolsOf(text, unit, bleuWords));
  const matches = [1, 2, 3, 4].map((n) => matchesOf(said, right, n));
  const penalty = said.length ? Math.min(1, Math.exp(1 - right.length / said.length)) : 0;
  const precisions = matches.map((one) => one.said ? one.right / one.said : 0);
  const bleu = penalty * precisions.reduce((product, one) => product * one, 1) ** (1 / ORDER);
  const [a, b] = [candidate, reference].map((text) => symbolsOf(text, unit, rougeWords));
  const rouge = [1, 2].map((n) => {
    const found = matchesOf(a, b, n);
    return f1(found.right, found.said, found.wanted);
  });
  return { matches, precisions, lengths: [said.length, right.length], penalty, bleu,
    rouge: [...rouge, f1(longestInCommon(a, b), a.length, b.length)] };
}

function tableOf(found) {
  const row = (tag, cells) => element("tr", {}, ...cells.map((cell, place) =>
    element(place === 0 ? "th" : tag, { scope: place === 0 ? "row" : "col" }, cell)));
  const heads = element("tr", {}, ...["run of", "right", "said", "precision"].map((head) =>
    element("th", { scope: "col" }, head)));
  return [element("thead", {}, heads), element("tbody", {}, ...found.matches.map((one, place) =>
    row("td", [String(place + 1), String(one.right), String(one.said),
      found.precisions[place].toFixed(3)])))];
}

function listed(one, unit) {
  const gram = one.gram.map((symbol) => [...symbol].map(visible).join(""));
  const name = gram.join(unit === "words" ? " " : "");
  const kind = one.right === 0 ? "none" : one.right < one.said ? "some" : "all";
  const often = one.said === 1 ? "" : ` ${one.right} of ${one.said}`;
  return element("span", { class: `ngram ${kind}`, role: "listitem",
    "aria-label": `${name}: said ${one.said}, in the reference ${one.wanted}, counts ${one.right}` },
  `${kind === "none" ? "✗" : "✓"} ${name}${often}`);
}

function textField(label, action) {
  const field = element("textarea", { rows: 2, maxlength: 400, spellcheck: "false",
    "aria-label": label });
  field.addEventListener("input", () => action(field.value));
  return { field, box: element("label", { class: "text" }, element("span", {}, label), field) };
}

function render({ model, el }) {
  const [reference, candidate] = ["reference", "candidate"].map((name) =>
    textField(name, (text) => update(model, { [name]: text })));
  const units = ["words", "characters"].map((unit) => button(unit, () => update(model, { unit })));
  const orders = [1, 2, 3, 4].map((n) => button(String(n), () => update(model, { n }),
    { "aria-label": `runs of ${n}` }));
  const list = element("div", { class: "ngrams mono", role: "list" });
  const table = element("table", {});
  const bleuSays = element("p", { class: "bleu", role: "status", "aria-live": "polite" });
  const rougeSays = element("p", { class: "rouge" });
  const root = ground(el, "n-gram by n-gram", reference.box, candidate.box,
    element("div", { class: "row" }, ...units, element("span", { class: "quiet" }, "runs of"),
      ...orders),
    list, table, bleuSays, rougeSays);
  root.classList.add("ngram-match");

  const draw = () => {
    const [said, right, unit, n] = STATE.map((name) => model.get(name));
    const found = scoresOf(said, right, unit);
    if (candidate.field.value !== said) candidate.field.value = said;
    if (reference.field.value !== right) reference.field.value = right;
    units.forEach((one) => one.setAttribute("aria-pressed", one.textContent === unit));
    orders.forEach((one, place) => one.setAttribute("aria-pressed", place + 1 === n));
    list.setAttribute("aria-label", `The candidate's runs of ${n}`);
    const { grams } = found.matches[n - 1];
    list.replaceChildren(...grams.map((one) => listed(one, unit)));
    if (grams.length === 0) list.textContent = `The candidate has no run of ${n}.`;
    table.replaceChildren(...tableOf(found));
    const [c, r] = found.lengths;
    bleuSays.textContent = `BLEU ${found.bleu.toFixed(3)}: the fourth root of the four precisions' ` +
      `product, times the penalty ${found.penalty.toFixed(3)} for ${c} ${unit} beside ${r} in the reference.`;
    rougeSays.textContent = `F1 of ${["ROUGE-1", "ROUGE-2", "ROUGE-L"].map((name, place) =>
      `${name} ${found.rouge[place].toFixed(3)}`).join(", ")}.`;
  };
  draw();
  return redrawOnChange(model, STATE, draw);
}

export { bleuWords, rougeWords, scoresOf };
