// Helpers that every widget's module is joined with (see base.py).

// Make an element. Children that are strings become text nodes, so nothing is read as HTML.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function drawing(tag, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function button(label, action, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", action);
  return made;
}

// A slider over the places 0 to count - 1, between its label and room for what it stands at.
function stepSlider(label, count, action) {
  const input = element("input", {
    type: "range", min: 0, max: count - 1, step: 1, "aria-label": label,
  });
  input.addEventListener("input", () => action(Number(input.value)));
  const shown = element("output", { class: "value" });
  return { input, shown, box: element("label", { class: "slider" },
    element("span", {}, label), input, shown) };
}

// The widget's own ground: themed, labelled, and deaf to the notebook's shortcuts.
function ground(el, label, ...children) {
  const root = element("section", {
    class: "lmteach", "aria-label": label, "data-lm-suppress-shortcuts": "true",
  }, ...children);
  root.addEventListener("keydown", (event) => event.stopPropagation());
  el.replaceChildren(root);
  return root;
}

// Call draw once after any change of the named values, however many change together.
// Returns the function that stops it.
function redrawOnChange(model, names, draw) {
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; draw(); });
  };
  for (const name of names) model.on(`change:${name}`, later);
  return () => names.forEach((name) => model.off(`change:${name}`, later));
}

// Set several values of the model and send them to Python together.
function update(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

// Blanks must be seen to be guessed.
function visible(symbol) {
  return { " ": "␣", "\n": "⏎", "\t": "⇥" }[symbol] ?? symbol;
}

function spoken(symbol) {
  return { " ": "space", "\n": "line end", "\t": "tab" }[symbol] ?? symbol;
}
