// Type a sentence, send it to Python, and look at what every head of the model makes of it.

function showSentence({ model, el }) {
  const input = element("input", {
    type: "text", id: `sentence-${Math.random().toString(36).slice(2)}`, autocomplete: "off",
    autocapitalize: "off", spellcheck: "false", maxlength: 400,
  });
  input.value = model.get("sentence");
  const says = element("p", { class: "quiet", role: "status", "aria-live": "polite" });
  const look = () => {
    if (input.value === model.get("sentence")) return;
    says.textContent = "asking the model …";
    update(model, { sentence: input.value });
  };
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") look(); });
  const [asks, shows] = [element("div"), element("div")];
  el.replaceChildren(asks, shows);
  const root = ground(asks, "Sentence",
    element("div", { class: "row" }, element("label", { for: input.id }, "Type a sentence"),
      input, button("Look", look, { class: "main" })), says);
  root.classList.add("sentence");

  let stop = () => {};
  const draw = () => {
    const { typed, message } = model.get("answer");
    says.textContent = message;
    input.value = typed;
    if (message) return; // what was shown before stays
    stop();
    stop = showAttention({ model, el: shows });
  };
  stop = showAttention({ model, el: shows });
  const silence = redrawOnChange(model, ["answer"], draw);
  return () => { silence(); stop(); };
}
