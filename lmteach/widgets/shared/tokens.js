// Tokens and their probabilities, as the widgets that show both write and say them.

function percentage(chance) {
  if (chance === 0) return "0 %";
  return chance < 0.0005 ? "< 0.1 %" : `${(100 * chance).toFixed(chance < 0.0995 ? 1 : 0)} %`;
}

function shownToken(name) {
  return name === "" ? "(nothing)" : [...name].map(visible).join("");
}

function spokenToken(name) {
  if (name.trim() === "") return name === "" ? "nothing" : [...name].map(spoken).join(" ");
  return (name.startsWith(" ") ? "space " : "") + name.trim().split("\n").join(" line end ");
}

// A list of tokens, each with a bar as long as its probability is beside the highest of them.
function chanceBars(label, entries) {
  const most = Math.max(...entries.map(([, chance]) => chance));
  const lines = entries.map(([name, chance, lit]) => {
    const bar = element("i", {});
    bar.style.width = `${(100 * chance) / most}%`;
    return element("div", { class: `chance${lit ? " lit" : ""}`, role: "listitem",
      "aria-label": `${spokenToken(name)}: ${percentage(chance)}` },
      element("span", { class: "name mono" }, shownToken(name)),
      element("span", { class: "track", "aria-hidden": "true" }, bar),
      element("span", { class: "number" }, percentage(chance)));
  });
  return element("div", { class: "chances", role: "list", "aria-label": label }, ...lines);
}

// Make one of the tokens in a box the only one at which the Tab key stops.
function stopAt(box, token) {
  for (const one of box.querySelectorAll(".token")) one.tabIndex = one === token ? 0 : -1;
}

// Let the arrow keys, Home and End go over the tokens in a box.
function goByArrows(box) {
  box.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    const tokens = [...box.querySelectorAll(".token")];
    const now = tokens.indexOf(event.target);
    if (!move || now < 0) return;
    event.preventDefault();
    const next = tokens[Math.min(tokens.length - 1, Math.max(0, now + move))];
    stopAt(box, next);
    next.focus();
  });
}
