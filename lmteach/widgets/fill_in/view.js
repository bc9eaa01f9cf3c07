// Type a sentence and hide one of its tokens: what the left says stands beside what both sides say.

// Rank and probability of the hidden token, in one sentence.
function placeInWords({ rank, chance, likeliest }) {
  const share = percentage(chance);
  if (rank === null) return `All tokens are alike: ${share} each.`;
  if (rank === 1) return `The hidden token is the likeliest: ${share}.`;
  const more = likeliest[0][1] / chance;
  const times = more < 9.95 ? more.toFixed(1) : Math.round(more).toLocaleString("en");
  const others = rank === 2 ? `One token is ${times} times as likely`
    : `${rank - 1} tokens are likelier, the first ${times} times`;
  return `The hidden token: rank ${rank}, ${share}. ${others}.`;
}

function render({ model, el }) {
  const field = element("input", { type: "text", autocomplete: "off", spellcheck: "false",
    maxlength: 500, "aria-label": "Sentence" });
  const waiting = element("span", { class: "quiet" });
  const ask = (values) => {
    if (Object.entries(values).every(([name, value]) => model.get(name) === value)) return;
    waiting.textContent = "asking …";
    update(model, values);
  };
  const read = (text) => {
    field.value = text;
    if (text !== model.get("text")) ask({ text, place: null });
  };
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") read(field.value); });
  const examples = model.get("examples").map((text) => button(text, () => read(text)));
  const sentence = element("div", { class: "sentence mono", role: "group",
    "aria-label": "Tokens: arrow keys, and Enter to hide one" });
  goByArrows(sentence);
  const says = element("p", { class: "says", role: "status" });
  const columns = element("div", { class: "columns" });
  const root = ground(el, "Fill in the blank",
    element("div", { class: "row" }, element("label", { class: "asks" }, "Sentence ", field),
      button("Read it", () => read(field.value), { class: "main" }), waiting),
    ...(examples.length
      ? [element("div", { class: "row", role: "group", "aria-label": "Examples" }, ...examples)] : []),
    sentence, says, columns);
  root.classList.add("fill-in");

  const hiddenWords = ({ tokens, place }) => spokenToken(tokens[place]);
  const column = (one, hidden) => element("section", { "aria-label": one.way },
    element("div", { class: "way", role: "heading", "aria-level": 4 }, one.way),
    element("p", { class: "place" }, placeInWords(one)),
    chanceBars(`The likeliest for ${one.way}`,
      one.likeliest.map(([name, chance]) => [name, chance, name === hidden])));
  const drawTokens = ({ tokens, place }) => {
    const had = sentence.contains(document.activeElement);
    const made = tokens.map((name, number) => button(number === place ? "____" : shownToken(name),
      () => { stopAt(sentence, made[number]); ask({ place: number }); },
      { class: "token", "aria-pressed": number === place,
        "aria-label": number === place ? `hidden: ${spokenToken(name)}` : spokenToken(name) }));
    sentence.replaceChildren(...made);
    const stop = made[place ?? 0];
    if (!stop) return;
    stopAt(sentence, stop);
    if (had) stop.focus();
  };
  const draw = () => {
    const answer = model.get("answer");
    waiting.textContent = "";
    if (document.activeElement !== field) field.value = answer.text;
    drawTokens(answer);
    const asked = answer.columns.length > 0;
    says.textContent = answer.message ||
      (asked ? `Hidden: ${hiddenWords(answer)}.` : "Choose the token to hide: a click, or arrow keys and Enter.");
    says.classList.toggle("problem", Boolean(answer.message));
    columns.replaceChildren(...answer.columns.map((one) => column(one, answer.tokens[answer.place])));
  };
  draw();
  return redrawOnChange(model, ["answer"], draw);
}

export { placeInWords };
