// Type a word, send it to Python, draw the letters, the sounds and the lines between them.

const [PITCH, HIGH, EDGE, FAINTEST] = [64, 190, 20, 0.03];

// Where the middle of each of count names stands in a room for span of them.
function middles(count, span) {
  return Array.from({ length: count }, (_, place) => EDGE + PITCH * (place + (span - count) / 2 + 0.5));
}

// The lines that can be seen: [sound, letter, weight], faint ones left out.
function lines(weights) {
  return weights.flatMap((row, sound) =>
    row.map((weight, letter) => [sound, letter, weight]).filter(([, , w]) => w >= FAINTEST));
}

// For each sound the letter that it looked at most, in words.
function inWords({ word, sounds, weights }) {
  const letters = [...word];
  return sounds.map((sound, place) => {
    const row = weights[place];
    const most = Math.max(...row);
    return most > 0 ? `${sound} from ${letters[row.indexOf(most)]}` : sound;
  }).join(", ");
}

function render({ model, el }) {
  const input = element("input", {
    type: "text", id: `word-${Math.random().toString(36).slice(2)}`, autocomplete: "off",
    autocapitalize: "off", spellcheck: "false", maxlength: 200, class: "mono",
  });
  input.value = model.get("word");
  const waiting = element("span", { class: "quiet" });
  const say = () => {
    if (input.value === model.get("word")) return;
    waiting.textContent = "asking the model …";
    update(model, { word: input.value });
  };
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") say(); });
  const says = element("output", { class: "says", "aria-live": "polite" });
  const chart = drawing("svg", { class: "pronounced", role: "img" });
  const sounds = element("p", { class: "quiet examples" });
  const root = ground(el, "pronouncer",
    element("div", { class: "row" },
      element("label", { for: input.id }, "Type a word"), input,
      button("Pronounce", say, { class: "main" }), waiting),
    says, element("div", { class: "box" }, chart), sounds);
  root.classList.add("pronouncer");

  const draw = () => {
    const answer = model.get("answer");
    const examples = model.get("examples");
    waiting.textContent = "";
    if (answer.message) {
      says.textContent = answer.message;
      chart.replaceChildren();
      chart.setAttribute("hidden", "");
      sounds.textContent = "";
      return;
    }
    const letters = [...answer.word];
    const span = Math.max(letters.length, answer.sounds.length);
    const [above, below] = [middles(letters.length, span), middles(answer.sounds.length, span)];
    chart.removeAttribute("hidden");
    const wide = 2 * EDGE + PITCH * span;
    chart.setAttribute("viewBox", `0 0 ${wide} ${HIGH}`);
    chart.style.maxWidth = `${wide}px`;
    chart.style.minWidth = `${0.66 * wide}px`; // smaller than this, nobody could read it
    chart.setAttribute("aria-label", `Where the model looked: ${inWords(answer)}`);
    chart.replaceChildren(
      ...lines(answer.weights).map(([sound, letter, weight]) => drawing("line", {
        x1: above[letter], y1: 44, x2: below[sound], y2: HIGH - 44,
        "stroke-width": 9 * weight, opacity: 0.25 + 0.6 * weight,
      })),
      ...letters.map((letter, place) => drawing("text", { x: above[place], y: 32 }, letter)),
      ...answer.sounds.map((sound, place) =>
        drawing("text", { x: below[place], y: HIGH - 14, class: "sound" }, sound)));
    says.textContent = `${answer.word}: ${answer.sounds.join(" ")}`;
    sounds.textContent = [...new Set(answer.sounds)]
      .map((sound) => `${sound} as in ${examples[sound] ?? "?"}`).join(" · ");
  };
  draw();
  return redrawOnChange(model, ["answer"], draw);
}

export { inWords, lines, middles };
