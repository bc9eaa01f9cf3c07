// A question, and a reply to each guess. All of it happens here: no kernel is needed.
// What is said to a guess is what reply_to says in widget.py (a test compares them).

const LETTERS = "ABCDEFGH";

// A number as people type it: 1,5 is 1.5, and 1/27 is a number, too. null if it is none.
function readNumber(text) {
  const parts = text.trim().replace("−", "-").replaceAll(",", ".").replace(/%$/, "").split("/");
  const numbers = parts.map((part) => (part.trim() === "" ? NaN : Number(part)));
  const value = numbers.length === 2 ? numbers[0] / numbers[1] : numbers[0];
  if (numbers.length > 2 || !Number.isFinite(value)) return null;
  return text.trim().endsWith("%") ? value / 100 : value;
}

function replyToChoice(place, right, replies) {
  return `${place === right ? "Right" : "Not so"}. ${replies[place]}`;
}

function replyToNumber(guess, { number, tolerance, slips, replies, reply }) {
  if (Math.abs(guess - number) <= tolerance) return `Right. ${reply}`;
  const distances = slips.map((slip) => Math.abs(guess - slip));
  const nearest = Math.min(...distances); // two slips may be near; Infinity where there are none
  if (nearest <= tolerance) return `Not so. ${replies[distances.indexOf(nearest)]}`;
  return guess < number ? "Too low. Guess again." : "Too high. Guess again.";
}

function render({ model, el }) {
  const names = ["text", "choices", "replies", "right", "number", "tolerance", "slips", "reply"];
  const asked = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const says = element("output", { class: "says", "aria-live": "polite" });
  const answer = (guess, words) => {
    says.textContent = words;
    says.classList.toggle("right", words.startsWith("Right"));
    update(model, { guess });
  };
  const body = asked.choices.length ? choosing(asked, answer) : typing(asked, answer);
  const root = ground(el, "Question", element("p", { class: "asked" }, asked.text), ...body, says);
  root.classList.add("question");
}

function choosing(asked, answer) {
  const votes = asked.choices.map(() => 0);
  const rows = asked.choices.map((choice, place) => {
    const chosen = button("", () => {
      rows.forEach((row) => row.chosen.setAttribute("aria-pressed", row.chosen === chosen));
      answer(choice, replyToChoice(place, asked.right, asked.replies));
    }, { class: "choice", "aria-pressed": "false" });
    chosen.append(element("b", {}, LETTERS[place]), ` ${choice}`);
    const bar = element("span", { class: "bar" });
    const count = element("output", { class: "value" }, "0");
    const vote = (change) => {
      votes[place] = Math.max(0, votes[place] + change);
      drawVotes();
    };
    const hands = element("span", { class: "hands", hidden: "" },
      button("−", () => vote(-1), { "aria-label": `One hand less for ${choice}` }), count,
      button("+", () => vote(1), { "aria-label": `One hand more for ${choice}` }), bar);
    return { chosen, count, bar, hands };
  });
  const drawVotes = () => {
    const most = Math.max(1, ...votes);
    rows.forEach(({ count, bar }, place) => {
      count.textContent = votes[place];
      bar.style.width = `${(8 * votes[place]) / most}rem`;
    });
  };
  const count = button("Count hands", () => {
    const shown = count.getAttribute("aria-pressed") !== "true";
    count.setAttribute("aria-pressed", shown);
    for (const { hands } of rows) hands.hidden = !shown;
  }, { "aria-pressed": "false", class: "count" });
  const list = element("div", { class: "choices", role: "group", "aria-label": asked.text },
    ...rows.map(({ chosen, hands }) => element("div", { class: "row" }, chosen, hands)));
  list.addEventListener("keydown", ({ key, ctrlKey, metaKey, altKey }) => {
    const place = LETTERS.indexOf(key.toUpperCase());
    if (ctrlKey || metaKey || altKey || place < 0 || place >= rows.length) return;
    rows[place].chosen.click();
    rows[place].chosen.focus();
  });
  return [list, element("div", { class: "row" }, count)];
}

function typing(asked, answer) {
  const field = element("input", { type: "text", inputmode: "decimal", size: 10,
    "aria-label": "Your guess, a number", autocomplete: "off" });
  const take = () => {
    const guess = readNumber(field.value);
    if (guess === null) answer(null, "Type a number, such as 0.5, 50 % or 1/2.");
    else answer(guess, replyToNumber(guess, asked));
  };
  field.addEventListener("keydown", ({ key }) => { if (key === "Enter") take(); });
  return [element("div", { class: "row" }, field, button("Guess", take, { class: "main" }))];
}

export { readNumber, replyToChoice, replyToNumber };
