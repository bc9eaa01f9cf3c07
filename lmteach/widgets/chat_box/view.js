// A conversation that grows token by token. The view asks Python for the next few tokens and shows
// them; to stop is to ask no more. A token that has the focus shows its chances and its rivals.

const BUSY_AFTER = 5000; // milliseconds until Python should have answered

// How sure the model was of a token, as a class.
function certainty(chance) {
  if (chance >= 0.9) return "sure";
  if (chance >= 0.5) return "likely";
  return chance >= 0.1 ? "open" : "unlikely";
}

// What is read aloud of a token.
function tokenInWords([text, chance, rivals]) {
  const others = rivals.map(([name, share]) => `${spokenToken(name)} ${percentage(share)}`);
  const name = text === "" ? "part of a character" : spokenToken(text);
  return `${name}: ${percentage(chance)}. Else: ${others.join(", ")}.`;
}

function render({ model, el }) {
  let [asked, sent, busy] = [null, null, null];
  const drawn = []; // of each turn: its question, its tokens, and the elements they are in

  const field = element("input", { type: "text", autocomplete: "off", spellcheck: "false",
    maxlength: 2000, "aria-label": "Message" });
  const writing = () => model.get("state") === "writing";
  const tell = (message) => {
    clearTimeout(busy);
    busy = setTimeout(() => {
      says.textContent = "No answer from Python yet: it is reading, busy with a cell, or not running.";
    }, BUSY_AFTER);
    model.send(message);
  };
  const send = (text) => {
    if (writing()) return;
    sent = text;
    says.classList.remove("problem");
    says.textContent = "sending …";
    tell({ command: "say", text });
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) send(field.value);
  });
  const sendIt = button("Send", () => send(field.value), { class: "main" });
  const stop = button("Stop", () => tell({ command: "stop" }));
  const anew = button("New conversation", () => tell({ command: "new" }));
  const examples = model.get("examples").map((text) => button(text, () => send(text)));
  const temperature = labelledSlider("Temperature", { min: 0, max: 2, step: 0.1 }, (value) =>
    update(model, { temperature: value }));
  const topP = labelledSlider("Top-p", { min: 0.05, max: 1, step: 0.05 }, (value) =>
    update(model, { top_p: value }));

  const log = element("div", { class: "log", role: "log", "aria-label": "Conversation", "aria-live": "off" });
  goByArrows(log);
  const says = element("p", { class: "says", role: "status" });
  const details = element("div", { class: "details", "aria-live": "polite" });
  const legend = element("p", { class: "quiet" }, "The line under a token tells its probability: ",
    element("span", { class: "sure" }, "none from 90 % up"), ", ",
    ...[["likely", "50 %"], ["open", "10 %"]].flatMap(([kind, words]) =>
      [element("span", { class: kind }, `from ${words} up`), ", "]),
    element("span", { class: "unlikely" }, "less"),
    ". Click a token, or go to it with Tab and arrow keys, to see what else might have come.");
  const root = ground(el, "Chat box", log,
    element("div", { class: "row" }, element("label", { class: "asks" }, "Message ", field), sendIt, stop, anew),
    ...(examples.length
      ? [element("div", { class: "row", role: "group", "aria-label": "Examples" }, ...examples)] : []),
    says, element("div", { class: "row" }, temperature.box, topP.box), legend, details);
  root.classList.add("chat-box");

  const look = (turn, place) => {
    const [text, chance, rivals] = drawn[turn].tokens[place];
    const entries = [[text, chance, true], ...rivals].sort((one, other) => other[1] - one[1]);
    details.replaceChildren(
      element("p", {}, "It wrote ", element("b", { class: "mono" }, shownToken(text)),
        `, to which it gave ${percentage(chance)}, and might have written:`),
      chanceBars("This token and its likeliest rivals", entries));
    for (const one of log.querySelectorAll('[aria-pressed="true"]')) one.setAttribute("aria-pressed", false);
    drawn[turn].spans[place].setAttribute("aria-pressed", true);
  };
  log.addEventListener("focusin", ({ target }) => {
    if (!target.classList.contains("token")) return;
    const chosen = [Number(target.dataset.turn), Number(target.dataset.place)];
    stopAt(log, target);
    look(...chosen);
    update(model, { chosen });
  });

  const addTurn = (question) => {
    const number = drawn.length + 1;
    const answer = element("div", { class: "answer", role: "group", "aria-label": `Answer ${number}` });
    const note = element("span", { class: "quiet" });
    log.append(element("div", { class: "turn" },
      element("p", { class: "question" }, element("span", { class: "who" }, "You "), question),
      element("div", { class: "said" }, element("span", { class: "who" }, "Model "), answer, note)));
    drawn.push({ question, tokens: [], spans: [], answer, note });
  };
  const addTokens = (turn, tokens) => {
    const one = drawn[turn];
    for (const token of tokens) {
      const span = element("span", { class: `token ${certainty(token[1])}`, role: "button",
        tabindex: -1, "aria-pressed": false, "aria-label": tokenInWords(token),
        "data-turn": turn, "data-place": one.tokens.length }, token[0]);
      one.tokens.push(token);
      one.spans.push(span);
      one.answer.append(span);
    }
    if (tokens.length && !log.querySelector('.token[tabindex="0"]')) stopAt(log, one.spans[0]);
  };
  const drawTurns = () => {
    const turns = model.get("turns");
    const goesOn = drawn.length <= turns.length &&
      drawn.every(({ question }, number) => question === turns[number].question);
    if (!goesOn || !turns.length) {
      const had = log.contains(document.activeElement);
      drawn.length = 0;
      log.replaceChildren();
      details.replaceChildren();
      if (had) root.focus();
    }
    turns.forEach(({ question, tokens, ending }, number) => {
      if (number === drawn.length) addTurn(question);
      addTokens(number, tokens.slice(drawn[number].tokens.length));
      drawn[number].note.textContent = ["open", "done"].includes(ending) ? "" : " (ends here)";
    });
    const { turn, start, tokens } = model.get("fresh");
    if (turn === drawn.length - 1 && start <= drawn[turn].tokens.length) {
      addTokens(turn, tokens.slice(drawn[turn].tokens.length - start));
    }
  };
  const askOn = () => {
    if (!writing()) { asked = null; return; }
    const have = drawn.at(-1)?.tokens.length ?? 0;
    const step = `${drawn.length} ${have}`;
    if (step === asked) return;
    asked = step;
    tell({ command: "go on", have });
  };
  const draw = () => {
    clearTimeout(busy);
    const low = log.scrollHeight - log.scrollTop - log.clientHeight < 40; // it is read to the end
    drawTurns();
    if (low) log.scrollTop = log.scrollHeight;
    const message = model.get("message");
    if (sent !== null && (writing() || message)) {
      if (writing()) field.value = "";
      sent = null;
    }
    const count = drawn.at(-1)?.tokens.length ?? 0;
    const stopped = model.get("turns").at(-1)?.ending === "stopped";
    const now = writing() ? (count ? "writing …" : "reading …") : message || (drawn.length
      ? `${stopped ? "Stopped after" : "Done:"} ${count} tokens.`
      : "Nothing is said yet: type a message.");
    if (says.textContent !== now && sent === null) says.textContent = now;
    says.classList.toggle("problem", Boolean(message) && !writing());
    for (const one of [sendIt, ...examples]) allow(one, !writing());
    allow(stop, writing());
    allow(anew, drawn.length > 0);
    const [heat, p] = [model.get("temperature"), model.get("top_p")];
    temperature.input.value = heat;
    topP.input.value = p;
    for (const [slider, value] of [[temperature, heat ? heat.toFixed(1) : "0: the likeliest"], [topP, p < 1 ? p.toFixed(2) : "off"]]) {
      slider.shown.textContent = value;
      slider.input.setAttribute("aria-valuetext", value);
    }
    askOn();
  };
  draw();
  const silence = redrawOnChange(model, ["turns", "fresh", "state", "message", "temperature", "top_p"], draw);
  return () => { clearTimeout(busy); silence(); };
}

export { certainty, tokenInWords };
