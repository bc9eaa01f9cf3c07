# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 04 · Learning an HMM: Baum–Welch

{{badges}}

> ␣ a e i o u y
>
> b c d f g h j k l m n p q r s t v w x z

A program read forty thousand letters of Wikipedia and sorted the alphabet into these two heaps. Nobody
had told it what a vowel is, or that there are such things. How can anything be learned about states that
no one has ever seen?

**Aims.** Learn from what is hidden, first with two coins, then with letters. Count what *probably*
happened with forward and backward. See what becomes of the likelihood from round to round, and why the
start matters. Put the HMM on both scoreboards.

**Time.** {{time}} The cells run in about a minute and a half on two CPU
cores.

**Before.** [03 · Hidden Markov models and Viterbi](03_hidden_markov_models.ipynb): forward, backward,
the best path.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
Everything here is counting, so a GPU has nothing to do.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
import re
import time
from itertools import product

import numpy as np
from tqdm.auto import tqdm

from lmteach.classroom import display_figure
from lmteach.exercises import baum_welch as check
from lmteach.models.hmm.model import HMM
from lmteach.plots.curves import curves
from lmteach.plots.style import BLUE, ORANGE
from lmteach.text.corpora.pronunciations import pronunciations
from lmteach.text.corpora.wikipedia import wikipedia

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Two coins in a pocket

Two coins, both bent, each in its own way. Five times somebody takes one out of the pocket, tosses it ten
times, and puts it back. We are told the heads, and not which coin it was.
"""

# %%
heads = np.array([9, 4, 8, 3, 7])
tosses = 10

# %% [markdown]
r"""
**Guess first.** How bent is each coin?

If we knew which coin was tossed, it would be division: heads by tosses. If we knew how bent they are, we
could say which coin it probably was. We know neither. So begin with any guess, and let each of
the two questions answer the other. With a guess $\theta$ for the chance of heads of each coin, a round
with $k$ heads belongs to coin $c$ with the share

$$ q(c \mid k) = \frac{\theta_c^{k} (1 - \theta_c)^{10 - k}}
   {\sum_{c'} \theta_{c'}^{k} (1 - \theta_{c'})^{10 - k}} \tag{4.1} $$
"""


# %%
def shares_of(theta):
    likelihood = theta ** heads[:, None] * (1 - theta) ** (tosses - heads[:, None])
    return likelihood / likelihood.sum(axis=1, keepdims=True)  # eq. 4.1


theta = np.array([0.6, 0.5])
shares_of(theta)

# %% [markdown]
r"""
A row for each round, a column for each coin. Nine heads of ten look like the first coin, but not for
certain: a fifth of that round is still given to the second. Now count as if these shares of tosses had
really been made:

$$ \theta_c = \frac{\sum_k q(c \mid k)\, k}{\sum_k q(c \mid k)\, 10} \tag{4.2} $$
"""


# %%
def biases_from(shares):
    return heads @ shares / (tosses * shares.sum(axis=0))  # eq. 4.2


for step in range(5):
    print(step, theta.round(3))
    theta = biases_from(shares_of(theta))

# %% [markdown]
"""
The two move apart by themselves. The first step is called *expectation*, the second *maximisation*, both
together **EM**. What gets better on the way? The probability of the heads that we saw, however the coins
were drawn. **Guess first:** can it fall from one round to the next?
"""


# %%
def log_likelihood_of(theta):
    ways = theta ** heads[:, None] * (1 - theta) ** (tosses - heads[:, None])
    return np.log(ways.mean(axis=1)).sum()


climb, theta = [], np.array([0.6, 0.5])
for _ in range(20):
    climb.append(log_likelihood_of(theta))
    theta = biases_from(shares_of(theta))
theta, shares_of(theta)[:, 0]

# %%
display_figure(
    curves({"five rounds of tosses": climb}, xlabel="round of EM", ylabel="log-likelihood, nats"),
    alt="The log-likelihood of the tosses over twenty rounds of EM: steep at first, then level. "
    "It never falls.",
)
assert np.diff(climb).min() >= -1e-12  # but for rounding, at the top

# %% [markdown]
"""
It never falls, and this can be proved: the shares make a lower bound of the log-likelihood that touches
it at the present guess, and the maximisation climbs the bound. Three rounds have gone mostly to the
first coin, two almost wholly to the second.

What if we start with two *equal* guesses?
"""

# %%
equal = np.array([0.5, 0.5])
biases_from(shares_of(equal)), heads.mean() / tosses

# %% [markdown]
"""
Then each coin gets half of everything, for ever. EM needs a start that is not symmetric, and where it
ends depends on the start. Keep that in mind.

## From coins to states

An HMM is a pocket of coins with 27 sides (letter or space), and with a habit: which coin comes next
depends on the last one. The unseen coin is the state. Its dice are the emissions, its habit the
transitions. Let us begin with a random model of two states and six letters to read.
"""

# %%
LETTERS = " abcdefghijklmnopqrstuvwxyz"


def encode(text):
    return np.array([LETTERS.index(letter) for letter in re.sub("[^a-z]+", " ", text.lower())])


start = HMM.random(states=2, vocab_size=27, generator=np.random.default_rng(2))
banana = encode("banana")
banana

# %% [markdown]
r"""
Which state emitted the second letter? We know from notebook 03 how to weigh *all* paths at once: forward
$\alpha$ sums over what came before, backward $\beta$ over what comes after. Their product, divided by
the probability of everything, is the share of state $i$ in step $t$; with a transition between them, it
is the share of a step from $i$ to $j$:

$$ \gamma_t(i) = \frac{\alpha_t(i)\, \beta_t(i)}{P(x)} \tag{4.3} $$

$$ \xi_t(i, j) = \frac{\alpha_t(i)\, a_{ij}\, b_j(x_{t+1})\, \beta_{t+1}(j)}{P(x)} \tag{4.4} $$

These are the shares of the coins again. Add them up over the text, and you have *expected counts*:
"""


# %%
def counts_by_loop(model, x):
    alpha, beta = np.exp(model.forward(x)), np.exp(model.backward(x))
    a, b, whole = model.transition, model.emission, alpha[-1].sum()
    steps, emitted = np.zeros(a.shape), np.zeros(b.shape)
    for t, i in product(range(len(x)), range(len(a))):
        emitted[i, x[t]] += alpha[t, i] * beta[t, i] / whole  # eq. 4.3
    for t, i, j in product(range(len(x) - 1), range(len(a)), range(len(a))):
        onward = a[i, j] * b[j, x[t + 1]] * beta[t + 1, j]
        steps[i, j] += alpha[t, i] * onward / whole  # eq. 4.4
    return steps, emitted


# %% [markdown]
"""
**Guess first.** Six letters, two states. What will all the entries of `emitted` sum to? All those of
`steps`?
"""

# %%
steps, emitted = counts_by_loop(start, banana)
steps.sum(), emitted.sum(), steps

# %% [markdown]
"""
Six letters were emitted and five steps were made, whoever made them. Is it right, though? With six
letters there are only 64 paths, so we can ask every one of them: how probable is it, and what did it do?
"""


# %%
def counts_by_enumeration(model, x):
    steps, whole = np.zeros((2, 2)), 0
    for path in product(range(2), repeat=len(x)):
        chance = model.initial[path[0]] * model.emission[path[0], x[0]]
        for i, j, symbol in zip(path, path[1:], x[1:], strict=False):
            chance *= model.transition[i, j] * model.emission[j, symbol]
        np.add.at(steps, (path[:-1], path[1:]), chance)
        whole += chance
    return steps / whole


assert np.allclose(counts_by_enumeration(start, banana), steps)

# %% [markdown]
"""
The same numbers from $2^6$ paths and from one walk forward and one back. Then without loops, and with
logarithms, since a longer text than a banana would underflow. The lines are the same two equations.
"""

# %%
from lmteach.models.hmm.batch import log_of
from lmteach.models.hmm.baum_welch import ExpectedCounts, expected_counts_batch, impossible
from lmteach.models.hmm.forward_backward import backward, forward


# %% lmteach={"defines": "models.hmm.baum_welch.expected_counts"}
def expected_counts(initial, transition, emission, observations):
    seen = log_of(emission.T[observations])  # (T, N)
    alpha = forward(log_of(initial), log_of(transition), seen)
    beta = backward(log_of(transition), seen)
    log_likelihood = np.logaddexp.reduce(alpha[-1])
    if log_likelihood == -np.inf:
        raise ValueError(impossible("observations"))
    in_state = np.exp(alpha + beta - log_likelihood)  # (T, N), eq. 4.3
    onward = alpha[:-1, :, None] + log_of(transition) + (seen + beta)[1:, None, :]
    steps = np.exp(onward - log_likelihood)  # (T - 1, N, N), eq. 4.4
    emitted = np.zeros(emission.shape)
    np.add.at(emitted.T, observations, in_state)
    return ExpectedCounts(in_state[0], steps.sum(axis=0), emitted, float(log_likelihood))


# %%
counts = expected_counts(start.initial, start.transition, start.emission, banana)
assert np.allclose(counts.transition, steps)
assert np.allclose(counts.emission, emitted)

# %% [markdown]
r"""
Maximisation is what we did to the coins, and to the bigrams of notebook 01: divide each row by its sum.

$$ a_{ij} = \frac{\sum_t \xi_t(i, j)}{\sum_{j'} \sum_t \xi_t(i, j')} \qquad
   b_j(v) = \frac{\sum_{t: x_t = v} \gamma_t(j)}{\sum_t \gamma_t(j)} \tag{4.5} $$
"""


# %% lmteach={"defines": "models.hmm.baum_welch.re_estimate"}
def re_estimate(counts, otherwise):
    sums = counts.sum(axis=-1, keepdims=True)
    return np.where(sums > 0, counts / np.where(sums > 0, sums, 1), otherwise)  # eq. 4.5


# %% [markdown]
"""
A state that was never visited has a row of zeros, and keeps what it had: that is what `otherwise` is
for. Now go round and round.
"""


# %%
def one_round(model, x):
    now = (model.initial, model.transition, model.emission)
    *counts, log_likelihood = expected_counts(*now, x)
    return HMM(*map(re_estimate, counts, now)), log_likelihood


model, by_hand = start, []
for _ in range(11):
    after, log_likelihood = one_round(model, banana)
    by_hand.append(log_likelihood)
    model, before = after, model
np.exp(by_hand[::2])

# %%
favourites = {letter: model.emission[:, encode(letter)[0]].round(2).tolist() for letter in "abn"}
favourites

# %% [markdown]
"""
From one in ten thousand million to one in thirty. It learned that a word starts with **b**, in a state
of its own, and that then an **a** or an **n** falls like a bent coin. **Guess first:** could *you* do
better, with two states?
"""

# %%
two_heaps = np.array([np.bincount(encode(heap), minlength=27) / 3 for heap in ("aaa", "bnn")])
yours = HMM(np.array([0.0, 1.0]), np.array([[0.0, 1.0], [1.0, 0.0]]), two_heaps)
math.exp(yours.log_likelihood(banana))

# %% [markdown]
"""
One state for the **a** and one for **b** and **n**, taking turns: four times as probable. From its
start, EM didn't find it. It had climbed the nearest hill, and stood on its top. We shall meet this
again.

## Forty thousand letters

Now a real text. It is cut into pieces of a hundred letters, which are counted side by side; `callback`
keeps every model on the way, so that we can watch it learn.
"""

# %%
wiki = wikipedia()
train_pieces = list(encode(wiki.train)[:40_000].reshape(-1, 100))
valid_pieces = list(encode(wiki.valid)[:20_000].reshape(-1, 100))


# %%
def learn(states, seed, rounds=100):
    kept = []
    start = HMM.random(states, len(LETTERS), np.random.default_rng(seed))
    start.baum_welch(train_pieces, rounds, 0.5, callback=lambda m, score: kept.append((m, score)))
    models, scores = zip(*kept, strict=True)
    return models, np.array(scores)


models, scores = learn(states=2, seed=2)
assert np.diff(scores).min() >= -1e-6
len(models), scores[[0, -1]] / (40_000 * math.log(2))

# %% [markdown]
"""
Bits per letter, with a minus: from worse than a fair die with 27 sides (4.75) to about four. You know
the two heaps from the top of this notebook. **Guess first.** Why would the *space* stand with the vowels?
"""


# %%
def heaps(model):
    prefers = model.emission.argmax(axis=0)
    names = [letter.replace(" ", "␣") for letter in LETTERS]
    return [" ".join(names[v] for v in np.flatnonzero(prefers == i)) for i in range(model.states)]


heaps(models[-1])

# %% [markdown]
"""
Vowels, and consonants. All that it could find is that after one kind the other tends to come. Is this why
the space stands with the vowels? Count the consonants beside each kind of letter:
"""

# %%
text = "".join(LETTERS[v] for v in np.concatenate(train_pieces))
for name, kind in (("space", " "), ("vowels", "aeiouy"), ("consonants", "bcdfghjklmnpqrstvwxz")):
    before, after = re.findall(f".(?=[{kind}])", text), re.findall(f"(?<=[{kind}]).", text)
    shares = (np.mean([x not in " aeiouy" for x in side]).round(2) for side in (before, after))
    print(f"{name:12}", *shares)

# %% [markdown]
"""
Before and after: a space has consonants on both sides nearly as often as a vowel has, and a consonant
less than half as often. The
model doesn't know sounds, it knows company. And **y**, half and half in school, keeps company with the vowels.
"""

# %%
models[-1].transition

# %% [markdown]
"""
Play it from the random start. When does the **e** make up its mind? Which letter is the last to choose?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.emission_player.widget import EmissionPlayer

EmissionPlayer([m.emission for m in models], scores, symbols=list(LETTERS))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Eight climbers in the fog

EM climbs, but it climbs the hill on which it was born. We had chosen the seed. Let eight climbers start
at random, and ask each for its height on the training text *and* on articles that it has not read.

**Guess first.** Will those who are higher on one also be higher on the other?
"""


# %% tags=["nbval-ignore-output"]
def bits(model, pieces):
    tables = (model.initial, model.transition, model.emission)
    log_likelihood = expected_counts_batch(*tables, pieces).log_likelihood
    return -log_likelihood / (sum(map(len, pieces)) * math.log(2))


climbers = [learn(states=2, seed=seed) for seed in tqdm(range(8), leave=False)]

# %%
for seed, (found, _) in enumerate(climbers):
    train_bits, valid_bits = bits(found[-1], train_pieces), bits(found[-1], valid_pieces)
    with_e = next(heap for heap in heaps(found[-1]) if "e" in heap)
    print(f"{seed}  {train_bits:.3f}  {valid_bits:.3f}  {with_e}")

# %%
per_letter = {f"seed {s}": -scores / 40_000 / math.log(2) for s, (_, scores) in enumerate(climbers)}
longest = max(map(len, per_letter.values()))
lines = {k: np.pad(v, (0, longest - len(v)), mode="edge")[1:] for k, v in per_letter.items()}
axes = curves(lines, x=range(1, longest), xlabel="round of EM", ylabel="bits per letter")
axes.get_legend().remove()
for line in axes.lines:
    line.set_color(BLUE if line.get_ydata()[-1] < 4.05 else ORANGE)
display_figure(
    axes,
    alt="Bits per letter of the training text, for eight random starts, over a hundred rounds of "
    "EM. All fall. The three blue ones come down to 4.0, two of them after a long level stretch; "
    "the five orange ones are still near 4.1 at the end.",
)

# %% [markdown]
"""
Three came down to 4.0, and found vowels and consonants. The other five sort the alphabet in other ways, and a hundred
rounds have not led them out. Patience can help: two of the three winners waited near 4.12 for some twenty
rounds. But at the end of a road it can't, for every way out leads up again. What helps is plain:
start often, and keep the best. Who is high on the text that was read is high on the unread articles,
too: two states are too few to learn anything by heart.
"""

# %%
best = max(climbers, key=lambda run: run[1][-1])[0][-1]
heaps(best)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## How many states?

Two was our choice. At their best, more states can only fit the training text better. **Guess first:** when will they
begin to fit the unread text worse?
"""

# %% tags=["nbval-ignore-output"]
sizes = (1, 2, 3, 4, 6, 8, 16)
runs = {n: learn(states=n, seed=2, rounds=50) for n in tqdm(sizes, leave=False)}

# %%
ends = {n: found[-1] for n, (found, _) in runs.items()}
display_figure(
    curves(
        {
            "read": [bits(ends[n], train_pieces) for n in sizes],
            "unread": [bits(ends[n], valid_pieces) for n in sizes],
        },
        x=sizes,
        xscale="log",
        xlabel="states",
        ylabel="bits per letter",
    ),
    alt="Bits per letter against the number of states from 1 to 16, for the text that was read "
    "and for unread articles. Both fall from above 4, close together; at 16 states, a gap has "
    "opened.",
)

# %%
[(n, round(bits(ends[n], train_pieces), 2), round(bits(ends[n], valid_pieces), 2)) for n in sizes]

# %% [markdown]
"""
One state is no memory at all: a unigram. Up to sixteen, more states still help on the unread text,
though by then less than on the text that was read. What do they do? Choose 2, 3, 4, 6 or 8, and play.
"""

# %% tags=["widget", "nbval-ignore-output"]
STATES = 6

found, climbed = runs[STATES]
EmissionPlayer([m.emission for m in found], climbed, symbols=list(LETTERS))

# %%
heaps(ends[6])

# %% [markdown]
"""
With six, four vowels share a state, the space has found the **h**, and some of the other heaps have no
name in any grammar. A state is whatever helps to say what comes next. What it *means* is for us to see,
or not.

## Letters that speak

The same idea reads English aloud. In *six*, the **x** says two sounds, K S; in *ate*, the **e** is
silent. The dictionary tells us spelling and sound of a hundred thousand words, and not which letter says
what. That is hidden, so: EM. Let each letter say nothing, one phoneme or two, by a table that starts out
knowing nothing at all; sum over all ways to cut the pronunciation; divide.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.models.hmm.letter_alignment import Aligner, alignable

sounds = pronunciations()
started = time.perf_counter()
examples = [(w, s) for w, all_s in sounds.train.items() for s in all_s if alignable(w, s)]
aligner, climbed = Aligner.fit(examples, iterations=12, progress=True)
fitting = time.perf_counter() - started

# %%
assert np.diff(climbed).min() > 0
len(examples), aligner.probabilities.shape, (climbed / len(examples)).round(2)

# %% [markdown]
"""
The rows are letters, the columns are silence, 39 phonemes and all pairs of them. What has it learned
about **c**, **e**, **q** and **x**?
"""

# %%
for letter in "ceqx":
    row = aligner.probabilities[aligner.letters.index(letter)]
    top = row.argsort()[::-1][:4]
    print(letter, {" ".join(aligner.chunks[k]) or "–": round(float(row[k]), 2) for k in top})

# %% [markdown]
"""
Silence is written –. A **q** mostly says K W, an **x** K S, half of all **e** are silent: all this from
starting with *every letter may say anything*. With the table, Viterbi tells us who says what:
"""

# %%
chunks = aligner.align(examples)
aligned = [(word, said) for (word, _), said in zip(examples, chunks, strict=True)]
says = dict(aligned)
for word in ("phone", "knight", "queen", "six", "laugh"):
    print(*(f"{a}:{' '.join(chunk) or '–'}" for a, chunk in zip(word, says[word], strict=True)))

# %% [markdown]
"""
Now nothing is hidden any more, so an HMM can be *counted*, as in notebook 03. A state is what a letter
says; the state emits the letter. To pronounce a new word, see its letters, and ask Viterbi for the
states.

One thing is left to choose. All that an HMM remembers is in its state. After *ph*, with the **p** as F
and the **h** silent, the state says "silence", and the F is forgotten. So try three kinds: the plain
one; one where a silent state *remembers* what was said last; and one where every state knows its own
letter instead.
"""

# %%
from lmteach.evaluation.error_rates import phoneme_error_rate, word_error_rate
from lmteach.models.hmm.spelling import (
    SpellingHMM,
    lettered_states,
    plain_states,
    remembering_states,
)

for states_of in (plain_states, remembering_states, lettered_states):
    print(states_of.__name__, states_of("phone", [("F",), (), ("OW",), ("N",), ()]))

# %% [markdown]
"""
The measure is the *phoneme error rate*: the fewest phonemes to insert, delete or replace, divided by how
many there should be; a word with several pronunciations is compared with the closest. **Guess first:**
which of the three is best, and how many phonemes in a hundred does it get wrong?
"""

# %% tags=["nbval-ignore-output"]
valid_words = dict(list(sounds.valid.items())[::8])
answers = list(valid_words.values())
started = time.perf_counter()
for states_of in (plain_states, remembering_states, lettered_states):
    speller = SpellingHMM.fit(aligned, states_of, min_count=5)
    said = speller.pronounce(list(valid_words), progress=True)
    errors = phoneme_error_rate(said, answers), word_error_rate(said, answers)
    print(f"{states_of.__name__:20}{len(speller.states):5} states {errors[0]:.3f} {errors[1]:.3f}")

# %% [markdown]
"""
The second column of errors is the *word error rate*: words that are not right to the last phoneme. What
a state knows pays, and its own letter pays most. In the third kind a state emits one letter only, so what is left is a
bigram over pairs of letter and sound, where only the choice of the pair is hidden. We take the second
and the third to the scoreboard.

## The equal sign

Three roads to the same numbers: the package, `hmmlearn`, and every single alignment of a small word.
First the banana, learned by `HMM.baum_welch`:
"""

# %%
_, package = start.baum_welch([banana], iterations=10, tolerance=0)
assert np.allclose(package, by_hand, rtol=1e-10)

# %% [markdown]
"""
Then `hmmlearn`, from the same random start, over the same pieces of Wikipedia:
"""

# %%
from hmmlearn.hmm import CategoricalHMM

theirs = CategoricalHMM(2, n_features=27, n_iter=30, tol=0, init_params="")
theirs.startprob_, theirs.transmat_, theirs.emissionprob_ = (
    start.initial,
    start.transition,
    start.emission,
)
theirs.fit(np.concatenate(train_pieces)[:, None], lengths=[100] * len(train_pieces))

ours, our_scores = start.baum_welch(train_pieces, iterations=30, tolerance=0)

# %%
assert np.allclose(our_scores[:-1], theirs.monitor_.history, rtol=1e-9)
assert np.allclose(ours.initial, theirs.startprob_, rtol=0, atol=1e-6)
assert np.allclose(ours.transition, theirs.transmat_, rtol=0, atol=1e-6)
assert np.allclose(ours.emission, theirs.emissionprob_, rtol=0, atol=1e-6)

# %% [markdown]
"""
Thirty rounds, and the tables agree to a millionth. Last, the aligner. In a dictionary of two
words, all ways to give the letters their sounds can be written down, so that one round of EM is a sum by
hand:
"""

# %%
tiny, climbed = Aligner.fit([("ab", ("A",)), ("a", ("A",))], iterations=1)
assert np.allclose(tiny.probabilities, [[1 / 4, 3 / 4, 0], [1 / 2, 1 / 2, 0]])
assert math.isclose(climbed[1], math.log((3 / 4 * 1 / 2 + 1 / 4 * 1 / 2) * 3 / 4))

# %% [markdown]
"""
In "ab" says A, either **a** speaks or **b**, half and half; that "a" says A leaves no doubt. Together
the **a** speaks 1.5 times of 2.

## The scoreboard

The board is for all 82 characters of Wikipedia, capitals and full stops included. Training is slow, so
the HMM reads an eighteenth of the training text, forty rounds, and it is judged on the whole test text.
Characters that it has not met would be impossible, so a pinch is added to every table.

**Guess first.** The bigram has 82 states, so to say, and sees them. Can hidden states beat it?
"""

# %%
from lmteach.evaluation.information import bits_per_character
from lmteach.evaluation.scoreboard import record, table
from lmteach.text.tokenizers.characters import CharTokenizer

tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
train, test = (np.array(tokenizer.encode(text)) for text in (wiki.train, wiki.test))
pieces = list(train[: len(train) // 250 * 250].reshape(-1, 250)[::18])
len(pieces) * 250

# %% tags=["nbval-ignore-output"]
for states in tqdm((4, 16, 32), leave=False):
    started = time.perf_counter()
    first = HMM.random(states, tokenizer.vocab_size, np.random.default_rng(0))
    learned, _ = first.baum_welch(pieces, iterations=40)
    seconds = time.perf_counter() - started
    tables = (learned.initial, learned.transition, learned.emission)
    nats = -HMM.from_counts(*tables, pseudocount=1e-5).log_likelihood(test) / len(test)
    bpc = bits_per_character(nats, tokens=len(test), characters=len(wiki.test))
    parameters = sum(one.size for one in tables)
    record("A", f"HMM, {states} states", bpc, parameters=parameters, seconds=seconds)

# %% tags=["nbval-ignore-output"]
hmms = [f"HMM, {states} states" for states in (4, 16, 32)]
table("A", ["unigram, add-one", "bigram, add-one", *hmms])

# %% [markdown]
"""
Sixteen states lose to the bigram. Thirty-two beat it, with little more than half of its numbers and an eighteenth of its
text: a state can carry something over more than one letter, which no bigram can. The price is in the
last column.

The other board opens here. Letters are seen, sounds are hidden; the test words were in none of the cells
above.
"""

# %% tags=["nbval-ignore-output"]
names = {"HMM": remembering_states, "HMM, state knows its letter": lettered_states}
words, answers = list(sounds.test), list(sounds.test.values())
for name, states_of in names.items():
    started = time.perf_counter()
    speller = SpellingHMM.fit(aligned, states_of, min_count=5)
    seconds = fitting + time.perf_counter() - started
    said = speller.pronounce(words, progress=True)
    record("B", name, phoneme_error_rate(said, answers), speller.parameter_count, seconds)
    print(f"{name}: word error rate {word_error_rate(said, answers):.3f}")
table("B", list(names))

# %% [markdown]
"""
Two words in three come out with a mistake, even from the better one. What are the mistakes like? Word,
dictionary, model:
"""

# %%
wrong = [row for row in zip(words, said, answers, strict=True) if row[1] not in row[2]]
for word, hypothesis, acceptable in wrong[3::900]:
    print(f"{word:14}{' '.join(acceptable[0]):34}{' '.join(hypothesis)}")


# %%
def consonants(phonemes):
    return [phoneme for phoneme in phonemes if phoneme[0] not in "AEIOU"]


only_vowels = [consonants(s) in map(consonants, acceptable) for _, s, acceptable in wrong]
np.mean(only_vowels)

# %% [markdown]
"""
In that share of the wrong words every consonant is right, and the vowels are to blame. No wonder: what
an **a** says depends on an **e** at the end of the word, on stress, on where the name came from, and the
state sees one letter back. Notebook 08 will look at the whole word.

## Spot the bug

Forward sums over paths, Viterbi takes the best. A program that already has Viterbi is tempted: "the
score of the best path *is* the log-likelihood, near enough". Here is the two-state model on articles
that it hasn't read, measured both ways.
"""

# %%
_, best_paths = best.viterbi_batch(valid_pieces)
{"sum": bits(best, valid_pieces), "max": -best_paths.sum() / (20_000 * math.log(2))}

# %% [markdown]
"""
A tenth of a bit is gone at every letter. Nothing crashed, and no row of any table is wrong. **Guess
first:** take all texts of one letter, or two, or three, and add up their probabilities. What does each
of the two measures come to?
"""

# %%
for n in (1, 2, 3):
    texts = list(product(range(27), repeat=n))
    of_sum = sum(math.exp(best.log_likelihood(text)) for text in texts)
    of_max = np.exp(best.viterbi_batch(texts)[1]).sum()
    print(f"{n} letters: sum {of_sum:.4f}, max {of_max:.4f}")

# %% [markdown]
"""
The largest of several numbers is less than their sum, so the "probabilities" don't add up to 1, and the
longer the text, the more is lost. Such a model is charged for doubts that it need not settle: we
ask how probable the text is, and not by which path it came.
"""

# %% [markdown]
"""
Viterbi's score is right for what it is: one path and the text, together. To compare models, add.

## In practice

`hmmlearn` has the same algorithm for letters (`CategoricalHMM`), numbers (`GaussianHMM`) and mixtures.
It restarts nothing by itself: one seed, one hill. Loop over `random_state`, and keep the best score.
"""

# %%
letters = np.concatenate(train_pieces)[:, None]
tries = [
    CategoricalHMM(2, n_features=27, n_iter=50, tol=1, random_state=seed).fit(letters)
    for seed in range(3)
]
champion = max(tries, key=lambda model: model.score(letters))

# %%
learned = HMM(champion.startprob_, champion.transmat_, champion.emissionprob_)
assert math.isclose(learned.log_likelihood(letters[:, 0]), champion.score(letters))
heaps(learned)

# %% [markdown]
"""
Other seeds, and nearly the same heaps. The score of one text is the same number in both.

## Your turn

### Exercise 1 · shares_of_coins (6 minutes, ●○○)

Write `shares_of_coins(heads, tosses, biases)`: for each round its share of each coin, equation 4.1, for
any number of coins. Then give our five rounds *three* coins. What do they become?
"""


# %% tags=["exercise"]
def shares_of_coins(heads, tosses, biases):
    ### BEGIN SOLUTION
    likelihood = biases ** heads[:, None] * (1 - biases) ** (tosses - heads[:, None])
    return likelihood / likelihood.sum(axis=1, keepdims=True)
    ### END SOLUTION


check.shares_of_coins(shares_of_coins)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`heads[:, None]` is a column; against the row `biases` it makes a table, a row for each round.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · new_biases (6 minutes, ●●○)

Write `new_biases(heads, tosses, shares)`: equation 4.2. Each coin's expected heads, divided by its own
expected tosses.
"""


# %% tags=["exercise"]
def new_biases(heads, tosses, shares):
    ### BEGIN SOLUTION
    return heads @ shares / (tosses * shares.sum(axis=0))
    ### END SOLUTION


check.new_biases(new_biases)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A round of ten tosses, of which a coin has the share 0.8, gives it eight tosses.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · expected_visits (10 minutes, ●●●)

Write `expected_visits(alpha, beta)`: how many of the T steps were spent in each state, from the
*logarithms* that `model.forward(x)` and `model.backward(x)` return. Then ask it of a sentence of yours:
how many letters come from the state of the vowels?
"""


# %% tags=["exercise"]
def expected_visits(alpha, beta):
    ### BEGIN SOLUTION
    log_likelihood = np.logaddexp.reduce(alpha[-1])
    return np.exp(alpha + beta - log_likelihood).sum(axis=0)
    ### END SOLUTION


check.expected_visits(expected_visits)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Equation 4.3, and then a sum over $t$. At every step the shares of all states sum to 1; what is the whole
to divide by?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- EM: say how probably each hidden thing happened, count with these shares, divide, repeat.
- For an HMM the shares come from forward and backward, over all paths at once.
- The likelihood never falls. Where it ends depends on the start, so start often.
- Two states find vowels and consonants; what a state means is for us to see.
- A likelihood adds paths up. The best path's score is something else.

**Further reading.** L. E. Baum, T. Petrie, G. Soules and N. Weiss, "A Maximization Technique Occurring
in the Statistical Analysis of Probabilistic Functions of Markov Chains" (1970). A. P. Dempster, N. M.
Laird and D. B. Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm" (1977). R. L. Cave
and L. P. Neuwirth, "Hidden Markov Models for English" (1980), where vowels and consonants were first
found this way. L. R. Rabiner, "A Tutorial on Hidden Markov Models" (1989).

**Next.** {{next}}: letters and words become points.
"""
