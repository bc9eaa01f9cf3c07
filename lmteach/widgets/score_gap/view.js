// The interval of a gain for more and more items. The arithmetic is that of gap_interval in
// widget.py (a test compares them).

const DEVIATIONS = 1.96;

function gapInterval(gap, deviation, items) {
  const half = DEVIATIONS * deviation / Math.sqrt(items);
  return [gap - half, gap + half];
}

// The least number of items whose interval leaves 0 out.
function leastItems(gap, deviation) {
  return gap === 0 ? Infinity : Math.floor((DEVIATIONS * deviation / gap) ** 2) + 1;
}

function drawIntervals(svg, intervals, items, most) {
  const [width, height] = [Math.max(svg.parentElement.clientWidth, 260), 280];
  const [left, right, top, bottom] = [56, 12, 12, 48];
  const [lowest, highest] = [-most, most + 10];
  const floor = height - bottom;
  const x = (place) => left + ((place + 0.5) / items.length) * (width - left - right);
  const y = (value) => {
    const kept = Math.min(highest, Math.max(lowest, value));
    return top + ((highest - kept) / (highest - lowest)) * (floor - top);
  };
  const text = (across, down, anchor, words) =>
    drawing("text", { x: across, y: down, "text-anchor": anchor }, words);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    drawing("path", { class: "axis", d: `M${left},${top}V${floor}H${width - right}` }),
    drawing("line", { class: "level", x1: left, x2: width - right, y1: y(0), y2: y(0) }),
    ...[lowest, 0, highest].map((value) =>
      text(left - 6, y(value) + 5, "end", value.toFixed(0))),
    ...intervals.map(([low, high], place) => drawing("line", {
      class: low > 0 || high < 0 ? "real" : "chance",
      x1: x(place), x2: x(place), y1: y(low), y2: y(high),
    })),
    ...items.map((count, place) => text(x(place), floor + 18, "middle",
      count >= 1000 ? `${count / 1000}k` : count)),
    text((left + width - right) / 2, height - 6, "middle", "items"),
  );
}

function render({ model, el }) {
  const [items, spreads] = [model.get("_items"), model.get("_spreads")];
  const { input: slider, shown, box } = labelledSlider("gain, points",
    { min: 0, max: 10, step: 0.01 }, (gap) => update(model, { gap }));
  const paired = button("same items for both",
    () => update(model, { paired: !model.get("paired") }));
  const svg = drawing("svg", { role: "img" });
  const words = element("output", { class: "verdict", role: "status" });
  const root = ground(el, "Two systems apart",
    element("div", { class: "row" }, box, paired), element("div", { class: "chart" }, svg), words);
  root.classList.add("gap");

  const draw = () => {
    const [gap, together] = [model.get("gap"), model.get("paired")];
    const deviation = spreads[together ? 0 : 1];
    const least = leastItems(gap, deviation);
    const said = Number.isFinite(least)
      ? `A gain of ${gap.toFixed(2)} points is real from ${least.toLocaleString("en")} items on.`
      : "No gain is real with any number of items.";
    slider.value = gap;
    shown.textContent = gap.toFixed(2);
    paired.setAttribute("aria-pressed", together);
    words.textContent = said;
    svg.setAttribute("aria-label", `95 % intervals for ${items[0]} to ${items.at(-1)} items. ${said}`);
    drawIntervals(svg, items.map((count) => gapInterval(gap, deviation, count)), items, 10);
  };
  draw();
  const resized = new ResizeObserver(draw);
  resized.observe(svg.parentElement);
  const stop = redrawOnChange(model, ["gap", "paired"], draw);
  return () => { stop(); resized.disconnect(); };
}

export { gapInterval, leastItems };
