// Type a text, and watch it being translated: one symbol a step, with all that the model looks at.
// Answers to the examples came with the widget; any other text goes to Python. translation_view.py
// appends translation_drawing.js and, for the heat map, attention_drawing.js.

const WATCHED = ["text", "answer", "step", "layer", "head", "shown", "letter"];
const [PACE, CALM, PATIENCE] = [700, 1500, 10000]; // milliseconds: a step, a calm one, an answer

function render({ model, el }) {
  const [recorded, maps, examples] = ["recorded", "_maps", "examples"].map((name) => model.get(name));
  const colours = readColours(model.get("_colours"));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const found = () => {
    const [text, answer] = [model.get("text"), model.get("answer")];
    if (Object.hasOwn(recorded, text)) return recorded[text];
    return answer.typed === text ? answer : null;
  };
  let [timer, patience, wish] = [null, null, false]; // wish: play when the answer is there
  let [typed, last, shares, rows, rowsFor, heat, heatOf] = [null, null, null, null, "", null, ""];

  const input = element("input", {
    type: "text", id: `text-${Math.random().toString(36).slice(2)}`, autocomplete: "off",
    autocapitalize: "off", spellcheck: "false", maxlength: 200 });
  const waiting = element("span", { class: "quiet", role: "status" });
  const translate = (text) => {
    pause();
    clearTimeout(patience);
    wish = true;
    if (text === model.get("text") && found()) return draw();
    waiting.textContent = Object.hasOwn(recorded, text) ? "" : "asking the model …";
    patience = setTimeout(() => {
      if (!found()) waiting.textContent = "No answer from Python yet: is the kernel running? The examples work without it.";
    }, PATIENCE);
    update(model, { text, step: 0, letter: -1 });
  };
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") translate(input.value); });

  const go = (step) => {
    pause();
    const answer = found();
    if (answer?.target) update(model, { step: Math.max(0, Math.min(answer.target.length, step)) });
  };
  const pause = () => {
    wish = false;
    if (!timer) return;
    clearInterval(timer);
    timer = null;
    model.save_changes(); // while it plays, the kernel isn't told of every step
    draw();
  };
  const start = () => {
    const end = found().target.length;
    if (model.get("step") >= end) model.set("step", 0);
    timer = setInterval(() => {
      model.set("step", Math.min(end, model.get("step") + 1));
      if (model.get("step") === end) pause();
    }, calm ? CALM : PACE);
    draw();
  };
  const play = button("", () => (timer ? pause() : start()), { class: "main play" });
  const slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "Symbols written" });
  slider.addEventListener("input", () => go(Number(slider.value)));
  const place = element("output", { class: "place" });

  const list = (label, name, options) => {
    const made = element("select", { "aria-label": label }, ...options.map(([value, words]) => element("option", { value }, words)));
    made.addEventListener("change", () => update(model, { [name]: name === "shown" ? made.value : Number(made.value) }));
    return made;
  };
  const { layers, heads } = Object.values(recorded)[0];
  const numbered = (count, name) => Array.from({ length: count }, (_, i) => [i, `${name} ${i}`]);
  const layer = list("Layer", "layer", numbered(layers, "layer"));
  const head = list("Head", "head", [[-1, "mean of the heads"], ...numbered(heads, "head")]);
  const shown = list("Map", "shown", Object.entries(maps));

  const says = element("output", { class: "says mono" });
  const told = element("p", { class: "told", role: "status" });
  const choices = element("ol", { class: "choices", "aria-label": "The likeliest symbols" });
  const svg = drawing("svg", { role: "img" });
  const journey = element("div", { class: "box journey", tabindex: 0, role: "group",
    "aria-label": "Translation: left and right arrow step, up and down choose a letter, Escape follows the decoder" }, svg);
  const pickLetter = (letter) => update(model, { letter: model.get("letter") === letter ? -1 : letter });
  journey.addEventListener("keydown", (event) => {
    const answer = found();
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    const move = { ArrowDown: 1, ArrowUp: -1, Escape: 0 }[event.key];
    if (!answer?.source || (step ?? move) === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (step !== undefined) return go(model.get("step") + step);
    const count = answer.source.length;
    update(model, { letter: move === 0 ? -1 : (model.get("letter") + move + count + (model.get("letter") < 0 && move < 0)) % count });
  });
  const heatBox = element("div", { class: "box heatbox" });
  const legend = element("p", { class: "quiet" });
  const stage = element("div", {},
    element("div", { class: "row" }, play, button("◀ Back", () => go(model.get("step") - 1)),
      button("Forward ▶", () => go(model.get("step") + 1)), slider, place),
    says, choices, told,
    element("div", { class: "row" }, layer, head), journey,
    element("p", { class: "quiet" }, "▸ start, ■ end. ", element("b", { class: "blue" }, "Straight"),
      ": the symbol of this step looks at the letters. ", element("b", {}, "Arcs"),
      ": a letter looks at letters, the symbol at those before it."),
    element("div", { class: "row" }, shown), heatBox, legend);
  const chips = examples.map((text) => button(text, () => translate(text)));
  const root = ground(el, "Translation",
    element("div", { class: "row" }, element("label", { for: input.id }, model.get("prompt")), input,
      button("Translate", () => translate(input.value), { class: "main" }), waiting),
    ...(chips.length ? [element("div", { class: "row examples" }, "or take one:", ...chips)] : []),
    element("p", { class: "said", role: "alert", hidden: "" }), stage);
  root.classList.add("attention", "translation");
  const message = root.querySelector(".said");

  const draw = () => {
    const answer = found();
    if (model.get("text") !== typed) { // else somebody may be typing
      typed = model.get("text");
      input.value = typed;
    }
    if (!answer) return; // on its way
    clearTimeout(patience);
    waiting.textContent = "";
    message.textContent = answer.message;
    message.hidden = !answer.message;
    stage.hidden = Boolean(answer.message);
    if (answer.message) { wish = false; return; }
    if (wish) { wish = false; model.set("step", 0); start(); return; }
    const { source, target, inputs } = answer;
    const sizes = { encoder: [source.length, source.length], decoder: [target.length, target.length], cross: [target.length, source.length] };
    if (answer !== last) {
      shares = Object.fromEntries(Object.keys(sizes).map((name) => [name, readShares(answer[name])]));
      [last, heatOf, rowsFor] = [answer, "", ""];
    }
    const [l, h, name] = [model.get("layer"), model.get("head"), model.get("shown")];
    const step = Math.min(model.get("step"), target.length);
    if (rowsFor !== `${l} ${h}`) { // a step changes none of them
      rows = Object.fromEntries(Object.entries(sizes).map(([kind, size]) =>
        [kind, rowsOf(shares[kind], [heads, ...size], l, h)]));
      rowsFor = `${l} ${h}`;
    }
    const asked = model.get("letter");
    const letter = asked >= 0 && asked < source.length ? asked : step ? largest(rows.cross[step - 1]) : 0;

    play.textContent = timer ? "❚❚ Pause" : step === target.length ? "▶ Play again" : "▶ Play";
    setAll(slider, { max: target.length, "aria-valuetext": `${step} of ${target.length}` });
    slider.value = step;
    place.textContent = `Step ${step} of ${target.length}`;
    [layer.value, head.value, shown.value] = [l, h, name];
    const before = joined(target.slice(0, Math.max(0, step - 1)));
    const newest = step ? sign(target[step - 1]) : "";
    const gap = before && joined(target.slice(0, step)).length > before.length + newest.length ? " " : "";
    says.replaceChildren(`${joined(source)} → ${before}${gap}`, element("b", {}, newest));
    const words = stepInWords(answer, step, rows.cross, rows.decoder);
    told.setAttribute("aria-live", timer ? "off" : "polite");
    if (told.textContent !== words) told.textContent = words;
    choices.replaceChildren(...(step ? answer.choices[step - 1] : []).map(([symbol, share]) => {
      const bar = element("i");
      bar.style.width = `${100 * share}%`;
      return element("li", {}, element("b", { "aria-label": aloud(symbol) }, sign(symbol)),
        element("span", { class: "bar", "aria-hidden": "true" }, bar), percents(share));
    }));
    svg.setAttribute("aria-label", words);
    drawJourney(svg, answer, rows, step, letter, journey.clientWidth || 640, { pickLetter, pickStep: go });

    const [queries, keys] = [name === "encoder" ? source : target, name === "decoder" ? inputs : source];
    if (heatOf !== name) {
      heat = makeHeat(queries.map(sign), keys.map(sign), colours, name === "encoder" ? pickLetter : (i) => go(i + 1));
      heat.place(heatBox.clientWidth || 640);
      heatBox.replaceChildren(heat.svg);
      heatOf = name;
    }
    heat.show(rows[name], hiddenPlaces(name, ...sizes[name], step), name === "encoder" ? letter : step - 1);
    const hideLater = (place, symbols, kind) => [...heat.svg.querySelectorAll(place)].forEach((text, i) => {
      text.textContent = kind === "encoder" || i < step ? sign(symbols[i]) : "";
    });
    hideLater(".query", queries, name);
    hideLater(".column", keys, name === "decoder" ? name : "encoder");
    heat.svg.setAttribute("aria-label", `${maps[name]}, layer ${l}, ${h < 0 ? "mean of the heads" : `head ${h}`}. ${words}`);
    legend.textContent = name === "encoder" ? "A row for each letter that looks. The encoder runs once, before anything is written."
      : `A row for each symbol that is written${name === "decoder" ? ", a column for each that went in before: shifted by one. ╱ lies ahead." : ", a column for each letter."} A dot: not written yet.`;
  };
  let rooms = "";
  const fit = () => {
    const now = `${journey.clientWidth} ${heatBox.clientWidth}`;
    if (now === rooms || stage.hidden) return;
    [rooms, heatOf] = [now, ""];
    draw();
  };
  draw();
  const resized = new ResizeObserver(fit);
  for (const box of [journey, heatBox]) resized.observe(box);
  const stop = redrawOnChange(model, WATCHED, draw);
  return () => { clearInterval(timer); clearTimeout(patience); stop(); resized.disconnect(); };
}

export default { render };
