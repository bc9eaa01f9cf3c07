// The arithmetic of the trellis, equal to lmteach/widgets/lattice.py (a test compares them), and
// how its numbers and changes are written.

const TINY = 1e-12;

// Every score, the best predecessor of each (-1: none), and the best path (empty: impossible).
// seen[t][j] is the probability that state j emits what was observed at step t.
function viterbi(initial, transition, seen) {
  const scores = [initial.map((chance, j) => Math.log(chance) + Math.log(seen[0][j]))];
  const back = [initial.map(() => -1)];
  for (const emitted of seen.slice(1)) {
    const candidates = initial.map((_, j) => // the emission comes last, as in models/viterbi.py
      sumsInto(scores.at(-1), transition, j).map((sum) => sum + Math.log(emitted[j])));
    back.push(candidates.map(winner));
    scores.push(candidates.map((sums) => sums[winner(sums)]));
  }
  const path = [winner(scores.at(-1))];
  for (let t = seen.length - 1; t > 0; t--) path.unshift(back[t][path[0]]);
  return { scores, back, path: Math.max(...scores.at(-1)) > -Infinity ? path : [] };
}

function sumsInto(before, transition, j) {
  return before.map((score, i) => score + Math.log(transition[i][j]));
}

function winner(scores) { // of equal ones the first
  return scores.reduce((best, score, i) => (score > scores[best] ? i : best), 0);
}

// The row with another value at one place; the rest keeps its ratios, and the sum stays 1.
function editedRow(row, place, value, original) {
  const restOf = (ratios) => ratios.reduce((sum, ratio, j) => sum + (j === place ? 0 : ratio), 0);
  const ratios = [row, original].find((each) => restOf(each) > TINY) ?? row.map(() => 1);
  const rest = restOf(ratios);
  return row.map((_, j) => (j === place ? value : ((1 - value) * ratios[j]) / rest));
}

// What the change of a transition did to the path, in words.
function comparison(before, after, states) {
  if (!after.length) return "Now no path is possible: each meets a probability of 0.";
  if (!before.length) return "Now there is a possible path.";
  const flipped = after.flatMap((state, t) => (state === before[t] ? [] : [t]));
  if (!flipped.length) return "The best path is still the original one.";
  const [name, names] = [flipped[0], flipped.map((t) => t + 1)];
  const steps = names.length === 1 ? `step ${names[0]}`
    : `steps ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const rest = names.length === 1 ? "" : ` (at step ${names[0]})`;
  return `The path flipped at ${steps}: ${states[before[name]]} became ${states[after[name]]}${rest}.`;
}

// A score in nats as it stands on the page: as a logarithm, or as the probability it means.
function written(score, logarithms, digits) {
  if (logarithms) return score === -Infinity ? "−∞" : score.toFixed(digits).replace("-", "−");
  const chance = Math.exp(score);
  if (chance === 0 || chance === 1) return String(chance);
  if (chance >= (digits > 2 ? 0.001 : 0.01)) return chance.toFixed(digits + 1);
  const short = digits < 3 && chance < 1e-9 ? 0 : 1; // what fits into a circle
  return chance.toExponential(digits === 1 ? 0 : short).replace("-", "−");
}

export { viterbi, editedRow, comparison, written };
