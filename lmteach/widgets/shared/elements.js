// Elements of the page, and what else every view.js is joined with (see base.py).

function setAll(part, values) {
  for (const [name, value] of Object.entries(values)) part.setAttribute(name, value);
}

// Make an element. Children that are strings become text nodes, so nothing is read as HTML.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAll(made, attributes);
  made.append(...children);
  return made;
}

function drawing(tag, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAll(made, attributes);
  made.textContent = text;
  return made;
}

function button(label, action, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", (event) => {
    if (made.getAttribute("aria-disabled") !== "true") action(event);
  });
  return made;
}

// Say whether a button can be pressed. It is not disabled: that would take the focus from it, and
// what is typed next would go elsewhere.
function allow(made, may) {
  made.setAttribute("aria-disabled", !may);
}

// A slider between its label and room for what it stands at; attributes are min, max and step.
function labelledSlider(label, attributes, action) {
  const input = element("input", { type: "range", "aria-label": label, ...attributes });
  input.addEventListener("input", () => action(Number(input.value)));
  const shown = element("output", { class: "value" });
  return { input, shown, box: element("label", { class: "slider" },
    element("span", {}, label), input, shown) };
}

// A slider over the places 0 to count - 1.
function stepSlider(label, count, action) {
  return labelledSlider(label, { min: 0, max: count - 1, step: 1 }, action);
}

// The widget's own ground: themed, labelled, and deaf to the notebook's shortcuts. It takes the focus
// where a click hits nothing else that does; else the notebook would get the keys that follow.
function ground(el, label, ...children) {
  const root = element("section", {
    class: "lmteach", "aria-label": label, "data-lm-suppress-shortcuts": "true", tabindex: -1,
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

// The render of a widget that hides the picture below it (see base.py) while its view is there.
function withStill(render) {
  return (context) => {
    const stop = render(context);
    const still = context.model.get("_still");
    context.el.append(element("style", {}, `[data-still="${still}"] { display: none !important; }`));
    return stop;
  };
}
