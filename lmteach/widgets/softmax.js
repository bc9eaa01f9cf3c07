// The softmax of attention_arrays.py (a test compares them): one row of scores at a temperature.

// Weights of the keys from `start` on; kinds says which may be attended to (0), all if it is null.
function softmaxRow(scores, kinds, start, kindStart, count, temperature) {
  const weights = new Float64Array(count);
  let highest = -Infinity;
  for (let j = 0; j < count; j++) {
    weights[j] = kinds === null || kinds[kindStart + j] === 0 ? scores[start + j] : -Infinity;
    if (weights[j] > highest) highest = weights[j];
  }
  if (highest === -Infinity) return weights.fill(0); // nothing may be attended to
  let total = 0;
  for (let j = 0; j < count; j++) {
    weights[j] = Math.exp((weights[j] - highest) / temperature);
    total += weights[j];
  }
  for (let j = 0; j < count; j++) weights[j] /= total;
  return weights;
}

// The rows of one head, as a list of T rows of S weights; scores are L × H × T × S.
function headWeights(scores, kinds, [time, source], place, temperature) {
  return Array.from({ length: time }, (_, i) =>
    softmaxRow(scores, kinds, (place * time + i) * source, i * source, source, temperature));
}

// Over how many tokens a row is spread out, as if evenly: e to the power of its entropy.
function spread(row) {
  const entropy = row.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
  return Math.exp(entropy);
}

export { headWeights, softmaxRow, spread };
