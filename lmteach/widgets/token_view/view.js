// Any text in the colours of its tokens, after as many merges as are chosen. Bytes are strings with
// one character of Latin-1 each.

const STATE = ["text", "step"];
const KINDS = 4; // colours in turn
// GPT-2's pieces; \s means other blanks in JavaScript than in Unicode, so they are named.
const PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const keyOf = (left, right) => `${left}\u0100${right}`; // no byte is \u0100
const ranksOf = (merges) => new Map(merges.map(([left, right], rank) => [keyOf(left, right), rank]));

function bytesOf(text) {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
}

// The tokens of one piece: of all pairs in it, merge the one that was learned first, again and again.
function encodePiece(piece, ranks, step) {
  let tokens = bytesOf(piece);
  for (;;) {
    let best = step;
    for (let i = 0; i + 1 < tokens.length; i++) {
      best = Math.min(best, ranks.get(keyOf(tokens[i], tokens[i + 1])) ?? step);
    }
    if (best === step) return tokens;
    const merged = [];
    for (let i = 0; i < tokens.length; i++) {
      const found = i + 1 < tokens.length && ranks.get(keyOf(tokens[i], tokens[i + 1])) === best;
      merged.push(found ? tokens[i] + tokens[++i] : tokens[i]);
    }
    tokens = merged;
  }
}

function encode(text, ranks, step) {
  return (text.match(PIECES) ?? []).flatMap((piece) => encodePiece(piece, ranks, step));
}

// A token so that it can be read: its text, or its bytes where it is part of a sign.
function shown(token) {
  const bytes = Uint8Array.from(token, (sign) => sign.charCodeAt(0));
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return Array.from(text, visible).join("");
  } catch {
    return `‹${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}›`;
  }
}

function render({ model, el }) {
  const merges = model.get("_merges");
  const ranks = ranksOf(merges);
  const ids = new Map(model.get("_vocabulary").map((token, id) => [token, id]));
  const made = new Map();
  for (const [left, right] of merges) if (!made.has(left + right)) made.set(left + right, [left, right]);
  let chosen = -1;
  const go = (step) => update(model, { step: Math.min(Math.max(step, 0), merges.length) });
  const field = element("textarea", {
    id: `text-${Math.random().toString(36).slice(2)}`, rows: 3, maxlength: 2000, spellcheck: "false",
  });
  field.addEventListener("input", () => {
    chosen = -1;
    update(model, { text: field.value });
  });
  const slider = stepSlider("Merges", merges.length + 1, go);
  const back = button("◀ Undo one", () => go(model.get("step") - 1));
  const onward = button("Merge one ▶", () => go(model.get("step") + 1), { class: "main" });
  const said = element("p", { class: "said", role: "status", "aria-live": "polite" });
  const stage = element("div", { class: "tokens mono", tabindex: 0, role: "group",
    "aria-label": "Tokens: arrow keys choose one" });
  const about = element("p", { class: "about", role: "status", "aria-live": "polite" });
  const root = ground(el, "Token view",
    element("label", { for: field.id }, "Type a text"), field,
    element("div", { class: "row" }, back, onward, slider.box), said, stage, about);
  root.classList.add("token-view");

  let tokens = [];
  const choose = (place) => {
    stage.children[chosen]?.classList.remove("chosen");
    chosen = Math.min(Math.max(place, 0), tokens.length - 1);
    if (chosen < 0) return;
    stage.children[chosen].classList.add("chosen");
    const token = tokens[chosen];
    const parts = token.length > 1 ? made.get(token).map((part) => `“${shown(part)}”`).join(" + ") : "";
    const bytes = Array.from(token, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"));
    about.textContent = `Token ${chosen + 1} of ${tokens.length}: “${shown(token)}”, id ${ids.get(token)}, ` +
      (parts ? `learned as ${parts}` : `one byte, ${bytes[0]}`) + ".";
  };
  stage.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    choose(chosen + move);
  });

  const draw = () => {
    const [text, step] = STATE.map((name) => model.get(name));
    tokens = encode(text, ranks, step);
    stage.replaceChildren(...tokens.map((token, place) => {
      const box = element("span", { class: `token kind${place % KINDS}` }, shown(token));
      box.addEventListener("click", () => choose(place));
      return box;
    }));
    if (field.value !== text) field.value = text;
    slider.input.value = step;
    slider.shown.textContent = step;
    const letters = Array.from(text).length;
    const each = tokens.length ? (letters / tokens.length).toFixed(2) : "0";
    const next = merges[step];
    const times = next ? tokens.length - encode(text, ranks, step + 1).length : 0;
    const last = step ? `Merge ${step} joined “${shown(merges[step - 1][0])}” and “${shown(merges[step - 1][1])}”. ` : "";
    const then = next ? `Next: “${shown(next[0])}” and “${shown(next[1])}”, here ${times} time${times === 1 ? "" : "s"}.` : "No merge is left.";
    said.textContent = `${tokens.length} tokens, ${each} characters each. ${last}${then}`;
    about.textContent = "";
    if (chosen >= 0) choose(chosen);
    allow(back, step > 0);
    allow(onward, step < merges.length);
  };
  draw();
  return redrawOnChange(model, STATE, draw);
}

export { encode, ranksOf };
