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
from lmteach.models.hmm.batch import log_of  # np.log, and minus infinity for 0 without a warning
from lmteach.models.hmm.model import HMM
from lmteach.plots.curves import curves
from lmteach.plots.style import BLUE, ORANGE
from lmteach.text.corpora.pronunciations import pronunciations
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Two coins in a pocket

Two coins, both bent, each in its own way. Five times somebody takes one out of the pocket without looking,
tosses it ten times, and puts it back. We are told the heads, and not which coin it was.
"""

# %%
heads = np.array([9, 4, 8, 3, 7])
tosses = 10

# %% [markdown]
r"""
How bent is each coin? If we knew which coin was tossed, it would be division: heads by tosses. If we knew how
bent they are, we could say which coin it probably was. We know neither. So begin with any guess, and let each
of the two questions answer the other. With a guess $\theta_c$ for the chance of heads of each coin $c$, and
either coin as likely to be taken, round $r$ with its $k_r$ heads belongs to coin $c$ with the share

$$ q(c \mid r) = \frac{\theta_c^{k_r} (1 - \theta_c)^{10 - k_r}}
   {\sum_{c'} \theta_{c'}^{k_r} (1 - \theta_{c'})^{10 - k_r}} \tag{4.1} $$
"""


# %%
def ways_of(theta):
    return theta ** heads[:, None] * (1 - theta) ** (tosses - heads[:, None])  # (rounds, coins)


def shares_of(theta):
    return ways_of(theta) / ways_of(theta).sum(axis=1, keepdims=True)  # eq. 4.1


first_guess = np.array([0.6, 0.5])
shares_of(first_guess).round(3)

# %% [markdown]
r"""
A row for each round, a column for each coin. Nine heads of ten look like the first coin, but not for
certain: a fifth of that round is still given to the second. Now count as if these shares of tosses had
really been made, over all rounds:

$$ \theta_c = \frac{\sum_r q(c \mid r)\, k_r}{\sum_r q(c \mid r)\, 10} \tag{4.2} $$
"""


# %%
def biases_from(shares):
    return heads @ shares / (tosses * shares.sum(axis=0))  # eq. 4.2


guesses = [first_guess]
for _ in range(20):
    guesses.append(biases_from(shares_of(guesses[-1])))
np.array(guesses[:5]).round(3)

# %% [markdown]
"""
A row for each round of learning: the two move apart by themselves. The first step is called *expectation*,
the second *maximisation*, both together **EM**. What should get better on the way is the probability of the
heads that we saw, whichever coins were drawn. (Of one order of heads and tails: how many orders there are is the
same for every guess.)
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Each round of EM replaces the guesses by new ones. Can the probability of the heads that were "
    "seen fall from one round to the next?",
    {
        "yes, now and then: a step can overshoot": "Gradient steps can. EM takes no step along a "
        "slope: it jumps to the top of a bound that lies below the curve.",
        "yes, if the start is a bad one": "A bad start can lead to a low hill. But on every hill "
        "the way goes up.",
        "no, never": "A bound touches the curve at the present guess and lies below it elsewhere; "
        "the next guess is the bound's highest point.",
    },
    right="no, never",
)


# %% tags=["answer"]
def log_likelihood_of(theta):
    return float(np.log(ways_of(theta).mean(axis=1)).sum())  # nats; either coin, half and half


climb = [log_likelihood_of(theta) for theta in guesses]
for place in (0, 1, 2, 5, 10, 20):
    print(f"{place:2}  {climb[place]:.4f}  {guesses[place].round(3)}")

# %% tags=["answer", "folded"]
# @title The climb, drawn
display_figure(
    curves({"five rounds of tosses": climb}, xlabel="round of EM", ylabel="log-likelihood, nats"),
    alt="The log-likelihood of the tosses over twenty rounds of EM: steep at first, then level. "
    "It never falls.",
)
assert np.diff(climb).min() >= -1e-12  # but for rounding, at the top

# %% [markdown]
r"""
## A bound from below

Why can't it fall? Six lines, with $\ell$ the log-likelihood, $\theta$ the old guess, $\theta'$ the new one,
$q$ the shares of the old one:

1. A round may come from either coin: $\ell(\theta') = \sum_r \log \sum_c P(k_r, c \mid \theta')$.
2. Multiply and divide by $q$: $\ell(\theta') = \sum_r \log \sum_c q(c \mid r)\, \dfrac{P(k_r, c \mid \theta')}{q(c \mid r)}$, the logarithm of a mean.
3. The logarithm of a mean is at least the mean of the logarithms, so $\ell(\theta') \ge B(\theta')$ with

$$ B(\theta') = \sum_r \sum_c q(c \mid r) \log \frac{P(k_r, c \mid \theta')}{q(c \mid r)} \tag{4.3} $$

4. At the old guess the fraction is $P(k_r \mid \theta)$ for both coins, a mean of equal things: $B(\theta) = \ell(\theta)$.
5. Only $\sum q \log P(k_r, c \mid \theta')$ in it depends on $\theta'$, and that is the log-likelihood of *counted* tosses with weights $q$: division makes it largest, so $B(\theta') \ge B(\theta)$.
6. Together: $\ell(\theta') \ge B(\theta') \ge B(\theta) = \ell(\theta)$.

Nothing in it is about coins. In numbers, for the first round:
"""


# %%
def bound(theta, shares):
    joint = ways_of(theta) / 2  # each coin is drawn half of the time
    return float((shares * np.log(joint / shares)).sum())  # eq. 4.3


old, new = guesses[0], guesses[1]
print(f"new: likelihood {log_likelihood_of(new):.4f}, bound {bound(new, shares_of(old)):.4f}")
print(f"old: likelihood {log_likelihood_of(old):.4f}, bound {bound(old, shares_of(old)):.4f}")

# %% [markdown]
"""
The largest is above, the smallest below, and at the old guess the two are one. After twenty rounds, whose
were the tosses?
"""

# %%
guesses[-1].round(3), shares_of(guesses[-1]).round(3)

# %% [markdown]
"""
Three rounds have gone mostly to the first coin, two almost wholly to the second. The start was uneven, 0.6
and 0.5.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "62 per cent of all fifty tosses were heads. EM on two coins starts with two equal guesses, "
    "0.5 and 0.5. Where is it after a hundred rounds?",
    {
        "about 0.8 and 0.4, as before": "For that the coins must differ in some round. With equal "
        "guesses each round is shared half and half, and the counts are the same for both.",
        "0.5 and 0.5": "The first round already counts heads: half of all heads by half of all "
        "tosses is not 0.5 here.",
        "0.62 and 0.62": "Half of everything each, in every round: two names for one coin.",
        "0.62 and 0.38": "They need not sum to 1: each is the heads of one coin by its own tosses.",
    },
    right="0.62 and 0.62",
)

# %% tags=["answer"]
even = np.array([0.5, 0.5])
for _ in range(100):
    even = biases_from(shares_of(even))
even, heads.sum() / (len(heads) * tosses)

# %% [markdown]
"""
Each coin gets half of everything, for ever. EM needs a start that is not symmetric, and where it
ends depends on the start. Keep that in mind.

## From coins to states

An HMM is a pocket of coins with 27 sides (letter or space), and with a habit: which coin comes next
depends on the last one. The unseen coin is the state $z_t$, one of N. Its sides are the emissions, its habit the
transitions. Let us begin with a random model of two states and six letters to read.
"""

# %%
LETTERS = " abcdefghijklmnopqrstuvwxyz"


def encode(text):
    return np.array([LETTERS.index(letter) for letter in re.sub("[^a-z]+", " ", text.lower())])


random_model = HMM.random(states=2, vocab_size=27, generator=np.random.default_rng(2))
banana = encode("banana")
banana, random_model.transition.round(2), random_model.emission.shape

# %% [markdown]
r"""
Which state emitted the second letter? We know from notebook 03 how to weigh *all* paths at once: forward
$\alpha$ sums over what came before, starting from $\alpha_1(i) = \pi_i b_i(x_1)$, backward $\beta$ over what
comes after, starting from $\beta_T(i) = 1$. Their product, divided by the probability of everything, $P(x) =
\sum_i \alpha_T(i)$, is the share of state $i$ in step $t$:

$$ \gamma_t(i) = \frac{\alpha_t(i)\, \beta_t(i)}{P(x)} \tag{4.4} $$

With a transition between them, it is the share of a move from $i$ to $j$, for $t = 1, \dots, T - 1$:

$$ \xi_t(i, j) = \frac{\alpha_t(i)\, a_{ij}\, b_j(x_{t+1})\, \beta_{t+1}(j)}{P(x)} \tag{4.5} $$
"""


# %%
def shares_by_loop(model, x):
    alpha, beta = np.exp(model.forward(x)), np.exp(model.backward(x))  # (T, N)
    a, b, whole = model.transition, model.emission, alpha[-1].sum()
    gamma, xi = np.zeros((len(x), 2)), np.zeros((len(x) - 1, 2, 2))
    for t in range(len(x)):
        for i in range(2):
            gamma[t, i] = alpha[t, i] * beta[t, i] / whole  # eq. 4.4
    for t in range(len(x) - 1):
        for i, j in product(range(2), range(2)):
            onward = a[i, j] * b[j, x[t + 1]] * beta[t + 1, j]
            xi[t, i, j] = alpha[t, i] * onward / whole  # eq. 4.5
    return gamma, xi


gamma, xi = shares_by_loop(random_model, banana)
gamma.shape, xi.shape

# %% [markdown]
r"""
On the trellis of *banana*, $\gamma$ stands in the circles and $\xi$ on the arrows. Lit: a circle, the share
of state A in the second letter, and the arrows that lead into it and out of it.
"""

# %% tags=["folded"]
# @title Shares on the trellis
from lmteach.plots.diagrams.hmm import counts_on_trellis

trellis = gamma, xi, ["A", "B"], list("banana")
display_figure(
    counts_on_trellis(*trellis, lit=["z2=A", "x2", "z1=A→A", "z1=B→A", "z2=A→A", "z2=A→B"]),
    alt="A trellis with a column for each of six letters and a row for each of two states. In the "
    "circles are the shares of the states, which sum to 1 in each column. The circle of state A at "
    "the second letter is lit, 0.08, with its arrows: 0.02 and 0.06 lead in, 0.02 and 0.06 out.",
)

# %% [markdown]
"""
What flows into a circle flows out of it, and both sums are the number in it. These are the shares of the
coins again. Add them up over the text, and you have *expected counts*: of starts, of moves, of emissions. The
emissions of an **a** are the circles above every **a**:
"""

# %% tags=["folded"]
# @title What state B is expected to emit
display_figure(
    counts_on_trellis(*trellis, lit=["x2", "x4", "x6", "z2=B", "z4=B", "z6=B"]),
    alt="The trellis again. Lit are the three letters a and the circles of state B above them: "
    "0.92, 0.92 and 0.93, together 2.77 letters a of three.",
)


# %%
def counts_by_loop(model, x):
    gamma, xi = shares_by_loop(model, x)
    starts, moves = gamma[0], xi.sum(axis=0)
    emitted = np.zeros(model.emission.shape)
    for t in range(len(x)):
        for i in range(2):
            emitted[i, x[t]] += gamma[t, i]
    return starts, moves, emitted


starts, moves, emitted = counts_by_loop(random_model, banana)
starts.shape, moves.shape, emitted.shape

# %% [markdown]
"""
Starts (N,), moves (N, N), emissions (N, V), the shapes of the model's own three tables.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A model of two states has read the six letters of banana. What do all entries of the expected "
    "emissions, two states by 27 letters, sum to?",
    number=6,
    tolerance=0.01,
    reply="Every letter is given away once, in shares that sum to 1.",
    slips={
        5: "That is the number of moves between six letters.",
        2: "Rows of probabilities sum to 1 each. These are counts, not divided yet.",
        12: "The two states share each letter; they don't have one each.",
        1: "Each column of the trellis sums to 1, and there are six of them.",
        54: "That is the size of the table; most of its entries are 0.",
    },
)

# %% tags=["answer"]
emitted.sum(), moves.sum(), starts.sum()

# %% [markdown]
"""
Six letters were emitted, five moves were made, and one start, whoever made them. Is it right, though? With six
letters there are only 64 paths, so we can ask every one of them: how probable is it, and what did it do?
"""


# %%
def moves_by_enumeration(model, x):
    counted, whole = np.zeros((2, 2)), 0
    for path in product(range(2), repeat=len(x)):
        chance = model.initial[path[0]] * model.emission[path[0], x[0]]
        for t in range(1, len(x)):
            chance *= model.transition[path[t - 1], path[t]] * model.emission[path[t], x[t]]
        for t in range(1, len(x)):
            counted[path[t - 1], path[t]] += chance
        whole += chance
    return counted / whole


assert np.allclose(moves_by_enumeration(random_model, banana), moves)
moves.round(4)

# %% [markdown]
r"""
The same numbers from $2^6$ paths and from one walk forward and one back. Maximisation is what we did to the
coins, and to the bigrams of notebook 01: divide each row by its sum.

$$ \pi_i = \gamma_1(i) \qquad a_{ij} = \frac{\sum_{t=1}^{T-1} \xi_t(i, j)}{\sum_{j'} \sum_{t=1}^{T-1} \xi_t(i, j')} \qquad
   b_j(v) = \frac{\sum_{t: x_t = v} \gamma_t(j)}{\sum_{t=1}^{T} \gamma_t(j)} \tag{4.6} $$
"""

# %%
learned_once = HMM.from_counts(starts, moves, emitted)  # eq. 4.6
assert np.allclose(learned_once.transition, moves / moves.sum(axis=1, keepdims=True))
math.exp(random_model.log_likelihood(banana)), math.exp(learned_once.log_likelihood(banana))

# %% [markdown]
"""
One round, and the word is more than ten million times as probable. Now go round and round.
"""

# %%
by_hand, after = [], random_model
for _ in range(11):
    by_hand.append(after.log_likelihood(banana))
    before = after
    after = HMM.from_counts(*counts_by_loop(before, banana))
np.exp(by_hand[::2])

# %%
for letter in "abn":
    print(letter, before.emission[:, LETTERS.index(letter)].round(2))

# %% [markdown]
"""
From one in ten thousand million to one in thirty. It learned that a word starts with **b**, in a state
of its own, and that then an **a** or an **n** falls like a bent coin.

**Guess first.** Could *you* do better, with two states?
"""

# %% tags=["answer"]
two_heaps = np.zeros((2, 27))
two_heaps[0, encode("a")] = 1
two_heaps[1, encode("bn")] = 1 / 3, 2 / 3
yours = HMM(np.array([0.0, 1.0]), np.array([[0.0, 1.0], [1.0, 0.0]]), two_heaps)
math.exp(yours.log_likelihood(banana))

# %% [markdown]
"""
One state for the **a** and one for **b** and **n**, taking turns: four times as probable. From its
start, EM didn't find it. It had climbed the nearest hill, and stood on its top. We shall meet this
again.

A longer text than a banana would underflow, and loops are slow. The package's `expected_counts` is the same
in logarithms; you will write it yourself under *Build it*, and until then we borrow it, with a form for many
texts at once.
"""

# %%
from lmteach.models.hmm.baum_welch import expected_counts, expected_counts_batch

tables = random_model.initial, random_model.transition, random_model.emission
packaged = expected_counts(*tables, banana)
assert np.allclose(packaged.transition, moves)
assert np.allclose(packaged.emission, emitted)

# %% [markdown]
"""
A table may hold zeros. Their logarithm is minus infinity, and `log_of` says so without a warning:
"""

# %%
log_of(np.array([1.0, 0.5, 0.0]))

# %% [markdown]
"""
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
    models, scores = [], []

    def keep(model, score):
        models.append(model)
        scores.append(score)

    start = HMM.random(states, len(LETTERS), np.random.default_rng(seed))
    start.baum_welch(train_pieces, rounds, tolerance=0.5, callback=keep)
    return models, np.array(scores)


models, scores = learn(states=2, seed=2)
assert np.diff(scores).min() >= -1e-6
len(models), scores[[0, -1]] / (40_000 * math.log(2))

# %% [markdown]
"""
Bits per letter, with a minus (the model counts in nats; divided by ln 2, they are the bits of the board):
from worse than a fair die with 27 sides (4.75) to about four. You know the two heaps from the top of this
notebook. Each letter stands with the state that gives it the larger probability:
"""


# %%
def heaps(model):
    heap_of = ["" for _ in range(model.states)]
    for v, state in enumerate(model.emission.argmax(axis=0)):
        heap_of[state] += LETTERS[v].replace(" ", "␣")
    return [" ".join(heap) for heap in heap_of]


heaps(models[-1])

# %% [markdown]
"""
Vowels, and consonants. All that it could find is that after one kind the other tends to come.

**Guess first.** The *space* stands with the vowels. Which share of the letters beside a space are consonants,
and which share of those beside a vowel?
"""


# %% tags=["answer"]
def share_of_consonants(letters):
    return float(np.mean([letter not in " aeiouy" for letter in letters]))


text = "".join(LETTERS[v] for v in np.concatenate(train_pieces))
for name, kind in (("space", " "), ("vowels", "aeiouy"), ("consonants", "bcdfghjklmnpqrstvwxz")):
    ahead = [text[t - 1] for t in range(1, len(text)) if text[t] in kind]
    behind = [text[t + 1] for t in range(len(text) - 1) if text[t] in kind]
    print(f"{name:12}{share_of_consonants(ahead):.2f}  {share_of_consonants(behind):.2f}")

# %% [markdown]
"""
The first share is of the letters before, the second of those after. Before a space, consonants are nearly as
common as before a vowel; after it somewhat less so; beside a consonant less than half as common. The model
doesn't know sounds, it knows company. And **y**, half and half in school, keeps company with the vowels. How
does the model move between its two states?
"""

# %%
models[-1].transition

# %% [markdown]
"""
From either state, it goes to the other about three times in four. Play it from the random start. Which of the
vowels stood together from the first? Which letter is the last to choose?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.emission_player.widget import EmissionPlayer

EmissionPlayer([m.emission for m in models], scores, symbols=list(LETTERS))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
The space, the **a** and the **e** stood together from the random start, by luck. The last was the **g**: it
went over to the vowels in round 43, and came back in round 51.

## Eight climbers in the fog

EM climbs, but it climbs the hill on which it was born. We had chosen the seed. Let eight climbers start
at random, and ask each for its height on the training text *and* on articles that it has not read.
"""


# %% tags=["nbval-ignore-output"]
def bits(model, pieces):
    own = model.initial, model.transition, model.emission
    log_likelihood = expected_counts_batch(*own, pieces).log_likelihood
    return -log_likelihood / (sum(map(len, pieces)) * math.log(2))


climbers = [learn(states=2, seed=seed) for seed in tqdm(range(8), leave=False)]

# %% [markdown]
"""
**Guess first.** How many of the eight find the vowels? And will those who are better on one text also be
better on the other?
"""

# %% tags=["answer"]
for seed, (found, _) in enumerate(climbers):
    train_bits, valid_bits = bits(found[-1], train_pieces), bits(found[-1], valid_pieces)
    with_e = next(heap for heap in heaps(found[-1]) if "e" in heap)
    print(f"{seed}  {train_bits:.3f}  {valid_bits:.3f}  {with_e}")

# %% tags=["answer", "folded"]
# @title Eight climbs, drawn
per_letter = {f"seed {s}": -up / 40_000 / math.log(2) for s, (_, up) in enumerate(climbers)}
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
Three came down to 4.0, and found vowels and consonants. The other five sort the alphabet in other ways. Would
patience help? Two of the three winners had waited near 4.12 for some twenty rounds. Let the five go on for
another hundred:
"""

# %% tags=["nbval-ignore-output"]
patience = {}
for seed, (found, heights) in enumerate(climbers):
    if -heights[-1] / 40_000 / math.log(2) > 4.05:
        _, longer = found[-1].baum_welch(train_pieces, iterations=100, tolerance=0.05)
        patience[seed] = [round(-s / 40_000 / math.log(2), 3) for s in (longer[0], longer[-1])]
patience

# %% [markdown]
"""
None of the five gains more than a hundredth of a bit, and the winners are ten times as far away. Some stand
still, as one does on the top of a hill, others creep on. What helps is plain: start often, and
keep the best. The three that are best on the text that was read are best on the unread articles, too: two states seem too
few to learn anything by heart.
"""

# %%
last_scores = [scores_of_one[-1] for _, scores_of_one in climbers]
best = climbers[int(np.argmax(last_scores))][0][-1]
heaps(best)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## How many states?

Two was our choice. At their best, more states can only fit the training text better. Here are up to sixteen,
from one start each.
"""

# %% tags=["nbval-ignore-output"]
sizes = (1, 2, 3, 4, 6, 8, 16)
runs = {n: learn(states=n, seed=2, rounds=50) for n in tqdm(sizes, leave=False)}
ends = {n: found[-1] for n, (found, _) in runs.items()}

# %% [markdown]
"""
**Guess first.** From how many states on, if from any, do they fit the unread text worse?
"""

# %% tags=["answer"]
for n in sizes:
    of_both = bits(ends[n], train_pieces), bits(ends[n], valid_pieces)
    print(f"{n:2} states  read {of_both[0]:.2f}  unread {of_both[1]:.2f}")

# %% tags=["answer", "folded"]
# @title Bits against states, drawn
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

# %% [markdown]
"""
One state is no memory at all: a unigram. Up to sixteen, never: more states still help on the unread text,
though by then less than on the text that was read; where it turns, these sizes don't say. What do they do?
Choose 2, 3, 4, 6 or 8, and play.
"""

# %% tags=["widget", "nbval-ignore-output"]
STATES = 6

shown_models, shown_scores = runs[STATES]
EmissionPlayer([m.emission for m in shown_models], shown_scores, symbols=list(LETTERS))

# %%
heaps(ends[6])

# %% [markdown]
"""
With six, four vowels share a state, the space has found the **h**, and some of the other heaps have no
name in any grammar. A state is whatever helps to say what comes next. What it *means* is for us to see,
or not.

## Letters that speak

The same idea reads English aloud. In *six*, the **x** says two sounds, K S; in *ate*, the **e** is silent.
The dictionary tells us spelling and sound of a hundred thousand words, and not which letter says what. That
is hidden, so: EM. Let each letter say nothing, one phoneme or two, its *chunk*. The hidden thing is the way
to cut the pronunciation into chunks:
"""


# %%
def all_cuts(word, phonemes):
    if not word:
        return [[]] if not phonemes else []
    found = []
    for size in (0, 1, 2):
        if size <= len(phonemes):
            for rest in all_cuts(word[1:], phonemes[size:]):
                found.append([" ".join(phonemes[:size]) or "–", *rest])
    return found


all_cuts("ate", ["EY", "T"])

# %% [markdown]
"""
Six ways for three letters; silence is written –. Give each way the product of what a table says of its
letters and chunks, share each word out among its ways, count, divide each letter's row: a round of EM, from a
table that starts out knowing nothing at all. The package's `Aligner` does it for the whole dictionary,
summing as forward does, without listing the ways.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.models.hmm.letter_alignment import Aligner, alignable

sounds = pronunciations()
started = time.perf_counter()
examples = [(w, s) for w, all_s in sounds.train.items() for s in all_s if alignable(w, s)]
aligner, aligner_climb = Aligner.fit(examples, iterations=12, progress=True)
fitting = time.perf_counter() - started

# %%
assert np.diff(aligner_climb).min() > 0
len(examples), aligner.probabilities.shape, (aligner_climb / len(examples)).round(2)

# %% [markdown]
"""
The rows are letters, the columns are silence, 39 phonemes and all pairs of them. The last numbers are the climb:
the log-likelihood of a word's sounds, in nats, at the start and after each of twelve rounds.

**Guess first.** What has it learned about **c**, **e**, **q** and **x**?
"""

# %% tags=["answer"]
for letter in "ceqx":
    row = aligner.probabilities[aligner.letters.index(letter)]
    top = row.argsort()[::-1][:4]
    print(letter, {" ".join(aligner.chunks[k]) or "–": round(float(row[k]), 2) for k in top})

# %% [markdown]
"""
A **q** mostly says K W, an **x** K S, half of all **e** are silent: all this from
starting with *every letter may say anything*. With the table, Viterbi tells us who says what:
"""

# %%
chunks = aligner.align(examples)
aligned = [(example[0], said) for example, said in zip(examples, chunks, strict=True)]
says = dict(aligned)
for word in ("phone", "knight", "queen", "six", "laugh"):
    for letter, chunk in zip(word, says[word], strict=True):
        print(f"{letter}:{' '.join(chunk) or '–'}", end="  ")
    print()

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
many there should be; a word with several pronunciations is compared with the closest.

**Guess first.** Which of the three is best, and how many phonemes in a hundred does it get wrong?
"""

# %% tags=["answer", "nbval-ignore-output"]
valid_words = dict(list(sounds.valid.items())[::8])
valid_answers = list(valid_words.values())
for states_of in (plain_states, remembering_states, lettered_states):
    tried = SpellingHMM.fit(aligned, states_of, min_count=5)
    heard = tried.pronounce(list(valid_words), progress=True)
    errors = phoneme_error_rate(heard, valid_answers), word_error_rate(heard, valid_answers)
    print(f"{states_of.__name__:20}{len(tried.states):5} states {errors[0]:.3f} {errors[1]:.3f}")

# %% [markdown]
"""
The second column of errors is the *word error rate*: words that are not right to the last phoneme. What a
state knows pays, and its own letter pays most. In the third kind a state emits one letter only, so what is
left is a bigram over pairs of letter and sound, where only the choice of the pair is hidden. We take the
second and the third to the scoreboard.

## The equal sign

Three roads to the same numbers: the package, `hmmlearn`, and every single alignment of a small word.
First the banana, learned by `HMM.baum_welch`:
"""

# %%
_, package = random_model.baum_welch([banana], iterations=10, tolerance=0)
assert np.allclose(package, by_hand, rtol=1e-10)

# %% [markdown]
"""
Then `hmmlearn`, from the same random start, over the same pieces of Wikipedia:
"""

# %%
from hmmlearn.hmm import CategoricalHMM

theirs = CategoricalHMM(2, n_features=27, n_iter=30, tol=0, init_params="")
theirs.startprob_, theirs.transmat_, theirs.emissionprob_ = tables
theirs.fit(np.concatenate(train_pieces)[:, None], lengths=[100] * len(train_pieces))

ours, our_scores = random_model.baum_welch(train_pieces, iterations=30, tolerance=0)

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
all_cuts("ab", ["A"]), all_cuts("a", ["A"])

# %%
tiny, tiny_climb = Aligner.fit([("ab", ("A",)), ("a", ("A",))], iterations=1)
assert np.allclose(tiny.probabilities, [[1 / 4, 3 / 4, 0], [1 / 2, 1 / 2, 0]])
assert math.isclose(tiny_climb[1], math.log((3 / 4 * 1 / 2 + 1 / 4 * 1 / 2) * 3 / 4))

# %% [markdown]
"""
In "ab" says A, either **a** speaks or **b**, half and half; that "a" says A leaves no doubt. Together
the **a** speaks 1.5 times of 2.

## The scoreboard

The board is for all 82 characters of Wikipedia, capitals and full stops included. Training is slow, so
the HMM reads an eighteenth of the training text, forty rounds, and it is judged on the whole test text.
Characters that it has not met would be impossible, so a pinch is added to every table.
"""

# %%
from lmteach.evaluation.information import bits_per_character
from lmteach.evaluation.scoreboard import record, table
from lmteach.text.tokenizers.characters import CharTokenizer

tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
train, test = np.array(tokenizer.encode(wiki.train)), np.array(tokenizer.encode(wiki.test))
pieces = list(train[: len(train) // 250 * 250].reshape(-1, 250)[::18])
len(pieces) * 250


# %%
def test_bits(states, seed):
    first = HMM.random(states, tokenizer.vocab_size, np.random.default_rng(seed))
    trained, _ = first.baum_welch(pieces, iterations=40)
    own = trained.initial, trained.transition, trained.emission
    nats = -HMM.from_counts(*own, pseudocount=1e-5).log_likelihood(test) / len(test)
    bpc = bits_per_character(nats, tokens=len(test), characters=len(wiki.test))
    return bpc, sum(one.size for one in own)


# %% tags=["folded", "nbval-ignore-output"]
# @title Train and record
for states in tqdm((4, 16, 32), leave=False):
    started = time.perf_counter()
    bpc, parameters = test_bits(states, seed=0)
    seconds = time.perf_counter() - started
    reading = {"text_read": len(pieces) * 250, "passes": 40}
    record("A", f"HMM, {states} states", bpc, parameters, seconds, **reading)

# %% [markdown]
"""
**Guess first.** The bigram has 82 states, so to say, and sees them. Can hidden states beat it?
"""

# %% tags=["answer", "nbval-ignore-output"]
hmms = [f"HMM, {states} states" for states in (4, 16, 32)]
table("A", ["unigram, add-one", "bigram, add-one", *hmms])

# %% [markdown]
"""
Sixteen states lose to the bigram. Thirty-two beat it, with little more than half of its numbers and an
eighteenth of its text: a state can carry something over more than one letter, which no bigram can. The price
is in the last column. Was it the seed? Another one:
"""

# %%
round(test_bits(32, seed=1)[0], 3)

# %% [markdown]
"""
A little better still. The bigram's lead over sixteen states, and its lag behind thirty-two, are both larger
than what the two seeds of thirty-two differ by.

The other board opens here. Letters are seen, sounds are hidden; the test words were in none of the cells
above.
"""

# %% tags=["folded", "nbval-ignore-output"]
# @title Pronounce the test words and record
names = {"HMM": remembering_states, "HMM, state knows its letter": lettered_states}
words, answers = list(sounds.test), list(sounds.test.values())
for name, states_of in names.items():  # the last one is looked at below
    started = time.perf_counter()
    speller = SpellingHMM.fit(aligned, states_of, min_count=5)
    seconds = fitting + time.perf_counter() - started
    said = speller.pronounce(words, progress=True)
    reading = {"text_read": sum(map(len, sounds.train)), "passes": 12 + 1}  # aligned, counted
    error = phoneme_error_rate(said, answers)
    record("B", name, error, speller.parameter_count, seconds, **reading)
    print(f"{name}: word error rate {word_error_rate(said, answers):.3f}")

# %% tags=["nbval-ignore-output"]
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
In that share of the wrong words every consonant is right, and the vowels are to blame. A likely reason: what
an **a** says depends on an **e** at the end of the word, on stress, on where the name came from, and the
state sees one letter back. Notebook 08 will look at the whole word.

## Spot the bug

Somebody compares models with a program of their own. It has Viterbi, and what Viterbi returns is a logarithm of
a probability, so that is what it takes for the log-likelihood. Here is our two-state model on articles that it
hasn't read, by our measure and by theirs, in bits per letter.
"""

# %%
_, best_paths = best.viterbi_batch(valid_pieces)
{"ours": bits(best, valid_pieces), "theirs": -best_paths.sum() / (20_000 * math.log(2))}

# %% [markdown]
"""
The same model, and a tenth of a bit apart at every letter. Nothing crashed, and every row of its tables sums
to 1. What about the texts? Take all of three letters, one after the other.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Each of the 19,683 texts of three letters gets a number from the model: the best path's "
    "probability with the text. What do these numbers add up to?",
    {
        "exactly 1: every text is counted once": "The sums over all paths add up to 1. The best "
        "path is one of eight, and the other seven are left out.",
        "less than 1": "The largest of several numbers is less than their sum, for every text.",
        "more than 1": "No text gets more than its whole probability, so the total can't exceed 1.",
    },
    right="less than 1",
)

# %% tags=["answer"]
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
champion = tries[int(np.argmax([found_by_them.score(letters) for found_by_them in tries]))]

# %%
adopted = HMM(champion.startprob_, champion.transmat_, champion.emissionprob_)
assert math.isclose(adopted.log_likelihood(letters[:, 0]), champion.score(letters))
heaps(adopted)

# %% [markdown]
"""
Other seeds, and nearly the same heaps. The score of one text is the same number in both.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Your turn

### Build it · one round of Baum–Welch (25 minutes, ●●○)

Expected starts, moves and emissions, all in logarithms until the last moment; then the new rows; then the
round. Steps 1 to 4 are checked each by itself. At the end your round breaks a cipher.

#### Step 1 · expected_starts

Write `expected_starts(alpha, beta)`: the share of each state in the first step, (N,). `alpha` and `beta` (T,
N) are the *logarithms* that `model.forward(x)` and `model.backward(x)` return.
"""


# %% tags=["exercise"]
def expected_starts(alpha, beta):
    ### BEGIN SOLUTION
    log_likelihood = np.logaddexp.reduce(alpha[-1])
    return np.exp(alpha[0] + beta[0] - log_likelihood)
    ### END SOLUTION


check.expected_starts(expected_starts)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Equation 4.4 for t = 1. The probability of everything is the sum of alpha's last row; what is a sum of numbers
of which you have the logarithms?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · expected_moves

Write `expected_moves(alpha, beta, log_transition, log_emission, x)`: how many moves from i to j there were,
(N, N). `log_transition` is (N, N), `log_emission` (N, V), and `x` (T,) holds the ids of the symbols.
"""


# %% tags=["exercise"]
def expected_moves(alpha, beta, log_transition, log_emission, x):
    ### BEGIN SOLUTION
    moves = np.zeros(log_transition.shape)
    log_likelihood = np.logaddexp.reduce(alpha[-1])
    for t in range(len(x) - 1):
        onward = log_transition + log_emission[:, x[t + 1]] + beta[t + 1]
        moves += np.exp(alpha[t][:, None] + onward - log_likelihood)
    return moves
    ### END SOLUTION


check.expected_moves(expected_moves)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Equation 4.5 for one step is a table (N, N): add up logarithms, `alpha[t]` as a column, all that belongs to t
+ 1 as a row. Then take the exponential and add it to the table so far.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · expected_emissions

Write `expected_emissions(alpha, beta, x, symbols)`: how often each state gave off each symbol, (N, V), where
V is `symbols`. A symbol may come more than once, or never.
"""


# %% tags=["exercise"]
def expected_emissions(alpha, beta, x, symbols):
    ### BEGIN SOLUTION
    emitted = np.zeros((alpha.shape[1], symbols))
    gamma = np.exp(alpha + beta - np.logaddexp.reduce(alpha[-1]))
    for t in range(len(x)):
        emitted[:, x[t]] += gamma[t]
    return emitted
    ### END SOLUTION


check.expected_emissions(expected_emissions)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Make gamma (T, N) for all steps at once, and a table of zeros. Each step adds its row of gamma to one column.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · new_rows

Write `new_rows(counts, before)`: every row of `counts` divided by its sum. A row of zeros belongs to a state
that was never visited, and keeps the row that it had in `before`. Why must it keep one?
"""


# %% tags=["exercise"]
def new_rows(counts, before):
    ### BEGIN SOLUTION
    rows = np.array(before, dtype=float)
    for i, row in enumerate(counts):
        if row.sum() > 0:
            rows[i] = row / row.sum()
    return rows
    ### END SOLUTION


check.new_rows(new_rows)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Start from a copy of `before`, and replace the rows that have a sum.

</details>

<details><summary>Solution</summary>

{{solution}}

Zero divided by zero is not a number, and one such entry spoils every sum of the next round. Counts that are
all zero say nothing about the state, so nothing is changed.

</details>
"""

# %% [markdown]
"""
#### Step 5 · one_round

Write `one_round(initial, transition, emission, x)`: the three tables after one round on one text.
`HMM(initial, transition, emission)` has the methods `forward` and `backward`, and `log_of` takes logarithms,
of zeros, too. Call your four functions. Do the starts have to be divided?
"""


# %% tags=["exercise"]
def one_round(initial, transition, emission, x):
    ### BEGIN SOLUTION
    model = HMM(initial, transition, emission)
    alpha, beta = model.forward(x), model.backward(x)
    moves = expected_moves(alpha, beta, log_of(transition), log_of(emission), x)
    emitted = expected_emissions(alpha, beta, x, emission.shape[1])
    starts = expected_starts(alpha, beta)
    return starts, new_rows(moves, transition), new_rows(emitted, emission)
    ### END SOLUTION


check.one_round(one_round)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Six lines: the model, its two tables, three counts, three new tables. `emission.shape[1]` is the number of symbols.

</details>

<details><summary>Solution</summary>

{{solution}}

The starts of one text sum to 1 already: some state was the first. With many texts they would sum to the
number of texts.

</details>
"""

# %% [markdown]
"""
Now the cipher. In a text of 600 letters, a random key has given each letter of the alphabet another one (now and
then its own), and spaces stayed. The hidden states are the true
letters: how they start and move, 1.8 million letters of Wikipedia tell, so those two tables stay as they are,
and your round learns the emissions alone, that is, the key. Three random starts, and the likeliest is kept,
without a look at the solution.
"""

# %%
spoken = encode(wiki.train)
pairs = np.ones((27, 27))  # add-one, as in notebook 01
np.add.at(pairs, (spoken[:-1], spoken[1:]), 1)
english = HMM.from_counts(np.bincount(spoken, minlength=27), pairs, np.eye(27))
plain = np.concatenate(valid_pieces)[:600]
key = np.append(0, 1 + np.random.default_rng(7).permutation(26))  # (V,): what each letter became
cipher = key[plain]
"".join(LETTERS[v] for v in cipher[:80])

# %% tags=["folded"]
# @title Your round on the cipher, half a minute
attempts = []
for seed in range(3) if check.one_round(one_round).right else []:
    emission = np.random.default_rng(seed).dirichlet(np.full(27, 5.0), 27)
    emission[0], emission[:, 0] = 0, 0
    emission[0, 0] = 1  # a space is a space
    emission /= emission.sum(axis=1, keepdims=True)
    for _ in range(60):
        _, _, emission = one_round(english.initial, english.transition, emission, cipher)
    guessed, _ = HMM(english.initial, english.transition, emission).viterbi(cipher)
    score = HMM(english.initial, english.transition, emission).log_likelihood(cipher)
    attempts.append((score, float(np.mean(guessed == plain)), guessed))
    print(f"start {seed}: {score / 600:.3f} nats per letter, {attempts[-1][1]:.2f} right")
if attempts:
    print("".join(LETTERS[z] for z in max(attempts, key=lambda one: one[0])[2][:80]))
else:
    print("This cell waits for step 5.")

# %% [markdown]
"""
### Exercise 1 · expected_visits (10 minutes, ●●○)

Write `expected_visits(alpha, beta)`: how many of the T steps were spent in each state, from the logarithms
that `model.forward(x)` and `model.backward(x)` return. Then ask it of a sentence of yours, with the model
`best`: how many of its letters come from the state of the vowels?
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

Equation 4.4, and then a sum over $t$. At every step the shares of all states sum to 1; what is the whole
to divide by?

</details>

<details><summary>Solution</summary>

{{solution}}

For *the state is hidden*, with `x = encode("the state is hidden")`, `best.forward(x)` and `best.backward(x)`,
it is 8.8 of 19. By eye, nine are vowels or spaces. It need not be a whole number: some letters may come from
either state.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- EM: say how probably each hidden thing happened, count with these shares, divide, repeat.
- For an HMM the shares come from forward and backward, over all paths at once.
- The likelihood never falls, for a bound lifts it. Where it ends depends on the start, so start often.
- Two states find vowels and consonants; what a state means is for us to see.
- A likelihood adds paths up. The best path's score is something else.

**Further reading.** L. E. Baum, T. Petrie, G. Soules and N. Weiss, "A Maximization Technique Occurring
in the Statistical Analysis of Probabilistic Functions of Markov Chains" (1970). A. P. Dempster, N. M.
Laird and D. B. Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm" (1977). R. L. Cave
and L. P. Neuwirth, "Hidden Markov Models for English" (1980), where vowels and consonants were first
found this way. L. R. Rabiner, "A Tutorial on Hidden Markov Models" (1989).

**Next.** {{next}}: letters and words become points.
"""
