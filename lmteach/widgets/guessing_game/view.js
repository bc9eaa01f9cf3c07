// Shannon's guessing game (1951). All arithmetic is here, so it plays without a kernel;
// the state is synced, so that Python can read model.guesses.

const ALPHABET = "abcdefghijklmnopqrstuvwxyz ";
const HUMANS = [0.6, 1.3]; // bits per character, published by Shannon in 1951
const STATE = ["sentence", "position", "wrong", "guesses"];

// Shannon's eq. 17 from counts[i] = how many letters took i guesses, with the shares in falling
// order. Equal to lmteach.evaluation.information.shannon_bounds; a test compares them.
function boundsOfCounts(counts, letters) {
  const shares = counts.filter(Boolean).map((count) => count / letters).sort((a, b) => b - a);
  let [lower, upper] = [0, 0];
  shares.forEach((share, place) => {
    const rank = place + 1;
    lower += rank * (share - (shares[rank] ?? 0)) * Math.log2(rank);
    upper -= share * Math.log2(share);
  });
  return [lower, Math.abs(upper)]; // no minus zero
}

// The bounds after the first letter, after the second, and so on.
function boundsHistory(guesses) {
  const counts = new Array(ALPHABET.length + 1).fill(0);
  return guesses.map((guess, place) => {
    counts[guess] += 1;
    return boundsOfCounts(counts, place + 1);
  });
}

function shannonBounds(guesses) {
  return boundsHistory(guesses).at(-1);
}

function lettersGiven(text, words) {
  return text.split(" ").slice(0, words).reduce((sum, word) => sum + word.length + 1, 0);
}

// What one guess does to the state. Returns [changes, message]; changes is null if it is no guess.
function afterGuess(state, text, letter) {
  const next = text[state.position];
  if (next === undefined) return [null, "This sentence is finished. Take a new one."];
  if (!ALPHABET.includes(letter)) return [null, "Only a to z and the space are in the game."];
  if (state.wrong.includes(letter)) return [null, `You have tried ${spoken(letter)} already.`];
  const tries = state.wrong.length + 1;
  if (letter === next) {
    const count = tries === 1 ? "at the first guess" : `on guess ${tries}`;
    return afterLetter(state, text, tries, `Right, ${count}: ${spoken(next)}.`);
  }
  const wrong = state.wrong + letter;
  if (wrong.length === ALPHABET.length - 1) {
    return afterLetter(state, text, ALPHABET.length, `Only ${spoken(next)} was left.`);
  }
  const tried = [...wrong].map(spoken).join(", ");
  return [{ wrong }, `Not ${spoken(letter)}. Tried so far: ${tried}.`];
}

function afterLetter(state, text, tries, message) {
  const changes = {
    position: state.position + 1, wrong: "", guesses: [...state.guesses, tries],
  };
  const end = changes.position === text.length ? " The sentence is finished." : "";
  return [changes, message + end];
}

// Bits per character against letters played: both bounds, and the band of Shannon's readers.
function drawChart(chart, history) {
  const [width, height] = [Math.max(chart.parentElement.clientWidth, 240), 220];
  const [left, right, top, bottom] = [52, 12, 12, 46];
  const most = Math.max(20, history.length);
  const x = (letter) => left + ((letter - 1) / (most - 1)) * (width - left - right);
  const y = (bits) => top + (1 - bits / 5) * (height - top - bottom);
  chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const parts = [
    drawing("rect", {
      class: "band", x: left, width: width - left - right,
      y: y(HUMANS[1]), height: y(HUMANS[0]) - y(HUMANS[1]),
    }),
    drawing("text", { x: width - right - 6, y: y(HUMANS[0]) - 6, "text-anchor": "end" },
      "Shannon's readers, 0.6–1.3"),
    drawing("path", { class: "axis", d: `M${left},${top}V${y(0)}H${width - right}` }),
    drawing("text", { x: width - right, y: height - 6, "text-anchor": "end" }, "letters played"),
  ];
  const legend = [["", "bits per character"], ["upper", "upper bound"], ["lower", "lower bound"]];
  legend.forEach(([name, words], line) => parts.push(
    drawing("text", { class: name, x: left + 12, y: top + 14 + 20 * line }, words)));
  for (const bits of [0, 1, 2, 3, 4, 5]) {
    parts.push(drawing("text", { x: left - 8, y: y(bits) + 6, "text-anchor": "end" }, bits));
  }
  for (const letter of [1, most]) {
    parts.push(drawing("text", { x: x(letter), y: y(0) + 20, "text-anchor": "middle" }, letter));
  }
  for (const which of [0, 1]) {
    const points = history.map((bounds, place) => `${x(place + 1)},${y(bounds[which])}`);
    const name = ["lower", "upper"][which];
    parts.push(drawing("polyline", { class: name, points: points.join(" ") }));
    if (points.length) {
      const [cx, cy] = points.at(-1).split(",");
      parts.push(drawing("circle", { class: name, cx, cy, r: 5 }));
    }
  }
  chart.replaceChildren(...parts);
}

// One letter of the sentence with what stands under it.
function cell(letter, below, kind) {
  return element("span", { class: `cell ${kind}` },
    element("span", { class: "letter" }, visible(letter)),
    element("span", { class: "count" }, String(below)));
}

// The part of the sentence that is known, in words that don't break across lines.
function drawSentence(shown, text, state, given) {
  const played = state.guesses.slice(state.guesses.length - (state.position - given));
  const words = [[]];
  for (let place = 0; place < state.position; place++) {
    const guess = place < given ? "" : played[place - given];
    const kind = guess === "" ? "given" : guess === 1 ? "first" : guess > 5 ? "hard" : "later";
    words.at(-1).push(cell(text[place], guess, kind));
    if (text[place] === " ") words.push([]);
  }
  if (state.position < text.length) {
    words.at(-1).push(cell("?", state.wrong.length ? `${state.wrong.length}…` : "", "next"));
  }
  shown.replaceChildren(...words.map((word) => element("span", { class: "word" }, ...word)));
}

function render({ model, el }) {
  const shown = element("div", { class: "sentence mono", "aria-hidden": "true" });
  const spokenText = element("p", { class: "aside" });
  const input = element("input", {
    type: "text", class: "guess mono", "aria-label": "Type the next letter", autocomplete: "off",
    autocapitalize: "none", spellcheck: "false", size: 3,
  });
  const message = element("span", { class: "message", role: "status", "aria-live": "polite" },
    "Click in the box and type. The space counts too.");
  const keys = element("div", { class: "keys", role: "group", "aria-label": "Letters" });
  const played = element("b", { class: "number" });
  const first = element("b", { class: "number" });
  const bits = element("b", { class: "number bits" });
  const chart = drawing("svg", { class: "chart", role: "img" });

  const state = () => Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
  const text = () => model.get("sentences")[model.get("sentence")];
  const given = () => lettersGiven(text(), model.get("given"));
  const play = ([changes, said]) => {
    if (changes) update(model, changes);
    message.textContent = said;
  };
  const guess = (letter) => play(afterGuess(state(), text(), letter));
  const giveUp = () => {
    const next = text()[model.get("position")];
    if (next === undefined) return;
    play(afterLetter(state(), text(), ALPHABET.length, `It was ${spoken(next)}.`));
    input.focus();
  };
  const begin = (sentence, guesses, said) => {
    const position = lettersGiven(model.get("sentences")[sentence], model.get("given"));
    update(model, { sentence, position, wrong: "", guesses });
    message.textContent = said;
    input.focus();
  };
  const another = () => begin((model.get("sentence") + 1) % model.get("sentences").length,
    model.get("guesses"), "A new sentence. Your letters so far still count.");
  const restart = () => begin(0, [], "Everything is cleared. Guess the first letter.");

  input.addEventListener("input", () => {
    const typed = input.value.toLowerCase();
    input.value = "";
    if (typed.length > 1) message.textContent = "One letter at a time.";
    else if (typed) guess(typed);
  });
  for (const letter of ALPHABET) {
    keys.append(button(visible(letter), () => guess(letter), {
      "aria-label": spoken(letter), "data-letter": letter, class: "mono",
    }));
  }
  const onward = button("New sentence", another);
  const surrender = button("I give up this letter", giveUp);
  const root = ground(el, "Shannon's guessing game",
    shown, spokenText,
    element("div", { class: "row" }, element("label", { class: "typing" }, "Next letter ", input),
      message),
    keys,
    element("div", { class: "row" }, surrender, onward, button("Restart", restart)),
    element("div", { class: "row figures" },
      element("span", {}, "Letters played ", played),
      element("span", {}, "Right at first guess ", first),
      element("span", {}, "Bits per character ", bits)),
    element("div", { class: "chartbox" }, chart));
  root.classList.add("guessing");
  // A letter is a guess wherever in the game it is typed: it goes on into the box. On a button the
  // space presses it.
  root.addEventListener("keydown", (event) => {
    const pressing = event.key === " " && event.target.tagName === "BUTTON";
    if (event.ctrlKey || event.metaKey || event.altKey || pressing) return;
    if (ALPHABET.includes(event.key.toLowerCase())) input.focus();
  });

  const draw = () => {
    const now = state();
    const history = boundsHistory(now.guesses);
    drawSentence(shown, text(), now, given());
    spokenText.textContent = `The text so far: ${text().slice(0, now.position)}`;
    for (const key of keys.children) {
      const tried = now.wrong.includes(key.dataset.letter);
      key.classList.toggle("tried", tried);
      allow(key, !tried);
    }
    const over = now.position >= text().length;
    allow(surrender, !over);
    onward.classList.toggle("main", over);
    const ones = now.guesses.filter((count) => count === 1).length;
    played.textContent = now.guesses.length;
    first.textContent = history.length ? `${Math.round((100 * ones) / history.length)} %` : "–";
    const range = history.length && history.at(-1).map((bound) => bound.toFixed(2));
    bits.textContent = range ? `between ${range[0]} and ${range[1]}` : "–";
    chart.setAttribute("aria-label", `Bits per character after ${history.length} letters: ` +
      (range ? `${bits.textContent}. ` : "none played. ") +
      "Shannon's readers reached 0.6 to 1.3.");
    drawChart(chart, history);
  };
  draw();
  const resized = new ResizeObserver(() => drawChart(chart, boundsHistory(model.get("guesses"))));
  resized.observe(chart.parentElement);
  const stop = redrawOnChange(model, STATE, draw);
  return () => { stop(); resized.disconnect(); };
}

export { shannonBounds };
