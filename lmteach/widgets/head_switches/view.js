// Heads as switches: each click asks Python, and the loss and the next words come back.

// The same words as _in_words in widget.py (a test compares them).
function inWords(heads, { off, loss, whole, next }) {
  const names = off.map((place) => heads[place]).join(", ") || "none";
  const likeliest = next.map(([name, chance]) => `${spokenToken(name)} ${(100 * chance).toFixed(0)} %`).join(", ");
  return `Off: ${names}. Loss ${loss.toFixed(2)} (all on: ${whole.toFixed(2)}). Next: ${likeliest}.`;
}

function lossBar(name, loss, most) {
  const bar = element("i", {});
  bar.style.width = `${(100 * loss) / most}%`;
  return element("div", { class: "chance", role: "listitem", "aria-label": `${name}: ${loss.toFixed(2)} nats` },
    element("span", { class: "name" }, name),
    element("span", { class: "track", "aria-hidden": "true" }, bar),
    element("span", { class: "number" }, loss.toFixed(2)));
}

function render({ model, el }) {
  const heads = model.get("heads");
  const waiting = element("span", { class: "quiet" });
  const change = (off) => {
    waiting.textContent = "asking …";
    update(model, { off });
  };
  const isOff = (place) => model.get("off").includes(place);
  const switches = heads.map((name, place) =>
    button(name, () => change(isOff(place) ? model.get("off").filter((one) => one !== place)
      : [...model.get("off"), place].sort((a, b) => a - b)), { role: "switch" }));
  const losses = element("div", { class: "chances", role: "list", "aria-label": "Loss, nats a token" });
  const next = element("div", { class: "next" });
  const says = element("output", { class: "says", role: "status" });
  const root = ground(el, "Heads off and on",
    element("div", { class: "row", role: "group", "aria-label": "heads" }, ...switches),
    element("div", { class: "row" },
      button("all on", () => change([]), { class: "main" }), waiting),
    element("div", { class: "columns" }, losses, next), says);
  root.classList.add("head-switches");

  const draw = () => {
    const answer = model.get("answer");
    waiting.textContent = "";
    switches.forEach((one, place) => one.setAttribute("aria-checked", !isOff(place)));
    says.textContent = answer.message || inWords(heads, answer);
    says.classList.toggle("problem", Boolean(answer.message));
    if (answer.message) {
      losses.replaceChildren();
      next.replaceChildren();
      return;
    }
    const most = Math.max(answer.loss, answer.whole, 0.01);
    losses.replaceChildren(lossBar("all on", answer.whole, most), lossBar("now", answer.loss, most));
    next.replaceChildren(chanceBars("The likeliest next tokens", answer.next));
  };
  draw();
  return redrawOnChange(model, ["off", "answer"], draw);
}

export { inWords };
