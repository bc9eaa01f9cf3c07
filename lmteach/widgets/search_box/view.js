// Type a query, send it to Python, and show what each way has found, side by side.

// The documents that the ways put first, in one sentence.
function inWords({ query, columns }) {
  const first = columns.filter(({ found }) => found.length).map(({ found }) => found[0].place);
  if (first.length < 2) return `Found for “${query.trim()}”.`;
  const same = new Set(first).size === 1;
  return `Found for “${query.trim()}”: ` +
    (same ? "all have the same text first." : "they differ in what comes first.");
}

function render({ model, el }) {
  const field = element("input", {
    type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    maxlength: 1000, "aria-label": "Search for",
  });
  const waiting = element("span", { class: "quiet" });
  const ask = (query) => {
    field.value = query;
    if (query === model.get("query")) return;
    waiting.textContent = "searching …";
    update(model, { query });
  };
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") ask(field.value); });
  const examples = model.get("examples").map((query) => button(query, () => ask(query)));
  const says = element("p", { class: "says", role: "status" });
  const columns = element("div", { class: "columns" });
  const root = ground(el, "Search box",
    element("div", { class: "row" }, element("label", { class: "asks" }, "Search for ", field),
      button("Search", () => ask(field.value), { class: "main" }), waiting),
    element("div", { class: "row", role: "group", "aria-label": "Examples" }, ...examples),
    says, columns);
  root.classList.add("search-box");

  const result = ({ place, score, pieces }) => element("li", {},
    element("div", { class: "quiet number" },
      `text ${place + 1}, score ${score.toFixed(2).replace("-", "−")}`),
    element("div", {},
      ...pieces.map(([text, lit]) => (lit ? element("mark", {}, text) : text))));
  const column = ({ way, found, says: instead }) => element("section", { "aria-label": way },
    element("div", { class: "way", role: "heading", "aria-level": 4 }, way),
    instead ? element("p", { class: "instead" }, instead) : element("ol", {}, ...found.map(result)));
  const draw = () => {
    const answer = model.get("answer");
    waiting.textContent = "";
    if (document.activeElement !== field) field.value = answer.query;
    says.textContent = answer.message || inWords(answer);
    says.classList.toggle("problem", Boolean(answer.message));
    columns.replaceChildren(...answer.columns.map(column));
  };
  field.value = model.get("query");
  draw();
  return redrawOnChange(model, ["answer"], draw);
}

export { inWords };
