// Scrub through a text: one unit's memory as colour, its gates as bars, the next letter's odds.

// A memory between -1 and 1 as a colour: orange below zero, blue above, clear at zero.
function tint(value) {
  const strength = Math.round(Math.min(1, Math.abs(value)) * 85);
  const colour = value < 0 ? "var(--below)" : "var(--above)";
  return `color-mix(in srgb, ${colour} ${strength}%, transparent)`;
}

function bar(name, value, shown) {
  return element("div", { class: "gatebar" },
    element("span", { class: "name mono" }, name),
    element("span", { class: "track" },
      element("span", { class: "fill", style: `width: ${(100 * value).toFixed(1)}%` })),
    element("span", { class: "number" }, shown));
}

function render({ model, el }) {
  const [text, names] = [[...model.get("text")], model.get("names")];
  const [gates, memory] = [model.get("gates"), model.get("memory")];
  const [units, after] = [model.get("units"), model.get("next_letters")];

  const place = stepSlider("Place", text.length, (value) => update(model, { place: value }));
  const unit = stepSlider("Unit", units.length, (value) => update(model, { unit: value }));
  const marks = text.map((letter, index) => {
    const mark = element("span", { class: "letter" }, letter === "\n" ? "⏎" : letter);
    mark.addEventListener("click", () => update(model, { place: index }));
    return mark;
  });
  const page = element("div", { class: "scrubbed mono", role: "img", "aria-label":
    "The text; colour is the memory of the unit, orange below zero and blue above" }, ...marks);
  const says = element("output", { class: "says", "aria-live": "polite" });
  const opened = element("div", { class: "side", "aria-label": "Gates" });
  const next = element("div", { class: "side", "aria-label": "Next letter" });
  const root = ground(el, "gate scrubber",
    page, element("div", { class: "row" }, place.box, unit.box), says,
    element("div", { class: "row sides" }, opened, next));
  root.classList.add("scrubber");

  const draw = () => {
    const [here, which] = [model.get("place"), model.get("unit")];
    marks.forEach((mark, index) => {
      mark.style.background = tint(memory[index][which]);
      mark.classList.toggle("here", index === here);
    });
    place.input.value = here;
    unit.input.value = which;
    place.shown.textContent = `${here + 1}`;
    unit.shown.textContent = units[which];
    place.input.setAttribute("aria-valuetext", `${here + 1}, ${spoken(text[here])}`);
    unit.input.setAttribute("aria-valuetext", units[which]);
    const held = memory[here][which];
    opened.replaceChildren(element("strong", {}, "Gates"), ...names.map((name, index) => {
      const value = gates[index][here][which];
      return bar(name, value, value.toFixed(2));
    }));
    next.replaceChildren(element("strong", {}, "Next letter"), ...after[here].map(
      ([letter, odds]) => bar(visible(letter), odds, `${Math.round(100 * odds)} %`)));
    const [likeliest, odds] = after[here][0];
    says.textContent = `After ${spoken(text[here])}: memory ${held.toFixed(2)}. ` +
      `Likeliest next: ${spoken(likeliest)}, ${Math.round(100 * odds)} %.`;
  };
  draw();
  return redrawOnChange(model, ["place", "unit"], draw);
}

export { tint };
