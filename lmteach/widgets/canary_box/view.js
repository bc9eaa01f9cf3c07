// Type a name and a secret, choose how often it is planted, and see what the trained model says.

const grouped = (number) => number.toLocaleString("en-US");

// The same words as _in_words in widget.py (a test compares them).
function inWords({ name, secret, repetitions, says, rank, candidates }) {
  const times = repetitions === 1 ? "once" : `${repetitions} times`;
  return `The code of ${name} is ${secret}, planted ${times}: the model says ` +
    `${says}; rank ${grouped(rank)} of ${grouped(candidates)}.`;
}

function render({ model, el }) {
  const all = model.get("repetitions");
  let chosen = all.at(-1);
  let sent = 0;
  const field = (label, value) => element("input", {
    type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    maxlength: 20, "aria-label": label, value,
  });
  const name = field("name", model.get("name"));
  const secret = field("secret", model.get("secret"));
  const times = all.map((count) => button(String(count), () => { chosen = count; mark(); }));
  const mark = () => times.forEach((one, place) => one.setAttribute("aria-pressed", all[place] === chosen));
  const said = element("output", { class: "said", role: "status" });
  const ask = () => {
    said.textContent = "training …";
    sent += 1;
    update(model, {
      request: { name: name.value, secret: secret.value, repetitions: chosen, number: `${Date.now()} ${sent}` },
    });
  };
  const run = button("Plant, train, ask", ask, { class: "main" });
  for (const one of [name, secret]) {
    one.addEventListener("keydown", (event) => { if (event.key === "Enter") ask(); });
  }
  const body = element("tbody");
  const head = ["planted", "times", "the model says", "rank"].map((word) => element("th", { scope: "col" }, word));
  const root = ground(el, "Plant a sentence",
    element("div", { class: "row" },
      element("label", { class: "asks" }, "The code of ", name), element("label", { class: "asks" }, "is ", secret)),
    element("div", { class: "row", role: "group", "aria-label": "times" }, "planted ", ...times, " times", run),
    said,
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), body));
  root.classList.add("canary-box");

  const draw = () => {
    const rows = model.get("rows");
    const problem = model.get("message");
    said.textContent = problem || inWords(rows.at(-1));
    said.classList.toggle("problem", Boolean(problem));
    body.replaceChildren(...rows.map((row) => element("tr", {},
      element("td", {}, `The code of ${row.name} is ${row.secret}.`),
      element("td", { class: "number" }, String(row.repetitions)),
      element("td", row.says === row.secret ? { class: "number found" } : { class: "number" }, row.says),
      element("td", { class: "number" }, `${grouped(row.rank)} of ${grouped(row.candidates)}`))));
  };
  mark();
  draw();
  return redrawOnChange(model, ["rows", "message"], draw);
}

export { inWords };
