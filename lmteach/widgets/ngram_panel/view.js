// Two sliders over a grid of n-gram models: curves of bits, and a text drawn from the model.

const [WIDE, HIGH, LEFT, BELOW] = [640, 300, 52, 62];

// Where a point of the chart lies: order index and bits to pixels.
function place(index, bits, count, most) {
  const x = LEFT + ((WIDE - LEFT - 16) * (index + 0.5)) / count;
  return [x, HIGH - BELOW - ((HIGH - BELOW - 12) * bits) / most];
}

function pathOf(values, most) {
  return values
    .map((bits, index) => place(index, bits, values.length, most).map((at) => at.toFixed(1)))
    .map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`)
    .join(" ");
}

function render({ model, el }) {
  const [orders, discounts] = [model.get("orders"), model.get("discounts")];
  const [heldOut, train] = [model.get("held_out"), model.get("train")];
  const most = Math.ceil(Math.max(...heldOut.flat(), ...train.flat()));
  const column = (grid, index) => grid.map((row) => row[index]);

  const order = stepSlider("Order", orders.length,
    (index) => update(model, { order_index: index, draw: 0 }));
  const discount = stepSlider("Discount", discounts.length,
    (index) => update(model, { discount_index: index, draw: 0 }));
  const again = button("Another sample", () => update(model, { draw: model.get("draw") + 1 }));
  const chart = drawing("svg", {
    viewBox: `0 0 ${WIDE} ${HIGH}`, class: "ngramchart", role: "img",
    "aria-label": "Bits per character against the order, on held-out and on training text",
  });
  const says = element("output", { class: "says", "aria-live": "polite" });
  const text = element("pre", { class: "written mono", "aria-label": "Sample" });
  const root = ground(el, "n-gram panel",
    element("div", { class: "row" }, order.box, discount.box),
    chart, says,
    element("div", { class: "row" }, again), text);
  root.classList.add("ngrams");

  const axes = () => {
    const marks = [];
    for (let bits = 0; bits <= most; bits++) {
      const [, y] = place(0, bits, orders.length, most);
      marks.push(drawing("line", { x1: LEFT, x2: WIDE - 16, y1: y, y2: y, class: "gridline" }));
      marks.push(drawing("text", { x: LEFT - 8, y, class: "tick end" }, `${bits}`));
    }
    orders.forEach((name, index) => {
      const [x] = place(index, 0, orders.length, most);
      marks.push(drawing("text", { x, y: HIGH - BELOW + 26, class: "tick" }, `${name}`));
    });
    marks.push(drawing("text", { x: WIDE / 2, y: HIGH - 8, class: "tick" }, "order"));
    return marks;
  };

  const draw = () => {
    const [row, col] = [model.get("order_index"), model.get("discount_index")];
    const now = heldOut[row][col];
    const marks = axes();
    discounts.forEach((_, index) => {
      if (index !== col) {
        marks.push(drawing("path", { d: pathOf(column(heldOut, index), most), class: "faint" }));
      }
    });
    marks.push(drawing("path", { d: pathOf(column(train, col), most), class: "train" }));
    marks.push(drawing("path", { d: pathOf(column(heldOut, col), most), class: "held" }));
    const [x, y] = place(row, now, orders.length, most);
    marks.push(drawing("circle", { cx: x, cy: y, r: 7, class: "here" }));
    const [, low] = place(row, train[row][col], orders.length, most);
    marks.push(drawing("circle", { cx: x, cy: low, r: 5, class: "there" }));
    const [edge, top] = place(0, heldOut[0][col], orders.length, most);
    marks.push(drawing("text", { x: edge + 26, y: top + 4, class: "name held" }, "held out"));
    const last = orders.length - 1;
    const [end, bottom] = place(last, train[last][col], orders.length, most);
    marks.push(drawing("text", { x: end, y: bottom + 28, class: "name train" }, "training"));
    chart.replaceChildren(...marks);

    order.input.value = row;
    discount.input.value = col;
    order.shown.textContent = orders[row];
    discount.shown.textContent = discounts[col].toFixed(2);
    order.input.setAttribute("aria-valuetext", `${orders[row]}`);
    discount.input.setAttribute("aria-valuetext", `${discounts[col]}`);
    says.textContent = `Order ${orders[row]}, discount ${discounts[col].toFixed(2)}: ` +
      `${now.toFixed(3)} bits per character on held-out text, ` +
      `${train[row][col].toFixed(3)} on training text.`;
    const drawn = model.get("samples")[row][col];
    text.textContent = drawn[model.get("draw") % drawn.length];
    allow(again, drawn.length > 1);
  };
  draw();
  return redrawOnChange(model, ["order_index", "discount_index", "draw"], draw);
}

export { place, pathOf };
