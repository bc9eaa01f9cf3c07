// What decoding/filters.py does to logits (a test compares them), with the reason for each cut.

const [STAYS, CUT_BY_K, CUT_BY_P] = [0, 1, 2];

// Token ids from the likeliest to the least; equals in the order of their ids.
function ranked(logits) {
  return Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
}

// Probabilities of the logits at a temperature; those that are cut get 0.
function chancesOf(logits, temperature, cuts) {
  const chances = new Float64Array(logits.length);
  let highest = -Infinity;
  logits.forEach((logit, id) => { if (!cuts[id] && logit > highest) highest = logit; });
  let total = 0;
  logits.forEach((logit, id) => {
    if (!cuts[id]) total += chances[id] = Math.exp((logit - highest) / temperature);
  });
  return chances.map((chance) => chance / total);
}

// Temperature, then top-k (0: off), then top-p; order is that of ranked(logits).
function filtered(logits, order, temperature, topK, topP) {
  const cuts = new Uint8Array(logits.length); // all STAYS
  if (topK > 0) {
    const least = logits[order[Math.min(topK, order.length) - 1]];
    logits.forEach((logit, id) => { if (logit < least) cuts[id] = CUT_BY_K; });
  }
  let chances = chancesOf(logits, temperature, cuts);
  if (topP < 1) {
    let tail = 0; // what a token and all less likely ones hold
    for (let rank = order.length - 1; rank > 0; rank--) {
      const id = order[rank];
      tail += chances[id];
      if (cuts[id] === STAYS && tail <= 1 - topP) cuts[id] = CUT_BY_P;
    }
    chances = chancesOf(logits, temperature, cuts);
  }
  return { chances, cuts };
}

// The token at which the running sum, from the likeliest on, passes a number in [0, 1).
function drawnToken(chances, order, number) {
  let [total, last] = [0, order[0]];
  for (const id of order) {
    total += chances[id];
    if (number < total) return id;
    if (chances[id] > 0) last = id;
  }
  return last; // rounding left the sum a hair below 1
}

export { ranked, filtered, drawnToken };
